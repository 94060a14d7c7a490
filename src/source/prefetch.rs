//! A long file read ahead by a thread of its own, while what it said before is still being folded.
//!
//! Does not depend on what is done with the pieces.

use crate::format::{LogFile, LogItem};
use crossbeam_channel::{Receiver, bounded};
use std::thread::{Builder, JoinHandle};

/// Pieces that wait while the next is read: enough to keep both sides busy, at some 40 MB of records each.
const PIECES: usize = 1;

/// A feed in the hands of its thread.
#[derive(Debug)]
pub(super) struct Prefetch {
    pieces: Option<Receiver<Vec<LogItem>>>,
    thread: Option<JoinHandle<LogFile>>,
}

impl Prefetch {
    /// Has a thread read on with `feed` until there is no more for now; none if the thread cannot be started.
    pub(super) fn start(mut feed: LogFile) -> Option<Self> {
        let (sender, pieces) = bounded(PIECES);
        let read = move || {
            let mut buffer = Vec::new();
            loop {
                let mut said = Vec::new();
                let more = feed.read(&mut buffer, &mut said);
                if sender.send(said).is_err() || !more {
                    return feed;
                }
            }
        };
        let thread = Builder::new().name("log-reader".to_owned()).spawn(read).ok()?;
        Some(Self { pieces: Some(pieces), thread: Some(thread) })
    }

    /// The next piece, waited for; nothing once everything was said.
    pub(super) fn next(&self) -> Option<Vec<LogItem>> {
        self.pieces.as_ref()?.recv().ok()
    }

    /// The feed, as far as it has read; what it read and nobody took is lost.
    pub(super) fn end(mut self) -> Option<LogFile> {
        self.pieces = None;
        self.thread.take().and_then(|thread| thread.join().ok())
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.pieces = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was reported by the hook.
            let _ = thread.join();
        }
    }
}
