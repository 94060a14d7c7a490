//! The monitor on the real terminal, from the first frame to what happens to live runs after the last.
//!
//! Does not depend on command lines.

use super::effects::EffectRunner;
use super::event_loop::{EventLoop, LoopExit, TerminalControl};
use super::headless::{table, went_well};
use super::terminal::{Guard, Input, Keys, Screen, SignalWatch, Stdout};
use crate::protocol::{Command, Reply, TrainerState, Update};
use crate::source::{Flow, Source};
use crate::state::{RunState, SessionState};
use crate::ui::Settings;
use anyhow::{Context as _, Result, bail};
use crossbeam_channel::{Receiver, unbounded};
use ratatui::Terminal;
use std::io::{self, Write};
use std::time::Duration;

/// How long to wait where nothing is there yet.
const REST: Duration = Duration::from_millis(50);
/// How many rests the last records of a process that has gone are waited for.
const MAX_RESTS: u32 = 40;

/// The terminal while the monitor has it.
struct Held {
    guard: Guard,
    outlet: Stdout,
}

impl TerminalControl for Held {
    fn leave(&self) -> io::Result<()> {
        self.guard.leave()
    }

    fn enter(&self) -> io::Result<()> {
        self.guard.enter()
    }

    fn is_ready(&self) -> bool {
        self.outlet.is_ready()
    }

    fn is_taken_away(&self) -> bool {
        !self.guard.is_inside()
    }
}

/// How a performance ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorExit {
    /// The user left; whether no run of the session that was looked at had failed.
    Left {
        /// Whether no run failed.
        good: bool,
    },
    /// A signal ended it.
    Signal(i32),
    /// The terminal went away. What trained in this process was followed to its end.
    Lost,
}

/// Shows the monitor on the terminal until it ends, then sees to the runs that are live: stopped in order, left to
/// their own process, or, where the terminal is gone and they train in this very process, waited for.
///
/// `is_own` tells whether the session's process was started for this screen alone, so that it ends with it where no
/// run is live.
///
/// # Errors
/// When there is no terminal, or it cannot be taken.
pub fn perform(
    settings: Settings,
    effects: EffectRunner,
    fps: Option<u8>,
    is_own: bool,
    prepare: impl FnOnce(&mut EventLoop),
) -> Result<MonitorExit> {
    let (sender, inputs) = unbounded();
    let signals = SignalWatch::start(sender.clone()).context("cannot handle signals")?;
    let mut monitor = EventLoop::new(settings, effects, fps);
    prepare(&mut monitor);
    let end = {
        let outlet = Stdout::open().context("the standard output is closed")?;
        let sized = outlet.try_clone()?;
        let held = Held { outlet: outlet.try_clone()?, guard: Guard::take(true).context("cannot open the terminal")? };
        let _keys = Keys::start(sender).context("cannot read the keyboard")?;
        let screen = Screen::new(outlet, move || sized.size());
        let traffic = screen.traffic();
        let mut terminal = Terminal::new(screen).context("cannot open the terminal")?;
        let end = monitor.run(&mut terminal, &inputs, &traffic, &held);
        if held.is_taken_away() {
            bail!("the monitor panicked; training continues in its own process");
        }
        end
    };
    let good = went_well(&monitor.model.session);
    let ended = matches!(monitor.model.session.trainer, Some(TrainerState::Ended | TrainerState::Died));
    let about = About { end, live: monitor.model.is_live(), good, is_own, outlived: is_own && ended };
    // While a log is replayed, what the model holds is not how the session stands.
    let mut session = monitor.model.replay.is_none().then(|| std::mem::take(&mut monitor.model.session));
    let ending = settle(&about, monitor.into_sources(), session.as_mut(), &inputs);
    drop(signals);
    Ok(ending)
}

/// What is to be known about a performance to settle it.
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not exclude each other")]
struct About {
    end: LoopExit,
    live: bool,
    good: bool,
    is_own: bool,
    /// Whether the process that was started for this screen ended before it.
    outlived: bool,
}

