//! Which names one can sign in with.

use unicode_normalization::UnicodeNormalization;
use unicode_security::{GeneralSecurityProfile, RestrictionLevel, RestrictionLevelDetection};

/// The greatest number of characters of a login.
const MAX_CHARS: usize = 100;

/// Why a name can't be a login, if it can't: it is too long, holds characters that are not seen, or mixes scripts whose
/// letters look alike. Chinese, Japanese and Korean go together with Latin letters, as people write them.
///
/// Names of one script that look like names of another (`сосо` in Cyrillic letters) are accepted, since they are somebody's
/// proper names.
pub(super) fn login_problem(name: &str) -> Option<String> {
    if name.trim() != name || name.chars().any(char::is_control) {
        return Some("a login has no space around it and no control characters".into());
    }
    if name.chars().nth(MAX_CHARS).is_some() {
        return Some(format!("a login has at most {MAX_CHARS} characters"));
    }
    let composed: String = name.nfkc().collect();
    let unseen = |letter: &char| {
        let joiner = matches!(letter, '\u{200c}' | '\u{200d}');
        !letter.is_ascii() && (joiner || !letter.identifier_allowed())
    };
    if let Some(letter) = composed.chars().find(unseen) {
        let code = u32::from(letter);
        return Some(format!("a login has no character U+{code:04X}, which is not for names"));
    }
    let letters: String = composed.chars().filter(|c| !c.is_ascii() || c.is_ascii_alphanumeric()).collect();
    let mixed = !letters.as_str().check_restriction_level(RestrictionLevel::HighlyRestrictive);
    mixed.then(|| "a login does not mix scripts whose letters look alike; write it in one".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_and_addresses_are_accepted() {
        for name in
            ["li", "Moses Frase", "o'brien", "a+b@example.com", "José", "李明", "李ming", "мария", "山田タロウ", "Ⅷ"]
        {
            assert_eq!(login_problem(name), None, "{name}");
        }
    }

    #[test]
    fn what_looks_like_another_name_is_refused() {
        for name in
            ["li ", "l\u{0}i", "l\u{200b}i", "l\u{202e}i", "l\u{200d}i", "p\u{430}ypal", "li\u{feff}", "\u{ad}li"]
        {
            assert!(login_problem(name).is_some(), "{name:?}");
        }
        for (name, code) in [("l\u{200b}i", "U+200B"), ("l\u{200d}i", "U+200D"), ("l\u{202e}i", "U+202E")] {
            let problem = login_problem(name).unwrap_or_default();
            assert!(problem.contains(code), "what can't be seen is named: {problem}");
        }
        assert!(login_problem(&"x".repeat(100)).is_none());
        assert!(login_problem(&"x".repeat(101)).is_some());
    }
}
