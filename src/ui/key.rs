//! A key as the keymap names it, free of any terminal library.
//!
//! `app` translates what its terminal library reports.

use std::fmt;

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

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        let name = match self.code {
            Code::Char(' ') => "space",
            Code::Char(letter) => return write!(f, "{letter}"),
            Code::Enter => "enter",
            Code::Esc => "esc",
            Code::Tab => "tab",
            Code::BackTab => "shift-tab",
            Code::Backspace => "backspace",
            Code::Delete => "delete",
            Code::Up => "up",
            Code::Down => "down",
            Code::Left => "left",
            Code::Right => "right",
            Code::PageUp => "page-up",
            Code::PageDown => "page-down",
            Code::Home => "home",
            Code::End => "end",
        };
        f.write_str(name)
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
}
