//! The monitor on the real terminal, from the first frame to what happens to live runs after the last.
//!
//! Must not know command lines.

use super::desk::Desk;
use super::headless::went_well;
use super::monitor::{End, Hold, Monitor};
use super::terminal::{Guard, Input, Keys, Outlet, Screen, SignalWatch};
use crate::protocol::{Command, Reply, Update};
use crate::source::{Flow, Source};
use crate::state::SessionState;
use crate::ui::Settings;
use anyhow::{Context as _, Result, bail};
use crossbeam_channel::{Receiver, unbounded};
use ratatui::Terminal;
use std::io::{self, Write};
use std::time::Duration;

/// The terminal while the monitor has it.
struct Held {
    guard: Guard,
    outlet: Outlet,
}

impl Hold for Held {
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
pub enum Ending {
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
/// # Errors
/// When there is no terminal, or it cannot be taken.
pub fn perform(settings: Settings, desk: Desk, fps: Option<u8>, recall: impl FnOnce(&mut Monitor)) -> Result<Ending> {
    let (sender, inputs) = unbounded();
    let signals = SignalWatch::start(sender.clone()).context("signals cannot be watched")?;
    let mut monitor = Monitor::new(settings, desk, fps);
    recall(&mut monitor);
    let end = {
        let outlet = Outlet::open().context("the standard output is closed")?;
        let sized = outlet.try_clone()?;
        let held =
            Held { outlet: outlet.try_clone()?, guard: Guard::take(true).context("the terminal is out of reach")? };
        let _keys = Keys::start(sender).context("the keyboard is out of reach")?;
        let screen = Screen::new(outlet, move || sized.size());
        let traffic = screen.traffic();
        let mut terminal = Terminal::new(screen).context("the terminal is out of reach")?;
        let end = monitor.run(&mut terminal, &inputs, &traffic, &held);
        if held.is_taken_away() {
            bail!("a part of the program panicked; what trains in a process of its own goes on");
        }
        end
    };
    let good = went_well(&monitor.model.session);
    let live = monitor.model.is_live();
    let sources = monitor.into_sources();
    let ending = settle(end, live, sources, good, &inputs);
    drop(signals);
    Ok(ending)
}

fn settle(end: End, live: bool, sources: Vec<Box<dyn Source>>, good: bool, inputs: &Receiver<Input>) -> Ending {
    for mut source in sources {
        let about = source.describe();
        if !about.takes_commands {
            continue;
        }
        match end {
            End::Quit { leave_running: true } if !about.in_process => {}
            End::Lost if !about.in_process => {}
            End::Quit { leave_running: true } | End::Lost => {
                wait(source.as_mut(), inputs);
            }
            End::Quit { leave_running: false } if !live => {}
            End::Quit { leave_running: false } | End::Signal(_) => {
                tell("stopping: each live run saves its weights first");
                match source.send(Command::Shutdown) {
                    Reply::Accepted => {
                        wait(source.as_mut(), inputs);
                        tell(&format!("stopped; perceptop run --resume {} goes on", about.name));
                    }
                    Reply::Refused { reason } => tell(&format!("the session was not stopped: {reason}")),
                }
            }
        }
    }
    match end {
        End::Quit { .. } => Ending::Left { good },
        End::Signal(signal) => Ending::Signal(signal),
        End::Lost => Ending::Lost,
    }
}

/// Waits for the session's end; a signal while waiting ends the waiting.
fn wait(source: &mut dyn Source, inputs: &Receiver<Input>) {
    let mut session = SessionState::new();
    let mut updates: Vec<Update> = Vec::new();
    loop {
        updates.clear();
        match source.poll(&mut updates, 10_000) {
            Flow::Ended => return,
            Flow::More => {}
            Flow::Idle => {
                if matches!(inputs.recv_timeout(Duration::from_millis(50)), Ok(Input::Terminate(_))) {
                    return;
                }
            }
        }
        updates.iter().for_each(|update| session.apply(update));
    }
}

fn tell(line: &str) {
    // The terminal may be gone.
    let _ = writeln!(io::stderr(), "perceptop: {line}");
}
