//! The standard output as a terminal: its size, whether it would take a write at once, and writes that last.
//!
//! Does not depend on what is written.

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// A write that the terminal does not take within this time counts as failed: the terminal is gone or stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The standard output, unbuffered.
#[derive(Debug)]
pub struct Stdout {
    file: File,
}

impl Stdout {
    /// Opens a second handle on the standard output.
    ///
    /// # Errors
    /// When it is closed.
    pub fn open() -> io::Result<Self> {
        let handle: OwnedFd = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self { file: File::from(handle) })
    }

    /// Another handle on the same.
    ///
    /// # Errors
    /// When the process has no descriptor left.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { file: self.file.try_clone()? })
    }

    /// Whether the standard output is a terminal.
    #[must_use]
    pub fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// Columns and rows; 80x24 where the terminal does not say.
    #[must_use]
    pub fn size(&self) -> Size {
        rustix::termios::tcgetwinsize(&self.file)
            .ok()
            .filter(|size| size.ws_col > 0 && size.ws_row > 0)
            .map_or(Size::new(80, 24), |size| Size::new(size.ws_col, size.ws_row))
    }

    /// Whether a write would begin at once. A terminal stopped by Ctrl-S, or a link that is stuck, says no.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.wait(Duration::ZERO)
    }

    fn wait(&self, time: Duration) -> bool {
        let mut waiting = [PollFd::new(&self.file, PollFlags::OUT)];
        let limit = Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: i64::from(time.subsec_nanos()) };
        // An error of poll itself is left for the write to report.
        poll(&mut waiting, Some(&limit)).map_or(true, |ready| ready > 0)
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Programs that share the terminal (ssh among them) sometimes leave it non-blocking.
        match self.file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.wait(PATIENCE) => self.file.write(bytes),
            outcome => outcome,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
