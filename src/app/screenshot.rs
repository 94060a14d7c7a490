//! A drawn frame as text, as text with escape codes, or as an SVG picture: for pipes, bug reports and READMEs.
//!
//! Does not depend on what is drawn.

use super::terminal::Encoder;
use super::terminal::TermColour;
use crate::output;
use crate::ui::Background;
use anyhow::{Context as _, Result};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use unicode_width::UnicodeWidthStr;

/// The ways to write a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screenshot {
    /// Characters only, blanks at the ends of lines left out.
    Text,
    /// Characters and colours as escape codes.
    Ansi,
    /// A picture of text elements on a dark or light ground, for a browser.
    Svg(Background),
}

impl Screenshot {
    /// Writes `frame`, every line ended.
    #[must_use]
    pub fn of(self, frame: &Buffer) -> String {
        match self {
            Self::Text => text(frame),
            Self::Ansi => ansi(frame),
            Self::Svg(ground) => svg(frame, ground),
        }
    }
}

/// Saves a frame that was drawn for `ground` in all three ways into a folder, under the name of this moment; the files'
/// path without its end.
pub(super) fn save(frame: &Buffer, ground: Background, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let stem = folder.join(format!("perceptop-screen-{seconds}"));
    for (kind, ending) in [(Screenshot::Text, "txt"), (Screenshot::Ansi, "ansi"), (Screenshot::Svg(ground), "svg")] {
        let path = stem.with_extension(ending);
        output::write(&path, |file| file.write_all(kind.of(frame).as_bytes()))
            .with_context(|| path.display().to_string())?;
    }
    Ok(stem)
}

/// The cells of a row that are drawn: not those that a wide character before them covers.
fn row(frame: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut covered = 0;
    (0..frame.area.width).filter_map(move |x| {
        let cell = frame.cell((frame.area.x + x, frame.area.y + y))?;
        if covered > 0 {
            covered -= 1;
            return None;
        }
        covered = cell.symbol().width().saturating_sub(1);
        Some((x, cell))
    })
}

fn text(frame: &Buffer) -> String {
    let mut all = String::new();
    for y in 0..frame.area.height {
        let line: String = row(frame, y).map(|(_, cell)| cell.symbol()).collect();
        all.push_str(line.trim_end());
        all.push('\n');
    }
    all
}

fn ansi(frame: &Buffer) -> String {
    let mut all = String::new();
    for y in 0..frame.area.height {
        let mut encoder = Encoder::default();
        encoder.set_width(u16::MAX);
        encoder.assume_at(0, 0);
        for (x, cell) in row(frame, y) {
            encoder.cell(x, 0, cell);
        }
        all.push_str(&String::from_utf8_lossy(encoder.bytes()));
        all.push_str("\x1b[m\n");
    }
    all
}

/// The size of a cell in the picture, in its own units.
const CELL: (f32, f32) = (8.4, 17.0);

/// A terminal's own two colours, ground and ink, for cells that name none.
fn plain(ground: Background) -> (&'static str, &'static str) {
    match ground {
        Background::Dark => ("#101214", "#d0d4d8"),
        Background::Light => ("#ffffff", "#1c1f22"),
    }
}

fn svg(frame: &Buffer, ground: Background) -> String {
    let plain = plain(ground);
    let (width, height) = (f32::from(frame.area.width) * CELL.0, f32::from(frame.area.height) * CELL.1);
    let mut all = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 \
         {width:.1} {height:.1}\" font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
        plain.0
    );
    for y in 0..frame.area.height {
        svg_row(&mut all, frame, y, plain);
    }
    all.push_str("</svg>\n");
    all
}

/// How the text of a cell looks in a picture.
#[derive(Clone, Debug, PartialEq)]
struct Look {
    fill: String,
    bold: bool,
    dim: bool,
    /// Whether the glyph may come from another font than its neighbours: braille, wide and other letters. A run of one
    /// kind is stretched evenly to the width of its cells.
    font: u8,
}

/// Neighbouring cells that look alike: one text element, so that words can be selected and searched.
struct Run {
    look: Look,
    from: u16,
    cells: u16,
    text: String,
}

