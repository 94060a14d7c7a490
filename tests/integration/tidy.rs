//! Holds which module may import which, and the habits that no lint knows.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it may import; the top of the crate (`cli`, `main`) included. Those of the crates beside the
/// program stand here too: `formats` is one module, the others are those of `perceptop-kernels`.
const MODULES: &[(&str, &[&str])] = &[
    ("fmt", &[]),
    ("formats", &[]),
    ("math", &[]),
    ("output", &[]),
    ("dataset", &["math"]),
    ("metrics", &[]),
    ("features", &["math"]),
    ("nn", &["math"]),
    ("baselines", &["math"]),
    ("protocol", &[]),
    ("state", &["protocol", "metrics"]),
    ("format", &["protocol", "formats"]),
    ("record", &["protocol", "format", "output"]),
    ("catalog", &["format", "record", "state", "protocol", "output"]),
    ("launch", &["record", "protocol"]),
    ("experiment", &["math", "dataset", "metrics", "features", "nn", "baselines", "protocol", "record", "format"]),
    ("source", &["catalog", "format", "record", "state", "protocol", "output"]),
    ("study", &["state", "metrics", "protocol", "fmt"]),
    ("ui", &["fmt", "state", "study", "protocol", "metrics"]),
    ("report", &["fmt", "state", "study", "protocol", "metrics", "format", "record", "output"]),
    ("app", &["ui", "catalog", "fmt", "state", "source", "protocol", "dataset", "metrics", "output"]),
    (
        "cli",
        &[
            "app",
            "source",
            "catalog",
            "launch",
            "report",
            "protocol",
            "dataset",
            "features",
            "experiment",
            "format",
            "record",
            "ui",
            "fmt",
            "output",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &["math", "dataset", "features", "nn", "baselines"]),
];

/// Outside crates that only some modules may use.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("anyhow", &["app", "cli", "main"]),
    ("ratatui", &["ui", "app"]),
    ("crossterm", &["app"]),
    ("termina", &["app"]),
    ("clap", &["cli"]),
    ("toml", &["cli"]),
    ("gemm_f32", &["math"]),
    ("plotters", &["report"]),
    ("ureq", &["dataset"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for place in ["src", "crates/kernels/src", "crates/formats/src"] {
        let mut paths = Vec::new();
        sources(&root.join(place), &mut paths);
        paths.sort();
        found.extend(paths.into_iter().map(|path| {
            let inside = path.strip_prefix(root.join(place)).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs");
            let module = if place == "crates/formats/src" { "formats" } else { first };
            let text = fs::read_to_string(&path).unwrap();
            (module.to_owned(), path.strip_prefix(root).unwrap().to_owned(), text)
        }));
    }
    found
}

/// The text without its unit tests, comments and documentation.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every `crate::room` that the code names, in imports (nested ones too) and in paths.
fn modules_named(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = code[at + "crate::".len()..].trim_start();
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut heads = Vec::new();
            for letter in list.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => heads.push(std::mem::take(&mut word)),
                    _ if depth == 0 => word.push(letter),
                    _ => {}
                }
            }
            heads.push(word);
            named.extend(heads.iter().filter_map(|head| head.split("::").next()).map(|head| head.trim().to_owned()));
        } else {
            named.push(rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect());
        }
    }
    named.retain(|name| !name.is_empty());
    named
}

/// The first paragraph of a module's documentation, on one line.
fn purpose(module: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = match module {
        "formats" => vec!["crates/formats/src/lib.rs".to_owned()],
        _ => ["src", "crates/kernels/src"]
            .iter()
            .flat_map(|place| [format!("{place}/{module}/mod.rs"), format!("{place}/{module}.rs")])
            .collect(),
    };
    let text = places.iter().find_map(|place| fs::read_to_string(root.join(place)).ok()).unwrap();
    let paragraph = text.lines().map_while(|line| line.strip_prefix("//! ")).collect::<Vec<_>>().join(" ");
    paragraph.replace(['[', ']'], "")
}

#[test]
fn the_architecture_shows_the_table_of_modules() {
    let mut table = "| module | what it is | may import |\n|---|---|---|\n".to_owned();
    for (module, allowed) in MODULES.iter().filter(|(module, _)| !["main", "lib"].contains(module)) {
        let allowed = allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ");
        table.extend([format!("| `{module}` | {} | {allowed} |\n", purpose(module))]);
    }
    super::documents::hold_part("ARCHITECTURE.md", "modules", &table);
}

