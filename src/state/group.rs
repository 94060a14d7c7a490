//! Runs grouped over seeds, and what a group's figures are: the one place for the tab Compare, the bands of charts, the
//! headless table and the report.
//!
//! The rule. Runs are one experiment when they learn from the same data with the same settings, those without influence
//! on the result aside ([`relevant_settings()`]); another program's runs, whose settings are unknown, are one by their name.
//! A run that was changed while live, or forked from another, is a group of its own whatever runs are grouped by: its
//! result belongs to none of the settings that it had.
//!
//! A group's figures are means over the runs that did all that was asked of them ([`RunState::is_complete`]: finished;
//! diverged or not learning only where they trained to their last epoch), each seed of an experiment once, the first
//! that did. Runs that were stopped, failed or interrupted, that diverged and ended early, and those under way do not
//! count; while no run of a group is complete, its figures are those that its runs have so far, and
//! [`Group::is_final`] says so. Does not depend on how groups are shown.

use super::fields::{differences, value_text};
use super::figures::{Figure, summarise};
use super::free_settings;
use super::reduce::switched;
use super::relevant_settings;
use super::run::RunState;
use super::session::SessionState;
use crate::metrics::Summary;
use crate::protocol::{Spec, Status};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What runs are grouped by.
#[derive(Clone, Copy)]
pub enum GroupBy<'f> {
    /// The experiment: the same data and settings, several seeds.
    Experiment,
    /// A setting: its value in words, `None` where a run's settings are unknown.
    Setting(&'f dyn Fn(&Spec) -> Option<String>),
}

/// Runs that belong together.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// What they share, in words; no two groups of one grouping have the same.
    pub key: String,
    /// The name of the first run's experiment.
    pub name: &'a str,
    /// The data set's name.
    pub dataset: &'a str,
    /// The settings that the first run began with; absent for another program's.
    pub spec: Option<&'a Spec>,
    /// How the run was changed or forked, where this is the group of such a run.
    pub alteration: Option<Alteration>,
    /// All runs, in the order in which they were given.
    pub runs: Vec<&'a RunState>,
    /// A number for each run, the same for runs of one experiment.
    experiments: Vec<usize>,
}

/// What became of a run that did not keep the settings that it began with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alteration {
    /// The run that it was forked from, and the epochs that were done then.
    pub fork_of: Option<(String, f64)>,
    /// Each setting that was changed: its name in a suite, its value before and its value after.
    pub settings: Vec<(String, String, String)>,
}

impl Alteration {
    /// How `run` was altered: by changes while it was live, or as a fork of a run of `session`. `None` for a run whose
    /// result belongs to the settings that it began with.
    #[must_use]
    pub fn of(session: &SessionState, run: &RunState) -> Option<Self> {
        let fork = run.origin.as_ref().filter(|origin| *origin.run != *run.id);
        if run.changes.is_empty() && fork.is_none() {
            return None;
        }
        let mut settings = Vec::new();
        if let (Some(fork), Some(spec)) = (fork, run.spec.as_deref())
            && let Some(before) = session.run(&fork.run).and_then(|parent| parent.spec_at(fork.step))
        {
            note_differences(&mut settings, &before, spec);
        }
        let mut now = run.spec.as_deref().cloned();
        for mark in &run.changes {
            let Some(before) = now else { break };
            now = switched(&before, &mark.change.field, &mark.change.to);
            if let Some(after) = &now {
                note_differences(&mut settings, &before, after);
            }
        }
        Some(Self { fork_of: fork.map(|fork| (fork.run.clone(), fork.epoch)), settings })
    }

