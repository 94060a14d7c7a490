//! Confusion counts and what follows from them, mean and deviation over seeds, McNemar's test.
//!
//! Room rule: it may import nothing (`tests/tidy.rs`). It counts and divides; it knows neither runs nor models.

mod confusion;
mod mcnemar;
mod seeds;

pub use confusion::{ConfusedPair, Confusion, MetricsError};
pub use mcnemar::{McNemar, discordant, mcnemar, mcnemar_of};
pub use seeds::{Summary, mean_and_deviation};
