//! The terminal is left as it was found: on quit, on an error, on a panic in any thread, on a signal, and while the
//! program is stopped by Ctrl-Z.
//!
//! Does not depend on what is drawn. Raw mode is crossterm's, which remembers the modes it found.

use super::Stdout;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The alternate screen, no cursor, pastes marked as such.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h";
/// The way back; synchronised output and mouse reports are ended too, whoever began them.
const LEAVE: &[u8] = b"\x1b[?2026l\x1b[0m\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[?25h\x1b[?1049l";
/// Clicks and drags, reported with coordinates of any size.
const MOUSE: &[u8] = b"\x1b[?1002h\x1b[?1006h";

/// Threads whose panics are caught and become a record, not an end of the program.
const WORKERS: &str = "worker";

struct Inner {
    inside: AtomicBool,
    mouse: bool,
    out: Stdout,
}

impl Inner {
    fn enter(&self) -> io::Result<()> {
        if self.inside.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        crossterm::terminal::enable_raw_mode()?;
        let mut out = self.out.try_clone()?;
        out.write_all(ENTER)?;
        if self.mouse { out.write_all(MOUSE) } else { Ok(()) }
    }

    fn leave(&self) -> io::Result<()> {
        if !self.inside.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let written = self.out.try_clone().and_then(|mut out| out.write_all(LEAVE));
        // Raw mode ends even where the codes cannot be written.
        crossterm::terminal::disable_raw_mode()?;
        written
    }
}

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync + 'static>;

/// Holds the terminal; restores it when dropped.
pub struct Guard {
    inner: Arc<Inner>,
    previous: Arc<Hook>,
}

impl Guard {
    /// Takes the terminal: raw mode, alternate screen, no cursor; and sees to it that a panic gives it back before its
    /// message is printed. A panic of a training worker is caught and recorded by its engine; it neither prints nor
    /// disturbs the screen.
    ///
    /// # Errors
    /// When the standard input or output is no terminal.
    pub fn take(mouse: bool) -> io::Result<Self> {
        let inner = Arc::new(Inner { inside: AtomicBool::new(false), mouse, out: Stdout::open()? });
        let previous: Arc<Hook> = Arc::new(std::panic::take_hook());
        let (at_panic, print) = (Arc::clone(&inner), Arc::clone(&previous));
        std::panic::set_hook(Box::new(move |panic| {
            let caught = std::thread::current().name().is_some_and(|name| name.starts_with(WORKERS));
            if caught && at_panic.inside.load(Ordering::SeqCst) {
                return;
            }
            let _ = at_panic.leave();
            print(panic);
        }));
        let guard = Self { inner, previous };
        guard.inner.enter()?;
        Ok(guard)
    }

    /// Gives the terminal back for a while.
    ///
    /// # Errors
    /// When it is gone.
    pub fn leave(&self) -> io::Result<()> {
        self.inner.leave()
    }

    /// Takes it again.
    ///
    /// # Errors
    /// When it is gone.
    pub fn enter(&self) -> io::Result<()> {
        self.inner.enter()
    }

    /// Whether the terminal is this program's at present; no longer after a panic in any thread.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.inner.inside.load(Ordering::SeqCst)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Nothing is left to tell it to when the terminal is gone.
        let _ = self.inner.leave();
        if !std::thread::panicking() {
            let previous = Arc::clone(&self.previous);
            std::panic::set_hook(Box::new(move |panic| previous(panic)));
        }
    }
}
