//! A process that trains without a screen: how it comes into being, leaves its terminal, and is found again.
//!
//! The program starts itself anew as a child that leads a session of its own, so that no hang-up of a terminal reaches
//! it. The child says its session's folder in one line on standard output, and from then on nothing; whatever goes
//! wrong before that it says on standard error, which the parent passes on. Does not depend on what is trained.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The program cannot be started anew.
    #[error("cannot start the training process: {0}")]
    Start(#[from] io::Error),
    /// The child ended before its session stood.
    #[error("{0}")]
    Ended(String),
}

/// Starts this very program as a host with `arguments`, and waits until its session stands: the session's folder.
///
/// # Errors
/// When the child cannot be started, or says on standard error why there is no session.
pub fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<PathBuf, HostError> {
    start_program(std::env::current_exe()?.as_os_str(), arguments)
}

/// The same with a program of the caller's choice.
///
/// # Errors
/// As [`start`].
pub fn start_program<S: AsRef<OsStr>>(
    program: &OsStr,
    arguments: impl IntoIterator<Item = S>,
) -> Result<PathBuf, HostError> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    if let Some(session) = line.strip_suffix('\n').filter(|line| !line.is_empty()) {
        // The child is nobody's to wait for: it outlives this process.
        return Ok(PathBuf::from(session));
    }
    let mut told = String::new();
    if let Some(errors) = child.stderr.take() {
        errors.take(64 << 10).read_to_string(&mut told)?;
    }
    let status = child.wait()?;
    let told = told.trim();
    Err(HostError::Ended(if told.is_empty() {
        format!("the training process exited before creating its session ({status})")
    } else {
        told.to_owned()
    }))
}

/// How far the training gives way to whoever is at a keyboard, in steps of `nice`: a third of the share of a program
/// that does not. Where both cores of a machine train, a login by ssh takes half the time for it.
const NICE_LEVEL: i32 = 5;

/// Makes this process the leader of a session of its own, which no terminal controls, and has it give way to others.
/// For the child of [`start`], first thing.
///
/// # Errors
/// When the system refuses, as it does to the leader of a process group.
pub fn lead() -> io::Result<()> {
    rustix::process::setsid()?;
    // A system that refuses shares its cores evenly. Where Linux groups processes by session, `nice` counts within one
    // only, and the group has a number of its own.
    let _ = rustix::process::nice(NICE_LEVEL);
    let _ = std::fs::write("/proc/self/autogroup", NICE_LEVEL.to_string());
    Ok(())
}

/// Says the session's folder to the process that called [`start`], and lets go of its pipes.
///
/// # Errors
/// When nobody listens any more.
pub fn announce(session: &std::path::Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", session.display())?;
    out.flush()?;
    drop(out);
    leave_terminal()
}

/// Lets go of the terminal: standard input, output and error lead nowhere from now on.
///
/// # Errors
/// When the system refuses.
pub fn leave_terminal() -> io::Result<()> {
    let nowhere = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nowhere)?;
    rustix::stdio::dup2_stdout(&nowhere)?;
    rustix::stdio::dup2_stderr(&nowhere)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<PathBuf, HostError> {
        start_program(OsStr::new("/bin/sh"), ["-c", script])
    }

    #[test]
    fn the_first_line_is_the_session_and_errors_are_passed_on() {
        assert_eq!(shell("echo /logs/a b; exec >&-; sleep 0").unwrap(), PathBuf::from("/logs/a b"));
        assert_eq!(shell("echo 'no such suite' >&2; exit 2").unwrap_err().to_string(), "no such suite");
        let silent = shell("exit 3").unwrap_err().to_string();
        assert_eq!(silent, "the training process exited before creating its session (exit status: 3)");
    }
}
