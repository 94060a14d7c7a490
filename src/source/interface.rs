//! The one opening through which a screen, a headless printer or a report obtains records and says its wishes.
//!
//! A live engine, a folder that grows, a session of another process and another machine all stand behind [`Source`],
//! so that nothing above this room can tell them apart. Does not depend on who looks, or how updates are folded.

use crate::protocol::{Command, Reply, Update};

/// A way to obtain the updates of one session.
///
/// The updates come in the order of the protocol: [`Update::Session`] first, then plans and records as they stand in
/// the logs, [`Update::CaughtUp`] once everything that was there when the viewer came has been said, and what happens
/// from then on. The order of the records of one run is the order of its log.
pub trait Source: Send {
    /// Appends at most `most` updates to `out` and returns at once, whether or not there were any.
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow;

    /// Asks something of the session and waits for the answer, which is short in coming: a wish is taken or refused,
    /// what comes of it stands in the log.
    fn send(&mut self, command: Command) -> Reply;

    /// Asks for everything of a run of which only an outline was said ([`Update::Outline`]): the run is said anew, whole.
    /// Nothing happens where the whole was said already.
    fn open(&mut self, _run: &str) {}

    /// Takes back what [`Source::open`] asked for: nobody looks at the run any more, and its outline is said again in
    /// place of the whole. Nothing happens where a run is not read in outline.
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
