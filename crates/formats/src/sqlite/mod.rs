//! Runs in SQLite databases: MLflow's store, trackio's, and Optuna's studies.
//!
//! Nothing is ever written, not even the files that SQLite keeps beside a database.

mod database;
mod mlflow;
mod optuna;
mod trackio;

pub(crate) use mlflow::{MLFLOW, ended as mlflow_end, setting as mlflow_setting};
pub(crate) use optuna::OPTUNA_STORAGE;
pub(crate) use trackio::TRACKIO;
