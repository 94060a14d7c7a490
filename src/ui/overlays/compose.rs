//! A new run while it is composed, or a fork of a run.
//!
//! Figures are typed as texts and read when the run is started, so that a half-typed number is no error. Does not depend on
//! how it is drawn or who runs it.

use crate::fmt::{number, width};
use crate::protocol::spec_fields::{self, FieldKind};
use crate::protocol::{
    Activation, Augmentation, DatasetInfo, Family, Features, HogSettings, Initialisation, Regulariser, RunPlan,
    Setting, Spec, Status,
};
use crate::state::RunState;
use crate::ui::query::Value;
use crate::ui::{fields, regulariser};
use std::sync::Arc;

/// A setting of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftField {
    /// The hidden layers' activation.
    Activation,
    /// The regulariser.
    Regulariser,
    /// What the network sees of an image.
    Features,
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
    pub const ALL: [Self; 9] = [
        Self::Activation,
        Self::Regulariser,
        Self::LearningRate,
        Self::Features,
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
            Self::Features => "features",
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
    /// Whether a digit that is typed now replaces the chosen setting's value, rather than adding to it.
    replaces: bool,
}

impl Draft {
    /// A draft that begins with settings; classic models become networks.
    #[must_use]
    pub fn new(spec: &Spec, seed: u64) -> Self {
        let spec = Spec { family: Family::Mlp, ..spec.clone() };
        let typed = [
            fields::hidden(&spec),
            number::short(f64::from(spec.learning_rate)),
            spec.epochs.to_string(),
            spec.batch_size.to_string(),
            seed.to_string(),
        ];
        Self { fork_of: None, origin: spec.clone(), spec, row: 0, wrong: None, typed, replaces: true }
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
            DraftField::Features => fields::features(&self.spec).to_owned(),
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
        self.replaces = true;
    }

    /// Puts typed or pasted text at the end of the chosen setting, as far as it can belong to it. A first digit or point
    /// replaces the value that stood there; a dash or comma adds to it.
    pub fn insert(&mut self, words: &str) {
        let Some(slot) = Self::slot(self.field()) else { return };
        let allowed: &[char] = match self.field() {
            DraftField::Hidden => &['-', ',', ' '],
            DraftField::LearningRate => &['.', 'e', '-'],
            _ => &[],
        };
        let fitting = width::clean(words);
        let fitting: Vec<char> = fitting.chars().filter(|c| c.is_ascii_digit() || allowed.contains(c)).collect();
        if self.replaces && fitting.first().is_some_and(|first| first.is_ascii_digit() || *first == '.') {
            self.typed[slot].clear();
        }
        self.replaces &= fitting.is_empty();
        let room = 32_usize.saturating_sub(self.typed[slot].len());
        self.typed[slot].extend(fitting.into_iter().take(room));
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
        self.replaces = false;
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
            DraftField::Features => {
                self.spec.features = match self.spec.features {
                    Features::Pixels => Features::Hog(HogSettings::default()),
                    Features::Hog(_) => Features::Pixels,
                };
            }
            DraftField::LearningRate => {
                let rate = self.typed[1].parse().unwrap_or(self.origin.learning_rate);
                self.typed[1] = number::short(f64::from(regulariser::step(rate, forward)));
            }
            DraftField::Epochs => self.turn_number(2, forward, 1, 1),
            DraftField::Batch => self.turn_batch(forward),
            DraftField::Seed => self.turn_number(4, forward, 1, 0),
            DraftField::Hidden => {}
        }
        self.replaces = true;
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
            epochs: self.read_whole(2, "epochs")? as usize,
            batch_size: self.read_whole(3, "batch_size")? as usize,
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
        if number::short(f64::from(rate)) != number::short(f64::from(self.origin.learning_rate)) {
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

    /// A whole number within the bounds that the table of settings has.
    fn read_whole(&self, slot: usize, key: &str) -> Result<u64, String> {
        match spec_fields::field(key).map(|field| (field.title, field.kind)) {
            Some((title, FieldKind::Whole(least, most))) => self.read_number(slot, title, least..=most),
            _ => self.read_number(slot, key, 1..=u64::MAX),
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
    if spec.features != Features::Pixels {
        name.push_str("-hog");
    }
    if spec.regulariser != Regulariser::default() {
        name.push('-');
        name.push_str(&fields::regulariser(&spec.regulariser).replace(' ', "-"));
    }
    for (field, short) in [("learning_rate", "lr"), ("hidden", "h"), ("epochs", "e"), ("batch_size", "b")] {
        let (ours, usual) = (fields::setting(spec, field), fields::setting(&default, field));
        if ours != usual {
            let value = match ours {
                Some(Value::Text(text)) => text,
                Some(Value::Number(number)) => number::short(number),
                None => continue,
            };
            name.extend(["-", short, &value]);
        }
    }
    name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).collect()
}

/// Checks what only the data can tell of a plan: whether a batch can be filled, and what features can be noisy copies of.
///
/// # Errors
///
/// In words, the setting, what was found and what is allowed.
pub fn check_data(plan: &RunPlan, data: Option<&DatasetInfo>) -> Result<(), String> {
    let spec = &*plan.spec;
    let is_noisy = spec.regulariser.augment != Augmentation::Off;
    if spec.features != Features::Pixels && is_noisy {
        return Err("regulariser: augmentation makes noisy images, so it needs the features pixels".to_owned());
    }
    // A session that begins has no name of its data yet, and no images.
    let Some(data) = data.filter(|data| data.train > 0) else { return Ok(()) };
    let most = data.train.saturating_mul(if is_noisy { 2 } else { 1 });
    if spec.batch_size > most {
        return Err(format!("batch size: {}; 1 to {most}, the training images of {}", spec.batch_size, data.name));
    }
    Ok(())
}

/// Weights and biases of a network on `inputs` values and `classes` classes.
#[must_use]
pub fn parameters(spec: &Spec, inputs: usize, classes: usize) -> u64 {
    let sizes: Vec<u64> =
        std::iter::once(inputs).chain(spec.hidden.iter().copied()).chain([classes]).map(|n| n as u64).collect();
    sizes.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1])).fold(0, u64::saturating_add)
}

