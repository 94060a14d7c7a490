//! The whole lines of a text that may grow, be replaced, be cut short or be hostile.
//!
//! A line ends at a line feed; at a carriage return, too, where a file's first line does. A last line without its end is
//! given once the file stood still between two reads, or when the caller says that the file is complete; should it turn
//! out longer afterwards, the file is read again. Lines that are too long are skipped and counted. Does not depend on what
//! the lines mean.

use crate::text_source::Source;
use crate::{Fact, ReadError};
use memchr::{memchr, memchr2, memrchr, memrchr2};
use std::path::PathBuf;

/// The longest line that is read, give or take a piece.
const MAX_LINE: usize = 16 << 20;

/// Bytes of a file that may be read again because its last line turned out longer.
const MAX_AGAIN: u64 = 64 << 20;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Not known before the first end was read.
    Unknown,
    Newline,
    /// A carriage return, which is handed on as a line feed.
    Return,
    /// Either of them, handed on as they are.
    Either,
}

/// What one call of [`Lines::read`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four answers to four questions")]
pub(crate) struct LinesPiece {
    /// The file was replaced, cut short, or its last line was longer than what was given: these lines are its first.
    pub(crate) is_again: bool,
    /// The text is a last line without its end.
    pub(crate) is_tail: bool,
    /// Whether more can be read at once.
    pub(crate) has_more: bool,
    /// Whether a line was skipped.
    pub(crate) is_overlong: bool,
}

/// The whole lines of a file, piece by piece.
pub(crate) struct Lines {
    source: Source,
    ends: Ends,
    first_ends: Ends,
    is_complete: bool,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are handed out.
    given: usize,
    /// The last line was handed out without its end: it stays in the buffer.
    is_tail_given: bool,
    /// Its bytes, where they were taken for a row.
    taken: usize,
    is_inside_overlong: bool,
}

impl Lines {
    /// The lines of a file that need not exist yet; `is_complete` says that nobody writes it.
    pub(crate) fn new(path: PathBuf, ends: Ends, is_complete: bool) -> Self {
        let source = Source::new(path);
        Self {
            source,
            ends,
            first_ends: ends,
            is_complete,
            buffer: Vec::new(),
            given: 0,
            is_tail_given: false,
            taken: 0,
            is_inside_overlong: false,
        }
    }

    /// What the last call of [`Lines::read`] gave.
    pub(crate) fn text(&self) -> &[u8] {
        &self.buffer[..self.given]
    }

    /// The last line without its end was a whole row.
    pub(crate) fn take_tail(&mut self) {
        self.taken = self.given;
    }

    /// Reads the next whole lines, about as many as a chunk holds, or a last line.
    pub(crate) fn read(&mut self, facts: &mut Vec<Fact>) -> Result<LinesPiece, ReadError> {
        // What was handed out as a last line stays, for it may go on.
        if !self.is_tail_given {
            self.buffer.drain(..self.given);
        }
        self.given = 0;
        let before = self.buffer.len();
        let piece = self.source.read(&mut self.buffer, facts)?;
        let mut out = LinesPiece { is_again: piece.is_again, has_more: piece.has_more, ..LinesPiece::default() };
        if piece.is_again {
            (self.taken, self.is_tail_given, self.is_inside_overlong) = (0, false, false);
            self.ends = self.first_ends;
        } else if self.buffer.len() == before {
            self.give_tail(&mut out);
            return Ok(out);
        } else if self.taken > 0 && !self.end_tail() {
            let path = self.source.path().to_owned();
            *self = Self::new(path, self.first_ends, self.is_complete);
            let again = self.read(facts)?;
            return Ok(LinesPiece { is_again: true, ..again });
        }
        self.is_tail_given = self.taken > 0;
        self.find_ends(if piece.is_again { 0 } else { before.min(self.buffer.len()) });
        self.give(&mut out);
        Ok(out)
    }

    /// A last line, once nothing follows it.
    fn give_tail(&mut self, out: &mut LinesPiece) {
        let is_wanted = self.is_complete || self.source.offset() <= MAX_AGAIN;
        if !self.is_tail_given && !out.has_more && !self.is_inside_overlong && is_wanted && !self.buffer.is_empty() {
            out.is_tail = true;
            self.is_tail_given = true;
            self.given = self.buffer.len();
        }
    }

    /// Whether the last line that was given ended where it was thought to; then it is dropped.
    fn end_tail(&mut self) -> bool {
        let behind = &self.buffer[self.taken..];
        let end = match behind {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [b'\r', ..] if self.ends == Ends::Return => 1,
            // A carriage return may be the first half of the end.
            other => return other == [b'\r'],
        };
        self.buffer.drain(..self.taken + end);
        self.taken = 0;
        true
    }

