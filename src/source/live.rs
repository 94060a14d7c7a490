//! The engine of this very process as a source.
//!
//! Must not know who looks.

use super::{Description, Flow, Source};
use crate::experiment::{Commander, Engine};
use crate::protocol::{Command, Reply, Update};
use crossbeam_channel::{Receiver, TryRecvError};

/// What a live engine says, and the way back to it.
#[derive(Debug)]
pub struct Live {
    updates: Receiver<Update>,
    commander: Commander,
    session: String,
    /// The engine's threads have ended and its recorder was asked for everything that was left.
    flushed: bool,
}

impl Live {
    /// The updates and commands of `engine`, which goes on to belong to the caller. An engine has one channel of
    /// updates: a second source would hear only what the first did not.
    #[must_use]
    pub fn new(engine: &Engine) -> Self {
        let session = engine.folder().id().to_owned();
        Self { updates: engine.updates(), commander: engine.commander(), session, flushed: false }
    }
}

impl Source for Live {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        let enough = out.len() + most;
        while out.len() < enough {
            match self.updates.try_recv() {
                Ok(update) => out.push(update),
                Err(TryRecvError::Disconnected) => return Flow::Ended,
                Err(TryRecvError::Empty) if self.flushed => return Flow::Ended,
                Err(TryRecvError::Empty) if self.commander.is_finished() => {
                    // Records may still be on their way from threads that have ended.
                    self.commander.flush();
                    self.flushed = true;
                }
                Err(TryRecvError::Empty) => return Flow::Idle,
            }
        }
        Flow::More
    }

    fn send(&mut self, command: Command) -> Reply {
        self.commander.command(command)
    }

    fn describe(&self) -> Description {
        Description { name: self.session.clone(), takes_commands: true, takes_notes: true, in_process: true }
    }
}
