//! Every setting that a suite can name: its dotted key, what may stand there, and its short form in run ids.
//!
//! The defaults are not here: they stand in [`Spec::default`] alone. Must not know files or grids.

use crate::protocol::Spec;
use serde_json::Value;

/// One setting of a [`Spec`].
pub(super) struct Field {
    /// The dotted key, `regulariser.l2`.
    pub(super) key: &'static str,
    /// How run ids abbreviate it: `lr` in `sigmoid-lr0.1-s0`. Empty where the value speaks for itself.
    pub(super) short: &'static str,
    /// What may stand there.
    pub(super) kind: Kind,
}

/// What may stand at a key.
pub(super) enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number within these bounds.
    Whole(u64, u64),
    /// A finite single-precision number above the first bound (or on it, where the flag is set) and up to the second.
    Real { least: f64, least_too: bool, most: f64 },
    /// `true` or `false`.
    Switch,
    /// `true`, `false` or a deviation.
    Augment,
    /// The units of hidden layers.
    Layers,
    /// `"pixels"`, `"hog"` or `{"hog": {..}}`.
    Features,
    /// A path to a file.
    File,
}

const ABOVE_ZERO: Kind = Kind::Real { least: 0.0, least_too: false, most: f32::MAX as f64 };
const ZERO_OR_MORE: Kind = Kind::Real { least: 0.0, least_too: true, most: f32::MAX as f64 };
const BILLION: u64 = 1_000_000_000;
const ACTIVATIONS: &[&str] = &["sigmoid", "tanh", "relu", "leaky_relu", "prelu"];

/// The settings, in the order of [`Spec`].
pub(super) const FIELDS: &[Field] = &[
    Field { key: "family", short: "", kind: Kind::Word(&["mlp", "knn", "svm"]) },
    Field { key: "features", short: "", kind: Kind::Features },
    Field { key: "hidden", short: "h", kind: Kind::Layers },
    Field { key: "activation", short: "", kind: Kind::Word(ACTIVATIONS) },
    Field { key: "initialisation", short: "", kind: Kind::Word(&["glorot", "he"]) },
    Field { key: "initial_weights", short: "w", kind: Kind::File },
    Field { key: "learning_rate", short: "lr", kind: ABOVE_ZERO },
    Field { key: "batch_size", short: "b", kind: Kind::Whole(1, 1_000_000) },
    Field { key: "epochs", short: "e", kind: Kind::Whole(1, 1_000_000) },
    Field { key: "shuffle", short: "shuffle", kind: Kind::Switch },
    Field { key: "log_every", short: "log", kind: Kind::Whole(1, BILLION) },
    Field { key: "evaluate_every", short: "eval", kind: Kind::Whole(1, BILLION) },
    Field { key: "inactive_every", short: "inactive", kind: Kind::Whole(0, BILLION) },
    Field { key: "checkpoint_every", short: "ckpt", kind: Kind::Whole(0, BILLION) },
    Field { key: "on_divergence", short: "", kind: Kind::Word(&["stop", "continue"]) },
    Field { key: "regulariser.l2", short: "lambda", kind: ZERO_OR_MORE },
    Field { key: "regulariser.forward_noise", short: "fwd", kind: ZERO_OR_MORE },
    Field { key: "regulariser.backward_noise", short: "bwd", kind: ZERO_OR_MORE },
    Field { key: "regulariser.augment", short: "aug", kind: Kind::Augment },
    Field { key: "k", short: "k", kind: Kind::Whole(1, BILLION) },
    Field { key: "c", short: "c", kind: ABOVE_ZERO },
    Field { key: "tolerance", short: "tol", kind: Kind::Real { least: 0.0, least_too: false, most: 1.0 } },
];

/// The parts of `{"hog": {..}}` and their bounds.
const HOG: &[(&str, u64, u64)] = &[("orientations", 1, 180), ("cell", 1, 10_000), ("block", 1, 10_000)];

/// The keys that hold others.
pub(super) const GROUPS: &[&str] = &["regulariser"];

/// The field of a dotted key.
pub(super) fn field(key: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.key == key)
}

impl Kind {
    /// What is allowed, in words, where `value` is not; `None` where it is.
    pub(super) fn refuse(&self, value: &Value) -> Option<String> {
        match self {
            Self::Word(words) => (!value.as_str().is_some_and(|word| words.contains(&word))).then(|| words.join(", ")),
            Self::Whole(least, most) => {
                (!is_whole(value, *least, *most)).then(|| format!("a whole number from {least} to {most}"))
            }
            Self::Real { least, least_too, most } => real(value, *least, *least_too, *most),
            Self::Switch => (!value.is_boolean()).then(|| "true or false".to_owned()),
            Self::Augment => (!value.is_boolean() && real(value, 0.0, false, 1.0).is_some())
                .then(|| "true, false, or the deviation of the copies' noise, above 0 and up to 1".to_owned()),
            Self::Layers => (!is_layers(value)).then(|| "a list of 1 to 64 layers of 1 to 65536 units".to_owned()),
            Self::Features => refuse_features(value),
            Self::File => (!value.as_str().is_some_and(|path| path.to_lowercase().ends_with(".safetensors")))
                .then(|| "the path of a .safetensors file".to_owned()),
        }
    }

