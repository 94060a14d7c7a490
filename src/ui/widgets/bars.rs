//! Horizontal bars in eighths of a cell: gauges and per-class figures.

use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The bar of `share` (0 to 1) in `cells` cells as a text without its empty part.
#[must_use]
pub fn bar_text(share: f64, cells: usize, theme: Theme) -> String {
    let parts = theme.glyphs().eighths;
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let filled = (share * (cells * parts.len()) as f64).round() as usize;
    // Something above nothing is seen, and something below everything too.
    let filled = if share > 0.0 { filled.max(1) } else { 0 };
    let filled = if share < 1.0 { filled.min((cells * parts.len()).saturating_sub(1)) } else { filled };
    let mut text = parts[parts.len() - 1].repeat(filled / parts.len());
    if filled % parts.len() > 0 {
        text.push_str(parts[filled % parts.len() - 1]);
    }
    text
}

/// Draws the bar of `share` along the first line of `area`, its empty part as a faint track.
pub fn bar(buffer: &mut Buffer, area: Rect, theme: Theme, share: f64, style: Style) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    for x in area.left()..area.right() {
        buffer[(x, area.y)].set_symbol(theme.glyphs().track).set_style(theme.faint());
    }
    let text = bar_text(share, usize::from(area.width), theme);
    buffer.set_stringn(area.x, area.y, text, usize::from(area.width), style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eighths_count() {
        let theme = Theme::default();
        assert_eq!(bar_text(0.5, 4, theme), "██");
        assert_eq!(bar_text(0.56, 4, theme), "██▎");
        assert_eq!(bar_text(1e-9, 4, theme), "▏", "a little is not nothing");
        assert_eq!(bar_text(0.9999, 4, theme), "███▉", "almost is not all");
        assert_eq!([bar_text(0.0, 4, theme), bar_text(f64::NAN, 4, theme)], ["", ""]);
    }
}
