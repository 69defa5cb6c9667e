//! Text search: case and Unicode form do not count, every word must occur.

use unicode_normalization::UnicodeNormalization;

/// The form in which text is searched: NFKC, lower case, NFKC again.
///
/// # Examples
///
/// ```
/// use crmkit::query::fold_text;
///
/// assert_eq!(fold_text("ＡＣＭＥ Ⅷ"), "acme viii");
/// ```
#[must_use]
pub fn fold_text(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// The folded words of a search; all of them must occur as substrings.
#[must_use]
pub fn search_words(text: &str) -> Vec<String> {
    fold_text(text).split_whitespace().map(ToOwned::to_owned).collect()
}
