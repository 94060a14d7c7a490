//! The ratatui backend of a quiet link: a frame is gathered whole, closed in synchronised output and written at once;
//! a frame that changes nothing writes nothing.
//!
//! Does not depend on what is drawn. Synchronised output is mode 2026 (the terminal-wg proposal): terminals without it
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

    mod seen_by_a_terminal {
        use super::*;
        use proptest::prelude::*;
        use ratatui::buffer::Buffer;
        use ratatui::style::{Color, Modifier, Style};

        const WIDE: u16 = 9;
        const HIGH: u16 = 4;

        fn colour() -> impl Strategy<Value = Color> {
            prop_oneof![
                Just(Color::Reset),
                Just(Color::Red),
                Just(Color::LightCyan),
                any::<u8>().prop_map(Color::Indexed),
                (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
            ]
        }

        fn style() -> impl Strategy<Value = Style> {
            let modifier = prop::bits::u8::masked(0b1_1111).prop_map(|bits| {
                let all = [Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
                (0..5).filter(|i| bits & (1 << i) != 0).fold(Modifier::empty(), |some, i| some | all[i])
            });
            (colour(), colour(), modifier).prop_map(|(fg, bg, some)| Style::new().fg(fg).bg(bg).add_modifier(some))
        }

        fn shown(colour: Color) -> vt100::Color {
            match colour {
                Color::Red => vt100::Color::Idx(1),
                Color::LightCyan => vt100::Color::Idx(14),
                Color::Indexed(place) => vt100::Color::Idx(place),
                Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
                _ => vt100::Color::Default,
            }
        }

        fn check(frame: &Buffer, screen: &vt100::Screen) -> Result<(), TestCaseError> {
            let mut covered = false;
            for (y, x) in (0..HIGH).flat_map(|y| (0..WIDE).map(move |x| (y, x))) {
                let (wanted, got) = (&frame[(x, y)], screen.cell(y, x).unwrap());
                if std::mem::replace(&mut covered, got.is_wide()) {
                    continue;
                }
                let symbol = if got.has_contents() { got.contents() } else { " " };
                prop_assert_eq!(symbol, wanted.symbol(), "at {},{}", x, y);
                prop_assert_eq!(got.fgcolor(), shown(wanted.fg), "at {},{}", x, y);
                prop_assert_eq!(got.bgcolor(), shown(wanted.bg), "at {},{}", x, y);
                let has = |modifier| wanted.modifier.contains(modifier);
                // vt100 keeps one of bold and dim only.
                prop_assert!(got.bold() == has(Modifier::BOLD) || has(Modifier::DIM));
                prop_assert_eq!(got.italic(), has(Modifier::ITALIC));
                prop_assert_eq!(got.underline(), has(Modifier::UNDERLINED));
                prop_assert_eq!(got.inverse(), has(Modifier::REVERSED));
            }
            Ok(())
        }

        proptest! {
            /// Whatever is drawn after whatever else, a terminal that reads the bytes shows the frame. (Wide characters
            /// are left out: terminals differ in what becomes of one that is half overwritten.)
            #[test]
            fn the_bytes_draw_the_frame(
                frames in prop::collection::vec(
                    prop::collection::vec((0..WIDE, 0..HIGH, "[a-c⣿─ ]{1,3}", style()), 0..9),
                    1..5,
                )
            ) {
                let writes = Writes::default();
                let mut terminal = Terminal::new(Screen::new(writes.clone(), || Size::new(WIDE, HIGH))).unwrap();
                let mut parser = vt100::Parser::new(HIGH, WIDE, 0);
                for texts in frames {
                    let mut drawn = Buffer::default();
                    terminal
                        .draw(|frame| {
                            for (x, y, text, style) in &texts {
                                frame.buffer_mut().set_string(*x, *y, text, *style);
                            }
                            drawn = frame.buffer_mut().clone();
                        })
                        .unwrap();
                    writes.0.borrow_mut().drain(..).for_each(|bytes| parser.process(&bytes));
                    check(&drawn, parser.screen())?;
                }
            }
        }
    }
}
