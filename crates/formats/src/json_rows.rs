//! Lines of JSON as rows of named numbers, in bounded memory whatever the lines hold.
//!
//! Nested objects become names with `/`; lists are skipped. What Python writes and JSON does not know, bare `NaN` and
//! `Infinity`, and numbers beyond the range of a double are mended first. Lines that look like those before them are read
//! by [`Templates`]. Must not know steps or runs.

use crate::json_template::Templates;
use crate::rows::Rows;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Bytes of a name, the names around it included.
const MAX_PATH: usize = 400;

/// Reads lines of JSON into rows, and learns what they look like.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonRows {
    split: Option<String>,
    names: Vec<String>,
    templates: Templates,
}

impl JsonRows {
    /// Rows that are told apart by the words of a column that a user chose.
    pub(crate) fn new(split: Option<String>) -> Self {
        Self { split, ..Self::default() }
    }

    /// The rows of whole lines, in their order.
    pub(crate) fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        let this = &*self;
        let parts = crate::rows::in_parts(lines, &|part| this.read_part(part));
        let mut out = Vec::with_capacity(parts.len());
        for (_, (rows, templates)) in parts {
            self.names.clone_from(&rows.names);
            self.templates = templates;
            out.push(rows);
        }
        out
    }

    /// The row of a last line without an end; nothing where it is no whole row.
    pub(crate) fn read_tail(&self, line: &[u8]) -> Option<Rows> {
        let (rows, _) = self.read_part(line);
        (rows.skipped.lines == 0 && rows.rows().any(|row| !row.values.is_empty())).then_some(rows)
    }

    fn read_part(&self, lines: &[u8]) -> (Rows, Templates) {
        let mut rows = Rows::with_names(&self.names);
        let mut templates = self.templates.clone();
        let mut rest = lines;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or_default();
            if !templates.read(line, &mut rows, self.split.as_deref()) {
                let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
                if !line.is_empty() && read_line(line, &mut rows, self.split.as_deref()) {
                    templates.learn(line, &mut rows, self.split.as_deref());
                    rows.end_row();
                }
            }
        }
        (rows, templates)
    }
}

/// Reads a line without ending its row; whether it is one. What is none is counted.
pub(crate) fn read_line(line: &[u8], rows: &mut Rows, split: Option<&str>) -> bool {
    let mark = rows.mark();
    if read_json(line, rows, split).is_ok() {
        return true;
    }
    rows.undo(mark);
    if line.first() == Some(&b'{') && read_json(&mended(line), rows, split).is_ok() {
        return true;
    }
    rows.undo(mark);
    rows.skipped.lines += 1;
    false
}

fn read_json(line: &[u8], rows: &mut Rows, split: Option<&str>) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    deserializer.deserialize_map(Object { rows, split, path: "" })?;
    deserializer.end()
}

struct Object<'a> {
    rows: &'a mut Rows,
    split: Option<&'a str>,
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
            let path = &path[..path.floor_char_boundary(MAX_PATH)];
            map.next_value_seed(Value { rows: &mut *self.rows, split: self.split, path })?;
        }
        Ok(())
    }
}

/// A key, borrowed from the line where it holds no escapes; `Cow` by itself never borrows.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Value<'a> {
    rows: &'a mut Rows,
    split: Option<&'a str>,
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
        self.rows.add_text(self.path, text, self.split);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.rows.skipped.lists += 1;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Object { rows: self.rows, split: self.split, path: self.path }.visit_map(map)
    }
}

/// The line, or lines, with bare `NaN` and `Infinity`, and numbers beyond a double's range, put in quotes.
#[must_use]
pub fn mended(line: &[u8]) -> Vec<u8> {
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
        let is_odd = word.len() >= 3 && crate::cell::number(word).is_some_and(|value| !value.is_finite());
        if is_odd {
            let value = if word[0] == b'-' { "\"-inf\"" } else { "\"inf\"" };
            let is_nan = word.eq_ignore_ascii_case(b"nan") || word.eq_ignore_ascii_case(b"-nan");
            out.extend_from_slice(if is_nan { b"\"NaN\"" } else { value.as_bytes() });
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
    use crate::batch::MAX_NAMES;

    fn read(lines: &str) -> Rows {
        JsonRows::default().read_part(lines.as_bytes()).0
    }

    fn numbers(rows: &Rows) -> Vec<String> {
        let numbers = rows.rows().flat_map(|row| row.values);
        numbers.map(|(place, value)| format!("{}={value}", rows.names[*place as usize])).collect()
    }

    #[test]
    fn numbers_are_kept_and_lists_counted() {
        let rows = read(
            r#"{"step":3,"loss":0.5,"ok":true,"opt":{"lr":1e-3,"deep":{"x":2}},"tag":"a","none":null,"list":[1,[2]]}"#,
        );
        assert_eq!(numbers(&rows), ["step=3", "loss=0.5", "ok=1", "opt/lr=0.001", "opt/deep/x=2"]);
        assert_eq!(rows.skipped.lists, 1);
    }

    #[test]
    fn what_python_writes_is_understood() {
        let rows = read(
            r#"{"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e999, "e": -1e999, "f": "NaN", "NaN": "Infinity x"}"#,
        );
        assert_eq!(numbers(&rows), ["a=NaN", "b=inf", "c=-inf", "d=inf", "e=-inf", "f=NaN"]);
    }

    #[test]
    fn rows_share_names_in_whatever_order_they_come() {
        let rows = read("{\"a\":1,\"b\":2}\n{\"b\":3,\"a\":4}\n{\"\\u0062\":5,\"c\":6}\n");
        assert_eq!(rows.names, ["a", "b", "c"]);
        assert_eq!(numbers(&rows), ["a=1", "b=2", "b=3", "a=4", "b=5", "c=6"]);
    }

    #[test]
    fn kinds_are_kept() {
        let rows = read("{\"mode\":\"train\",\"a\":1}\n{\"mode\":\"val\",\"a\":2}\n{\"mode\":\"fast\",\"a\":3}\n");
        assert_eq!(rows.kinds, ["train", "val"]);
        assert_eq!(rows.rows().map(|row| row.kind).collect::<Vec<_>>(), [1, 2, 0]);
    }

    #[test]
    fn what_is_no_object_is_counted() {
        for line in ["3", "[1]", "{\"a\":}", "{\"a\":1} x", &"[".repeat(100_000), &"{\"a\":".repeat(100_000)] {
            let rows = read(line);
            assert_eq!((rows.skipped.lines, rows.len()), (1, 0), "{}", &line[..line.len().min(20)]);
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
        let rows = read(&line);
        assert_eq!(rows.rows().next().unwrap().values.len(), MAX_NAMES);
        assert_eq!(rows.skipped.values, 100_001 - MAX_NAMES as u64);
    }
}
