//! Styles by role, so that no tab names a colour.
//!
//! Without colour every distinction rests on bold, dim, reversed and the glyphs; a role whose meaning matters never
//! differs from plain text by hue alone. Does not depend on tabs or widgets.

use super::colour::{COOL_DARK, COOL_LIGHT, WARM_DARK, WARM_LIGHT, palette};
use super::{Background, Depth, GlyphSet, Glyphs};
use ratatui::style::{Color, Modifier, Style};

/// Everything that decides the looks of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub depth: Depth,
    /// What they stand on.
    pub ground: Background,
    /// What draws lines, bars and marks.
    pub glyphs: GlyphSet,
}

impl Theme {
    /// The glyphs of this theme.
    #[must_use]
    pub fn glyphs(self) -> &'static Glyphs {
        self.glyphs.glyphs()
    }

    /// Whether hues are there to tell things apart.
    #[must_use]
    pub fn has_colour(self) -> bool {
        self.depth != Depth::None
    }

    fn role(self, colour: Color, without: Modifier) -> Style {
        if self.has_colour() { Style::new().fg(colour) } else { Style::new().add_modifier(without) }
    }

    /// Plain text.
    #[must_use]
    pub fn text(self) -> Style {
        Style::new()
    }

    /// Text that stands out.
    #[must_use]
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Labels and units beside the figures.
    #[must_use]
    pub fn muted(self) -> Style {
        self.role(palette(self.depth, self.ground).muted, Modifier::empty())
    }

    /// Borders, axes and empty parts of bars.
    #[must_use]
    pub fn faint(self) -> Style {
        self.role(palette(self.depth, self.ground).faint, Modifier::DIM)
    }

    /// Titles, keys and the open tab.
    #[must_use]
    pub fn accent(self) -> Style {
        self.role(palette(self.depth, self.ground).accent, Modifier::BOLD)
    }

    /// What went well.
    #[must_use]
    pub fn good(self) -> Style {
        self.role(palette(self.depth, self.ground).good, Modifier::empty())
    }

    /// What a person should look at.
    #[must_use]
    pub fn warn(self) -> Style {
        self.role(palette(self.depth, self.ground).warn, Modifier::BOLD)
    }

    /// What went wrong.
    #[must_use]
    pub fn bad(self) -> Style {
        self.role(palette(self.depth, self.ground).bad, Modifier::BOLD)
    }

    /// The filled part of a bar.
    #[must_use]
    pub fn bar(self) -> Style {
        self.role(palette(self.depth, self.ground).bar, Modifier::empty())
    }

    /// Laid over the row or cell that keys act on.
    #[must_use]
    pub fn selected(self) -> Style {
        match self.depth {
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED),
            _ => Style::new().bg(palette(self.depth, self.ground).selected).add_modifier(Modifier::BOLD),
        }
    }

    /// Bars in the warm hue: errors.
    #[must_use]
    pub fn heat_text(self) -> Style {
        self.role(palette(self.depth, self.ground).warn, Modifier::empty())
    }

    /// The open tab in the line of tabs.
    #[must_use]
    pub fn open_tab(self) -> Style {
        match self.depth {
            Depth::None | Depth::Sixteen => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
            _ => self.accent().patch(self.selected()),
        }
    }

    /// A banner that nobody may overlook.
    #[must_use]
    pub fn banner(self) -> Style {
        self.bad().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    /// The curve of the `index`th run or group; eight hues, then again from the first.
    #[must_use]
    pub fn curve(self, index: usize) -> Style {
        let curves = palette(self.depth, self.ground).curves;
        self.role(curves[index % curves.len()], Modifier::empty())
    }

    /// The same hue in the background: raw points behind a smoothed curve, the band around a mean.
    #[must_use]
    pub fn shade(self, index: usize) -> Style {
        let shades = palette(self.depth, self.ground).shades;
        self.role(shades[index % shades.len()], Modifier::DIM)
    }

    /// A cell of a heat table: `share` from 0 (the ground) to 1, `warm` for errors and losses.
    #[must_use]
    pub fn heat(self, share: f64, warm: bool) -> Style {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        match self.depth {
            Depth::None => Style::new().add_modifier(match share {
                s if s < 0.25 => Modifier::empty(),
                s if s < 0.6 => Modifier::BOLD,
                _ => Modifier::REVERSED,
            }),
            Depth::Sixteen if share < 0.25 => Style::new(),
            Depth::Sixteen => {
                let hue = if warm { Color::Yellow } else { Color::Cyan };
                let style = Style::new().fg(hue);
                if share < 0.6 { style } else { style.add_modifier(Modifier::REVERSED) }
            }
            Depth::Indexed => self.heat_of_the_cube(share, warm),
            Depth::True => self.heat_in_true_colour(share, warm),
        }
    }

    fn heat_of_the_cube(self, share: f64, warm: bool) -> Style {
        let ramp = match (self.ground, warm) {
            (Background::Dark, false) => COOL_DARK,
            (Background::Dark, true) => WARM_DARK,
            (Background::Light, false) => COOL_LIGHT,
            (Background::Light, true) => WARM_LIGHT,
        };
        let level = (share * (ramp.len() - 1) as f64).round() as usize;
        if level == 0 {
            return Style::new();
        }
        let dark_text = match self.ground {
            Background::Dark => level >= ramp.len() - 2,
            Background::Light => level < ramp.len() - 2,
        };
        Style::new().bg(Color::Indexed(ramp[level])).fg(Color::Indexed(if dark_text { 16 } else { 231 }))
    }

    fn heat_in_true_colour(self, share: f64, warm: bool) -> Style {
        if share < 0.02 {
            return Style::new();
        }
        let (low, high) = match (self.ground, warm) {
            (Background::Dark, false) => ([20, 30, 38], [95, 205, 225]),
            (Background::Dark, true) => ([38, 28, 20], [240, 140, 20]),
            (Background::Light, false) => ([244, 249, 252], [0, 95, 170]),
            (Background::Light, true) => ([253, 247, 240], [190, 90, 0]),
        };
        let mix = |i: usize| (f64::from(low[i]) + share * (f64::from(high[i]) - f64::from(low[i]))).round() as u8;
        let rgb = [mix(0), mix(1), mix(2)];
        Style::new().bg(Color::Rgb(rgb[0], rgb[1], rgb[2])).fg(contrast_text(rgb))
    }

    /// A grey of an image, 0 black to 255 white, or nothing where grey cannot be shown.
    #[must_use]
    pub fn grey(self, level: u8) -> Option<Color> {
        match self.depth {
            Depth::None => None,
            Depth::Sixteen => Some(match level {
                0..=63 => Color::Black,
                64..=127 => Color::DarkGray,
                128..=191 => Color::Gray,
                _ => Color::White,
            }),
            Depth::Indexed => Some(match level {
                0..=7 => Color::Indexed(16),
                248..=255 => Color::Indexed(231),
                _ => Color::Indexed(232 + ((u16::from(level) - 8) * 24 / 240).min(23) as u8),
            }),
            Depth::True => Some(Color::Rgb(level, level, level)),
        }
    }
}

