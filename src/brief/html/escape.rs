//! Text in a page.

/// Adds text so that nothing in it is markup. What no page may hold, or does something to the page rather than being
/// read, becomes a replacement character.
pub(super) fn escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push(' '),
            character if character.is_control() || is_noncharacter(character) => out.push('\u{FFFD}'),
            character => out.push(character),
        }
    }
}

/// The same where nothing keeps the directions of a text to itself, as in the title of a page: without the characters
/// that set directions.
pub(super) fn undirected(text: &str) -> String {
    text.chars().filter(|character| !is_direction(*character)).collect()
}

const fn is_direction(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

const fn is_noncharacter(character: char) -> bool {
    matches!(character, '\u{FDD0}'..='\u{FDEF}') || (character as u32) & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_markup() {
        for (text, expected) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\"><img src=x onerror=alert(1)>", "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;"),
            ("O'Neil & Söhne", "O&#39;Neil &amp; Söhne"),
            (
                "a\u{0}b\u{1b}[31m\u{85}c\u{FFFF}\u{FDD0}\u{1FFFE}",
                "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}",
            ),
            ("a\nb\tc\u{2028}d", "a b c d"),
            ("=cmd()|' /C calc'!A0", "=cmd()|&#39; /C calc&#39;!A0"),
            ("家🏳️‍🌈\u{202E}abc", "家🏳️‍🌈\u{202E}abc"),
        ] {
            let mut out = String::new();
            escaped(&mut out, text);
            assert_eq!(out, expected);
        }
        assert_eq!(undirected("a\u{202E}b\u{2066}c\u{200F}"), "abc");
    }
}
