//! Settings that a program wrote into a file beside its log, as `hparams.yaml` or `.hydra/config.yaml`.
//!
//! Such files are never runs. Nested settings get names with `/`. Reads what JSON and YAML hold, and knows no tool.

use crate::{Fact, json, read_head, yaml};
use std::path::{Path, PathBuf};

/// The largest file of settings that is read.
const MAX_FILE: usize = 1 << 20;

/// Names of files of settings, in the order in which they are looked for.
const NAMES: &[&str] = &[
    "hparams.yaml",
    ".hydra/config.yaml",
    "config.json",
    "config.yaml",
    "config.yml",
    "args.json",
    "args.yaml",
    "args.yml",
    "params.json",
    "params.yaml",
    "flags.json",
    "hparams.json",
    "hyp.yaml",
    "opt.yaml",
];

/// Whether a file holds settings, by its name: such files are no runs.
#[must_use]
pub fn is_settings_file(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let folder = path.parent().and_then(Path::file_name);
    NAMES.contains(&name) || (folder.is_some_and(|folder| folder == ".hydra") && has_ending(name, &["yaml", "yml"]))
}

/// The settings in the files beside a log, or in a folder: of each name, those of the first file that has it; then what
/// could not be read, as faults.
#[must_use]
pub fn settings_beside(path: &Path) -> Vec<Fact> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    let mut facts: Vec<Fact> = Vec::new();
    for file in NAMES.iter().map(|name| folder.join(name)).filter(|file| file != path && file.is_file()) {
        for fact in settings_of(&file) {
            let is_known =
                |known: &Fact| matches!((known, &fact), (Fact::Setting(a, _), Fact::Setting(b, _)) if a == b);
            if !facts.iter().any(is_known) {
                facts.push(fact);
            }
        }
    }
    facts
}

/// The files that [`settings_beside`] reads.
#[must_use]
pub fn settings_files(path: &Path) -> Vec<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    NAMES.iter().map(|name| folder.join(name)).filter(|file| file != path && file.is_file()).collect()
}

/// The settings of one file of JSON or YAML; a fault where it cannot be read.
#[must_use]
pub fn settings_of(file: &Path) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Err(problem) = read(file, &mut facts) {
        facts.push(Fact::Fault(format!("The settings in {} are not read: {problem}.", file.display())));
    }
    facts
}

fn read(file: &Path, facts: &mut Vec<Fact>) -> Result<(), String> {
    let bytes = read_head(file, MAX_FILE + 1).map_err(|error| error.to_string())?;
    if bytes.len() > MAX_FILE {
        return Err("they are longer than 1 MiB".to_owned());
    }
    let is_json = file.extension().is_some_and(|ending| ending == "json");
    let text = String::from_utf8_lossy(&bytes);
    if text.trim().is_empty() {
        return Ok(());
    }
    let value = if is_json { json::parse(&bytes).map_err(|error| error.message)? } else { yaml::parse(&text)? };
    if !json::entries(&value).is_empty() {
        json::settings("", &value, facts);
    }
    Ok(())
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    Path::new(name).extension().is_some_and(|ending| endings.iter().any(|known| ending == *known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Setting;
    use std::fs;

    #[test]
    fn settings_beside_a_log_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(".hydra/config.yaml", "model:\n  lr: 0.1\nseed: 3\n");
        write("config.json", r#"{"seed": 4, "on": true}"#);
        write("args.yaml", "a: [");
        write("other.yaml", "b: 1");
        let facts = settings_beside(&folder.path().join("metrics.csv"));
        let settings =
            [("model/lr", Setting::Number(0.1)), ("seed", Setting::Number(3.0)), ("on", Setting::Flag(true))];
        for (fact, (name, value)) in facts.iter().zip(settings) {
            assert_eq!(*fact, Fact::Setting(name.to_owned(), value));
        }
        assert_eq!(facts.len(), 4);
        assert!(matches!(&facts[3], Fact::Fault(text) if text.contains("args.yaml")), "{:?}", facts[3]);
        assert_eq!(settings_beside(folder.path()), facts);
        assert_eq!(settings_files(folder.path()).len(), 3);
    }

    #[test]
    fn files_of_settings_are_no_runs() {
        for name in ["a/hparams.yaml", "config.json", "x/.hydra/overrides.yaml"] {
            assert!(is_settings_file(Path::new(name)), "{name}");
        }
        for name in ["a/metrics.csv", "my_config.json", "config.json/a", ".hydra/log"] {
            assert!(!is_settings_file(Path::new(name)), "{name}");
        }
    }
}
