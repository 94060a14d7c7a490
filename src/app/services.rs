//! What the rest of the program offers the screen: to open, list and load.
//!
//! Does not depend on when any of it is asked for.

use crate::dataset::{Choice, Split};
use crate::protocol::SessionSummary;
use crate::source::Source;
use anyhow::{Result, bail};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Starts the session on the chosen data.
pub type Start = Box<dyn FnOnce(Choice) -> Result<Box<dyn Source>> + Send>;
/// Opens a log, a session's folder or a far session by its path; several logs side by side.
pub type Open = Arc<dyn Fn(&[String]) -> Result<Box<dyn Source>> + Send + Sync>;
/// Lists the sessions on disk, newest first: at once what can be told at once, then again as more is known, until it is
/// told to stop or knows all.
pub type List = Arc<dyn Fn(&mut dyn FnMut(&[SessionSummary]) -> ControlFlow<()>) -> Result<()> + Send + Sync>;
/// Loads the test images of a data set: by the folder, or the built-in digits.
pub type Images = Arc<dyn Fn(Option<&str>) -> Result<Split> + Send + Sync>;

/// What the rest of the program offers the screen.
pub struct Services {
    /// Opens what is on disk or far away.
    pub open: Open,
    /// Lists what is on disk.
    pub list: List,
    /// Loads images to look at.
    pub images: Images,
    /// Where MNIST is downloaded to.
    pub mnist: PathBuf,
    /// Where pictures of the screen are saved.
    pub pictures: PathBuf,
    /// Where a view is remembered from one start to the next; nowhere when absent.
    pub views: Option<PathBuf>,
    /// The folder of the sessions that are listed.
    pub catalog_path: PathBuf,
}

impl Services {
    /// Doors that lead nowhere, for a screen that shows nothing but what its source says.
    #[must_use]
    pub fn disabled() -> Self {
        Self {
            open: Arc::new(|paths| bail!("{paths:?}: nothing is opened here")),
            list: Arc::new(|_| Ok(())),
            images: Arc::new(|_| bail!("there are no images here")),
            mnist: PathBuf::new(),
            pictures: PathBuf::new(),
            views: None,
            catalog_path: PathBuf::new(),
        }
    }
}