    /// In words: `sigmoid -> tanh, lr 0.1 -> 0.5`; of a fork, first where it starts.
    #[must_use]
    pub fn words(&self) -> String {
        let fork = self.fork_of.as_ref().map(|(run, epoch)| {
            let epoch = (100.0 * epoch).round() / 100.0;
            format!("fork of {run} at epoch {epoch}")
        });
        let settings = self.settings.iter().map(|(name, before, after)| {
            let name = match short_name(name) {
                "activation" => String::new(),
                name => format!("{name} "),
            };
            if before == after {
                format!("{name}{before}, changed and back")
            } else {
                format!("{name}{before} -> {after}")
            }
        });
        let words: Vec<String> = fork.into_iter().chain(settings).collect();
        if words.is_empty() { "changed while live".to_owned() } else { words.join(", ") }
    }
}

/// Adds what two specs differ in to a list of settings with their first and newest value.
fn note_differences(settings: &mut Vec<(String, String, String)>, before: &Spec, after: &Spec) {
    let text = |value: Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), value_text);
    for (name, old, new) in differences(before, after) {
        match settings.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, newest)) => *newest = text(new),
            None => settings.push((name, text(old), text(new))),
        }
    }
}

/// A setting's name without the part that it belongs to.
fn short_name(name: &str) -> &str {
    match name {
        "learning_rate" => "lr",
        _ => name.rsplit('.').next().unwrap_or(name),
    }
}

/// What makes a run the same experiment as another.
#[derive(PartialEq, Eq, Hash)]
enum Identity<'a> {
    /// Its data, and its settings as they stand in a log.
    Settings(&'a str, String),
    /// Another program's run whose settings are unknown: its name.
    Name(&'a str),
    /// Of an altered run: nothing but itself, by its place among all runs.
    Itself(usize),
}

impl<'a> Identity<'a> {
    fn of(dataset: &'a str, run: &'a RunState) -> Self {
        let settings = run.spec.as_deref().and_then(|spec| serde_json::to_string(&relevant_settings(spec)).ok());
        let settings = settings.or_else(|| free_settings::identity(&run.info));
        settings.map_or(Self::Name(&run.name), |settings| Self::Settings(dataset, settings))
    }
}

/// The data that a run learns from: what its log names, else the session's.
fn dataset_of<'a>(session: &'a SessionState, run: &'a RunState) -> &'a str {
    if run.dataset.is_empty() { session.dataset() } else { &run.dataset }
}

/// The runs in groups, in the order in which each group's first run was given.
#[must_use]
pub fn groups<'a>(runs: impl IntoIterator<Item = (&'a SessionState, &'a RunState)>, by: GroupBy<'_>) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let (mut experiments, mut places) = (HashMap::new(), HashMap::new());
    for (at, (session, run)) in runs.into_iter().enumerate() {
        let dataset = dataset_of(session, run);
        let alteration = Alteration::of(session, run);
        let identity = if alteration.is_some() { Identity::Itself(at) } else { Identity::of(dataset, run) };
        let number = experiments.len();
        let experiment = *experiments.entry(identity).or_insert(number);
        let value = match by {
            GroupBy::Setting(value) if alteration.is_none() => {
                Some(run.spec.as_deref().and_then(value).unwrap_or_else(|| "unknown".to_owned()))
            }
            _ => None,
        };
        let key = match (&alteration, &value) {
            (Some(alteration), _) => format!("{}: {}", run.id, alteration.words()),
            (None, Some(value)) => value.clone(),
            (None, None) => run.name.clone(),
        };
        let place = value.map_or_else(|| (None, experiment), |value| (Some(value), 0));
        let next = groups.len();
        let place = *places.entry(place).or_insert(next);
        if place == next {
            let spec = run.spec.as_deref();
            let (runs, experiments) = (Vec::new(), Vec::new());
            groups.push(Group { key, name: &run.name, dataset, spec, alteration, runs, experiments });
        }
        groups[place].runs.push(run);
        groups[place].experiments.push(experiment);
    }
    tell_apart(&mut groups);
    groups
}

