//! What `cargo mutants --list --json` says of a mutant.

use serde::Deserialize;

/// One change of the sources that a test should notice.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Mutant {
    /// The file, from the root of the package.
    pub(crate) file: String,
    /// What kind of change it is.
    pub(crate) genre: Genre,
    /// What people call it.
    pub(crate) name: String,
    /// What comes in place of what is there.
    pub(crate) replacement: String,
    /// What is replaced.
    pub(crate) span: Span,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Genre {
    /// A function gives something else at once.
    FnValue,
    /// Another operator between two expressions.
    BinaryOperator,
    /// An operator before an expression is left out.
    UnaryOperator,
    /// The condition of an arm is always or never met.
    MatchArmGuard,
    /// An arm is left out.
    MatchArm,
    /// A field is left to the rest of the record.
    StructField,
}

/// A piece of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// A line and a character in it, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}
