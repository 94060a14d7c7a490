//! Runs of DVCLive: a table for each metric below `plots/metrics`, with `metrics.json` as the summary and `params.yaml`.
//!
//! A metric that is logged with `timestamp=True` has the time in milliseconds. Tried with DVCLive 3.49.

use super::metric_files::{Columns, FolderReader, Layout};
use crate::series::Point;
use crate::{Fact, Format, Options, Reader, RunFiles, cell, settings_of};
use std::path::{Path, PathBuf};

/// A DVCLive run.
pub(crate) static DVCLIVE: Format = Format { what: "a DVCLive run", detect, run_key, inner_runs: None, open };

fn detect(path: &Path, head: &[u8]) -> bool {
    let Some(root) = root_of(path) else { return false };
    if path.extension().is_some_and(|ending| ending == "tsv") {
        let line = String::from_utf8_lossy(head.split(|byte| *byte == b'\n').next().unwrap_or_default());
        return line.split('\t').any(|name| name == "step");
    }
    root.join("plots/metrics").is_dir()
}

/// The folder of the run that a table or a summary belongs to.
fn root_of(path: &Path) -> Option<&Path> {
    if path.file_name().is_some_and(|name| name == "metrics.json") {
        return path.parent();
    }
    path.ancestors()
        .skip(1)
        .find(|folder| folder.ends_with("plots/metrics"))
        .and_then(Path::parent)
        .and_then(Path::parent)
}

fn run_key(path: &Path) -> PathBuf {
    root_of(path).unwrap_or(path).to_owned()
}

fn open(run: &RunFiles, options: &Options) -> Box<dyn Reader> {
    let root = run.files.first().map(|file| run_key(file)).unwrap_or_default();
    Box::new(FolderReader::new(Run { root }, options))
}

struct Run {
    root: PathBuf,
}

impl Layout for Run {
    fn metrics(&self) -> (PathBuf, &'static str) {
        (self.root.join("plots/metrics"), ".tsv")
    }

    fn point(&self, line: &str, columns: &mut Columns) -> Option<Point> {
        let Some(names) = columns else {
            *columns = line.contains("step").then(|| line.split('\t').map(str::to_owned).collect());
            return None;
        };
        let mut point = (f64::NAN, None, None);
        for (name, cell) in names.iter().zip(line.split('\t')) {
            let value = cell::number(cell.as_bytes());
            match name.as_str() {
                "step" => point.0 = value?,
                "timestamp" => point.1 = value.map(|time| time / 1000.0),
                _ => point.2 = value,
            }
        }
        Some((point.0, point.1, point.2?))
    }

    fn fact_files(&self) -> Vec<PathBuf> {
        vec![self.root.join("params.yaml")]
    }

    fn facts(&self) -> Vec<Fact> {
        let file = self.root.join("params.yaml");
        if file.is_file() { settings_of(&file) } else { Vec::new() }
    }
}
