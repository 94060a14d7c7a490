//! Lines of another program's JSONL as rows of named numbers, in bounded memory whatever the lines hold.
//!
//! Nested objects become names with `/`; lists are skipped; texts are counted, the spellings of NaN and infinities
//! excepted. What Python writes and JSON does not know, bare `NaN` and `Infinity`, and numbers beyond the range of a
//! double are mended first. Rows share their names, which most files repeat line after line. Does not depend on steps or
//! runs.

use crate::protocol::float::non_finite_value;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

/// Distinct names kept of some rows, and numbers of one row.
const MAX_NAMES: usize = 4_096;

/// Bytes of a name, the names around it included.
const LONGEST_NAME: usize = 400;

/// What could not be shown of some rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Lines that are no rows.
    pub bad_lines: u64,
    /// Values that are text.
    pub texts: u64,
    /// Values that are null or empty.
    pub missing: u64,
    /// Values that are lists.
    pub lists: u64,
    /// Values that are NaN or infinite; they are kept.
    pub not_finite: u64,
    /// Values of more names than are kept.
    pub too_many: u64,
    /// Rows without the step-like column.
    pub no_step: u64,
}

impl Oddities {
    /// Counts those of further rows too.
    pub(crate) fn add(&mut self, other: &Self) {
        self.bad_lines += other.bad_lines;
        self.texts += other.texts;
        self.missing += other.missing;
        self.lists += other.lists;
        self.not_finite += other.not_finite;
        self.too_many += other.too_many;
        self.no_step += other.no_step;
    }
}

/// Rows of numbers, each with the place of its name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The names, in the order in which they came.
    pub(crate) names: Vec<String>,
    /// What else was there.
    pub(crate) oddities: Oddities,
    places: HashMap<String, u32>,
    numbers: Vec<(u32, f64)>,
    ends: Vec<usize>,
    /// The name that most likely comes next: the one that followed the last time.
    guess: usize,
}

impl Rows {
    /// The rows of some lines; what is no row is counted.
    pub(crate) fn of_lines(bytes: &[u8]) -> Self {
        let mut rows = Self::default();
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            rows.read(line);
        }
        rows
    }

    /// Each row's numbers with the places of their names.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[(u32, f64)]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.numbers[begin..*end])
    }

    /// Adds a number to the row that is being read.
    pub(crate) fn add(&mut self, name: &str, value: f64) {
        let begin = self.ends.last().copied().unwrap_or(0);
        match self.place(name) {
            Some(place) if self.numbers.len() - begin < MAX_NAMES => self.numbers.push((place, value)),
            _ => self.oddities.too_many += 1,
        }
    }

    /// Ends the row that is being read.
    pub(crate) fn end_row(&mut self) {
        self.ends.push(self.numbers.len());
        self.guess = 0;
    }

    fn place(&mut self, name: &str) -> Option<u32> {
        let place = if self.names.get(self.guess).is_some_and(|known| known == name) {
            self.guess
        } else if let Some(place) = self.places.get(name) {
            *place as usize
        } else if self.names.len() < MAX_NAMES {
            self.names.push(name.to_owned());
            self.places.insert(name.to_owned(), self.names.len() as u32 - 1);
            self.names.len() - 1
        } else {
            return None;
        };
        self.guess = place + 1;
        Some(place as u32)
    }

    fn read(&mut self, line: &[u8]) {
        let before = (self.numbers.len(), self.oddities);
        if self.read_json(line).is_err() {
            self.numbers.truncate(before.0);
            self.oddities = before.1;
            self.guess = 0;
            if self.read_json(&mended(line)).is_err() {
                self.numbers.truncate(before.0);
                self.oddities = before.1;
                self.oddities.bad_lines += 1;
                self.guess = 0;
                return;
            }
        }
        self.end_row();
    }

    fn read_json(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        deserializer.deserialize_map(Object { rows: self, path: "" })?;
        deserializer.end()
    }
}

struct Object<'a> {
    rows: &'a mut Rows,
    path: &'a str,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of named numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(key)) = map.next_key::<Name<'de>>()? {
            let path = if self.path.is_empty() { key } else { Cow::Owned(format!("{}/{key}", self.path)) };
            map.next_value_seed(Value { rows: &mut *self.rows, path: shortened(&path) })?;
        }
        Ok(())
    }
}

/// A key, borrowed from the line where it holds no escapes; `Cow` by itself never borrows.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

fn shortened(name: &str) -> &str {
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let end = (0..=LONGEST_NAME).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    &name[..end]
}

