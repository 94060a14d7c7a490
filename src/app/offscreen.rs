//! A source heard to the end of what it has to say now, and a frame drawn off the terminal.
//!
//! Does not depend on what either is for.

use crate::protocol::Update;
use crate::source::{Flow, Source};
use crate::ui::{Model, view};
use anyhow::{Result, anyhow, bail};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::ops::ControlFlow;
use std::time::Duration;

/// Updates taken at a time.
const PIECE: usize = 10_000;

/// Hears everything that a source has to say up to [`Update::CaughtUp`], piece by piece, or until `take` breaks it off.
pub(super) fn catch_up(source: &mut dyn Source, take: &mut dyn FnMut(&mut Vec<Update>) -> ControlFlow<()>) {
    let mut updates = Vec::new();
    let mut is_caught_up = false;
    loop {
        let flow = source.poll(&mut updates, PIECE);
        is_caught_up |= updates.contains(&Update::CaughtUp);
        if take(&mut updates).is_break() || flow == Flow::Ended || (flow == Flow::Idle && is_caught_up) {
            return;
        }
        updates.clear();
        if flow == Flow::Idle {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Folds what a source has to say at once into a model.
pub(super) fn hear(source: &mut dyn Source, model: &mut Model) {
    let mut updates = Vec::new();
    loop {
        let flow = source.poll(&mut updates, PIECE);
        for update in updates.drain(..) {
            model.apply(&update);
        }
        if flow != Flow::More {
            return;
        }
    }
}

/// One frame of `model`, off the terminal, whose layout the model keeps.
///
/// # Errors
/// When a side is 0.
pub fn draw(model: &mut Model, width: u16, height: u16) -> Result<ratatui::buffer::Buffer> {
    if width == 0 || height == 0 {
        bail!("a screen of {width}x{height} has no cells");
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).map_err(|error| anyhow!("{error}"))?;
    let mut layout = model.layout;
    terminal.draw(|frame| layout = view(model, frame)).map_err(|error| anyhow!("{error}"))?;
    model.layout = layout;
    Ok(terminal.backend().buffer().clone())
}
