//! Small texts that many messages hold.

/// `1 place`, `3 places`.
pub fn count(number: usize, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(0, "place"), "0 places");
        assert_eq!(count(1, "place"), "1 place");
        assert_eq!(count(2, "place"), "2 places");
    }
}
