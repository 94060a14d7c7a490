//! One frame off the terminal: a source read to its end, keys pressed, the screen drawn; and how a monitor opens.
//!
//! Must not know where the frame goes.

use super::desk::{draw, read_all, view_file};
use super::monitor::Monitor;
use crate::source::Source;
use crate::ui::{Action, Code, Key, Model, Settings, Tab, Verb, ViewFacts, update};
use anyhow::{Result, anyhow};
use ratatui::buffer::Buffer;
use std::fs;
use std::path::{Path, PathBuf};

/// The frame that the monitor would show of `source`, of `size` (columns, rows), with `tab` open and after `keys`,
/// named as the help names them and separated by blanks, were pressed. What keys would have others do is not done.
///
/// # Errors
/// When a key has no such name, or a side of the frame is 0.
pub fn picture_of(
    source: &mut dyn Source,
    settings: &Settings,
    tab: Tab,
    keys: &str,
    size: (u16, u16),
) -> Result<Buffer> {
    let about = source.describe();
    let mut model =
        Model::new(Settings { source: about.name, takes_commands: false, in_process: false, ..settings.clone() });
    let keys: Vec<Key> = keys.split_whitespace().map(named).collect::<Result<_>>()?;
    for update in read_all(source) {
        model.apply(&update);
    }
    let outlined: Vec<_> = model.session.runs().iter().filter(|run| run.is_outline).map(|run| run.id.clone()).collect();
    for run in outlined.iter().take(MOST_OPENED) {
        source.open(run);
        for update in read_all(source) {
            model.apply(&update);
        }
    }
    model.tab = tab;
    // The first frame tells the model how many rows there are for keys to move by.
    draw(&model, size.0, size.1)?;
    for key in keys {
        let _ = update(&mut model, Action::Press(key));
    }
    draw(&model, size.0, size.1)
}

/// Runs of a large session that are read whole for one frame.
const MOST_OPENED: usize = 32;

/// A key by the name that the help gives it: `j`, `enter`, `ctrl-c`.
fn named(name: &str) -> Result<Key> {
    let (ctrl, plain) = match name.strip_prefix("ctrl-") {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    let mut letters = plain.chars();
    let code = match (letters.next(), letters.next(), plain) {
        (Some(letter), None, _) => Code::Char(letter),
        (_, _, "space") => Code::Char(' '),
        (_, _, "enter") => Code::Enter,
        (_, _, "esc") => Code::Esc,
        (_, _, "tab") => Code::Tab,
        (_, _, "shift-tab") => Code::BackTab,
        (_, _, "backspace") => Code::Backspace,
        (_, _, "delete") => Code::Delete,
        (_, _, "up") => Code::Up,
        (_, _, "down") => Code::Down,
        (_, _, "left") => Code::Left,
        (_, _, "right") => Code::Right,
        (_, _, "page-up") => Code::PageUp,
        (_, _, "page-down") => Code::PageDown,
        (_, _, "home") => Code::Home,
        (_, _, "end") => Code::End,
        _ => return Err(anyhow!("the key {name:?}: allowed are names as in the help, such as j, enter, page-down")),
    };
    Ok(Key { code, ctrl })
}

/// Opens a monitor where its user left the same session the last time, if that was remembered in `views`.
pub fn recall(monitor: &mut Monitor, views: Option<PathBuf>, path: &str) {
    let facts = || {
        let session = Path::new(path).canonicalize().ok()?.file_name()?.to_str()?.to_owned();
        let text = fs::read_to_string(view_file(&views?, &session)?).ok()?;
        serde_json::from_str::<ViewFacts>(&text).ok()
    };
    // A view that was not remembered, or cannot be read, is nothing to stumble over.
    if let Some(facts) = facts() {
        monitor.model.recall(&facts);
    }
}

/// Opens a monitor on the tab of all sessions.
pub fn show_library(monitor: &mut Monitor) {
    monitor.begin(Action::Do(Verb::ShowLogs));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::keymap::KEYMAP;

    #[test]
    fn every_key_of_the_keymap_has_a_name_that_is_understood() {
        for key in KEYMAP.iter().flat_map(|binding| binding.keys) {
            assert_eq!(named(&key.to_string()).unwrap(), *key);
        }
        assert!(named("entre").is_err());
    }
}
