//! The `Source` trait: yields a session's updates and accepts commands.
//!
//! A live engine, files that grow, a session of another process and another machine implement it, so that nothing above
//! this module can tell them apart. Does not depend on who reads the updates, or on how they are folded.

use crate::protocol::{Command, Reply, Update};
use std::sync::Arc;

/// Sends a command to a session, from any thread.
pub type CommandSender = Arc<dyn Fn(Command) -> Reply + Send + Sync>;

/// A way to obtain the updates of one session.
///
/// The updates come in the order of the protocol: [`Update::Session`] first, then plans and records as they stand in
/// the logs, [`Update::CaughtUp`] once everything that was there when the viewer came has been said, and what happens
/// from then on. The order of the records of one run is the order of its log.
pub trait Source: Send {
    /// Appends at most `most` updates to `out` and returns at once, whether or not there were any.
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow;

    /// Sends a command to the session and waits for the reply: the command is accepted or refused, and its effect is
    /// recorded in the log.
    fn send(&mut self, command: Command) -> Reply;

    /// A way to send this command from another thread, where the reply may take long; none where [`Source::send`]
    /// replies at once.
    fn sender_for(&self, _command: &Command) -> Option<CommandSender> {
        None
    }

    /// Asks for all records of a run of which only a preview was given ([`Update::Outline`]): the run is read again,
    /// whole. Nothing happens where all of it was read already.
    fn open(&mut self, _run: &str) {}

    /// Undoes [`Source::open`]: the run is no longer shown, and its preview replaces its records. Nothing happens where
    /// a run has no preview.
    fn close(&mut self, _run: &str) {}

    /// What this source is.
    fn describe(&self) -> Description;
}

/// What a call of [`Source::poll`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// There was more than was asked for: poll again soon.
    More,
    /// Nothing further is there yet.
    Idle,
    /// Nothing will ever come again: the session is over and all of it was said.
    Ended,
}

/// What a source is, for titles and for deciding which wishes make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Where the updates come from, for a title: a path, `this process`, `ssh://host/path`.
    pub name: String,
    /// Whether [`Source::send`] can reach a process that trains.
    pub takes_commands: bool,
    /// Whether [`Source::send`] takes notes on runs, which logs at rest do too.
    pub takes_notes: bool,
    /// Whether the training goes on in this very process, so that leaving it needs a decision.
    pub in_process: bool,
}
