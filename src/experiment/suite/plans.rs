//! From a suite to the runs that it means: the selection, the grids, the seeds, their order and their names.
//!
//! Does not depend on data sets: what only the data can tell is checked in `fit.rs`.

use super::error::{Place, SuiteError, nearest, printable, shown};
use super::fields::assemble;
use super::layer::Layer;
use super::read::{Experiment, Suite, is_name, seeds};
use crate::protocol::{RunPlan, Spec};
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

/// More runs than anyone waits for: a grid with a list too many.
const MAX_RUNS: usize = 100_000;

/// What the command line asks of a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// `--only NAME`: experiments by name, all when empty. The name of one cell of a grid (`sigmoid-lr0.1`) works too.
    pub only: Vec<String>,
    /// `--set KEY=VALUE`: a dotted key and a JSON value or a bare word, which override the base and every experiment.
    pub set: Vec<String>,
}

/// One experiment with its grid resolved: a name shared by its seeds, and everything but the seed.
struct Cell<'a> {
    name: String,
    spec: Arc<Spec>,
    seeds: &'a [u64],
    experiment: &'a Experiment,
}

impl Suite {
    /// The runs of the suite in their order: the first seed of every experiment, then the second of every one.
    ///
    /// Two experiments of included suites that mean the same run (name, seed and settings) mean it once.
    ///
    /// # Errors
    /// When the selection names what does not exist or sets what cannot be, or two different runs have one name.
    pub fn plans(&self, selection: &Selection) -> Result<Vec<RunPlan>, SuiteError> {
        let over = Overrides::read(&selection.set)?;
        let experiments: Vec<Experiment> = self.experiments.iter().map(|experiment| over.apply(experiment)).collect();
        let mut found: usize = 0;
        for experiment in &experiments {
            found = found.saturating_add(runs_of(experiment));
            if found > MAX_RUNS {
                return Err(too_many(&experiment.place, found));
            }
        }
        let mut cells = Vec::new();
        for experiment in &experiments {
            cells.extend(resolve(experiment)?);
        }
        let cells = self.select(cells, &selection.only)?;
        let longest = cells.iter().map(|cell| cell.seeds.len()).max().unwrap_or(0);
        let mut named: BTreeMap<String, &Cell<'_>> = BTreeMap::new();
        let mut plans = Vec::new();
        for (round, cell) in (0..longest).flat_map(|round| cells.iter().map(move |cell| (round, cell))) {
            let Some(&seed) = cell.seeds.get(round) else { continue };
            let run = format!("{}-s{seed}", cell.name);
            match named.entry(run.clone()) {
                Entry::Occupied(older) if is_same_run(older.get(), cell) => continue,
                Entry::Occupied(older) => {
                    let (first, second) = (older.get().experiment.place.clone(), cell.experiment.place.clone());
                    return Err(SuiteError::DuplicateRun { run, first, second });
                }
                Entry::Vacant(slot) => slot.insert(cell),
            };
            let (name, spec) = (cell.name.clone(), Arc::clone(&cell.spec));
            plans.push(RunPlan { run, name, order: plans.len() as u32, seed, spec, fork_of: None });
        }
        Ok(plans)
    }

    /// How many runs its grids and seeds make, those counted twice that two included suites name.
    #[must_use]
    pub fn size(&self) -> usize {
        self.experiments.iter().map(runs_of).fold(0, usize::saturating_add)
    }

    fn select<'a>(&self, cells: Vec<Cell<'a>>, only: &[String]) -> Result<Vec<Cell<'a>>, SuiteError> {
        for name in only {
            if !cells.iter().any(|cell| is_meant(cell, name)) {
                let mut names: Vec<&str> = cells.iter().map(|cell| cell.experiment.name.as_str()).collect();
                names.dedup();
                return Err(SuiteError::UnknownExperiment {
                    path: self.path.clone(),
                    name: name.chars().filter(|letter| !letter.is_control()).take(64).collect(),
                    suggestion: nearest(name, names.iter().copied()),
                    allowed: names.join(", "),
                });
            }
        }
        Ok(cells.into_iter().filter(|cell| only.is_empty() || only.iter().any(|name| is_meant(cell, name))).collect())
    }
}

