//! The fields of a run, live or in the library, by the names that filters, columns and groups use.
//!
//! The names are those of suites and logs; short ones are aliases, and what a run itself logs under a short name comes
//! before what the alias stands for. Does not depend on what asks for them.

use super::query::{Fields, QueryError, Value, ValueKind};
use crate::fmt::number;
use crate::protocol::spec_fields::{FieldKind, REGULARISER, families_of, named};
use crate::protocol::{Augmentation, Features, Regulariser, RunSummary, Spec, Status};
use crate::state::{
    RunState, accuracy_metric, field_text, flat_fields, free_setting, loss_metric, value_text, whole_name,
};

/// The regulariser in a few characters: `none`, `l2 1e-4`, `fwd .1 bwd .01 aug`.
#[must_use]
pub fn regulariser(regulariser: &Regulariser) -> String {
    let mut parts = Vec::new();
    let figure = |value: f32| {
        let text = number::short(f64::from(value));
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
        Family::Svm => format!("svm C={}", number::short(spec.c)),
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

/// A setting by one of its names in suites; `None` where the model's family does not have it.
#[must_use]
pub fn setting(spec: &Spec, name: &str) -> Option<Value> {
    use crate::protocol::{Divergence, Family, Initialisation};
    if !families_of(name).contains(&spec.family) {
        return None;
    }
    let text = |words: &str| Some(Value::Text(words.to_owned()));
    let number = |value: f64| Some(Value::Number(value));
    match named(name).map_or(name, |field| field.key) {
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
        REGULARISER => Some(Value::Text(regulariser(&spec.regulariser))),
        "learning_rate" => number(f64::from(spec.learning_rate)),
        "batch_size" => number(spec.batch_size as f64),
        "epochs" => number(spec.epochs as f64),
        "shuffle" => text(if spec.shuffle { "true" } else { "false" }),
        "log_every" => number(spec.log_every as f64),
        "evaluate_every" => number(spec.evaluate_every as f64),
        "inactive_every" => number(spec.inactive_every as f64),
        "checkpoint_every" => number(spec.checkpoint_every as f64),
        "on_divergence" => text(match spec.on_divergence {
            Divergence::Stop => "stop",
            Divergence::Continue => "continue",
        }),
        "k" => number(spec.k as f64),
        "c" => number(spec.c),
        "tolerance" => number(spec.tolerance),
        "regulariser.l2" => number(f64::from(spec.regulariser.l2)),
        "regulariser.forward_noise" => number(f64::from(spec.regulariser.forward_noise)),
        "regulariser.backward_noise" => number(f64::from(spec.regulariser.backward_noise)),
        "regulariser.augment" => text(if spec.regulariser.augment == Augmentation::Off { "false" } else { "true" }),
        _ => rare_setting(spec, name),
    }
}

/// A setting that few ask for, such as `features.hog.cell`, from the settings as a tree.
fn rare_setting(spec: &Spec, name: &str) -> Option<Value> {
    let found = flat_fields(spec).remove(&whole_name(name)?)?;
    Some(found.as_f64().map_or_else(|| Value::Text(field_text(spec, name).unwrap_or_default()), Value::Number))
}

/// Every field that a run may have beside settings and the metrics of other programs.
pub const FIELDS: [(&str, ValueKind); 16] = [
    ("run", ValueKind::Text),
    ("name", ValueKind::Text),
    ("session", ValueKind::Text),
    ("state", ValueKind::Text),
    ("model", ValueKind::Text),
    ("dataset", ValueKind::Text),
    ("seed", ValueKind::Number),
    ("step", ValueKind::Number),
    ("epoch", ValueKind::Number),
    ("seconds", ValueKind::Number),
    ("modified", ValueKind::Number),
    ("train_loss", ValueKind::Number),
    ("smoothed_train_loss", ValueKind::Number),
    ("test_loss", ValueKind::Number),
    ("test_accuracy", ValueKind::Number),
    ("best_test_accuracy", ValueKind::Number),
];

/// Short names of fields that are no settings, and the fields they stand for.
const ALIASES: [(&str, &str); 9] = [
    ("acc", "test_accuracy"),
    ("accuracy", "test_accuracy"),
    ("best", "best_test_accuracy"),
    ("loss", "train_loss"),
    ("smoothed", "smoothed_train_loss"),
    ("status", "state"),
    ("data", "dataset"),
    ("reg", REGULARISER),
    ("time", "seconds"),
];

/// What an alias stands for.
fn alias(name: &str) -> Option<&'static str> {
    ALIASES.iter().find(|(short, _)| *short == name).map(|(_, whole)| *whole)
}

/// The type of a field's values by the field's name alone; `None` for a name that is not among the program's own.
fn own_kind(name: &str) -> Option<ValueKind> {
    let name = alias(name).unwrap_or(name);
    if let Some((_, kind)) = FIELDS.iter().find(|(known, _)| *known == name) {
        return Some(*kind);
    }
    if name == REGULARISER {
        return Some(ValueKind::Text);
    }
    named(name).map(|field| match field.kind {
        FieldKind::Whole(..) | FieldKind::Real { .. } => ValueKind::Number,
        _ => ValueKind::Text,
    })
}

/// The type of a field's values: as the program knows it, else as the first of these runs has it.
pub fn kind<'a>(
    name: &str,
    runs: impl IntoIterator<Item = &'a RunState>,
    library: impl IntoIterator<Item = &'a RunSummary>,
) -> Option<ValueKind> {
    let of_run = || runs.into_iter().find_map(|run| run.field(name));
    let of_library = || library.into_iter().find_map(|run| run.field(name));
    own_kind(name).or_else(|| of_run().or_else(of_library).map(|value| value.kind()))
}

