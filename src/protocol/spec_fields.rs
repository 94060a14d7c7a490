//! The table of settings: every field of a [`Spec`](super::Spec) with its names, its title, its type and range, the
//! model families that have it, and what it does.
//!
//! Suites are checked against it, `docs/suites.md` is generated from it, and filters, groups and comparisons find
//! settings and their families by it. The defaults are not here: they stand in `Spec::default` alone. Does not depend on who
//! asks.

use super::Family;

/// One setting of a [`Spec`](super::Spec).
#[derive(Debug)]
pub struct SpecField {
    /// The dotted key, `regulariser.l2`.
    pub key: &'static str,
    /// Short names accepted beside the key and, for a dotted key, beside its last part: `lr`.
    pub aliases: &'static [&'static str],
    /// The prefix of a value in run ids: `lr` in `sigmoid-lr0.1-s0`. Empty where the value needs no name.
    pub prefix: &'static str,
    /// What a table or a form calls it: `learning rate`.
    pub title: &'static str,
    /// The type and range of its values.
    pub kind: FieldKind,
    /// The families that use it; the others keep the default and ignore it.
    pub families: &'static [Family],
    /// What it does, in a sentence or two.
    pub doc: &'static str,
}

/// The type and range of a setting's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldKind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number within these bounds, both included.
    Whole(u64, u64),
    /// A finite single-precision number above `least` (or equal to it, with `least_too`) and up to `most`.
    Real {
        /// The lower bound.
        least: f64,
        /// Whether the lower bound itself is allowed.
        least_too: bool,
        /// The upper bound, allowed itself; `f32::MAX` where there is none.
        most: f64,
    },
    /// `true` or `false`.
    Switch,
    /// `true`, `false` or a standard deviation.
    Augment,
    /// The units of the hidden layers.
    Layers,
    /// `"pixels"`, `"hog"` or `{"hog": {..}}`, whose parts are [`HOG`].
    Features,
    /// The path of a file.
    File,
}

const ABOVE_ZERO: FieldKind = FieldKind::Real { least: 0.0, least_too: false, most: f32::MAX as f64 };
const ZERO_OR_MORE: FieldKind = FieldKind::Real { least: 0.0, least_too: true, most: f32::MAX as f64 };
const UP_TO_ONE: FieldKind = FieldKind::Real { least: 0.0, least_too: false, most: 1.0 };
const BILLION: u64 = 1_000_000_000;

const ALL: &[Family] = &[Family::Mlp, Family::Knn, Family::Svm];
const MLP: &[Family] = &[Family::Mlp];
const KNN: &[Family] = &[Family::Knn];
const SVM: &[Family] = &[Family::Svm];

/// The key that holds several settings as one object.
pub const REGULARISER: &str = "regulariser";

/// The keys that hold several settings as one object.
pub const GROUPS: &[&str] = &[REGULARISER];

/// The parts of `{"hog": {..}}`: name, least, most, and what it is.
pub const HOG: &[(&str, u64, u64, &str)] = &[
    ("orientations", 1, 180, "orientation bins over 180 degrees"),
    ("cell", 1, 10_000, "pixels along a side of a cell"),
    ("block", 1, 10_000, "cells along a side of a block; blocks move by one cell"),
];

