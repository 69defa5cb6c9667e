//! The public items of a crate, found in its sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use quote::{ToTokens, quote};
use syn::{
    Attribute, Fields, ImplItem, Item, ItemEnum, ItemImpl, ItemMacro, ItemStruct, ItemTrait, Signature, TraitItem,
    Visibility,
};

/// What is public: a line each, and which types can't grow.
pub(crate) struct Api {
    pub(crate) text: String,
    pub(crate) exhaustive: BTreeSet<String>,
}

/// What was found so far.
#[derive(Default)]
struct Walk {
    lines: BTreeSet<String>,
    exhaustive: BTreeSet<String>,
    /// Macros of ours that declare types.
    makers: BTreeSet<String>,
    /// Types whose implementations count.
    types: BTreeSet<String>,
    /// Implementations, looked at when all types are known.
    implementations: Vec<(String, ItemImpl)>,
}

/// The public items of the crate whose `lib.rs` is in a folder.
pub(crate) fn public(src: &Path) -> Api {
    let mut walk = Walk::default();
    walk.file(&src.join("lib.rs"), src, "");
    for (module, implementation) in std::mem::take(&mut walk.implementations) {
        walk.implementation(&module, &implementation);
    }
    Api { text: walk.lines.iter().map(|line| format!("{line}\n")).collect(), exhaustive: walk.exhaustive }
}

impl Walk {
    fn push(&mut self, module: &str, line: &str) {
        let module = if module.is_empty() { "crate" } else { module };
        self.lines.insert(format!("{module}: {}", tidy(line)));
    }

    fn file(&mut self, file: &Path, folder: &Path, module: &str) {
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for item in parsed.items {
            self.item(item, folder, module);
        }
    }

