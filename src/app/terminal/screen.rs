//! The ratatui backend of a quiet link: a frame is gathered whole, closed in synchronised output and written at once;
//! a frame that changes nothing writes nothing.
//!
//! Must not know what is drawn. Synchronised output is mode 2026 (the terminal-wg proposal): terminals without it
//! ignore the pair of codes. Since begin and end stand in the same write, it is always closed.

use super::Encoder;
use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// What a screen has written, readable beside it.
#[derive(Debug, Default)]
pub struct Traffic {
    bytes: AtomicU64,
    micros: AtomicU64,
}

impl Traffic {
    /// All bytes so far.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// How long the last write took.
    #[must_use]
    pub fn last_write(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }

    fn count(&self, bytes: usize, took: Duration) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.micros.store(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// A ratatui backend over anything that takes bytes.
pub struct Screen<W: Write> {
    out: W,
    encoder: Encoder,
    traffic: Arc<Traffic>,
    size: Box<dyn Fn() -> Size>,
}

impl<W: Write> Screen<W> {
    /// A screen that writes to `out` and asks `size` before each frame.
    pub fn new(out: W, size: impl Fn() -> Size + 'static) -> Self {
        Self { out, encoder: Encoder::default(), traffic: Arc::default(), size: Box::new(size) }
    }

    /// What has been written, shared.
    #[must_use]
    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// Forgets cursor and pen, after something else wrote to the terminal.
    pub fn forget(&mut self) {
        self.encoder.forget();
    }
}

impl<W: Write> Backend for Screen<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        self.encoder.set_width((self.size)().width);
        for (x, y, cell) in content {
            self.encoder.cell(x, y, cell);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.encoder.show_cursor(false);
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.encoder.show_cursor(true);
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asked for by inline viewports only, which this program has none of.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.encoder.go(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.encoder.clear_screen();
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        // Regions belong to inline viewports; the whole screen is never wrong, as all of it is drawn again.
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        Ok((self.size)())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: (self.size)(), pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        let body = self.encoder.bytes();
        if body.is_empty() {
            return Ok(());
        }
        let mut frame = Vec::with_capacity(BEGIN.len() + body.len() + END.len());
        frame.extend_from_slice(BEGIN);
        frame.extend_from_slice(body);
        frame.extend_from_slice(END);
        let began = Instant::now();
        let written = self.out.write_all(&frame).and_then(|()| self.out.flush());
        self.traffic.count(frame.len(), began.elapsed());
        self.encoder.clear_bytes();
        if written.is_err() {
            self.encoder.forget();
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Clone, Default)]
    struct Writes(Rc<RefCell<Vec<Vec<u8>>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_closed_write_and_an_unchanged_one_is_none() {
        let writes = Writes::default();
        let screen = Screen::new(writes.clone(), || Size::new(20, 5));
        let traffic = screen.traffic();
        let mut terminal = Terminal::new(screen).unwrap();
        for _ in 0..3 {
            terminal.draw(|frame| frame.render_widget("loss", frame.area())).unwrap();
        }
        let written = writes.0.borrow();
        assert_eq!(written.len(), 1);
        assert!(written[0].starts_with(BEGIN) && written[0].ends_with(END));
        assert_eq!(traffic.bytes(), written[0].len() as u64);
    }

    #[test]
    fn a_failed_write_is_told_and_the_next_frame_assumes_nothing() {
        struct Broken;
        impl Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut terminal = Terminal::new(Screen::new(Broken, || Size::new(20, 5))).unwrap();
        let error = terminal.draw(|frame| frame.render_widget("loss", frame.area())).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(terminal.backend().encoder.bytes().is_empty());
    }
}
