//! A folder of plain files in one file: a tar, compressed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, EntryType, Header};

use super::files::{unreadable, unwritable};
use super::seal::Broken;
use crate::error::StorageError;

/// Why a folder was not unpacked.
#[derive(Debug)]
pub(super) enum Unpacking {
    /// The packed file holds what was never packed.
    Broken(Broken),
    /// The folder can't be written.
    Failed(StorageError),
}

/// Packs the files of a folder, in the order of their names, and says how long they are unpacked. The same files give
/// the same bytes.
pub(super) fn pack(folder: &Path, to: impl Write) -> Result<u64, StorageError> {
    let failed = |error| unwritable(folder, error);
    let mut archive = tar::Builder::new(Counted { to: GzEncoder::new(to, Compression::default()), count: 0 });
    for name in names(folder).map_err(|error| unreadable(folder, error))? {
        let path = folder.join(&name);
        let file = File::open(&path).map_err(|error| unreadable(&path, error))?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o600);
        header.set_size(file.metadata().map_err(failed)?.len());
        archive.append_data(&mut header, &name, BufReader::new(file)).map_err(failed)?;
    }
    let Counted { to, count } = archive.into_inner().map_err(failed)?;
    to.finish().and_then(|mut to| to.flush()).map_err(failed)?;
    Ok(count)
}

fn names(folder: &Path) -> io::Result<BTreeSet<String>> {
    let wrong = |name| io::Error::new(io::ErrorKind::InvalidData, format!("`{name:?}` can't be packed"));
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        match name.to_str() {
            Some(plain) if is_plain(plain) => names.insert(plain.to_owned()),
            Some(_) | None => return Err(wrong(name)),
        };
    }
    Ok(names)
}

/// Whether it is the name of a file in the folder itself, and nothing else on any system.
fn is_plain(name: &str) -> bool {
    let mut stem = name.strip_suffix(".jsonl").or_else(|| name.strip_suffix(".json")).unwrap_or_default().chars();
    (1..=90).contains(&name.len())
        && stem.next().is_some_and(|first| first.is_ascii_alphanumeric() || first == '_')
        && stem.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Unpacks what was packed into an empty folder: plain files, each once, and no more than `limit` bytes.
pub(super) fn unpack(packed: impl Read, limit: u64, folder: &Path) -> Result<(), Unpacking> {
    let broken = || Unpacking::Broken(Broken::Changed);
    let mut archive = Archive::new(GzDecoder::new(packed).take(limit));
    // Extensions are members like others here, and refused: they could say any name and length.
    for entry in archive.entries().map_err(|_| broken())?.raw(true) {
        let mut entry = entry.map_err(|_| broken())?;
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| broken())?;
        let length = entry.header().size().map_err(|_| broken())?;
        if entry.header().entry_type() != EntryType::Regular || !is_plain(&name) {
            return Err(broken());
        }
        let path = folder.join(&name);
        let failed = |error| Unpacking::Failed(unwritable(&path, error));
        let made = File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => broken(),
            _ => failed(error),
        })?;
        let mut file = BufWriter::new(made);
        let (mut copied, mut bytes) = (0, vec![0; 64 << 10]);
        loop {
            let count = entry.read(&mut bytes).map_err(|_| broken())?;
            if count == 0 {
                break;
            }
            file.write_all(bytes.get(..count).unwrap_or(&bytes)).map_err(failed)?;
            copied += count as u64;
        }
        file.flush().map_err(failed)?;
        if copied != length {
            return Err(broken());
        }
    }
    Ok(())
}

/// Passes on what is written and counts it.
struct Counted<W> {
    to: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn packed(members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (name, kind, bytes) in members {
            let mut header = Header::new_gnu();
            // As an attacker would: `set_path` refuses such names.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            header.set_cksum();
            archive.append(&header, *bytes).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, bytes) in [("manifest.json", &b"{}"[..]), ("cst_customer.jsonl", &[b'x'; 100_000]), ("a.jsonl", b"")]
        {
            fs::write(from.path().join(name), bytes).unwrap();
        }
        let mut packed = Vec::new();
        let length = pack(from.path(), &mut packed).unwrap();
        assert!(packed.len() < 2_000 && length > 100_000, "{} {length}", packed.len());
        // Zeros behind it, as before a seal, do not matter.
        packed.resize(packed.len() + 300, 0);
        unpack(&packed[..], length, to.path()).unwrap();
        assert_eq!(names(from.path()).unwrap(), names(to.path()).unwrap());
        for name in names(to.path()).unwrap() {
            assert!(fs::read(from.path().join(&name)).unwrap() == fs::read(to.path().join(&name)).unwrap());
        }
    }

    #[test]
    fn nothing_is_made_outside_and_nothing_beyond_bounds() {
        let plain = EntryType::Regular;
        let zeros = vec![0; 1 << 20];
        let cases: Vec<(&str, Vec<u8>)> = vec![
            ("absolute", packed(&[("/tmp/x.json", plain, b"x")])),
            ("above", packed(&[("../x.json", plain, b"x")])),
            ("below", packed(&[("a/x.json", plain, b"x")])),
            ("backwards", packed(&[("a\\x.json", plain, b"x")])),
            ("hidden", packed(&[(".x.json", plain, b"x")])),
            ("another ending", packed(&[("x.sh", plain, b"x")])),
            ("no name", packed(&[(".json", plain, b"x")])),
            ("a link", packed(&[("x.json", EntryType::Symlink, b"")])),
            ("a hard link", packed(&[("x.json", EntryType::Link, b"")])),
            ("a folder", packed(&[("x.json", EntryType::Directory, b"")])),
            ("a device", packed(&[("x.json", EntryType::Char, b"")])),
            ("a long name", packed(&[("x.json", EntryType::GNULongName, b"../x.json\0")])),
            ("an extension", packed(&[("x.json", EntryType::XHeader, b"18 path=../x.json\n")])),
            ("twice", packed(&[("x.json", plain, b"1"), ("x.json", plain, b"2")])),
            ("too much", packed(&[("x.json", plain, &zeros)])),
            ("no tar", b"nothing of that kind".to_vec()),
            ("cut off", packed(&[("x.json", plain, b"x")])[..30].to_vec()),
        ];
        for (what, bytes) in cases {
            let around = tempfile::tempdir().unwrap();
            let folder = around.path().join("folder");
            fs::create_dir(&folder).unwrap();
            let tried = unpack(&bytes[..], 100_000, &folder);
            assert!(matches!(tried, Err(Unpacking::Broken(_))), "{what}: {tried:?}");
            assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1, "{what}");
            let made: u64 = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
            assert!(made <= 100_000, "{what}: {made}");
        }
    }
}
