//! A table of cells shaded by a share, with a head above and at the left.

use super::TextArea;
use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// One cell of a heat table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatCell {
    /// What is written.
    pub text: String,
    /// How strongly it is shaded, 0 to 1.
    pub share: f64,
    /// In the warm hue rather than the cool one.
    pub warm: bool,
}

/// A table of shaded cells.
pub struct Heat<'a> {
    /// The head of each row and of each column.
    pub heads: &'a [String],
    /// Row by row, as many a row as there are heads.
    pub cells: &'a [Vec<HeatCell>],
    /// The cell that keys act on: row, column.
    pub cursor: Option<(usize, usize)>,
    /// Cells a column, from 1.
    pub column: u16,
}

impl Heat<'_> {
    /// Draws the table from the corner of `area`; rows and columns that do not fit are left out, and the table tells so
    /// by a mark in its last line.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let side = self.heads.iter().map(|head| crate::fmt::width::width(head)).max().unwrap_or(1) as u16 + 1;
        let mut pen = TextArea::new(buffer, area, theme);
        let area = pen.area();
        if area.is_empty() {
            return;
        }
        let columns = usize::from(area.width.saturating_sub(side) / self.column.max(1)).min(self.heads.len());
        let rows = usize::from(area.height - 1).min(self.cells.len());
        for (j, head) in self.heads.iter().take(columns).enumerate() {
            pen.put_right(side + j as u16 * self.column, 0, self.column, head, theme.muted());
        }
        for (i, row) in self.cells.iter().take(rows).enumerate() {
            let y = i as u16 + 1;
            let head = self.heads.get(i).map_or("", String::as_str);
            pen.put_right(0, y, side - 1, head, theme.muted());
            for (j, cell) in row.iter().take(columns).enumerate() {
                let (x, style) = (side + j as u16 * self.column, theme.heat(cell.share, cell.warm));
                pen.overlay(x, y, self.column, style);
                pen.put_right(x, y, self.column.saturating_sub(u16::from(self.column > 3)), &cell.text, style);
                if self.cursor == Some((i, j)) {
                    pen.overlay(x, y, self.column, theme.open_tab());
                }
            }
        }
        if (columns < self.heads.len() || rows < self.cells.len()) && area.width > 0 {
            pen.put(0, 0, 1, theme.glyphs().ellipsis, theme.faint());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Depth;

    #[test]
    fn cells_stand_in_columns() {
        let heads: Vec<String> = (0..2).map(|i| i.to_string()).collect();
        let cell = |text: &str, share| HeatCell { text: text.to_owned(), share, warm: false };
        let cells = vec![vec![cell("956", 1.0), cell("1", 0.0)], vec![cell("", 0.0), cell("1108", 1.0)]];
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 4));
        let theme = Theme { depth: Depth::None, ..Theme::default() };
        let area = buffer.area;
        Heat { heads: &heads, cells: &cells, cursor: None, column: 5 }.render(&mut buffer, area, theme);
        let rows: Vec<String> =
            buffer.content().chunks(12).map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
        assert_eq!(rows, ["      0    1", "0  956    1 ", "1      1108 ", "            "]);
    }
}