    /// Whether a list at this key is a grid over values, rather than one value.
    pub(super) fn is_grid(&self, list: &[Value]) -> bool {
        !matches!(self, Self::Layers) || list.first().is_some_and(Value::is_array)
    }

    /// The words that may stand there, for a hint.
    pub(super) fn words(&self) -> &'static [&'static str] {
        match self {
            Self::Word(words) => words,
            Self::Features => &["pixels", "hog"],
            _ => &[],
        }
    }
}

impl Field {
    /// How a run id names this setting at `value`: letters, digits, `.`, `-` and `_` only.
    pub(super) fn label(&self, value: &Value) -> String {
        let written = match (&self.kind, value) {
            (_, Value::Bool(true)) => String::new(),
            (_, Value::Bool(false)) => return format!("no{}", self.short),
            (Kind::Layers, Value::Array(layers)) => layers.iter().map(Value::to_string).collect::<Vec<_>>().join("x"),
            (Kind::Features, Value::Object(object)) => {
                let part = |name: &str| object["hog"].get(name).map(|size| format!("{}{size}", &name[..1]));
                std::iter::once("hog".to_owned()).chain(HOG.iter().filter_map(|(name, ..)| part(name))).collect()
            }
            (Kind::File, Value::String(path)) => {
                std::path::Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned()
            }
            (_, Value::String(word)) => word.clone(),
            (_, other) => other.to_string(),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        format!("{}{}", self.short, written.chars().map(|c| if plain(c) { c } else { '_' }).collect::<String>())
    }
}

fn is_whole(value: &Value, least: u64, most: u64) -> bool {
    value.as_u64().is_some_and(|number| (least..=most).contains(&number))
}

fn real(value: &Value, least: f64, least_too: bool, most: f64) -> Option<String> {
    let fits = value.as_f64().is_some_and(|number| {
        // What is above the bound as written must still be so as the single-precision number that is computed with.
        let single = f64::from(number as f32);
        single.is_finite() && number <= most && (single > least || (least_too && number >= least && single >= least))
    });
    (!fits).then(|| match (least_too, most < f64::from(f32::MAX)) {
        (true, false) => format!("a number of {least} or more"),
        (false, false) => format!("a number above {least}"),
        (true, true) => format!("a number from {least} to {most}"),
        (false, true) => format!("a number above {least} and up to {most}"),
    })
}

fn is_layers(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|layers| (1..=64).contains(&layers.len()) && layers.iter().all(|units| is_whole(units, 1, 65_536)))
}

fn refuse_features(value: &Value) -> Option<String> {
    const ALLOWED: &str =
        r#""pixels", "hog" or {"hog": {"orientations": 1 to 180, "cell": 1 or more, "block": 1 or more}}"#;
    let fits = match value {
        Value::String(word) => word == "pixels" || word == "hog",
        Value::Object(object) if object.len() == 1 => object.get("hog").and_then(Value::as_object).is_some_and(|hog| {
            hog.iter()
                .all(|(key, size)| HOG.iter().any(|(name, least, most)| key == name && is_whole(size, *least, *most)))
        }),
        _ => false,
    };
    (!fits).then(|| ALLOWED.to_owned())
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
        if let Some(allowed) = field.kind.refuse(value) {
            return Err(format!("{}: found {}; allowed: {allowed}", field.key, super::error::shown(value)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Activation;
    use serde_json::json;

    fn keys(prefix: &str, value: &Value, found: &mut Vec<String>) {
        for (key, value) in value.as_object().unwrap() {
            let dotted = format!("{prefix}{key}");
            if GROUPS.contains(&dotted.as_str()) {
                keys(&format!("{dotted}."), value, found);
            } else {
                found.push(dotted);
            }
        }
    }

    #[test]
    fn the_table_names_every_setting_and_no_other() {
        let spec = Spec { initial_weights: Some("w.safetensors".into()), ..Spec::default() };
        let mut named = Vec::new();
        keys("", &serde_json::to_value(spec).unwrap(), &mut named);
        let table: Vec<_> = FIELDS.iter().map(|field| field.key.to_owned()).collect();
        named.sort();
        let mut sorted = table.clone();
        sorted.sort();
        assert_eq!(named, sorted);
        let activations: Vec<_> = Activation::ALL.iter().map(|activation| activation.name()).collect();
        assert_eq!(activations, ACTIVATIONS);
    }

    #[test]
    fn every_default_is_allowed() {
        let defaults = serde_json::to_value(Spec::default()).unwrap();
        for field in FIELDS.iter().filter(|field| field.key != "initial_weights") {
            let value = field.key.split('.').fold(&defaults, |value, key| &value[key]);
            assert_eq!(field.kind.refuse(value), None, "{} = {value}", field.key);
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
            assert_eq!(field(key).unwrap().label(&value), label);
        }
    }

    #[test]
    fn numbers_that_single_precision_cannot_hold_are_refused() {
        let rate = &field("learning_rate").unwrap().kind;
        assert!(rate.refuse(&json!(1e-60)).is_some());
        assert!(rate.refuse(&json!(1e39)).is_some());
        assert!(rate.refuse(&json!("NaN")).is_some());
        assert!(rate.refuse(&json!(10)).is_none());
        let lambda = &field("regulariser.l2").unwrap().kind;
        assert!(lambda.refuse(&json!(-1e-60)).is_some());
        assert!(lambda.refuse(&json!(0)).is_none());
    }
}
