//! `perceptop` and `perceptop run`: a session is planned, started, and looked at or followed.
//!
//! A session that is looked at trains in a process of its own, so that no terminal, link or panic of a screen can end
//! it: this program starts itself again as the host (`--host`, hidden), and attaches to it. Without a screen the runs
//! train in this very process.

use super::Status;
use super::arguments::{Run, Training};
use super::daemon::{self, Until};
use super::data::{self, MNIST, resolved};
use super::look::{services, settings};
use super::suite::{self, Planned};
use crate::app::headless::{Outcome, follow};
use crate::app::terminal::SignalWatch;
use crate::app::{EffectRunner, MonitorExit, perform};
use crate::dataset::{Choice, Resolution, load};
use crate::experiment::{self, Engine, EngineConfig, Loader, Session};
use crate::record::{RecorderSettings, SessionFolder};
use crate::source::sessions;
use crate::source::{ControlServer, EngineSource, SocketDir};
use anyhow::{Context as _, Result};
use crossbeam_channel::unbounded;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What is to be trained: a new session or one to go on with.
#[derive(Clone, Debug)]
pub(super) struct TrainingRequest {
    /// The suite's name or path; nothing where a session is resumed.
    pub(super) suite: Option<String>,
    /// The session to resume.
    pub(super) resume: Option<PathBuf>,
    /// Whether this is the process behind a monitor, and until when.
    pub(super) host: Option<Until>,
    /// The flags.
    pub(super) training: Training,
}

impl TrainingRequest {
    /// What `perceptop run` was asked for.
    pub(super) fn of_run(run: &Run) -> Self {
        Self { suite: run.suite.clone(), resume: run.resume.clone(), host: run.host, training: run.training.clone() }
    }

    /// What `perceptop` alone was asked for.
    pub(super) fn of_monitor(training: &Training) -> Self {
        Self { suite: Some(suite::DEFAULT.to_owned()), resume: None, host: None, training: training.clone() }
    }

    /// The session of this order, every setting checked.
    ///
    /// # Errors
    /// When the suite is refused: a fault of usage.
    pub(super) fn session(&self) -> Result<Session, suite::SuiteTrouble> {
        if let Some(folder) = &self.resume {
            let folder = sessions::find(folder, &self.training.logs.logs).map_err(suite::SuiteTrouble::Session)?;
            return Ok(Session::Existing(folder));
        }
        let Planned { name, plans } = suite::planned(self.suite.as_deref().unwrap_or(suite::DEFAULT), &self.training)?;
        Ok(Session::New { logs: self.training.logs.logs.clone(), suite: name, plans })
    }

    /// Runs at a time.
    pub(super) fn jobs(&self) -> usize {
        self.training.jobs.map_or_else(experiment::default_jobs, usize::from)
    }

    /// The engine of this order on the data `choice`.
    ///
    /// # Errors
    /// When the session's folder cannot be made or opened.
    pub(super) fn engine(&self, session: Session, choice: Choice) -> Result<Engine> {
        let jobs = self.jobs();
        let load: Loader = Box::new(move || load(&choice, Path::new(MNIST)).map_err(|error| error.to_string()));
        let config = EngineConfig {
            session,
            jobs,
            load,
            memory: experiment::memory(),
            recorder: RecorderSettings {
                memory: (self.training.log_memory as usize) << 20,
                ..RecorderSettings::default()
            },
            step_hook: None,
        };
        Ok(Engine::start(config)?)
    }

    /// The data of this order; those of the session that is resumed where none were named.
    pub(super) fn data(&self) -> Resolution {
        let mut named = self.training.data.clone();
        if let (None, Some(session)) = (&named.data, &self.resume) {
            let root = sessions::find(session, &self.training.logs.logs).ok();
            let header = root.and_then(|root| SessionFolder::open(&root).ok()?.header().ok());
            // Without a folder, the session learnt from the built-in digits.
            named.data = header.map(|header| header.dataset.path.unwrap_or_else(|| Choice::Synthetic.to_string()));
        }
        resolved(&named)
    }
}

