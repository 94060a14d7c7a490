//! What can be wrong with a suite, each message naming the file, the key, what was found and what is allowed.
//!
//! Does not depend on how suites are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a suite was refused; nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", printable(path))]
    Unreadable {
        /// The suite's file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not JSON, or says a key twice.
    #[error("{}: {message}", printable(path))]
    Syntax {
        /// The suite's file.
        path: PathBuf,
        /// What the parser says, with line and column.
        message: String,
    },
    /// A key that no suite has.
    #[error("{place}: unknown key{}; allowed: {allowed}", hint(suggestion.as_deref()))]
    UnknownKey {
        /// File and key path.
        place: Place,
        /// The nearest key that exists.
        suggestion: Option<String>,
        /// The keys that exist here.
        allowed: String,
    },
    /// A key without which a suite means nothing.
    #[error("{place}: missing; needed: {needed}")]
    Missing {
        /// File and key path.
        place: Place,
        /// What should stand there.
        needed: String,
    },
    /// A value of a wrong type, or one that cannot be.
    #[error("{place}: found {found}{}; allowed: {allowed}", hint(suggestion.as_deref()))]
    Value {
        /// File and key path.
        place: Place,
        /// The value, shortened.
        found: String,
        /// The nearest value that is allowed.
        suggestion: Option<String>,
        /// What may stand there.
        allowed: String,
    },
    /// Two runs of one name.
    #[error(
        "{second}: its run {run} has the name of a run of {first}; allowed: names that differ, or the same settings"
    )]
    DuplicateRun {
        /// The run's id.
        run: String,
        /// Where the first comes from.
        first: Place,
        /// Where the second comes from.
        second: Place,
    },
    /// `--only` names nothing.
    #[error("--only {name}: no such experiment in {}{}; allowed: {allowed}", printable(path), hint(suggestion.as_deref()))]
    UnknownExperiment {
        /// The suite's file.
        path: PathBuf,
        /// The name that was asked for.
        name: String,
        /// The nearest name that exists.
        suggestion: Option<String>,
        /// The names that exist.
        allowed: String,
    },
    /// A run that the data cannot carry.
    #[error("run {run}: {key}: found {found}; allowed: {allowed}")]
    Unfit {
        /// The run's id.
        run: String,
        /// The setting, dotted.
        key: String,
        /// Its value.
        found: String,
        /// What would fit.
        allowed: String,
    },
    /// Runs that need more memory than the machine has.
    #[error(
        "run {run}: needs about {} MB of memory with its data, {jobs} at a time; allowed: the {} MB that this machine has",
        needed / 1_000_000, available / 1_000_000
    )]
    TooLarge {
        /// The hungriest run's id.
        run: String,
        /// Bytes that the runs at a time would need.
        needed: u64,
        /// Runs at a time.
        jobs: usize,
        /// Bytes of memory.
        available: u64,
    },
}

/// A place in a suite: `configs/quick.json: experiments[1].regulariser.l2`, or `--set regulariser.l2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    file: Option<Arc<Path>>,
    key: String,
}

impl Place {
    /// The top of a file.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { file: Some(path.into()), key: String::new() }
    }

    /// The command line's `--set`.
    #[must_use]
    pub fn set() -> Self {
        Self { file: None, key: String::new() }
    }

    /// Whether both are places of one file.
    #[must_use]
    pub fn is_same_file(&self, other: &Self) -> bool {
        self.file == other.file
    }

    /// The place of `key` inside this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let key = if self.key.is_empty() { key.to_owned() } else { format!("{}.{key}", self.key) };
        Self { file: self.file.clone(), key }
    }

    /// The place of the list element `index` of this one.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self { file: self.file.clone(), key: format!("{}[{index}]", self.key) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys come from files: whatever they hold, a message stays one line of printable text.
        let key: String =
            self.key.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
        match &self.file {
            Some(path) if key.is_empty() => write!(out, "{}", printable(path)),
            Some(path) => write!(out, "{}: {key}", printable(path)),
            None => write!(out, "--set {key}"),
        }
    }
}

/// A path for a message: a suite may include others, and their names are texts of anybody.
pub(super) fn printable(path: &Path) -> String {
    let text = path.to_string_lossy();
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

/// The candidate that reads most like `word`, if any reads nearly like it.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}

/// A value for a message: one printable line of at most 60 characters.
pub(super) fn shown(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let text: String = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
    if text.chars().count() <= 60 { text } else { text.chars().take(57).chain("...".chars()).collect() }
}
