//! Reading CSV row by row with exact line numbers and bounded memory.
//!
//! The rules are those of RFC 4180, read as leniently as common readers do: any of CR, LF and CRLF ends a row, empty
//! lines are passed over, quotes inside an unquoted cell are text. Unlike those readers it says on which line a row
//! begins, refuses a cell before it fills the memory, and tells when the file stops inside a quoted cell.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::ImportError;

const BUFFER: usize = 1 << 16;
/// The most bytes a row may have, unless two cells may have more; every cell counts for eight more than its text.
pub(super) const MAX_ROW: usize = 16 << 20;

/// One row: its cells and where it begins.
#[derive(Debug, Default, Clone)]
pub(in crate::transfer) struct Row {
    text: String,
    ends: Vec<usize>,
    /// The line it begins on, counted from 1.
    pub(in crate::transfer) line: u64,
    /// Its place behind the header, counted from 1; the header itself has 0.
    pub(super) number: u64,
    /// Whether a line end stands behind it.
    pub(super) terminated: bool,
}

impl Row {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes its text has.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// A cell; empty where the row has none.
    pub(in crate::transfer) fn cell(&self, index: usize) -> &str {
        let end = self.ends.get(index).copied().unwrap_or(0);
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end).unwrap_or_default()
    }

    /// Takes the line the row begins on out of its first cell.
    #[cfg(feature = "xlsx")]
    fn take_line(&mut self) {
        let end = self.ends.first().copied().unwrap_or(0);
        self.line = self.cell(0).parse().unwrap_or(self.line);
        self.text.drain(..end);
        self.ends = self.ends.iter().skip(1).map(|next| next - end).collect();
    }

    pub(in crate::transfer) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.cell(index))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    RowStart,
    CellStart,
    Plain,
    Quoted,
    /// Behind a quote in a quoted cell: the cell's end, or the first of two that stand for one.
    QuoteSeen,
}

/// Reads rows from bytes.
pub(in crate::transfer) struct RowReader<R> {
    input: R,
    buffer: Vec<u8>,
    position: usize,
    filled: usize,
    state: State,
    /// The line being read, counted from 1.
    line: u64,
    after_return: bool,
    /// The line the cell being read begins on.
    cell_line: u64,
    cell_limit: usize,
    rows: u64,
    hash: Option<Sha256>,
    begun: bool,
    numbering: Numbering,
}

/// Where the line that a row begins on is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Numbering {
    /// The lines are counted.
    #[default]
    Counted,
    /// The row's first cell says it, and is no part of the row.
    #[cfg(feature = "xlsx")]
    Said,
}