/// Adds to the keys of groups of one name what their settings or data differ in.
fn tell_apart(groups: &mut [Group<'_>]) {
    let mut firsts: HashMap<String, usize> = HashMap::new();
    let mut taken: HashSet<String> = HashSet::new();
    for at in 0..groups.len() {
        let first = *firsts.entry(groups[at].key.clone()).or_insert(at);
        if first != at {
            let parts = told_apart(&groups[first], &groups[at]);
            if !parts.is_empty() {
                groups[at].key = format!("{}, {}", groups[at].key, parts.join(", "));
            }
        }
        let wanted = groups[at].key.clone();
        let mut number = 2;
        while !taken.insert(groups[at].key.clone()) {
            groups[at].key = format!("{wanted} ({number})");
            number += 1;
        }
    }
}

/// What the second group has otherwise than the first, in words.
fn told_apart(first: &Group<'_>, second: &Group<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    if let (Some(a), Some(b)) = (first.spec, second.spec) {
        let found = differences(&relevant_settings(a), &relevant_settings(b));
        let part = |(name, _, value): (String, _, Option<serde_json::Value>)| {
            Some(format!("{} {}", short_name(&name), value_text(&value?)))
        };
        parts.extend(found.into_iter().filter_map(part));
    }
    if first.dataset != second.dataset {
        parts.push(format!("on {}", second.dataset));
    }
    parts
}

/// How many of the runs are in which state, a part for each state.
fn states(runs: &[&RunState]) -> Vec<String> {
    let of = |status: Status| runs.iter().filter(|run| run.status == status).count();
    Status::ALL
        .into_iter()
        .filter(|status| of(*status) > 0)
        .map(|status| format!("{} {}", of(status), status.name()))
        .collect()
}

impl<'a> Group<'a> {
    /// Whether some run of the group did all that was asked of it, so that the group's figures are results.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.runs.iter().any(|run| run.is_complete())
    }

    /// The runs that the group's figures are taken over, by seed: see the rule at the head of this file.
    #[must_use]
    pub fn counted(&self) -> Vec<&'a RunState> {
        let is_final = self.is_final();
        let mut known = HashSet::new();
        let runs = self.runs.iter().zip(&self.experiments);
        let mut counted: Vec<&'a RunState> = runs
            .filter(|(run, _)| !is_final || run.is_complete())
            // The seeds of another program's runs are unknown.
            .filter(|(run, experiment)| run.spec.is_none() || known.insert((run.seed, **experiment)))
            .map(|(run, _)| *run)
            .collect();
        counted.sort_by_key(|run| run.seed);
        counted
    }

    /// The run that stands for the group where only one can.
    #[must_use]
    pub fn first(&self) -> Option<&'a RunState> {
        self.counted().first().copied()
    }

    /// Mean and deviation of a final figure over the runs that count; `None` when none of them has it.
    #[must_use]
    pub fn summary(&self, figure: Figure) -> Option<Summary> {
        summarise(self.counted(), figure)
    }

    /// How many runs are in which state, in words: `2 finished, 1 stopped`.
    #[must_use]
    pub fn states(&self) -> String {
        states(&self.runs).join(", ")
    }

    /// Which runs do not count and why, in words: `1 stopped, 1 repeats a seed`. Empty when all count.
    #[must_use]
    pub fn left_out(&self) -> String {
        let counted = self.counted();
        let is_left_out = |run: &&&RunState| counted.iter().all(|other| !std::ptr::eq(**run, *other));
        let is_final = self.is_final();
        let (complete, others): (Vec<&RunState>, Vec<&RunState>) =
            self.runs.iter().filter(is_left_out).partition(|run| run.is_complete() || !is_final);
        let mut parts = states(&others);
        match complete.len() {
            0 => {}
            1 => parts.push("1 repeats a seed".to_owned()),
            more => parts.push(format!("{more} repeat seeds")),
        }
        parts.join(", ")
    }

    /// The settings in which the group's runs differ, those without influence on the result aside; as suites name them.
    #[must_use]
    pub fn varying(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        let mut seen: Vec<Spec> = self.spec.map(relevant_settings).into_iter().collect();
        for spec in self.runs.iter().filter_map(|run| run.spec.as_deref()) {
            let spec = relevant_settings(spec);
            // Most runs of a group share their settings: naming differences costs a hundred times as much as finding none.
            if let Some(first) = seen.first()
                && !seen.contains(&spec)
            {
                names.extend(differences(first, &spec).into_iter().map(|(name, ..)| name));
                seen.push(spec);
            }
        }
        names.into_iter().collect()
    }
}