/// Where a fork of a run starts and how far it goes: `from epoch 25 of relu-s0, 15 epochs more, to 40`. A run that is
/// complete is followed by as many epochs again.
#[must_use]
pub fn fork_text(run: &RunState) -> Option<String> {
    let (from, planned) = (run.checkpoint.as_ref()?.epoch, run.spec.as_ref()?.epochs as f64);
    let is_complete = from >= planned;
    let last = if is_complete { from.max(run.current.as_ref()?.epochs as f64) + planned } else { planned };
    let end = if is_complete { ", which is complete," } else { "," };
    let (more, last) = (number::short(last - from), number::short(last));
    Some(format!("from epoch {} of {}{end} {more} epochs more, to {last}", number::short(from), run.id))
}

/// What a draft of a new run begins with, in words.
#[must_use]
pub fn origin_text(run: Option<&RunState>) -> String {
    let Some(run) = run.filter(|run| is_network(run)) else {
        return "networks only: k-NN and SVM are composed in suites".to_owned();
    };
    let is_changed = !run.changes.is_empty();
    match (is_live(run), is_changed) {
        (true, true) => format!("begins with the settings of {} as they are now, changed while it runs", run.id),
        (false, true) => format!("begins with the first settings of {}, before they were changed", run.id),
        (_, false) => format!("begins with the settings of {}", run.id),
    }
}

fn is_network(run: &RunState) -> bool {
    run.spec.as_ref().is_some_and(|spec| spec.family == Family::Mlp)
}

fn is_live(run: &RunState) -> bool {
    matches!(run.status, Status::Running | Status::Paused)
}

/// The settings that a draft begins with beside a run: a network's own, of a live one as they are now, of any other as it
/// was started with; else the defaults.
#[must_use]
pub fn beginning(run: Option<&RunState>) -> (Spec, u64) {
    let network = run.filter(|run| is_network(run));
    let spec = network.and_then(|run| if is_live(run) { run.current.as_deref() } else { run.spec.as_deref() });
    match (network, spec) {
        (Some(run), Some(spec)) => (spec.clone(), run.seed),
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
    fn the_first_digit_replaces_and_editing_keys_edit() {
        for (field, before, typed, after) in [
            (DraftField::Hidden, "500-250-100", "300-100", "300-100"),
            (DraftField::Hidden, "500-250-100", "-32", "500-250-100-32"),
            (DraftField::LearningRate, "0.05", "0.5", "0.5"),
            (DraftField::LearningRate, "0.05", ".5", ".5"),
            (DraftField::Batch, "64", "128", "128"),
        ] {
            let mut draft = draft();
            choose(&mut draft, field);
            assert_eq!(draft.value(field), before);
            for letter in typed.chars() {
                draft.insert(&letter.to_string());
            }
            assert_eq!(draft.value(field), after);
            draft.erase(false);
            draft.insert("1");
            assert_eq!(draft.value(field), format!("{}1", &after[..after.len() - 1]), "an edited value is added to");
            draft.go(1);
            draft.go(-1);
            draft.insert("7");
            let is_last = field == *draft.fields().last().unwrap();
            assert!(is_last || draft.value(field) == "7", "chosen anew, it is replaced");
        }
    }

    #[test]
    fn what_the_data_cannot_carry_is_refused() {
        let data = DatasetInfo { train: 60_000, name: "MNIST".to_owned(), ..DatasetInfo::default() };
        let mut draft = draft();
        choose(&mut draft, DraftField::Batch);
        draft.insert("100000");
        let plan = draft.plan(0, |_| false).unwrap();
        assert!(check_data(&plan, Some(&data)).unwrap_err().contains("1 to 60000, the training images of MNIST"));
        assert_eq!(check_data(&plan, Some(&DatasetInfo::default())), Ok(()), "data that are not known yet");
        assert_eq!(parameters(&Spec { hidden: vec![10], ..Spec::default() }, 784, 10), 7_850 + 110);
        let mut draft = crate::ui::overlays::compose::tests::draft();
        choose(&mut draft, DraftField::Features);
        draft.turn(true);
        let plan = draft.plan(0, |_| false).unwrap();
        assert_eq!((plan.run.as_str(), check_data(&plan, Some(&data))), ("sigmoid-hog-s3", Ok(())));
    }

    #[test]
    fn a_fork_says_where_it_starts_and_how_far_it_goes() {
        let checkpoint =
            |epoch| crate::protocol::Checkpoint { step: 1, epoch, path: String::new(), sha256: String::new() };
        let spec = Arc::new(Spec { epochs: 40, ..Spec::default() });
        let mut run = RunState::new("relu-s0".into());
        (run.spec, run.current) = (Some(Arc::clone(&spec)), Some(spec));
        assert_eq!(fork_text(&run), None);
        run.checkpoint = Some(checkpoint(25.0));
        assert_eq!(fork_text(&run).as_deref(), Some("from epoch 25 of relu-s0, 15 epochs more, to 40"));
        run.checkpoint = Some(checkpoint(40.0));
        let said = "from epoch 40 of relu-s0, which is complete, 40 epochs more, to 80";
        assert_eq!(fork_text(&run).as_deref(), Some(said));
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