/// Black or white, whichever is read more easily on a ground of the given red, green and blue.
#[must_use]
pub(super) fn contrast_text(rgb: [u8; 3]) -> Color {
    let luminance = 0.299 * f64::from(rgb[0]) + 0.587 * f64::from(rgb[1]) + 0.114 * f64::from(rgb[2]);
    if luminance > 140.0 { Color::Indexed(16) } else { Color::Indexed(231) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_no_style_names_one() {
        let theme = Theme { depth: Depth::None, ..Theme::default() };
        let styles = [theme.muted(), theme.faint(), theme.bad(), theme.curve(3), theme.heat(1.0, true), theme.banner()];
        for style in styles {
            assert!(style.fg.is_none_or(|c| c == Color::Reset) && style.bg.is_none(), "{style:?}");
        }
    }

    #[test]
    fn heat_takes_any_number() {
        for depth in Depth::ALL {
            for ground in [Background::Dark, Background::Light] {
                let theme = Theme { depth, ground, glyphs: GlyphSet::Braille };
                for share in [f64::NAN, -1.0, 0.0, 0.5, 1.0, f64::INFINITY] {
                    let _ = theme.heat(share, true);
                }
                assert_eq!(theme.heat(0.0, true), Style::new(), "nothing is not marked");
            }
        }
    }

    #[test]
    fn greys_are_in_order() {
        let theme = Theme { depth: Depth::Indexed, ..Theme::default() };
        let index = |level| match theme.grey(level) {
            Some(Color::Indexed(i)) => i,
            other => panic!("{other:?}"),
        };
        assert_eq!((index(0), index(255)), (16, 231));
        assert!((8..247).all(|level| index(level) <= index(level + 1)));
    }
}
