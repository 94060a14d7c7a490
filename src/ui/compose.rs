//! A new run while it is composed, or a fork of a run.
//!
//! Figures are typed as texts and read when the run is started, so that a half-typed number is no error. Must not know
//! how it is drawn or who runs it.

use super::query::{Fields, Value};
use super::{fields, figures, regulariser, text};
use crate::protocol::{Activation, Family, Initialisation, Regulariser, RunPlan, Setting, Spec};
use std::sync::Arc;

/// A setting of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftField {
    /// The hidden layers' activation.
    Activation,
    /// The regulariser.
    Regulariser,
    /// Units of the hidden layers.
    Hidden,
    /// How weights are drawn.
    Initialisation,
    /// The step size.
    LearningRate,
    /// Passes over the training set.
    Epochs,
    /// Images a step.
    Batch,
    /// The seed.
    Seed,
}

impl DraftField {
    /// All of them, from the top.
    pub const ALL: [Self; 8] = [
        Self::Activation,
        Self::Regulariser,
        Self::LearningRate,
        Self::Hidden,
        Self::Initialisation,
        Self::Epochs,
        Self::Batch,
        Self::Seed,
    ];

    /// What a fork may change.
    pub const OF_FORK: [Self; 3] = [Self::Activation, Self::Regulariser, Self::LearningRate];

    /// The title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Regulariser => "regulariser",
            Self::Hidden => "hidden layers",
            Self::Initialisation => "initialisation",
            Self::LearningRate => "learning rate",
            Self::Epochs => "epochs",
            Self::Batch => "batch size",
            Self::Seed => "seed",
        }
    }
}

/// A run that is composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The run whose newest checkpoint is forked, for a fork.
    pub fork_of: Option<Arc<str>>,
    /// The settings that are not typed, and the origin of the rest.
    pub spec: Spec,
    /// The settings that the draft began with.
    pub origin: Spec,
    /// The place of the chosen setting among [`Draft::fields`].
    pub row: usize,
    /// What is wrong, said when a start was refused.
    pub wrong: Option<String>,
    typed: [String; 5],
}

impl Draft {
    /// A draft that begins with settings; classic models become networks.
    #[must_use]
    pub fn new(spec: &Spec, seed: u64) -> Self {
        let spec = Spec { family: Family::Mlp, ..spec.clone() };
        let typed = [
            fields::hidden(&spec),
            figures::short(f64::from(spec.learning_rate)),
            spec.epochs.to_string(),
            spec.batch_size.to_string(),
            seed.to_string(),
        ];
        Self { fork_of: None, origin: spec.clone(), spec, row: 0, wrong: None, typed }
    }

    /// A draft of a fork.
    #[must_use]
    pub fn fork(spec: &Spec, seed: u64, run: Arc<str>) -> Self {
        Self { fork_of: Some(run), ..Self::new(spec, seed) }
    }

