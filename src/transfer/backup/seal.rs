//! The seal at the end of a backup: what the file holds, and a sum over every bit of it.

use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest as _, Sha256};

use crate::value::Timestamp;

/// How long a seal is. With a content of whole blocks, no backup is a multiple of [`BLOCK`] long, and every SQLite
/// database is: what may be a database in use is told from a backup without opening it. (Closing a file that SQLite has
/// open in the same process would drop SQLite's locks on it.)
pub(super) const SEAL: usize = 500;
/// What the length of a content is a multiple of.
pub(super) const BLOCK: u64 = 512;

const FORMAT: u32 = 1;
const MAGIC: &str = "\ncrmkit backup ";
const SUM: &str = "\nsha256 ";
/// The line of the sum is the last one: its name, 64 digits, the end of the line.
const BEFORE_SUM: usize = SEAL - SUM.len() - 64 - 1;

/// What a backup holds.
///
/// # Examples
///
/// ```
/// use crmkit::transfer::BackupForm;
///
/// assert_eq!(BackupForm::Sqlite.name(), "sqlite");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BackupForm {
    /// A SQLite database. It goes back into a SQLite database only.
    Sqlite,
    /// An export, packed. It goes back into any store.
    Export,
}

impl BackupForm {
    const ALL: [Self; 2] = [Self::Sqlite, Self::Export];

    /// Its name in the seal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Export => "export",
        }
    }
}

/// What a seal says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seal {
    pub(super) form: BackupForm,
    /// When it was taken.
    pub(super) taken_at: Timestamp,
    /// The version of the crate that took it.
    pub(super) made_by: String,
    /// How long the content before it is.
    pub(super) length: u64,
    /// How long it is at most once it is unpacked.
    pub(super) unpacked: u64,
}

/// What is wrong with a file that should be a backup.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// There is no seal at its end.
    Unsealed,
    /// The seal is in a form that this program does not read.
    Newer(String),
    /// The seal or what it covers was changed.
    Changed,
}

impl Seal {
    /// The bytes that say it, without the sum.
    fn text(&self) -> Vec<u8> {
        let Self { form, taken_at, made_by, length, unpacked } = self;
        let form = form.name();
        let lines = format!(
            "{MAGIC}{FORMAT}\nform {form}\ntaken_at {taken_at}\nmade_by {made_by}\nlength {length}\nunpacked {unpacked}\n"
        );
        let mut text = lines.into_bytes();
        text.resize(BEFORE_SUM, b' ');
        text.extend(SUM.bytes());
        text
    }

    /// The whole seal behind a content with this sum so far.
    pub(super) fn finish(&self, mut sum: Sha256) -> Vec<u8> {
        let mut bytes = self.text();
        sum.update(&bytes);
        for byte in sum.finalize() {
            bytes.extend(format!("{byte:02x}").bytes());
        }
        bytes.push(b'\n');
        bytes
    }

    /// What a seal says. That it is true is told by [`copy_checked`] only.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let rest = bytes.strip_prefix(MAGIC.as_bytes()).filter(|_| bytes.len() == SEAL).ok_or(Broken::Unsealed)?;
        let rest = std::str::from_utf8(rest).map_err(|_| Broken::Changed)?;
        let (format, rest) = rest.split_once('\n').ok_or(Broken::Changed)?;
        match format.parse::<u32>() {
            Ok(FORMAT) => {}
            Ok(newer) if newer > FORMAT => return Err(Broken::Newer(newer.to_string())),
            Ok(_) | Err(_) => return Err(Broken::Changed),
        }
        let mut lines = rest.split('\n');
        let mut value = |name| {
            let line: &str = lines.next()?;
            line.strip_prefix(name)?.strip_prefix(' ')
        };
        let seal = (|| {
            let form = value("form")?;
            let form = BackupForm::ALL.into_iter().find(|known| known.name() == form)?;
            let taken_at = value("taken_at")?.parse().ok()?;
            let made_by = value("made_by")?.to_owned();
            let length = value("length")?.parse().ok()?;
            let unpacked = value("unpacked")?.parse().ok()?;
            Some(Self { form, taken_at, made_by, length, unpacked })
        })();
        // A seal is written in one way only, so that no bit of it can change unnoticed.
        seal.filter(|seal| bytes.starts_with(&seal.text())).ok_or(Broken::Changed)
    }
}

