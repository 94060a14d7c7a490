//! The report of a session that is not the study's: its own experiments, whatever their settings, data and metrics.
//!
//! The study is set beside an experiment only where data and settings are the study's. Which runs are one experiment,
//! and which of them count, is decided in `state::Group`. Does not depend on files.

use super::axis::Scale;
use super::chart::{Chart, Curve, CurveStyle, Stroke};
use super::compare::Beside;
use super::curves::{Course, binned_over, pointwise_over};
use super::document::{Document, FIGURES};
use super::groups::{self, of_sessions};
use super::markdown::{Page, Table};
use super::provenance;
use super::study_charts::Figure as Picture;
use super::tables;
use super::text::{duration, markdown, significant};
use crate::protocol::Spec;
use crate::protocol::spec_fields::{FIELDS, SpecField};
use crate::state::{
    Alteration, Figure, Group, RunState, SessionState, best_value, flat_fields, main_metric, relevant_settings,
    value_text,
};
use crate::study::published::{self, Experiment, Metric};
use std::collections::BTreeMap;

/// Metrics of one run that are listed; what a run has more of is counted.
const MAX_LISTED: usize = 40;

/// Curves of one picture, as many as there are colours.
const MAX_CURVES: usize = CurveStyle::ROUND.len();

/// Writes the report of these sessions; `walls` are the wall-clock seconds of each, where the file system tells.
pub(crate) fn document(sessions: &[SessionState], walls: &[Option<f64>]) -> Document {
    let groups = of_sessions(sessions);
    let mut page = Page::default();
    head(&mut page, sessions, walls, &groups);
    let (own, foreign): (Vec<Group<'_>>, Vec<Group<'_>>) = groups.into_iter().partition(|group| group.spec.is_some());
    if !own.is_empty() {
        page.heading(2, "Experiments");
        page.table(&experiments(&own));
        incomplete(&mut page, &own);
        page.heading(2, "Settings");
        settings(&mut page, &own);
    }
    if !foreign.is_empty() {
        page.heading(2, "Runs of other programs");
        page.paragraph("Their settings are unknown: the logs do not hold them. Best is the highest or the lowest value, where the metric's name tells which is better.");
        page.table(&metrics(&foreign));
    }
    let figures = curves(&own, &foreign);
    if !figures.is_empty() {
        page.heading(2, "Curves");
        for figure in &figures {
            page.picture(&figure.caption, &format!("{FIGURES}/{}.svg", figure.file));
            page.paragraph(&format!("*{}.*", figure.caption));
        }
    }
    provenance::every_run(&mut page, sessions);
    Document { page: page.finish(), figures }
}