/// Why a filter is refused, in words; of an unknown field with the nearest names, or with all that there are.
#[must_use]
pub fn refusal<'a>(error: &QueryError, runs: impl IntoIterator<Item = &'a RunState>) -> String {
    let QueryError::UnknownField { field } = error else { return error.to_string() };
    let mut names: Vec<String> = FIELDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend(crate::protocol::spec_fields::FIELDS.iter().map(|field| field.key.to_owned()));
    let metrics: std::collections::BTreeSet<&String> = runs.into_iter().flat_map(|run| run.series.keys()).collect();
    for metric in metrics {
        if !names.contains(metric) {
            names.push(metric.clone());
        }
    }
    let near: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| strsim::jaro_winkler(name, field) > 0.85 || (field.len() > 2 && name.contains(field.as_str())))
        .collect();
    if near.is_empty() {
        format!("{error}; fields are {}", names.join(", "))
    } else {
        format!("{error}; did you mean {}?", near.join(", "))
    }
}

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

/// What a field answers to beside its value: `name` to the run's id, `state` to its name in one word.
fn second_value(name: &str, id: &str, status: Status) -> Option<Value> {
    match name {
        "name" => Some(Value::Text(id.to_owned())),
        "state" | "status" => Some(Value::Text(status.word().to_owned())),
        _ => None,
    }
}

/// What a short name means for another program's run, by the names of its metrics.
fn of_another_program(run: &RunState, name: &str) -> Option<Value> {
    if run.spec.is_some() {
        return None;
    }
    let point = match name {
        "loss" => run.metric(loss_metric(run)?)?.last(),
        "acc" | "accuracy" => run.metric(accuracy_metric(run)?)?.last(),
        "best" => run.metric(accuracy_metric(run)?)?.highest(),
        _ => None,
    };
    point.map(|point| Value::Number(point.value))
}

