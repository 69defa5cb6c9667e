//! Reading the files of an export, line by line.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::schema::Record;
use crate::transfer::TransferError;
use crate::transfer::export::{Layout, ManifestEntity, hex};

/// The file of one entity, and how its lines are read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) said: ManifestEntity,
    pub(super) layout: Layout,
}

impl Source {
    /// Begins to read the file at a byte that is the first of a line.
    pub(super) fn open(&self) -> Result<Lines<'_>, TransferError> {
        let file = File::open(&self.path).map_err(TransferError::file(&self.path))?;
        // A byte more than there should be is enough to see that there are too many.
        let file = BufReader::new(file).take(self.said.bytes.saturating_add(1));
        Ok(Lines { source: self, file, line: Vec::new(), number: 0, offset: 0, hash: None })
    }

    /// A file as large as the manifest says, at which lines can be read in any order.
    pub(super) fn open_anywhere(&self) -> Result<Anywhere<'_>, TransferError> {
        let file = File::open(&self.path).map_err(TransferError::file(&self.path))?;
        Ok(Anywhere { source: self, file: BufReader::new(file), line: Vec::new() })
    }

    pub(super) fn damaged(&self, line: Option<u64>, problem: impl Into<String>) -> TransferError {
        TransferError::damaged(&self.path, line, problem)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The lines of one file, from the first on.
pub(super) struct Lines<'a> {
    source: &'a Source,
    file: std::io::Take<BufReader<File>>,
    line: Vec<u8>,
    number: u64,
    offset: u64,
    hash: Option<Sha256>,
}

impl Lines<'_> {
    /// Also takes the hash of everything.
    pub(super) fn hashed(mut self) -> Self {
        self.hash = Some(Sha256::new());
        self
    }

    /// The next line without its end, if there is one. It has an end, and is one of those the manifest counts.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, TransferError> {
        self.offset += self.line.len() as u64;
        self.line.clear();
        let read = self.file.read_until(b'\n', &mut self.line).map_err(TransferError::file(self.source.path()))?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if let Some(hash) = &mut self.hash {
            hash.update(&self.line);
        }
        if self.number > self.source.said.records {
            let problem = format!("there are more lines than the {} that were exported", self.source.said.records);
            return Err(self.damaged(problem));
        }
        match self.line.split_last() {
            Some((b'\n', line)) => Ok(Some(line)),
            _ => Err(self.damaged("the line is cut off")),
        }
    }

    /// The record of the next line.
    pub(super) fn record(&mut self) -> Result<Option<Record>, TransferError> {
        let layout = &self.source.layout;
        let decoded = self.next()?.map(|line| layout.decode(line));
        decoded.transpose().map_err(|problem| self.damaged(problem))
    }

    /// The line last read, with its end.
    pub(super) fn text(&self) -> &[u8] {
        &self.line
    }

    /// The number of the line last read, counted from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Where the line last read begins.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The file is damaged at the line last read.
    pub(super) fn damaged(&self, problem: impl Into<String>) -> TransferError {
        self.source.damaged(Some(self.number), problem)
    }

    /// Sees that what was read to the end is what was exported.
    pub(super) fn finish(self) -> Result<(), TransferError> {
        let said = &self.source.said;
        if self.number < said.records {
            let problem = format!("the file ends here, {} lines were exported", said.records);
            return Err(self.source.damaged(Some(self.number + 1), problem));
        }
        let hash = self.hash.map(|hash| hex(&hash.finalize()));
        if self.offset + self.line.len() as u64 != said.bytes || hash.is_some_and(|hash| hash != said.sha256) {
            return Err(self.source.damaged(None, "its checksum is not that of the manifest"));
        }
        Ok(())
    }
}

/// The lines of one file in any order.
pub(super) struct Anywhere<'a> {
    source: &'a Source,
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Anywhere<'_> {
    /// The record of the line that begins at a byte, and how many bytes the line has.
    pub(super) fn record(&mut self, offset: u64) -> Result<(Record, usize), TransferError> {
        let failed = TransferError::file(self.source.path());
        self.line.clear();
        let file = &mut self.file;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_until(b'\n', &mut self.line));
        read.map_err(failed)?;
        let line = self.line.strip_suffix(b"\n").unwrap_or_default();
        let record = self.source.layout.decode(line);
        let record = record.map_err(|problem| self.source.damaged(None, format!("at byte {offset}: {problem}")))?;
        Ok((record, self.line.len()))
    }
}
