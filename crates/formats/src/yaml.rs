//! YAML as the same values as JSON, in bounded memory and time: serde-saphyr's budgets hold for aliases, nodes and depth.
//!
//! Tags that name classes of a language, as `!!python/object`, are passed over and never acted on. Does not know what the
//! values mean.

use crate::json::JsonValue;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Budget, DuplicateKeyPolicy, NonFiniteFloatPolicy};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// Parts of a document that are read, aliases followed.
const MAX_NODES: usize = 100_000;

/// The first document of a text.
pub(crate) fn parse(text: &str) -> Result<JsonValue<'static>, String> {
    let mut budget = Budget::default();
    budget.max_nodes = MAX_NODES;
    budget.max_events = 4 * MAX_NODES;
    let mut options = serde_saphyr::Options::default();
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = MAX_NODES;
    options.duplicate_keys = DuplicateKeyPolicy::LastWins;
    options.non_finite_float_policy = NonFiniteFloatPolicy::PassThrough;
    options.with_snippet = false;
    let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| error.to_string())?;
    Ok(value.0)
}

struct Value(JsonValue<'static>);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue).map(Value)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = JsonValue<'static>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(JsonValue::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(JsonValue::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(JsonValue::Float(value as f64), JsonValue::Int))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Self::Value, E> {
        Ok(JsonValue::Float(value as f64))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Self::Value, E> {
        Ok(JsonValue::Float(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(JsonValue::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        // YAML 1.2 asks for a point; Python writes and reads `1e-05` without one.
        match number_of_python(value) {
            Some(number) => Ok(JsonValue::Float(number)),
            None => Ok(JsonValue::Str(Cow::Owned(value.to_owned()))),
        }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(JsonValue::Null)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(JsonValue::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Value(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(JsonValue::Array(Arc::new(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Value(key), Value(value))) = map.next_entry()? {
            entries.push((Cow::Owned(key_of(&key)), value));
        }
        Ok(JsonValue::Object(Arc::new(entries)))
    }
}

fn number_of_python(text: &str) -> Option<f64> {
    let is_number =
        text.contains(['e', 'E']) && text.bytes().all(|byte| byte.is_ascii_digit() || b"eE+-.".contains(&byte));
    is_number.then(|| text.parse().ok()).flatten()
}

/// A key as text; a list or an object as one has no text.
fn key_of(key: &JsonValue<'_>) -> String {
    match key {
        JsonValue::Str(text) => text.to_string(),
        JsonValue::Bool(flag) => flag.to_string(),
        JsonValue::Int(number) => number.to_string(),
        JsonValue::Float(number) => number.to_string(),
        _ => "?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{get, number, text};

    #[test]
    fn settings_of_python_are_read() {
        let value = parse(
            "lr: 1e-05\nname: !!python/object/apply:torch.device\n- cuda\nlist: !!python/tuple [1, 2]\n\
             base: &base {a: 1}\nagain: *base\n1: one\nnan: .nan\nargs: !!python/object:argparse.Namespace\n  x: 2\n",
        );
        let value = value.unwrap();
        assert_eq!(get(&value, "lr").and_then(number), Some(1e-5));
        assert_eq!(get(&value, "1").and_then(text), Some("one"));
        assert_eq!(get(&value, "again").and_then(|value| get(value, "a")).and_then(number), Some(1.0));
        assert_eq!(get(&value, "args").and_then(|value| get(value, "x")).and_then(number), Some(2.0));
        assert!(get(&value, "nan").and_then(number).is_some_and(f64::is_nan));
    }

    #[test]
    fn growing_aliases_and_depth_are_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for at in 1..12 {
            let names = vec![format!("*a{}", at - 1); 10].join(", ");
            text.extend(["a", &at.to_string(), ": &a", &at.to_string(), " [", &names, "]\n"]);
        }
        assert!(parse(&text).is_err());
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
        assert!(parse(&format!("a: [{}]", "1, ".repeat(MAX_NODES + 1))).is_err());
    }
}
