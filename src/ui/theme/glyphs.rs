//! The three sets of glyphs: braille, blocks, and plain ASCII for terminals without either.
//!
//! Every glyph is one cell wide in every terminal; emoji and glyphs of ambiguous width are kept out. Does not depend on
//! colours.

use ratatui::symbols::border;

/// What draws lines, bars and marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GlyphSet {
    /// Eight dots a cell: the finest curves.
    #[default]
    Braille,
    /// Four quarters a cell, for fonts without braille.
    Blocks,
    /// Printable ASCII only.
    Ascii,
}

impl GlyphSet {
    /// All of them, richest first.
    pub const ALL: [Self; 3] = [Self::Braille, Self::Blocks, Self::Ascii];

    /// The glyphs themselves.
    #[must_use]
    pub fn glyphs(self) -> &'static Glyphs {
        match self {
            Self::Braille | Self::Blocks => &UNICODE,
            Self::Ascii => &ASCII,
        }
    }

    /// Dots of a cell across and down.
    #[must_use]
    pub fn dots(self) -> (usize, usize) {
        match self {
            Self::Braille => (2, 4),
            Self::Blocks => (2, 2),
            Self::Ascii => (1, 3),
        }
    }

    /// The glyph of a cell whose dots are set as in `bits`: row by row from the top left, the lowest bit first.
    #[must_use]
    pub fn dotted(self, bits: u8) -> char {
        match self {
            Self::Braille => {
                // Unicode numbers the dots down the left column, then down the right, the lowest row last.
                const ORDER: [u32; 8] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];
                let set: u32 = (0..8).filter(|bit| bits & (1 << bit) != 0).map(|bit| ORDER[bit]).sum();
                char::from_u32(0x2800 + set).unwrap_or(' ')
            }
            Self::Blocks => {
                const QUARTERS: [char; 16] =
                    [' ', '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'];
                QUARTERS[usize::from(bits & 15)]
            }
            Self::Ascii => {
                const LEVELS: [char; 8] = [' ', '\'', '-', '\'', '.', ':', '.', '|'];
                LEVELS[usize::from(bits & 7)]
            }
        }
    }
}

/// The glyphs that stand for something, each one cell wide unless said.
#[derive(Debug)]
pub struct Glyphs {
    /// A run that waits in the queue.
    pub queued: &'static str,
    /// A run that is worked on.
    pub running: &'static str,
    /// A run that waits for its user.
    pub paused: &'static str,
    /// A run that fell silent.
    pub quiet: &'static str,
    /// A run that came to its end.
    pub finished: &'static str,
    /// A run that its user stopped.
    pub stopped: &'static str,
    /// A run that could not go on.
    pub failed: &'static str,
    /// A run whose loss grew or is not finite.
    pub diverged: &'static str,
    /// A run that is at chance.
    pub not_learning: &'static str,
    /// A run without end that no process holds.
    pub interrupted: &'static str,
    /// A marked row.
    pub mark: &'static str,
    /// A changed setting on a chart.
    pub change: &'static str,
    /// An alert.
    pub alert: &'static str,
    /// Between two things of a line.
    pub dot: &'static str,
    /// What was cut off.
    pub ellipsis: &'static str,
    /// Plus or minus.
    pub plus_minus: &'static str,
    /// No figure.
    pub nothing: &'static str,
    /// From one value to another.
    pub arrow: &'static str,
    /// Sorted downwards, and a thing that opens.
    pub down: &'static str,
    /// Sorted upwards.
    pub up: &'static str,
    /// A piece of a curve in a legend.
    pub dash: &'static str,
    /// A horizontal axis.
    pub horizontal: &'static str,
    /// A vertical axis.
    pub vertical: &'static str,
    /// Where the axes meet.
    pub corner: &'static str,
    /// A tick of the horizontal axis.
    pub tick: &'static str,
    /// Eighths of a cell from the left, the full one last.
    pub eighths: &'static [&'static str],
    /// Eighths of a cell from the bottom, the full one last.
    pub levels: &'static [&'static str],
    /// The empty part of a bar.
    pub track: &'static str,
    /// The borders of panels.
    pub border: border::Set<'static>,
}

static UNICODE: Glyphs = Glyphs {
    queued: "·",
    running: "▶",
    paused: "‖",
    quiet: "◔",
    finished: "✓",
    stopped: "■",
    failed: "✗",
    diverged: "▲",
    not_learning: "△",
    interrupted: "○",
    mark: "◆",
    change: "◇",
    alert: "!",
    dot: "·",
    ellipsis: "…",
    plus_minus: "±",
    nothing: "–",
    arrow: "→",
    down: "▾",
    up: "▴",
    dash: "──",
    horizontal: "─",
    vertical: "│",
    corner: "└",
    tick: "┴",
    eighths: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    track: "·",
    border: border::PLAIN,
};

static ASCII: Glyphs = Glyphs {
    queued: ".",
    running: ">",
    paused: "=",
    quiet: "z",
    finished: "+",
    stopped: "#",
    failed: "x",
    diverged: "^",
    not_learning: "%",
    interrupted: "?",
    mark: "*",
    change: "o",
    alert: "!",
    dot: "-",
    ellipsis: "~",
    plus_minus: "+-",
    nothing: "-",
    arrow: "->",
    down: "v",
    up: "^",
    dash: "--",
    horizontal: "-",
    vertical: "|",
    corner: "+",
    tick: "+",
    eighths: &["-", "#"],
    levels: &["_", ".", "-", "=", "#"],
    track: ".",
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn marks_take_one_cell() {
        for glyphs in [&UNICODE, &ASCII] {
            let marks = [
                glyphs.queued,
                glyphs.running,
                glyphs.paused,
                glyphs.finished,
                glyphs.stopped,
                glyphs.failed,
                glyphs.diverged,
                glyphs.quiet,
                glyphs.not_learning,
                glyphs.interrupted,
                glyphs.mark,
                glyphs.change,
                glyphs.ellipsis,
                glyphs.track,
            ];
            assert!(marks.iter().all(|mark| mark.width() == 1), "{marks:?}");
        }
    }

    #[test]
    fn the_marks_of_states_differ() {
        for glyphs in [&UNICODE, &ASCII] {
            let mut marks = vec![
                glyphs.queued,
                glyphs.running,
                glyphs.paused,
                glyphs.finished,
                glyphs.stopped,
                glyphs.failed,
                glyphs.diverged,
                glyphs.quiet,
                glyphs.not_learning,
                glyphs.interrupted,
            ];
            marks.sort_unstable();
            marks.dedup();
            assert_eq!(marks.len(), 10);
        }
    }

    #[test]
    fn dots_find_their_place() {
        assert_eq!(GlyphSet::Braille.dotted(0b1), '⠁');
        assert_eq!(GlyphSet::Braille.dotted(0b1000_0000), '⢀');
        assert_eq!(GlyphSet::Braille.dotted(0xff), '⣿');
        assert_eq!(GlyphSet::Blocks.dotted(0b0110), '▞');
        assert!((0..8).all(|bits| GlyphSet::Ascii.dotted(bits).is_ascii()));
    }
}
