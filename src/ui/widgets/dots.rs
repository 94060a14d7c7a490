//! A drawing of dots finer than cells: two by four in braille, two by two in blocks, one by three in ASCII.
//!
//! A cell has one colour; the dot drawn last decides. What is drawn in front takes a whole cell: dots behind it are
//! cleared there, so that a line is seen on a wall of dots without colours too. Does not depend on axes or what the dots
//! mean.

use crate::ui::theme::GlyphSet;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A drawing of dots over a rectangle of cells.
pub struct Dots {
    cells: Vec<(u8, Style)>,
    /// Cells in which something was drawn in front.
    taken: Vec<bool>,
    /// Whether dots are set in front.
    front: bool,
    columns: usize,
    rows: usize,
    glyphs: GlyphSet,
}

impl Dots {
    /// An empty drawing of `columns` by `rows` cells.
    #[must_use]
    pub fn new(columns: u16, rows: u16, glyphs: GlyphSet) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        let (cells, taken) = (vec![(0, Style::new()); columns * rows], vec![false; columns * rows]);
        Self { cells, taken, front: false, columns, rows, glyphs }
    }

    /// Whether the dots that follow are drawn in front of the others.
    pub fn in_front(&mut self, front: bool) {
        self.front = front;
    }

    /// Dots across.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns * self.glyphs.dots().0
    }

    /// Dots down.
    #[must_use]
    pub fn height(&self) -> usize {
        self.rows * self.glyphs.dots().1
    }

    /// Sets the dot at column `x`, line `y` from the top; outside nothing happens.
    pub fn set(&mut self, x: usize, y: usize, style: Style) {
        let (across, down) = self.glyphs.dots();
        if x >= self.width() || y >= self.height() {
            return;
        }
        let place = y / down * self.columns + x / across;
        let cell = &mut self.cells[place];
        if self.front && !self.taken[place] {
            self.taken[place] = true;
            cell.0 = 0;
        } else if self.taken[place] && !self.front {
            return;
        }
        cell.0 |= 1 << (y % down * across + x % across);
        cell.1 = style;
    }

    /// Sets the dots of column `x` from line `a` to line `b`, both included, whichever is higher.
    pub fn column(&mut self, x: usize, a: usize, b: usize, style: Style) {
        for y in a.min(b)..=a.max(b).min(self.height().saturating_sub(1)) {
            self.set(x, y, style);
        }
    }

    /// Sets the dots of a straight line (Bresenham 1965).
    pub fn line(&mut self, from: (usize, usize), to: (usize, usize), style: Style) {
        let (mut x, mut y) = (from.0 as i64, from.1 as i64);
        let (to_x, to_y) = (to.0 as i64, to.1 as i64);
        let (run, rise) = ((to_x - x).abs(), -(to_y - y).abs());
        let (step_x, step_y) = ((to_x - x).signum(), (to_y - y).signum());
        let mut error = run + rise;
        loop {
            self.set(x as usize, y as usize, style);
            if (x, y) == (to_x, to_y) {
                return;
            }
            let doubled = 2 * error;
            if doubled >= rise {
                error += rise;
                x += step_x;
            }
            if doubled <= run {
                error += run;
                y += step_y;
            }
        }
    }

    /// Puts the drawing into a buffer at `area`; cells without a dot are left as they are.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) {
        let visible = area.intersection(buffer.area);
        for y in visible.top()..visible.bottom() {
            for x in visible.left()..visible.right() {
                let (column, row) = (usize::from(x - area.x), usize::from(y - area.y));
                if column >= self.columns || row >= self.rows {
                    continue;
                }
                let (bits, style) = self.cells[row * self.columns + column];
                if bits != 0 {
                    buffer[(x, y)].set_char(self.glyphs.dotted(bits)).set_style(style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_in_each_set() {
        for (glyphs, expected) in [(GlyphSet::Braille, ["⠑⢄"]), (GlyphSet::Blocks, ["▀▄"]), (GlyphSet::Ascii, ["'."])]
        {
            let mut dots = Dots::new(2, 1, glyphs);
            dots.line((0, 0), (dots.width() - 1, dots.height() - 1), Style::new());
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
            dots.render(buffer.area, &mut buffer);
            assert_eq!(buffer, Buffer::with_lines(expected), "{glyphs:?}");
        }
    }

    #[test]
    fn a_line_in_front_is_seen_on_a_wall_of_dots() {
        for glyphs in GlyphSet::ALL {
            let mut dots = Dots::new(1, 1, glyphs);
            for x in 0..dots.width() {
                dots.column(x, 0, dots.height(), Style::new());
            }
            dots.in_front(true);
            dots.set(0, 0, Style::new());
            dots.in_front(false);
            dots.set(0, 1, Style::new());
            let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
            dots.render(buffer.area, &mut buffer);
            assert_eq!(buffer[(0, 0)].symbol(), glyphs.dotted(1).to_string(), "{glyphs:?}");
        }
    }

    #[test]
    fn dots_outside_are_dropped() {
        let mut dots = Dots::new(2, 1, GlyphSet::Braille);
        dots.set(99, 0, Style::new());
        dots.column(0, 2, 99, Style::new());
        let mut empty = Dots::new(0, 0, GlyphSet::Braille);
        empty.column(0, 0, 3, Style::new());
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        dots.render(Rect::new(0, 0, 2, 1), &mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["⡄"]));
    }
}
