//! The table of formats, and what each must say of itself.
//!
//! To add a format: a folder or a file with a `FORMAT`, and a line in [`FORMATS`]. The order matters only where two
//! recognise the same bytes: the first does.

use crate::{Batch, ReadError};
use std::path::{Path, PathBuf};

/// Whether a reader has more to give at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Read again.
    More,
    /// All that is there was given; what is added later is read by reading again.
    UpToDate,
}

/// What a user asks of a reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column that counts as the step, where the tool's own is not wanted.
    pub x: Option<String>,
    /// A column of words that makes several metrics of one, as `split` with `train` and `val`.
    pub split: Option<String>,
    /// Whether nobody writes the files any more: a last line without its end counts at once, instead of when the file
    /// stood still between two readings.
    pub is_complete: bool,
}

/// The files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFiles {
    /// Its files of the same format, sorted; at least one.
    pub files: Vec<PathBuf>,
    /// Which run of a file that holds several.
    pub inner: Option<InnerRun>,
}

/// A run within a file that holds several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InnerRun {
    /// What the file calls it, unique within the file.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Reads one run, and goes on with what is added to it.
pub trait Reader: Send {
    /// Clears `batch` and fills it with the next piece, some megabytes at most.
    ///
    /// # Errors
    /// When a file exists and cannot be read; the reader can be asked again.
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError>;
}

/// Lists the runs within a file.
pub type ListRuns = fn(&Path) -> Result<Vec<InnerRun>, ReadError>;

/// A format.
#[derive(Debug)]
pub struct Format {
    /// What it is, with its article: `a TensorBoard event file`.
    pub what: &'static str,
    /// Whether a file is of this format, by its first bytes (up to 64 KiB of it); the name may decide where the bytes of
    /// two tools look the same, but never alone.
    pub detect: fn(&Path, &[u8]) -> bool,
    /// What the files of one run have in common: their folder, say. Files of one format with the same key are one run.
    pub run_key: fn(&Path) -> PathBuf,
    /// The runs within a file, for formats whose files hold several.
    pub inner_runs: Option<ListRuns>,
    /// A reader of a run.
    pub open: fn(&RunFiles, &Options) -> Box<dyn Reader>,
}

/// Every format, first match wins.
pub static FORMATS: &[&Format] = &[
    &crate::tensorboard::FORMAT,
    &crate::wandb::FORMAT,
    &crate::folder::DVCLIVE,
    &crate::folder::MLFLOW_FILES,
    &crate::document::TRAINER_STATE,
    &crate::document::CATBOOST,
    &crate::document::SACRED,
    &crate::document::CLEARML,
    &crate::document::OPTUNA_JOURNAL,
    &crate::document::HISTORY,
    &crate::sqlite::MLFLOW,
    &crate::sqlite::TRACKIO,
    &crate::sqlite::OPTUNA_STORAGE,
    &crate::jsonl::JSON_LINES,
    &crate::table::TABLE,
    &crate::console::CONSOLE,
];

/// The format of a file with these first bytes.
#[must_use]
pub fn format_of(path: &Path, head: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| (format.detect)(path, head))
}
