//! The fields of a run, live or in the library, by the names that filters, columns and groups use.
//!
//! The names are those of suites and logs. Must not know what asks for them.

use super::query::{Fields, Value};
use crate::protocol::{Augmentation, Features, Regulariser, RunSummary, Spec};
use crate::state::RunState;
use crate::ui::figures;

/// The regulariser in a few characters: `none`, `l2 1e-4`, `fwd .1 bwd .01 aug`.
#[must_use]
pub fn regulariser(regulariser: &Regulariser) -> String {
    let mut parts = Vec::new();
    let figure = |value: f32| {
        let text = figures::short(f64::from(value));
        text.strip_prefix('0').filter(|rest| rest.starts_with('.')).map_or(text.clone(), str::to_owned)
    };
    if regulariser.l2 > 0.0 {
        parts.push(format!("l2 {}", figure(regulariser.l2)));
    }
    if regulariser.forward_noise > 0.0 {
        parts.push(format!("fwd {}", figure(regulariser.forward_noise)));
    }
    if regulariser.backward_noise > 0.0 {
        parts.push(format!("bwd {}", figure(regulariser.backward_noise)));
    }
    match regulariser.augment {
        Augmentation::Off => {}
        augment if augment == Augmentation::STUDY => parts.push("aug".to_owned()),
        Augmentation::Noise(sigma) => parts.push(format!("aug {}", figure(sigma))),
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join(" ") }
}

/// What the model is, in a word: an activation, `knn k=3`, `svm C=1`.
#[must_use]
pub fn model(spec: &Spec) -> String {
    use crate::protocol::Family;
    match spec.family {
        Family::Mlp => spec.activation.name().to_owned(),
        Family::Knn => format!("knn k={}", spec.k),
        Family::Svm => format!("svm C={}", figures::short(spec.c)),
    }
}

/// The hidden layers: `500-250-100`.
#[must_use]
pub fn hidden(spec: &Spec) -> String {
    if spec.hidden.is_empty() {
        return "none".to_owned();
    }
    spec.hidden.iter().map(ToString::to_string).collect::<Vec<_>>().join("-")
}

/// What the model sees: `pixels` or `hog`.
#[must_use]
pub fn features(spec: &Spec) -> &'static str {
    match spec.features {
        Features::Pixels => "pixels",
        Features::Hog(_) => "hog",
    }
}

/// A setting by its name in suites.
#[must_use]
pub fn setting(spec: &Spec, name: &str) -> Option<Value> {
    use crate::protocol::{Family, Initialisation};
    let text = |words: &str| Some(Value::Text(words.to_owned()));
    let number = |value: f64| Some(Value::Number(value));
    match name {
        "family" => text(match spec.family {
            Family::Mlp => "mlp",
            Family::Knn => "knn",
            Family::Svm => "svm",
        }),
        "features" => text(features(spec)),
        "activation" => text(spec.activation.name()),
        "initialisation" => text(match spec.initialisation {
            Initialisation::Glorot => "glorot",
            Initialisation::He => "he",
        }),
        "hidden" => Some(Value::Text(hidden(spec))),
        "regulariser" => Some(Value::Text(regulariser(&spec.regulariser))),
        "learning_rate" => number(f64::from(spec.learning_rate)),
        "batch_size" => number(spec.batch_size as f64),
        "epochs" => number(spec.epochs as f64),
        "k" => number(spec.k as f64),
        "c" => number(spec.c),
        "l2" | "regulariser.l2" => number(f64::from(spec.regulariser.l2)),
        "forward_noise" | "regulariser.forward_noise" => number(f64::from(spec.regulariser.forward_noise)),
        "backward_noise" | "regulariser.backward_noise" => number(f64::from(spec.regulariser.backward_noise)),
        "augment" | "regulariser.augment" => {
            text(if spec.regulariser.augment == Augmentation::Off { "false" } else { "true" })
        }
        _ => None,
    }
}

/// Every field that a run may have beside the metrics of other programs.
pub const FIELDS: [&str; 30] = [
    "run",
    "name",
    "session",
    "state",
    "model",
    "dataset",
    "seed",
    "step",
    "epoch",
    "seconds",
    "modified",
    "train_loss",
    "smoothed_train_loss",
    "test_loss",
    "test_accuracy",
    "best_test_accuracy",
    "family",
    "features",
    "activation",
    "initialisation",
    "hidden",
    "regulariser",
    "learning_rate",
    "batch_size",
    "epochs",
    "k",
    "c",
    "l2",
    "forward_noise",
    "backward_noise",
];

/// Weight of the mean that smooths a loss for tables: over the last hundred steps or so.
const SMOOTHING: f64 = 0.97;

/// Readings that such a mean needs: what is older weighs less than a thousandth.
const SMOOTHED_OVER: usize = 300;