    /// The settings that may be changed.
    #[must_use]
    pub fn fields(&self) -> &'static [DraftField] {
        if self.fork_of.is_some() { &DraftField::OF_FORK } else { &DraftField::ALL }
    }

    /// The chosen setting.
    #[must_use]
    pub fn field(&self) -> DraftField {
        let fields = self.fields();
        fields[self.row.min(fields.len() - 1)]
    }

    /// A setting's value as it is shown.
    #[must_use]
    pub fn value(&self, field: DraftField) -> String {
        match field {
            DraftField::Activation => self.spec.activation.name().to_owned(),
            DraftField::Regulariser => fields::regulariser(&self.spec.regulariser),
            DraftField::Initialisation => match self.spec.initialisation {
                Initialisation::Glorot => "glorot".to_owned(),
                Initialisation::He => "he".to_owned(),
            },
            typed => Self::slot(typed).map_or_else(String::new, |slot| self.typed[slot].clone()),
        }
    }

    fn slot(field: DraftField) -> Option<usize> {
        match field {
            DraftField::Hidden => Some(0),
            DraftField::LearningRate => Some(1),
            DraftField::Epochs => Some(2),
            DraftField::Batch => Some(3),
            DraftField::Seed => Some(4),
            _ => None,
        }
    }

    /// Chooses the setting `by` further down, to the ends at most.
    pub fn go(&mut self, by: isize) {
        self.row = self.row.saturating_add_signed(by).min(self.fields().len() - 1);
    }

    /// Puts typed or pasted text at the end of the chosen setting, as far as it can belong to it.
    pub fn insert(&mut self, words: &str) {
        let Some(slot) = Self::slot(self.field()) else { return };
        let allowed: &[char] = match self.field() {
            DraftField::Hidden => &['-', ',', ' '],
            DraftField::LearningRate => &['.', 'e', '-'],
            _ => &[],
        };
        let fitting = text::clean(words);
        let fitting = fitting.chars().filter(|c| c.is_ascii_digit() || allowed.contains(c));
        let room = 32_usize.saturating_sub(self.typed[slot].len());
        self.typed[slot].extend(fitting.take(room));
        self.wrong = None;
    }

    /// Takes the last letter of the chosen setting away, or all of it.
    pub fn erase(&mut self, all: bool) {
        if let Some(slot) = Self::slot(self.field()) {
            if all {
                self.typed[slot].clear();
            } else {
                self.typed[slot].pop();
            }
        }
        self.wrong = None;
    }

    /// The next value of the chosen setting, or the one before.
    pub fn turn(&mut self, forward: bool) {
        match self.field() {
            DraftField::Activation => self.turn_activation(forward),
            DraftField::Regulariser => self.turn_regulariser(forward),
            DraftField::Initialisation => {
                self.spec.initialisation = match self.spec.initialisation {
                    Initialisation::Glorot => Initialisation::He,
                    Initialisation::He => Initialisation::Glorot,
                };
            }
            DraftField::LearningRate => {
                let rate = self.typed[1].parse().unwrap_or(self.origin.learning_rate);
                self.typed[1] = figures::short(f64::from(regulariser::step(rate, forward)));
            }
            DraftField::Epochs => self.turn_number(2, forward, 1, 1),
            DraftField::Batch => self.turn_batch(forward),
            DraftField::Seed => self.turn_number(4, forward, 1, 0),
            DraftField::Hidden => {}
        }
        self.wrong = None;
    }

    fn turn_number(&mut self, slot: usize, forward: bool, by: u64, least: u64) {
        let number: u64 = self.typed[slot].parse().unwrap_or(least);
        let turned = if forward { number.saturating_add(by) } else { number.saturating_sub(by).max(least) };
        self.typed[slot] = turned.to_string();
    }

    fn turn_batch(&mut self, forward: bool) {
        let batch: u64 = self.typed[3].parse().unwrap_or(64);
        let batch = if forward { batch.saturating_mul(2).min(65_536) } else { (batch / 2).max(1) };
        self.typed[3] = batch.to_string();
    }

    /// The next activation, or the one before.
    pub fn turn_activation(&mut self, forward: bool) {
        self.spec.activation = regulariser::next_activation(self.spec.activation, forward);
        self.wrong = None;
    }

    /// The next regulariser, or the one before.
    pub fn turn_regulariser(&mut self, forward: bool) {
        self.spec.regulariser = regulariser::next(&self.spec.regulariser, forward);
        self.wrong = None;
    }

    /// The regulariser a step stronger or weaker.
    pub fn step_regulariser(&mut self, stronger: bool) {
        match regulariser::stepped(&self.spec.regulariser, stronger) {
            Some(stepped) => self.spec.regulariser = stepped,
            None => self.wrong = Some("no regulariser to make stronger or weaker: r chooses one".to_owned()),
        }
    }

    /// The plan, named after what differs from its origin and unlike any of `taken`.
    ///
    /// # Errors
    ///
    /// In words, the setting that cannot be read, what was found and what is allowed.
    pub fn plan(&self, order: u32, taken: impl Fn(&str) -> bool) -> Result<RunPlan, String> {
        let spec = Spec {
            hidden: self.read_hidden()?,
            learning_rate: self.read_rate()?,
            epochs: self.read_number(2, "epochs", 1..=100_000)? as usize,
            batch_size: self.read_number(3, "batch size", 1..=1_000_000)? as usize,
            ..self.spec.clone()
        };
        let seed = self.read_number(4, "seed", 0..=u64::MAX)?;
        let name = name_of(&spec);
        let base = format!("{name}-s{seed}");
        let free = |n: u32| if n == 1 { base.clone() } else { format!("{base}-{n}") };
        let run = (1..=u32::MAX).map(free).find(|id| !taken(id)).unwrap_or_else(|| base.clone());
        Ok(RunPlan { run, name, order, seed, spec: Arc::new(spec), fork_of: None })
    }

    /// The one thing that a fork changes.
    ///
    /// # Errors
    ///
    /// In words, when nothing or more than one thing was changed.
    pub fn change(&self) -> Result<Setting, String> {
        let rate = self.read_rate()?;
        let mut changes: Vec<Setting> = Vec::new();
        if self.spec.activation != self.origin.activation {
            changes.push(Setting::Activation(self.spec.activation));
        }
        if self.spec.regulariser != self.origin.regulariser {
            changes.push(Setting::Regulariser(self.spec.regulariser));
        }
        if figures::short(f64::from(rate)) != figures::short(f64::from(self.origin.learning_rate)) {
            changes.push(Setting::LearningRate(rate));
        }
        match changes[..] {
            [change] => Ok(change),
            [] => Err("a fork changes one thing: the activation, the regulariser or the learning rate".to_owned()),
            _ => Err("a fork changes one thing only; put the others back".to_owned()),
        }
    }

    fn read_hidden(&self) -> Result<Vec<usize>, String> {
        let typed = &self.typed[0];
        let layers: Result<Vec<usize>, _> =
            typed.split(['-', ',', ' ']).filter(|part| !part.is_empty()).map(str::parse).collect();
        match layers {
            Ok(layers)
                if !layers.is_empty() && layers.len() <= 32 && layers.iter().all(|n| (1..=65_536).contains(n)) =>
            {
                Ok(layers)
            }
            _ => Err(format!("hidden layers: \"{typed}\"; units of 1 to 32 layers, such as 500-250-100")),
        }
    }

    fn read_rate(&self) -> Result<f32, String> {
        let typed = &self.typed[1];
        match typed.parse::<f32>() {
            Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
            _ => Err(format!("learning rate: \"{typed}\"; a number above 0, such as 0.05 or 1e-3")),
        }
    }

    fn read_number(&self, slot: usize, title: &str, allowed: std::ops::RangeInclusive<u64>) -> Result<u64, String> {
        let typed = &self.typed[slot];
        typed.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
            format!("{title}: \"{typed}\"; a whole number from {} to {}", allowed.start(), allowed.end())
        })
    }
}