impl<R: Read> RowReader<R> {
    pub(in crate::transfer) fn new(input: R, cell_limit: usize) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER],
            position: 0,
            filled: 0,
            state: State::RowStart,
            line: 1,
            after_return: false,
            cell_line: 1,
            cell_limit,
            rows: 0,
            hash: None,
            begun: false,
            numbering: Numbering::Counted,
        }
    }

    /// With another way to know the lines.
    pub(super) fn numbered(mut self, numbering: Numbering) -> Self {
        self.numbering = numbering;
        self
    }

    /// Also takes the hash of everything that is read.
    pub(super) fn hashed(mut self) -> Self {
        self.hash = Some(Sha256::new());
        self
    }

    /// The hash of everything that was read.
    pub(super) fn into_hash(self) -> [u8; 32] {
        self.hash.map_or([0; 32], |hash| hash.finalize().into())
    }

    /// Reads the next row over an old one. `false` at the end of the file.
    pub(in crate::transfer) fn read(&mut self, row: &mut Row) -> Result<bool, ImportError> {
        let mut bytes = std::mem::take(&mut row.text).into_bytes();
        bytes.clear();
        row.ends.clear();
        row.terminated = true;
        loop {
            if self.position == self.filled && !self.fill()? {
                if self.state == State::RowStart {
                    return Ok(false);
                }
                if self.state == State::Quoted {
                    return Err(ImportError::Truncated { line: self.cell_line });
                }
                row.ends.push(bytes.len());
                row.terminated = false;
                break;
            }
            let starts = self.state == State::RowStart;
            let done = self.step(&mut bytes, &mut row.ends)?;
            if starts {
                row.line = self.cell_line;
            }
            if done {
                break;
            }
            self.check_lengths(row, bytes.len())?;
        }
        self.state = State::RowStart;
        row.number = self.rows;
        self.rows += 1;
        let line = row.line;
        row.text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            ImportError::NotUtf8 { line: line + line_ends(valid) }
        })?;
        // The bytes of two cells must not make one character.
        if row.ends.iter().any(|end| !row.text.is_char_boundary(*end)) {
            return Err(ImportError::NotUtf8 { line });
        }
        match self.numbering {
            Numbering::Counted => {}
            #[cfg(feature = "xlsx")]
            Numbering::Said => row.take_line(),
        }
        Ok(true)
    }

    /// Takes one byte, or a stretch of bytes of one cell. Whether the row is complete.
    fn step(&mut self, bytes: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool, ImportError> {
        let rest = self.buffer.get(self.position..self.filled).unwrap_or_default();
        let stretch = match self.state {
            State::Plain => rest.iter().position(|b| matches!(b, b',' | b'\r' | b'\n')).unwrap_or(rest.len()),
            State::Quoted => rest.iter().position(|b| matches!(b, b'"' | b'\r' | b'\n')).unwrap_or(rest.len()),
            State::RowStart | State::CellStart | State::QuoteSeen => 0,
        };
        if stretch > 0 {
            bytes.extend_from_slice(rest.get(..stretch).unwrap_or_default());
            self.position += stretch;
            self.after_return = false;
            return Ok(false);
        }
        let Some(&byte) = rest.first() else { return Ok(false) };
        self.position += 1;
        let line = self.count(byte);
        match (self.state, byte) {
            (State::RowStart, b'\r' | b'\n') => return Ok(false),
            (State::Quoted, b'"') => self.state = State::QuoteSeen,
            (State::Quoted, _) => bytes.push(byte),
            (State::QuoteSeen, b'"') => {
                bytes.push(byte);
                self.state = State::Quoted;
            }
            (State::RowStart | State::CellStart, b'"') => {
                self.cell_line = line;
                self.state = State::Quoted;
            }
            (state, b',') => {
                self.begin_cell(state, line);
                ends.push(bytes.len());
                self.state = State::CellStart;
            }
            (state, b'\r' | b'\n') => {
                self.begin_cell(state, line);
                ends.push(bytes.len());
                return Ok(true);
            }
            (state, _) => {
                self.begin_cell(state, line);
                bytes.push(byte);
                self.state = State::Plain;
            }
        }
        Ok(false)
    }

    fn begin_cell(&mut self, state: State, line: u64) {
        if matches!(state, State::RowStart | State::CellStart) {
            self.cell_line = line;
        }
    }

    /// Counts line ends, CRLF as one; gives the line the byte stands on.
    fn count(&mut self, byte: u8) -> u64 {
        let line = self.line;
        if byte == b'\r' || byte == b'\n' && !self.after_return {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
        line
    }

    fn check_lengths(&self, row: &Row, bytes: usize) -> Result<(), ImportError> {
        if bytes - row.ends.last().copied().unwrap_or(0) > self.cell_limit {
            let (line, column) = (self.cell_line, row.ends.len() + 1);
            return Err(ImportError::CellTooLong { line, column, limit: self.cell_limit });
        }
        let limit = self.cell_limit.saturating_mul(2).max(MAX_ROW);
        if bytes + row.ends.len() * 8 > limit {
            return Err(ImportError::RowTooLong { line: row.line, limit });
        }
        Ok(())
    }

    /// Reads more bytes, without the byte order mark that may begin the file. `false` at the end.
    fn fill(&mut self) -> Result<bool, ImportError> {
        (self.position, self.filled) = (0, 0);
        // The mark has three bytes, which a slow source may hand out one by one.
        let least = if self.begun { 1 } else { 3 };
        while self.filled < least {
            let space = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.input.read(space) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ImportError::Read(error)),
            }
        }
        let bytes = self.buffer.get(..self.filled).unwrap_or_default();
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
        if !self.begun && bytes.starts_with(b"\xef\xbb\xbf") {
            self.position = 3;
        }
        self.begun = true;
        Ok(self.position < self.filled || self.filled > 0 && self.fill()?)
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    let mut before = 0;
    let mut count = 0;
    for &byte in bytes {
        count += u64::from(byte == b'\r' || byte == b'\n' && before != b'\r');
        before = byte;
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A source that hands out one byte at a time.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, space: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.len().min(space.len()).min(1);
            space[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn rows(mut reader: RowReader<impl Read>) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
        let (mut row, mut all) = (Row::default(), Vec::new());
        while reader.read(&mut row)? {
            all.push((row.line, row.cells().map(ToOwned::to_owned).collect()));
        }
        Ok(all)
    }

    fn read(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, ImportError> {
        rows(RowReader::new(bytes, 1_000))
    }

    #[test]
    fn rows_begin_on_the_lines_an_editor_shows() {
        let text = "\u{feff}a,b\r\n\r\n1,\"x\r\ny\"\r\n\n2,\"\"\"q\"\"\"\n3,\"\"\n\r4,e";
        let read = read(text.as_bytes()).unwrap();
        let lines: Vec<u64> = read.iter().map(|row| row.0).collect();
        assert_eq!(lines, [1, 3, 6, 7, 9]);
        let cells: Vec<&str> = read.iter().flat_map(|row| &row.1).map(String::as_str).collect();
        assert_eq!(cells, ["a", "b", "1", "x\r\ny", "2", "\"q\"", "3", "", "4", "e"]);
        assert_eq!(rows(RowReader::new(Slow(text.as_bytes()), 1_000)).unwrap(), read);
    }

    #[test]
    fn what_is_no_file_is_refused_with_its_line() {
        assert!(matches!(read(b"a\n\"b\n"), Err(ImportError::Truncated { line: 2 })));
        assert!(matches!(read(b"a\nb,\"x\ny\xff\"\n"), Err(ImportError::NotUtf8 { line: 3 })));
        assert!(matches!(read(b"a\n\xc3,\xa4\n"), Err(ImportError::NotUtf8 { line: 2 })));
        let mut long = b"a,b\n1,".to_vec();
        long.extend([b'x'; 1_001]);
        let error = read(&long).unwrap_err();
        assert!(matches!(error, ImportError::CellTooLong { line: 2, column: 2, limit: 1_000 }), "{error}");
        let wide = vec![b','; MAX_ROW / 8 + 2];
        assert!(matches!(read(&wide), Err(ImportError::RowTooLong { line: 1, .. })));
    }

    #[test]
    fn a_cell_is_refused_before_it_fills_the_memory() {
        let endless = b"a\n\"".chain(std::io::repeat(b'x'));
        assert!(matches!(rows(RowReader::new(endless, 1_000)), Err(ImportError::CellTooLong { .. })));
    }

    proptest! {
        /// Whatever the bytes, the cells are those that the `csv` crate reads.
        #[test]
        fn cells_are_what_others_read(text in "[a,\"\r\nä]{0,40}") {
            let mut theirs = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                theirs.records().map(|row| row.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
            match read(text.as_bytes()) {
                Ok(ours) => prop_assert_eq!(ours.into_iter().map(|row| row.1).collect::<Vec<_>>(), theirs),
                Err(error) => prop_assert!(matches!(error, ImportError::Truncated { .. }), "{}", error),
            }
        }
    }
}
