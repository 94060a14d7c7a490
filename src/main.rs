//! The door: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    perceptop::cli::run(std::env::args_os())
}
