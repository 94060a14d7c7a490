//! A session on another machine, through the user's own `ssh`: only records cross the link, the screen is drawn here.
//!
//! `ssh -o BatchMode=yes HOST perceptop stream PATH` says the session's updates line by line. After a drop the link is
//! made again, each time a little later, and asks only for what was not heard yet. What comes is cleaned as the content
//! of any file is. Does not depend on who looks.

use super::interface::{Description, Flow, Source};
use super::stream::KEEPALIVE_INTERVAL;
use crate::format::{clean_header, clean_name, clean_plan, clean_record, clean_text};
use crate::protocol::{Command, Reply, Update};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The longest line that is read; an epoch's confusion table and wrong answers take some 40 kB.
const LONGEST_LINE: u64 = 16 << 20;
/// Bytes of `--since` arguments up to which they are given; past them everything is sent again.
const LONGEST_SINCE: usize = 60_000;
/// The longest time from one attempt to the next.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Where a session is, elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshPlace {
    /// What `ssh` calls the machine: `host`, `user@host`, or an alias of its configuration.
    pub host: String,
    /// The port, where it is not the usual one.
    pub port: Option<u16>,
    /// The session's folder there; relative to the home folder where it does not begin with `/`.
    pub path: String,
}

/// Why an address is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found}: not an address of a session; allowed: ssh://HOST/PATH, ssh://USER@HOST:PORT/PATH, ssh://HOST/~/PATH")]
pub struct BadAddress {
    found: String,
}

impl SshPlace {
    /// Reads `ssh://[USER@]HOST[:PORT]/PATH`; `/~/` stands for the home folder.
    ///
    /// # Errors
    /// When the text is no such address.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress { found: clean_text(text).into_owned() };
        let (authority, path) = text.strip_prefix("ssh://").and_then(|rest| rest.split_once('/')).ok_or_else(bad)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| bad())?)),
            None => (authority, None),
        };
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-@%".contains(letter);
        // What begins with a dash would be an option of ssh.
        if host.is_empty() || host.starts_with('-') || !host.chars().all(plain) || path.contains(['\n', '\0']) {
            return Err(bad());
        }
        let path = path.strip_prefix("~/").map_or_else(|| format!("/{path}"), str::to_owned);
        if path.is_empty() || path == "/" {
            return Err(bad());
        }
        Ok(Self { host: host.to_owned(), port, path })
    }

    /// The command for the shell of the other machine.
    fn remote_command(&self, heard: &HashMap<Arc<str>, u64>) -> String {
        // A name that begins with a dash would be an option.
        let path = if self.path.starts_with('-') { format!("./{}", self.path) } else { self.path.clone() };
        let mut command = format!("perceptop stream {}", quoted(&path));
        let mut since = String::new();
        for (run, seq) in heard {
            since.extend([" --since ", &quoted(&format!("{run}={}", seq + 1))]);
        }
        if since.len() <= LONGEST_SINCE {
            command.push_str(&since);
        }
        command
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A session on another machine as a source.
#[derive(Debug)]
pub struct SshSource {
    name: String,
    updates: Receiver<Update>,
    link: Arc<Link>,
    thread: Option<JoinHandle<()>>,
}

/// The child that carries the updates, and whether it should.
#[derive(Debug)]
struct Link {
    ended: AtomicBool,
    child: Mutex<Option<Child>>,
}

impl SshSource {
    /// Begins to follow the session at `place`.
    ///
    /// # Errors
    /// When there is no thread to be had. What is wrong with the link is told as a fault.
    pub fn open(place: SshPlace) -> std::io::Result<Self> {
        Self::through(PathBuf::from("ssh"), place, Duration::from_secs(1))
    }

    /// Reads the session at `place` over one link, which is not made again when it drops.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn once(place: SshPlace) -> std::io::Result<Self> {
        Self::begin(PathBuf::from("ssh"), place, None)
    }

    /// The same through a program that is called as `ssh` is, tried again first after `pause`.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn through(program: PathBuf, place: SshPlace, pause: Duration) -> std::io::Result<Self> {
        Self::begin(program, place, Some(pause))
    }

    fn begin(program: PathBuf, place: SshPlace, pause: Option<Duration>) -> std::io::Result<Self> {
        let (sender, updates) = bounded(4096);
        let link = Arc::new(Link { ended: AtomicBool::new(false), child: Mutex::new(None) });
        let name =
            format!("ssh://{}{}{}", place.host, if place.path.starts_with('/') { "" } else { "/~/" }, place.path);
        let reader = Reader { program, place, sender, link: Arc::clone(&link), heard: HashMap::new(), pause };
        let thread = thread::Builder::new().name("ssh".to_owned()).spawn(move || reader.run())?;
        Ok(Self { name: clean_name(&name).into_owned(), updates, link, thread: Some(thread) })
    }
}

