//! A session's folder, a folder of files or a single file, followed while it grows.
//!
//! Sizes and times are looked at ten times a second, which works on every file system, also where a notification of the
//! operating system would not reach across machines. Does not depend on who looks at the updates.

use super::SourceError;
use super::interface::{Description, Flow, Source};
use super::place::{Place, written};
use super::prefetch::Prefetch;
use crate::format::{Columns, RunSearch};
use crate::format::{LogFile, LogItem};
use crate::format::{clean_name, clean_text};
use crate::protocol::{Command, Holder, Reply, Update};
use crate::record::{SessionFolder, add_note, log_age};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

/// From one look at the files to the next.
const INTERVAL: Duration = Duration::from_millis(100);

/// Looks after which a file that did not change is looked at less often.
const QUIET: u32 = 50;

/// How often a quiet file is looked at: at every third look, so that news is on the screen within half a second.
const QUIET_EVERY: u64 = 3;

/// Looks from one question for the holder of a run to the next.
pub(super) const HOLDER_EVERY: u64 = 5;

/// Silence of a log that is not worth a word, in seconds.
const SHORT: f64 = 5.0;

/// How much longer a log was silent each time that is said again.
const LONGER: f64 = 1.05;

/// How a folder is read.
#[derive(Clone, Debug)]
pub struct FileSourceSettings {
    /// Which columns of other programs' files are shown.
    pub columns: Columns,
    /// Bytes of all logs together past which only the beginning and the end of each ended run are read at first.
    pub outline_past: u64,
    /// From one look at the files to the next.
    pub interval: Duration,
    /// Whether a file that is not there yet, or a folder without a run, is waited for.
    pub waits: bool,
}

impl Default for FileSourceSettings {
    fn default() -> Self {
        Self { columns: Columns::default(), outline_past: 256 << 20, interval: INTERVAL, waits: false }
    }
}

#[derive(Debug)]
pub(super) struct Followed {
    pub(super) id: Arc<str>,
    pub(super) feed: LogFile,
    /// The feed while a thread reads ahead with it.
    pub(super) ahead: Option<Prefetch>,
    /// The session that the log belongs to, and the run's id there.
    pub(super) home: Option<(SessionFolder, String)>,
    pub(super) holder: Option<Holder>,
    pub(super) was_holder_said: bool,
    /// Seconds of silence when they were said last since the newest record.
    pub(super) age_said: Option<f64>,
    pub(super) has_news: bool,
    pub(super) quiet: u32,
    /// Whether the outline is to be said again in place of the whole.
    pub(super) wants_outline: bool,
}

impl Followed {
    /// Takes the next piece that was read ahead; false at the end, with the feed back in place.
    fn take_ahead(&mut self, ahead: Prefetch, said: &mut Vec<LogItem>) -> bool {
        if let Some(mut piece) = ahead.next() {
            said.append(&mut piece);
            self.ahead = Some(ahead);
            return true;
        }
        if let Some(feed) = ahead.end() {
            self.feed = feed;
        } else {
            // The thread panicked: the file is read anew from its beginning.
            self.feed.restart();
            said.push(LogItem::Again);
        }
        false
    }
}

/// A source that reads files.
#[derive(Debug)]
pub struct FileSource {
    pub(super) place: Place,
    pub(super) settings: FileSourceSettings,
    pub(super) is_large: bool,
    pub(super) runs: Vec<Followed>,
    pub(super) places: HashMap<Arc<str>, usize>,
    pub(super) files: HashSet<PathBuf>,
    /// Runs of other tools, by what tells them apart.
    pub(super) known: HashSet<(PathBuf, Option<String>)>,
    pub(super) found: RunSearch,
    pub(super) plans: HashSet<String>,
    pub(super) listed: Option<[Option<SystemTime>; 2]>,
    /// When `session.json`, as it was said last, was written.
    pub(super) header: Option<SystemTime>,
    pub(super) faults: HashSet<String>,
    pub(super) pending: VecDeque<Update>,
    pub(super) buffer: Vec<u8>,
    pub(super) cursor: Option<usize>,
    pub(super) look: u64,
    pub(super) looked: Option<Instant>,
    pub(super) has_begun: bool,
    pub(super) is_caught_up: bool,
}

impl FileSource {
    /// Opens a session's folder, a run's log, another program's file, or a folder of such files.
    ///
    /// # Errors
    /// When there is nothing there that can be read.
    pub fn open(path: &Path, settings: FileSourceSettings) -> Result<Self, SourceError> {
        let place = if settings.waits { Place::awaited(path)? } else { Place::of(path)? };
        Ok(Self::at(place, settings))
    }

