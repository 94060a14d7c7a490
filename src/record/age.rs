//! How long ago a log changed, as the file system tells.
//!
//! Does not depend on what that says of a run.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// When a file was changed last, seen from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogAge {
    /// Time since the last change; none where its time lies ahead, as of a machine whose clock is fast.
    pub since: Duration,
    /// Time from the file's making to its last change, where the file system tells and the file is no younger copy.
    pub written_over: Option<Duration>,
}

/// The age of a log.
///
/// # Errors
/// When the file is not there, or its file system keeps no times.
pub fn log_age(path: &Path) -> std::io::Result<LogAge> {
    let metadata = fs::metadata(path)?;
    let modified = metadata.modified()?;
    let written_over = metadata.created().ok().and_then(|made| modified.duration_since(made).ok());
    let since = SystemTime::now().duration_since(modified).unwrap_or_default();
    Ok(LogAge { since, written_over: written_over.filter(|over| !over.is_zero()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_as_old_as_its_last_change() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(log_age(file.path()).unwrap().since < Duration::from_mins(1));
        let hour = Duration::from_hours(1);
        file.as_file().set_modified(SystemTime::now() - hour).unwrap();
        let age = log_age(file.path()).unwrap();
        assert!(age.since >= hour && age.since < 2 * hour, "{age:?}");
        assert_eq!(age.written_over, None, "a copy is younger than what it holds");
        file.as_file().set_modified(SystemTime::now() + hour).unwrap();
        assert_eq!(log_age(file.path()).unwrap().since, Duration::ZERO);
        assert!(log_age(Path::new("/nonexistent")).is_err());
    }
}
