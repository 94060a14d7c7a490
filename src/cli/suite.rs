//! From a suite's name and the flags beside it to the runs of a session.
//!
//! Does not depend on how runs are carried out.

use super::arguments::Training;
use super::data::MNIST;
use crate::dataset::{CLASSES, Choice, shape};
use crate::experiment::memory;
use crate::experiment::suite::{BUILT_IN, Selection, Suite, SuiteError, built_in, check, nearest};
use crate::protocol::{DatasetInfo, RunPlan};
use crate::source::sessions::NoSession;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// The suite when none is named.
pub(super) const DEFAULT: &str = "activations";

/// The runs of a suite, and its name.
#[derive(Debug)]
pub(super) struct Planned {
    /// The suite's name.
    pub(super) name: String,
    /// Its runs, in order.
    pub(super) plans: Vec<RunPlan>,
}

/// Why a suite is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum SuiteTrouble {
    /// It was read and refused.
    #[error(transparent)]
    Refused(#[from] SuiteError),
    /// Neither a file nor a built-in suite has this name.
    #[error(
        "no suite {named}: there is no file {named}{}, and it is not built in{}; built in: {}; \
         `perceptop suites` says what they are",
        tried.as_ref().map(|path| format!(" or {}", path.display())).unwrap_or_default(),
        suggestion.as_ref().map(|name| format!(" (did you mean {name}?)")).unwrap_or_default(),
        BUILT_IN.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ")
    )]
    Unknown {
        /// What was asked for, control characters taken out.
        named: String,
        /// The file in `configs/` that was looked for too.
        tried: Option<PathBuf>,
        /// The nearest name there is.
        suggestion: Option<String>,
    },
    /// There is no such session to go on with.
    #[error(transparent)]
    Session(NoSession),
}

/// Reads the suite `named` (a path, the name of a file in `configs/`, or of a built-in one) and makes its plans.
pub(super) fn planned(named: &str, flags: &Training) -> Result<Planned, SuiteTrouble> {
    let selection = Selection {
        only: flags.only.clone(),
        set: flags.set.iter().map(|set| format!("{}={}", set.key, set.value)).collect(),
    };
    let suite = read(named)?;
    let plans = suite.plans(&selection)?;
    Ok(Planned { name: suite.name().to_owned(), plans })
}

/// The data that `choice` means, checked to carry the runs of a suite, and this machine to carry `jobs` of them at
/// a time, before anything is loaded or written.
///
/// # Errors
/// When a file of images is missing or is none, or at the first run that cannot be carried.
pub(super) fn fits(named: &str, plans: &[RunPlan], choice: &Choice, jobs: usize) -> anyhow::Result<DatasetInfo> {
    let of = shape(choice, Path::new(MNIST))?;
    let info = DatasetInfo {
        name: of.name,
        train: of.train,
        test: of.test,
        height: of.height,
        width: of.width,
        classes: CLASSES,
        ..DatasetInfo::default()
    };
    check(plans, &info, jobs, memory()).with_context(|| named.to_owned())?;
    Ok(info)
}

fn read(named: &str) -> Result<Suite, SuiteTrouble> {
    let path = Path::new(named);
    let in_configs = Path::new("configs").join(format!("{named}.json"));
    if !path.exists() && in_configs.exists() {
        return Ok(Suite::read(&in_configs)?);
    }
    if path.exists() {
        return Ok(Suite::read(path)?);
    }
    match built_in(named) {
        Some(suite) => Ok(Suite::built_in(suite)?),
        None => Err(unknown(named)),
    }
}

/// A name that is neither a file's nor a built-in suite's, with the nearest one that is.
fn unknown(named: &str) -> SuiteTrouble {
    let named: String = named.chars().filter(|letter| !letter.is_control()).collect();
    let path = Path::new(&named);
    let is_path = path.extension().is_some() || named.contains('/');
    let folder = if is_path { path.parent().unwrap_or(Path::new("")) } else { Path::new("configs") };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let there: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
        .collect();
    let word = path.file_stem().unwrap_or_default().to_string_lossy();
    let found = nearest(&word, there.iter().map(String::as_str));
    // A path is answered with a path, where there is a file of that name.
    let suggestion = match found {
        Some(name) if is_path => Some(path.with_file_name(format!("{name}.json")).display().to_string()),
        found => found.or_else(|| nearest(&word, BUILT_IN.iter().map(|suite| suite.name))),
    };
    let tried = (!is_path).then(|| Path::new("configs").join(format!("{named}.json")));
    SuiteTrouble::Unknown { named, tried, suggestion }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::Arguments;
    use clap::Parser;

    fn flags(arguments: &[&str]) -> Training {
        Arguments::try_parse_from([&["perceptop"], arguments].concat()).unwrap().training
    }

    #[test]
    fn the_default_suite_needs_no_file() {
        let planned = planned(DEFAULT, &flags(&["--only", "relu", "--set", "seeds=[7]"])).unwrap();
        assert_eq!(planned.name, "activations");
        assert_eq!(planned.plans.iter().map(|plan| plan.run.as_str()).collect::<Vec<_>>(), ["relu-s7"]);
    }

    #[test]
    fn a_name_that_is_nothing_gets_the_nearest_and_the_list() {
        let told = |named: &str| planned(named, &flags(&[])).unwrap_err().to_string();
        let message = told("actvations");
        assert!(message.contains("no file actvations or configs/actvations.json"), "{message}");
        assert!(message.contains("(did you mean activations?)"), "{message}");
        assert!(BUILT_IN.iter().all(|suite| message.contains(suite.name)), "{message}");
        let message = told("configs/actvations.json");
        assert!(message.contains("(did you mean configs/activations.json?)"), "{message}");
        assert!(!told("zzzzzz").contains("did you mean"));
    }

    #[test]
    fn every_built_in_suite_can_be_read() {
        for suite in BUILT_IN {
            assert!(
                !Suite::built_in(suite).unwrap().plans(&Selection::default()).unwrap().is_empty(),
                "{}",
                suite.name
            );
        }
    }
}