    /// Opens logs from anywhere as the runs of one session: runs to lay over each other, whichever sessions they are of.
    /// Where two of them have the same name, the name of their session stands before it.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn together(logs: Vec<PathBuf>, settings: FileSourceSettings) -> Result<Self, SourceError> {
        for path in &logs {
            fs::metadata(path).map_err(|source| SourceError::Io { path: path.clone(), source })?;
        }
        Ok(Self::at(Place::Several(logs), settings))
    }

    fn at(place: Place, settings: FileSourceSettings) -> Self {
        Self {
            place,
            settings,
            is_large: false,
            runs: Vec::new(),
            places: HashMap::new(),
            files: HashSet::new(),
            known: HashSet::new(),
            found: RunSearch::default(),
            plans: HashSet::new(),
            listed: None,
            header: None,
            faults: HashSet::new(),
            pending: VecDeque::new(),
            buffer: Vec::new(),
            cursor: None,
            look: 0,
            looked: None,
            has_begun: false,
            is_caught_up: false,
        }
    }

    /// The session's folder, where it is one.
    #[must_use]
    pub fn session(&self) -> Option<&SessionFolder> {
        match &self.place {
            Place::Session(folder, _) => Some(folder),
            Place::Files(_) | Place::File(_) | Place::Several(_) | Place::Awaited(_) => None,
        }
    }

    /// Does the next piece of work; false when there is none for now.
    fn advance(&mut self) -> bool {
        if !self.has_begun {
            self.has_begun = true;
            self.say_session();
            return true;
        }
        let Some(at) = self.cursor else {
            if self.is_caught_up && self.looked.is_some_and(|looked| looked.elapsed() < self.settings.interval) {
                return false;
            }
            self.list();
            self.cursor = Some(0);
            return true;
        };
        if at < self.runs.len() {
            self.read(at);
            return true;
        }
        self.cursor = None;
        self.look += 1;
        self.looked = Some(Instant::now());
        if !self.is_caught_up {
            self.is_caught_up = true;
            self.pending.push_back(Update::CaughtUp);
        }
        !self.pending.is_empty()
    }

    /// Says what session this is.
    pub(super) fn say_session(&mut self) {
        let mut wrong = None;
        if let Place::Session(folder, _) = &self.place {
            self.header = written(folder);
        }
        let (id, header) = self.place.header(&mut wrong);
        self.pending.push_back(Update::Session { id: clean_name(&id).into_owned(), header });
        if let Some(message) = wrong {
            self.fault(None, &message);
        }
    }

    /// Reads the next piece of a run, and goes on to the next run when there is no more.
    fn read(&mut self, at: usize) {
        let run = &mut self.runs[at];
        if run.quiet >= QUIET && !(self.look + at as u64).is_multiple_of(QUIET_EVERY) {
            self.say_holder(at);
            self.cursor = Some(at + 1);
            return;
        }
        let mut said = Vec::new();
        let is_first = !self.is_caught_up && !run.has_news;
        let more = if let Some(ahead) = run.ahead.take() {
            run.take_ahead(ahead, &mut said)
        } else if std::mem::take(&mut run.wants_outline) && run.feed.outline(&mut said) {
            self.pending.push_back(Update::Reset { run: Arc::clone(&run.id) });
            self.pending.push_back(Update::Outline { run: Arc::clone(&run.id) });
            true
        } else if self.is_large && is_first && run.feed.outline(&mut said) {
            self.pending.push_back(Update::Outline { run: Arc::clone(&run.id) });
            true
        } else {
            let more = run.feed.read(&mut self.buffer, &mut said);
            if more {
                let path = run.feed.path().to_owned();
                let feed = std::mem::replace(&mut run.feed, LogFile::new(path, self.settings.columns.clone()));
                run.ahead = Prefetch::start(feed);
                if run.ahead.is_none() {
                    // The reader was lost with the thread that could not be started: the file is read again.
                    said.push(LogItem::Again);
                }
            }
            more
        };
        run.quiet = if said.is_empty() { run.quiet.saturating_add(1) } else { 0 };
        run.has_news |= !said.is_empty();
        for said in said {
            let update = match said {
                LogItem::Record(record) => Update::Record { run: Arc::clone(&run.id), record },
                LogItem::Again => Update::Reset { run: Arc::clone(&run.id) },
                LogItem::Fault(message) => Update::Fault { run: Some(run.id.to_string()), message },
                LogItem::Remark(message) => Update::Remark { run: Arc::clone(&run.id), message },
            };
            self.pending.push_back(update);
        }
        if !more {
            self.say_holder(at);
            self.cursor = Some(at + 1);
        }
    }

    /// Says who holds a run when that has changed, and again after new records, which may have come from a process that
    /// is gone by now.
    fn say_holder(&mut self, at: usize) {
        let run = &mut self.runs[at];
        let is_time = !run.feed.has_ended && (self.look + at as u64).is_multiple_of(HOLDER_EVERY);
        if !(run.has_news || is_time || !run.was_holder_said) {
            return;
        }
        let holder = match &run.home {
            Some((folder, of)) => folder.holder(of),
            // Who writes a file outside of sessions is not known: its age is all that tells.
            None => None,
        };
        if run.home.is_some() && (run.has_news || !run.was_holder_said || run.holder != holder) {
            run.was_holder_said = true;
            run.holder.clone_from(&holder);
            self.pending.push_back(Update::Holder { run: Arc::clone(&run.id), holder });
        }
        run.was_holder_said = true;
        self.say_age(at);
        self.runs[at].has_news = false;
    }

    /// Says how long ago a run's log changed: again whenever that has grown by a share of itself, so that the age on a
    /// screen is about right at all times and little is said of it.
    fn say_age(&mut self, at: usize) {
        let run = &mut self.runs[at];
        if run.has_news {
            run.age_said = None;
        }
        if run.feed.has_ended {
            return;
        }
        let Ok(age) = log_age(run.feed.path()) else { return };
        let seconds = age.since.as_secs_f64();
        let is_known = run.home.is_some();
        let is_due = match run.age_said {
            Some(said) => seconds >= SHORT.max(said * LONGER),
            None => !is_known || seconds >= SHORT,
        };
        if is_due {
            run.age_said = Some(seconds);
            let written_over = age.written_over.map(|over| over.as_secs_f64());
            let run = Arc::clone(&run.id);
            self.pending.push_back(Update::Age { run, seconds, written_over, has_holder: is_known });
        }
    }

    /// Adds a note to a log that nobody else writes.
    fn note(&mut self, run: &str, text: &str) -> Result<(), String> {
        let followed = self.places.get(run).map(|at| &mut self.runs[*at]).ok_or_else(|| format!("no run {run}"))?;
        let Some((folder, id)) = &followed.home else {
            return Err(format!("{}: notes are kept in logs of sessions only", followed.feed.path().display()));
        };
        add_note(folder, id, text).map_err(|error| error.to_string())?;
        followed.quiet = 0;
        self.looked = None;
        Ok(())
    }

    /// Says what cannot be read, each thing once.
    pub(super) fn fault(&mut self, run: Option<&str>, message: &str) {
        let message = clean_text(message).into_owned();
        if self.faults.insert(message.clone()) {
            self.pending.push_back(Update::Fault { run: run.map(str::to_owned), message });
        }
    }
}

