//! Sources with every mutant in them, each behind a switch that is read when they run.

use std::collections::HashMap;

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::mutant::{Genre, Mutant, Place};

/// A text in place of a file, and where each mutant of it has put something.
#[derive(Debug)]
pub(crate) struct Switched {
    pub(crate) text: String,
    /// The mutants, by their numbers, with the bytes of `text` between which a fault is theirs.
    pub(crate) ranges: Vec<(usize, std::ops::Range<usize>)>,
}

/// The text of a file with these mutants of it, each under its number.
pub(crate) fn switched(text: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Switched> {
    let mut at: HashMap<(Place, bool), Vec<(usize, &Mutant)>> = HashMap::new();
    for (number, mutant) in mutants {
        let whole = mutant.genre == Genre::FnValue;
        at.entry((mutant.span.start, whole)).or_default().push((*number, *mutant));
    }
    let lines =
        text.split_inclusive('\n').scan(0, |start, line| Some((std::mem::replace(start, *start + line.len()), line)));
    let mut visitor = Switcher { lines: lines.collect(), text, at, edits: Vec::new(), spans: Vec::new() };
    let file = syn::parse_file(text)?;
    visitor.visit_file(&file);
    visitor.values();
    Ok(visitor.finish())
}

/// Something put into the text.
#[derive(Debug)]
struct Edit {
    /// Before which byte.
    at: usize,
    /// How many bytes are taken out there.
    out: usize,
    /// At one place: what opens comes from the outside inwards.
    put: String,
}

struct Switcher<'a> {
    lines: Vec<(usize, &'a str)>,
    text: &'a str,
    /// The mutants by where they begin, those of whole functions apart.
    at: HashMap<(Place, bool), Vec<(usize, &'a Mutant)>>,
    edits: Vec<Edit>,
    /// The bytes of the old text that a mutant's switch surrounds.
    spans: Vec<(usize, std::ops::Range<usize>)>,
}

impl<'a> Switcher<'a> {
    fn offset(&self, line: usize, column: usize) -> usize {
        let Some((start, text)) = self.lines.get(line - 1) else { return self.text.len() };
        start + text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
    }

    fn range(&self, span: proc_macro2::Span) -> std::ops::Range<usize> {
        let LineColumn { line, column } = span.start();
        let end = span.end();
        self.offset(line, column)..self.offset(end.line, end.column)
    }

    fn found(&mut self, span: proc_macro2::Span) -> Vec<(usize, &'a Mutant)> {
        let LineColumn { line, column } = span.start();
        self.at.remove(&(Place { line, column: column + 1 }, false)).unwrap_or_default()
    }

    fn put(&mut self, at: usize, put: impl Into<String>) {
        self.edits.push(Edit { at, out: 0, put: put.into() });
    }

    fn replace(&mut self, range: std::ops::Range<usize>, put: impl Into<String>) {
        self.edits.push(Edit { at: range.start, out: range.len(), put: put.into() });
    }

    fn note(&mut self, mutants: &[(usize, &Mutant)], range: &std::ops::Range<usize>) {
        self.spans.extend(mutants.iter().map(|(number, _)| (*number, range.clone())));
    }

    /// Functions that give something else: nothing of them has to be understood.
    fn values(&mut self) {
        let mut first = Vec::new();
        for ((place, whole), mutants) in std::mem::take(&mut self.at) {
            if !whole {
                continue;
            }
            let at = self.offset(place.line, place.column - 1);
            let (iterators, plain): (Vec<_>, Vec<_>) =
                mutants.iter().partition(|(_, mutant)| mutant.replacement.starts_with("::std::iter::"));
            for (number, mutant) in plain {
                let put = format!("if crate::mutated({number}) {{ return {}; }} ", mutant.replacement);
                first.push(Edit { at, out: 0, put });
                self.spans.push((number, at..at));
            }
            // An iterator without a name has one type only: it is boxed.
            let Some((_, mutant)) = iterators.first() else { continue };
            let end = mutant.span.end;
            let end = self.offset(end.line, end.column - 1);
            let choices = iterators.iter().map(|(number, mutant)| {
                format!("if crate::mutated({number}) {{ ::std::boxed::Box::new({}) }} else ", mutant.replacement)
            });
            let boxed = "::std::boxed::Box<dyn ::std::iter::Iterator<Item = _> + '_>";
            let put = format!("let it: {boxed} = {}{{ ::std::boxed::Box::new({{ ", choices.collect::<String>());
            first.push(Edit { at, out: 0, put });
            first.push(Edit { at: end, out: 0, put: " }) }; it ".to_owned() });
            self.spans.extend(iterators.iter().map(|(number, _)| (*number, at..end)));
        }
        // They come before what begins at the same place.
        first.append(&mut self.edits);
        self.edits = first;
    }

    fn finish(mut self) -> Switched {
        self.edits.sort_by_key(|edit| edit.at);
        let (mut text, mut from) = (String::new(), 0);
        // Where each byte of the old text has gone: behind what is put before it.
        let mut moved: Vec<(usize, usize, usize)> = Vec::new();
        for edit in &self.edits {
            text.push_str(self.text.get(from..edit.at).unwrap_or_default());
            let before = text.len();
            text.push_str(&edit.put);
            moved.push((edit.at, before, text.len()));
            from = from.max(edit.at + edit.out);
        }
        text.push_str(self.text.get(from..).unwrap_or_default());
        let place = |at: usize, last: bool| {
            let mut same = moved.iter().filter(|(old, ..)| *old == at);
            let hit = if last { same.next_back().map(|hit| hit.2) } else { same.next().map(|hit| hit.1) };
            hit.unwrap_or(0)
        };
        let mut ranges = Vec::new();
        for (number, range) in self.spans {
            let (mut start, mut end) = (place(range.start, false), place(range.end, true));
            if range.is_empty() {
                let needle = format!("if crate::mutated({number}) {{");
                start += text.get(start..).and_then(|rest| rest.find(&needle)).unwrap_or(0);
                end = start + text.get(start..).and_then(|rest| rest.find("; } ")).unwrap_or(0) + 4;
            }
            ranges.push((number, start..end));
        }
        Switched { text, ranges }
    }

    /// `left op right` where either the operator or another stands: the operands are looked at once.
    fn binary(&mut self, node: &syn::ExprBinary, mutants: &[(usize, &Mutant)]) {
        let whole = self.range(node.span());
        let (left, op, right) =
            (self.range(node.left.span()), self.range(node.op.span()), self.range(node.right.span()));
        let (_, old) = (op.start, self.text.get(op.clone()).unwrap_or_default());
        self.note(mutants, &whole);
        let any: Vec<String> = mutants.iter().map(|(number, _)| format!("crate::mutated({number})")).collect();
        let any = any.join(" || ");
        if matches!(old, "&&" | "||") {
            let sign = if old == "&&" { "!=" } else { "==" };
            let otherwise = if old == "&&" { "" } else { "!" };
            self.put(whole.start, "(if (");
            visit::visit_expr(self, &node.left);
            self.replace(left.end..right.start, format!(") {sign} ({any}) {{ "));
            visit::visit_expr(self, &node.right);
            self.put(whole.end, format!(" }} else {{ {otherwise}({any}) }})"));
            return;
        }
        let arms = |left: &str, right: &str| {
            let arms = mutants.iter().map(|(number, mutant)| {
                format!("if crate::mutated({number}) {{ {left} {} {right} }} else ", mutant.replacement)
            });
            format!("{}{{ {left} {old} {right} }}", arms.collect::<String>())
        };
        if old.ends_with('=') && !matches!(old, "==" | "!=" | "<=" | ">=") {
            let target = self.text.get(left).unwrap_or_default().to_owned();
            self.replace(whole.start..right.start, "match ");
            visit::visit_expr(self, &node.right);
            self.put(whole.end, format!(" {{ by => {} }}", arms(&target, "by")));
            return;
        }
        let by = if matches!(old, "==" | "!=" | "<=" | ">=" | "<" | ">") { "&" } else { "" };
        self.put(whole.start, format!("(match ({by}("));
        visit::visit_expr(self, &node.left);
        self.replace(left.end..right.start, format!("), {by}("));
        visit::visit_expr(self, &node.right);
        self.put(whole.end, format!(")) {{ (left, right) => {} }})", arms("left", "right")));
    }
}

impl<'ast> Visit<'ast> for Switcher<'_> {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let mutants = self.found(node.op.span());
        if mutants.is_empty() { visit::visit_expr_binary(self, node) } else { self.binary(node, &mutants) }
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        let mutants = self.found(node.op.span());
        let Some((number, _)) = mutants.first() else { return visit::visit_expr_unary(self, node) };
        let number = *number;
        let (whole, operand) = (self.range(node.span()), self.range(node.expr.span()));
        self.note(&mutants, &whole);
        let (sign, rest) = if matches!(node.op, syn::UnOp::Not(_)) {
            (format!("(crate::mutated({number}) ^ !("), "))".to_owned())
        } else {
            ("(match (".to_owned(), format!(") {{ it => if crate::mutated({number}) {{ it }} else {{ -it }} }})"))
        };
        self.replace(whole.start..operand.start, sign);
        visit::visit_expr(self, &node.expr);
        self.put(whole.end, rest);
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let arm = self.found(node.span());
        let without: String = arm.iter().map(|(number, _)| format!("!crate::mutated({number}) && ")).collect();
        let pattern = self.range(node.pat.span());
        visit::visit_pat(self, &node.pat);
        match &node.guard {
            None if arm.is_empty() => {}
            None => {
                self.note(&arm, &pattern);
                self.put(pattern.start, "");
                self.put(pattern.end, format!(" if {}", without.trim_end_matches(" && ")));
            }
            Some((_, guard)) => {
                let range = self.range(guard.span());
                // An operator at the guard's beginning is looked for when that is visited.
                let (mutants, inside): (Vec<_>, Vec<_>) =
                    self.found(guard.span()).into_iter().partition(|(_, mutant)| mutant.genre == Genre::MatchArmGuard);
                if let Some((_, first)) = inside.first() {
                    self.at.insert((first.span.start, false), inside.clone());
                }
                self.note(&mutants, &range);
                self.note(&arm, &range);
                let choices = mutants
                    .iter()
                    .map(|(number, mutant)| format!("if crate::mutated({number}) {{ {} }} else ", mutant.replacement));
                self.put(range.start, format!("{without}({}{{ ", choices.collect::<String>()));
                visit::visit_expr(self, guard);
                self.put(range.end, " })");
            }
        }
        visit::visit_expr(self, &node.body);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        for field in &node.fields {
            let mutants = self.found(field.span());
            let value = self.range(field.expr.span());
            let (Some((number, _)), Some(rest)) = (mutants.first(), &node.rest) else {
                visit::visit_expr(self, &field.expr);
                continue;
            };
            self.note(&mutants, &value);
            let mut rest = self.text.get(self.range(rest.span())).unwrap_or_default().to_owned();
            if rest == "Default::default()" {
                let path = self.text.get(self.range(node.path.span())).unwrap_or_default();
                rest = format!("<{path}>::default()");
            }
            let syn::Member::Named(name) = &field.member else { continue };
            let name_colon = if field.colon_token.is_some() { String::new() } else { format!("{name}: ") };
            self.put(value.start, format!("{name_colon}if crate::mutated({number}) {{ ({rest}).{name} }} else {{ "));
            visit::visit_expr(self, &field.expr);
            self.put(value.end, " }");
        }
        if let Some(rest) = &node.rest {
            visit::visit_expr(self, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutant::Span;

    fn mutant(genre: Genre, from: (usize, usize), to: (usize, usize), replacement: &str) -> Mutant {
        let place = |(line, column)| Place { line, column };
        let span = Span { start: place(from), end: place(to) };
        Mutant { file: "src/a.rs".into(), genre, name: "a".into(), replacement: replacement.into(), span }
    }

    fn put(text: &str, mutants: &[Mutant]) -> syn::Result<String> {
        let numbered: Vec<_> = mutants.iter().enumerate().collect();
        switched(text, &numbered).map(|switched| switched.text)
    }

    #[test]
    fn a_guard_and_the_operator_it_begins_with_have_a_switch_each() -> syn::Result<()> {
        let text = "fn f(a: u8, b: bool) -> u8 { match a { it if !b => it, _ => 0 } }";
        let at = (1, text.find("!b").unwrap_or_default() + 1);
        let end = (1, at.1 + 2);
        let guard = |with: &str| mutant(Genre::MatchArmGuard, at, end, with);
        let made = put(text, &[guard("true"), guard("false"), mutant(Genre::UnaryOperator, at, end, "")])?;
        for switch in ["if crate::mutated(0) { true }", "if crate::mutated(1) { false }", "crate::mutated(2) ^ !(b)"] {
            assert!(made.contains(switch), "{made}");
        }
        syn::parse_file(&made).map(drop)
    }

    #[test]
    fn an_iterator_without_a_name_is_boxed() -> syn::Result<()> {
        let text = "fn f() -> impl Iterator<Item = u8> {\n    0..3\n}";
        let made = put(text, &[mutant(Genre::FnValue, (2, 5), (2, 9), "::std::iter::empty()")])?;
        assert!(made.contains("if crate::mutated(0) { ::std::boxed::Box::new(::std::iter::empty()) } else"), "{made}");
        assert!(made.contains("::std::boxed::Box::new({ 0..3 }) }; it"), "{made}");
        syn::parse_file(&made).map(drop)
    }
}