/// Carries out `order`.
pub(super) fn train(order: &TrainingRequest, out: &mut dyn Write) -> Result<Status> {
    let session = match order.session() {
        Ok(session) => session,
        Err(error) => {
            writeln!(io::stderr(), "perceptop: {error}")?;
            return Ok(Status::Usage);
        }
    };
    let choice = order.data();
    if let Session::New { plans, .. } = &session {
        suite::fits(order.suite.as_deref().unwrap_or(suite::DEFAULT), plans, &choice.choice, order.jobs())?;
    }
    if let Some(until) = order.host {
        return daemon::serve(order, session, choice.choice, until);
    }
    if order.training.detach {
        let folder = daemon::start(order, &fetched(&choice, out)?, Until::Empty)?;
        writeln!(out, "{}", folder.display())?;
        // A script takes the path; a person is told what to do with it.
        if io::stderr().is_terminal() {
            writeln!(io::stderr(), "perceptop: training continues; perceptop attach {} shows it", folder.display())?;
        }
        return Ok(Status::Done);
    }
    let dumb = crate::app::terminal::capabilities::is_dumb(|name| std::env::var(name).ok());
    if order.training.headless || dumb || !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return headless(order, session, &choice, out);
    }
    monitor(order, &choice)
}

/// Fetches MNIST where it was asked for by name and is missing.
fn fetched(data: &Resolution, out: &mut dyn Write) -> Result<Choice> {
    if let (Choice::Mnist, Some(folder)) = (&data.choice, &data.mnist_missing) {
        data::fetch(None, folder, out)?;
    }
    Ok(data.choice.clone())
}

fn headless(order: &TrainingRequest, session: Session, data: &Resolution, out: &mut dyn Write) -> Result<Status> {
    let choice = fetched(data, out)?;
    let (sender, inputs) = unbounded();
    let _signals = SignalWatch::start(sender).context("cannot handle signals")?;
    let engine = order.engine(session, choice)?;
    // Where there can be no socket, the runs go on without: nobody but this terminal can speak to them then.
    let server = SocketDir::of_user().and_then(|socket_dir| {
        ControlServer::start(&socket_dir, engine.folder().root(), engine.commander().updates(), engine.commander())
    });
    if let Err(error) = &server {
        writeln!(io::stderr(), "perceptop: {error}; no monitor can attach")?;
    }
    engine.drain();
    let Outcome { good, signal } = follow(
        &mut EngineSource::new(engine.folder().id(), engine.updates(), engine.commander()),
        &inputs,
        out,
        order.resume.is_none(),
    );
    let ended = engine.join()?;
    drop(server);
    Ok(match signal {
        Some(signal) => Status::Signal(u8::try_from(signal).unwrap_or(0)),
        None if good && ended.failed == 0 => Status::Done,
        None => Status::Failed,
    })
}

fn monitor(order: &TrainingRequest, data: &Resolution) -> Result<Status> {
    let training = &order.training;
    let mut settings = settings(&training.screen);
    let services = services(&training.logs.logs, &training.data, false);
    let effects = if order.resume.is_none() && data.mnist_missing.is_some() {
        settings.asks_for_data = true;
        let order = order.clone();
        EffectRunner::waiting(Box::new(move |choice| daemon::start_and_attach(&order, &choice)), services)
    } else {
        let source = daemon::start_and_attach(order, &data.choice)?;
        settings = crate::app::settings_of(&source.describe(), &settings);
        EffectRunner::new(source, services)
    };
    Ok(status_of(perform(settings, effects, training.screen.fps, true, |_| ())?))
}

/// The exit status of a monitor.
pub(super) fn status_of(ending: MonitorExit) -> Status {
    match ending {
        MonitorExit::Left { good: true } => Status::Done,
        MonitorExit::Left { good: false } => Status::Failed,
        MonitorExit::Signal(signal) => Status::Signal(u8::try_from(signal).unwrap_or(0)),
        MonitorExit::Lost => Status::Signal(1),
    }
}