impl RunState {
    /// The settings that it had when so many steps were done.
    fn spec_at(&self, step: u64) -> Option<Spec> {
        let mut spec = self.spec.as_deref()?.clone();
        for mark in self.changes.iter().filter(|mark| mark.change.step <= step) {
            spec = switched(&spec, &mark.change.field, &mark.change.to)?;
        }
        Some(spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Activation, Change, Epoch, Event, Origin, Record, RunEnd, RunStarted, Update};
    use serde_json::json;
    use std::sync::Arc;

    fn say(session: &mut SessionState, run: &str, event: Event) {
        let seq = session.run(run).map_or(0, |run| run.records);
        let record = Arc::new(Record { v: 1, seq, t: seq as f64, event });
        session.apply(&Update::Record { run: run.into(), record });
    }

    /// A run of 15 epochs on the way to `accuracy`; `end` ends it.
    fn run(
        session: &mut SessionState,
        id: &str,
        spec: &Spec,
        from: Option<Origin>,
        accuracy: f32,
        end: impl Into<Option<Event>>,
    ) {
        let (name, seed) = id.rsplit_once("-s").unwrap();
        let started = RunStarted {
            run: id.to_owned(),
            name: name.to_owned(),
            seed: seed.chars().take(1).collect::<String>().parse().unwrap(),
            spec: Arc::new(spec.clone()),
            family: spec.family,
            dataset: "MNIST".to_owned(),
            steps_per_epoch: 10,
            resumed_from: from,
        };
        say(session, id, Event::RunStarted(Box::new(started)));
        let epoch = Epoch { step: 10, epoch: 1.0, test_accuracy: Some(accuracy), ..Epoch::default() };
        say(session, id, Event::Epoch(Box::new(epoch)));
        if let Some(end) = end.into() {
            say(session, id, end);
        }
    }

    fn finished() -> Event {
        Event::RunFinished(Box::default())
    }

    fn change(field: &str, from: serde_json::Value, to: serde_json::Value) -> Event {
        Event::Change(Box::new(Change { step: 10, field: field.to_owned(), from, to }))
    }

    fn by_experiment(session: &SessionState) -> Vec<Group<'_>> {
        groups(session.runs().iter().map(|run| (session, run)), GroupBy::Experiment)
    }

    #[test]
    fn what_did_not_come_to_its_end_or_repeats_a_seed_does_not_count() {
        let mut session = SessionState::new();
        let spec = Spec::default();
        run(&mut session, "a-s0", &spec, None, 0.8, finished());
        run(&mut session, "a-s1", &spec, None, 0.9, finished());
        run(&mut session, "a-s2", &spec, None, 0.1, Some(Event::RunStopped(Box::default())));
        let diverged = RunEnd { reason: "diverged".to_owned(), ..RunEnd::default() };
        run(&mut session, "a-s3", &spec, None, 0.2, Some(Event::RunFailed(Box::new(diverged))));
        run(&mut session, "b-s0", &Spec { log_every: 7, ..spec.clone() }, None, 0.3, finished());
        let groups = by_experiment(&session);
        let [group] = &groups[..] else { panic!("{groups:?}") };
        let summary = group.summary(Figure::TestAccuracy).unwrap();
        assert!((summary.mean - 0.85).abs() < 1e-6 && summary.n == 2, "{summary:?}");
        assert_eq!(group.left_out(), "1 stopped, 1 diverged, 1 repeats a seed");
        assert!(group.is_final() && group.varying().is_empty());
    }

