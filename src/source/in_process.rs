//! The engine of this very process as a source.
//!
//! Does not depend on who looks.

use super::{CommandSender, Description, Flow, Source};
use crate::protocol::{Command, Reply, Trainer, Update};
use crossbeam_channel::{Receiver, TryRecvError};
use std::sync::Arc;

/// What a live engine says, and the way back to it.
#[derive(Debug)]
pub struct EngineSource {
    updates: Receiver<Update>,
    trainer: Arc<dyn Trainer>,
    session: String,
    /// The engine's threads have ended and its recorder was asked for everything that was left.
    flushed: bool,
}

impl EngineSource {
    /// The updates of the session called `session`, and the engine that takes its commands. An engine has one channel of
    /// updates: a second source would get only what the first did not.
    #[must_use]
    pub fn new(session: &str, updates: Receiver<Update>, trainer: impl Trainer + 'static) -> Self {
        Self { updates, trainer: Arc::new(trainer), session: session.to_owned(), flushed: false }
    }
}

impl Source for EngineSource {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        let enough = out.len() + most;
        while out.len() < enough {
            match self.updates.try_recv() {
                Ok(update) => out.push(update),
                Err(TryRecvError::Disconnected) => return Flow::Ended,
                Err(TryRecvError::Empty) if self.flushed => return Flow::Ended,
                Err(TryRecvError::Empty) if self.trainer.is_finished() => {
                    // Records may still be on their way from threads that have ended.
                    self.trainer.flush();
                    self.flushed = true;
                }
                Err(TryRecvError::Empty) => return Flow::Idle,
            }
        }
        Flow::More
    }

    fn send(&mut self, command: Command) -> Reply {
        self.trainer.command(command)
    }

    fn sender_for(&self, _command: &Command) -> Option<CommandSender> {
        let trainer = Arc::clone(&self.trainer);
        Some(Arc::new(move |command| trainer.command(command)))
    }

    fn describe(&self) -> Description {
        Description { name: self.session.clone(), takes_commands: true, takes_notes: true, in_process: true }
    }
}
