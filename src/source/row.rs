//! One line of another program's JSONL as named numbers, in bounded memory whatever the line holds.
//!
//! Nested objects become names with `/`; lists are skipped; texts are counted, the spellings of NaN and infinities
//! excepted. What Python writes and JSON does not know, bare `NaN` and `Infinity`, and numbers beyond the range of a
//! double are mended first. Must not know steps or runs.

use crate::protocol::float::non_finite_value;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Numbers kept of one line.
const MOST_NUMBERS: usize = 4_096;

/// Bytes of a name, the names around it included.
const LONGEST_NAME: usize = 400;

/// The numbers of one line, and what else was there.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Names and numbers in their order; NaN and infinities are numbers.
    pub(super) numbers: Vec<(String, f64)>,
    /// Values that are text.
    pub(super) texts: u64,
    /// Values that are null.
    pub(super) nulls: u64,
    /// Values that are lists.
    pub(super) lists: u64,
    /// Numbers past [`MOST_NUMBERS`].
    pub(super) too_many: u64,
}

impl Row {
    /// Empties the row for the next line.
    fn clear(&mut self) {
        self.numbers.clear();
        (self.texts, self.nulls, self.lists, self.too_many) = (0, 0, 0, 0);
    }

    /// Reads a line.
    pub(super) fn read(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        self.clear();
        let outcome = self.read_json(line);
        if outcome.is_ok() {
            return outcome;
        }
        self.clear();
        self.read_json(&mended(line)).or(outcome)
    }

    fn read_json(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        deserializer.deserialize_map(Object { row: self, path: "" })?;
        deserializer.end()
    }

    fn add(&mut self, name: &str, value: f64) {
        if self.numbers.len() < MOST_NUMBERS {
            self.numbers.push((name.to_owned(), value));
        } else {
            self.too_many += 1;
        }
    }
}

struct Object<'a> {
    row: &'a mut Row,
    path: &'a str,
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of named numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let mut path = if self.path.is_empty() { key.into_owned() } else { format!("{}/{key}", self.path) };
            if path.len() > LONGEST_NAME {
                let end = (0..=LONGEST_NAME).rev().find(|end| path.is_char_boundary(*end)).unwrap_or(0);
                path.truncate(end);
            }
            map.next_value_seed(Value { row: &mut *self.row, path: &path })?;
        }
        Ok(())
    }
}

struct Value<'a> {
    row: &'a mut Row,
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
        self.row.add(self.path, f64::from(u8::from(value)));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.row.add(self.path, value as f64);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.row.add(self.path, value as f64);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.row.add(self.path, value);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        match non_finite_value(text) {
            Some(value) => self.row.add(self.path, value),
            None => self.row.texts += 1,
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.row.nulls += 1;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.row.lists += 1;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object { row: self.row, path: self.path }.visit_map(map)
    }
}

/// The line with bare `NaN` and `Infinity`, and numbers beyond a double's range, put in quotes.
fn mended(line: &[u8]) -> Vec<u8> {
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

    fn read(line: &str) -> Row {
        let mut row = Row::default();
        row.read(line.as_bytes()).unwrap();
        row
    }

    #[test]
    fn numbers_are_kept_and_the_rest_is_counted() {
        let row = read(
            r#"{"step":3,"loss":0.5,"ok":true,"opt":{"lr":1e-3,"deep":{"x":2}},"tag":"a","none":null,"list":[1,[2]]}"#,
        );
        let numbers: Vec<(&str, f64)> = row.numbers.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(numbers, [("step", 3.0), ("loss", 0.5), ("ok", 1.0), ("opt/lr", 1e-3), ("opt/deep/x", 2.0)]);
        assert_eq!((row.texts, row.nulls, row.lists), (1, 1, 1));
    }

    #[test]
    fn what_python_writes_is_understood() {
        let row = read(
            r#"{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": -1e999, "f": "NaN", "NaN": "Infinity x"}"#,
        );
        let text: Vec<String> = row.numbers.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(text, ["a=NaN", "b=inf", "c=-inf", "d=inf", "e=-inf", "f=NaN"]);
        assert_eq!(row.texts, 1);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for line in ["", "3", "[1]", "{\"a\":}", "{\"a\":1} x", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
            assert!(Row::default().read(line.as_bytes()).is_err(), "{}", &line[..line.len().min(20)]);
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
        let row = read(&line);
        assert_eq!(row.numbers.len(), MOST_NUMBERS);
        assert_eq!(row.too_many, 100_001 - MOST_NUMBERS as u64);
    }
}
