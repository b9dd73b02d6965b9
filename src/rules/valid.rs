//! What is wrong with a value, in words that follow its name: "JWT_SECRET: 14 characters, at
//! least 32 are needed". The words never hold the value itself, which may be a secret.

use crate::model::rule::Valid;

/// One phrase for each thing that is wrong; none means the value is good.
pub fn faults(valid: &Valid, value: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(least) = valid.min_length {
        let chars = value.chars().count();
        if chars < least {
            let unit = if chars == 1 {
                "character"
            } else {
                "characters"
            };
            faults.push(format!("{chars} {unit}, at least {least} are needed"));
        }
    }
    if let Some(words) = number(valid)
        && !is_within(valid, value)
    {
        faults.push(format!("is not {words}"));
    }
    if valid.reject.iter().any(|bad| bad == value) {
        faults.push("is a well-known example value".to_owned());
    }
    if let Some(pattern) = &valid.pattern
        && !pattern.takes(value)
    {
        faults.push(match &valid.in_words {
            Some(words) => format!("is not {words}"),
            None => format!("does not match `{pattern}`"),
        });
    }
    if !valid.one_of.is_empty() && !valid.one_of.iter().any(|good| good == value) {
        faults.push(format!("has to be {}", one_of(&valid.one_of)));
    }
    faults
}

/// The range of numbers in words, if numbers are meant.
fn number(valid: &Valid) -> Option<String> {
    Some(match (valid.at_least, valid.at_most) {
        (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
        (Some(least), None) => format!("a whole number, {least} or more"),
        (None, Some(most)) => format!("a whole number, {most} or less"),
        (None, None) => return None,
    })
}

/// `yes or no`, `systemd, command or by_hand`
fn one_of(values: &[String]) -> String {
    match values {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The number must be written so that every configuration reader agrees on it: `010` is 8 to some,
/// and not a number to others.
fn is_within(valid: &Valid, value: &str) -> bool {
    let number = value.parse::<i64>().ok();
    let number = number.filter(|number| number.to_string() == value);
    number.is_some_and(|number| {
        valid.at_least.is_none_or(|least| number >= least)
            && valid.at_most.is_none_or(|most| number <= most)
    })
}

/// What a value must be, in words: `at least 32 characters, not an example's value`.
pub fn in_words(valid: &Valid) -> String {
    let mut words = Vec::new();
    if let Some(least) = valid.min_length {
        words.push(format!("at least {least} characters"));
    }
    words.extend(number(valid));
    if !valid.reject.is_empty() {
        words.push("not an example's value".to_owned());
    }
    if let Some(pattern) = &valid.pattern {
        words.push(match &valid.in_words {
            Some(words) => words.clone(),
            None => format!("what matches `{pattern}`"),
        });
    }
    if !valid.one_of.is_empty() {
        words.push(one_of(&valid.one_of));
    }
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::pattern::Pattern;

    #[test]
    fn every_fault_is_named_and_none_shows_the_value() {
        let valid = Valid {
            min_length: Some(8),
            pattern: Pattern::try_from("^[a-z]+$".to_owned()).ok(),
            reject: vec!["S3cret".into()],
            one_of: vec!["abcdefgh".into()],
            ..Valid::default()
        };
        let found = faults(&valid, "S3cret");
        assert_eq!(found.len(), 4, "{found:?}");
        assert_eq!(found[0], "6 characters, at least 8 are needed");
        assert!(found.iter().all(|fault| !fault.contains("S3cret")));
        assert!(faults(&valid, "abcdefgh").is_empty());
    }

    #[test]
    fn a_pattern_is_told_in_the_words_of_the_pack() {
        let mut valid = Valid {
            pattern: Pattern::try_from("^[0-9]+$".to_owned()).ok(),
            ..Valid::default()
        };
        assert_eq!(in_words(&valid), "what matches `^[0-9]+$`");
        valid.in_words = Some("a whole number".to_owned());
        assert_eq!(in_words(&valid), "a whole number");
        assert_eq!(faults(&valid, "ten"), ["is not a whole number"]);
    }

    #[test]
    fn a_number_has_bounds_and_nothing_but_digits() {
        let port = Valid {
            at_least: Some(1),
            at_most: Some(65_535),
            ..Valid::default()
        };
        assert_eq!(in_words(&port), "a whole number from 1 to 65535");
        for good in ["1", "8080", "65535"] {
            assert!(faults(&port, good).is_empty(), "{good}");
        }
        for bad in [
            "0",
            "-1",
            "65536",
            "99999999999999999999",
            "+80",
            "080",
            "-0",
            "80a",
            "8 0",
            "",
        ] {
            let expected = ["is not a whole number from 1 to 65535"];
            assert_eq!(faults(&port, bad), expected, "{bad}");
        }
        let some = Valid {
            at_least: Some(-1),
            ..Valid::default()
        };
        assert!(faults(&some, "-1").is_empty());
        assert_eq!(faults(&some, "-2"), ["is not a whole number, -1 or more"]);
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        let valid = Valid {
            min_length: Some(3),
            ..Valid::default()
        };
        assert!(faults(&valid, "äöü").is_empty());
        assert_eq!(faults(&valid, "ä").len(), 1);
    }
}
