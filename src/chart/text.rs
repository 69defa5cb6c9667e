//! How wide text is where nobody has measured it.

use unicode_width::UnicodeWidthChar;

use crate::report::text::harmless;

/// The most characters that are whole in a title.
const MAX_WHOLE: usize = 500;

/// About how wide a text is at a size. A CJK character is as wide as it is high; the others are those of Helvetica.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

fn em(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '\'' | '|' | '!' | '.' | ',' | ':' | ';' | 'I' | ' ' | '/' | 't' | 'f' | '(' | ')' | '-'
        | '[' | ']' => 0.31,
        'r' => 0.34,
        'm' | 'M' | 'W' | '%' | '@' => 0.87,
        'w' | 'A'..='Z' | '&' => 0.71,
        '…' => 1.0,
        character => match character.width() {
            Some(0) => 0.0,
            Some(1) => 0.57,
            Some(_) => 1.0,
            None => 0.57,
        },
    }
}

/// The text in one line, without characters that turn the direction of writing or that no picture may hold.
pub(super) fn plain(text: &str) -> String {
    plain_of(text, MAX_WHOLE)
}

fn plain_of(text: &str, most: usize) -> String {
    let permitted = |character| match character {
        '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        character => harmless(character),
    };
    let mut out: String = text.chars().take(most).map(permitted).collect();
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}

/// The text in at most this many pixels, its end made into `…` where it is too long.
pub(super) fn fitted(text: &str, size: f64, most: f64) -> String {
    let text = plain(text);
    // Characters without a width of their own would otherwise pile up without end.
    if width(&text, size) <= most && text.chars().count() < 200 {
        return text;
    }
    let (mut out, mut used) = (String::new(), width("…", size));
    for character in text.chars().take(199) {
        used += em(character) * size;
        if used > most {
            break;
        }
        out.push(character);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_where_they_no_longer_fit() {
        assert_eq!(fitted("华东", 10.0, 20.0), "华东");
        assert_eq!(fitted("华东地区", 10.0, 30.0), "华东…");
        assert_eq!(fitted("a b", 10.0, 21.0), "a b");
        assert_eq!(fitted("ab cdef", 10.0, 30.0), "ab…");
        let piled = format!("a{}", "\u{301}".repeat(10_000));
        assert!(fitted(&piled, 10.0, 30.0).chars().count() <= 200);
        assert!(plain(&"x".repeat(100_000)).len() < 600);
    }

    #[test]
    fn what_acts_on_the_reader_is_replaced() {
        assert_eq!(plain("a\u{202e}b\u{1}c\nd\u{ffff}"), "a�b�c d�");
    }
}