/// Every setting, in the order of [`Spec`](super::Spec).
pub const FIELDS: &[SpecField] = &[
    SpecField {
        key: "family",
        aliases: &[],
        prefix: "",
        title: "family",
        kind: FieldKind::Word(&["mlp", "knn", "svm"]),
        families: ALL,
        doc: "The kind of model: a multilayer perceptron, k nearest neighbours, or a linear support vector machine.",
    },
    SpecField {
        key: "features",
        aliases: &[],
        prefix: "",
        title: "features",
        kind: FieldKind::Features,
        families: ALL,
        doc: "What the model sees of an image: its pixels, each byte / 255, or histograms of oriented gradients.",
    },
    SpecField {
        key: "hidden",
        aliases: &[],
        prefix: "h",
        title: "hidden layers",
        kind: FieldKind::Layers,
        families: MLP,
        doc: "Units of each hidden layer, input side first. A list of lists makes a grid.",
    },
    SpecField {
        key: "activation",
        aliases: &["act"],
        prefix: "",
        title: "activation",
        kind: FieldKind::Word(&["sigmoid", "tanh", "relu", "leaky_relu", "prelu"]),
        families: MLP,
        doc: "The activation function of the hidden layers.",
    },
    SpecField {
        key: "initialisation",
        aliases: &["init"],
        prefix: "",
        title: "initialisation",
        kind: FieldKind::Word(&["glorot", "he"]),
        families: MLP,
        doc: "How the first weights are drawn; biases start at zero. `glorot`: uniform within \
              sqrt(6 / (fan-in + fan-out)); `he`: normal with deviation sqrt(2 / fan-in).",
    },
    SpecField {
        key: "initial_weights",
        aliases: &[],
        prefix: "w",
        title: "initial weights",
        kind: FieldKind::File,
        families: MLP,
        doc: "First weights from a file instead: `W0`, `W1`, ... of shape (fan-in, fan-out) and optionally `b0`, `b1`, \
              .... The path is relative to the suite's file.",
    },
    SpecField {
        key: "learning_rate",
        aliases: &["lr"],
        prefix: "lr",
        title: "learning rate",
        kind: ABOVE_ZERO,
        families: MLP,
        doc: "The step size of stochastic gradient descent; the same from the first step to the last.",
    },
    SpecField {
        key: "batch_size",
        aliases: &["batch"],
        prefix: "b",
        title: "batch size",
        kind: FieldKind::Whole(1, 1_000_000),
        families: MLP,
        doc: "Images per step; no more than the training set has.",
    },
    SpecField {
        key: "epochs",
        aliases: &[],
        prefix: "e",
        title: "epochs",
        kind: FieldKind::Whole(1, 1_000_000),
        families: MLP,
        doc: "Passes over the training set.",
    },
    SpecField {
        key: "shuffle",
        aliases: &[],
        prefix: "shuffle",
        title: "shuffle",
        kind: FieldKind::Switch,
        families: MLP,
        doc: "Whether each epoch sees the training set in a new random order.",
    },
    SpecField {
        key: "log_every",
        aliases: &[],
        prefix: "log",
        title: "log every",
        kind: FieldKind::Whole(1, BILLION),
        families: MLP,
        doc: "Steps from one `step` record of the log to the next.",
    },
    SpecField {
        key: "evaluate_every",
        aliases: &[],
        prefix: "eval",
        title: "evaluate every",
        kind: FieldKind::Whole(1, BILLION),
        families: MLP,
        doc: "Epochs from one evaluation on the test set to the next; the last epoch is always evaluated.",
    },
    SpecField {
        key: "inactive_every",
        aliases: &[],
        prefix: "inactive",
        title: "inactive every",
        kind: FieldKind::Whole(0, BILLION),
        families: MLP,
        doc: "Steps from one measurement of inactive neurons to the next; 0 turns it off.",
    },
    SpecField {
        key: "checkpoint_every",
        aliases: &[],
        prefix: "ckpt",
        title: "checkpoint every",
        kind: FieldKind::Whole(0, BILLION),
        families: MLP,
        doc: "Epochs from one checkpoint to the next; 0 keeps only those that a key asks for.",
    },
    SpecField {
        key: "on_divergence",
        aliases: &[],
        prefix: "",
        title: "on divergence",
        kind: FieldKind::Word(&["stop", "continue"]),
        families: MLP,
        doc: "What happens when the loss becomes NaN or infinite, or stays at chance: the run ends, marked as diverged, \
              or is marked and goes on.",
    },
    SpecField {
        key: "regulariser.l2",
        aliases: &["lambda"],
        prefix: "lambda",
        title: "L2",
        kind: ZERO_OR_MORE,
        families: MLP,
        doc: "Lambda of the penalty lambda * sum(W^2) over the weight matrices, biases excluded; 0 is off.",
    },
    SpecField {
        key: "regulariser.forward_noise",
        aliases: &["forward", "fwd"],
        prefix: "fwd",
        title: "forward noise",
        kind: ZERO_OR_MORE,
        families: MLP,
        doc: "Standard deviation of the normal noise added to every hidden activation while training; 0 is off.",
    },
    SpecField {
        key: "regulariser.backward_noise",
        aliases: &["backward", "bwd"],
        prefix: "bwd",
        title: "backward noise",
        kind: ZERO_OR_MORE,
        families: MLP,
        doc: "Standard deviation of the normal noise added to dL/dh of every hidden layer, L being the batch's mean \
              loss; 0 is off.",
    },
    SpecField {
        key: "regulariser.augment",
        aliases: &["aug"],
        prefix: "aug",
        title: "augmentation",
        kind: FieldKind::Augment,
        families: MLP,
        doc: "Whether each epoch also sees a noisy copy of every training image, drawn once; pixels count from 0 to 1. \
              `true` is the deviation 0.01. Only with `pixels`.",
    },
    SpecField {
        key: "k",
        aliases: &[],
        prefix: "k",
        title: "neighbours",
        kind: FieldKind::Whole(1, BILLION),
        families: KNN,
        doc: "Neighbours that vote; no more than the training set has images.",
    },
    SpecField {
        key: "c",
        aliases: &[],
        prefix: "c",
        title: "C",
        kind: ABOVE_ZERO,
        families: SVM,
        doc: "Weight of the squared hinge loss against the regularisation.",
    },
    SpecField {
        key: "tolerance",
        aliases: &["tol"],
        prefix: "tol",
        title: "tolerance",
        kind: UP_TO_ONE,
        families: SVM,
        doc: "The solver stops when the norm of the gradient fell below this share of its first value.",
    },
];

