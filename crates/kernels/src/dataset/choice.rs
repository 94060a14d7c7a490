//! Which data a command works on: what the user named, else what is there, else the built-in digits.
//!
//! Must not read a file's content, and must not ask or download: it only says what is missing.

use super::file;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

/// The environment variable that names the data where no argument does.
pub const VARIABLE: &str = "PERCEPTOP_DATA";

/// A data set named but not yet loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The four IDX files in this folder.
    Folder(PathBuf),
    /// MNIST in its usual folder, `data/mnist`, where `perceptop data fetch` puts it.
    Mnist,
    /// The built-in digits.
    Synthetic,
}

impl Choice {
    /// What an argument or environment variable means: `mnist`, `synthetic` or a folder.
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        match text.to_str() {
            Some("mnist") => Self::Mnist,
            Some("synthetic") => Self::Synthetic,
            _ => Self::Folder(text.into()),
        }
    }
}

/// The inverse of [`Choice::parse`], for showing it and for naming it to another process.
impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(formatter, "{}", folder.display()),
            Self::Mnist => formatter.write_str("mnist"),
            Self::Synthetic => formatter.write_str("synthetic"),
        }
    }
}

/// Why a choice was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--data` said so.
    Argument,
    /// `PERCEPTOP_DATA` said so.
    Environment,
    /// Nothing was said and MNIST is in its usual folder.
    Found,
    /// Nothing was said and MNIST is not there: the built-in digits take its place.
    BuiltIn,
}

/// A choice, why it was made, and whether MNIST would have to be downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What to load.
    pub choice: Choice,
    /// Why.
    pub origin: Origin,
    /// The folder that MNIST belongs into and is missing from, where a download would help: with [`Choice::Mnist`] it
    /// must be fetched first; with [`Origin::BuiltIn`] a user can be offered it.
    pub mnist_missing: Option<PathBuf>,
}

/// Chooses the data: `argument` (`--data`), else `environment` ([`VARIABLE`]; empty counts as unset), else MNIST in
/// `mnist_folder` (usually `data/mnist`) if all four files are there, else the built-in digits.
#[must_use]
pub fn resolve(argument: Option<&str>, environment: Option<&OsStr>, mnist_folder: &Path) -> Resolution {
    let missing = || (!file::all_present(mnist_folder)).then(|| mnist_folder.to_owned());
    let named = argument
        .map(|text| (Choice::parse(OsStr::new(text)), Origin::Argument))
        .or_else(|| environment.filter(|text| !text.is_empty()).map(|text| (Choice::parse(text), Origin::Environment)));
    match named {
        Some((Choice::Mnist, origin)) => Resolution { choice: Choice::Mnist, origin, mnist_missing: missing() },
        Some((choice, origin)) => Resolution { choice, origin, mnist_missing: None },
        None => match missing() {
            None => Resolution { choice: Choice::Mnist, origin: Origin::Found, mnist_missing: None },
            missing => Resolution { choice: Choice::Synthetic, origin: Origin::BuiltIn, mnist_missing: missing },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_argument_beats_the_environment_and_the_environment_beats_what_is_there() {
        let empty = tempfile::tempdir().unwrap();
        let both = resolve(Some("synthetic"), Some(OsStr::new("/somewhere")), empty.path());
        assert_eq!((both.choice, both.origin, both.mnist_missing), (Choice::Synthetic, Origin::Argument, None));
        let variable = resolve(None, Some(OsStr::new("/somewhere")), empty.path());
        assert_eq!(variable.choice, Choice::Folder("/somewhere".into()));
        assert_eq!(variable.origin, Origin::Environment);
        let unset = resolve(None, Some(OsStr::new("")), empty.path());
        assert_eq!((unset.choice, unset.origin), (Choice::Synthetic, Origin::BuiltIn));
    }

    #[test]
    fn mnist_counts_as_missing_until_all_four_files_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Some(folder.path().to_owned());
        assert_eq!(resolve(None, None, folder.path()).mnist_missing, missing);
        for file in &file::FILES[..3] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        assert_eq!(resolve(None, None, folder.path()).origin, Origin::BuiltIn);
        let asked = resolve(Some("mnist"), None, folder.path());
        assert_eq!((asked.choice, asked.mnist_missing), (Choice::Mnist, missing));
        fs::write(folder.path().join(format!("{}.gz", file::FILES[3])), "").unwrap();
        let there = resolve(None, None, folder.path());
        assert_eq!((there.choice, there.origin, there.mnist_missing), (Choice::Mnist, Origin::Found, None));
    }

    #[test]
    fn a_choice_reads_back_as_it_is_shown() {
        for choice in [Choice::Mnist, Choice::Synthetic, Choice::Folder("../shared/mnist".into())] {
            assert_eq!(Choice::parse(OsStr::new(&choice.to_string())), choice);
        }
    }
}
