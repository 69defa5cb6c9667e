//! Every public type, trait, function and macro shows by an example what it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::{Attribute, Expr, Item, Lit, Meta, Visibility};

/// What has none, each with the reason.
const WITHOUT: &str = include_str!("../golden/without_example.txt");

#[test]
fn every_public_item_has_an_example() {
    let mut found = Found::default();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&src).iter().for_each(|file| found.file(file, &src));
    assert!(found.with > 400, "only {} items with an example were found", found.with);
    let allowed: BTreeMap<&str, &str> = WITHOUT.lines().filter_map(|line| line.split_once(": ")).collect();
    assert!(allowed.values().all(|reason| reason.len() > 10), "each has a reason");
    let allowed: BTreeSet<String> = allowed.keys().map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = found.without.difference(&allowed).collect();
    let needless: Vec<_> = allowed.difference(&found.without).collect();
    assert!(missing.is_empty(), "without an example: {missing:#?}");
    assert!(needless.is_empty(), "on the list without need: {needless:#?}");
}

#[derive(Default)]
struct Found {
    with: usize,
    without: BTreeSet<String>,
}

impl Found {
    fn file(&mut self, file: &Path, src: &Path) {
        let parsed = syn::parse_file(&fs::read_to_string(file).unwrap()).unwrap();
        let place = file.strip_prefix(src).unwrap().with_extension("");
        let place = place.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "::").replace("::mod", "");
        parsed.items.iter().for_each(|item| self.item(item, &place));
    }

    fn item(&mut self, item: &Item, place: &str) {
        match item {
            Item::Struct(found) => self.look(&found.vis, &found.attrs, place, &found.ident.to_string()),
            Item::Enum(found) => self.look(&found.vis, &found.attrs, place, &found.ident.to_string()),
            Item::Trait(found) => self.look(&found.vis, &found.attrs, place, &found.ident.to_string()),
            Item::Fn(found) => self.look(&found.vis, &found.attrs, place, &found.sig.ident.to_string()),
            Item::Type(found) => self.look(&found.vis, &found.attrs, place, &found.ident.to_string()),
            Item::Mod(found) if !hidden(&found.attrs) => {
                let inner = format!("{place}::{}", found.ident);
                found.content.iter().flat_map(|(_, items)| items).for_each(|item| self.item(item, &inner));
            }
            Item::Macro(found) => match &found.ident {
                Some(name) if found.attrs.iter().any(|attr| attr.path().is_ident("macro_export")) => {
                    self.note(&found.attrs, place, &name.to_string());
                }
                Some(_) => {}
                // What our own macros declare is written as a struct or an enum.
                None => {
                    if let Ok(declared @ (Item::Struct(_) | Item::Enum(_))) = syn::parse2(found.mac.tokens.clone()) {
                        self.item(&declared, place);
                    }
                }
            },
            _ => {}
        }
    }

    fn look(&mut self, vis: &Visibility, attrs: &[Attribute], place: &str, name: &str) {
        if matches!(vis, Visibility::Public(_)) {
            self.note(attrs, place, name);
        }
    }

    fn note(&mut self, attrs: &[Attribute], place: &str, name: &str) {
        if hidden(attrs) {
            return;
        }
        if has_example(attrs) {
            self.with += 1;
        } else {
            self.without.insert(format!("{place}::{name}"));
        }
    }
}

fn hidden(attrs: &[Attribute]) -> bool {
    let hides = |text: &str| text == "cfg (test)" || text == "doc (hidden)" || text.starts_with("cfg (all (doctest");
    attrs.iter().any(|attr| hides(&attr.meta.to_token_stream().to_string()))
}

/// Whether there is a block in the documentation that is compiled.
fn has_example(attrs: &[Attribute]) -> bool {
    let line = |attr: &Attribute| match &attr.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let compiled = |fence: &str| ["", "rust", "compile_fail", "no_run", "rust,no_run", "should_panic"].contains(&fence);
    let mut open = false;
    attrs.iter().filter_map(line).any(|line| {
        let Some(fence) = line.trim().strip_prefix("```") else { return false };
        open = !open;
        open && compiled(fence.trim())
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

/// The test can fail.
#[test]
fn what_has_no_example_is_found() {
    let mut found = Found::default();
    let text = "/// Text.\n///\n/// ```text\n/// ```\npub struct A; /// ```\n/// ```\npub fn b() {} struct C; \
                crate::choice!(/// Text.\n pub enum D { /// A.\n E });";
    syn::parse_file(text).unwrap().items.iter().for_each(|item| found.item(item, "place"));
    assert_eq!((found.with, found.without), (1, BTreeSet::from(["place::A".to_owned(), "place::D".to_owned()])));
}