/// The setting of a dotted key.
#[must_use]
pub fn field(key: &str) -> Option<&'static SpecField> {
    FIELDS.iter().find(|field| field.key == key)
}

/// The setting of a name that people type: its key, an alias, or the last part of a dotted key (`l2`); of a part of a
/// group also an alias behind the group's key (`regulariser.fwd`).
#[must_use]
pub fn named(name: &str) -> Option<&'static SpecField> {
    let (group, last) = match name.split_once('.') {
        Some((group, last)) => (Some(group), last),
        None => (None, name),
    };
    FIELDS.iter().find(|field| {
        let (own_group, own_last) = match field.key.split_once('.') {
            Some((group, last)) => (Some(group), last),
            None => (None, field.key),
        };
        (group.is_none() || group == own_group) && (last == own_last || field.aliases.contains(&last))
    })
}

/// The families that have the setting of a name: one of [`named`], a group (`regulariser`), or a part of the features
/// (`features.hog.cell`). Empty when there is no such setting.
#[must_use]
pub fn families_of(name: &str) -> &'static [Family] {
    if let Some(field) = named(name) {
        return field.families;
    }
    match name.split('.').next() {
        Some(REGULARISER) if name == REGULARISER => MLP,
        Some("features") => ALL,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Activation, Spec};
    use serde_json::Value;

    fn keys(prefix: &str, value: &Value, found: &mut Vec<String>) {
        for (key, value) in value.as_object().unwrap() {
            let dotted = format!("{prefix}{key}");
            if GROUPS.contains(&dotted.as_str()) {
                keys(&format!("{dotted}."), value, found);
            } else {
                found.push(dotted);
            }
        }
    }

    #[test]
    fn the_table_names_every_setting_and_no_other_in_their_order() {
        let spec = Spec { initial_weights: Some("w.safetensors".into()), ..Spec::default() };
        let mut named = Vec::new();
        keys("", &serde_json::to_value(spec).unwrap(), &mut named);
        assert_eq!(named, FIELDS.iter().map(|field| field.key).collect::<Vec<_>>());
        let activations: Vec<_> = Activation::ALL.iter().map(|activation| activation.name()).collect();
        assert!(matches!(field("activation").unwrap().kind, FieldKind::Word(words) if words == activations));
    }

    #[test]
    fn no_name_means_two_settings() {
        let mut names: Vec<&str> = Vec::new();
        for field in FIELDS {
            names.push(field.key);
            names.extend(field.aliases);
            names.extend(field.key.split_once('.').map(|(_, last)| last));
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
        assert!(names.iter().all(|name| named(name).is_some() && !families_of(name).is_empty()));
    }

    #[test]
    fn a_setting_belongs_to_the_families_that_use_it() {
        assert_eq!(families_of("k"), [Family::Knn]);
        assert_eq!(families_of("lr"), [Family::Mlp]);
        assert_eq!(families_of("l2"), [Family::Mlp]);
        assert_eq!(families_of("regulariser"), [Family::Mlp]);
        assert_eq!(families_of("c"), [Family::Svm]);
        assert_eq!(named("regulariser.fwd").unwrap().key, "regulariser.forward_noise");
        assert!(named("regulariser.lr").is_none() && named("features.k").is_none());
        assert_eq!(families_of("features.hog.cell").len(), 3);
        assert!(families_of("nonsense").is_empty() && families_of("regulariser.nonsense").is_empty());
    }
}
