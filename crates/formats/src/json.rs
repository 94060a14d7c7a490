//! JSON as training programs write it: with bare `NaN` and `Infinity`, numbers beyond a double, and cut short.
//!
//! The parser is jiter's, which bounds the depth (200) and knows documents that are cut. Does not know what the values mean.

use crate::{Fact, Setting, text_source};
pub(crate) use jiter::JsonValue;
use jiter::{JsonErrorType, NumberInt, PartialMode};

/// Settings kept of one file.
const MAX_SETTINGS: usize = 2_000;

/// Bytes kept of a text that is a setting.
const MAX_TEXT: usize = 4_000;

/// Levels of objects that are flattened.
const MAX_DEPTH: usize = 32;

/// Why a document was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadJson {
    /// The document ends too soon: perhaps it is being written.
    pub(crate) is_cut: bool,
    /// What is wrong, and where.
    pub(crate) message: String,
}

/// A whole document.
pub(crate) fn parse(bytes: &[u8]) -> Result<JsonValue<'_>, BadJson> {
    JsonValue::parse(bytes, true).map_err(|error| {
        let kind = &error.error_type;
        let is_cut = matches!(
            kind,
            JsonErrorType::EofWhileParsingList
                | JsonErrorType::EofWhileParsingObject
                | JsonErrorType::EofWhileParsingString
                | JsonErrorType::EofWhileParsingValue
        );
        let at = error.get_position(bytes);
        BadJson { is_cut, message: format!("is no JSON document: {kind} in line {}, column {}", at.line, at.column) }
    })
}

/// What the first bytes of a file, packed or not, say, when it is one document, an object or a list, that may go on behind
/// them.
pub(crate) fn outline(head: &[u8]) -> Option<JsonValue<'_>> {
    if is_packed(head) {
        let (text, _) = text_source::text_of(head);
        return begins_document(&text).then(|| JsonValue::parse_owned(&text, true, PartialMode::On).ok())?;
    }
    begins_document(head).then(|| JsonValue::parse_with_config(head, true, PartialMode::On).ok())?
}

/// What the first line of a file, packed or not, says.
pub(crate) fn outline_of_line(head: &[u8]) -> Option<JsonValue<'_>> {
    if is_packed(head) {
        let (text, _) = text_source::text_of(head);
        let value: Option<JsonValue<'static>> = outline(first_line(&text)).map(JsonValue::into_static);
        return value;
    }
    outline(first_line(head))
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

fn is_packed(head: &[u8]) -> bool {
    head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x28\xb5\x2f\xfd")
}

fn begins_document(text: &[u8]) -> bool {
    text.iter().find(|byte| !byte.is_ascii_whitespace()).is_some_and(|first| matches!(first, b'{' | b'['))
}

/// The value of a key of an object.
pub(crate) fn get<'a, 'j>(value: &'a JsonValue<'j>, key: &str) -> Option<&'a JsonValue<'j>> {
    entries(value).iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// The entries of an object; of anything else, none.
pub(crate) fn entries<'a, 'j>(value: &'a JsonValue<'j>) -> &'a [(std::borrow::Cow<'j, str>, JsonValue<'j>)] {
    match value {
        JsonValue::Object(entries) => entries,
        _ => &[],
    }
}

/// The items of a list; of anything else, none.
pub(crate) fn items<'a, 'j>(value: &'a JsonValue<'j>) -> &'a [JsonValue<'j>] {
    match value {
        JsonValue::Array(items) => items,
        _ => &[],
    }
}

/// A text.
pub(crate) fn text<'a>(value: &'a JsonValue<'_>) -> Option<&'a str> {
    match value {
        JsonValue::Str(text) => Some(text),
        _ => None,
    }
}

/// A number, also one that is written as a word, as `"NaN"`.
pub(crate) fn number(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Int(value) => Some(*value as f64),
        JsonValue::BigInt(value) => Some(f64::from(NumberInt::BigInt(value.clone()))),
        JsonValue::Float(value) => Some(*value),
        JsonValue::Bool(value) => Some(f64::from(u8::from(*value))),
        JsonValue::Str(text) => non_finite(text),
        _ => None,
    }
}

