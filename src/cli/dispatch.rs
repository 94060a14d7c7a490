//! From parsed arguments to the call that carries them out, and from its outcome to the exit status.
//!
//! Does not depend on any flag by its spelling.

use super::arguments::{Arguments, Command};
use super::config::{self, ConfigError, InForce};
use super::run::{TrainingRequest, train};
use super::status::UsageError;
use super::{Status, completions, data, dry_run, export, look, show};
use crate::format::clean_text;
use crate::report::ReportError;
use anyhow::Result;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

/// Carries out the command line `arguments`, the program's name first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let parsed = Arguments::try_parse_from(&arguments);
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Writing help to a closed pipe is no failure of ours.
            let _ = error.print();
            return if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() };
        }
    };
    let mut out = io::stdout().lock();
    let done = configured(&parsed, &arguments).and_then(|parsed| carry_out(&parsed, &mut out));
    match done.and_then(|status| Ok(out.flush().map(|()| status)?)) {
        Ok(status) => status.into(),
        // Whoever read has read enough, as `head` does.
        Err(error) if is_closed_pipe(&error) => Status::Done.into(),
        Err(error) => {
            // Paths and what files hold are anybody's: nothing in them is for the terminal to obey.
            let _ = writeln!(io::stderr(), "perceptop: {}", clean_text(&told(&error)));
            if error.is::<UsageError>() || error.is::<ConfigError>() {
                Status::Usage.into()
            } else {
                Status::Failed.into()
            }
        }
    }
}

/// A command line with the settings that it leaves to the environment and the config file.
struct Configured {
    arguments: Arguments,
    in_force: InForce,
    /// Which flags were typed.
    matches: ArgMatches,
}

/// Reads the command line again, with what the environment and the config file say as the defaults of its flags.
fn configured(plain: &Arguments, typed: &[OsString]) -> Result<Configured> {
    let in_force = match plain.command {
        // These have no setting, and a shell that starts must not fail because of a file.
        Some(Command::Completions(_) | Command::Man(_) | Command::Stream(_)) => InForce::default(),
        _ => InForce::load(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))?,
    };
    let matches = in_force.defaults(Arguments::command()).try_get_matches_from(typed)?;
    let mut arguments = Arguments::from_arg_matches(&matches)?;
    if let Some(screen) = arguments.screen_mut() {
        screen.keymap = in_force.keymap();
    }
    Ok(Configured { arguments, in_force, matches })
}

fn carry_out(configured: &Configured, out: &mut dyn Write) -> Result<Status> {
    let parsed = &configured.arguments;
    match &parsed.command {
        None => train(&TrainingRequest::of_monitor(&parsed.training), out),
        Some(Command::Run(wanted)) if wanted.dry_run => dry_run::dry_run(wanted, out),
        Some(Command::Run(wanted)) => train(&TrainingRequest::of_run(wanted), out),
        Some(Command::Suites) => dry_run::list(out),
        Some(Command::Review(wanted)) => look::review(wanted),
        Some(Command::Attach(wanted)) => look::attach(wanted),
        Some(Command::Sessions(wanted)) => look::tell(wanted, out),
        Some(Command::Stop(wanted)) => look::stop(wanted, out),
        Some(Command::Stream(wanted)) => look::stream(wanted, out),
        Some(Command::Show(wanted)) => show::show(wanted, out),
        Some(Command::Report(wanted)) => export::report(wanted, out),
        Some(Command::Export(wanted)) => export::export(wanted, out),
        Some(Command::Diff(wanted)) => export::diff(wanted, out),
        Some(Command::Data(command)) => data::run(command, out),
        Some(Command::Config(wanted)) => {
            let matches = configured.matches.subcommand().map_or(&configured.matches, |(_, matches)| matches);
            config::print(wanted, &configured.in_force, matches, out)
        }
        Some(Command::Completions(wanted)) => completions::completions(wanted, out),
        Some(Command::Man(wanted)) => completions::man(wanted, out),
        Some(Command::Features(command)) => export::features(command, out),
    }
}

/// An error with its causes, those left out that the words before them tell already.
fn told(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |told, cause| {
        let cause = cause.to_string();
        match told.as_str() {
            "" => cause,
            before if before.contains(&cause) => told,
            before => format!("{before}: {cause}"),
        }
    })
}

/// Whether the reader of an output went away: of the standard output, or of a pipe that `--out` names.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = match error.downcast_ref::<ReportError>() {
        Some(ReportError::Write { source, .. }) => Some(source),
        _ => error.downcast_ref::<io::Error>(),
    };
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileSource, FileSourceSettings};
    use anyhow::Context as _;

    #[test]
    fn causes_are_told_once() {
        let missing = FileSource::open("/nonexistent".as_ref(), FileSourceSettings::default()).unwrap_err();
        let error = Err::<(), _>(missing).context("no session").unwrap_err();
        let told = told(&error);
        assert_eq!(told.matches("No such file").count(), 1, "{told}");
        assert!(told.starts_with("no session: cannot read /nonexistent: "), "{told}");
    }
}