    #[test]
    fn figures_so_far_are_those_of_all_runs() {
        let mut session = SessionState::new();
        run(&mut session, "a-s0", &Spec::default(), None, 0.8, Some(Event::RunStopped(Box::default())));
        let groups = by_experiment(&session);
        assert!(!groups[0].is_final() && groups[0].left_out().is_empty());
        assert_eq!(groups[0].summary(Figure::TestAccuracy).unwrap().n, 1);
    }

    #[test]
    fn a_changed_run_and_a_fork_are_groups_of_their_own_however_runs_are_grouped() {
        let mut session = SessionState::new();
        let spec = Spec { learning_rate: 0.1, ..Spec::default() };
        run(&mut session, "a-s0", &spec, None, 0.8, finished());
        run(&mut session, "a-s1", &spec, None, 0.9, None);
        say(&mut session, "a-s1", change("activation", json!("sigmoid"), json!("tanh")));
        say(&mut session, "a-s1", change("learning_rate", json!(0.1), json!(0.3)));
        say(&mut session, "a-s1", change("learning_rate", json!(0.3), json!(0.5)));
        let origin = Origin { run: "a-s0".to_owned(), step: 10, epoch: 1.0 };
        let fork = Spec { activation: Activation::Relu, ..spec.clone() };
        run(&mut session, "a-f1-s0-f1", &fork, Some(origin), 0.7, finished());
        let keys = |by| {
            let groups = groups(session.runs().iter().map(|run| (&session, run)), by);
            groups.into_iter().map(|group| group.key).collect::<Vec<_>>()
        };
        let mut altered =
            vec!["a-f1-s0-f1: fork of a-s0 at epoch 1, sigmoid -> relu", "a-s1: sigmoid -> tanh, lr 0.1 -> 0.5"];
        altered.insert(1, "a");
        assert_eq!(keys(GroupBy::Experiment), altered);
        altered[1] = "64";
        assert_eq!(keys(GroupBy::Setting(&|spec| Some(spec.batch_size.to_string()))), altered);
    }

    #[test]
    fn what_was_changed_and_changed_back_is_said() {
        let mut session = SessionState::new();
        run(&mut session, "a-s0", &Spec::default(), None, 0.8, finished());
        say(&mut session, "a-s0", change("activation", json!("sigmoid"), json!("tanh")));
        say(&mut session, "a-s0", change("activation", json!("tanh"), json!("sigmoid")));
        assert_eq!(by_experiment(&session)[0].key, "a-s0: sigmoid, changed and back");
    }

    #[test]
    fn one_name_with_two_settings_is_two_groups_with_two_keys() {
        let mut session = SessionState::new();
        run(&mut session, "a-s0", &Spec::default(), None, 0.8, finished());
        run(&mut session, "a-s1", &Spec { batch_size: 7, ..Spec::default() }, None, 0.8, finished());
        let keys: Vec<String> = by_experiment(&session).into_iter().map(|group| group.key).collect();
        assert_eq!(keys, ["a", "a, batch_size 7"]);
    }

    #[test]
    fn a_group_by_a_setting_says_what_varies_within_it() {
        let mut session = SessionState::new();
        run(&mut session, "a-s0", &Spec { learning_rate: 0.5, ..Spec::default() }, None, 0.8, finished());
        run(&mut session, "b-s0", &Spec { log_every: 7, ..Spec::default() }, None, 0.6, finished());
        let of_runs = session.runs().iter().map(|run| (&session, run));
        let groups = groups(of_runs, GroupBy::Setting(&|spec| Some(spec.activation.name().to_owned())));
        assert_eq!((groups.len(), groups[0].varying()), (1, vec!["learning_rate".to_owned()]));
        assert_eq!(groups[0].counted().len(), 2, "the same seed of two experiments counts twice");
    }
}
