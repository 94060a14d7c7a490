//! From a suite's name and the flags beside it to the runs of a session.
//!
//! Must not know how runs are carried out.

use super::arguments::Training;
use super::data::MNIST;
use crate::dataset::{CLASSES, Choice, shape};
use crate::experiment::memory;
use crate::experiment::suite::{Selection, Suite, SuiteError, check};
use crate::protocol::{DatasetInfo, RunPlan};
use crate::source::sessions::NoSession;
use anyhow::Context as _;
use std::path::Path;

/// The suite when none is named.
pub(super) const DEFAULT: &str = "activations";

/// The suites that are in the program itself, for use away from a checkout.
const BUILT_IN: &[(&str, &str)] = &[
    ("activations", include_str!("../../configs/activations.json")),
    ("quick", include_str!("../../configs/quick.json")),
];

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

/// Checks that the data `choice` can carry the runs of a suite, and this machine `jobs` of them at a time, before
/// anything is loaded or written.
///
/// # Errors
/// When a file of images is missing or is none, or at the first run that cannot be carried.
pub(super) fn fits(named: &str, plans: &[RunPlan], choice: &Choice, jobs: usize) -> anyhow::Result<()> {
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
    check(plans, &info, jobs, memory()).with_context(|| named.to_owned())
}

fn read(named: &str) -> Result<Suite, SuiteTrouble> {
    let path = Path::new(named);
    let in_configs = Path::new("configs").join(format!("{named}.json"));
    if !path.exists() && in_configs.exists() {
        return Ok(Suite::read(&in_configs)?);
    }
    let built_in = BUILT_IN.iter().find(|(name, _)| *name == named).filter(|_| !path.exists());
    let Some((_, text)) = built_in else { return Ok(Suite::read(path)?) };
    Ok(Suite::parse(text.as_bytes(), &in_configs)?)
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
    fn a_name_that_is_nothing_is_said_to_be_missing() {
        let message = planned("no-such-suite", &flags(&[])).unwrap_err().to_string();
        assert!(message.contains("no-such-suite"), "{message}");
    }

    #[test]
    fn every_built_in_suite_can_be_read() {
        for (name, _) in BUILT_IN {
            assert!(!planned(name, &flags(&[])).unwrap().plans.is_empty(), "{name}");
        }
    }
}
