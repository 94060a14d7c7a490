//! From parsed arguments to the call that carries them out, and from its outcome to the exit status.
//!
//! Must not know any flag by its spelling.

use super::Status;
use super::arguments::Arguments;
use clap::Parser;
use std::ffi::OsString;
use std::process::ExitCode;

/// Carries out the command line `arguments`, the program's name first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(_parsed) => Status::Done.into(),
        Err(error) => {
            // Writing help to a closed pipe is no failure of ours.
            let _ = error.print();
            if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() }
        }
    }
}
