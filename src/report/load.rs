//! Sessions and single runs from disk, folded by the reducer that the screens use.
//!
//! Does not depend on what is made of them.

use super::ReportError;
use crate::format::{
    Columns, FileKind, FoundRun, ThirdPartyReader, kind_of, passed_over_lines, run_names, runs_in, runs_of_file,
};
use crate::format::{Found, LogReader, Reading};
use crate::protocol::{Event, Record, RunPlan, SessionHeader, Update};
use crate::record::{SessionFolder, log_age};
use crate::state::{RunState, SessionState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run's log on disk.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    /// The run's id: its file's name without the ending.
    pub(crate) run: Arc<str>,
    /// The file, or the first of several.
    pub(crate) path: PathBuf,
    /// How it is read, where another tool wrote it.
    pub(crate) found: Option<FoundRun>,
}

/// What a path on the command line names: a session, or some runs of one.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The session's folder; absent for a log that lies elsewhere.
    pub(crate) folder: Option<SessionFolder>,
    /// The session's name, or the log's.
    pub(crate) id: String,
    /// `session.json`, where there is one.
    pub(crate) header: Option<SessionHeader>,
    /// The queue, in its order.
    pub(crate) plans: Vec<RunPlan>,
    /// The logs, by run id.
    pub(crate) logs: Vec<Log>,
    /// What could not be read so far.
    pub(crate) faults: Vec<String>,
}

/// Finds what `path` names: a session's folder, the log of a run, or `SESSION/RUN`.
///
/// # Errors
/// When there is no log, or the folder cannot be read.
pub(crate) fn target(path: &Path) -> Result<Target, ReportError> {
    if path.is_dir() {
        return session(path);
    }
    let (folder, run) = match path.extension() {
        Some(ending) if ending == "jsonl" && path.is_file() => (path.parent().and_then(Path::parent), path.file_stem()),
        _ => (path.parent(), path.file_name()),
    };
    let mut run = run.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // A file that is there is itself; only in a session of this program it is one of its runs.
    let is_place = |folder: &&Path| folder.is_dir() && (!path.is_file() || SessionFolder::open(folder).is_ok());
    let of_session = folder.filter(is_place).and_then(|folder| session(folder).ok());
    if let Some(mut target) = of_session {
        target.logs.retain(|log| *log.run == *run);
        target.plans.retain(|plan| plan.run == run);
        if !target.logs.is_empty() {
            return Ok(target);
        }
    }
    if path.symlink_metadata().is_err() {
        return Err(ReportError::NoRuns { path: path.to_owned(), over: String::new() });
    }
    is_log(path)?;
    if let Some(stem) = path.file_stem() {
        run = stem.to_string_lossy().into_owned();
    }
    let found =
        runs_of_file(path).map_err(|error| ReportError::Log { path: path.to_owned(), reason: error.to_string() })?;
    let logs = match found.as_slice() {
        [_] => logs_of(&[run.clone()], found),
        found => logs_of(&run_names(path.parent().unwrap_or(Path::new("")), found), found.to_vec()),
    };
    for log in &logs {
        has_rows(log)?;
    }
    Ok(Target { folder: None, id: run, header: None, plans: Vec::new(), logs, faults: Vec::new() })
}

fn logs_of(names: &[String], runs: Vec<FoundRun>) -> Vec<Log> {
    let log = |(name, run): (&String, FoundRun)| Log {
        run: name.as_str().into(),
        path: run.path().to_owned(),
        found: Some(run).filter(FoundRun::is_third_party),
    };
    names.iter().zip(runs).map(log).collect()
}

fn session(path: &Path) -> Result<Target, ReportError> {
    let unreadable =
        |error: crate::format::RecordError| ReportError::Log { path: path.to_owned(), reason: error.to_string() };
    let Ok(folder) = SessionFolder::open(path) else { return folder_of_files(path) };
    let mut faults = Vec::new();
    let header = folder.header().map_err(|error| faults.push(error.to_string())).ok();
    let (plans, broken) = folder.queue().map_err(unreadable)?;
    faults.extend(broken.iter().map(ToString::to_string));
    let mut logs = Vec::new();
    for run in folder.runs().map_err(unreadable)? {
        let path = folder.log(&run).map_err(unreadable)?;
        logs.push(Log { run: run.as_str().into(), path, found: None });
    }
    if logs.is_empty() && plans.is_empty() {
        return Err(ReportError::NoRuns { path: path.to_owned(), over: String::new() });
    }
    Ok(Target { id: folder.id().to_owned(), folder: Some(folder), header, plans, logs, faults })
}

/// Another program's files in a folder, each a run under its path there without the ending, as the screens name it.
fn folder_of_files(path: &Path) -> Result<Target, ReportError> {
    let runs = runs_in(path);
    let logs = logs_of(&run_names(path, &runs), runs);
    let logs: Vec<Log> = logs.into_iter().filter(|log| has_rows(log).is_ok()).collect();
    let over = passed_over_lines(path);
    if logs.is_empty() {
        return Err(ReportError::NoRuns { path: path.to_owned(), over });
    }
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let id = whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let faults = over.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(Target { folder: None, id, header: None, plans: Vec::new(), logs, faults })
}

/// Makes sure that a file is a log.
fn is_log(path: &Path) -> Result<(), ReportError> {
    let no = |reason: String| ReportError::Log { path: path.to_owned(), reason };
    match kind_of(path) {
        Err(error) => Err(no(error.to_string())),
        Ok(Some(FileKind::Unreadable(what))) => Err(no(what.to_string())),
        Ok(None) => Err(no("nothing was written to it yet, or no whole line".to_owned())),
        Ok(Some(FileKind::Log | FileKind::Foreign)) => Ok(()),
    }
}

