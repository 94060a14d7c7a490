//! A key as the keymap names it, free of any terminal library.
//!
//! `app` translates what its terminal library reports.

use std::fmt;
use std::str::FromStr;

/// What was pressed, modifiers aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A character, shifted as it was typed.
    Char(char),
    /// Enter or Return.
    Enter,
    /// Escape.
    Esc,
    /// The tabulator.
    Tab,
    /// The tabulator with shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the start.
    Home,
    /// To the end.
    End,
}

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What was pressed.
    pub code: Code,
    /// With control held.
    pub ctrl: bool,
}

impl Key {
    /// A key without control.
    #[must_use]
    pub const fn plain(code: Code) -> Self {
        Self { code, ctrl: false }
    }

    /// A character without control.
    #[must_use]
    pub const fn char(letter: char) -> Self {
        Self::plain(Code::Char(letter))
    }

    /// A character with control.
    #[must_use]
    pub const fn ctrl(letter: char) -> Self {
        Self { code: Code::Char(letter), ctrl: true }
    }
}

/// The keys that have a name of more than a letter; a blank is one of them.
const NAMES: [(&str, Code); 15] = [
    ("space", Code::Char(' ')),
    ("enter", Code::Enter),
    ("esc", Code::Esc),
    ("tab", Code::Tab),
    ("shift-tab", Code::BackTab),
    ("backspace", Code::Backspace),
    ("delete", Code::Delete),
    ("up", Code::Up),
    ("down", Code::Down),
    ("left", Code::Left),
    ("right", Code::Right),
    ("page-up", Code::PageUp),
    ("page-down", Code::PageDown),
    ("home", Code::Home),
    ("end", Code::End),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, Code::Char(letter)) => write!(f, "{letter}"),
            // Every other code has a name, which a test holds.
            (None, code) => write!(f, "{code:?}"),
        }
    }
}

/// Why a text names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such key; allowed are single letters, space, enter, esc, tab, shift-tab, backspace, delete, up, down, left, \
     right, page-up, page-down, home and end, with ctrl- before them where it is held"
)]
pub struct UnknownKey;

impl FromStr for Key {
    type Err = UnknownKey;

    /// A key by the name that the help gives it: `j`, `enter`, `ctrl-c`.
    fn from_str(name: &str) -> Result<Self, UnknownKey> {
        let (ctrl, plain) = match name.strip_prefix("ctrl-") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let mut letters = plain.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_whitespace() && !letter.is_control() => Code::Char(letter),
            _ => NAMES.iter().find(|(name, _)| *name == plain).map(|(_, code)| *code).ok_or(UnknownKey)?,
        };
        Ok(Self { code, ctrl })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names() {
        let keys = [Key::char('a'), Key::char(' '), Key::ctrl('c'), Key::plain(Code::BackTab)];
        assert_eq!(keys.map(|key| key.to_string()), ["a", "space", "ctrl-c", "shift-tab"]);
    }

    #[test]
    fn a_name_leads_back_to_its_key() {
        for (_, code) in NAMES {
            for key in [Key::plain(code), Key { code, ctrl: true }] {
                assert_eq!(key.to_string().parse(), Ok(key));
            }
        }
        for letter in ['a', 'Q', '+', '-', 'é'] {
            assert_eq!(letter.to_string().parse(), Ok(Key::char(letter)));
            assert_eq!(format!("ctrl-{letter}").parse(), Ok(Key::ctrl(letter)));
        }
        for wrong in ["", " ", "entre", "ctrl-", "ctrl", "aa", "\u{1b}", "Enter"] {
            assert_eq!(wrong.parse::<Key>(), Err(UnknownKey), "{wrong:?}");
        }
    }
}
