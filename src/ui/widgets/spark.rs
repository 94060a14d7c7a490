//! A course of values in one line of cells.
//!
//! The scale runs from zero (or the lowest value, if that is below) to the highest, so that a falling loss is seen to
//! fall. Does not depend on what the values are.

use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws `values` from the left of `area`'s first line, one cell each; more values than cells are grouped and each
/// group shows its highest, so that no peak is lost. A value that is not finite is a cross. The highest level leaves a
/// gap to the row above, where the glyphs have one that does.
pub(super) fn spark(buffer: &mut Buffer, area: Rect, theme: Theme, values: &[f64], style: Style) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || values.is_empty() {
        return;
    }
    let cells = usize::from(area.width).min(values.len());
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = finite.fold((0.0_f64, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let glyphs = theme.glyphs();
    let levels = match glyphs.levels.split_last() {
        Some((&"█", lower)) => lower,
        _ => glyphs.levels,
    };
    for cell in 0..cells {
        let (from, to) = (cell * values.len() / cells, (cell + 1) * values.len() / cells);
        let peak =
            values[from..to].iter().copied().fold(f64::NEG_INFINITY, |a, b| if b.is_nan() { b } else { a.max(b) });
        let level = if high > low && peak.is_finite() {
            let share = ((peak - low) / (high - low)).clamp(0.0, 1.0);
            (share * (levels.len() - 1) as f64).round() as usize
        } else {
            0
        };
        let symbol = if peak.is_finite() { levels[level] } else { glyphs.failed };
        buffer[(area.x + cell as u16, area.y)].set_symbol(symbol).set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::GlyphSet;

    fn drawn(values: &[f64], cells: u16, glyphs: GlyphSet) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cells, 1));
        let area = buffer.area;
        spark(&mut buffer, area, Theme { glyphs, ..Theme::default() }, values, Style::new());
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn a_falling_loss_falls() {
        assert_eq!(drawn(&[2.3, 1.2, 0.6, 0.1], 6, GlyphSet::Braille), "▇▄▃▁  ");
        assert_eq!(drawn(&[2.3, 1.2, 0.6, 0.1], 4, GlyphSet::Ascii), "#-._");
    }

    #[test]
    fn peaks_survive_and_odd_values_are_taken() {
        assert_eq!(drawn(&[0.0, 0.0, 9.0, 0.0, 0.0, 0.0], 3, GlyphSet::Braille), "▁▇▁");
        assert_eq!(drawn(&[f64::NAN, 1.0], 2, GlyphSet::Braille), "✗▇");
        assert_eq!(drawn(&[], 2, GlyphSet::Braille), "  ");
    }
}