    fn find_ends(&mut self, from: usize) {
        if self.ends == Ends::Unknown
            && let Some(first) = memchr2(b'\n', b'\r', &self.buffer)
        {
            match (self.buffer[first], self.buffer.get(first + 1)) {
                (b'\r', None) => {}
                (b'\r', Some(next)) if *next != b'\n' => {
                    self.ends = Ends::Return;
                    returns_to_ends(&mut self.buffer);
                }
                _ => self.ends = Ends::Newline,
            }
        } else if self.ends == Ends::Return {
            returns_to_ends(&mut self.buffer[from..]);
        }
    }

    fn last_end(&self) -> Option<usize> {
        match self.ends {
            Ends::Either => memrchr2(b'\n', b'\r', &self.buffer),
            _ => memrchr(b'\n', &self.buffer),
        }
    }

    fn give(&mut self, out: &mut LinesPiece) {
        // A last line that was taken and may go on is none yet.
        if self.taken > 0 {
            return;
        }
        if self.is_inside_overlong {
            let end = match self.ends {
                Ends::Either => memchr2(b'\n', b'\r', &self.buffer),
                _ => memchr(b'\n', &self.buffer),
            };
            let Some(end) = end else {
                self.buffer.clear();
                return;
            };
            self.buffer.drain(..=end);
            self.is_inside_overlong = false;
        }
        if let Some(end) = self.last_end() {
            self.given = end + 1;
        } else if self.buffer.len() >= MAX_LINE {
            self.buffer = Vec::new();
            self.is_inside_overlong = true;
            out.is_overlong = true;
        }
        if !out.has_more {
            // A complete file's last line comes next.
            out.has_more = self.is_complete && self.given < self.buffer.len();
            if self.given == 0 {
                self.buffer.shrink_to_fit();
            }
        }
    }
}

fn returns_to_ends(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte == b'\r') {
        *byte = b'\n';
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;

    fn append(path: &std::path::Path, text: &str) {
        fs::OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn read(lines: &mut Lines) -> (String, LinesPiece) {
        let piece = lines.read(&mut Vec::new()).unwrap();
        (String::from_utf8(lines.text().to_vec()).unwrap(), piece)
    }

    #[test]
    fn a_last_line_is_given_once_the_file_stood_still() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "a\nb");
        let mut lines = Lines::new(path.clone(), Ends::Unknown, false);
        assert_eq!(read(&mut lines).0, "a\n");
        let (text, piece) = read(&mut lines);
        assert!(text == "b" && piece.is_tail);
        lines.take_tail();
        assert_eq!(read(&mut lines), (String::new(), LinesPiece::default()));
        append(&path, "\nc\n");
        assert_eq!(read(&mut lines), ("c\n".to_owned(), LinesPiece::default()), "the last line stands");
        append(&path, "d");
        read(&mut lines);
        assert_eq!(read(&mut lines).0, "d");
        lines.take_tail();
        append(&path, "e\n");
        let (text, piece) = read(&mut lines);
        assert!(text == "a\nb\nc\nde\n" && piece.is_again, "it turned out longer: {text:?}");
    }

    #[test]
    fn a_complete_file_gives_its_last_line_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, "a\nb");
        let mut lines = Lines::new(path, Ends::Unknown, true);
        assert!(read(&mut lines).1.has_more);
        let (text, piece) = read(&mut lines);
        assert!(text == "b" && piece.is_tail && !piece.has_more);
    }

    #[test]
    fn carriage_returns_end_lines_where_the_first_line_ends_so() {
        let folder = tempfile::tempdir().unwrap();
        for (text, wanted) in [("a\rb\rc\r", "a\nb\nc\n"), ("a\r\nb\rc\r\n", "a\r\nb\rc\r\n")] {
            let path = folder.path().join("log");
            fs::write(&path, text).unwrap();
            assert_eq!(read(&mut Lines::new(path, Ends::Unknown, false)).0, wanted);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        append(&path, &format!("a\n{}\nb\n", "x".repeat(2 * MAX_LINE)));
        let mut lines = Lines::new(path, Ends::Unknown, false);
        let (mut all, mut overlong) = (String::new(), 0);
        loop {
            let (text, piece) = read(&mut lines);
            all.push_str(&text);
            overlong += u32::from(piece.is_overlong);
            if !piece.has_more {
                break;
            }
        }
        assert!(all == "a\nb\n" && overlong == 1, "{} bytes", all.len());
    }
}
