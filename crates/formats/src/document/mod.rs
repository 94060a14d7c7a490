//! Runs whose files are JSON documents, read whole whenever they changed.

mod catboost;
mod history;
mod hugging_face;
mod whole;

pub(crate) use catboost::CATBOOST;
pub(crate) use history::HISTORY;
pub(crate) use hugging_face::TRAINER_STATE;
