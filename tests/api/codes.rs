//! Every code that an error can have is explained, in the crate and on the page, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crmkit::error::{CODES, http_status};
use crmkit::schema::Lang;
use quote::ToTokens;
use syn::{ImplItem, Item};

/// The texts in methods `code` of errors, wherever they are.
fn in_sources(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let parsed = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            for item in parsed.items {
                let Item::Impl(item) = item else { continue };
                let name = item.self_ty.to_token_stream().to_string();
                if item.trait_.is_some() || !(name.ends_with("Error") || name.ends_with("ErrorKind")) {
                    continue;
                }
                for method in &item.items {
                    let ImplItem::Fn(method) = method else { continue };
                    if method.sig.ident != "code" {
                        continue;
                    }
                    let body = method.block.to_token_stream().to_string();
                    found.extend(body.split('"').skip(1).step_by(2).map(str::to_owned));
                }
            }
        }
    }
}

#[test]
fn every_code_is_explained_and_no_other() {
    let mut used = BTreeSet::new();
    in_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut used);
    assert!(used.contains("not_found") && used.contains("storage.busy") && used.contains("import.empty"), "{used:?}");
    let explained: BTreeSet<String> = CODES.iter().map(|known| known.code.to_owned()).collect();
    assert_eq!(used, explained);
    assert_eq!(explained.len(), CODES.len(), "a code stands there twice");
    for known in CODES {
        let (zh, en) = (known.meaning.text(Lang::Zh), known.meaning.text(Lang::En));
        assert!(!zh.is_ascii() && en.is_ascii() && en.len() > 10, "{}: {zh}, {en}", known.code);
        assert!(!en.ends_with('.') && en.starts_with(char::is_lowercase), "{}: {en}", known.code);
    }
}

#[test]
fn the_page_lists_them_all_in_this_order() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |known: &crmkit::error::ErrorCode| {
        let (zh, en) = (known.meaning.text(Lang::Zh), known.meaning.text(Lang::En));
        format!("| `{}` | {zh} | {en} | {} |", known.code, http_status(known.code))
    };
    assert_eq!(rows, CODES.iter().map(row).collect::<Vec<_>>());
}