fn is_meant(cell: &Cell<'_>, name: &str) -> bool {
    cell.experiment.name == name || cell.name == name
}

/// The same run named by two files. Within one file, naming a run twice is a slip that should be seen.
fn is_same_run(older: &Cell<'_>, newer: &Cell<'_>) -> bool {
    older.spec == newer.spec && !older.experiment.place.is_same_file(&newer.experiment.place)
}

fn too_many(place: &Place, found: usize) -> SuiteError {
    SuiteError::Value {
        place: place.clone(),
        found: format!("grids and seeds that make {found} runs"),
        suggestion: None,
        allowed: format!("at most {MAX_RUNS} runs"),
    }
}

/// How many runs the grid and the seeds of an experiment make.
fn runs_of(experiment: &Experiment) -> usize {
    experiment.layer.combinations().unwrap_or(usize::MAX).saturating_mul(experiment.seeds.len())
}

fn resolve(experiment: &Experiment) -> Result<Vec<Cell<'_>>, SuiteError> {
    let mut cells = Vec::new();
    for (labels, sets) in experiment.layer.grid() {
        let name = std::iter::once(experiment.name.clone()).chain(labels).collect::<Vec<_>>().join("-");
        let mut spec = assemble(sets.iter().map(|(key, value)| (*key, value))).map_err(|error| SuiteError::Value {
            place: experiment.place.clone(),
            found: name.clone(),
            suggestion: None,
            allowed: error.to_string(),
        })?;
        if let Some(weights) = &mut spec.initial_weights {
            *weights = existing(weights, experiment)?;
        }
        // A run's id is 128 bytes at most, of which the seed and the mark of a fork need some.
        if name.len() > 96 || !is_name(&name[..name.len().min(64)]) {
            return Err(SuiteError::Value {
                place: experiment.place.clone(),
                found: format!("a run named {name}"),
                suggestion: None,
                allowed: "grids that make names of at most 96 letters".to_owned(),
            });
        }
        cells.push(Cell { name, spec: Arc::new(spec), seeds: &experiment.seeds, experiment });
    }
    Ok(cells)
}

/// The path of initial weights, relative to the suite that names them.
fn existing(weights: &str, experiment: &Experiment) -> Result<String, SuiteError> {
    let path = experiment.folder.join(weights);
    if path.is_file() {
        return Ok(path.to_string_lossy().into_owned());
    }
    Err(SuiteError::Value {
        place: experiment.place.key("initial_weights"),
        found: shown(&Value::from(weights)),
        suggestion: None,
        allowed: format!("a file that exists; there is none at {}", printable(&path)),
    })
}

/// `--set` read.
#[derive(Default)]
struct Overrides {
    layer: Layer,
    seeds: Option<Vec<u64>>,
    weights: bool,
}

impl Overrides {
    fn read(set: &[String]) -> Result<Self, SuiteError> {
        let mut over = Self::default();
        for text in set {
            let (key, value) = text.split_once('=').ok_or_else(|| SuiteError::Value {
                place: Place::set(),
                found: shown(&Value::from(text.as_str())),
                suggestion: None,
                allowed: "KEY=VALUE, such as epochs=3 or regulariser.l2=1e-4 or seeds=[7]".to_owned(),
            })?;
            let value = super::json::parse(value).unwrap_or_else(|_| Value::from(value));
            let place = Place::set().key(key);
            if key == "seeds" {
                over.seeds = Some(seeds(&value, &place)?);
            } else {
                let mut layer = Layer::default();
                layer.read_key(key, &value, &place, &["seeds"])?;
                over.layer = over.layer.overlaid(&layer);
                over.weights |= key == "initial_weights";
            }
        }
        Ok(over)
    }

    fn apply(&self, experiment: &Experiment) -> Experiment {
        let mut experiment = experiment.clone();
        experiment.layer = experiment.layer.overlaid(&self.layer);
        if let Some(seeds) = &self.seeds {
            experiment.seeds.clone_from(seeds);
        }
        if self.weights {
            // A path on the command line is relative to where the command was given.
            Path::new("").clone_into(&mut experiment.folder);
        }
        experiment
    }
}