impl Source for SshSource {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        for _ in 0..most {
            match self.updates.try_recv() {
                Ok(update) => out.push(update),
                Err(TryRecvError::Empty) => return Flow::Idle,
                Err(TryRecvError::Disconnected) => return Flow::Ended,
            }
        }
        Flow::More
    }

    fn send(&mut self, _command: Command) -> Reply {
        Reply::Refused { reason: "a session on another machine is read-only".to_owned() }
    }

    fn describe(&self) -> Description {
        Description { name: self.name.clone(), takes_commands: false, takes_notes: false, in_process: false }
    }
}

impl Drop for SshSource {
    fn drop(&mut self) {
        self.link.ended.store(true, Ordering::Release);
        self.link.hang_up();
        // The reader may wait for room in the channel: taking what is there lets it see that it should end.
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            self.updates.try_iter().for_each(drop);
            thread::sleep(Duration::from_millis(1));
        }
        if let Some(thread) = self.thread.take() {
            // A panic of it was printed where panics are.
            let _ = thread.join();
        }
    }
}

impl Link {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn hang_up(&self) {
        if let Some(child) = &mut *self.child.lock().unwrap_or_else(PoisonError::into_inner) {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }
}

struct Reader {
    program: PathBuf,
    place: SshPlace,
    sender: Sender<Update>,
    link: Arc<Link>,
    /// The number of the last record heard of each run.
    heard: HashMap<Arc<str>, u64>,
    /// The first pause before the link is made again; nothing where it is made once only.
    pause: Option<Duration>,
}

impl Reader {
    fn run(mut self) {
        let mut pause = self.pause;
        while !self.link.has_ended() {
            let (reason, heard_any) = self.once();
            if self.link.has_ended() {
                return;
            }
            pause = if heard_any { self.pause } else { pause.map(|pause| (pause * 2).min(LONGEST_PAUSE)) };
            let again = pause.map_or_else(String::new, |pause| format!("; retrying in {pause:.0?}"));
            let message = format!("the connection to {} is down ({reason}){again}", self.place.host);
            let told = self.sender.send(Update::Fault { run: None, message: clean_text(&message).into_owned() });
            match pause {
                Some(pause) if told.is_ok() => self.wait(pause),
                _ => return,
            }
        }
    }

    fn wait(&self, pause: Duration) {
        let slice = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while waited < pause && !self.link.has_ended() {
            thread::sleep(slice.min(pause));
            waited += slice;
        }
    }

    /// Holds one link until it drops: why it did, and whether anything came.
    fn once(&mut self) -> (String, bool) {
        let (out, errors) = match self.dial() {
            Ok(pipes) => pipes,
            Err(error) => return (format!("{}: {error}", self.program.display()), false),
        };
        let heard_any = self.listen(out);
        let mut told = String::new();
        if let Some(errors) = errors {
            // What ssh said is the better reason; were it unreadable, the exit status is one too.
            let _ = errors.take(4096).read_to_string(&mut told);
        }
        let child = self.link.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        let status = child.and_then(|mut child| {
            let _ = child.kill();
            child.wait().ok()
        });
        let last = told.lines().rev().find(|line| !line.trim().is_empty()).map(str::to_owned);
        (last.or(status.map(|status| status.to_string())).unwrap_or_else(|| "it ended".to_owned()), heard_any)
    }

