//! What is wrong with a config file or a variable: where, what was found, what is allowed.
//!
//! Does not depend on what a setting does.

use std::path::PathBuf;

/// Why settings are refused. Nothing is started then.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ConfigError {
    /// The file exists and cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is too large to be a config file.
    #[error("{}: found {bytes} bytes; allowed are {allowed}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest size.
        allowed: u64,
    },
    /// The file is no TOML.
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// A key or its value makes no sense.
    #[error("{}:{line}: {key}: found {found}; allowed: {allowed}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The dotted key.
        key: String,
        /// What the file says.
        found: String,
        /// What it may say.
        allowed: String,
    },
    /// An environment variable makes no sense.
    #[error("{variable}: found {found:?}; allowed: {allowed}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        allowed: String,
    },
}
