//! What carries out commands: a training engine, as those see it who pass commands on to it.
//!
//! Does not depend on how anything is trained.

use super::{Command, Reply};
use std::fmt;

/// A training engine that takes commands.
pub trait Trainer: fmt::Debug + Send + Sync {
    /// Accepts or refuses a command at once; its effect is recorded in the log.
    #[must_use]
    fn command(&self, command: Command) -> Reply;

    /// Whether every thread of the engine has ended.
    #[must_use]
    fn is_finished(&self) -> bool;

    /// Waits until everything recorded so far was written and handed to the viewers.
    fn flush(&self);
}
