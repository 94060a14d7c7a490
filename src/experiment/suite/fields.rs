//! The settings of a suite checked, named in run ids, and put together to a [`Spec`].
//!
//! What settings there are stands in [`spec_fields`](crate::protocol::spec_fields), their defaults in
//! [`Spec::default`]. Does not depend on files or grids.

use crate::protocol::Spec;
use crate::protocol::spec_fields::{FIELDS, FieldKind, HOG, SpecField};
use serde_json::Value;

/// What is allowed at a setting, in words.
pub(super) fn allowed(kind: FieldKind) -> String {
    match kind {
        FieldKind::Word(words) => words.join(", "),
        FieldKind::Whole(least, most) => format!("a whole number from {least} to {most}"),
        FieldKind::Real { least, least_too, most } => match (least_too, most < f64::from(f32::MAX)) {
            (true, false) => format!("a number of {least} or more"),
            (false, false) => format!("a number above {least}"),
            (true, true) => format!("a number from {least} to {most}"),
            (false, true) => format!("a number above {least} and up to {most}"),
        },
        FieldKind::Switch => "true or false".to_owned(),
        FieldKind::Augment => "true, false, or the deviation of the copies' noise, above 0 and up to 1".to_owned(),
        FieldKind::Layers => "a list of 1 to 64 layers of 1 to 65536 units".to_owned(),
        FieldKind::Features => {
            r#""pixels", "hog" or {"hog": {"orientations": 1 to 180, "cell": 1 or more, "block": 1 or more}}"#
                .to_owned()
        }
        FieldKind::File => "the path of a .safetensors file".to_owned(),
    }
}

/// What is allowed, in words, where `value` is not; `None` where it is.
pub(super) fn refuse(kind: FieldKind, value: &Value) -> Option<String> {
    let fits = match kind {
        FieldKind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        FieldKind::Whole(least, most) => is_whole(value, least, most),
        FieldKind::Real { least, least_too, most } => is_real(value, least, least_too, most),
        FieldKind::Switch => value.is_boolean(),
        FieldKind::Augment => value.is_boolean() || is_real(value, 0.0, false, 1.0),
        FieldKind::Layers => is_layers(value),
        FieldKind::Features => is_features(value),
        FieldKind::File => value.as_str().is_some_and(|path| path.to_lowercase().ends_with(".safetensors")),
    };
    (!fits).then(|| allowed(kind))
}

/// Whether a list at a setting is a grid over values, rather than one value.
pub(super) fn is_grid(kind: FieldKind, list: &[Value]) -> bool {
    kind != FieldKind::Layers || list.first().is_some_and(Value::is_array)
}

/// The words that may stand at a setting, for a hint.
pub(super) fn words(kind: FieldKind) -> &'static [&'static str] {
    match kind {
        FieldKind::Word(words) => words,
        FieldKind::Features => &["pixels", "hog"],
        _ => &[],
    }
}

/// How a run id names this setting at `value`: letters, digits, `.`, `-` and `_` only.
pub(super) fn label(field: &SpecField, value: &Value) -> String {
    let written = match (field.kind, value) {
        (_, Value::Bool(true)) => String::new(),
        (_, Value::Bool(false)) => return format!("no{}", field.prefix),
        (FieldKind::Layers, Value::Array(layers)) => layers.iter().map(Value::to_string).collect::<Vec<_>>().join("x"),
        (FieldKind::Features, Value::Object(object)) => {
            let part = |name: &str| object["hog"].get(name).map(|size| format!("{}{size}", &name[..1]));
            std::iter::once("hog".to_owned()).chain(HOG.iter().filter_map(|(name, ..)| part(name))).collect()
        }
        (FieldKind::File, Value::String(path)) => {
            std::path::Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned()
        }
        (_, Value::String(word)) => word.clone(),
        (_, other) => other.to_string(),
    };
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    format!("{}{}", field.prefix, written.chars().map(|c| if plain(c) { c } else { '_' }).collect::<String>())
}

fn is_whole(value: &Value, least: u64, most: u64) -> bool {
    value.as_u64().is_some_and(|number| (least..=most).contains(&number))
}

