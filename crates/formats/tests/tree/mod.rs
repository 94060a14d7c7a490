//! Runs as the program finds them: files of a folder, recognised, grouped and read to their end.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test takes what it needs")]

use perceptop_formats::{Batch, Fact, Format, InnerRun, Options, Progress, Reader, RunFiles, format_of, read_head};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A run that was read.
#[derive(Debug, Default)]
pub struct Run {
    pub what: &'static str,
    pub name: String,
    pub files: Vec<PathBuf>,
    /// Step, time and value of each metric.
    pub rows: BTreeMap<String, Vec<(f64, Option<f64>, f64)>>,
    pub facts: Vec<Fact>,
    pub errors: Vec<String>,
    pub was_again: bool,
}

impl Run {
    pub fn values(&self, name: &str) -> Vec<(f64, f64)> {
        self.rows.get(name).map_or(Vec::new(), |rows| rows.iter().map(|row| (row.0, row.2)).collect())
    }

    pub fn take(&mut self, reader: &mut dyn Reader) {
        let mut batch = Batch::default();
        loop {
            let progress = match reader.read(&mut batch) {
                Ok(progress) => progress,
                Err(error) => {
                    self.errors.push(error.to_string());
                    return;
                }
            };
            if batch.is_again {
                self.was_again = true;
                self.rows.clear();
                self.facts.clear();
            }
            for row in batch.rows() {
                for (name, value) in row.values {
                    let name = batch.names()[*name as usize].to_string();
                    self.rows.entry(name).or_default().push((row.step, row.time, *value));
                }
            }
            self.facts.append(&mut batch.facts);
            if progress == Progress::UpToDate {
                return;
            }
        }
    }
}

pub fn series(steps: &[u32], more: f64) -> Vec<(f64, f64)> {
    steps.iter().map(|step| (f64::from(*step), f64::from(*step) + more)).collect()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

pub struct Found {
    pub format: &'static Format,
    pub run: RunFiles,
}

/// The runs below a folder.
pub fn find(folder: &Path) -> Vec<Found> {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut groups: BTreeMap<(&str, PathBuf), (&'static Format, Vec<PathBuf>)> = BTreeMap::new();
    for path in paths {
        if let Some(format) = format_of(&path, &read_head(&path, 65_536).unwrap()) {
            let key = (format.what, (format.run_key)(&path));
            groups.entry(key).or_insert((format, Vec::new())).1.push(path);
        }
    }
    let mut found = Vec::new();
    for (format, files) in groups.into_values() {
        let inner: Vec<Option<InnerRun>> = match format.inner_runs {
            Some(inner) => inner(&files[0]).unwrap().into_iter().map(Some).collect(),
            None => vec![None],
        };
        found.extend(inner.into_iter().map(|inner| Found { format, run: RunFiles { files: files.clone(), inner } }));
    }
    found
}

/// Every run below a folder, read to its end.
pub fn read_all(folder: &Path) -> Vec<Run> {
    let read = |found: Found| {
        let mut run = Run { what: found.format.what, files: found.run.files.clone(), ..Run::default() };
        run.name = found.run.inner.as_ref().map_or(String::new(), |inner| inner.name.clone());
        run.take(&mut *(found.format.open)(&found.run, &Options::default()));
        run
    };
    find(folder).into_iter().map(read).collect()
}

pub fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub fn read_folder(files: &[(&str, String)]) -> Vec<Run> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    read_all(folder.path())
}

/// The one run of one file.
pub fn read_text(name: &str, text: &str) -> Run {
    let mut runs = read_folder(&[(name, text.to_owned())]);
    assert_eq!(runs.len(), 1, "{text}");
    runs.remove(0)
}

pub fn what(name: &str, text: &str) -> Option<&'static str> {
    format_of(Path::new(name), text.as_bytes()).map(|format| format.what)
}
