//! `perceptop diff`: what two runs differ in, settings and results, as text.
//!
//! Does not depend on a screen.

use super::groups::{differing, value};
use super::text::{duration, printable, side_by_side};
use super::{ReportError, load};
use crate::metrics::mcnemar_of;
use crate::protocol::Spec;
use crate::state::{RunState, Series, best_value, better, free_differences};
use crate::study::published::Metric;
use serde_json::Value;
use std::path::Path;

/// Compares the runs that two paths name (a log, or `SESSION/RUN`): the settings in which they differ, their final
/// figures side by side and, where both logs list their wrong answers, McNemar's test on the same test images.
///
/// # Errors
/// When a path names no run, or several.
pub fn diff(a: &Path, b: &Path) -> Result<String, ReportError> {
    Ok(compare(&load::run(a)?, &load::run(b)?))
}

/// Compares two runs that are in memory, as [`diff`] does.
#[must_use]
pub fn compare(a: &RunState, b: &RunState) -> String {
    let mut rows = vec![[String::new(), printable(&a.id), printable(&b.id)]];
    rows.extend(settings(a, b));
    let settings = rows.len() - 1;
    rows.push([String::new(), String::new(), String::new()]);
    rows.extend(results(a, b));
    let mut text = columns(&rows);
    match (&a.spec, &b.spec) {
        (Some(_), Some(_)) | (None, None) if settings > 0 => {}
        (None, None) if a.info.settings == b.info.settings && !a.info.settings.is_empty() => {
            text.push_str("\nThe two runs have the same settings.\n");
        }
        (None, None) => text.push_str("\nSettings unknown: the logs do not hold them.\n"),
        (Some(_), Some(_)) => text.push_str("\nThe two runs have the same settings, seed and data.\n"),
        (known, _) => {
            let unknown = if known.is_some() { &b.id } else { &a.id };
            text.push_str("\nSettings of ");
            text.push_str(&printable(unknown));
            text.push_str(" unknown: its log does not hold them.\n");
        }
    }
    text.push('\n');
    text.push_str(&test(a, b));
    text
}

/// A row for each setting that differs, seed and data first.
fn settings(a: &RunState, b: &RunState) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    // A log without settings holds neither seed nor data.
    let (Some(one), Some(other)) = (a.spec.as_deref(), b.spec.as_deref()) else {
        let shown = |value: Option<String>| value.map_or_else(|| "-".to_owned(), |value| printable(&value));
        let found = free_differences(&a.info, &b.info);
        return found.into_iter().map(|(name, a, b)| [printable(&name), shown(a), shown(b)]).collect();
    };
    if a.dataset != b.dataset {
        rows.push(["data".to_owned(), printable(&a.dataset), printable(&b.dataset)]);
    }
    if a.seed != b.seed {
        rows.push(["seed".to_owned(), a.seed.to_string(), b.seed.to_string()]);
    }
    rows.extend(differing(one, other, true).into_iter().map(|(key, a, b)| [key, shown(&a), shown(&b)]));
    let switched =
        |run: &RunState, spec: &Spec| run.current.as_deref().map_or(0, |current| differing(spec, current, true).len());
    let (a_switched, b_switched) = (switched(a, one), switched(b, other));
    if a_switched + b_switched > 0 {
        rows.push(["switched while live".to_owned(), a_switched.to_string(), b_switched.to_string()]);
    }
    rows
}

/// A setting as it stands in a suite; single precision prints as it was written.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => printable(text),
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(String::new, super::sweeps::short),
        other => printable(&other.to_string()),
    }
}

fn results(a: &RunState, b: &RunState) -> Vec<[String; 3]> {
    let mut rows = vec![["state".to_owned(), a.status.name().to_owned(), b.status.name().to_owned()]];
    let knows_epochs = |run: &RunState| run.spec.is_some() || run.epoch > 0.0;
    if knows_epochs(a) || knows_epochs(b) {
        let epochs = |run: &RunState| if knows_epochs(run) { format!("{:.2}", run.epoch) } else { "-".to_owned() };
        rows.push(["epochs".to_owned(), epochs(a), epochs(b)]);
    }
    if a.spec.is_none() || b.spec.is_none() {
        rows.push(["steps".to_owned(), a.step.to_string(), b.step.to_string()]);
    }
    let mut row = |name: &str, of: &dyn Fn(&RunState) -> Option<f64>| {
        let (x, y) = (of(a), of(b));
        if x.is_some() || y.is_some() {
            let (x, y) = side_by_side(x, y);
            rows.push([name.to_owned(), x, y]);
        }
    };
    row("training loss", &|run| own_value(run, Metric::TrainLoss));
    row("test loss", &|run| own_value(run, Metric::TestLoss));
    row("test accuracy", &|run| own_value(run, Metric::TestAccuracy));
    row("best test accuracy", &|run| run.best().map(|best| f64::from(best.test_accuracy)));
    for class in 0..a.confusion().or(b.confusion()).map_or(0, <[_]>::len) {
        row(&format!("F1 of {class}"), &|run| value(run, Metric::F1(class)));
    }
    row("inactive at the end", &|run| run.inactive.as_ref().map(|inactive| f64::from(inactive.inactive)));
    row("objective", &|run| run.fitted.as_ref().and_then(|fitted| fitted.objective));
    for name in foreign_metrics(a).chain(foreign_metrics(b).filter(|name| a.spec.is_some() || a.metric(name).is_none()))
    {
        row(&printable(name), &|run| run.metric(name).and_then(Series::last).map(|point| point.value));
        if better(name).is_some() {
            row(&format!("{}, best", printable(name)), &|run| best_value(run, name));
        }
    }
    // Times of another program's log may begin again with each restart.
    let times = |run: &RunState| match (&run.spec, run.segments) {
        (None, 1..) => format!("{} of the last part of {}", duration(run.seconds), run.segments + 1),
        (None, 0) if run.seconds == 0.0 => "-".to_owned(),
        _ => duration(run.seconds),
    };
    rows.push(["time".to_owned(), times(a), times(b)]);
    rows
}

/// A final figure of a run of this program; those of others go by their own names.
fn own_value(run: &RunState, metric: Metric) -> Option<f64> {
    run.spec.as_ref()?;
    value(run, metric)
}

/// The metrics of another program's run.
fn foreign_metrics(run: &RunState) -> impl Iterator<Item = &String> {
    run.series.keys().filter(|_| run.spec.is_none())
}

fn test(a: &RunState, b: &RunState) -> String {
    let images =
        |run: &RunState| run.confusion().map(|table| table.iter().flatten().map(|n| u64::from(*n)).sum::<u64>());
    let (Some(wrong_a), Some(wrong_b)) = (a.misclassified(), b.misclassified()) else {
        return "No McNemar's test: not both logs list their wrong answers.\n".to_owned();
    };
    if a.dataset != b.dataset || images(a) != images(b) {
        return "No McNemar's test: the runs were not tested on the same images.\n".to_owned();
    }
    let test = mcnemar_of(wrong_a.iter().map(|wrong| wrong.0), wrong_b.iter().map(|wrong| wrong.0));
    let (a, b) = (printable(&a.id), printable(&b.id));
    let verdict = if test.p < 0.05 { "they err differently" } else { "chance may explain the difference" };
    let p = if test.p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {:.3}", test.p) };
    format!(
        "McNemar's test: {} images only {a} got wrong, {} only {b}; {p} ({verdict}).\n",
        test.only_a_wrong, test.only_b_wrong
    )
}

/// Columns as wide as their widest cell.
fn columns(rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
