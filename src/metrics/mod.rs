//! Confusion counts and what follows from them, mean and deviation over seeds, McNemar's test, the rule of divergence.
//!
//! What it may import stands in `tests/integration/tidy.rs`. It counts and divides; it knows neither runs nor models.

mod confusion;
mod divergence;
mod mcnemar;
mod seeds;

pub use confusion::{ConfusedPair, Confusion, MetricsError};
pub use divergence::{
    Divergence, DivergenceWatch, Failure, GROWN, answers_one_class, chance_loss, failure, is_at_chance,
};
pub use mcnemar::{McNemar, mcnemar_of};
pub use seeds::{Summary, mean_and_deviation};
