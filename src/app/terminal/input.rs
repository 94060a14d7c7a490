//! What comes from outside: keys, pastes, clicks, sizes and signals, gathered by two named threads into one channel.
//!
//! Must not know what any of it means. Keys are crossterm's; that the terminal is gone is found by polling it, as
//! reading a lost one would either fail or spin.

use crossbeam_channel::Sender;
use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};
use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// How long it is asked for more: crossterm does not look at all when it is given no time.
const A_MOMENT: Duration = Duration::from_millis(1);

/// One thing that comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key, a paste, a click or the focus.
    Terminal(Event),
    /// The terminal has another size.
    Resized,
    /// The program is to stop until it is continued.
    Suspend,
    /// The program was continued.
    Continued,
    /// The program is to end in order, because of this signal: SIGINT or SIGTERM.
    Terminate(i32),
    /// The terminal is gone.
    Lost,
}

/// The thread `input`, which reads the terminal; ended and joined when dropped.
pub struct Keys {
    wake: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Keys {
    /// Starts to send what the terminal says to `inputs`.
    ///
    /// # Errors
    /// When there is no terminal to read from, or no thread or pipe to be had.
    pub fn start(inputs: Sender<Input>) -> io::Result<Self> {
        let stdin = io::stdin();
        let terminal: OwnedFd =
            if stdin.is_terminal() { stdin.as_fd().try_clone_to_owned()? } else { File::open("/dev/tty")?.into() };
        let (asleep, wake) = io::pipe()?;
        let thread = Builder::new().name("input".into()).spawn(move || {
            // A lost terminal and one that cannot be read come to the same.
            if !matches!(read(&terminal, &asleep, &inputs), Ok(Read::ToldToEnd)) {
                let _ = inputs.send(Input::Lost);
            }
        })?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported by the hook already.
            let _ = thread.join();
        }
    }
}

/// Why reading ended.
enum Read {
    ToldToEnd,
    TerminalGone,
}

fn read(terminal: &OwnedFd, asleep: &PipeReader, inputs: &Sender<Input>) -> io::Result<Read> {
    loop {
        let mut waiting = [PollFd::new(terminal, PollFlags::IN), PollFd::new(asleep, PollFlags::IN)];
        match poll(&mut waiting, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if !waiting[1].revents().is_empty() {
            return Ok(Read::ToldToEnd);
        }
        let says = waiting[0].revents();
        if says.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            return Ok(Read::TerminalGone);
        }
        if says.contains(PollFlags::IN) {
            // The size comes by its signal, so that it also comes while no key is read.
            while crossterm::event::poll(A_MOMENT)? {
                let event = crossterm::event::read()?;
                if !matches!(event, Event::Resize(..)) && inputs.send(Input::Terminal(event)).is_err() {
                    return Ok(Read::ToldToEnd);
                }
            }
        }
    }
}

/// The thread `signals`; ended and joined when dropped.
pub struct SignalWatch {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl SignalWatch {
    /// Starts to send what signals say to `inputs`. From then on none of them has its default effect.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub fn start(inputs: Sender<Input>) -> io::Result<Self> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH, SIGXFSZ])?;
        let handle = signals.handle();
        let thread = Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                let input = match signal {
                    // The write that met the limit of a file's size says so itself.
                    SIGXFSZ => continue,
                    SIGHUP => Input::Lost,
                    SIGTSTP => Input::Suspend,
                    SIGCONT => Input::Continued,
                    SIGWINCH => Input::Resized,
                    signal => Input::Terminate(signal),
                };
                if inputs.send(input).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for SignalWatch {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