/// What a word for NaN or an infinity stands for.
pub(crate) fn non_finite(word: &str) -> Option<f64> {
    match word {
        "NaN" | "nan" => Some(f64::NAN),
        "inf" | "Infinity" | "+inf" => Some(f64::INFINITY),
        "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Hands on every number of nested objects, with `/` between their names; lists are passed over.
pub(crate) fn each_number(prefix: &str, value: &JsonValue<'_>, depth: usize, each: &mut impl FnMut(&str, f64)) {
    if let Some(number) = number(value) {
        each(prefix, number);
    }
    if depth < MAX_DEPTH {
        for (key, value) in entries(value) {
            each_number(&joined(prefix, key), value, depth + 1, each);
        }
    }
}

/// Adds the settings that a value holds, with `/` between the names of nested ones; what is too much is left out and said.
pub(crate) fn settings(prefix: &str, value: &JsonValue<'_>, facts: &mut Vec<Fact>) {
    let before = facts.len();
    add_settings(prefix, value, 0, before, facts);
    if facts.len() - before >= MAX_SETTINGS {
        facts.push(Fact::Remark(format!("Only the first {MAX_SETTINGS} settings are kept.")));
    }
}

fn add_settings(prefix: &str, value: &JsonValue<'_>, depth: usize, before: usize, facts: &mut Vec<Fact>) {
    if facts.len() - before >= MAX_SETTINGS {
        return;
    }
    let setting = match value {
        JsonValue::Object(entries) if depth < MAX_DEPTH && !entries.is_empty() => {
            for (key, value) in entries.iter() {
                add_settings(&joined(prefix, key), value, depth + 1, before, facts);
            }
            return;
        }
        JsonValue::Null => return,
        JsonValue::Bool(flag) => Setting::Flag(*flag),
        JsonValue::Str(text) => Setting::Text(shortened(text)),
        JsonValue::Object(_) | JsonValue::Array(_) => {
            let mut written = String::new();
            write_compact(value, 0, &mut written);
            Setting::Text(shortened(&written))
        }
        value => Setting::Number(number(value).unwrap_or(f64::NAN)),
    };
    facts.push(Fact::Setting(prefix.to_owned(), setting));
}

fn joined(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}/{key}") }
}

fn shortened(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_TEXT)].to_owned()
}

/// A list or object as one line, as `[64, 64]`, about as long as is kept.
fn write_compact(value: &JsonValue<'_>, depth: usize, out: &mut String) {
    if out.len() > MAX_TEXT || depth > MAX_DEPTH {
        return;
    }
    match value {
        JsonValue::Null => out.push_str("null"),
        JsonValue::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        JsonValue::Str(text) => out.push_str(&shortened(text)),
        JsonValue::Array(list) => {
            out.push('[');
            for (at, value) in list.iter().take(MAX_TEXT).enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write_compact(value, depth + 1, out);
            }
            out.push(']');
        }
        JsonValue::Object(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().take(MAX_TEXT).enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&shortened(key));
                out.push_str(": ");
                write_compact(value, depth + 1, out);
            }
            out.push('}');
        }
        value => out.push_str(&number(value).unwrap_or(f64::NAN).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_writes_is_understood() {
        let value =
            parse(br#"{"a": NaN, "b": -Infinity, "c": 1e999, "d": 123456789012345678901234567890, "e": "nan"}"#);
        let value = value.unwrap();
        let found: Vec<f64> = entries(&value).iter().filter_map(|(_, value)| number(value)).collect();
        assert!(found[0].is_nan() && found[4].is_nan());
        assert_eq!(found[1..4], [f64::NEG_INFINITY, f64::INFINITY, 123_456_789_012_345_678_901_234_567_890.0]);
    }

    #[test]
    fn a_cut_document_is_told_from_a_wrong_one() {
        let text = br#"{"a": [1, 2.5, {"b": "text"}], "c": NaN}"#;
        for end in 1..text.len() {
            let error = parse(&text[..end]).unwrap_err();
            assert!(error.is_cut || text[..end].ends_with(b"N") || text[..end].ends_with(b"Na"), "{end}: {error:?}");
            assert!(
                outline(&text[..end]).is_some_and(|value| matches!(value, JsonValue::Object(_))) || end > 35,
                "{end}"
            );
        }
        assert!(!parse(b"{\"a\": ]}").unwrap_err().is_cut);
        assert!(!parse(b"{} {}").unwrap_err().is_cut);
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        assert!(outline(b"a: 1").is_none());
    }

    #[test]
    fn settings_are_flattened_and_bounded() {
        let mut facts = Vec::new();
        let value = parse(br#"{"opt": {"lr": 0.1, "betas": [0.9, 0.999]}, "name": "a", "on": true, "no": null}"#);
        settings("", &value.unwrap(), &mut facts);
        let setting = |name: &str, value| Fact::Setting(name.to_owned(), value);
        let text = |text: &str| Setting::Text(text.to_owned());
        let wanted = [
            setting("opt/lr", Setting::Number(0.1)),
            setting("opt/betas", text("[0.9, 0.999]")),
            setting("name", text("a")),
            setting("on", Setting::Flag(true)),
        ];
        assert_eq!(facts, wanted);
        let many: Vec<String> = (0..MAX_SETTINGS + 50).map(|at| format!("\"{at}\": 1")).collect();
        facts.clear();
        settings("", &parse(format!("{{{}}}", many.join(",")).as_bytes()).unwrap(), &mut facts);
        assert_eq!(facts.len(), MAX_SETTINGS + 1);
    }
}
