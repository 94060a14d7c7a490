//! A session that another process works on: its logs for what happens, its control socket for what is wished.
//!
//! Does not depend on how either works.

use super::folder::{FileSource, FileSourceSettings};
use super::interface::{CommandSender, Description, Flow, Source};
use super::socket::{Control, SocketDir};
use super::{SocketError, SourceError};
use crate::format::clean_text;
use crate::protocol::{Command, Reply, Update};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From one question for faults, and for processes that ended, to the next.
const INTERVAL: Duration = Duration::from_millis(200);

/// Why a session cannot be attached to.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    /// Its logs cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The folder of control sockets cannot be used.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// A source that follows a session's folder and reaches the processes that train.
#[derive(Debug)]
pub struct SessionSource {
    folder: FileSource,
    control: Control,
    read_only: bool,
    asked: Option<Instant>,
}

impl SessionSource {
    /// Attaches to the session in `root`, whether or not a process works on it now. With `read_only`, every wish is
    /// refused.
    ///
    /// # Errors
    /// When there is no session, or the folder of sockets is not the user's own.
    pub fn open(root: &Path, settings: FileSourceSettings, read_only: bool) -> Result<Self, AttachError> {
        Self::at(SocketDir::of_user()?, root, settings, read_only)
    }

    /// The same with a folder of sockets of the caller's choice.
    ///
    /// # Errors
    /// When there is no session.
    pub fn at(
        socket_dir: SocketDir,
        root: &Path,
        settings: FileSourceSettings,
        read_only: bool,
    ) -> Result<Self, AttachError> {
        let folder = FileSource::open(root, settings)?;
        Ok(Self { folder, control: Control::new(socket_dir, root), read_only, asked: None })
    }
}

impl Source for SessionSource {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        let before = out.len();
        let flow = self.folder.poll(out, most);
        let is_due = self.asked.is_none_or(|asked| asked.elapsed() >= INTERVAL);
        if is_due && flow == Flow::Idle {
            self.asked = Some(Instant::now());
            self.control.news(out);
        }
        if flow == Flow::Idle && out.len() > before { Flow::More } else { flow }
    }

    fn send(&mut self, command: Command) -> Reply {
        if self.read_only {
            return Reply::Refused { reason: "this view is read-only".to_owned() };
        }
        // Once the process is gone its logs are like any others.
        if matches!(command, Command::Note { .. }) && !self.control.is_live() {
            return self.folder.send(command);
        }
        send_cleaned(&self.control, &command)
    }

    fn sender_for(&self, command: &Command) -> Option<CommandSender> {
        if self.read_only || matches!(command, Command::Note { .. }) {
            return None;
        }
        let control = self.control.another();
        Some(Arc::new(move |command| send_cleaned(&control, &command)))
    }

    fn open(&mut self, run: &str) {
        self.folder.open(run);
    }

    fn close(&mut self, run: &str) {
        self.folder.close(run);
    }

    fn describe(&self) -> Description {
        let takes_commands = !self.read_only && self.control.is_live();
        Description { takes_commands, takes_notes: !self.read_only, ..self.folder.describe() }
    }
}

fn send_cleaned(control: &Control, command: &Command) -> Reply {
    match control.send(command) {
        Reply::Accepted => Reply::Accepted,
        Reply::Refused { reason } => Reply::Refused { reason: clean_text(&reason).into_owned() },
    }
}
