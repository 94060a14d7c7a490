//! `perceptop run SUITE --dry-run`: the runs of a suite, their settings and the time they will take; and
//! `perceptop suites`: the suites that are built in. Neither writes a file.
//!
//! Does not depend on how runs are carried out.

use super::Status;
use super::arguments::Run;
use super::run::TrainingRequest;
use super::suite::{self, Planned};
use crate::experiment::estimate::{Estimate, estimate};
use crate::experiment::suite::{BUILT_IN, Selection, Suite};
use crate::fmt::number;
use crate::protocol::spec_fields::{FIELDS, SpecField};
use crate::protocol::{Features, HogSettings, RunPlan, Spec};
use crate::ui::fields;
use anyhow::Result;
use serde_json::Value;
use std::io::{self, Write};

/// Lists what `perceptop run` would train.
pub(super) fn dry_run(run: &Run, out: &mut dyn Write) -> Result<Status> {
    let order = TrainingRequest::of_run(run);
    let named = run.suite.as_deref().unwrap_or(suite::DEFAULT);
    let Planned { name, plans } = match suite::planned(named, &run.training) {
        Ok(planned) => planned,
        Err(error) => {
            writeln!(io::stderr(), "perceptop: {error}")?;
            return Ok(Status::Usage);
        }
    };
    let choice = order.data().choice;
    let data = suite::fits(named, &plans, &choice, order.jobs())?;
    let jobs = order.jobs().min(plans.len().max(1));
    writeln!(
        out,
        "{name}: {} on {} ({} training and {} test images of {}x{} pixels), {jobs} at a time",
        counted(plans.len(), "run"),
        data.name,
        data.train,
        data.test,
        data.height,
        data.width
    )?;
    let estimate = estimate(&plans, &data);
    let usual: Vec<_> = FIELDS.iter().filter_map(|field| Some((field, usual(&plans, field)?))).collect();
    for line in table(&plans, &usual, &estimate).iter().chain(&shared(&usual)).chain(&time(&estimate, jobs)) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "A dry run: nothing was trained and nothing written.")?;
    Ok(Status::Done)
}

/// `1 run`, `2 runs`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A setting of a run as a text; nothing where its family has no such setting.
fn text(spec: &Spec, field: &SpecField) -> Option<String> {
    if !field.families.contains(&spec.family) {
        return None;
    }
    match (field.key, spec.features) {
        ("hidden", _) => Some(fields::hidden(spec)),
        ("features", Features::Hog(hog)) if hog == HogSettings::default() => Some("hog".to_owned()),
        (key, _) => {
            // Through a text, in which single precision has its shortest decimals.
            let tree: Value = serde_json::from_str(&serde_json::to_string(spec).ok()?).ok()?;
            match key.split('.').fold(&tree, |value, part| &value[part]) {
                Value::Null => None,
                Value::String(word) => Some(word.clone()),
                other => Some(other.to_string()),
            }
        }
    }
}

/// The most frequent value of a setting among the runs that have it, the first of several.
fn usual(plans: &[RunPlan], field: &SpecField) -> Option<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for value in plans.iter().filter_map(|plan| text(&plan.spec, field)) {
        match counts.iter_mut().find(|(other, _)| *other == value) {
            Some((_, count)) => *count += 1,
            None => counts.push((value, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
}

/// A row for each run: its name, its time, and the settings in which it differs from the usual ones.
fn table(plans: &[RunPlan], usual: &[(&'static SpecField, String)], estimate: &Estimate) -> Vec<String> {
    let wide = plans.iter().map(|plan| plan.run.len()).max().unwrap_or(0).max(3);
    let mut lines = vec![format!("  {:wide$}  {:>9}  {}", "run", "time", "settings")];
    for (plan, seconds) in plans.iter().zip(&estimate.seconds) {
        let time = seconds.map_or_else(|| "not known".to_owned(), rough);
        let differing = usual.iter().filter_map(|(field, usual)| {
            text(&plan.spec, field).filter(|value| value != usual).map(|value| format!("{}={value}", field.key))
        });
        let settings = differing.collect::<Vec<_>>().join(" ");
        lines.push(format!("  {:wide$}  {time:>9}  {settings}", plan.run).trim_end().to_owned());
    }
    lines
}

/// The usual settings, in lines of at most 80 columns.
fn shared(usual: &[(&'static SpecField, String)]) -> Vec<String> {
    let mut lines = vec!["Where a line above says nothing else:".to_owned()];
    let mut line = String::new();
    for part in usual.iter().map(|(field, value)| format!("{}={value}", field.key)) {
        if !line.is_empty() && line.len() + part.len() + 1 > 80 {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(if line.is_empty() { "  " } else { " " });
        line.push_str(&part);
    }
    lines.extend((!line.is_empty()).then_some(line));
    lines
}

/// A time that is an estimate, with no more figures than that has.
fn rough(seconds: f64) -> String {
    match seconds {
        s if s < 0.95 => format!("{:.1} s", s.max(0.1)),
        s if s < 99.5 => format!("{s:.0} s"),
        s => number::clock_seconds(s),
    }
}

/// What the time comes to, and what it is based on.
fn time(estimate: &Estimate, jobs: usize) -> Vec<String> {
    let sum: f64 = estimate.seconds.iter().flatten().sum();
    let Some(wall) = estimate.wall_clock(jobs) else {
        return vec!["Expected time: not known.".to_owned()];
    };
    let mut basis = format!(
        "Based on {} for a moment on one core of this machine ({} in all)",
        match estimate.tried {
            1 => "one kind of run, tried".to_owned(),
            kinds => format!("{kinds} kinds of run, each tried"),
        },
        rough(estimate.trial_seconds)
    );
    if estimate.scaled > 0 {
        let more = format!("; {} more like those of their family, networks by their multiply-adds", estimate.scaled);
        basis.push_str(&more);
    }
    vec![
        format!("Expected time: about {} with {jobs} at a time, {} of one core.", rough(wall), rough(sum)),
        format!("{basis}."),
        "Features and data are loaded besides; runs that diverge end earlier; a busy machine takes longer.".to_owned(),
    ]
}

/// Lists the built-in suites.
pub(super) fn list(out: &mut dyn Write) -> Result<Status> {
    writeln!(out, "  {:<16} runs  what it is", "suite")?;
    for built_in in BUILT_IN {
        let runs = Suite::built_in(built_in)?.plans(&Selection::default())?.len();
        writeln!(out, "  {:<16} {runs:>4}  {}", built_in.name, built_in.about)?;
    }
    writeln!(out, "`perceptop run NAME` trains one; a file configs/NAME.json here comes before the built-in one.")?;
    writeln!(out, "`perceptop run NAME --dry-run` lists its runs; docs/suites.md says how to write one.")?;
    Ok(Status::Done)
}
