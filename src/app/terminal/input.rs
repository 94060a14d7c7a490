//! What comes from outside: keys, pastes, clicks, sizes and signals, gathered by two named threads into one channel.
//!
//! Does not depend on what any of it means. That the terminal is gone is found by polling it, as reading a lost one
//! would either fail or spin.

use super::sequences::Assembler;
use crossbeam_channel::Sender;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ};
use signal_hook::iterator::{Handle, Signals};
use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::thread::{Builder, JoinHandle};
use termina::Event;

/// How long a lone `ESC` waits for the rest of a key: longer than a link of a second's delay lets the bytes of one write
/// come apart, shorter than a person would notice.
const ESCAPE_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

/// One thing that comes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key, a paste, a click, the focus, or an answer of the terminal.
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
    let (mut assembler, mut events, mut bytes) = (Assembler::default(), Vec::new(), [0; 4096]);
    loop {
        let mut waiting = [PollFd::new(terminal, PollFlags::IN), PollFd::new(asleep, PollFlags::IN)];
        match poll(&mut waiting, assembler.holds_escape().then_some(&ESCAPE_TIMEOUT)) {
            Ok(0) => assembler.time_out(&mut events),
            Ok(_) => {}
            Err(Errno::INTR) => continue,
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
            match rustix::io::read(terminal, &mut bytes) {
                Ok(0) => return Ok(Read::TerminalGone),
                Ok(count) => assembler.feed(&bytes[..count], &mut events),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for event in events.drain(..) {
            if inputs.send(Input::Terminal(event)).is_err() {
                return Ok(Read::ToldToEnd);
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
