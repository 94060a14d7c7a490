//! What a colour of a cell is to a terminal: its own, a place in the palette, or red, green and blue.
//!
//! The places of the named colours are those of ECMA-48 and its bright eight. Does not depend on codes or pictures.

use ratatui::style::Color;

/// A colour as terminals know them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TermColour {
    /// The terminal's own.
    Default,
    /// A place in its palette of 256.
    Place(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl TermColour {
    pub(crate) fn of(colour: Color) -> Self {
        let place = match colour {
            Color::Reset => return Self::Default,
            Color::Rgb(r, g, b) => return Self::Rgb(r, g, b),
            Color::Indexed(place) => place,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        Self::Place(place)
    }
}