impl Run {
    /// Writes the run, blanks at its end left out.
    fn write(&self, all: &mut String, top: f32) {
        let text = self.text.trim_end_matches(' ');
        let cells = self.cells - (self.text.len() - text.len()) as u16;
        let Look { fill, bold, dim, .. } = &self.look;
        let weight = if *bold { " font-weight=\"bold\"" } else { "" };
        let faint = if *dim { " opacity=\"0.6\"" } else { "" };
        let (left, wide) = (f32::from(self.from) * CELL.0, f32::from(cells) * CELL.0);
        let length = if cells > 1 { format!(" textLength=\"{wide:.1}\"") } else { String::new() };
        let _ = write!(
            all,
            "<text x=\"{left:.1}\" y=\"{:.1}\"{length} fill=\"{fill}\"{weight}{faint}>",
            top + CELL.1 * 0.76
        );
        for letter in text.chars() {
            match letter {
                '<' => all.push_str("&lt;"),
                '>' => all.push_str("&gt;"),
                '&' => all.push_str("&amp;"),
                letter if letter.is_control() => {}
                letter => all.push(letter),
            }
        }
        all.push_str("</text>\n");
    }
}

fn svg_row(all: &mut String, frame: &Buffer, y: u16, plain: (&str, &str)) {
    let top = f32::from(y) * CELL.1;
    svg_grounds(all, frame, y, plain);
    let mut open: Option<Run> = None;
    for (x, cell) in row(frame, y) {
        let symbol = cell.symbol();
        let cells = symbol.width().max(1) as u16;
        if symbol.trim().is_empty() {
            // A blank looks like anything; so does one that ends a run.
            if let Some(run) = &mut open {
                run.text.push(' ');
                run.cells += 1;
            }
            continue;
        }
        let look = look_of(cell, plain);
        match &mut open {
            Some(run) if run.look == look => {
                run.text.push_str(symbol);
                run.cells += cells;
            }
            _ => {
                if let Some(run) = open.take() {
                    run.write(all, top);
                }
                open = Some(Run { look, from: x, cells, text: symbol.to_owned() });
            }
        }
    }
    if let Some(run) = open {
        run.write(all, top);
    }
}

fn look_of(cell: &Cell, (ground, ink): (&str, &str)) -> Look {
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    let fill = if reversed { hexadecimal(cell.bg, ground) } else { hexadecimal(cell.fg, ink) };
    let font = match cell.symbol().chars().next() {
        Some('\u{2800}'..='\u{28ff}') => 1,
        Some('\u{2190}'..='\u{2bff}') => 2,
        _ if cell.symbol().width() > 1 => 3,
        Some(letter) if u32::from(letter) >= 0x250 => 4,
        _ => 0,
    };
    Look { fill, bold: cell.modifier.contains(Modifier::BOLD), dim: cell.modifier.contains(Modifier::DIM), font }
}

/// The grounds of a row's cells, one rectangle for neighbours of one colour.
fn svg_grounds(all: &mut String, frame: &Buffer, y: u16, (ground, ink): (&str, &str)) {
    let mut open: Option<(String, u16, u16)> = None;
    let mut write = |open: Option<(String, u16, u16)>| {
        let Some((fill, from, to)) = open else { return };
        let (left, wide) = (f32::from(from) * CELL.0, f32::from(to - from) * CELL.0 + 0.2);
        let (top, high) = (f32::from(y) * CELL.1, CELL.1 + 0.2);
        let _ = writeln!(
            all,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{high:.1}\" fill=\"{fill}\"/>"
        );
    };
    for (x, cell) in row(frame, y) {
        let reversed = cell.modifier.contains(Modifier::REVERSED);
        let colour = if reversed { cell.fg } else { cell.bg };
        let end = x + cell.symbol().width().max(1) as u16;
        if colour == Color::Reset && !reversed {
            write(open.take());
            continue;
        }
        let fill = hexadecimal(colour, if reversed { ink } else { ground });
        match &mut open {
            Some((same, _, to)) if *same == fill => *to = end,
            _ => write(open.replace((fill, x, end))),
        }
    }
    write(open.take());
}

