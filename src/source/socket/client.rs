//! The side of a viewer: commands to whichever processes work on a session.
//!
//! Does not depend on what a command does.

use super::codec::{Lines, WATCH, line, refused};
use super::registry::{SocketDir, forget};
use crate::format::clean_text;
use crate::protocol::{Command, Reply, Target, TrainerState, Update};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an answer may take: a fork copies a checkpoint, everything else is at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A way to the processes that work on one session.
#[derive(Debug)]
pub struct Control {
    socket_dir: SocketDir,
    root: PathBuf,
    watched: Vec<Watched>,
    /// What was said last of the processes.
    said: Option<TrainerState>,
}

/// A process whose faults are listened to.
#[derive(Debug)]
struct Watched {
    socket: PathBuf,
    stream: UnixStream,
    lines: Lines,
}

impl Control {
    /// A way to whoever works on the session in `root`, now or later.
    #[must_use]
    pub fn new(socket_dir: SocketDir, root: &Path) -> Self {
        Self { socket_dir, root: root.to_owned(), watched: Vec::new(), said: None }
    }

    /// The same way, for another thread; it listens to nothing yet.
    #[must_use]
    pub fn another(&self) -> Self {
        Self::new(self.socket_dir.clone(), &self.root)
    }

    /// Whether a process of this user works on the session.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.socket_dir.sockets(&self.root).iter().any(|socket| connect(socket).is_ok())
    }

    /// Asks something of the session: of the process that has the run, or of all of them.
    #[must_use]
    pub fn send(&self, command: &Command) -> Reply {
        let sockets = self.socket_dir.sockets(&self.root);
        let is_for_all = matches!(
            command,
            Command::Shutdown
                | Command::Pause { target: Target::All }
                | Command::Resume { target: Target::All }
                | Command::Stop { target: Target::All }
                | Command::Checkpoint { target: Target::All }
        );
        let mut refusal = None;
        let mut accepted = false;
        for socket in sockets {
            match ask(&socket, command) {
                Ok(Reply::Accepted) if is_for_all => accepted = true,
                Ok(Reply::Accepted) => return Reply::Accepted,
                Ok(reply) => refusal = Some(reply),
                // It died without tidying up, or is about to end: the next one may have the run.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => forget(&socket),
                Err(error) => refusal = Some(refused(format!("the session's process does not answer: {error}"))),
            }
        }
        if accepted {
            return Reply::Accepted;
        }
        refusal.unwrap_or_else(|| refused("no process trains this session; perceptop run --resume continues it"))
    }

    /// What went wrong in the session's processes and stands in no log, since the last call: also that one of them is
    /// gone without having said so. Whether any works on the session is said whenever that has changed.
    pub fn news(&mut self, out: &mut Vec<Update>) {
        for socket in self.socket_dir.sockets(&self.root) {
            if !self.watched.iter().any(|watched| watched.socket == socket)
                && let Ok(stream) = watch(&socket)
            {
                self.watched.push(Watched { socket, stream, lines: Lines::default() });
            }
        }
        let mut ended = Vec::new();
        self.watched.retain_mut(|watched| {
            let goes_on = fill(watched);
            if !goes_on {
                ended.push(watched.socket.clone());
            }
            while let Some(line) = watched.lines.next_line() {
                if let Ok(update @ Update::Fault { .. }) = serde_json::from_slice(&line) {
                    out.push(update);
                }
            }
            goes_on && !watched.lines.is_overlong()
        });
        let before = out.len();
        out.extend(ended.iter().filter(|socket| is_stale(socket)).map(|_| self.gone()));
        let state = match (self.watched.is_empty(), out.len() > before) {
            (false, _) => TrainerState::Live,
            (true, _) if ended.is_empty() => return,
            (true, true) => TrainerState::Died,
            (true, false) => TrainerState::Ended,
        };
        if self.said != Some(state) {
            self.said = Some(state);
            out.push(Update::Trainer { state, seconds: self.seconds() });
        }
    }

    /// Seconds since the first of the processes that are listened to began: it made its socket then.
    fn seconds(&self) -> Option<f64> {
        let made = |watched: &Watched| std::fs::metadata(&watched.socket).and_then(|it| it.modified()).ok();
        let first = self.watched.iter().filter_map(made).min()?;
        first.elapsed().ok().map(|since| since.as_secs_f64())
    }

    fn gone(&self) -> Update {
        let message = format!(
            "the training process exited unexpectedly; perceptop run --resume {} continues",
            self.root.display()
        );
        Update::Fault { run: None, message: clean_text(&message).into_owned() }
    }
}

/// Whether the socket is there and nobody listens: a process that ends in order takes it away.
fn is_stale(socket: &Path) -> bool {
    connect(socket).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn connect(socket: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn ask(socket: &Path, command: &Command) -> io::Result<Reply> {
    let mut stream = connect(socket)?;
    stream.write_all(&line(command))?;
    let mut lines = Lines::default();
    let mut buffer = [0; 4096];
    loop {
        if let Some(line) = lines.next_line() {
            return serde_json::from_slice(&line).map_err(io::Error::from);
        }
        match stream.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count if lines.push(&buffer[..count]) => {}
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn watch(socket: &Path) -> io::Result<UnixStream> {
    let mut stream = connect(socket)?;
    stream.write_all(format!("{WATCH}\n").as_bytes())?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Reads what there is; false when there will be nothing more.
fn fill(watched: &mut Watched) -> bool {
    let mut buffer = [0; 4096];
    loop {
        match watched.stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(count) => drop(watched.lines.push(&buffer[..count])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
        }
    }
}