/// Reads the seal of a file of this length.
pub(super) fn seal_of(file: &mut (impl Read + Seek), length: u64) -> io::Result<Result<Seal, Broken>> {
    let Some(content) = length.checked_sub(SEAL as u64).filter(|content| content % BLOCK == 0) else {
        return Ok(Err(Broken::Unsealed));
    };
    let mut bytes = vec![0; SEAL];
    file.seek(SeekFrom::Start(content))?;
    file.read_exact(&mut bytes)?;
    Ok(Seal::read(&bytes).and_then(|seal| if seal.length == content { Ok(seal) } else { Err(Broken::Changed) }))
}

/// Copies the content of a sealed file and says whether it, and the seal itself, are as they were sealed. What was
/// copied is not to be used otherwise.
pub(super) fn copy_checked(
    file: &mut (impl Read + Seek),
    seal: &Seal,
    to: &mut impl Write,
) -> io::Result<Result<(), Broken>> {
    file.seek(SeekFrom::Start(0))?;
    let mut sum = Sum::over(to);
    let copied = io::copy(&mut file.by_ref().take(seal.length), &mut sum)?;
    let mut found = Vec::with_capacity(SEAL);
    file.take(SEAL as u64 + 1).read_to_end(&mut found)?;
    let whole = copied == seal.length && found == seal.finish(sum.sum);
    Ok(if whole { Ok(()) } else { Err(Broken::Changed) })
}

/// Passes on what is written and sums it up.
pub(super) struct Sum<W> {
    to: W,
    pub(super) sum: Sha256,
    pub(super) length: u64,
}

impl<W: Write> Sum<W> {
    pub(super) fn over(to: W) -> Self {
        Self { to, sum: Sha256::new(), length: 0 }
    }
}

impl<W: Write> Write for Sum<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.to.write(bytes)?;
        self.sum.update(bytes.get(..count).unwrap_or(bytes));
        self.length += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Cursor;

    use super::*;

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut sum = Sum::over(&mut bytes);
        sum.write_all(content).unwrap();
        let (sum, length) = (sum.sum, sum.length);
        let (form, taken_at, made_by) = (BackupForm::Sqlite, Timestamp::EPOCH, "0.1.0".into());
        let seal = Seal { form, taken_at, made_by, length, unpacked: length };
        bytes.extend(seal.finish(sum));
        bytes
    }

    fn look(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
        let (mut file, mut content) = (Cursor::new(bytes), Vec::new());
        let seal = seal_of(&mut file, bytes.len() as u64).unwrap()?;
        copy_checked(&mut file, &seal, &mut content).unwrap()?;
        Ok(content)
    }

    #[test]
    fn a_sealed_content_is_read_back() {
        let content = vec![7; 1_024];
        let bytes = sealed(&content);
        assert_eq!(bytes.len(), content.len() + SEAL);
        assert_eq!(look(&bytes), Ok(content));
        assert_eq!(look(&sealed(b"")), Ok(Vec::new()));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = sealed(&[0xA5; 512]);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(look(&changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_and_every_addition_is_found() {
        let bytes = sealed(&[1; 1_024]);
        for length in 0..bytes.len() {
            assert!(look(&bytes[..length]).is_err(), "cut to {length}");
        }
        for added in [1, 12, 512, SEAL] {
            let mut longer = bytes.clone();
            longer.resize(bytes.len() + added, b'\n');
            assert!(look(&longer).is_err(), "{added} more");
        }
        let mut two = bytes.clone();
        two.extend(&bytes);
        assert!(look(&two).is_err());
    }

    #[test]
    fn a_newer_form_is_called_that() {
        let text = String::from_utf8(sealed(b"")).unwrap().replace("backup 1\n", "backup 2\n");
        assert_eq!(look(text.as_bytes()), Err(Broken::Newer("2".into())));
    }
}
