//! Cells to escape codes, in as few bytes as the change allows: a frame of a quiet monitor is a few dozen cells, and
//! moves and colours are most of what it costs.
//!
//! Against ratatui's own crossterm backend: the pen and the cursor are remembered from frame to frame, the sixteen
//! named colours take their short codes, and of several ways to move or to change the pen the shortest is taken. A
//! move relative to the cursor is used only while everything printed since the last absolute one was ASCII, because
//! terminals disagree about the width of the rest. Does not depend on who reads the bytes. Codes: ECMA-48, xterm's ctlseqs.

use super::colour::TermColour;
use ratatui::buffer::Cell;
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

/// What the terminal will draw with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };
}

/// What is known of the terminal between two frames, and the bytes of the present one.
#[derive(Default)]
pub struct Encoder {
    text: String,
    pen: Option<Pen>,
    cursor: Option<Position>,
    /// Whether everything since the last absolute move was ASCII.
    exact: bool,
    shown: Option<bool>,
    width: u16,
}

/// The modifiers that are used, the code that turns each on and the one that turns it off.
const MODIFIERS: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Encoder {
    /// Forgets what is known of the terminal, after something else may have written to it.
    pub fn forget(&mut self) {
        *self = Self { width: self.width, ..Self::default() };
    }

    /// Takes it that the cursor is at column `x` and row `y`.
    pub fn assume_at(&mut self, x: u16, y: u16) {
        self.cursor = Some(Position { x, y });
        self.exact = true;
    }

    /// How wide the terminal is: past its last column the cursor's place is unknown.
    pub fn set_width(&mut self, width: u16) {
        self.width = width;
    }

    /// The bytes since the last [`Encoder::clear_bytes`].
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Begins a new frame.
    pub fn clear_bytes(&mut self) {
        self.text.clear();
    }

    /// Draws one cell at column `x` and row `y`, both from 0.
    pub fn cell(&mut self, x: u16, y: u16, cell: &Cell) {
        self.go(Position { x, y });
        self.dip(Pen { fg: cell.fg, bg: cell.bg, modifier: cell.modifier });
        let symbol = cell.symbol();
        self.text.push_str(symbol);
        self.exact &= symbol.is_ascii();
        let after = x.saturating_add(u16::try_from(symbol.width()).unwrap_or(1).max(1));
        self.cursor = (after < self.width).then_some(Position { x: after, y });
    }

    /// Empties the screen with the plain pen.
    pub fn clear_screen(&mut self) {
        self.text.push_str("\x1b[0m\x1b[2J");
        self.pen = Some(Pen::PLAIN);
    }

    /// Shows or hides the cursor; nothing is written when it already is so.
    pub fn show_cursor(&mut self, shown: bool) {
        if self.shown != Some(shown) {
            self.text.push_str(if shown { "\x1b[?25h" } else { "\x1b[?25l" });
            self.shown = Some(shown);
        }
    }

    /// Moves the cursor by the shortest way.
    pub fn go(&mut self, to: Position) {
        if self.cursor == Some(to) {
            return;
        }
        let mut best = format!("\x1b[{};{}H", to.y + 1, to.x + 1);
        if to.x == 0 {
            best = if to.y == 0 { "\x1b[H".to_owned() } else { format!("\x1b[{}H", to.y + 1) };
        }
        let mut exact = true;
        if let Some(from) = self.cursor {
            let mut offer = |way: String, way_is_exact: bool| {
                if way.len() < best.len() {
                    best = way;
                    exact = way_is_exact;
                }
            };
            if from.y == to.y {
                offer(format!("\x1b[{}G", to.x + 1), true);
                if self.exact && to.x > from.x {
                    offer(count('C', to.x - from.x), self.exact);
                } else if self.exact && to.x < from.x {
                    offer(count('D', from.x - to.x), self.exact);
                }
                if to.x == 0 {
                    offer("\r".to_owned(), true);
                }
            } else if to.x == 0 && to.y == from.y + 1 {
                offer("\r\n".to_owned(), true);
            }
        }
        self.text.push_str(&best);
        self.exact = exact;
        self.cursor = Some(to);
    }

    fn dip(&mut self, wanted: Pen) {
        if self.pen == Some(wanted) {
            return;
        }
        let anew = codes(Pen::PLAIN, wanted, "0");
        let codes = match self.pen {
            Some(pen) => {
                let changed = codes(pen, wanted, "");
                if changed.len() <= anew.len() { changed } else { anew }
            }
            None => anew,
        };
        // `ESC [ m` is `ESC [ 0 m`.
        let _ = write!(self.text, "\x1b[{}m", if codes == "0" { "" } else { &codes });
        self.pen = Some(wanted);
    }
}

fn count(letter: char, cells: u16) -> String {
    if cells == 1 { format!("\x1b[{letter}") } else { format!("\x1b[{cells}{letter}") }
}

