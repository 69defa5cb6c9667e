//! Text search: case and Unicode form do not count, every word must occur.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

/// The form in which text is searched, and logins are compared: NFKC, full case folding, NFKC again. Unlike lower case,
/// folding makes one of what differs in case only, such as `ß` and `SS` or the two small sigmas.
///
/// # Examples
///
/// ```
/// use crmkit::query::fold_text;
///
/// assert_eq!(fold_text("ＡＣＭＥ Ⅷ"), "acme viii");
/// assert_eq!(fold_text("Straße"), fold_text("STRASSE"));
/// ```
#[must_use]
pub fn fold_text(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed: String = text.nfkc().collect();
    UniCase::unicode(composed).to_folded_case().nfkc().collect()
}

/// The folded words of a search; all of them must occur as substrings.
///
/// # Examples
///
/// ```
/// use crmkit::query::search_words;
///
/// assert_eq!(search_words("  Tea  HOUSE "), search_words("tea house"));
/// ```
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    fold_text(text).split_whitespace().map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_twice_is_folding_once_for_every_character() {
        for letter in '\0'..='\u{2FFFF}' {
            let once = fold_text(&letter.to_string());
            assert_eq!(fold_text(&once), once, "{letter:?}");
            let upper: String = letter.to_uppercase().collect();
            // Everywhere but in Turkish `I` is the capital of `i`.
            if letter != 'ı' {
                assert_eq!(fold_text(&upper), once, "{letter:?} and its capital");
            }
        }
    }

    #[test]
    fn what_differs_in_case_only_is_one() {
        for (left, right) in [("Straße", "STRASSE"), ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"), ("ﬁre", "FIRE"), ("É", "e\u{301}")]
        {
            assert_eq!(fold_text(left), fold_text(right), "{left} {right}");
        }
    }
}
