//! MLflow's file store: `mlruns/EXPERIMENT/RUN` with `meta.yaml` and a file for each metric, parameter and tag.
//!
//! A line of a metric is `milliseconds value step`. The models that MLflow 3 logs repeat metrics of their runs, so their
//! files belong to those. Tried with MLflow 3.17.

use super::metric_files::{Columns, FolderReader, Layout};
use crate::json::{get, number, text};
use crate::series::Point;
use crate::sqlite::{mlflow_end, mlflow_setting};
use crate::{Fact, Format, Options, Reader, RunFiles, cell, read_head, yaml};
use std::path::{Path, PathBuf};

/// Parameters or tags of one run.
const MAX_SETTINGS: usize = 2_000;

/// Bytes of a parameter that are kept.
const MAX_VALUE: usize = 4_000;

/// A run of MLflow's file store.
pub(crate) static MLFLOW_FILES: Format = Format {
    what: "an MLflow run",
    detect: |path, _| run_of(path).is_some(),
    run_key: |path| run_of(path).unwrap_or_else(|| path.to_owned()),
    inner_runs: None,
    open,
};

/// The folder of the run that a file belongs to.
fn run_of(path: &Path) -> Option<PathBuf> {
    let folder = if path.file_name().is_some_and(|name| name == "meta.yaml") {
        path.parent()?
    } else {
        let is_part = |folder: &&Path| {
            let name = folder.file_name().and_then(|name| name.to_str());
            matches!(name, Some("metrics" | "params" | "tags")) && folder.with_file_name("meta.yaml").is_file()
        };
        path.ancestors().skip(1).take(10).find(is_part)?.parent()?
    };
    let meta = read_head(&folder.join("meta.yaml"), 64 << 10).ok()?;
    let meta = String::from_utf8_lossy(&meta);
    let value = |key: &str| meta.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned());
    if value("model_id:").is_some() {
        // EXPERIMENT/models/MODEL
        let run = value("source_run_id:").filter(|run| run.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
        return Some(folder.parent()?.parent()?.join(run)).filter(|run| run.is_dir());
    }
    value("run_id:").or_else(|| value("run_uuid:")).map(|_| folder.to_owned())
}

fn open(run: &RunFiles, options: &Options) -> Box<dyn Reader> {
    let root = run.files.first().map(|file| (MLFLOW_FILES.run_key)(file)).unwrap_or_default();
    Box::new(FolderReader::new(Run { root }, options))
}

struct Run {
    root: PathBuf,
}

impl Layout for Run {
    fn metrics(&self) -> (PathBuf, &'static str) {
        (self.root.join("metrics"), "")
    }

    fn point(&self, line: &str, _: &mut Columns) -> Option<Point> {
        let mut words = line.split_ascii_whitespace();
        let mut next = || words.next().and_then(|word| cell::number(word.as_bytes()));
        let (time, value) = (next()?, next()?);
        // Before MLflow 1.0 there were no steps.
        Some((next().unwrap_or(0.0), Some(time / 1000.0), value))
    }

    fn fact_files(&self) -> Vec<PathBuf> {
        ["meta.yaml", "params", "tags"].map(|name| self.root.join(name)).to_vec()
    }

    fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        let meta = read_head(&self.root.join("meta.yaml"), 64 << 10).unwrap_or_default();
        match yaml::parse(&String::from_utf8_lossy(&meta)) {
            Ok(meta) => {
                let word = |key: &str| get(&meta, key).and_then(text);
                let time = |key: &str| get(&meta, key).and_then(number).map(|time| time / 1000.0);
                facts.extend(word("run_name").filter(|name| !name.is_empty()).map(|name| Fact::Name(name.to_owned())));
                facts.extend(time("start_time").map(Fact::Started));
                let status = get(&meta, "status").and_then(number).map(|status| status.to_string());
                let end = status.as_deref().or(word("status")).and_then(mlflow_end);
                facts.extend(end.map(|end| Fact::Ended(end, time("end_time"), String::new())));
            }
            Err(error) => facts.push(Fact::Fault(format!("The run's meta.yaml is not read: {error}."))),
        }
        for (folder, prefix) in [("params", ""), ("tags", "tags/")] {
            add_settings(&self.root.join(folder), "", prefix, &mut facts);
        }
        facts
    }
}

/// A file a setting; names may hold `/`.
fn add_settings(folder: &Path, above: &str, prefix: &str, facts: &mut Vec<Fact>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_SETTINGS).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if above.is_empty() { name } else { format!("{above}/{name}") };
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && name.matches('/').count() < 8 && facts.len() < MAX_SETTINGS {
            add_settings(&entry.path(), &name, prefix, facts);
        } else if kind.is_file()
            && let Ok(value) = read_head(&entry.path(), MAX_VALUE)
        {
            facts.extend(mlflow_setting(prefix, &name, String::from_utf8_lossy(&value).trim_end_matches('\n')));
        }
    }
}
