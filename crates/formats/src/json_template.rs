//! Lines of JSON that look like a line before them: the same text between the values.
//!
//! Most programs write each row by the same statement. Then what stands between two values is compared as bytes, and only
//! the values are read. A line that does not match is left to the caller; a template is kept only when it reads the line
//! that it was made of as the caller did.

use crate::cell;
use crate::rows::Rows;

/// Templates that are kept, for files with several kinds of row.
const MAX_TEMPLATES: usize = 4;

/// Values in a template.
const MAX_VALUES: usize = 256;

/// Lines of which a template was made, after which a file's lines are taken to have none in common.
const MAX_LEARNED: usize = 200;

/// What stands before a value, and the value's name.
#[derive(Clone, Debug)]
struct Element {
    before: Vec<u8>,
    name: String,
    place: u32,
}

#[derive(Clone, Debug)]
struct Pattern {
    elements: Vec<Element>,
    after: Vec<u8>,
}

/// The templates of a file. Their places are those of the [`Rows`] that they were made with, and of rows with its names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Templates {
    patterns: Vec<Pattern>,
    last: usize,
    learned: usize,
}

impl Templates {
    /// Reads a line as a whole row; whether a template matched it.
    pub(crate) fn read(&mut self, line: &[u8], rows: &mut Rows, split: Option<&str>) -> bool {
        for turn in 0..self.patterns.len() {
            let at = (self.last + turn) % self.patterns.len();
            let mark = rows.mark();
            if self.patterns[at].read(line, rows, split).is_some() {
                self.last = at;
                rows.end_row();
                return true;
            }
            rows.undo(mark);
        }
        false
    }

    /// Makes a template of a line whose values are the last of `rows`, in a row that is still open.
    pub(crate) fn learn(&mut self, line: &[u8], rows: &mut Rows, split: Option<&str>) {
        if self.learned >= MAX_LEARNED {
            return;
        }
        self.learned += 1;
        let Some(template) = of_line(line, rows) else { return };
        let mut trial = Rows::with_names(&rows.names);
        if template.read(line, &mut trial, split).is_none() {
            return;
        }
        let same = |(a, b): (&(u32, f64), &(u32, f64))| a.0 == b.0 && a.1.to_bits() == b.1.to_bits();
        let (found, wanted) = (trial.open_values(), rows.open_values());
        if found.len() != wanted.len() || !found.iter().zip(wanted).all(same) {
            return;
        }
        if self.patterns.len() == MAX_TEMPLATES {
            self.patterns.remove(0);
        }
        self.patterns.push(template);
        self.last = self.patterns.len() - 1;
    }
}

impl Pattern {
    #[inline]
    fn read(&self, line: &[u8], rows: &mut Rows, split: Option<&str>) -> Option<()> {
        let mut rest = line;
        for element in &self.elements {
            rest = rest.strip_prefix(element.before.as_slice())?;
            match rest.first()? {
                b'"' => {
                    let end = memchr::memchr(b'"', &rest[1..])? + 1;
                    let text = std::str::from_utf8(&rest[1..end]).ok().filter(|text| !text.contains('\\'))?;
                    rows.add_text(&element.name, text, split);
                    rest = &rest[end + 1..];
                }
                b't' => {
                    rows.add_at(element.place, 1.0);
                    rest = rest.strip_prefix(b"true")?;
                }
                b'f' => {
                    rows.add_at(element.place, 0.0);
                    rest = rest.strip_prefix(b"false")?;
                }
                b'n' => rest = rest.strip_prefix(b"null")?,
                _ => {
                    let (value, length) = cell::leading_number(rest)?;
                    rows.add_at(element.place, value);
                    rest = &rest[length..];
                }
            }
        }
        let rest = rest.strip_prefix(self.after.as_slice())?;
        matches!(rest, b"" | b"\r").then_some(())
    }
}

/// The template of a line: an object of values and objects, without lists and without escapes in names.
fn of_line(line: &[u8], rows: &mut Rows) -> Option<Pattern> {
    let mut elements = Vec::new();
    // Lengths of the path outside of each open object.
    let mut outer = Vec::new();
    let mut path = String::new();
    let (mut at, mut from) = (0, 0);
    let mut key: Option<&str> = None;
    while at < line.len() {
        match line[at] {
            b'{' => {
                outer.push(path.len());
                if let Some(key) = key.take() {
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(key);
                }
                at += 1;
            }
            b'}' => {
                path.truncate(outer.pop()?);
                at += 1;
            }
            b' ' | b',' | b':' | b'\t' => at += 1,
            b'"' if key.is_none() => {
                let end = at + 1 + memchr::memchr(b'"', &line[at + 1..])?;
                key = Some(std::str::from_utf8(&line[at + 1..end]).ok().filter(|key| !key.contains('\\'))?);
                at = end + 1;
            }
            b'[' => return None,
            _ => {
                let key = key.take()?;
                let name = if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
                elements.push(Element { before: line[from..at].to_vec(), place: rows.place(&name)?, name });
                at = end_of_value(line, at)?;
                from = at;
            }
        }
        if elements.len() > MAX_VALUES || outer.len() > MAX_VALUES {
            return None;
        }
    }
    (outer.is_empty() && !elements.is_empty()).then(|| Pattern { elements, after: line[from..].to_vec() })
}

fn end_of_value(line: &[u8], begin: usize) -> Option<usize> {
    if line[begin] == b'"' {
        return Some(begin + 2 + memchr::memchr(b'"', &line[begin + 1..])?);
    }
    let length = line[begin..].iter().take_while(|byte| !matches!(byte, b',' | b'}' | b' ' | b'\t')).count();
    Some(begin + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_same_look_are_read_and_others_are_not() {
        let mut rows = Rows::default();
        let mut templates = Templates::default();
        let line = br#"{"step": 1, "opt": {"lr": 0.5, "on": true}, "none": null, "at": "0:30"}"#;
        assert!(!templates.read(line, &mut rows, None));
        assert!(crate::json_rows::read_line(line, &mut rows, None));
        templates.learn(line, &mut rows, None);
        rows.end_row();
        let next = br#"{"step": 2, "opt": {"lr": NaN, "on": false}, "none": 7, "at": "0:31"}"#;
        assert!(templates.read(next, &mut rows, None));
        for other in [
            &br#"{"step": 2, "opt": {"lr": 0.5, "on": tru}, "none": null, "at": "0:30"}"#[..],
            br#"{"step": 2, "opt": {"lr": 0.5, "on": true}, "none": null, "at": "0:30""#,
            br#"{"step": 2, "opt": {"lr": 0.5, "on": true}, "none": null, "at": "0\u003a30"}"#,
            br#"{"step": 2x, "opt": {"lr": 0.5, "on": true}, "none": null, "at": "0:30"}"#,
            b"",
        ] {
            assert!(!templates.read(other, &mut rows, None), "{}", String::from_utf8_lossy(other));
        }
        let numbers: Vec<Vec<f64>> =
            rows.rows().map(|row| row.values.iter().map(|(_, value)| *value).collect()).collect();
        assert_eq!(numbers[0], [1.0, 0.5, 1.0, 30.0]);
        assert_eq!((numbers[1][0], numbers[1][2], numbers[1][3], numbers[1][4]), (2.0, 0.0, 7.0, 31.0));
        assert_eq!(rows.names, ["step", "opt/lr", "opt/on", "at", "none"]);
    }
}