/// The codes, separated by semicolons after `start`, that turn the pen `from` into `to`.
fn codes(from: Pen, to: Pen, start: &str) -> String {
    let mut codes = start.to_owned();
    let mut have = from.modifier;
    for (modifier, _, off) in MODIFIERS {
        if have.contains(modifier) && !to.modifier.contains(modifier) {
            push(&mut codes, off);
            // 22 turns off both bold and dim.
            have -= if off == 22 { Modifier::BOLD | Modifier::DIM } else { modifier };
        }
    }
    for (modifier, on, _) in MODIFIERS {
        if to.modifier.contains(modifier) && !have.contains(modifier) {
            push(&mut codes, on);
        }
    }
    if from.fg != to.fg {
        push_colour(&mut codes, to.fg, 0);
    }
    if from.bg != to.bg {
        push_colour(&mut codes, to.bg, 10);
    }
    codes
}

fn push(codes: &mut String, code: u8) {
    if !codes.is_empty() {
        codes.push(';');
    }
    let _ = write!(codes, "{code}");
}

/// `shift` is 0 for the foreground and 10 for the background.
fn push_colour(codes: &mut String, colour: Color, shift: u8) {
    match TermColour::of(colour) {
        TermColour::Default => push(codes, 39 + shift),
        TermColour::Rgb(r, g, b) => {
            push(codes, 38 + shift);
            let _ = write!(codes, ";2;{r};{g};{b}");
        }
        TermColour::Place(place @ 0..8) => push(codes, 30 + place + shift),
        TermColour::Place(place @ 8..16) => push(codes, 90 + place - 8 + shift),
        TermColour::Place(place) => {
            push(codes, 38 + shift);
            let _ = write!(codes, ";5;{place}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn encoder() -> Encoder {
        let mut encoder = Encoder::default();
        encoder.set_width(80);
        encoder
    }

    fn taken(encoder: &mut Encoder) -> String {
        let text = encoder.text.clone();
        encoder.clear_bytes();
        text
    }

    fn cell(symbol: &'static str, style: Style) -> Cell {
        let mut cell = Cell::new(symbol);
        cell.set_style(style);
        cell
    }

    #[test]
    fn the_pen_and_the_cursor_are_remembered() {
        let mut encoder = encoder();
        let red = Style::new().fg(Color::Red);
        encoder.cell(3, 2, &cell("a", red));
        assert_eq!(taken(&mut encoder), "\x1b[3;4H\x1b[0;31ma");
        encoder.cell(4, 2, &cell("b", red));
        assert_eq!(taken(&mut encoder), "b");
        encoder.cell(6, 2, &cell("c", red));
        assert_eq!(taken(&mut encoder), "\x1b[Cc");
        encoder.cell(6, 2, &cell("d", Style::new()));
        assert_eq!(taken(&mut encoder), "\x1b[D\x1b[md");
        encoder.cell(0, 3, &cell("e", Style::new()));
        assert_eq!(taken(&mut encoder), "\r\ne");
    }

    #[test]
    fn beyond_ascii_only_absolute_moves_are_trusted() {
        let mut encoder = encoder();
        encoder.cell(0, 0, &cell("⣿", Style::new()));
        let _ = taken(&mut encoder);
        encoder.cell(2, 0, &cell("x", Style::new()));
        assert_eq!(taken(&mut encoder), "\x1b[3Gx");
        encoder.cell(4, 0, &cell("x", Style::new()));
        assert_eq!(taken(&mut encoder), "\x1b[Cx", "the column was set absolutely and only ASCII followed");
    }

    #[test]
    fn past_the_last_column_the_place_is_unknown() {
        let mut encoder = encoder();
        encoder.cell(79, 0, &cell("x", Style::new()));
        let _ = taken(&mut encoder);
        encoder.cell(0, 1, &cell("y", Style::new()));
        assert_eq!(taken(&mut encoder), "\x1b[2Hy");
    }

    #[test]
    fn bold_and_dim_share_the_code_that_ends_them() {
        let from = Pen { modifier: Modifier::BOLD | Modifier::DIM, ..Pen::PLAIN };
        let to = Pen { modifier: Modifier::DIM, ..Pen::PLAIN };
        assert_eq!(codes(from, to, ""), "22;2");
    }

    #[test]
    fn colours_take_their_shortest_code() {
        let pen = |fg| Pen { fg, ..Pen::PLAIN };
        assert_eq!(codes(Pen::PLAIN, pen(Color::Indexed(9)), ""), "91");
        assert_eq!(codes(Pen::PLAIN, pen(Color::Indexed(208)), ""), "38;5;208");
        assert_eq!(codes(pen(Color::Blue), pen(Color::Rgb(1, 2, 3)), ""), "38;2;1;2;3");
        let ground = Pen { bg: Color::LightCyan, ..Pen::PLAIN };
        assert_eq!(codes(Pen::PLAIN, ground, ""), "106");
    }

    #[test]
    fn the_cursor_is_hidden_once() {
        let mut encoder = encoder();
        encoder.show_cursor(false);
        encoder.show_cursor(false);
        assert_eq!(taken(&mut encoder), "\x1b[?25l");
    }
}