fn head(page: &mut Page, sessions: &[SessionState], walls: &[Option<f64>], groups: &[Group<'_>]) {
    let names: Vec<String> = sessions.iter().map(|session| markdown(&session.id)).collect();
    page.heading(1, &format!("Report of {}", names.join(", ")));
    page.paragraph(
        "Made by `perceptop report` from the logs below. A figure is the mean over the complete runs of an experiment, each \
         seed once; ± is the sample standard deviation. Runs that were stopped, failed or interrupted, or that diverged and \
         ended early, are left out of it; while no run of an experiment is complete, its figures are those so far. A run \
         that was changed while live, or forked from another, is an experiment of its own.",
    );
    if groups.iter().any(|group| study_of(group).is_some()) {
        page.paragraph(
            "\"The study\" is S. Sahoo, *MNIST Classification using Multilayer Neural Networks*, 2019; its accuracy stands \
             beside the experiments that have its data and its settings. Differences are here minus study; in brackets they \
             are in standard deviations σ of one run, or in standard errors SE of an accuracy over the test set.",
        );
    }
    page.table(&provenance::sessions(sessions, walls));
    page.points(provenance::digests(sessions));
}

/// The experiment of the study that a group repeats, on the study's data.
fn study_of(group: &Group<'_>) -> Option<Experiment> {
    let is_comparable = group.dataset == published::DATASET && group.alteration.is_none();
    group.spec.filter(|_| is_comparable).and_then(Experiment::of)
}

/// One row an experiment: its figures, and what became of its runs.
pub(crate) fn experiments(groups: &[Group<'_>]) -> Table {
    let with_study = groups.iter().any(|group| study_of(group).is_some());
    let mut head =
        vec!["Experiment", "Runs", "Test accuracy", "Best", "Test loss", "Training loss", "Time of a run", "Data"];
    if with_study {
        head.extend(["In the study", "Difference"]);
    }
    head.push("What became of the runs");
    let mut table = Table::new(head);
    for group in groups {
        let so_far = if group.is_final() { "" } else { " so far" };
        let mean = |figure| match group.summary(figure) {
            None => "-".to_owned(),
            summary => format!("{}{so_far}", tables::mean(summary)),
        };
        let mut row = vec![
            markdown(&group.key),
            group.counted().iter().filter(|run| run.records > 0).count().to_string(),
            mean(Figure::TestAccuracy),
            mean(Figure::BestTestAccuracy),
            mean(Figure::TestLoss),
            mean(Figure::TrainLoss),
            group
                .summary(Figure::Seconds)
                .filter(|time| time.mean > 0.0)
                .map_or("-".to_owned(), |time| duration(time.mean)),
            markdown(group.dataset),
        ];
        if with_study {
            let printed = study_of(group).and_then(|study| study.published(Metric::TestAccuracy));
            row.push(printed.map_or("-".to_owned(), |printed| {
                let deviation = printed.deviation.map_or(String::new(), |deviation| format!(" ± {deviation:.4}"));
                format!("{:.4}{deviation}", printed.mean)
            }));
            let beside = study_of(group).zip(groups::Group::of(group));
            row.push(tables::difference(
                beside.and_then(|(study, group)| Beside::of(&group, study, Metric::TestAccuracy, true)),
            ));
        }
        row.push(what_became(group));
        table.row(row);
    }
    table
}

/// `2 finished, 1 stopped; in no figure: 1 stopped`.
fn what_became(group: &Group<'_>) -> String {
    let left_out = group.left_out();
    let left_out = if left_out.is_empty() { left_out } else { format!("; in no figure: {left_out}") };
    format!("{}{left_out}", group.states())
}

/// The experiments without a complete run.
fn incomplete(page: &mut Page, groups: &[Group<'_>]) {
    let without: Vec<String> = groups
        .iter()
        .filter(|group| !group.is_final())
        .map(|group| format!("{}: {}", markdown(&group.key), what_became(group)))
        .collect();
    if !without.is_empty() {
        page.paragraph("No run of these did all that was asked of it:");
        page.points(without);
    }
}

/// The settings in which the experiments differ as a table, and those that all share.
fn settings(page: &mut Page, groups: &[Group<'_>]) {
    let relevant_settings = |spec: &Spec| {
        let mut settings = flat_fields(&relevant_settings(spec));
        // A family ignores the settings of others.
        let is_ignored = |field: &&SpecField| !field.families.contains(&spec.family);
        for field in FIELDS.iter().filter(is_ignored) {
            settings.retain(|name, _| name != field.key && !name.starts_with(&format!("{}.", field.key)));
        }
        settings
    };
    let all: Vec<BTreeMap<String, _>> =
        groups.iter().map(|group| group.spec.map(relevant_settings).unwrap_or_default()).collect();
    let mut names: Vec<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| all.iter().any(|settings| settings.get(*name) != all[0].get(*name));
    let (differing, shared): (Vec<&String>, Vec<&String>) = names.into_iter().partition(differs);
    let value = |settings: &BTreeMap<String, serde_json::Value>, name: &String| {
        settings.get(name).map_or("-".to_owned(), |value| markdown(&value_text(value)))
    };
    let altered = groups.iter().any(|group| group.alteration.is_some());
    if differing.is_empty() && !altered {
        page.paragraph("All experiments have the same settings:");
    } else {
        let mut head = vec!["Experiment".to_owned()];
        head.extend(differing.iter().map(|name| markdown(name)));
        head.extend(altered.then(|| "Changed or forked".to_owned()));
        let mut table = Table::new(head);
        for (group, settings) in groups.iter().zip(&all) {
            let mut row = vec![markdown(&group.key)];
            row.extend(differing.iter().map(|name| value(settings, name)));
            let words =
                || group.alteration.as_ref().map_or(String::new(), |words: &Alteration| markdown(&words.words()));
            row.extend(altered.then(words));
            table.row(row);
        }
        page.table(&table);
        page.paragraph("All share:");
    }
    let shared = shared.into_iter().map(|name| format!("{} {}", markdown(name), value(&all[0], name)));
    page.paragraph(&format!("{}.", shared.collect::<Vec<_>>().join(", ")));
}

/// One row a run and metric of other programs, the main metric first.
fn metrics(groups: &[Group<'_>]) -> Table {
    let mut table = Table::new(["Run", "Metric", "Last", "Best", "Readings", "State"]);
    for run in groups.iter().flat_map(|group| &group.runs) {
        let main = main_metric(run);
        let mut names: Vec<&str> = run.series.keys().map(String::as_str).collect();
        names.sort_by_key(|name| Some(*name) != main);
        for name in names.iter().take(MAX_LISTED) {
            let last = run.metric(name).and_then(crate::state::Series::last).map(|point| point.value);
            let readings = run.metric(name).map_or(0, crate::state::Series::len);
            table.row([
                markdown(&run.id),
                markdown(name),
                significant(last),
                significant(best_value(run, name)),
                readings.to_string(),
                run.status.name().to_owned(),
            ]);
        }
        if names.len() > MAX_LISTED {
            let more = format!("and {} more", names.len() - MAX_LISTED);
            table.row([markdown(&run.id), more, String::new(), String::new(), String::new(), String::new()]);
        }
    }
    table
}

/// Pictures of the courses: of the program's own runs training loss, test loss and test accuracy; of other programs' runs
/// their main metrics.
fn curves(own: &[Group<'_>], foreign: &[Group<'_>]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for (metric, title) in
        [("train_loss", "Training loss"), ("test_loss", "Test loss"), ("test_accuracy", "Test accuracy")]
    {
        // A model without training steps has no course.
        let with_steps: Vec<&Group<'_>> =
            own.iter().filter(|group| group.runs.iter().any(|run| run.step > 0)).collect();
        pictures.extend(picture(&with_steps, metric, title));
    }
    let mut mains: Vec<&str> = foreign.iter().filter_map(|group| main_metric(group.first()?)).collect();
    mains.sort_unstable();
    mains.dedup();
    for metric in mains {
        let all: Vec<&Group<'_>> = foreign.iter().collect();
        pictures.extend(picture(&all, metric, metric));
    }
    for (at, picture) in pictures.iter_mut().enumerate() {
        picture.file = format!("curves-{:02}", at + 1);
        picture.caption = format!("Figure {}: {}", at + 1, markdown(&picture.caption));
    }
    pictures
}

/// The courses of a metric, as many pictures as their curves need.
fn picture(groups: &[&Group<'_>], metric: &str, title: &str) -> Vec<Picture> {
    let course = |group: &&&Group<'_>| -> Option<(String, usize, Course)> {
        let runs = group.counted();
        let is_dense =
            |run: &&RunState| run.metric(metric).is_some_and(|series| !series.is_exact() || series.len() > 400);
        let course =
            if runs.iter().any(is_dense) { binned_over(&runs, metric) } else { pointwise_over(&runs, metric) }?;
        Some((group.key.clone(), runs.len(), course))
    };
    let courses: Vec<(String, usize, Course)> = groups.iter().filter_map(|group| course(&group)).collect();
    let total = courses.len();
    let pictures = courses.chunks(MAX_CURVES).enumerate().map(|(part, courses)| {
        let values = courses.iter().flat_map(|(_, _, course)| &course.points).map(|point| point.1);
        let finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let (low, high) = finite.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(*v), high.max(*v)));
        let scale = if low > 0.0 && high > 50.0 * low { Scale::Log } else { Scale::Linear };
        let curves = courses.iter().enumerate().map(|(i, (name, runs, course))| Curve {
            name: if *runs > 1 { format!("{name} (mean of {runs})") } else { name.clone() },
            ink: CurveStyle::ROUND[i],
            stroke: Stroke::Solid,
            points: course.points.clone(),
            band: if *runs > 1 { course.band.clone() } else { Vec::new() },
        });
        let part = if total > MAX_CURVES { format!(", part {}", part + 1) } else { String::new() };
        let chart = Chart {
            title: title.to_owned(),
            x: ("steps".to_owned(), Scale::Linear),
            y: (metric.replace('_', " "), scale),
            curves: curves.collect(),
            levels: Vec::new(),
        };
        let caption =
            format!("{} with the number of steps, experiments as in the table{part}", title.replace('_', " "));
        Picture { file: String::new(), caption, chart: Some(chart), missing: Vec::new() }
    });
    pictures.collect()
}
