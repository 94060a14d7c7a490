//! How a `.wandb` file is recognised, and which files are one run.
//!
//! A resumed run has a folder and a file for each start, and its identity in the file's name. `latest-run` is a link to a
//! run's folder, so links are followed before folders are compared.

use super::blocks::HEADER;
use super::reader::LogReader;
use crate::Format;
use std::path::{Path, PathBuf};

/// W&B's transaction logs.
pub(crate) static FORMAT: Format = Format {
    what: "a W&B log",
    detect: |_, head| head.starts_with(HEADER),
    run_key,
    inner_runs: None,
    open: |run, options| Box::new(LogReader::new(&run.files, options)),
};

/// `wandb/run-abc.wandb` for each of `wandb/run-20261127_201500-abc/run-abc.wandb`.
fn run_key(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match (path.parent().and_then(Path::parent), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