fn is_real(value: &Value, least: f64, least_too: bool, most: f64) -> bool {
    value.as_f64().is_some_and(|number| {
        // What is above the bound as written must still be so as the single-precision number that is computed with.
        let single = f64::from(number as f32);
        single.is_finite() && number <= most && (single > least || (least_too && number >= least && single >= least))
    })
}

fn is_layers(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|layers| (1..=64).contains(&layers.len()) && layers.iter().all(|units| is_whole(units, 1, 65_536)))
}

fn is_features(value: &Value) -> bool {
    match value {
        Value::String(word) => word == "pixels" || word == "hog",
        Value::Object(object) if object.len() == 1 => object.get("hog").and_then(Value::as_object).is_some_and(|hog| {
            hog.iter().all(|(key, size)| {
                HOG.iter().any(|(name, least, most, _)| key == name && is_whole(size, *least, *most))
            })
        }),
        _ => false,
    }
}

/// The default settings with `values` at their dotted keys. The values were checked before.
///
/// # Errors
/// In serde's words, if a checked value is none for [`Spec`]: a fault of the table above.
pub(super) fn assemble<'a>(values: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Result<Spec, serde_json::Error> {
    let mut object = serde_json::to_value(Spec::default())?;
    for (key, value) in values {
        // `"hog"` in a suite means its default settings; serde writes a variant with content as an object.
        let value = if key == "features" && value == "hog" { serde_json::json!({"hog": {}}) } else { value.clone() };
        let mut slot = &mut object;
        for part in key.split('.') {
            slot = &mut slot[part];
        }
        *slot = value;
    }
    serde_json::from_value(object)
}

/// Checks every setting of a spec that did not come from a suite file.
///
/// # Errors
/// In words: the dotted key, what was found and what is allowed.
pub(in crate::experiment) fn check_spec(spec: &Spec) -> Result<(), String> {
    let object = serde_json::to_value(spec).map_err(|error| error.to_string())?;
    for field in FIELDS {
        let value = field.key.split('.').fold(&object, |value, key| &value[key]);
        if value.is_null() {
            continue;
        }
        if let Some(allowed) = refuse(field.kind, value) {
            return Err(format!("{}: found {}; allowed: {allowed}", field.key, super::error::shown(value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::spec_fields::field;
    use serde_json::json;

    #[test]
    fn every_default_is_allowed() {
        let defaults = serde_json::to_value(Spec::default()).unwrap();
        for field in FIELDS.iter().filter(|field| field.key != "initial_weights") {
            let value = field.key.split('.').fold(&defaults, |value, key| &value[key]);
            assert_eq!(refuse(field.kind, value), None, "{} = {value}", field.key);
        }
    }

    #[test]
    fn labels_are_fit_for_file_names() {
        for (key, value, label) in [
            ("learning_rate", json!(0.1), "lr0.1"),
            ("learning_rate", json!(1e-6), "lr1e-6"),
            ("regulariser.l2", json!(0.001), "lambda0.001"),
            ("regulariser.augment", json!(true), "aug"),
            ("regulariser.augment", json!(false), "noaug"),
            ("hidden", json!([300, 150]), "h300x150"),
            ("features", json!({"hog": {"cell": 4, "block": 3}}), "hogc4b3"),
            ("activation", json!("relu"), "relu"),
            ("initial_weights", json!("../a b/w 1.safetensors"), "ww_1"),
        ] {
            assert_eq!(super::label(field(key).unwrap(), &value), label);
        }
    }

    #[test]
    fn numbers_that_single_precision_cannot_hold_are_refused() {
        let rate = field("learning_rate").unwrap().kind;
        assert!(refuse(rate, &json!(1e-60)).is_some());
        assert!(refuse(rate, &json!(1e39)).is_some());
        assert!(refuse(rate, &json!("NaN")).is_some());
        assert!(refuse(rate, &json!(10)).is_none());
        let lambda = field("regulariser.l2").unwrap().kind;
        assert!(refuse(lambda, &json!(-1e-60)).is_some());
        assert!(refuse(lambda, &json!(0)).is_none());
    }
}
