//! The process that trains: how a monitor starts one, and what it does until its session ends.
//!
//! Does not depend on screens.

use super::Status;
use super::look::attach_to;
use super::run::TrainingRequest;
use crate::app::headless::{Outcome, keep};
use crate::app::terminal::SignalWatch;
use crate::dataset::Choice;
use crate::experiment::Session;
use crate::launch::local;
use crate::source::{ControlServer, EngineSource, SocketDir, Source};
use anyhow::{Context as _, Result};
use clap::ValueEnum;
use crossbeam_channel::unbounded;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// When a host ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Until {
    /// Once its queue is empty.
    Empty,
    /// Once nothing has happened for a while after that: its user may yet compose new runs.
    Idle,
}

/// How long a host with an empty queue waits for new runs.
const PATIENCE: Duration = Duration::from_mins(10);

/// Starts a process that trains what `order` says on the data `choice`, until `until`: its session's folder.
///
/// # Errors
/// When the process cannot be started, or says why it has no session.
pub(super) fn start(order: &TrainingRequest, choice: &Choice, until: Until) -> Result<PathBuf> {
    let mut words: Vec<OsString> = vec!["run".into()];
    let mut flag = |name: &str, value: OsString| words.extend([name.into(), value]);
    flag("--host", until.to_possible_value().map_or_else(OsString::new, |value| value.get_name().into()));
    let training = &order.training;
    flag("--logs", training.logs.logs.clone().into());
    flag("--data", choice.to_string().into());
    if let Some(jobs) = training.jobs {
        flag("--jobs", jobs.to_string().into());
    }
    flag("--log-memory", training.log_memory.to_string().into());
    for name in &training.only {
        flag("--only", name.into());
    }
    for set in &training.set {
        flag("--set", format!("{}={}", set.key, set.value).into());
    }
    match (&order.resume, &order.suite) {
        (Some(session), _) => flag("--resume", session.into()),
        (None, Some(suite)) => words.push(suite.into()),
        (None, None) => {}
    }
    Ok(local::start(words)?)
}

/// Starts such a process and attaches to its session.
///
/// # Errors
/// As [`start`], and when the session cannot be attached to.
pub(super) fn start_and_attach(order: &TrainingRequest, choice: &Choice) -> Result<Box<dyn Source>> {
    let folder = start(order, choice, Until::Idle)?;
    attach_to(&folder, false)
}

/// Is such a process, from its start to the end of its session.
///
/// # Errors
/// When the session cannot be opened, before that was announced; whatever kept the engine from its work, after it.
pub(super) fn serve(order: &TrainingRequest, session: Session, choice: Choice, until: Until) -> Result<Status> {
    local::lead().context("cannot detach from the terminal")?;
    let (sender, inputs) = unbounded();
    let _signals = SignalWatch::start(sender).context("cannot handle signals")?;
    let engine = order.engine(session, choice)?;
    let root = engine.folder().root().to_owned();
    let server = ControlServer::start(&SocketDir::of_user()?, &root, engine.commander().updates(), engine.commander())?;
    local::announce(&root)?;
    let patience = match until {
        Until::Empty => {
            engine.drain();
            None
        }
        Until::Idle => Some(PATIENCE),
    };
    let Outcome { good, signal } =
        keep(&mut EngineSource::new(engine.folder().id(), engine.updates(), engine.commander()), &inputs, patience);
    let ended = engine.join()?;
    drop(server);
    Ok(match signal {
        Some(signal) => Status::Signal(u8::try_from(signal).unwrap_or(0)),
        None if good && ended.failed == 0 => Status::Done,
        None => Status::Failed,
    })
}