/// Makes sure that a log has something in it.
fn has_rows(log: &Log) -> Result<(), ReportError> {
    let no = |reason: String| ReportError::Log { path: log.path.clone(), reason };
    let Some(mut reader) = reader_of(log) else { return is_log(&log.path) };
    let mut rows = Vec::new();
    loop {
        let has_more = reader.read(&mut rows).map_err(|error| no(error.to_string()))?.1;
        if rows.drain(..).any(|row| matches!(row.event, Event::Metrics(_))) {
            return Ok(());
        }
        if !has_more {
            let none = "it holds no row with a number".to_owned();
            let why: Vec<String> = [none].into_iter().chain(reader.faults()).chain(reader.remarks()).collect();
            return Err(no(why.join("; ")));
        }
    }
}

/// A reader of another tool's run.
fn reader_of(log: &Log) -> Option<ThirdPartyReader> {
    log.found.as_ref()?.reader(Columns::default())
}

/// Reads a log from beginning to end, a record at a time; what cannot be read is told in words.
pub(crate) fn each_record(log: &Log, faults: &mut Vec<String>, mut take: impl FnMut(&Arc<Record>)) {
    if let Some(reader) = reader_of(log) {
        each_row(reader, faults, take);
        return;
    }
    let mut reader = LogReader::new(log.path.clone());
    let (mut buffer, mut found) = (Vec::new(), Vec::new());
    loop {
        let reading = reader.read(&mut buffer, &mut found);
        for piece in found.drain(..) {
            match piece {
                Found::Record(record) => take(&record),
                Found::Bad { line, message } => {
                    faults.push(format!("{} line {line}: {message}", log.path.display()));
                }
                Found::Again => {}
            }
        }
        match reading {
            Ok(Reading::More) => {}
            Ok(Reading::UpToDate) => return,
            Err(error) => {
                faults.push(error.to_string());
                return;
            }
        }
    }
}

/// Reads another tool's run likewise.
fn each_row(mut reader: ThirdPartyReader, faults: &mut Vec<String>, mut take: impl FnMut(&Arc<Record>)) {
    let mut rows = Vec::new();
    loop {
        let outcome = reader.read(&mut rows);
        rows.drain(..).for_each(|row| take(&row));
        match outcome {
            Ok((_, true)) => {}
            Ok((_, false)) => return faults.extend(reader.faults()),
            Err(error) => return faults.push(error.to_string()),
        }
    }
}

/// Folds everything that a target holds.
pub(crate) fn state(target: &Target) -> SessionState {
    let mut state = SessionState::new();
    state.apply(&Update::Session { id: target.id.clone(), header: target.header.clone().map(Box::new) });
    for plan in &target.plans {
        state.apply(&Update::Planned { plan: plan.clone() });
    }
    let mut faults = target.faults.clone();
    for log in &target.logs {
        each_record(log, &mut faults, |record| {
            state.apply(&Update::Record { run: Arc::clone(&log.run), record: Arc::clone(record) });
        });
        let run = Arc::clone(&log.run);
        if let Some(folder) = &target.folder {
            state.apply(&Update::Holder { run: Arc::clone(&run), holder: folder.holder(&run) });
        }
        if let Ok(age) = log_age(&log.path) {
            state.apply(&Update::Age {
                run,
                seconds: age.since.as_secs_f64(),
                written_over: age.written_over.map(|over| over.as_secs_f64()),
                has_holder: target.folder.is_some(),
            });
        }
    }
    for message in faults {
        state.apply(&Update::Fault { run: None, message });
    }
    state.apply(&Update::CaughtUp);
    state
}

/// Seconds from the opening of a session to the last change of a log, as the file system tells. A copy's files are as
/// young as the copy, so whoever shows this makes sure that it is plausible.
pub(crate) fn wall_seconds(target: &Target) -> Option<f64> {
    let opened = target.header.as_ref()?.created as f64;
    let changed = target.logs.iter().filter_map(|log| log.path.metadata().ok()?.modified().ok());
    let last = changed.max()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs_f64();
    (last >= opened).then_some(last - opened)
}

/// The one run that a path names.
///
/// # Errors
/// When it names none, or several.
pub(crate) fn run(path: &Path) -> Result<RunState, ReportError> {
    let target = target(path)?;
    let state = state(&target);
    match state.runs() {
        [run] => Ok(run.clone()),
        runs => Err(ReportError::Several {
            path: path.to_owned(),
            runs: runs.iter().map(|run| super::text::printable(&run.id)).collect::<Vec<_>>().join(", "),
        }),
    }
}

/// The step that a resumption goes on from, for each record that begins one: what stands before it in the log and past
/// that step is superseded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resumptions {
    /// Place of the record in the log, and the step.
    found: Vec<(usize, u64)>,
}

impl Resumptions {
    /// Notes a record of the log, in order.
    pub(crate) fn note(&mut self, place: usize, record: &Record) {
        if let crate::protocol::Event::RunStarted(started) = &record.event
            && let Some(origin) = started.resumed_from.as_ref().filter(|origin| origin.run == started.run)
        {
            self.found.push((place, origin.step));
        }
    }

    /// Whether a later resumption starts before this step.
    pub(crate) fn supersede(&self, place: usize, step: f64) -> bool {
        self.found.iter().any(|(later, from)| *later > place && step > *from as f64)
    }
}
