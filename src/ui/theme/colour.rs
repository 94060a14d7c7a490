//! The palettes: which colour a role has at each colour depth, on dark and on light grounds.
//!
//! The hues of curves are those of Okabe and Ito (2008), "Color universal design", distinguishable by the colour-blind;
//! each is given as the nearest entry of the 256-colour cube. Does not depend on what a role is used for on the screen.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: bold, dim and reversed only (`NO_COLOR`).
    None,
    /// The 16 named colours, whose shades are the user's own.
    Sixteen,
    /// The 256-colour cube: one byte to three in an escape sequence, the same everywhere.
    #[default]
    Indexed,
    /// 24 bits, used for heat tables and images only.
    True,
}

impl Depth {
    /// All of them, poorest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Sixteen, Self::Indexed, Self::True];
}

/// The ground that the terminal writes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Background {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// A colour for each role at one depth on one ground.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    pub(super) muted: Color,
    pub(super) faint: Color,
    pub(super) accent: Color,
    pub(super) good: Color,
    pub(super) warn: Color,
    pub(super) bad: Color,
    pub(super) selected: Color,
    pub(super) bar: Color,
    pub(super) curves: [Color; 8],
    pub(super) shades: [Color; 8],
}

const fn cube(indices: [u8; 8]) -> [Color; 8] {
    let mut colours = [Color::Reset; 8];
    let mut i = 0;
    while i < 8 {
        colours[i] = Color::Indexed(indices[i]);
        i += 1;
    }
    colours
}

const NONE: Palette = Palette {
    muted: Color::Reset,
    faint: Color::Reset,
    accent: Color::Reset,
    good: Color::Reset,
    warn: Color::Reset,
    bad: Color::Reset,
    selected: Color::Reset,
    bar: Color::Reset,
    curves: [Color::Reset; 8],
    shades: [Color::Reset; 8],
};

const DARK: Palette = Palette {
    muted: Color::Indexed(246),
    faint: Color::Indexed(240),
    accent: Color::Indexed(117),
    good: Color::Indexed(79),
    warn: Color::Indexed(214),
    bad: Color::Indexed(209),
    selected: Color::Indexed(237),
    bar: Color::Indexed(74),
    curves: cube([74, 214, 79, 175, 227, 203, 111, 250]),
    shades: cube([31, 136, 29, 132, 143, 131, 61, 242]),
};

const LIGHT: Palette = Palette {
    muted: Color::Indexed(242),
    faint: Color::Indexed(249),
    accent: Color::Indexed(25),
    good: Color::Indexed(29),
    warn: Color::Indexed(130),
    bad: Color::Indexed(160),
    selected: Color::Indexed(254),
    bar: Color::Indexed(25),
    curves: cube([25, 166, 29, 132, 136, 160, 61, 238]),
    shades: cube([110, 216, 115, 182, 186, 217, 146, 250]),
};

const SIXTEEN_CURVES: [Color; 8] = [
    Color::Cyan,
    Color::Yellow,
    Color::Green,
    Color::Magenta,
    Color::Blue,
    Color::Red,
    Color::LightCyan,
    Color::LightMagenta,
];

const SIXTEEN: Palette = Palette {
    muted: Color::Reset,
    faint: Color::DarkGray,
    accent: Color::Cyan,
    good: Color::Green,
    warn: Color::Yellow,
    bad: Color::Red,
    selected: Color::Reset,
    bar: Color::Cyan,
    curves: SIXTEEN_CURVES,
    shades: [Color::DarkGray; 8],
};

/// The palette of a depth on a ground.
pub(super) fn palette(depth: Depth, ground: Background) -> &'static Palette {
    match (depth, ground) {
        (Depth::None, _) => &NONE,
        (Depth::Sixteen, _) => &SIXTEEN,
        (_, Background::Dark) => &DARK,
        (_, Background::Light) => &LIGHT,
    }
}

/// Sequential ramps of the cube, from the ground outwards, for heat tables.
pub(super) const COOL_DARK: [u8; 6] = [234, 236, 24, 31, 38, 80];
/// Warm ramp on a dark ground.
pub(super) const WARM_DARK: [u8; 6] = [234, 236, 94, 130, 166, 208];
/// Cool ramp on a light ground.
pub(super) const COOL_LIGHT: [u8; 6] = [255, 195, 153, 110, 67, 25];
/// Warm ramp on a light ground.
pub(super) const WARM_LIGHT: [u8; 6] = [255, 230, 223, 216, 173, 130];
