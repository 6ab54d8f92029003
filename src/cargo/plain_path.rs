//! Paths as rustc writes them.

/// A path without its generic arguments: `acme::Policy::new` of `acme::Policy::<T>::new`.
pub fn plain_path(path: &str) -> String {
    let mut plain = String::new();
    let mut depth = 0_u32;
    for c in path.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    let segments = plain.split("::").filter(|segment| !segment.is_empty());
    segments.collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_left_out() {
        assert_eq!(plain_path("acme::Map::<K, Vec<V>>::new"), "acme::Map::new");
        assert_eq!(plain_path("&Vec<A>"), "&Vec");
        assert_eq!(plain_path("acme::retry"), "acme::retry");
    }
}