/// A name of the letters that a run's id may have, from the settings that differ from the defaults.
fn name_of(spec: &Spec) -> String {
    let default = Spec::default();
    let mut name = spec.activation.name().replace('_', "-");
    if spec.regulariser != Regulariser::default() {
        name.push('-');
        name.push_str(&fields::regulariser(&spec.regulariser).replace(' ', "-"));
    }
    for (field, short) in [("learning_rate", "lr"), ("hidden", "h"), ("epochs", "e"), ("batch_size", "b")] {
        let (ours, usual) = (fields::setting(spec, field), fields::setting(&default, field));
        if ours != usual {
            let value = match ours {
                Some(Value::Text(text)) => text,
                Some(Value::Number(number)) => figures::short(number),
                None => continue,
            };
            name.extend(["-", short, &value]);
        }
    }
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

/// The settings that a draft begins with beside a run: the run's own where it is a network, else the defaults.
#[must_use]
pub fn beginning(run: Option<&crate::state::RunState>) -> (Spec, u64) {
    let network = run.and_then(|run| run.current.as_deref().map(|spec| (spec, run.seed)));
    match network {
        Some((spec, seed)) if run.is_some_and(|r| r.field("family") == Some(Value::Text("mlp".to_owned()))) => {
            (spec.clone(), seed)
        }
        _ => (Spec { activation: Activation::Relu, ..Spec::default() }, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Draft::new(&Spec::default(), 3)
    }

    fn choose(draft: &mut Draft, field: DraftField) {
        draft.row = draft.fields().iter().position(|&f| f == field).unwrap();
    }

    #[test]
    fn a_plan_says_what_was_chosen() {
        let mut draft = draft();
        draft.turn_activation(true);
        draft.turn_regulariser(true);
        choose(&mut draft, DraftField::Hidden);
        draft.erase(true);
        draft.insert("64, 32\u{1b}[m");
        let plan = draft.plan(7, |_| false).unwrap();
        assert_eq!((plan.spec.hidden.as_slice(), plan.seed), ([64, 32].as_slice(), 3));
        assert_eq!(plan.run, "tanh-l2-1e-4-h64-32-s3");
    }

    #[test]
    fn names_are_new_and_of_allowed_letters() {
        let mut draft = draft();
        draft.turn_activation(true);
        draft.turn_regulariser(true);
        let plan = draft.plan(7, |id| id == "tanh-l2-1e-4-s3").unwrap();
        assert_eq!((plan.run.as_str(), plan.name.as_str(), plan.order), ("tanh-l2-1e-4-s3-2", "tanh-l2-1e-4", 7));
        assert_eq!(plan.spec.activation, Activation::Tanh);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (field, typed, part) in [
            (DraftField::LearningRate, "1e", "learning rate: \"1e\""),
            (DraftField::Epochs, "0", "from 1 to"),
            (DraftField::Hidden, "0", "500-250-100"),
            (DraftField::Seed, "", "seed: \"\""),
        ] {
            let mut draft = draft();
            choose(&mut draft, field);
            draft.erase(true);
            draft.insert(typed);
            let wrong = draft.plan(0, |_| false).unwrap_err();
            assert!(wrong.contains(part), "{wrong}");
        }
    }

    #[test]
    fn a_fork_changes_one_thing() {
        let mut draft = Draft::fork(&Spec::default(), 0, "sigmoid-s0".into());
        assert!(draft.change().is_err());
        draft.turn_activation(true);
        assert_eq!(draft.change(), Ok(Setting::Activation(Activation::Tanh)));
        draft.turn_regulariser(true);
        assert!(draft.change().is_err());
    }
}
