//! The numbers in one record, by the names that they have as series on the screen.
//!
//! One list for every tidy output, so that a CSV column, a TensorBoard tag and a curve of the monitor that bear one
//! name hold one quantity. Does not depend on where they are written.

use crate::protocol::{ClassScores, Event, Record};

/// A number with its name.
pub(crate) type Measure = (String, f64);

/// Where a record stands: steps and, where known, epochs done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// Steps done; 0 for models that have none.
    pub(crate) step: f64,
    /// Epochs done.
    pub(crate) epoch: Option<f64>,
}

/// The numbers of a record and their place, or `None` for events without numbers.
pub(crate) fn of(record: &Record) -> Option<(Place, Vec<Measure>)> {
    let at = |step: u64, epoch: f64| Place { step: step as f64, epoch: Some(epoch) };
    let mut list = List::default();
    let place = match &record.event {
        Event::Step(step) => {
            list.put("train_loss", step.train_loss);
            at(step.step, step.epoch)
        }
        Event::Inactive(inactive) => {
            list.put("inactive", inactive.inactive);
            list.layers("inactive", &inactive.inactive_per_layer);
            list.layers("dead", &inactive.dead_per_layer);
            Place { step: inactive.step as f64, epoch: None }
        }
        Event::Epoch(epoch) => {
            list.put("epoch_train_loss", epoch.train_loss);
            list.put_some("test_loss", epoch.test_loss);
            list.put_some("train_accuracy", epoch.train_accuracy);
            list.put_some("test_accuracy", epoch.test_accuracy);
            list.put("l2_penalty", epoch.l2_penalty);
            list.put("gradient_norm", epoch.gradient_norm);
            list.put("samples_per_second", epoch.samples_per_second);
            list.scores(&epoch.scores);
            at(epoch.step, epoch.epoch)
        }
        Event::Features(features) => {
            list.put("features_seconds", features.seconds);
            Place { step: 0.0, epoch: None }
        }
        Event::Fitted(fitted) => {
            list.put("fit_progress", fitted.progress);
            list.put_some("objective", fitted.objective);
            Place { step: 0.0, epoch: None }
        }
        Event::Predicted(predicted) => {
            list.put("predict_progress", predicted.progress);
            list.put_some("test_accuracy", predicted.test_accuracy);
            list.put_some("objective", predicted.objective);
            list.scores(&predicted.scores);
            Place { step: 0.0, epoch: None }
        }
        Event::Metrics(metrics) => {
            list.0.extend(metrics.values.iter().map(|(name, value)| (name.to_string(), value)));
            Place { step: metrics.step, epoch: metrics.values.get("epoch").filter(|epoch| epoch.is_finite()) }
        }
        _ => return None,
    };
    Some((place, list.0))
}

#[derive(Default)]
struct List(Vec<Measure>);

impl List {
    fn put(&mut self, name: &str, value: impl Into<f64>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn put_some(&mut self, name: &str, value: Option<impl Into<f64>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Hidden layers count from 1, input side first.
    fn layers(&mut self, name: &str, values: &[f32]) {
        for (index, value) in values.iter().enumerate() {
            self.put(&format!("{name}/{}", index + 1), *value);
        }
    }

    /// Classes count from 0, as the digits do.
    fn scores(&mut self, scores: &ClassScores) {
        for (name, values) in [("precision", &scores.precision), ("recall", &scores.recall), ("f1", &scores.f1)] {
            for (class, value) in values.iter().enumerate() {
                self.put(&format!("{name}/{class}"), *value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Epoch, Inactive, VERSION};

    #[test]
    fn numbers_bear_the_names_of_the_curves() {
        let record = |event| Record { v: VERSION, seq: 0, t: 1.0, event };
        let inactive = Inactive {
            step: 50,
            inactive: 0.5,
            inactive_per_layer: vec![0.4, 0.6],
            dead_per_layer: vec![0.0, 0.1],
            units: Vec::new(),
        };
        let (place, list) = of(&record(Event::Inactive(Box::new(inactive)))).unwrap();
        assert_eq!((place.step, place.epoch), (50.0, None));
        let names: Vec<_> = list.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["inactive", "inactive/1", "inactive/2", "dead/1", "dead/2"]);
        let epoch = Epoch { step: 938, epoch: 1.0, test_loss: Some(0.5), ..Epoch::default() };
        let (_, list) = of(&record(Event::Epoch(Box::new(epoch)))).unwrap();
        assert!(list.contains(&("test_loss".to_owned(), 0.5)));
        assert!(list.iter().all(|(name, _)| name != "test_accuracy"), "what was not measured is not a zero");
        assert!(of(&record(Event::Paused)).is_none());
    }
}
