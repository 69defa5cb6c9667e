//! Mutants that no test can notice, and why: `explained.txt`, kept by hand.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::mutant::Mutant;

/// One of them, told by what does not change when lines move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explained {
    /// The file and the change, as `cargo mutants` names it, without the line.
    pub(crate) name: String,
    /// The line of the sources where it begins.
    pub(crate) line: String,
    /// Why nobody can notice it.
    pub(crate) why: String,
}

/// Those of a file: three lines each, the name, `at:` with the line of the sources, and `why:`.
///
/// # Errors
///
/// If the file can't be read, or is written otherwise.
pub(crate) fn explained(path: &Path) -> Result<Vec<Explained>, Box<dyn Error>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
    lines.chunks(3).map(|lines| block(lines).ok_or_else(|| format!("{}: {lines:?}", path.display()).into())).collect()
}

fn block(lines: &[&str]) -> Option<Explained> {
    let [name, line, why] = lines else { return None };
    Some(Explained {
        name: name.trim().to_owned(),
        line: line.trim().strip_prefix("at:")?.trim().to_owned(),
        why: why.trim().strip_prefix("why:")?.trim().to_owned(),
    })
}

/// How a mutant is told there: its name without the line, and the line of the sources.
pub(crate) fn told(root: &Path, mutant: &Mutant) -> Result<(String, String), Box<dyn Error>> {
    let what = mutant.name.split_once(": ").map_or(&*mutant.name, |(_, what)| what);
    let text = fs::read_to_string(root.join(&mutant.file))?;
    let line = text.lines().nth(mutant.span.start.line - 1).unwrap_or_default();
    Ok((format!("{}: {what}", mutant.file), line.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_takes_three_lines() {
        let lines = ["src/a.rs: replace < with <= in first", "  at: if left < right {", "  why: both are never equal"];
        let found = block(&lines).map(|it| (it.name, it.line, it.why));
        let expected = (lines[0].to_owned(), "if left < right {".to_owned(), "both are never equal".to_owned());
        assert_eq!(found, Some(expected));
        assert_eq!(block(&lines[..2]), None);
        assert_eq!(block(&[lines[0], lines[2], lines[1]]), None);
    }
}
