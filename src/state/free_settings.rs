//! The settings of other tools' runs, which have no fixed names: what makes two runs the same experiment, and what they
//! differ in.
//!
//! Does not depend on how settings are read or shown.

use super::fields::value_text;
use crate::protocol::RunInfo;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names of settings that make no other experiment: seeds, as the tools call them.
const SEEDS: [&str; 9] = [
    "seed",
    "random_seed",
    "random_state",
    "data_seed",
    "global_seed",
    "manual_seed",
    "torch_seed",
    "np_seed",
    "rng_seed",
];

/// Whether a setting is a seed, by the last part of its name.
fn is_seed(name: &str) -> bool {
    let last = name.rsplit(['/', '.']).next().unwrap_or(name);
    SEEDS.iter().any(|seed| last.eq_ignore_ascii_case(seed))
}

/// The settings up to the seeds, as one text: equal for runs of one experiment. None where no setting is known.
#[must_use]
pub(super) fn identity(info: &RunInfo) -> Option<String> {
    let settings: BTreeMap<&String, &Value> = info.settings.iter().filter(|(name, _)| !is_seed(name)).collect();
    if settings.is_empty() { None } else { serde_json::to_string(&settings).ok() }
}

/// The seed among the settings, where it is a whole number.
#[must_use]
pub(super) fn seed(info: &RunInfo) -> Option<u64> {
    info.settings.iter().find(|(name, value)| is_seed(name) && value.is_u64()).and_then(|(_, value)| value.as_u64())
}

/// A setting by its name, else by the last part of its name where only one ends so.
#[must_use]
pub fn free_setting<'a>(info: &'a RunInfo, name: &str) -> Option<&'a Value> {
    info.settings.get(name).or_else(|| {
        let mut ends = info.settings.iter().filter(|(known, _)| known.rsplit(['/', '.']).next() == Some(name));
        ends.next().filter(|_| ends.next().is_none()).map(|(_, value)| value)
    })
}

/// The settings in a line: `lr 0.1, optimizer adam`.
#[must_use]
pub fn free_settings_text(info: &RunInfo) -> Option<String> {
    let words: Vec<String> =
        info.settings.iter().map(|(name, value)| format!("{name} {}", value_text(value))).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// The settings in which two runs differ, with both values, where either has them.
#[must_use]
pub fn free_differences(a: &RunInfo, b: &RunInfo) -> Vec<(String, Option<String>, Option<String>)> {
    let names: BTreeSet<&String> = a.settings.keys().chain(b.settings.keys()).collect();
    let of = |info: &RunInfo, name: &String| info.settings.get(name).map(value_text);
    names
        .into_iter()
        .map(|name| (name.clone(), of(a, name), of(b, name)))
        .filter(|(_, one, other)| one != other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn info(settings: &[(&str, Value)]) -> RunInfo {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        RunInfo { settings, ..RunInfo::default() }
    }

    #[test]
    fn seeds_make_no_other_experiment() {
        let one = info(&[("lr", json!(0.1)), ("train/seed", json!(1))]);
        let two = info(&[("lr", json!(0.1)), ("train/seed", json!(2))]);
        let other = info(&[("lr", json!(0.2)), ("train/seed", json!(1))]);
        assert_eq!(identity(&one), identity(&two));
        assert_ne!(identity(&one), identity(&other));
        assert_eq!((seed(&one), identity(&info(&[("seed", json!(3))]))), (Some(1), None));
    }

    #[test]
    fn a_setting_is_found_by_the_end_of_its_name_where_that_is_clear() {
        let run = info(&[("optim/lr", json!(0.1)), ("a/width", json!(1)), ("b/width", json!(2))]);
        assert_eq!(free_setting(&run, "lr"), Some(&json!(0.1)));
        assert_eq!(free_setting(&run, "width"), None);
        assert_eq!(free_setting(&run, "a/width"), Some(&json!(1)));
    }

    #[test]
    fn differences_name_what_only_one_run_has() {
        let (one, two) = (info(&[("lr", json!(0.1)), ("k", json!(3))]), info(&[("lr", json!(0.2))]));
        let found = free_differences(&one, &two);
        assert_eq!(found[0], ("k".to_owned(), Some("3".to_owned()), None));
        assert_eq!(found[1].0, "lr");
        assert_eq!(free_settings_text(&one).as_deref(), Some("k 3, lr 0.1"));
    }
}
