//! Small texts that many messages hold.

/// `1 place`, `3 places`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// The noun for so many: `place` or `places`, `repository` or `repositories`.
pub fn plural(number: usize, noun: &str) -> String {
    let after_consonant = |stem: &&str| !stem.ends_with(['a', 'e', 'i', 'o', 'u']);
    match noun.strip_suffix('y').filter(after_consonant) {
        _ if number == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(0, "place"), "0 places");
        assert_eq!(count(1, "place"), "1 place");
        assert_eq!(count(2, "place"), "2 places");
        assert_eq!(count(1, "repository"), "1 repository");
        assert_eq!(count(2, "other repository"), "2 other repositories");
        assert_eq!(count(2, "key"), "2 keys");
    }
}
