//! The exit statuses, a contract with scripts and schedulers.
//!
//! Does not depend on what any command does.

use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// 0: what was asked for was done.
    Done,
    /// 1: a run failed, or the command could not be carried out.
    Failed,
    /// 2: the command line or the suite makes no sense; nothing was begun.
    Usage,
    /// 128 + the signal's number: ended in order because of a signal (130 for SIGINT, 143 for SIGTERM).
    Signal(u8),
}

impl Status {
    /// The number for the operating system.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Signal(signal) => 128_u8.saturating_add(signal),
        }
    }
}

/// What a command line asks for that makes no sense, with what is allowed; ends with [`Status::Usage`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_count_from_128_as_shells_do() {
        assert_eq!(Status::Signal(2).number(), 130);
        assert_eq!(Status::Signal(15).number(), 143);
        assert_eq!(Status::Signal(200).number(), 255);
    }
}
