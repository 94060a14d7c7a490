//! Output files: written beside and renamed, so that nobody ever reads half of one.
//!
//! Must not know what is in them.

use super::ReportError;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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

pub(crate) fn cannot(path: &Path) -> impl FnOnce(io::Error) -> ReportError + '_ {
    |source| ReportError::Write { path: path.to_owned(), source }
}

/// Makes a folder and those above it.
///
/// # Errors
/// When the system refuses.
pub(crate) fn folder(path: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(path).map_err(cannot(path))
}

/// Writes a file by `fill` into a temporary one beside it, then renames.
///
/// # Errors
/// Those of `fill`, or when the system refuses.
pub(crate) fn file(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> io::Result<()>,
) -> Result<(), ReportError> {
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder(beside)?;
    let mut temporary = tempfile::Builder::new().prefix(".perceptop-").tempfile_in(beside).map_err(cannot(path))?;
    let mut out = BufWriter::new(&mut temporary);
    fill(&mut out).and_then(|()| out.flush()).map_err(cannot(path))?;
    drop(out);
    readable(temporary.path()).map_err(cannot(path))?;
    temporary.persist(path).map_err(|error| ReportError::Write { path: path.to_owned(), source: error.error })?;
    Ok(())
}

/// Temporary files are their owner's alone; what is handed on gets the modes of any new file.
#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
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