impl Source for FileSource {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        let mut room = most;
        loop {
            let count = self.pending.len().min(room);
            out.extend(self.pending.drain(..count));
            room -= count;
            if room == 0 {
                return Flow::More;
            }
            if !self.advance() {
                return Flow::Idle;
            }
        }
    }

    fn send(&mut self, command: Command) -> Reply {
        let outcome = match command {
            Command::Note { run, text } => self.note(&run, &text),
            _ => Err(format!("{} is read-only: no training process is attached", self.place.name())),
        };
        match outcome {
            Ok(()) => Reply::Accepted,
            Err(reason) => Reply::Refused { reason: clean_text(&reason).into_owned() },
        }
    }

    fn open(&mut self, run: &str) {
        if let Some(at) = self.places.get(run)
            && self.runs[*at].feed.is_outline()
        {
            let run = &mut self.runs[*at];
            run.ahead = None;
            run.feed = LogFile::native(run.feed.path().to_owned());
            run.quiet = 0;
            self.pending.push_back(Update::Reset { run: Arc::clone(&run.id) });
            self.looked = None;
        }
    }

    fn close(&mut self, run: &str) {
        if let Some(at) = self.places.get(run)
            && self.runs[*at].feed.has_ended
            && !self.runs[*at].feed.is_outline()
        {
            self.runs[*at].wants_outline = true;
            self.runs[*at].quiet = 0;
            self.looked = None;
        }
    }

    fn describe(&self) -> Description {
        let name = clean_name(&self.place.name()).into_owned();
        Description { name, takes_commands: false, takes_notes: true, in_process: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::print;
    use crate::protocol::{Event, Record, Step};
    use crate::record::RunLock;
    use std::io::Write;

    fn line(seq: u64) -> Vec<u8> {
        let event = Event::Step(Step { step: seq, epoch: 0.5, train_loss: 0.25 });
        line_of(seq, event)
    }

    fn line_of(seq: u64, event: Event) -> Vec<u8> {
        let mut line = Vec::new();
        print(&Record { v: 1, seq, t: seq as f64, event }, &mut line).unwrap();
        line
    }

    fn append(path: &Path, bytes: &[u8]) {
        fs::File::options().append(true).create(true).open(path).unwrap().write_all(bytes).unwrap();
    }

    /// Polls past the pause between two looks.
    fn poll(folder: &mut FileSource) -> Vec<Update> {
        folder.looked = None;
        let mut out = Vec::new();
        while folder.poll(&mut out, 7) == Flow::More {}
        out
    }

    /// The updates in short: `S` session, `P` plan, digits records, `R` reset, `O` outline, `F` fault, `H` held, `h`
    /// free, `C` caught up.
    fn short(updates: &[Update]) -> String {
        let letter = |update: &Update| match update {
            Update::Session { .. } => "S".to_owned(),
            Update::Planned { .. } => "P".to_owned(),
            Update::Record { record, .. } => record.seq.to_string(),
            Update::Reset { .. } => "R".to_owned(),
            Update::Outline { .. } => "O".to_owned(),
            Update::Fault { .. } => "F".to_owned(),
            Update::Remark { .. } => "M".to_owned(),
            Update::Holder { holder: Some(_), .. } => "H".to_owned(),
            Update::Holder { holder: None, .. } => "h".to_owned(),
            Update::Age { .. } => "A".to_owned(),
            Update::Trainer { .. } => "T".to_owned(),
            Update::CaughtUp => "C".to_owned(),
        };
        updates.iter().map(letter).collect()
    }

    fn session() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        for part in ["runs", "queue", "locks"] {
            fs::create_dir(root.path().join(part)).unwrap();
        }
        let runs = root.path().join("runs");
        (root, runs)
    }

    #[test]
    fn a_session_is_said_whole_and_then_followed() {
        let (root, runs) = session();
        append(&runs.join("a.jsonl"), &[line(0), line(1)].concat());
        let lock = RunLock::take(&root.path().join("locks"), "a").unwrap();
        let mut folder = FileSource::open(root.path(), FileSourceSettings::default()).unwrap();
        assert_eq!(short(&poll(&mut folder)), "S01HC");
        assert_eq!(short(&poll(&mut folder)), "");
        let third = line(2);
        append(&runs.join("a.jsonl"), &third[..9]);
        assert_eq!(short(&poll(&mut folder)), "");
        append(&runs.join("a.jsonl"), &third[9..]);
        assert_eq!(short(&poll(&mut folder)), "2H");
        append(&runs.join("b.jsonl"), b"half");
        drop(lock);
        let later: String = (0..30).map(|_| short(&poll(&mut folder))).collect();
        assert_eq!(later, "hh", "a was left, b has nobody");
        append(&runs.join("b.jsonl"), b" a line\n");
        assert_eq!(short(&poll(&mut folder)), "Fh");
        fs::write(runs.join("a.jsonl"), line(7)).unwrap();
        assert_eq!(short(&poll(&mut folder)), "R7h");
    }

    #[test]
    fn a_single_log_of_a_session_is_followed_alone() {
        let (_root, runs) = session();
        append(&runs.join("a.jsonl"), &line(0));
        append(&runs.join("b.jsonl"), &line(1));
        let mut folder = FileSource::open(&runs.join("b.jsonl"), FileSourceSettings::default()).unwrap();
        assert_eq!(short(&poll(&mut folder)), "S1hC");
    }

    #[test]
    fn long_ended_logs_are_said_in_outline_until_they_are_asked_for() {
        let (root, runs) = session();
        let mut text: Vec<u8> = (0..8_000).flat_map(line).collect();
        text.extend(line_of(8_000, Event::RunFinished(Box::default())));
        append(&runs.join("a.jsonl"), &text);
        let settings = FileSourceSettings { outline_past: 1_000, ..FileSourceSettings::default() };
        let mut folder = FileSource::open(root.path(), settings).unwrap();
        let updates = poll(&mut folder);
        assert!(matches!(&updates[1], Update::Outline { .. }));
        assert!(updates.len() > 100 && updates.len() < 3_000);
        assert!(short(&updates).ends_with("79998000hC"));
        Source::open(&mut folder, "a");
        let updates = poll(&mut folder);
        assert_eq!(updates.len(), 1 + 8_001 + 1);
        assert!(short(&updates).starts_with("R0123"));
        Source::open(&mut folder, "a");
        assert_eq!(short(&poll(&mut folder)), "");
        Source::close(&mut folder, "a");
        let updates = poll(&mut folder);
        assert!(short(&updates).starts_with("RO0") && updates.len() < 3_000);
        Source::close(&mut folder, "a");
        assert_eq!(short(&poll(&mut folder)), "");
    }

    #[test]
    fn a_folder_of_other_programs_files_is_a_session() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("sub")).unwrap();
        fs::write(root.path().join("a.jsonl"), "{\"step\":1,\"x\":2}\n").unwrap();
        fs::write(root.path().join("sub/log.csv"), "epoch,loss\n0,1\n1,2\n").unwrap();
        fs::write(root.path().join("read.me"), "no").unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("sub/loop")).unwrap();
        let mut folder = FileSource::open(root.path(), FileSourceSettings::default()).unwrap();
        let updates = poll(&mut folder);
        assert_eq!(short(&updates), "S01A012AC");
        assert_eq!(folder.runs.iter().map(|run| run.id.to_string()).collect::<Vec<_>>(), ["a", "sub/log"]);
    }

    #[test]
    fn a_header_that_is_written_anew_is_said_anew() {
        let (_logs, session) = crate::record::test_folder();
        let mut folder = FileSource::open(session.root(), FileSourceSettings::default()).unwrap();
        assert_eq!(short(&poll(&mut folder)), "SC");
        let mut header = session.header().unwrap();
        header.dataset.train = 60_000;
        session.replace_header(&header).unwrap();
        std::thread::sleep(INTERVAL);
        let said = poll(&mut folder);
        assert_eq!(said, [Update::Session { id: session.id().to_owned(), header: Some(Box::new(header)) }]);
        std::thread::sleep(INTERVAL);
        assert_eq!(short(&poll(&mut folder)), "");
    }

    #[test]
    fn what_cannot_be_read_is_said_once() {
        let (root, runs) = session();
        fs::create_dir(runs.join("folder.jsonl")).unwrap();
        append(&runs.join("later.jsonl"), b"{\"v\":9,\"seq\":0}\n");
        fs::write(root.path().join("session.json"), "{").unwrap();
        fs::write(root.path().join("queue/x.json"), "[").unwrap();
        let mut folder = FileSource::open(root.path(), FileSourceSettings::default()).unwrap();
        let updates = poll(&mut folder);
        assert_eq!(short(&updates), "SFFFhFhC");
        let text = format!("{updates:?}");
        assert!(text.contains("version 9") && text.contains("regular file"), "{text}");
        assert_eq!(short(&poll(&mut folder)), "");
    }

    #[test]
    fn nothing_to_read_is_an_error_that_says_what_is_looked_for() {
        let root = tempfile::tempdir().unwrap();
        let error = |path: &Path| FileSource::open(path, FileSourceSettings::default()).unwrap_err().to_string();
        assert!(error(root.path()).contains("holds no run"));
        assert!(error(&root.path().join("none")).contains("No such file"));
        std::os::unix::fs::symlink(root.path().join("loop"), root.path().join("loop")).unwrap();
        assert!(error(&root.path().join("loop")).contains("symbolic links"));
    }

    #[test]
    fn escape_sequences_do_not_enter() {
        let (root, runs) = session();
        let note = Event::Note(crate::protocol::Note { text: "\u{1b}[2J".to_owned() });
        append(&runs.join("a.jsonl"), &line_of(0, note));
        append(&runs.join("a.jsonl"), b"\x1b[31m bad line\n");
        let mut folder = FileSource::open(root.path(), FileSourceSettings::default()).unwrap();
        let updates = poll(&mut folder);
        assert_eq!(short(&updates), "S0FhC");
        assert!(updates.iter().all(|update| !serde_json::to_string(update).unwrap().contains("\\u001b")));
    }
}