    fn item(&mut self, item: Item, folder: &Path, module: &str) {
        match item {
            Item::Mod(inner) if hidden(&inner.attrs) => {}
            Item::Mod(inner) => {
                let name = inner.ident.to_string();
                let path = if module.is_empty() { name.clone() } else { format!("{module}::{name}") };
                if is_public(&inner.vis) {
                    self.push(module, &format!("{}pub mod {name}", conditions(&inner.attrs)));
                }
                match inner.content {
                    Some((_, items)) => items.into_iter().for_each(|item| self.item(item, folder, &path)),
                    None => self.file(&place(folder, &name), &folder.join(&name), &path),
                }
            }
            Item::Impl(found) if !hidden(&found.attrs) => self.implementations.push((module.to_owned(), found)),
            Item::Struct(found) if is_public(&found.vis) => self.structure(module, &found),
            Item::Enum(found) if is_public(&found.vis) => self.enumeration(module, &found),
            Item::Trait(found) if is_public(&found.vis) => self.interface(module, &found),
            Item::Fn(found) if is_public(&found.vis) && !hidden(&found.attrs) => {
                let (vis, sig) = (&found.vis, &found.sig);
                self.push(module, &format!("{}{}", conditions(&found.attrs), quote!(#vis #sig)));
            }
            Item::Type(found) if is_public(&found.vis) => {
                let (vis, ident, generics, ty) = (&found.vis, &found.ident, &found.generics, &found.ty);
                self.push(module, &quote!(#vis type #ident #generics = #ty).to_string());
            }
            Item::Const(found) if is_public(&found.vis) => {
                let (vis, ident, ty) = (&found.vis, &found.ident, &found.ty);
                self.push(module, &quote!(#vis const #ident: #ty).to_string());
            }
            Item::Static(found) if is_public(&found.vis) => {
                let (vis, ident, ty) = (&found.vis, &found.ident, &found.ty);
                self.push(module, &quote!(#vis static #ident: #ty).to_string());
            }
            Item::Use(found) if is_public(&found.vis) && !hidden(&found.attrs) => {
                let (vis, tree) = (&found.vis, &found.tree);
                self.push(module, &format!("{}{}", conditions(&found.attrs), quote!(#vis use #tree)));
            }
            Item::Macro(found) => self.invocation(module, &found),
            _ => {}
        }
    }

    fn structure(&mut self, module: &str, found: &ItemStruct) {
        self.types.insert(found.ident.to_string());
        let (ident, generics) = (&found.ident, &found.generics);
        let public: Vec<_> = found.fields.iter().filter(|field| is_public(&field.vis)).collect();
        let fields = match (&found.fields, public.is_empty()) {
            (Fields::Unnamed(_), false) => {
                let types = public.iter().map(|field| {
                    let ty = &field.ty;
                    quote!(pub #ty).to_string()
                });
                format!("({})", types.collect::<Vec<_>>().join(", "))
            }
            (Fields::Named(_) | Fields::Unnamed(_) | Fields::Unit, _) => String::new(),
        };
        let head = format!("pub struct {}{fields}{}", quote!(#ident #generics), marks(&found.attrs));
        self.push(module, &head);
        for field in public.iter().filter(|field| field.ident.is_some()) {
            let (name, ty) = (&field.ident, &field.ty);
            self.push(module, &format!("struct {ident}: {}", quote!(#name: #ty)));
        }
        let whole = !public.is_empty() && public.len() == found.fields.len();
        if whole && !has(&found.attrs, "non_exhaustive") {
            self.exhaustive.insert(format!("{module}::{ident}"));
        }
    }

    fn enumeration(&mut self, module: &str, found: &ItemEnum) {
        self.types.insert(found.ident.to_string());
        let (ident, generics) = (&found.ident, &found.generics);
        self.push(module, &format!("pub enum {}{}", quote!(#ident #generics), marks(&found.attrs)));
        for variant in &found.variants {
            self.push(module, &format!("enum {ident}: {}{}", variant.ident, shape(&variant.fields)));
        }
        if !has(&found.attrs, "non_exhaustive") {
            self.exhaustive.insert(format!("{module}::{ident}"));
        }
    }

    fn interface(&mut self, module: &str, found: &ItemTrait) {
        if hidden(&found.attrs) {
            return;
        }
        let (ident, generics, above) = (&found.ident, &found.generics, &found.supertraits);
        self.push(module, &format!("pub trait {}", quote!(#ident #generics: #above)));
        for item in &found.items {
            let line = match item {
                TraitItem::Fn(method) if !hidden(&method.attrs) => {
                    let given = if method.default.is_some() { " { .. }" } else { "" };
                    format!("{}{given}", signature(&method.sig))
                }
                TraitItem::Const(constant) => {
                    let (name, ty) = (&constant.ident, &constant.ty);
                    let given = if constant.default.is_some() { " = .." } else { "" };
                    format!("{}{given}", quote!(const #name: #ty))
                }
                TraitItem::Type(associated) => {
                    let (name, bounds) = (&associated.ident, &associated.bounds);
                    quote!(type #name: #bounds).to_string()
                }
                _ => continue,
            };
            self.push(module, &format!("trait {ident}: {line}"));
        }
    }

    fn implementation(&mut self, module: &str, found: &ItemImpl) {
        let target = found.self_ty.to_token_stream().to_string();
        let name = target.split([' ', '<']).next().unwrap_or_default().to_owned();
        let (params, ty, bounds) = (&found.generics, &found.self_ty, &found.generics.where_clause);
        if let Some((_, path, _)) = &found.trait_ {
            if self.types.contains(&name) {
                self.push(
                    module,
                    &format!("impl {}", quote!(#params #path for #ty #bounds)).replacen("impl <", "impl<", 1),
                );
            }
            return;
        }
        for item in &found.items {
            let line = match item {
                ImplItem::Fn(method) if is_public(&method.vis) && !hidden(&method.attrs) => {
                    format!("{}pub {}", conditions(&method.attrs), signature(&method.sig))
                }
                ImplItem::Const(constant) if is_public(&constant.vis) => {
                    let (name, ty) = (&constant.ident, &constant.ty);
                    quote!(pub const #name: #ty).to_string()
                }
                _ => continue,
            };
            self.push(module, &format!("impl {}: {line}", ty.to_token_stream()));
        }
    }

    /// Our macros declare types; what others are given is listed as it stands.
    fn invocation(&mut self, module: &str, found: &ItemMacro) {
        let name = found.mac.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let tokens = &found.mac.tokens;
        match (name.as_str(), &found.ident) {
            ("macro_rules", Some(ident)) if has(&found.attrs, "macro_export") && !hidden(&found.attrs) => {
                self.push(module, &format!("macro {ident}!"));
            }
            // What a macro of ours gives each type it is used for.
            ("macro_rules", Some(ident)) if !has(&found.attrs, "macro_export") => {
                let text = tokens.to_string();
                if text.contains("pub struct") || text.contains("pub enum") {
                    self.makers.insert(ident.to_string());
                }
                for part in text.split("pub ").skip(1).filter(|part| !part.starts_with('(')) {
                    let head = part.split(['{', ';']).next().unwrap_or_default();
                    self.push(module, &format!("by {ident}!: pub {head}"));
                }
            }
            ("entity" | "choice", _) => match syn::parse2::<Item>(tokens.clone()) {
                Ok(Item::Struct(declared)) if is_public(&declared.vis) => self.entity(module, &declared),
                Ok(Item::Enum(declared)) if is_public(&declared.vis) => {
                    self.types.insert(declared.ident.to_string());
                    for variant in &declared.variants {
                        let code = said(&variant.attrs, "code");
                        let code = code.split(',').next().unwrap_or_default();
                        self.push(module, &format!("choice {}: {} {code}", declared.ident, variant.ident));
                    }
                }
                Ok(_) => {}
                Err(error) => panic!("{module}: {error}"),
            },
            ("macro_rules", _) => {}
            _ if self.makers.contains(&name) => {
                self.push(module, &format!("{name}!({})", without_texts(tokens.clone())));
            }
            _ => {}
        }
    }

    fn entity(&mut self, module: &str, declared: &ItemStruct) {
        self.types.insert(declared.ident.to_string());
        let table = said(&declared.attrs, "entity");
        let table = table.split(',').next().unwrap_or_default().trim().trim_matches('"');
        let head = format!("entity {table} {} ({})", declared.ident, said(&declared.attrs, "inputs"));
        for field in &declared.fields {
            let (name, ty) = (&field.ident, &field.ty);
            let system = if has(&field.attrs, "system") { " (system)" } else { "" };
            self.push(module, &format!("{head}: {}{system}", quote!(#name: #ty)));
        }
    }
}

/// What a macro is given, without documentation and other texts.
fn without_texts(tokens: proc_macro2::TokenStream) -> String {
    let kept = tokens.into_iter().filter(|token| match token {
        proc_macro2::TokenTree::Literal(literal) => !literal.to_string().starts_with('"'),
        proc_macro2::TokenTree::Group(group) => group.delimiter() != proc_macro2::Delimiter::Bracket,
        proc_macro2::TokenTree::Punct(punct) => punct.as_char() != '#',
        proc_macro2::TokenTree::Ident(_) => true,
    });
    kept.collect::<proc_macro2::TokenStream>().to_string()
}

fn place(folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(format!("{name}.rs"));
    if file.is_file() { file } else { folder.join(name).join("mod.rs") }
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn has(attrs: &[Attribute], name: &str) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident(name))
}

/// Tests, and what is public for macros only.
fn hidden(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let text = attr.meta.to_token_stream().to_string();
        text == "cfg (test)" || text == "doc (hidden)" || text.starts_with("cfg (all (doctest")
    })
}

fn said(attrs: &[Attribute], name: &str) -> String {
    let found = attrs.iter().find(|attr| attr.path().is_ident(name));
    found.and_then(|attr| attr.meta.require_list().ok()).map(|list| list.tokens.to_string()).unwrap_or_default()
}

fn conditions(attrs: &[Attribute]) -> String {
    let conditions = attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    conditions.map(|attr| format!("#[{}] ", attr.meta.to_token_stream())).collect()
}

/// What callers notice of the attributes of a type.
fn marks(attrs: &[Attribute]) -> String {
    let noticed = |attr: &&Attribute| ["cfg", "derive", "non_exhaustive"].iter().any(|name| attr.path().is_ident(name));
    attrs.iter().filter(noticed).map(|attr| format!(" #[{}]", attr.meta.to_token_stream())).collect()
}

fn signature(sig: &Signature) -> String {
    sig.to_token_stream().to_string()
}

fn shape(fields: &Fields) -> String {
    let named = |field: &syn::Field| {
        let (name, ty) = (&field.ident, &field.ty);
        match name {
            Some(name) => quote!(#name: #ty).to_string(),
            None => ty.to_token_stream().to_string(),
        }
    };
    let all: Vec<String> = fields.iter().map(named).collect();
    match fields {
        Fields::Unit => String::new(),
        Fields::Named(_) => format!(" {{ {} }}", all.join(", ")),
        Fields::Unnamed(_) => format!("({})", all.join(", ")),
    }
}

/// Tokens with the blanks that people put between them.
fn tidy(text: &str) -> String {
    let mut tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (from, to) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ,", ","),
        (",)", ")"),
        (" :", ":"),
        (" ;", ";"),
        ("& '", "&'"),
        ("& ", "&"),
        ("* ", "*"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        ("( ", "("),
        (" )", ")"),
        (" (", "("),
        ("[ ", "["),
        (" ]", "]"),
        ("->", " ->"),
        ("  ->", " ->"),
        ("->(", "-> ("),
        ("# [", "#["),
        (" . .", ".."),
    ] {
        tidy = tidy.replace(from, to);
    }
    tidy
}
