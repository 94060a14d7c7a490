//! Settings by name: a [`Spec`] as flat fields, for grouping, filtering, comparing and exporting.
//!
//! The names are those of suites and logs, parts of parts dotted: `activation`, `regulariser.l2`. Does not depend on what
//! any field means.

use crate::protocol::Spec;
use crate::protocol::spec_fields::named;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every field of the settings with its value; the parts of `regulariser` and of `features` one by one, lists whole.
#[must_use]
pub fn flat_fields(spec: &Spec) -> BTreeMap<String, Value> {
    let mut fields = BTreeMap::new();
    // A spec is plain data that serde can always express.
    if let Ok(tree) = serde_json::to_value(spec) {
        flatten("", &tree, &mut fields);
    }
    fields
}

fn flatten(path: &str, value: &Value, fields: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(parts) => {
            for (name, part) in parts {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&inner, part, fields);
            }
        }
        other => {
            fields.insert(path.to_owned(), other.clone());
        }
    }
}

/// The whole name of a field that is named in short: `lr`, or `l2` for `regulariser.l2`. `None` when there is no such
/// field in any [`Spec`].
#[must_use]
pub fn whole_name(name: &str) -> Option<String> {
    if name.starts_with("features.") {
        return Some(name.to_owned());
    }
    named(name).map(|field| field.key.to_owned())
}

/// One field's value as a person reads it; `None` when the settings have no such field.
#[must_use]
pub fn field_text(spec: &Spec, name: &str) -> Option<String> {
    flat_fields(spec).get(&whole_name(name)?).map(value_text)
}

/// A setting's value as a person reads it: texts without quotes, single-precision numbers in their shortest form.
#[must_use]
pub fn value_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            let exact = number.as_f64().unwrap_or(f64::NAN);
            let single = exact as f32;
            if f64::from(single).to_bits() == exact.to_bits() { single.to_string() } else { exact.to_string() }
        }
        Value::Array(parts) => parts.iter().map(value_text).collect::<Vec<_>>().join("-"),
        other => other.to_string(),
    }
}

/// What two runs' settings differ in: the field, the first one's value and the second one's.
pub(super) fn differences(a: &Spec, b: &Spec) -> Vec<(String, Option<Value>, Option<Value>)> {
    let (a, mut b) = (flat_fields(a), flat_fields(b));
    let mut found = Vec::new();
    for (name, value) in a {
        let other = b.remove(&name);
        if other.as_ref() != Some(&value) {
            found.push((name, Some(value), other));
        }
    }
    found.extend(b.into_iter().map(|(name, value)| (name, None, Some(value))));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Activation, Regulariser};

    #[test]
    fn fields_are_found_by_whole_part_and_short_name() {
        let spec = Spec {
            learning_rate: 0.1,
            regulariser: Regulariser { l2: 1e-4, ..Regulariser::default() },
            ..Spec::default()
        };
        assert_eq!(field_text(&spec, "lr").as_deref(), Some("0.1"));
        assert_eq!(field_text(&spec, "l2").as_deref(), Some("0.0001"));
        assert_eq!(field_text(&spec, "regulariser.l2").as_deref(), Some("0.0001"));
        assert_eq!(field_text(&spec, "hidden").as_deref(), Some("500-250-100"));
        assert_eq!(field_text(&spec, "activation").as_deref(), Some("sigmoid"));
        assert_eq!(field_text(&spec, "nonsense"), None);
    }

    #[test]
    fn differences_name_both_values() {
        let a = Spec::default();
        let b = Spec { activation: Activation::Tanh, ..a.clone() };
        assert_eq!(differences(&a, &a), []);
        assert_eq!(differences(&a, &b), [("activation".to_owned(), Some("sigmoid".into()), Some("tanh".into()))]);
    }
}
