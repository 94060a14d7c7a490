//! Text put into a rectangle, cut with a mark where it does not fit; and the frame around a panel.

use crate::fmt::width;
use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

/// Writes line by line into one rectangle of a buffer.
pub struct TextArea<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    theme: Theme,
}

impl<'a> TextArea<'a> {
    /// A pen that stays within `area`, itself cut to the buffer.
    pub fn new(buffer: &'a mut Buffer, area: Rect, theme: Theme) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area, theme }
    }

    /// The rectangle it stays within.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.area
    }

    /// The looks.
    #[must_use]
    pub fn theme(&self) -> Theme {
        self.theme
    }

    /// The buffer, for widgets that draw themselves.
    pub fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Puts `words` at column `x` of line `y`, both counted from the rectangle's corner, in at most `cells` cells.
    /// Returns the cells used.
    pub fn put(&mut self, x: u16, y: u16, cells: u16, words: &str, style: Style) -> u16 {
        if x >= self.area.width || y >= self.area.height {
            return 0;
        }
        let room = cells.min(self.area.width - x);
        let fitted = width::fit(words, usize::from(room), self.theme.glyphs().ellipsis);
        self.buffer.set_stringn(self.area.x + x, self.area.y + y, &fitted, usize::from(room), style);
        width::width(&fitted) as u16
    }

    /// The same with the text's end at the end of the `cells`.
    pub fn put_right(&mut self, x: u16, y: u16, cells: u16, words: &str, style: Style) {
        if x >= self.area.width {
            return;
        }
        let room = cells.min(self.area.width - x);
        let wide = (width::width(words) as u16).min(room);
        self.put(x + room - wide, y, wide, words, style);
    }

    /// Puts a line of spans at line `y`; what does not fit is cut with a mark.
    pub fn line(&mut self, x: u16, y: u16, line: &Line<'_>) -> u16 {
        let mut at = x;
        for Span { content, style } in &line.spans {
            let wide = width::width(content) as u16;
            let room = self.area.width.saturating_sub(at);
            if room == 0 {
                self.mark_cut(y);
                return at;
            }
            at += self.put(at, y, room, content, line.style.patch(*style));
            if wide > room {
                return at;
            }
        }
        at
    }

    fn mark_cut(&mut self, y: u16) {
        if let (Some(last), true) = (self.area.width.checked_sub(1), y < self.area.height) {
            self.put(last, y, 1, self.theme.glyphs().ellipsis, self.theme.faint());
        }
    }

    /// Lays a style over part of a line.
    pub fn overlay(&mut self, x: u16, y: u16, cells: u16, style: Style) {
        let row = Rect::new(self.area.x.saturating_add(x), self.area.y.saturating_add(y), cells, 1);
        self.buffer.set_style(row.intersection(self.area), style);
    }
}

/// Draws a frame with a title and returns what is inside. A rectangle too small for a frame is returned as it is.
pub fn panel(buffer: &mut Buffer, area: Rect, theme: Theme, title: &str, focused: bool) -> Rect {
    let area = area.intersection(buffer.area);
    if area.width < 4 || area.height < 3 {
        return area;
    }
    let style = if focused { theme.muted() } else { theme.faint() };
    Block::bordered().border_set(theme.glyphs().border).border_style(style).render(area, buffer);
    if !title.is_empty() {
        let title = width::fit(title, usize::from(area.width).saturating_sub(4), theme.glyphs().ellipsis);
        let style = if focused { theme.accent() } else { theme.muted() };
        buffer.set_string(area.x + 1, area.y, format!(" {title} "), style);
    }
    area.inner(Margin::new(1, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    #[test]
    fn nothing_is_written_outside() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 3));
        let mut pen = TextArea::new(&mut buffer, Rect::new(2, 1, 6, 1), Theme::default());
        pen.put(0, 0, 99, "activations", Style::new());
        pen.put(9, 0, 5, "x", Style::new());
        pen.put(0, 7, 5, "x", Style::new());
        pen.line(5, 0, &Line::from(vec![Span::raw("ab"), Span::raw("cd")]));
        assert_eq!(buffer, Buffer::with_lines(["            ", "  activ…    ", "            "]));
    }

    #[test]
    fn a_panel_needs_room() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 3));
        assert_eq!(panel(&mut buffer, Rect::new(0, 0, 3, 3), Theme::default(), "runs", true), Rect::new(0, 0, 3, 3));
        assert_eq!(
            panel(&mut buffer, Rect::new(0, 0, 8, 3), Theme::default(), "the runs", true),
            Rect::new(1, 1, 6, 1)
        );
        assert_eq!(buffer.content()[..8].iter().map(ratatui::buffer::Cell::symbol).collect::<String>(), "┌ the… ┐");
    }
}
