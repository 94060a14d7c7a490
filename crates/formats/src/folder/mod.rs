//! Runs that are folders with a small file for each metric: MLflow's file store and DVCLive.

mod dvclive;
mod metric_files;
mod mlflow_files;

pub(crate) use dvclive::DVCLIVE;
pub(crate) use mlflow_files::MLFLOW_FILES;