struct Value<'a> {
    rows: &'a mut Rows,
    path: &'a str,
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.rows.add(self.path, f64::from(u8::from(value)));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.rows.add(self.path, value as f64);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.rows.add(self.path, value as f64);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.rows.add(self.path, value);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match non_finite_value(text) {
            Some(value) => self.rows.add(self.path, value),
            None => self.rows.oddities.texts += 1,
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.rows.oddities.missing += 1;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.rows.oddities.lists += 1;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object { rows: self.rows, path: self.path }.visit_map(map)
    }
}

/// The line, or lines, with bare `NaN` and `Infinity`, and numbers beyond a double's range, put in quotes.
pub(crate) fn mended(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + 16);
    let mut at = 0;
    while at < line.len() {
        if line[at] == b'"' {
            let end = end_of_string(line, at);
            out.extend_from_slice(&line[at..end]);
            at = end;
            continue;
        }
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = line[at..].iter().take_while(|byte| is_word(byte)).count();
        if length == 0 {
            out.push(line[at]);
            at += 1;
            continue;
        }
        let word = &line[at..at + length];
        let text = std::str::from_utf8(word).unwrap_or("");
        let beyond = word.len() > 3 && text.parse::<f64>().is_ok_and(f64::is_infinite);
        if beyond {
            out.extend_from_slice(if word[0] == b'-' { b"\"-inf\"" } else { b"\"inf\"" });
        } else if text.eq_ignore_ascii_case("nan") || non_finite_value(text).is_some() {
            out.push(b'"');
            out.extend_from_slice(if text.eq_ignore_ascii_case("nan") { b"NaN" } else { word });
            out.push(b'"');
        } else {
            out.extend_from_slice(word);
        }
        at += length;
    }
    out
}

fn end_of_string(line: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < line.len() {
        match line[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<(String, f64)>, Oddities) {
        let rows = Rows::of_lines(line.as_bytes());
        assert_eq!(rows.oddities.bad_lines, 0);
        let numbers = rows.rows().flatten().map(|(place, value)| (rows.names[*place as usize].clone(), *value));
        (numbers.collect(), rows.oddities)
    }

    #[test]
    fn numbers_are_kept_and_the_rest_is_counted() {
        let (numbers, oddities) = read(
            r#"{"step":3,"loss":0.5,"ok":true,"opt":{"lr":1e-3,"deep":{"x":2}},"tag":"a","none":null,"list":[1,[2]]}"#,
        );
        let numbers: Vec<(&str, f64)> = numbers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(numbers, [("step", 3.0), ("loss", 0.5), ("ok", 1.0), ("opt/lr", 1e-3), ("opt/deep/x", 2.0)]);
        assert_eq!((oddities.texts, oddities.missing, oddities.lists), (1, 1, 1));
    }

    #[test]
    fn what_python_writes_is_understood() {
        let (numbers, oddities) = read(
            r#"{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": -1e999, "f": "NaN", "NaN": "Infinity x"}"#,
        );
        let text: Vec<String> = numbers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(text, ["a=NaN", "b=inf", "c=-inf", "d=inf", "e=-inf", "f=NaN"]);
        assert_eq!(oddities.texts, 1);
    }

    #[test]
    fn rows_share_names_in_whatever_order_they_come() {
        let rows = Rows::of_lines(b"{\"a\":1,\"b\":2}\n{\"b\":3,\"a\":4}\n{\"\\u0062\":5,\"c\":6}\n");
        assert_eq!(rows.names, ["a", "b", "c"]);
        let found: Vec<&[(u32, f64)]> = rows.rows().collect();
        assert_eq!(found, [&[(0, 1.0), (1, 2.0)], &[(1, 3.0), (0, 4.0)], &[(1, 5.0), (2, 6.0)]]);
    }

    #[test]
    fn what_is_no_object_is_counted() {
        for line in ["3", "[1]", "{\"a\":}", "{\"a\":1} x", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
            let rows = Rows::of_lines(line.as_bytes());
            assert_eq!((rows.oddities.bad_lines, rows.rows().count()), (1, 0), "{}", &line[..line.len().min(20)]);
        }
    }

    #[test]
    fn a_hundred_thousand_names_take_bounded_memory() {
        use std::fmt::Write;
        let mut line = String::from("{\"step\":1");
        for at in 0..100_000 {
            write!(line, ",\"m{at}\":{at}").unwrap();
        }
        line.push('}');
        let (numbers, oddities) = read(&line);
        assert_eq!(numbers.len(), MAX_NAMES);
        assert_eq!(oddities.too_many, 100_001 - MAX_NAMES as u64);
    }
}