fn settle(
    about: &About,
    sources: Vec<Box<dyn Source>>,
    mut session: Option<&mut SessionState>,
    inputs: &Receiver<Input>,
) -> MonitorExit {
    let last = sources.len();
    for (i, mut source) in sources.into_iter().enumerate() {
        let what = source.describe();
        // The last one is looked at; the model knows nothing of the others.
        let mut session = session.as_deref_mut().filter(|_| i + 1 == last);
        if !what.takes_commands {
            if about.outlived && i + 1 == last {
                if session.as_deref().is_some_and(|session| session.runs().iter().any(RunState::is_resumable)) {
                    tell(&format!("the session has ended; perceptop run --resume {} continues", what.name));
                }
                summarise(session, &what.name);
            }
            continue;
        }
        match about.end {
            LoopExit::Quit { leave_running: true } if !what.in_process => {
                tell(&format!("training continues; perceptop attach {} shows it again", what.name));
            }
            LoopExit::Lost if !what.in_process => {}
            LoopExit::Quit { leave_running: true } | LoopExit::Lost => wait(source.as_mut(), None, inputs),
            // Nothing is live: the process has nothing left to do, and whoever started it for himself ends it.
            LoopExit::Quit { leave_running: false } if !about.live => {
                if about.is_own {
                    let _ = source.send(Command::Shutdown);
                    summarise(session, &what.name);
                }
            }
            LoopExit::Quit { leave_running: false } | LoopExit::Signal(_) => {
                stop(source.as_mut(), session.as_deref_mut(), inputs);
                summarise(session, &what.name);
            }
        }
    }
    match about.end {
        LoopExit::Quit { .. } => MonitorExit::Left { good: about.good },
        LoopExit::Signal(signal) => MonitorExit::Signal(signal),
        LoopExit::Lost => MonitorExit::Lost,
    }
}

/// Says what the session came to, and how it is looked at again.
fn summarise(session: Option<&mut SessionState>, name: &str) {
    for line in session.map_or_else(Vec::new, |session| table(session)) {
        // The terminal may be gone.
        let _ = writeln!(io::stderr(), "{line}");
    }
    tell(&format!("perceptop review {name} shows it again"));
}

fn stop(source: &mut dyn Source, session: Option<&mut SessionState>, inputs: &Receiver<Input>) {
    tell("stopping: each live run saves its weights first");
    match source.send(Command::Shutdown) {
        Reply::Accepted => {
            wait(source, session, inputs);
            tell(&format!("stopped; perceptop run --resume {} continues", source.describe().name));
        }
        Reply::Refused { reason } => tell(&format!("the session was not stopped: {reason}")),
    }
}

/// Waits for the session's end, or that of its process; a signal while waiting ends the waiting.
fn wait(source: &mut dyn Source, mut session: Option<&mut SessionState>, inputs: &Receiver<Input>) {
    let mut updates: Vec<Update> = Vec::new();
    let mut rests = 0;
    loop {
        updates.clear();
        let flow = source.poll(&mut updates, 10_000);
        if let Some(session) = session.as_deref_mut() {
            for update in &updates {
                session.apply(update);
            }
        }
        let is_gone = flow == Flow::Idle && !source.describe().takes_commands;
        // What the process wrote last is read a moment after it has gone.
        let is_told = session.as_deref().is_none_or(|session| !session.runs().iter().any(|run| run.status.is_live()));
        if flow == Flow::Ended || is_gone && (is_told || rests >= MAX_RESTS) {
            return;
        }
        rests += u32::from(is_gone);
        if flow == Flow::Idle && matches!(inputs.recv_timeout(REST), Ok(Input::Terminate(_))) {
            return;
        }
    }
}

fn tell(line: &str) {
    // The terminal may be gone.
    let _ = writeln!(io::stderr(), "perceptop: {line}");
}