#[test]
fn imports_go_down_only() {
    let modules: BTreeMap<&str, &[&str]> = MODULES.iter().copied().collect();
    let mut wrong = Vec::new();
    for (module, path, text) in all_sources() {
        let Some(allowed) = modules.get(module.as_str()) else {
            wrong.push(format!("{}: the module {module} is not in the table", path.display()));
            continue;
        };
        for named in modules_named(
            &code(&text)
                .replace("perceptop::", "crate::")
                .replace("perceptop_kernels::", "crate::")
                .replace("perceptop_formats::", "crate::formats::"),
        ) {
            let is_module = modules.contains_key(named.as_str());
            if is_module && named != module && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{}: {module} may not import {named}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_modules() {
    let mut wrong = Vec::new();
    for (module, path, text) in all_sources() {
        for (name, allowed) in OUTSIDE {
            if code(&text).contains(&format!("{name}::")) && module != *name && !allowed.contains(&module.as_str()) {
                wrong.push(format!("{}: {name} belongs to {allowed:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = all_sources()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//! "))
        .map(|(_, path, _)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "these files do not begin with `//!`: {silent:?}");
}

#[test]
fn a_file_is_one_thought() {
    let long: Vec<_> = all_sources()
        .into_iter()
        .filter(|(_, _, text)| code(text).lines().count() > 400)
        .map(|(_, path, text)| format!("{} has {} lines", path.display(), code(&text).lines().count()))
        .collect();
    assert!(long.is_empty(), "aim below 400 lines without comments and tests: {long:?}");
}

#[test]
fn mod_files_hold_documentation_and_exports_only() {
    let mut wrong = Vec::new();
    for (_, path, text) in all_sources() {
        if path.file_name().is_some_and(|name| name == "mod.rs")
            && (code(&text).contains("fn ") || code(&text).contains("struct "))
        {
            wrong.push(path.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "logic belongs in files of its own: {wrong:?}");
}

#[test]
fn modules_named_understands_nested_imports() {
    assert_eq!(modules_named("use crate::{state::RunState, protocol::{Spec, Record}};"), ["state", "protocol"]);
    assert_eq!(modules_named("use crate::nn::Mlp; let x = crate::math::dot(a);"), ["nn", "math"]);
}

/// The names that a module exports by `pub use`, as users see them.
fn exported(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for list in format!("\n{}", code(text))
        .split("\npub use ")
        .skip(1)
        .filter_map(|rest| rest.split(';').next().map(str::to_owned))
    {
        let inside = list.split_once('{').map_or(list.as_str(), |(_, inside)| inside.trim_end_matches('}'));
        let last = |item: &str| item.trim().rsplit("::").next().unwrap_or_default().to_owned();
        let seen = |item: &str| item.rsplit(" as ").next().map(last).unwrap_or_default();
        names.extend(inside.split(',').map(seen).filter(|name| !name.is_empty() && name != "self" && name != "*"));
    }
    names
}

/// Whether `name` stands in `text` as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(name)
        .any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + name.len()..].chars().next()))
}

/// Whether a type stands in what other items of its module show: a field, a signature, an error's source.
fn is_in_a_signature(text: &str, name: &str) -> bool {
    let own = ["struct", "enum", "trait", "type"].map(|kind| format!("{kind} {name}"));
    code(text).lines().any(|line| {
        let shows = ["pub ", "fn ", "-> ", "#[from]", "Box<dyn "].iter().any(|sign| line.contains(sign));
        shows
            && names(line, name)
            && !own.iter().any(|own| line.contains(own))
            && !line.trim_start().starts_with("pub use")
    })
}

#[test]
fn every_export_of_a_module_has_a_user() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut users = Vec::new();
    for place in ["src", "crates", "tests", "benches", "fuzz/fuzz_targets"] {
        sources(&root.join(place), &mut users);
    }
    let users: Vec<(PathBuf, String)> =
        users.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    let mut unused = Vec::new();
    for (path, text) in users.iter().filter(|(path, _)| path.ends_with("mod.rs")) {
        let folder = path.parent().unwrap();
        for name in exported(text) {
            let is_type = name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase);
            let is_used = users.iter().any(|(user, text)| {
                if user.starts_with(folder) {
                    is_type && user != path && is_in_a_signature(text, &name)
                } else {
                    names(text, &name)
                }
            });
            if !is_used {
                unused.push(format!("{}: {name}", path.strip_prefix(root).unwrap().display()));
            }
        }
    }
    assert!(unused.is_empty(), "nothing outside of the module needs these exports:\n{}", unused.join("\n"));
}

#[test]
fn exports_are_read_as_users_see_them() {
    let text = "//! x\npub use a::b;\npub use c::{D, e::F as G,\n    H};\nuse i::j;\npub(crate) use k::l;\n";
    assert_eq!(exported(text), ["b", "D", "G", "H"]);
    assert!(names("x::Foo<T>", "Foo") && !names("Foot a_Foo", "Foo"));
    assert!(is_in_a_signature("pub fn f() -> Foo {", "Foo") && !is_in_a_signature("pub struct Foo {", "Foo"));
}
