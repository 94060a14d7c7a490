//! Runs whose files are JSON documents, read whole whenever they changed.

mod catboost;
mod clearml;
mod history;
mod hugging_face;
mod optuna_journal;
mod sacred;
mod whole;

pub(crate) use catboost::CATBOOST;
pub(crate) use clearml::CLEARML;
pub(crate) use history::HISTORY;
pub(crate) use hugging_face::TRAINER_STATE;
pub(crate) use optuna_journal::OPTUNA_JOURNAL;
pub(crate) use sacred::SACRED;
