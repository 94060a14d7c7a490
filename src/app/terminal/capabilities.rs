//! What the terminal can show, found from the environment: colours, glyphs, and whether it is one at all.
//!
//! Pure over a look-up of variables, so that tests need no environment. `NO_COLOR`: no-color.org; `COLORFGBG` is set by
//! rxvt, Konsole and others.

use crate::ui::{Background, Depth, GlyphSet, Theme};

/// The theme of a terminal, by the variables that `variable` looks up.
pub fn theme(variable: impl Fn(&str) -> Option<String>) -> Theme {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let term = set("TERM").unwrap_or_default();
    let depth = if set("NO_COLOR").is_some() || term.contains("mono") || term.starts_with("vt") {
        Depth::None
    } else if set("COLORTERM").is_some_and(|depth| depth == "truecolor" || depth == "24bit") {
        Depth::True
    } else if term.contains("256") || term.contains("direct") || term.contains("kitty") || term.contains("alacritty") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    };
    // The first that is set decides, as in setlocale(3).
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    let glyphs = match locale.contains("utf-8") || locale.contains("utf8") {
        // The console of Linux has 512 glyphs, and braille is not among them.
        true if term == "linux" => GlyphSet::Blocks,
        true => GlyphSet::Braille,
        false => GlyphSet::Ascii,
    };
    let ground = match set("COLORFGBG").and_then(|pair| pair.rsplit(';').next()?.parse::<u8>().ok()) {
        Some(7 | 9..=15) => Background::Light,
        _ => Background::Dark,
    };
    Theme { depth, ground, glyphs }
}

/// Whether `variable` names a terminal that understands no escape codes.
pub fn is_dumb(variable: impl Fn(&str) -> Option<String>) -> bool {
    matches!(variable("TERM").as_deref(), None | Some("" | "dumb" | "unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pairs: &[(&str, &str)]) -> Theme {
        theme(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn colours_follow_the_terminal_unless_refused() {
        assert_eq!(found(&[("TERM", "xterm")]).depth, Depth::Sixteen);
        assert_eq!(found(&[("TERM", "tmux-256color")]).depth, Depth::Indexed);
        assert_eq!(found(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]).depth, Depth::True);
        let refused = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")];
        assert_eq!(found(&refused).depth, Depth::None);
        assert_eq!(found(&[("TERM", "xterm-256color"), ("NO_COLOR", "")]).depth, Depth::Indexed, "empty is not set");
    }

    #[test]
    fn glyphs_follow_the_locale() {
        assert_eq!(found(&[("LANG", "en_GB.UTF-8")]).glyphs, GlyphSet::Braille);
        assert_eq!(found(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]).glyphs, GlyphSet::Ascii);
        assert_eq!(found(&[("LC_CTYPE", "C.utf8"), ("TERM", "linux")]).glyphs, GlyphSet::Blocks);
        assert_eq!(found(&[]).glyphs, GlyphSet::Ascii);
    }

    #[test]
    fn the_ground_is_known_where_a_terminal_tells() {
        assert_eq!(found(&[("COLORFGBG", "0;15")]).ground, Background::Light);
        assert_eq!(found(&[("COLORFGBG", "15;default;0")]).ground, Background::Dark);
    }

    #[test]
    fn dumb_terminals_are_told_apart() {
        assert!(is_dumb(|_| None));
        assert!(is_dumb(|_| Some("dumb".into())));
        assert!(!is_dumb(|_| Some("xterm".into())));
    }
}
