//! One frame off the terminal: a source read to its end, keys pressed, the screen drawn; and how a monitor opens.
//!
//! Does not depend on where the frame goes.

use super::event_loop::{EventLoop, settings_of};
use super::offscreen::{catch_up, draw, hear};
use crate::protocol::{Event, SessionSummary, Update};
use crate::source::Source;
use crate::ui::{Action, Key, Model, Settings, Tab, Verb, metrics, update};
use anyhow::{Error, Result, anyhow, bail};
use ratatui::buffer::Buffer;
use std::ops::ControlFlow;

/// Reasons that are given for an empty frame.
const MAX_REASONS: usize = 3;

/// What a frame is of.
pub struct FrameRequest<'a> {
    /// A source; nothing for the list of sessions alone.
    pub source: Option<&'a mut dyn Source>,
    /// The sessions on disk.
    pub library: Vec<SessionSummary>,
    /// The open tab.
    pub tab: Tab,
    /// The run to select, by its id or name.
    pub run: Option<&'a str>,
    /// The metric that Charts shows.
    pub metric: Option<&'a str>,
    /// Keys to press, named as the help names them and separated by blanks. What keys would have others do is not done.
    pub keys: &'a str,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// The frame that the monitor would show.
///
/// # Errors
/// When a key, a run or a metric has no such name, when the source holds nothing or cannot be reached, or a side of the
/// frame is 0.
pub fn render_once(request: FrameRequest<'_>, settings: &Settings) -> Result<Buffer> {
    let keys: Vec<Key> = request.keys.split_whitespace().map(named).collect::<Result<_, _>>().map_err(Error::msg)?;
    let (width, height) = request.size;
    let mut model = Model::new(settings.clone());
    model.set_library(request.library);
    let mut source = request.source;
    if let Some(source) = &mut source {
        model.restart(Settings { takes_commands: false, ..settings_of(&source.describe(), settings) });
        hear_all(*source, &mut model)?;
        select(&mut model, request.run, request.metric)?;
    }
    model.tab = request.tab;
    // The first frame tells the model how many rows there are for keys to move by.
    draw(&mut model, width, height)?;
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
    draw(&mut model, width, height)
}

/// Folds everything that a source has to say into a model.
fn hear_all(source: &mut dyn Source, model: &mut Model) -> Result<()> {
    let (mut is_reached, mut has_content) = (false, false);
    let mut refusal = None;
    catch_up(source, &mut |updates| {
        for update in &*updates {
            match update {
                Update::Session { .. } => is_reached = true,
                // A source that knows its session says that first: this one is not reached.
                Update::Planned { .. } => has_content = true,
                Update::Record { record, .. } => {
                    let is_empty = matches!(&record.event, Event::Metrics(row) if row.values.iter().len() == 0);
                    has_content |= !is_empty;
                }
                Update::Fault { message, .. } if !is_reached => refusal = Some(message.clone()),
                _ => {}
            }
            model.apply(update);
        }
        if refusal.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Some(refusal) = refusal {
        bail!("{refusal}");
    }
    let session = &model.session;
    if session.header.is_none() && !has_content {
        let faults = session.faults.iter().map(|fault| &fault.message).chain(session.remarks.values());
        let why: Vec<&str> = faults.map(String::as_str).take(MAX_REASONS).collect();
        bail!(
            "{}: nothing that can be shown was written to it yet{}{}",
            model.settings.source,
            if why.is_empty() { "" } else { ": " },
            why.join("; ")
        );
    }
    Ok(())
}

/// Selects a run and a metric by name.
fn select(model: &mut Model, run: Option<&str>, metric: Option<&str>) -> Result<()> {
    let runs = model.session.runs();
    if let Some(name) = run {
        let found = runs.iter().find(|run| *run.id == *name).or_else(|| runs.iter().find(|run| run.name == name));
        let ids = || runs.iter().map(|run| run.id.to_string()).collect::<Vec<_>>().join(", ");
        let found = found.ok_or_else(|| anyhow!("--run {name}: no such run; there are: {}", ids()))?;
        model.selected = Some(std::sync::Arc::clone(&found.id));
    }
    if let Some(name) = metric {
        let names = metrics::of(&model.shown());
        if !names.iter().any(|it| it == name) {
            bail!("--metric {name}: no such metric; there are: {}", names.join(", "));
        }
        name.clone_into(&mut model.charts.metric);
    }
    Ok(())
}

/// Makes sure that every key has a name that is understood.
///
/// # Errors
/// What is wrong with the first that has none, and what is allowed.
pub fn check_keys(keys: &str) -> Result<(), String> {
    keys.split_whitespace().try_for_each(|key| named(key).map(|_| ()))
}

fn named(name: &str) -> Result<Key, String> {
    name.parse().map_err(|error| format!("--keys {name:?}: {error}"))
}

/// Opens a monitor where its user left the same session the last time, if that was remembered.
pub fn restore_views(monitor: &mut EventLoop) {
    monitor.effects.restore_views(&mut monitor.model);
    if monitor.model.tab == Tab::Logs {
        monitor.begin(Action::Do(Verb::ShowLogs));
    }
}

/// Opens a monitor on the tab of all sessions.
pub fn show_catalog(monitor: &mut EventLoop) {
    monitor.effects.restore_views(&mut monitor.model);
    monitor.begin(Action::Do(Verb::ShowLogs));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::keymap::KEYMAP;

    #[test]
    fn every_key_of_the_keymap_has_a_name_that_is_understood() {
        for key in KEYMAP.iter().flat_map(|binding| binding.keys.iter()) {
            assert_eq!(named(&key.to_string()).unwrap(), *key);
        }
        assert!(named("entre").is_err());
    }
}
