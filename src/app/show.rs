//! One frame off the terminal: a source read to its end, keys pressed, the screen drawn; and how a monitor opens.
//!
//! Must not know where the frame goes.

use super::monitor::{Monitor, settings_of};
use super::still::{catch_up, draw, hear};
use crate::protocol::SessionSummary;
use crate::source::Source;
use crate::ui::{Action, Code, Key, Model, Settings, Tab, Verb, update};
use anyhow::{Result, anyhow};
use ratatui::buffer::Buffer;
use std::ops::ControlFlow;

/// What a frame is of.
pub struct Scene<'a> {
    /// A source; nothing for the list of sessions alone.
    pub source: Option<&'a mut dyn Source>,
    /// The sessions on disk.
    pub library: Vec<SessionSummary>,
    /// The open tab.
    pub tab: Tab,
    /// Keys to press, named as the help names them and separated by blanks. What keys would have others do is not done.
    pub keys: &'a str,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// The frame that the monitor would show.
///
/// # Errors
/// When a key has no such name, or a side of the frame is 0.
pub fn picture_of(scene: Scene<'_>, settings: &Settings) -> Result<Buffer> {
    let keys: Vec<Key> = scene.keys.split_whitespace().map(named).collect::<Result<_>>()?;
    let (width, height) = scene.size;
    let mut model = Model::new(settings.clone());
    model.set_library(scene.library);
    let mut source = scene.source;
    if let Some(source) = &mut source {
        model.restart(Settings { takes_commands: false, ..settings_of(&source.describe(), settings) });
        catch_up(*source, &mut |updates| {
            for update in &*updates {
                model.apply(update);
            }
            ControlFlow::Continue(())
        });
    }
    model.tab = scene.tab;
    // The first frame tells the model how many rows there are for keys to move by.
    draw(&model, width, height)?;
    for key in keys {
        let _ = update(&mut model, Action::Press(key));
    }
    if let Some(source) = source {
        let outlined: Vec<_> = model.run().into_iter().chain(model.shown()).filter(|run| run.is_outline).collect();
        let outlined: Vec<_> = outlined.into_iter().map(|run| run.id.clone()).collect();
        for run in &outlined {
            source.open(run);
        }
        hear(source, &mut model);
    }
    draw(&model, width, height)
}

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

/// Opens a monitor where its user left the same session the last time, if that was remembered.
pub fn recall(monitor: &mut Monitor) {
    monitor.desk.recall(&mut monitor.model);
    if monitor.model.tab == Tab::Logs {
        monitor.begin(Action::Do(Verb::ShowLogs));
    }
}

/// Opens a monitor on the tab of all sessions.
pub fn show_library(monitor: &mut Monitor) {
    monitor.desk.recall(&mut monitor.model);
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
