//! A page as a browser's tokenizer reads it.

use html5gum::{Token, Tokenizer};

/// What may stand in a page; all of it is inert.
const KNOWN: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "h3", "p",
    "ul", "li", "dl", "div", "dt", "dd", "span", "strong", "bdi", "table", "caption", "thead", "tbody", "tfoot", "tr",
    "th", "td", "figure", "svg", "g", "desc", "rect", "text", "line", "path", "polygon", "circle",
];
/// The attributes that may stand outside a picture.
const PLAIN: &[&str] = &[
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "class",
    "id",
    "aria-labelledby",
    "aria-hidden",
    "scope",
    "style",
];
/// What is not drawn the same with every set of features.
const DRAWN: [&str; 2] = ["figure", "bar"];

/// A page that was found to be well formed and inert.
pub(crate) struct Page {
    /// One line an element: its name, class and text.
    pub(crate) outline: String,
    /// The texts, each with the elements it stands in.
    pub(crate) texts: Vec<(String, String)>,
}

impl Page {
    /// Reads a page, and finds in it no error, nothing left open, and nothing that runs or loads.
    pub(crate) fn read(html: &str) -> Self {
        let mut reading = Reading::default();
        for token in Tokenizer::new(html) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let name = lossy(&tag.name);
                    let pairs = tag.attributes.iter().map(|(name, value)| (lossy(name), lossy(value)));
                    let pairs: Vec<(String, String)> = pairs.collect();
                    reading.open(&name, &pairs, tag.self_closing);
                }
                Token::EndTag(tag) => {
                    assert_eq!(reading.stack.pop().map(|(name, _)| name), Some(lossy(&tag.name)));
                }
                Token::String(text) => reading.text(&lossy(&text)),
                Token::Comment(comment) => panic!("a comment: {}", lossy(&comment)),
                Token::Doctype(doctype) => assert_eq!(lossy(&doctype.name), "html"),
                Token::Error(error) => panic!("not well formed: {error:?}"),
            }
        }
        assert!(reading.stack.is_empty(), "left open: {:?}", reading.stack);
        Self { outline: reading.outline, texts: reading.texts }
    }

    /// Whether a text stands in the page as somebody entered it, set apart from what is around it.
    pub(crate) fn names(&self, text: &str) -> bool {
        self.texts.iter().any(|(within, found)| within.ends_with("bdi") && found == text)
    }

    /// Whether the page says something anywhere.
    pub(crate) fn says(&self, text: &str) -> bool {
        self.texts.iter().any(|(_, found)| found.contains(text))
    }
}

#[derive(Default)]
struct Reading {
    stack: Vec<(String, String)>,
    outline: String,
    texts: Vec<(String, String)>,
}

impl Reading {
    fn open(&mut self, name: &str, attributes: &[(String, String)], self_closing: bool) {
        let in_picture = name == "svg" || self.stack.iter().any(|(open, _)| open == "svg");
        assert!(KNOWN.contains(&name), "<{name}>");
        for (attribute, value) in attributes {
            assert!(
                !attribute.starts_with("on") && !["href", "src", "action"].contains(&attribute.as_str()),
                "{attribute}"
            );
            assert!(in_picture || PLAIN.contains(&attribute.as_str()), "<{name} {attribute}>");
            let style = attribute != "style" || (value.starts_with("width:") && value.len() < 12);
            assert!(style && !value.contains("javascript:"), "{attribute}={value}");
        }
        let of = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let class = of("class").unwrap_or_default();
        if !self.is_drawn() && !DRAWN.contains(&name) && !DRAWN.contains(&class.as_str()) && name != "bdi" {
            let more = ["lang", "scope", "id"].iter().filter_map(|name| Some(format!(" {name}={}", of(name)?)));
            let dot = if class.is_empty() { String::new() } else { format!(".{}", class.replace(' ', ".")) };
            let indent = "  ".repeat(self.stack.len());
            self.outline.push_str(&format!("\n{indent}{name}{dot}{}", more.collect::<String>()));
        }
        if name != "meta" && !self_closing {
            self.stack.push((name.to_owned(), class));
        }
    }

    fn text(&mut self, text: &str) {
        let within: Vec<&str> = self.stack.iter().map(|(name, _)| name.as_str()).collect();
        if text.trim().is_empty() || within.last() == Some(&"style") {
            return;
        }
        if !self.is_drawn() {
            self.outline.push_str(&format!(" | {}", text.trim()));
        }
        self.texts.push((within.join(" "), text.to_owned()));
    }

    fn is_drawn(&self) -> bool {
        self.stack.iter().any(|(name, class)| DRAWN.contains(&name.as_str()) || DRAWN.contains(&class.as_str()))
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
