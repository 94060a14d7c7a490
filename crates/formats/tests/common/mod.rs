//! Reading a file whole and while it grows, for the tests of formats.

use perceptop_formats::{Batch, Fact, Options, Progress, Reader, RunFiles, format_of, read_head};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A metric's points: step, time, value.
pub(crate) type Points = Vec<(f64, Option<f64>, f64)>;

/// What a reader gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Run {
    pub(crate) metrics: BTreeMap<String, Points>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) rows: usize,
}

impl Run {
    /// Reads on until all is given.
    pub(crate) fn read_on(&mut self, reader: &mut dyn Reader, batch: &mut Batch) {
        loop {
            let progress = reader.read(batch).unwrap();
            if batch.is_again {
                *self = Self::default();
            }
            for fact in &batch.facts {
                if let Fact::Purged { name, step } = fact {
                    self.purge(name, *step);
                }
            }
            self.facts.append(&mut batch.facts);
            for row in batch.rows() {
                self.rows += 1;
                for (place, value) in row.values {
                    let name = batch.names()[*place as usize].to_string();
                    self.metrics.entry(name).or_default().push((row.step, row.time, *value));
                }
            }
            if progress == Progress::UpToDate {
                return;
            }
        }
    }

    /// Removes what a restart made void.
    fn purge(&mut self, purged: &str, from: f64) {
        if let Some(points) = self.metrics.get_mut(purged) {
            points.retain(|point| point.0 < from);
        }
        self.facts.retain(|fact| match fact {
            Fact::Distribution { name, step, .. } | Fact::Text { name, step, .. } => name != purged || *step < from,
            _ => true,
        });
    }

    /// Facts that do not depend on when the files were read.
    pub(crate) fn lasting_facts(&self) -> Vec<&Fact> {
        self.facts.iter().filter(|fact| !matches!(fact, Fact::Purged { .. } | Fact::Remark(_))).collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.metrics.keys().map(String::as_str).collect()
    }

    pub(crate) fn steps(&self, name: &str) -> Vec<f64> {
        self.metrics.get(name).unwrap_or_else(|| panic!("{name} of {:?}", self.names())).iter().map(|it| it.0).collect()
    }

    pub(crate) fn times(&self, name: &str) -> Vec<f64> {
        self.metrics[name].iter().filter_map(|it| it.1).collect()
    }

    pub(crate) fn values(&self, name: &str) -> Vec<f64> {
        self.metrics.get(name).unwrap_or_else(|| panic!("{name} of {:?}", self.names())).iter().map(|it| it.2).collect()
    }

    pub(crate) fn step_column(&self) -> Option<&str> {
        let found = self.facts.iter().rev().find_map(|fact| match fact {
            Fact::StepColumn(column) => Some(column.as_deref()),
            _ => None,
        });
        found.unwrap()
    }

    pub(crate) fn remarks(&self) -> Vec<&str> {
        let remarks = self.facts.iter().filter_map(|fact| match fact {
            Fact::Remark(text) | Fact::Fault(text) => Some(text.as_str()),
            _ => None,
        });
        remarks.collect()
    }

    /// Rows as bits, for comparing runs with NaN in them.
    pub(crate) fn bits(&self) -> Vec<(String, Vec<[u64; 3]>)> {
        let bits = |it: &(f64, Option<f64>, f64)| [it.0.to_bits(), it.1.map_or(1, f64::to_bits), it.2.to_bits()];
        self.metrics.iter().map(|(name, points)| (name.clone(), points.iter().map(bits).collect())).collect()
    }
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub(crate) fn files(path: &Path) -> RunFiles {
    RunFiles { files: vec![path.to_owned()], inner: None }
}

pub(crate) fn complete() -> Options {
    Options { is_complete: true, ..Options::default() }
}

/// Reads a file that nobody writes.
pub(crate) fn read_with(path: &Path, options: &Options) -> Run {
    let head = read_head(path, 64 << 10).unwrap();
    let format = format_of(path, &head).unwrap_or_else(|| panic!("{} is of no known format", path.display()));
    let mut run = Run::default();
    run.read_on(&mut *(format.open)(&files(path), options), &mut Batch::default());
    run
}

pub(crate) fn read(path: &Path) -> Run {
    read_with(path, &complete())
}
