//! The command line: arguments to calls, errors to exit codes.
//!
//! Room rule: it may import `app`, `source`, `report`, `protocol` and `dataset`.

use std::ffi::OsString;
use std::process::ExitCode;

/// Carries out the command line `arguments`, the program's name first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let _ = arguments;
    ExitCode::SUCCESS
}