/// xterm's first sixteen colours.
const NAMED: [u32; 16] = [
    0x00_00_00, 0xcd_31_31, 0x0d_bc_79, 0xe5_e5_10, 0x3b_8e_ea, 0xbc_3f_bc, 0x11_a8_cd, 0xe5_e5_e5, 0x66_66_66,
    0xf1_4c_4c, 0x23_d1_8b, 0xf5_f5_43, 0x3b_8e_ea, 0xd6_70_d6, 0x29_b8_db, 0xff_ff_ff,
];

fn hexadecimal(colour: Color, otherwise: &str) -> String {
    let place = match TermColour::of(colour) {
        TermColour::Default => return otherwise.to_owned(),
        TermColour::Rgb(r, g, b) => return format!("#{r:02x}{g:02x}{b:02x}"),
        TermColour::Place(place) => place,
    };
    let rgb = match place {
        0..16 => NAMED[usize::from(place)],
        // xterm's cube: six levels a channel.
        16..232 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * u32::from(step) };
            let place = place - 16;
            level(place / 36) << 16 | level(place / 6 % 6) << 8 | level(place % 6)
        }
        232.. => (8 + 10 * u32::from(place - 232)) * 0x01_01_01,
    };
    format!("#{rgb:06x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn frame() -> Buffer {
        let mut frame = Buffer::empty(Rect::new(0, 0, 8, 2));
        frame.set_string(0, 0, "a<b", Style::new().fg(Color::Indexed(208)).bg(Color::Indexed(236)));
        frame.set_string(1, 1, "漢x", Style::new().add_modifier(Modifier::REVERSED));
        frame
    }

    #[test]
    fn text_has_no_codes_and_no_blanks_at_the_end() {
        assert_eq!(Screenshot::Text.of(&frame()), "a<b\n 漢x\n");
    }

    #[test]
    fn ansi_ends_every_line_plain() {
        let text = Screenshot::Ansi.of(&frame());
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.ends_with("\x1b[m")), "{text:?}");
        assert!(text.starts_with("\x1b[0;38;5;208;48;5;236ma<b"), "{text:?}");
        assert!(!text.contains('H'), "no move to a place of the screen: {text:?}");
    }

    #[test]
    fn svg_escapes_what_it_must() {
        let text = Screenshot::Svg(Background::Dark).of(&frame());
        assert!(text.contains("&lt;") && text.contains("#ff8700") && text.contains("#303030"), "{text}");
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
    }

    #[test]
    fn svg_keeps_words_whole_and_stretches_them_to_their_cells() {
        let mut frame = Buffer::empty(Rect::new(0, 0, 40, 2));
        frame.set_string(2, 0, "two words ", Style::new().fg(Color::Indexed(208)));
        frame.set_string(20, 0, "and more", Style::new().fg(Color::Indexed(208)));
        frame.set_string(0, 1, "漢字ab⠁⠂⠃", Style::new());
        let text = Screenshot::Svg(Background::Dark).of(&frame);
        assert!(text.contains("textLength=\"218.4\" fill=\"#ff8700\">two words         and more</text>"), "{text}");
        for part in [">漢字</text>", ">ab</text>", ">⠁⠂⠃</text>"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.contains("<text x=\"33.6\""), "letters after two wide ones begin at the fifth cell: {text}");
    }

    #[test]
    fn svg_has_the_ground_that_the_frame_was_drawn_for() {
        let (dark, light) =
            (Screenshot::Svg(Background::Dark).of(&frame()), Screenshot::Svg(Background::Light).of(&frame()));
        assert!(dark.contains("height=\"100%\" fill=\"#101214\"") && !dark.contains("#ffffff"), "{dark}");
        assert!(light.contains("height=\"100%\" fill=\"#ffffff\"") && !light.contains("#101214"), "{light}");
    }

    #[test]
    fn the_cube_is_xterms() {
        assert_eq!(hexadecimal(Color::Indexed(16), ""), "#000000");
        assert_eq!(hexadecimal(Color::Indexed(231), ""), "#ffffff");
        assert_eq!(hexadecimal(Color::Indexed(255), ""), "#eeeeee");
    }
}
