//! Which runs the tabs Charts and Compare group, by what, and in which order they are listed.
//!
//! How runs are grouped and what a group's figures are is decided in `state`. Does not depend on how groups are shown.

use super::fields;
use super::model::Model;
use super::query::Value;
use super::sort::by_value;
use crate::protocol::Spec;
use crate::state::{Figure, Group, GroupBy, RunState, SessionState, field_text, flat_fields, groups};
use std::collections::BTreeMap;

/// The field that stands for the experiment, shared by its seeds.
pub const NAME: &str = "name";

/// The field that holds all parts of the regulariser at once.
const REGULARISER: &str = "regulariser";

/// What groups can be sorted by; the order of the queue first.
pub const ORDERS: [&str; 3] = ["queue", "test_accuracy", "seconds"];

/// A setting in words.
fn setting(spec: &Spec, field: &str) -> Option<String> {
    match field {
        REGULARISER => Some(fields::regulariser(&spec.regulariser)),
        "hidden" => Some(fields::hidden(spec)),
        _ => field_text(spec, field),
    }
}

/// Runs of a session by experiment or by a setting, in the order in which each group first comes.
#[must_use]
pub fn by<'a>(session: &'a SessionState, runs: impl IntoIterator<Item = &'a RunState>, field: &str) -> Vec<Group<'a>> {
    let runs = runs.into_iter().map(|run| (session, run));
    if field == NAME {
        groups(runs, GroupBy::Experiment)
    } else {
        groups(runs, GroupBy::Setting(&|spec| setting(spec, field)))
    }
}

/// The runs that pass the filter and have begun.
pub fn listed(model: &Model) -> impl Iterator<Item = &RunState> {
    let has_begun = |run: &RunState| run.is_started() || !run.series.is_empty();
    model.session.runs().iter().filter(move |run| model.query.matches(*run) && has_begun(run))
}

/// What the listed runs can be grouped by: the experiment's name, and every setting in which they differ, the regulariser
/// both whole and by its parts.
#[must_use]
pub fn fields_of(model: &Model) -> Vec<String> {
    let mut values: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for spec in listed(model).filter_map(|run| run.current.as_deref()) {
        for (name, value) in flat_fields(spec) {
            let known = values.entry(name).or_default();
            if !known.contains(&value) {
                known.push(value);
            }
        }
    }
    let differ: Vec<String> = values.into_iter().filter(|(_, known)| known.len() > 1).map(|(name, _)| name).collect();
    let (parts, others): (Vec<String>, Vec<String>) =
        differ.into_iter().partition(|name| name.starts_with(REGULARISER));
    let whole = (!parts.is_empty()).then(|| REGULARISER.to_owned());
    std::iter::once(NAME.to_owned()).chain(others).chain(whole).chain(parts).collect()
}

/// The field after `field` among those that runs can be grouped by; nothing past the last.
#[must_use]
pub fn after(model: &Model, field: &str) -> Option<String> {
    let fields = fields_of(model);
    let next = fields.iter().position(|known| known == field).map_or(0, |place| place + 1);
    fields.get(next).cloned()
}

/// A field as titles name it.
#[must_use]
pub fn title(field: &str) -> String {
    if field == NAME { "experiment".to_owned() } else { field.replace(['_', '.'], " ") }
}

/// The groups of the listed runs that are compared, in the chosen order.
#[must_use]
pub fn of(model: &Model) -> Vec<Group<'_>> {
    let mut groups = by(&model.session, listed(model), &model.compare.grouping);
    let order = model.compare.order;
    let by = ORDERS[order.column % ORDERS.len()];
    if by == "queue" {
        if order.reversed {
            groups.reverse();
        }
    } else {
        let descending = order.reversed != by.contains("accuracy");
        groups.sort_by(|a, b| {
            let figure = if by == "seconds" { Figure::Seconds } else { Figure::TestAccuracy };
            let value = |group: &Group<'_>| group.summary(figure).map(|summary| Value::Number(summary.mean));
            by_value(value(a).as_ref(), value(b).as_ref(), descending)
        });
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Event, Family, Record, Regulariser, RunPlan, RunStarted, Spec, Update};
    use crate::ui::Settings;
    use std::sync::Arc;

    /// Runs that have begun, by their names and settings, and one more that has not.
    fn model(runs: &[(&str, Spec)]) -> Model {
        let mut model = Model::new(Settings::default());
        for (at, (name, spec)) in runs.iter().enumerate() {
            let started = RunStarted {
                run: format!("{name}-s{at}"),
                name: (*name).to_owned(),
                spec: Arc::new(spec.clone()),
                family: Family::Mlp,
                seed: at as u64,
                dataset: String::new(),
                steps_per_epoch: 10,
                resumed_from: None,
            };
            let run = started.run.as_str().into();
            let event = Event::RunStarted(Box::new(started));
            model.apply(&Update::Record { run, record: Arc::new(Record { v: 1, seq: 0, t: 0.0, event }) });
        }
        let waits = Spec { batch_size: 7, ..Spec::default() };
        let plan = RunPlan {
            run: "z".to_owned(),
            name: "z".to_owned(),
            order: 9,
            seed: 0,
            spec: Arc::new(waits),
            fork_of: None,
        };
        model.apply(&Update::Planned { plan });
        model
    }

    #[test]
    fn runs_are_grouped_by_every_setting_in_which_they_differ() {
        let with = |learning_rate, l2, checkpoint_every| Spec {
            learning_rate,
            checkpoint_every,
            regulariser: Regulariser { l2, ..Regulariser::default() },
            ..Spec::default()
        };
        let model = model(&[
            ("a", with(0.1, 0.0, 1)),
            ("a", with(0.1, 0.0, 2)),
            ("b", with(0.3, 1e-4, 1)),
            ("c", with(0.1, 1e-4, 1)),
        ]);
        let wanted = ["name", "checkpoint_every", "learning_rate", "regulariser", "regulariser.l2"];
        assert_eq!(fields_of(&model), wanted);
        let groups = |field| -> Vec<(String, usize)> {
            by(&model.session, listed(&model), field).into_iter().map(|group| (group.key, group.runs.len())).collect()
        };
        let named = |key: &str, count| (key.to_owned(), count);
        assert_eq!(groups("learning_rate"), [named("0.1", 3), named("0.3", 1)]);
        assert_eq!(groups("regulariser"), [named("none", 2), named("l2 1e-4", 2)]);
        assert_eq!(groups("checkpoint_every"), [named("1", 3), named("2", 1)]);
        assert_eq!(groups("regulariser.l2"), [named("0", 2), named("0.0001", 2)]);
        assert_eq!(after(&model, "name").as_deref(), Some("checkpoint_every"));
        assert_eq!(after(&model, "regulariser.l2"), None);
    }

    #[test]
    fn the_filter_decides_which_runs_are_grouped() {
        let with = |learning_rate| Spec { learning_rate, ..Spec::default() };
        let mut model = model(&[("a", with(0.1)), ("b", with(0.3))]);
        model.set_filter("lr<0.2");
        assert_eq!(fields_of(&model), ["name"]);
        assert_eq!(of(&model).len(), 1);
    }
}
