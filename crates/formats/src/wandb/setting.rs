//! Keys and values of items: JSON in which NaN and the infinities may stand.
//!
//! Does not depend on which record an item is of.

use super::proto::{Item, Typed};
use crate::Setting;
use serde_json::Value;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Leaf {
    Number(f64),
    /// True, false, a text, a list, nothing, an object.
    Other(Value),
}

impl Item {
    /// The names that lead to its value.
    pub(super) fn path(&self) -> Vec<&str> {
        if self.nested_key.is_empty() {
            vec![self.key.as_str()]
        } else {
            self.nested_key.iter().map(String::as_str).collect()
        }
    }

    /// Its value; none when it is no JSON.
    pub(super) fn leaf(&self) -> Option<Leaf> {
        Some(match &self.typed {
            Some(Typed::Number(number)) => Leaf::Number(*number),
            Some(Typed::Integer(number)) => Leaf::Number(*number as f64),
            Some(Typed::Flag(flag)) => Leaf::Other(Value::Bool(*flag)),
            Some(Typed::Text(text)) => Leaf::of(Value::String(text.clone())),
            Some(Typed::Json(json)) => return Leaf::parse(json),
            None => return Leaf::parse(&self.value_json),
        })
    }
}

impl Leaf {
    fn parse(json: &str) -> Option<Self> {
        // Numbers are most of all there is, and NaN stands bare.
        special(json.trim()).map(Self::Number).or_else(|| serde_json::from_str(json).ok().map(Self::of))
    }

    /// What a JSON value is; texts that say NaN or an infinity are numbers, for W&B writes them so within objects.
    pub(super) fn of(value: Value) -> Self {
        match &value {
            Value::Number(number) => number.as_f64().map_or(Self::Other(Value::Null), Self::Number),
            Value::String(text) => special(text).map_or(Self::Other(value), Self::Number),
            _ => Self::Other(value),
        }
    }
}

fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Calls `each` with the settings in a value, with `/` between the names of nested ones. JSON is nested 128 levels deep at
/// most, so the recursion ends.
pub(super) fn each_setting(name: &str, leaf: Leaf, each: &mut impl FnMut(&str, Setting)) {
    match leaf {
        Leaf::Number(number) => each(name, Setting::Number(number)),
        Leaf::Other(Value::Bool(flag)) => each(name, Setting::Flag(flag)),
        Leaf::Other(Value::String(text)) => each(name, Setting::Text(text)),
        Leaf::Other(Value::Object(members)) => {
            for (key, value) in members {
                each_setting(&format!("{name}/{key}"), Leaf::of(value), each);
            }
        }
        Leaf::Other(value) => each(name, Setting::Text(value.to_string())),
    }
}
