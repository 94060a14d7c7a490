//! What may lie over a tab and take the keys: help, questions, lines to type, a new run, digits, the choice of data.
//!
//! Does not depend on how any of it is drawn, or on what its keys do.

use super::compose::Draft;
use crate::ui::widgets::Input;
use std::sync::Arc;
use std::time::Duration;

/// What lies over the tab and takes the keys.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is seldom moved")]
#[derive(Clone, Debug, PartialEq)]
pub enum Overlay {
    /// What every key does, from a line on.
    Help(usize),
    /// The faults, from a line on.
    Faults(usize),
    /// A new run, or a fork.
    Compose(Draft),
    /// A line for the filter.
    Filter(Input),
    /// A line for a note on a run.
    Note(Arc<str>, Input),
    /// The misclassified digits of a cell.
    Digits(Digits),
    /// The question before leaving.
    Question,
    /// The question before the run with this id is stopped.
    StopRun(Arc<str>),
    /// The choice of data, with the time left before the built-in digits are taken.
    Welcome(Welcome),
}

/// The choice of data at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// Time without a key until the built-in digits are taken; never when absent, after a download that failed.
    pub left: Option<Duration>,
    /// Whether the choices are explained.
    pub is_explained: bool,
    /// Why the download failed, where it did.
    pub failed: Option<String>,
    /// Bytes of the download so far, and altogether where known.
    pub download: Option<(u64, Option<u64>)>,
}

impl Default for Welcome {
    fn default() -> Self {
        Self { left: Some(WELCOME), is_explained: false, failed: None, download: None }
    }
}

/// The time that a missing MNIST is waited for.
pub(super) const WELCOME: Duration = Duration::from_secs(10);

/// A misclassified image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    /// Its place in the test set.
    pub index: u32,
    /// Its true class, where known.
    pub label: Option<u8>,
    /// Row by row, 0 black to 255 white; nothing where the data are not at hand.
    pub pixels: Arc<[u8]>,
    /// Pixels a row.
    pub width: usize,
}

/// Misclassified images of one cell of a confusion table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digits {
    /// The true class.
    pub label: usize,
    /// The predicted class.
    pub predicted: usize,
    /// The images that were asked for, the cell's own among them; `None` until they came.
    pub images: Option<Vec<Digit>>,
    /// What stood in the way, where something did.
    pub missing: Option<String>,
    /// The first image in sight.
    pub offset: usize,
}