/// The smoothed training loss of the newest steps.
fn smoothed_loss(run: &RunState) -> Option<f64> {
    let series = run.metric("train_loss")?;
    let skipped = series.points().size_hint().0.saturating_sub(SMOOTHED_OVER);
    let values: Vec<f64> = series.points().skip(skipped).map(|point| point.value).collect();
    crate::state::smoothed(&values, SMOOTHING).last().copied()
}

impl Fields for RunState {
    fn field(&self, name: &str) -> Option<Value> {
        let number = |value: Option<f32>| value.map(|value| Value::Number(f64::from(value)));
        match name {
            "run" => Some(Value::Text(self.id.to_string())),
            "name" => Some(Value::Text(self.name.clone())),
            "state" => Some(Value::Text(self.status.word().to_owned())),
            "dataset" => Some(Value::Text(self.dataset.clone())),
            "seed" => Some(Value::Number(self.seed as f64)),
            "step" => Some(Value::Number(self.step as f64)),
            "epoch" => Some(Value::Number(self.epoch)),
            "seconds" => Some(Value::Number(self.seconds)),
            "train_loss" => number(self.train_loss()),
            "test_loss" => number(self.test_loss()),
            "test_accuracy" => number(self.test_accuracy()),
            "best_test_accuracy" => number(self.best().map(|best| best.test_accuracy)),
            "smoothed_train_loss" => smoothed_loss(self).map(Value::Number),
            "model" => self.current.as_deref().map(|spec| Value::Text(model(spec))),
            _ => self
                .current
                .as_ref()
                .and_then(|spec| setting(spec, name))
                .or_else(|| self.metric(name)?.last().map(|point| Value::Number(point.value))),
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words =
            vec![self.id.to_string(), self.name.clone(), self.status.word().to_owned(), self.dataset.clone()];
        if let Some(spec) = &self.current {
            words.extend([model(spec), features(spec).to_owned(), regulariser(&spec.regulariser)]);
        }
        words
    }
}

impl Fields for RunSummary {
    fn field(&self, name: &str) -> Option<Value> {
        let number = |value: Option<f32>| value.map(|value| Value::Number(f64::from(value)));
        match name {
            "run" => Some(Value::Text(self.run.clone())),
            "name" => Some(Value::Text(self.name.clone())),
            "session" => Some(Value::Text(self.session.clone())),
            "state" => Some(Value::Text(self.status.word().to_owned())),
            "dataset" => Some(Value::Text(self.dataset.clone())),
            "seed" => Some(Value::Number(self.seed as f64)),
            "step" => Some(Value::Number(self.step as f64)),
            "epoch" => Some(Value::Number(self.epoch)),
            "seconds" => Some(Value::Number(self.seconds)),
            "train_loss" => number(self.train_loss),
            "test_loss" => number(self.test_loss),
            "test_accuracy" => number(self.test_accuracy),
            "best_test_accuracy" => number(self.best_test_accuracy),
            "smoothed_train_loss" => number(self.smoothed_train_loss),
            "model" => Some(Value::Text(self.spec.as_deref().map_or_else(|| "foreign".to_owned(), model))),
            "modified" => Some(Value::Number(self.modified as f64)),
            _ => self.spec.as_ref().and_then(|spec| setting(spec, name)),
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec![
            self.run.clone(),
            self.name.clone(),
            self.session.clone(),
            self.status.word().to_owned(),
            self.dataset.clone(),
        ];
        if let Some(spec) = &self.spec {
            words.extend([model(spec), features(spec).to_owned(), regulariser(&spec.regulariser)]);
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regularisers_are_short() {
        let mut settings = Regulariser::default();
        assert_eq!(regulariser(&settings), "none");
        settings.l2 = 1e-4;
        settings.backward_noise = 0.1;
        settings.augment = Augmentation::STUDY;
        assert_eq!(regulariser(&settings), "l2 1e-4 bwd .1 aug");
    }

    #[test]
    fn every_setting_has_its_name_of_the_suite() {
        let spec = Spec::default();
        let tree = serde_json::to_value(&spec).unwrap();
        let asked = ["family", "features", "activation", "initialisation", "hidden", "learning_rate", "batch_size"];
        for name in asked {
            assert!(tree.get(name).is_some() && setting(&spec, name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_field_is_one_of_a_run_in_the_library() {
        let run = RunSummary {
            spec: Some(std::sync::Arc::new(Spec::default())),
            train_loss: Some(0.5),
            smoothed_train_loss: Some(0.5),
            test_loss: Some(0.5),
            test_accuracy: Some(0.5),
            best_test_accuracy: Some(0.5),
            ..RunSummary::default()
        };
        for name in FIELDS.iter().chain(&crate::ui::library::ORDERS) {
            assert!(run.field(name).is_some(), "{name}");
        }
    }
}
