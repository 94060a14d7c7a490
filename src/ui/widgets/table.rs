//! A table of texts with a head, a selected row and as many rows as fit around it.
//!
//! Does not depend on what the rows are. Rows are made by a closure for the visible ones only, so that ten thousand runs
//! cost no more than twenty.

use super::TextArea;
use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the start.
    Left,
    /// At the end, for figures.
    Right,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// Its cells; one more is left free after it.
    pub width: u16,
    /// Where its texts stand.
    pub align: Align,
    /// Whether the rows are sorted by it, and then whether the largest comes first.
    pub sorted: Option<bool>,
}

impl Column {
    /// A column of texts.
    #[must_use]
    pub fn left(head: &str, width: u16) -> Self {
        Self { head: head.to_owned(), width, align: Align::Left, sorted: None }
    }

    /// A column of figures.
    #[must_use]
    pub fn right(head: &str, width: u16) -> Self {
        Self { head: head.to_owned(), width, align: Align::Right, sorted: None }
    }
}

/// One cell: a text, or values drawn as a sparkline, or a share drawn as a bar.
#[derive(Clone, Debug)]
pub enum Cell {
    /// Words or a figure.
    Text(String, Style),
    /// A name whose end tells it from its like, as seeds do: cut in the middle where it does not fit.
    Name(String, Style),
    /// A course of values.
    Spark(Vec<f64>, Style),
    /// A share of 0 to 1, and a text behind the bar.
    Bar(f64, String, Style),
}

/// Which rows are in sight; kept by the caller from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// The first row in sight.
    pub offset: usize,
}

impl TableState {
    /// The first row in sight when `selected` of `total` rows is kept in sight in `room` lines, moving as little as
    /// possible.
    #[must_use]
    pub fn scrolled(self, selected: usize, total: usize, room: usize) -> usize {
        let room = room.max(1);
        let offset = self.offset.min(total.saturating_sub(room));
        if selected < offset {
            selected
        } else if selected >= offset + room {
            selected + 1 - room
        } else {
            offset
        }
    }
}

/// A table.
pub struct Table<'a> {
    /// The columns from the left; those that do not fit are left out.
    pub columns: &'a [Column],
    /// How many rows there are.
    pub total: usize,
    /// The row that keys act on.
    pub selected: Option<usize>,
    /// The first row in sight.
    pub offset: usize,
}

impl Table<'_> {
    /// Draws the table; `row` gives the cells of a row, for visible rows only. Returns the lines for rows.
    pub fn render(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        theme: Theme,
        mut row: impl FnMut(usize) -> Vec<Cell>,
    ) -> usize {
        let mut pen = TextArea::new(buffer, area, theme);
        let area = pen.area();
        if area.height < 2 {
            return 0;
        }
        let places = self.places(area.width);
        for (column, &(x, width)) in self.columns.iter().zip(&places) {
            let (head, style) = head(column, width, theme);
            match column.align {
                Align::Left => {
                    pen.put(x, 0, width, &head, style);
                }
                Align::Right => pen.put_right(x, 0, width, &head, style),
            }
        }
        let room = usize::from(area.height - 1);
        for (y, index) in (self.offset..self.total).take(room).enumerate() {
            let y = y as u16 + 1;
            for ((column, &(x, width)), cell) in self.columns.iter().zip(&places).zip(row(index)) {
                put(&mut pen, column, (x, y, width), &cell, theme);
            }
            if self.selected == Some(index) {
                pen.overlay(0, y, area.width, theme.selected());
            }
        }
        self.mark_hidden(&mut pen, room, theme);
        room
    }

    fn places(&self, room: u16) -> Vec<(u16, u16)> {
        let mut x = 0;
        let mut places = Vec::new();
        for column in self.columns {
            if x >= room {
                break;
            }
            // A figure that is cut in half misleads, so a column of figures is shown whole or not at all.
            let width = column.width.min(room - x);
            if width < column.width && (column.align == Align::Right || width < 4) {
                break;
            }
            places.push((x, width));
            x += column.width + 1;
        }
        places
    }

    fn mark_hidden(&self, pen: &mut TextArea<'_>, room: usize, theme: Theme) {
        let last = pen.area().width.saturating_sub(1);
        if self.offset > 0 {
            pen.put(last, 1, 1, theme.glyphs().up, theme.muted());
        }
        if self.offset + room < self.total {
            pen.put(last, room as u16, 1, theme.glyphs().down, theme.muted());
        }
    }
}

/// What stands above a column: an arrow beside it where the rows are sorted by it.
fn head(column: &Column, width: u16, theme: Theme) -> (String, Style) {
    let glyphs = theme.glyphs();
    match column.sorted {
        None => (column.head.clone(), theme.muted()),
        Some(is_descending) => {
            let arrow = if is_descending { glyphs.down } else { glyphs.up };
            let words = crate::fmt::width::fit(&column.head, usize::from(width.saturating_sub(1)), glyphs.ellipsis);
            (format!("{words}{arrow}"), theme.strong())
        }
    }
}

fn put(pen: &mut TextArea<'_>, column: &Column, (x, y, width): (u16, u16, u16), cell: &Cell, theme: Theme) {
    let line = |pen: &TextArea<'_>, width| Rect::new(pen.area().x + x, pen.area().y + y, width, 1);
    match cell {
        Cell::Text(text, style) if column.align == Align::Right => pen.put_right(x, y, width, text, *style),
        Cell::Text(text, style) => {
            pen.put(x, y, width, text, *style);
        }
        Cell::Name(text, style) => {
            let text = crate::fmt::width::fit_middle(text, usize::from(width), theme.glyphs().ellipsis);
            pen.put(x, y, width, &text, *style);
        }
        Cell::Spark(values, style) => {
            let area = line(pen, width);
            super::spark::spark(pen.buffer(), area, theme, values, *style);
        }
        Cell::Bar(share, text, style) => {
            let wide = crate::fmt::width::width(text) as u16;
            let bar = width.saturating_sub(wide + 1);
            let area = line(pen, bar);
            super::bar(pen.buffer(), area, theme, *share, *style);
            pen.put_right(x, y, width, text, theme.text());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_stays_in_sight() {
        let mut state = TableState::default();
        for (selected, expected) in [(0, 0), (4, 0), (5, 1), (9, 5), (6, 5), (4, 4), (0, 0)] {
            state.offset = state.scrolled(selected, 10, 5);
            assert_eq!(state.offset, expected, "row {selected}");
        }
        assert_eq!(TableState { offset: 8 }.scrolled(0, 1, 5), 0, "rows went away");
    }

    #[test]
    fn only_visible_rows_are_made() {
        let columns = [Column::left("run", 6), Column::right("acc", 5)];
        let mut buffer = Buffer::empty(Rect::new(0, 0, 13, 3));
        let area = buffer.area;
        let mut asked = Vec::new();
        let table = Table { columns: &columns, total: 10_000, selected: Some(7), offset: 6 };
        table.render(&mut buffer, area, Theme::default(), |index| {
            asked.push(index);
            vec![Cell::Text(format!("run-{index}00"), Style::new()), Cell::Text(".9781".to_owned(), Style::new())]
        });
        assert_eq!(asked, [6, 7]);
        let rows: Vec<String> =
            buffer.content().chunks(13).map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
        assert_eq!(rows, ["run      acc ", "run-6… .9781▴", "run-7… .9781▾"]);
    }
}
