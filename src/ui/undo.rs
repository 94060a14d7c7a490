//! Settings of live runs that this viewer switched a moment ago: what a key takes back, and what is in force meanwhile.
//!
//! A switch takes effect with a later batch and is known only once its record came back. Until then the next key starts
//! from what was asked for, so that two quick keys are two steps. Time enters with
//! [`Action::Tick`](super::Action::Tick). Does not depend on a clock or keys.

use crate::protocol::{Setting, Spec};
use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

/// How long a switch can be undone.
pub const UNDO: Duration = Duration::from_secs(10);

/// A setting that was switched.
#[derive(Clone, Debug, PartialEq)]
pub struct Switched {
    /// The run's id.
    pub run: Arc<str>,
    /// The value before.
    pub before: Setting,
    /// The value asked for.
    pub after: Setting,
    /// Time until it can be undone no more.
    pub left: Duration,
    /// Whether the run was seen with the new value.
    seen: bool,
    /// Whether this took another switch back, so that it is not undone itself.
    is_undo: bool,
}

/// The switches of the last seconds, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Undo {
    switches: Vec<Switched>,
}

/// The value in `spec` of the field that `setting` sets.
#[must_use]
pub fn value(spec: &Spec, setting: &Setting) -> Setting {
    match setting {
        Setting::Activation(_) => Setting::Activation(spec.activation),
        Setting::LearningRate(_) => Setting::LearningRate(spec.learning_rate),
        Setting::Regulariser(_) => Setting::Regulariser(spec.regulariser),
    }
}

/// `spec` with one setting switched.
#[must_use]
pub fn with(spec: &Spec, setting: &Setting) -> Spec {
    let mut spec = spec.clone();
    match *setting {
        Setting::Activation(activation) => spec.activation = activation,
        Setting::LearningRate(rate) => spec.learning_rate = rate,
        Setting::Regulariser(regulariser) => spec.regulariser = regulariser,
    }
    spec
}

impl Undo {
    /// Remembers that `run` was asked to switch from `before` to `after`.
    pub fn switched(&mut self, run: Arc<str>, before: Setting, after: Setting) {
        self.switches.push(Switched { run, before, after, left: UNDO, seen: false, is_undo: false });
    }

    /// The switch that is undone next.
    #[must_use]
    pub fn next(&self) -> Option<&Switched> {
        self.switches.iter().rev().find(|switch| !switch.is_undo)
    }

    /// Takes the newest switch for undoing and remembers that it is taken back.
    pub fn take(&mut self) -> Option<Switched> {
        let place = self.switches.iter().rposition(|switch| !switch.is_undo)?;
        let switch = self.switches.remove(place);
        self.switches.push(Switched {
            before: switch.after,
            after: switch.before,
            left: UNDO,
            seen: false,
            is_undo: true,
            ..switch.clone()
        });
        Some(switch)
    }

    /// The newest switch was refused: it never happened.
    pub fn refused(&mut self) {
        self.switches.pop();
    }

    /// The settings of a run, `current` being those that its records tell, as they will be once every switch took effect.
    #[must_use]
    pub fn in_force(&self, run: &str, current: &Spec) -> Spec {
        let pending = self.switches.iter().filter(|switch| !switch.seen && *switch.run == *run);
        pending.fold(current.clone(), |spec, switch| with(&spec, &switch.after))
    }

    /// Whether the setting of a switch is in force, so that undoing takes back nothing that somebody else set.
    #[must_use]
    pub fn is_in_force(&self, switch: &Switched, current: &Spec) -> bool {
        value(&self.in_force(&switch.run, current), &switch.after) == switch.after
    }

    /// Takes note of a run's settings as its records tell them.
    pub fn observe(&mut self, run: &str, current: &Spec) {
        let is_seen = |switch: &Switched| *switch.run == *run && value(current, &switch.after) == switch.after;
        if let Some(last) = self.switches.iter().rposition(|switch| !switch.seen && is_seen(switch)) {
            let field = discriminant(&self.switches[last].after);
            // Those before it took effect too, or were merged into it.
            for switch in &mut self.switches[..=last] {
                switch.seen |= *switch.run == *run && discriminant(&switch.after) == field;
            }
        }
    }

    /// Runs that have switches whose effect was not seen yet.
    #[must_use]
    pub fn waiting(&self) -> Vec<Arc<str>> {
        self.switches.iter().filter(|switch| !switch.seen).map(|switch| Arc::clone(&switch.run)).collect()
    }

    /// Lets time pass; whether the line about the next undo shows another second.
    pub fn pass(&mut self, elapsed: Duration) -> bool {
        let shown = |undo: &Self| undo.next().map(|switch| switch.left.as_secs_f32().ceil() as u64);
        let before = shown(self);
        for switch in &mut self.switches {
            switch.left = switch.left.saturating_sub(elapsed);
        }
        self.switches.retain(|switch| !switch.left.is_zero());
        shown(self) != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Activation::{Relu, Sigmoid, Tanh};

    fn spec(activation: crate::protocol::Activation) -> Spec {
        Spec { activation, ..Spec::default() }
    }

    #[test]
    fn two_switches_are_undone_one_after_the_other() {
        let mut undo = Undo::default();
        undo.switched("a".into(), Setting::Activation(Sigmoid), Setting::Activation(Tanh));
        undo.switched("a".into(), Setting::Activation(Tanh), Setting::Activation(Relu));
        assert_eq!(undo.in_force("a", &spec(Sigmoid)).activation, Relu, "before the run says so");
        assert_eq!(undo.in_force("b", &spec(Sigmoid)).activation, Sigmoid, "another run");
        assert_eq!(undo.take().unwrap().before, Setting::Activation(Tanh));
        assert_eq!(undo.in_force("a", &spec(Sigmoid)).activation, Tanh);
        assert_eq!(undo.take().unwrap().before, Setting::Activation(Sigmoid));
        assert_eq!(undo.take(), None);
    }

    #[test]
    fn what_took_effect_is_waited_for_no_more() {
        let mut undo = Undo::default();
        undo.switched("a".into(), Setting::Activation(Sigmoid), Setting::Activation(Tanh));
        undo.observe("a", &spec(Tanh));
        assert!(undo.waiting().is_empty());
        let switch = undo.next().unwrap().clone();
        assert!(undo.is_in_force(&switch, &spec(Tanh)));
        assert!(!undo.is_in_force(&switch, &spec(Relu)), "somebody else set it since");
    }

    #[test]
    fn after_ten_seconds_it_stays() {
        let mut undo = Undo::default();
        undo.switched("a".into(), Setting::Activation(Sigmoid), Setting::Activation(Tanh));
        assert!(!undo.pass(Duration::from_millis(1)) && undo.pass(Duration::from_secs(1)));
        assert!(undo.pass(Duration::from_secs(9)) && undo.next().is_none());
    }
}
