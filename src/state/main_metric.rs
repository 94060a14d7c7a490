//! The metric that a run of another program is judged by first, found by its name, and which way is better.
//!
//! Does not depend on how a program came to its names.

use super::run::RunState;

/// Words that metrics have which are better the higher, most telling first.
const HIGHER: [&str; 9] = ["accuracy", "acc", "f1", "auc", "reward", "return", "bleu", "precision", "recall"];

/// Words that metrics have which are better the lower.
const LOWER: [&str; 5] = ["loss", "perplexity", "error", "mae", "mse"];

/// Words that say that a metric was measured on data that was not learned from.
const HELD_OUT: [&str; 4] = ["test", "val", "valid", "eval"];

/// Which values of a metric are better, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// High ones: an accuracy.
    Higher,
    /// Low ones: a loss.
    Lower,
}

/// Which values of a metric are better; `None` when its name does not tell.
#[must_use]
pub fn better(metric: &str) -> Option<Better> {
    let words = words(metric);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match (has(&HIGHER), has(&LOWER)) {
        (_, true) => Some(Better::Lower),
        (true, false) => Some(Better::Higher),
        _ => None,
    }
}

/// The words of a metric's name, in small letters: `eval`, `loss` of `eval/loss`.
pub(super) fn words(metric: &str) -> Vec<String> {
    metric.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect()
}

/// How little a metric says of a run's outcome; the least is the main one.
fn rank(metric: &str) -> (bool, usize) {
    let words = words(metric);
    let place = |list: &[&str]| list.iter().position(|known| words.iter().any(|word| word == known));
    let held_out = place(&HELD_OUT).is_some();
    let of_higher = place(&HIGHER).filter(|_| place(&LOWER).is_none());
    let kind = of_higher.or(place(&LOWER).map(|place| HIGHER.len() + place)).unwrap_or(usize::MAX);
    (!(held_out && kind < usize::MAX), kind)
}

/// A run's main metric: one that was measured on held-out data before others, an accuracy before a loss; the first in
/// alphabetical order where no name tells. `None` for a run without any finite reading.
#[must_use]
pub fn main_metric(run: &RunState) -> Option<&str> {
    let read = run.series.iter().filter(|(_, series)| series.lowest().is_some());
    read.map(|(name, _)| name.as_str()).min_by_key(|name| rank(name))
}

/// The best finite value of a metric, where its name tells which way is better.
#[must_use]
pub fn best_value(run: &RunState, metric: &str) -> Option<f64> {
    let series = run.metric(metric)?;
    let best = match better(metric)? {
        Better::Higher => series.highest(),
        Better::Lower => series.lowest(),
    };
    best.map(|point| point.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_which_way_is_better() {
        assert_eq!(better("val/accuracy"), Some(Better::Higher));
        assert_eq!(better("eval_loss"), Some(Better::Lower));
        assert_eq!(better("episode-return"), Some(Better::Higher));
        assert_eq!(better("learning_rate"), None);
        assert_eq!(better("accelerator_temperature"), None);
    }

    #[test]
    fn what_was_held_out_comes_first() {
        let mut names = ["loss", "lr", "train_accuracy", "val_loss", "val/accuracy"];
        names.sort_by_key(|name| rank(name));
        assert_eq!(names, ["val/accuracy", "val_loss", "train_accuracy", "loss", "lr"]);
    }
}
