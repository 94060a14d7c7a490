//! Output files, and what is said of them afterwards.
//!
//! Does not depend on what is in them.

use super::ReportError;
use crate::output::{self, Buffered};
use std::io;
use std::path::{Path, PathBuf};

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The file or folder to open first.
    pub path: PathBuf,
    /// Every file, in the order of writing.
    pub files: Vec<PathBuf>,
    /// Runs that are in it.
    pub runs: usize,
    /// What could not be read of the logs, in words.
    pub faults: Vec<String>,
}

/// Writes a file whole, or to the pipe or device that the path leads to.
///
/// # Errors
/// Those of `fill`, or when the system refuses.
pub(crate) fn file(path: &Path, fill: impl FnOnce(&mut Buffered<'_>) -> io::Result<()>) -> Result<(), ReportError> {
    output::write(path, fill).map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

/// Refuses an output that lies in the session's own folder of logs.
///
/// # Errors
/// [`ReportError::Inside`].
pub(crate) fn outside(out: &Path, session: &Path) -> Result<(), ReportError> {
    let real =
        |path: &Path| path.ancestors().find_map(|above| above.canonicalize().ok().map(|real| (real, above.to_owned())));
    let (Some((out_real, above)), Some((session, _))) = (real(out), real(session)) else { return Ok(()) };
    let rest = out.strip_prefix(&above).unwrap_or(Path::new(""));
    let runs = session.join("runs");
    if out_real.join(rest).starts_with(&runs) || out_real.join(rest) == session {
        return Err(ReportError::Inside { path: out.to_owned() });
    }
    Ok(())
}
