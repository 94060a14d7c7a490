//! Which of another program's metrics is its loss and which its accuracy, by the words of their names: `train/loss`,
//! `val_accuracy`, `eval_acc`.
//!
//! Does not depend on how a program came to its names.

use super::main_metric::words;
use super::run::RunState;

/// Words for data that a model is not trained on, the most telling first.
const HELD_OUT: [&str; 6] = ["test", "val", "valid", "validation", "eval", "dev"];

/// Words for the data that a model is trained on.
const TRAINED_ON: [&str; 2] = ["train", "training"];

/// The metric with one of `measures` in its name whose other words rank it first; the shortest name of equals.
fn best_ranked<'a>(run: &'a RunState, measures: &[&str], rank: fn(&[String]) -> usize) -> Option<&'a str> {
    let is_read = run.series.iter().filter(|(_, series)| series.last().is_some());
    let named = is_read.map(|(name, _)| (name.as_str(), words(name)));
    let measured = named.filter(|(_, words)| words.iter().any(|word| measures.contains(&word.as_str())));
    measured.min_by_key(|(name, words)| (rank(words), name.len())).map(|(name, _)| name)
}

fn has(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// The accuracy of another program's run: on a test set before a validation set before none that is named before the
/// training set.
#[must_use]
pub fn accuracy_metric(run: &RunState) -> Option<&str> {
    best_ranked(run, &["accuracy", "acc"], |words| {
        let held_out = HELD_OUT.iter().position(|known| words.iter().any(|word| word == known));
        held_out.unwrap_or(HELD_OUT.len() + usize::from(has(words, &TRAINED_ON)))
    })
}

/// The training loss of another program's run: one that names the training set before one that names none before any.
#[must_use]
pub fn loss_metric(run: &RunState) -> Option<&str> {
    best_ranked(
        run,
        &["loss"],
        |words| if has(words, &TRAINED_ON) { 0 } else { 1 + usize::from(has(words, &HELD_OUT)) },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Event, Metrics, Record};

    #[test]
    fn the_names_of_known_programs_are_understood() {
        for (names, loss, accuracy) in [
            (vec!["loss", "accuracy", "val_loss", "val_accuracy"], Some("loss"), Some("val_accuracy")),
            (
                vec!["train/loss", "val/loss", "val/accuracy", "train/accuracy"],
                Some("train/loss"),
                Some("val/accuracy"),
            ),
            (vec!["eval_loss", "lr", "accelerator"], Some("eval_loss"), None),
            (vec!["train_acc", "test_acc", "val_acc", "floss"], None, Some("test_acc")),
            (vec!["acc"], None, Some("acc")),
        ] {
            let mut run = RunState::new("other".into());
            let values: Vec<_> = names.iter().map(|name| ((*name).into(), 0.5)).collect();
            let event = Event::Metrics(Metrics { step: 1.0, segment: 0, values: values.into() });
            run.apply(&Record { v: 1, seq: 0, t: 0.0, event });
            assert_eq!((loss_metric(&run), accuracy_metric(&run)), (loss, accuracy), "{names:?}");
        }
    }
}