    fn dial(&self) -> std::io::Result<(Option<ChildStdout>, Option<std::process::ChildStderr>)> {
        let alive = format!("ServerAliveInterval={}", KEEPALIVE_INTERVAL.as_secs());
        let mut command = std::process::Command::new(&self.program);
        command.args(["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", &alive, "-o", "ServerAliveCountMax=3"]);
        if let Some(port) = self.place.port {
            command.args(["-p", &port.to_string()]);
        }
        command.args(["--", &self.place.host, &self.place.remote_command(&self.heard)]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let pipes = (child.stdout.take(), child.stderr.take());
        *self.link.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        if self.link.has_ended() {
            self.link.hang_up();
        }
        Ok(pipes)
    }

    /// Passes on every line that is an update; whether there was any.
    fn listen(&mut self, out: Option<ChildStdout>) -> bool {
        let Some(out) = out else { return false };
        let mut lines = BufReader::with_capacity(64 << 10, out);
        let (mut line, mut heard_any) = (Vec::new(), false);
        loop {
            line.clear();
            match lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return heard_any,
                // A line without its end is one that was cut off, or far too long: it comes again with the next link.
                Ok(_) if line.last() != Some(&b'\n') => return heard_any,
                Ok(_) => {}
            }
            let Ok(update) = serde_json::from_slice::<Update>(&line) else { continue };
            if let Some(update) = self.news(update) {
                heard_any = true;
                if self.sender.send(update).is_err() {
                    return heard_any;
                }
            }
        }
    }

    /// The update, cleaned, unless it was heard before the link dropped.
    fn news(&mut self, update: Update) -> Option<Update> {
        Some(match update {
            Update::Record { run, mut record } => {
                let run: Arc<str> = clean_name(&run).as_ref().into();
                if self.heard.get(&run).is_some_and(|last| record.seq <= *last) {
                    return None;
                }
                self.heard.insert(Arc::clone(&run), record.seq);
                clean_record(&mut record);
                Update::Record { run, record }
            }
            Update::Reset { run } => {
                let run: Arc<str> = clean_name(&run).as_ref().into();
                self.heard.remove(&run);
                Update::Reset { run }
            }
            Update::Session { id, mut header } => {
                if let Some(header) = &mut header {
                    clean_header(header);
                }
                Update::Session { id: clean_name(&id).into_owned(), header }
            }
            Update::Planned { mut plan } => {
                clean_plan(&mut plan);
                Update::Planned { plan }
            }
            Update::Remark { run, message } => {
                Update::Remark { run: clean_name(&run).as_ref().into(), message: clean_text(&message).into_owned() }
            }
            Update::Fault { run, message } => Update::Fault {
                run: run.map(|run| clean_name(&run).into_owned()),
                message: clean_text(&message).into_owned(),
            },
            Update::Holder { run, holder } => {
                let holder = holder.map(|mut holder| {
                    holder.host = clean_name(&holder.host).into_owned();
                    holder
                });
                Update::Holder { run: clean_name(&run).as_ref().into(), holder }
            }
            Update::Outline { run } => Update::Outline { run: clean_name(&run).as_ref().into() },
            Update::Age { run, seconds, written_over, has_holder } => {
                Update::Age { run: clean_name(&run).as_ref().into(), seconds, written_over, has_holder }
            }
            Update::Trainer { state, seconds } => Update::Trainer { state, seconds },
            Update::CaughtUp => Update::CaughtUp,
        })
    }
}
