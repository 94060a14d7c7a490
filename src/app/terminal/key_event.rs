//! From the terminal library's events to the screen's actions.
//!
//! Does not depend on what any key means.

use crate::ui::{Action, Code, Key};
use termina::Event;
use termina::event::{KeyCode, KeyEvent, KeyEventKind, Modifiers, MouseButton, MouseEventKind};

/// The most characters that one paste brings; the rest is dropped, as nothing on the screen takes more.
const MAX_PASTED: usize = 4096;

/// What an event means to the screen; nothing for releases, focus, answers of the terminal and keys that no keymap
/// could name.
pub(crate) fn action(event: &Event) -> Option<Action> {
    match event {
        Event::Key(pressed) => key(*pressed).map(Action::Press),
        Event::Paste(text) => Some(Action::Paste(text.chars().take(MAX_PASTED).collect())),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Action::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollDown => Some(Action::Wheel(1)),
            MouseEventKind::ScrollUp => Some(Action::Wheel(-1)),
            _ => None,
        },
        _ => None,
    }
}

fn key(pressed: KeyEvent) -> Option<Key> {
    if pressed.kind == KeyEventKind::Release || pressed.modifiers.intersects(Modifiers::ALT | Modifiers::SUPER) {
        return None;
    }
    let ctrl = pressed.modifiers.contains(Modifiers::CONTROL);
    let code = match pressed.code {
        KeyCode::Char(letter) if ctrl => Code::Char(letter.to_ascii_lowercase()),
        KeyCode::Char(letter) => Code::Char(letter),
        KeyCode::Enter => Code::Enter,
        KeyCode::Escape => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        _ => return None,
    };
    Some(Key { code, ctrl })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: Modifiers) -> Option<Action> {
        action(&Event::Key(KeyEvent::new(code, modifiers)))
    }

    #[test]
    fn keys_keep_their_letter_and_control() {
        assert_eq!(pressed(KeyCode::Char('A'), Modifiers::SHIFT), Some(Action::Press(Key::char('A'))));
        assert_eq!(pressed(KeyCode::Char('C'), Modifiers::CONTROL), Some(Action::Press(Key::ctrl('c'))));
        assert_eq!(pressed(KeyCode::Function(5), Modifiers::NONE), None);
        assert_eq!(pressed(KeyCode::Char('a'), Modifiers::ALT), None);
    }

    #[test]
    fn releases_say_nothing() {
        let release = KeyEvent { kind: KeyEventKind::Release, ..KeyCode::Enter.into() };
        assert_eq!(action(&Event::Key(release)), None);
    }

    #[test]
    fn a_paste_is_bounded() {
        let Some(Action::Paste(text)) = action(&Event::Paste("x".repeat(1 << 20))) else { panic!("no paste") };
        assert_eq!(text.len(), MAX_PASTED);
    }
}