/// A setting of another tool's run as filters compare it.
fn free_value(value: &serde_json::Value) -> Value {
    value.as_f64().map_or_else(|| Value::Text(value_text(value)), Value::Number)
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
                .metric(name)
                .and_then(|series| series.last().map(|point| Value::Number(point.value)))
                .or_else(|| self.current.as_ref().and_then(|spec| setting(spec, name)))
                .or_else(|| self.field(alias(name)?))
                .or_else(|| of_another_program(self, name))
                .or_else(|| free_setting(&self.info, name).map(free_value)),
        }
    }

    fn second_value(&self, name: &str) -> Option<Value> {
        second_value(name, &self.id, self.status)
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
            _ => self.spec.as_ref().and_then(|spec| setting(spec, name)).or_else(|| self.field(alias(name)?)),
        }
    }

    fn second_value(&self, name: &str) -> Option<Value> {
        second_value(name, &self.run, self.status)
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
    fn every_setting_is_found_by_every_name_in_the_families_that_have_it_alone() {
        use crate::protocol::{Family, spec_fields};
        for family in [Family::Mlp, Family::Knn, Family::Svm] {
            let initial_weights = Some("w.safetensors".to_owned());
            let spec = Spec { family, initial_weights, ..Spec::default() };
            for field in spec_fields::FIELDS {
                let last = field.key.rsplit('.').next();
                for name in field.aliases.iter().copied().chain([field.key]).chain(last) {
                    let found = setting(&spec, name);
                    assert_eq!(found.is_some(), field.families.contains(&family), "{name} of {family:?}");
                    assert!(found.is_none_or(|value| own_kind(name) == Some(value.kind())), "{name}");
                }
            }
        }
        let hog = Spec { features: Features::Hog(crate::protocol::HogSettings::default()), ..Spec::default() };
        assert_eq!(setting(&hog, "features.hog.cell"), Some(Value::Number(7.0)));
    }

    #[test]
    fn filters_do_not_match_settings_that_a_model_does_not_have() {
        use crate::protocol::Family;
        let run = |family| RunSummary {
            spec: Some(std::sync::Arc::new(Spec { family, ..Spec::default() })),
            ..RunSummary::default()
        };
        for (filter, families) in [
            ("k=3", vec![Family::Knn]),
            ("c=1", vec![Family::Svm]),
            ("tolerance<1", vec![Family::Svm]),
            ("hidden=500-250-100", vec![Family::Mlp]),
            ("epochs=15", vec![Family::Mlp]),
            ("lr<=0.1", vec![Family::Mlp]),
            ("regulariser=none", vec![Family::Mlp]),
            ("activation=sigmoid shuffle=true log_every=1", vec![Family::Mlp]),
        ] {
            let query = crate::ui::Query::parse(filter).unwrap();
            let all = [Family::Mlp, Family::Knn, Family::Svm];
            let found: Vec<Family> = all.into_iter().filter(|family| query.matches(&run(*family))).collect();
            assert_eq!(found, families, "{filter}");
        }
    }

    #[test]
    fn a_run_s_own_metric_comes_before_an_alias() {
        use crate::protocol::{Event, Metrics, Record, Update};
        let mut run = crate::state::SessionState::new();
        let values = [("loss", 0.4), ("accuracy", 0.8), ("val_accuracy", 0.7)];
        let values: Vec<_> = values.iter().map(|(name, value)| ((*name).into(), *value)).collect();
        let event = Event::Metrics(Metrics { step: 3.0, segment: 0, values: values.into() });
        let record = std::sync::Arc::new(Record { v: 1, seq: 0, t: 1.0, event });
        run.apply(&Update::Record { run: "keras".into(), record });
        let run = &run.runs()[0];
        assert_eq!(run.field("loss"), Some(Value::Number(0.4)));
        assert_eq!(run.field("accuracy"), Some(Value::Number(0.8)));
        let own = RunSummary { train_loss: Some(0.5), test_accuracy: Some(0.25), ..RunSummary::default() };
        assert_eq!(own.field("loss"), Some(Value::Number(0.5)));
        assert_eq!(own.field("acc"), Some(Value::Number(0.25)));
    }

    #[test]
    fn an_unknown_field_is_answered_with_its_nearest() {
        let unknown = |field: &str| QueryError::UnknownField { field: field.to_owned() };
        let said = refusal(&unknown("activaton"), []);
        assert!(said.ends_with("did you mean activation?"), "{said}");
        let said = refusal(&unknown("qqq"), []);
        assert!(said.contains("fields are run, name") && said.contains("tolerance"), "{said}");
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
        for name in FIELDS.iter().map(|(name, _)| name).chain(&crate::ui::library::ORDERS) {
            assert!(run.field(name).is_some(), "{name}");
        }
    }
}
