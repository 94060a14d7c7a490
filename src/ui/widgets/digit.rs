//! A grey image in half blocks: two rows of pixels a row of cells.

use crate::ui::theme::{GlyphSet, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// Draws `pixels` (row by row, 0 black to 255 white, `width` a row) into `area` from its corner, one column a cell.
/// Where the area is too small the image is halved as often as needed. Without greys, glyphs stand for lightness.
pub fn digit(buffer: &mut Buffer, area: Rect, theme: Theme, pixels: &[u8], width: usize) {
    let area = area.intersection(buffer.area);
    if area.is_empty() || width == 0 {
        return;
    }
    let height = pixels.len() / width;
    let mut scale = 1;
    while width.div_ceil(scale) > usize::from(area.width) || height.div_ceil(2 * scale) > usize::from(area.height) {
        scale *= 2;
    }
    let level = |column: usize, row: usize| mean(pixels, width, height, column, row, scale);
    for y in 0..height.div_ceil(2 * scale) {
        for x in 0..width.div_ceil(scale) {
            let (above, below) = (level(x, 2 * y), level(x, 2 * y + 1));
            let cell = &mut buffer[(area.x + x as u16, area.y + y as u16)];
            match (theme.glyphs, theme.grey(above), theme.grey(below)) {
                (GlyphSet::Braille | GlyphSet::Blocks, Some(above), Some(below)) => {
                    cell.set_symbol("▀").set_style(Style::new().fg(above).bg(below));
                }
                (GlyphSet::Braille | GlyphSet::Blocks, _, _) => {
                    cell.set_symbol(half(above, below)).set_style(Style::new().fg(Color::Reset));
                }
                (GlyphSet::Ascii, _, _) => {
                    cell.set_symbol(ascii(above, below)).set_style(Style::new());
                }
            }
        }
    }
}

fn mean(pixels: &[u8], width: usize, height: usize, column: usize, row: usize, scale: usize) -> u8 {
    let (mut sum, mut count) = (0_usize, 0_usize);
    for y in row * scale..((row + 1) * scale).min(height) {
        for x in column * scale..((column + 1) * scale).min(width) {
            sum += usize::from(pixels[y * width + x]);
            count += 1;
        }
    }
    sum.checked_div(count).unwrap_or(0) as u8
}

fn half(above: u8, below: u8) -> &'static str {
    match (above >= 96, below >= 96) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    }
}

fn ascii(above: u8, below: u8) -> &'static str {
    match u16::midpoint(u16::from(above), u16::from(below)) {
        0..=31 => " ",
        32..=79 => ".",
        80..=143 => "+",
        _ => "#",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Depth;

    #[test]
    fn an_image_in_each_manner() {
        let pixels = [255, 0, 0, 255, 255, 0, 0, 255];
        for (depth, glyphs, expected) in [
            (Depth::None, GlyphSet::Blocks, ["▀▄", "▀▄"]),
            (Depth::Indexed, GlyphSet::Braille, ["▀▀", "▀▀"]),
            (Depth::Indexed, GlyphSet::Ascii, ["++", "++"]),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 2));
            let area = buffer.area;
            digit(&mut buffer, area, Theme { depth, glyphs, ..Theme::default() }, &pixels, 2);
            let rows: Vec<String> =
                buffer.content().chunks(2).map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect()).collect();
            assert_eq!(rows, expected);
        }
    }

    #[test]
    fn any_size_is_taken() {
        for (cells, rows) in [(0, 0), (1, 1), (3, 2), (14, 7), (40, 20)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, cells, rows));
            let area = buffer.area;
            digit(&mut buffer, area, Theme::default(), &[128; 784], 28);
            digit(&mut buffer, area, Theme::default(), &[128; 5], 28);
        }
    }
}
