//! What a process wrote to its files and when it had them synced.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;

/// The source of what records it.
const RECORDER: &str = include_str!("journal.c");

/// One thing that happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The file, within the folder that was watched.
    pub(super) file: String,
    /// What happened.
    pub(super) what: What,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Bytes were written at a place.
    Write(u64, Vec<u8>),
    /// It was cut, or made longer.
    Truncate(u64),
    /// All that was written is on the disk.
    Sync,
    /// It was removed.
    Remove,
}

/// Makes the library that records, with the system's C compiler.
///
/// # Errors
///
/// If there is no compiler, or it refuses.
pub(crate) fn recorder(folder: &Path) -> Outcome<PathBuf> {
    let (source, library) = (folder.join("journal.c"), folder.join("journal.so"));
    std::fs::write(&source, RECORDER)?;
    let mut command = Command::new("cc");
    command.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source).args(["-ldl", "-lpthread"]);
    let output = command.output().map_err(|error| format!("`cc` can't be started; install a C compiler: {error}"))?;
    if !output.status.success() {
        return Err(format!("`cc` failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(library)
}

/// Reads what was recorded; the last entry may have been cut off.
#[must_use]
pub(super) fn entries(mut bytes: &[u8]) -> Vec<Entry> {
    let mut found = Vec::new();
    while let Some((entry, rest)) = entry(bytes) {
        found.push(entry);
        bytes = rest;
    }
    found
}

fn entry(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<15>()?;
    let [kind, n0, n1, d0, d1, d2, d3, offset @ ..] = *head;
    let (named, length) = (u16::from_le_bytes([n0, n1]), u32::from_le_bytes([d0, d1, d2, d3]));
    let (name, rest) = rest.split_at_checked(named.into())?;
    let (data, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let offset = u64::from_le_bytes(offset);
    let what = match kind {
        1 => What::Write(offset, data.to_vec()),
        2 => What::Truncate(offset),
        3 => What::Sync,
        4 => What::Remove,
        _ => return None,
    };
    Some((Entry { file: String::from_utf8_lossy(name).into_owned(), what }, rest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn entries_are_read_up_to_one_that_is_cut_off() {
        let mut bytes = vec![1, 1, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend(b"aword");
        bytes.extend([3, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, b'a']);
        let of = |what| Entry { file: "a".into(), what };
        let all = [of(What::Write(8, b"word".to_vec())), of(What::Sync)];
        assert_eq!(entries(&bytes), all);
        for cut in 20..36 {
            assert_eq!(entries(&bytes[..cut]), all[..1]);
        }
        assert_eq!(entries(&bytes[..19]), []);
    }
}
