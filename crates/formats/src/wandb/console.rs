//! The lines that a program printed, put together from the pieces in which they were written.
//!
//! What a carriage return overwrites is left out, as a terminal would show it. Does not depend on records.

/// Bytes kept of a line.
const MAX_LINE: usize = 8 << 10;

/// A stream of pieces.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: String,
    /// A carriage return came, and what follows overwrites the line.
    overwrites: bool,
}

impl Lines {
    /// Adds a piece and calls `each` with every line that it ends.
    pub(super) fn add(&mut self, piece: &str, mut each: impl FnMut(&str)) {
        for letter in piece.chars() {
            match letter {
                '\n' => {
                    each(&self.line);
                    *self = Self::default();
                }
                '\r' => self.overwrites = true,
                _ => {
                    if std::mem::take(&mut self.overwrites) {
                        self.line.clear();
                    }
                    if self.line.len() < MAX_LINE {
                        self.line.push(letter);
                    }
                }
            }
        }
    }

    /// The line that has no end yet, at the end of the run.
    pub(super) fn finish(&mut self) -> Option<String> {
        Some(std::mem::take(self).line).filter(|line| !line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_lines() {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        for piece in ["li", "ne 1\r\n", "10%\r20%\r", "30%\n\nlast"] {
            lines.add(piece, |line| found.push(line.to_owned()));
        }
        assert_eq!(found, ["line 1", "30%", ""]);
        assert_eq!((lines.finish(), lines.finish()), (Some("last".into()), None));
        lines.add(&"x".repeat(MAX_LINE * 2), |_| ());
        assert_eq!(lines.finish().map(|line| line.len()), Some(MAX_LINE));
    }
}
