//! The tables of `docs/suites.md`, from the table of settings: what a suite may hold, key by key.
//!
//! Does not depend on how suites are read; `tests/suites_reference.rs` holds the page against these tables.

use super::fields::allowed;
use crate::protocol::spec_fields::{FIELDS, FieldKind, HOG, SpecField};
use crate::protocol::{Family, Features, HogSettings, Spec};
use serde_json::Value;
use std::fmt::Write as _;

/// The settings as a Markdown table: key, short names, type and range, default, families, what it does.
#[must_use]
pub fn settings_table() -> String {
    let defaults = serde_json::to_value(Spec::default()).unwrap_or_default();
    let mut table =
        String::from("| key | short | values | default | models | what it does |\n|---|---|---|---|---|---|\n");
    for field in FIELDS {
        let default = field.key.split('.').fold(&defaults, |value, part| &value[part]);
        let default = if default.is_null() { "none".to_owned() } else { code(&default_text(default)) };
        let _ = writeln!(
            table,
            "| {} | {} | {} | {default} | {} | {} |",
            code(field.key),
            short(field),
            values(field.kind),
            models(field.families),
            field.doc
        );
    }
    table
}

/// The parts of `{"hog": {..}}` as a Markdown table.
#[must_use]
pub fn hog_table() -> String {
    let defaults = serde_json::to_value(Features::Hog(HogSettings::default())).unwrap_or_default();
    let mut table = String::from("| key | values | default | what it is |\n|---|---|---|---|\n");
    for (name, least, most, doc) in HOG {
        let _ = writeln!(
            table,
            "| {} | {} | {} | {doc} |",
            code(name),
            values(FieldKind::Whole(*least, *most)),
            code(&defaults["hog"][name].to_string())
        );
    }
    table
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn default_text(value: &Value) -> String {
    match value {
        Value::Array(parts) => format!("[{}]", parts.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

/// The other names: aliases, and the last part of a dotted key.
fn short(field: &SpecField) -> String {
    let last = field.key.split_once('.').map(|(_, last)| last);
    last.into_iter().chain(field.aliases.iter().copied()).map(code).collect::<Vec<_>>().join(" ")
}

fn values(kind: FieldKind) -> String {
    match kind {
        FieldKind::Word(words) => words.iter().map(|word| code(&format!("\"{word}\""))).collect::<Vec<_>>().join(", "),
        FieldKind::Features => r#"`"pixels"`, `"hog"` or `{"hog": {...}}`, see below"#.to_owned(),
        other => allowed(other),
    }
}

fn models(families: &[Family]) -> String {
    if families.len() == 3 {
        return "all".to_owned();
    }
    let name = |family: &Family| match family {
        Family::Mlp => "mlp",
        Family::Knn => "knn",
        Family::Svm => "svm",
    };
    families.iter().map(name).collect::<Vec<_>>().join(", ")
}
