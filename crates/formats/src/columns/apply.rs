//! Rows of a text turned into a batch: steps, times and metrics.

use super::plan::Plan;
use super::steps::Steps;
use crate::batch::MAX_NAMES;
use crate::rows::{RawRow, Rows};
use crate::{Batch, Fact, Options, Setting};
use std::collections::HashSet;

/// First rows that decide what the columns are.
const WINDOW_ROWS: usize = 256;

/// Numbers in them at most.
const WINDOW_NUMBERS: usize = 100_000;

/// A time from which it is in milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS: f64 = 1e11;

/// What the names of settings within rows begin with.
const SETTINGS: &str = "config/";

/// A metric's index in the batch that is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// What the numbers of a column become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Metric,
    Step,
    /// It is a metric, too.
    Epoch,
    Time,
    Planned,
    /// Below `config`, as Ray's `result.json` repeats it in every row.
    Setting,
    Dropped,
}

/// Resolves the columns of one file, row after row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    options: Options,
    /// The first rows, until there are enough of them.
    window: Rows,
    is_decided: bool,
    plan: Option<Plan>,
    steps: Steps,
    planned: Option<f64>,
    /// Settings that were said.
    settings: HashSet<String>,
}

impl Columns {
    pub(crate) fn new(options: &Options) -> Self {
        Self { options: options.clone(), ..Self::default() }
    }

    /// Adds rows to a batch. When the first rows turn out to mean something else than was said of them before, the batch
    /// begins again, with all rows so far; whether it does.
    pub(crate) fn take(&mut self, rows: &[Rows], batch: &mut Batch) -> bool {
        let mut is_again = false;
        let mut begin = (0, 0);
        if !self.is_decided {
            let known = self.window.len();
            begin = self.fill(rows);
            if self.window.len() > known {
                let plan = Plan::of(&self.window, &self.options);
                let is_new = self.plan.as_ref() != Some(&plan);
                let from = if is_new { 0 } else { known };
                if is_new {
                    is_again = known > 0;
                    (self.steps, self.planned) = (Steps::default(), None);
                    self.settings.clear();
                    say(&plan, self.options.x.as_deref(), batch);
                    self.plan = Some(plan);
                }
                let window = std::mem::take(&mut self.window);
                self.emit(&window, from, batch);
                if !self.is_decided {
                    self.window = window;
                }
            }
        }
        for (at, rows) in rows.iter().enumerate().skip(begin.0) {
            self.emit(rows, if at == begin.0 { begin.1 } else { 0 }, batch);
        }
        is_again
    }

    /// Fills the window; which rows come behind it.
    fn fill(&mut self, rows: &[Rows]) -> (usize, usize) {
        for (at, rows) in rows.iter().enumerate() {
            for row in 0..rows.len() {
                if self.window.len() >= WINDOW_ROWS || self.window.numbers() >= WINDOW_NUMBERS {
                    self.is_decided = true;
                    return (at, row);
                }
                self.window.append(rows, row..row + 1);
            }
        }
        (rows.len(), 0)
    }

    fn emit(&mut self, rows: &Rows, from: usize, batch: &mut Batch) {
        let Some(plan) = self.plan.take() else { return };
        let roles: Vec<Role> = rows.names.iter().map(|name| role(&plan, name)).collect();
        // The index of each metric in the batch, for each kind of row.
        let mut places = vec![UNKNOWN; roles.len() * (rows.kinds.len() + 1)];
        for row in rows.rows_from(from) {
            let (mut step, mut epoch, mut time) = (None, None, None);
            for (place, value) in row.values {
                let is_metric = match roles[*place as usize] {
                    Role::Metric => true,
                    Role::Step => {
                        step = Some(*value);
                        false
                    }
                    Role::Epoch => {
                        epoch = Some(*value);
                        true
                    }
                    Role::Time => {
                        time = Some(*value);
                        false
                    }
                    Role::Planned => {
                        self.plan_said(*value, batch);
                        false
                    }
                    Role::Setting => {
                        self.set(&rows.names[*place as usize], *value, batch);
                        false
                    }
                    Role::Dropped => false,
                };
                if is_metric {
                    push(rows, row, *place, *value, &mut places, batch);
                }
            }
            let time = time.filter(|time| time.is_finite());
            let time = time.map(|time| if time > MILLISECONDS { time / 1000.0 } else { time });
            let step = match &plan.step {
                Some(_) => self.steps.next(step, epoch, row.kind),
                None => self.steps.by_row(),
            };
            batch.end_row(step, time);
        }
        self.plan = Some(plan);
    }

    fn set(&mut self, name: &str, value: f64, batch: &mut Batch) {
        if self.settings.len() < MAX_NAMES && !self.settings.contains(name) {
            self.settings.insert(name.to_owned());
            let name = name.strip_prefix(SETTINGS).unwrap_or(name).to_owned();
            batch.facts.push(Fact::Setting(name, Setting::Number(value)));
        }
    }

    fn plan_said(&mut self, planned: f64, batch: &mut Batch) {
        if self.planned != Some(planned) && planned.is_finite() {
            self.planned = Some(planned);
            batch.facts.push(Fact::PlannedSteps(planned));
        }
    }
}

#[inline]
fn push(rows: &Rows, row: RawRow<'_>, place: u32, value: f64, places: &mut [u32], batch: &mut Batch) {
    let slot = &mut places[row.kind as usize * rows.names.len() + place as usize];
    if *slot == UNKNOWN {
        let name = rows.names[place as usize].trim();
        let kind = (row.kind as usize).checked_sub(1).map(|kind| rows.kinds[kind].as_str());
        let index = match kind.filter(|kind| !has_kind(name, kind)) {
            Some(kind) => batch.name(&format!("{kind}/{name}")),
            None => batch.name(name),
        };
        let Some(index) = index else {
            batch.leave_out();
            return;
        };
        *slot = index;
    }
    batch.push_at(*slot, value);
}

/// Whether a name says its kind already, or is of the whole run.
fn has_kind(name: &str, kind: &str) -> bool {
    let behind = name.strip_prefix(kind).is_some_and(|behind| behind.starts_with(['/', '_', '.', '-']));
    behind || super::names::is_epoch(name)
}

fn role(plan: &Plan, name: &str) -> Role {
    let is = |chosen: &Option<String>| chosen.as_deref() == Some(name);
    if is(&plan.step) {
        Role::Step
    } else if is(&plan.time) {
        Role::Time
    } else if is(&plan.epoch) {
        Role::Epoch
    } else if is(&plan.planned) {
        Role::Planned
    } else if name.starts_with(SETTINGS) {
        Role::Setting
    } else if plan.dropped.iter().any(|dropped| dropped == name) {
        Role::Dropped
    } else {
        Role::Metric
    }
}

fn say(plan: &Plan, chosen: Option<&str>, batch: &mut Batch) {
    batch.facts.push(Fact::StepColumn(plan.step.clone().map(|step| step.trim().to_owned())));
    if plan.step.is_some() {
        return;
    }
    if let Some(chosen) = chosen {
        let names = plan.growing.join(", ");
        let fault = format!("There is no column {chosen}: the rows are counted. These only grow: {names}.");
        batch.facts.push(Fact::Fault(fault));
        return;
    }
    let remark = match plan.growing.as_slice() {
        [] => "No column counts steps: the rows are counted.".to_owned(),
        names => {
            let names = names.join(", ");
            format!(
                "No column counts steps: the rows are counted. `--x NAME` takes a column; these only grow: {names}."
            )
        }
    };
    batch.facts.push(Fact::Remark(remark));
}
