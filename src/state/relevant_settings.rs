//! The settings that a run's result depends on.
//!
//! Does not depend on records or on what is compared.

use crate::protocol::{Family, Spec};

/// The settings that a result depends on, up to the seed: those of other families, and those of logging, measuring and
/// saving, are set back to the defaults.
#[must_use]
pub fn relevant_settings(spec: &Spec) -> Spec {
    let default = Spec::default();
    let mut spec = spec.clone();
    if spec.family != Family::Mlp {
        spec = Spec {
            family: spec.family,
            features: spec.features,
            k: spec.k,
            c: spec.c,
            tolerance: spec.tolerance,
            ..default.clone()
        };
    }
    if spec.family != Family::Knn {
        spec.k = default.k;
    }
    if spec.family != Family::Svm {
        spec.c = default.c;
        spec.tolerance = default.tolerance;
    }
    spec.log_every = default.log_every;
    spec.evaluate_every = default.evaluate_every;
    spec.inactive_every = default.inactive_every;
    spec.checkpoint_every = default.checkpoint_every;
    spec.on_divergence = default.on_divergence;
    spec
}

/// Whether two specs lead to the same result, up to the seed.
#[must_use]
pub fn same_result(one: &Spec, other: &Spec) -> bool {
    relevant_settings(one) == relevant_settings(other)
}
