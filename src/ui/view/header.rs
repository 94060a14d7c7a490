//! The two lines at the top: what session this is and how far, and the tabs.

use crate::fmt::number;
use crate::fmt::width;
use crate::protocol::{Status, TrainerState};
use crate::ui::model::{Model, Tab};
use crate::ui::widgets::TextArea;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A part of the line at the right, and the less it is needed, the earlier it is left out.
struct Part {
    text: String,
    style: Style,
}

/// What session this is, on what data, and how far it is.
pub(super) fn header(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let dot = theme.glyphs().dot;
    let mut parts = right(model);
    let mut pen = TextArea::new(buffer, area, theme);
    let name = session_name(model);
    let data = data(model);
    let needed = width::width(&name).min(28) + 14;
    let taken = |parts: &[Part]| parts.iter().map(|part| width::width(&part.text) + 2).sum::<usize>();
    while !parts.is_empty() && taken(&parts) + needed > usize::from(area.width) {
        parts.pop();
    }
    let end = area.width.saturating_sub(taken(&parts) as u16);
    let mut x = pen.put(1, 0, 9, "perceptop", theme.accent()) + 3;
    x += pen.put(x, 0, end.saturating_sub(x), &name, theme.strong());
    if !data.is_empty() && usize::from(end) > usize::from(x) + 3 + width::width(&data) {
        pen.put(x, 0, 99, &format!(" {dot} {data}"), theme.muted());
    }
    let mut x = end;
    for part in &parts {
        x += pen.put(x, 0, area.width, &part.text, part.style) + 2;
    }
}

fn session_name(model: &Model) -> String {
    let of_header = model.session.header.as_ref().map(|header| header.suite.as_str());
    let name = of_header.filter(|name| !name.is_empty()).unwrap_or(&model.session.id);
    width::clean(if name.is_empty() { &model.settings.source } else { name })
}

fn data(model: &Model) -> String {
    match &model.session.header {
        Some(header) if header.dataset.train > 0 => {
            let (train, test) = (number::images(header.dataset.train), number::images(header.dataset.test));
            format!("{} {train}/{test}", width::clean(&header.dataset.name))
        }
        _ => width::clean(model.session.dataset()),
    }
}

fn right(model: &Model) -> Vec<Part> {
    let theme = model.settings.theme;
    let mut parts = Vec::new();
    if let Some(replay) = model.replay {
        let state = if replay.playing { theme.glyphs().running } else { theme.glyphs().paused };
        let times = number::short(replay.speed);
        let text = format!(
            "{state} replay {times}x {} of {}",
            number::clock_seconds(replay.position),
            number::clock_seconds(replay.length)
        );
        parts.push(Part { text, style: theme.warn() });
    }
    let counts = counts(model);
    if !counts.is_empty() {
        parts.push(Part { text: counts, style: theme.text() });
    }
    let live = model.is_live();
    if live {
        parts.push(Part { text: number::clock(model.clock), style: theme.text() });
        if let Some(eta) = model.session.eta() {
            // Stepped to 5 seconds: an estimate that flickers is no better and costs bytes.
            let stepped: f64 = if eta < 120.0 { (eta / 5.0).ceil().max(1.0) * 5.0 } else { (eta / 30.0).ceil() * 30.0 };
            parts.push(Part { text: format!("eta {}", number::clock_seconds(stepped)), style: theme.muted() });
        }
        if let Some(header) = &model.session.header {
            let workers = if header.jobs == 1 { "1 worker".to_owned() } else { format!("{} workers", header.jobs) };
            parts.push(Part { text: workers, style: theme.muted() });
        }
    } else if model.replay.is_none() {
        match model.waits_for() {
            Some(what) => parts.push(Part { text: format!("waits for {what}"), style: theme.muted() }),
            None if model.settings.takes_commands => {}
            None => {
                let (words, style) = match model.session.trainer {
                    Some(TrainerState::Live) => ("read-only", theme.muted()),
                    Some(TrainerState::Ended) => ("session ended", theme.warn()),
                    Some(TrainerState::Died) => ("process gone", theme.bad()),
                    None => ("review", theme.muted()),
                };
                parts.push(Part { text: words.to_owned(), style });
            }
        }
    }
    parts
}

fn counts(model: &Model) -> String {
    let dot = format!(" {} ", model.settings.theme.glyphs().dot);
    let count = |status| model.session.count(status);
    // While logs are read, their runs stand otherwise than they will a moment later.
    if !model.session.caught_up && model.replay.is_none() {
        return if model.session.runs().is_empty() { String::new() } else { "reading".to_owned() };
    }
    let word = |status: Status| if status == Status::Finished { "done" } else { status.name() };
    // Those that wait stand behind those that are worked on.
    let live = [Status::Running, Status::Paused, Status::Quiet, Status::Queued];
    let all = live.into_iter().chain(Status::ALL.into_iter().filter(|status| status.is_over()));
    let said: Vec<_> = all
        .map(|status| (count(status), word(status)))
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}"))
        .collect();
    said.join(&dot)
}

/// The line of tabs.
pub(super) fn tabs(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let mut pen = TextArea::new(buffer, area, theme);
    let mut x = 0;
    for (i, tab) in Tab::ALL.into_iter().enumerate() {
        let open = tab == model.tab;
        let words = format!(" {} {} ", i + 1, tab.title());
        // On narrow screens the tabs that are not open show their number only.
        let words = if area.width < 68 && !open { format!(" {} ", i + 1) } else { words };
        let style = if open { theme.open_tab() } else { theme.muted() };
        x += pen.put(x, 0, area.width, &words, style);
    }
    if !model.filter.is_empty() {
        let room = area.width.saturating_sub(x + 10);
        let words = format!("filter: {}", width::clean(&model.filter));
        pen.put(x + 1, 0, room, &words, theme.warn());
    }
    pen.put_right(0, 0, area.width.saturating_sub(1), "? help", theme.muted());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::model::Settings;

    #[test]
    fn it_says_what_a_session_waits_for_that_has_not_begun() {
        let said = |model: &Model| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 80, 1));
            header(model, buffer.area, &mut buffer);
            buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        let mut model = Model::new(Settings { asks_for_data: true, ..Settings::default() });
        assert!(said(&model).contains("waits for the choice of data"), "{}", said(&model));
        model.set_download(Ok(Some((10, None))));
        assert!(said(&model).contains("waits for MNIST"), "{}", said(&model));
        model.set_download(Ok(None));
        assert!(said(&model).contains("review"), "{}", said(&model));
    }

    #[test]
    fn it_says_how_the_session_and_its_process_stand() {
        use crate::protocol::{Event, Record, Step, Update};
        let said = |model: &Model| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 100, 1));
            header(model, buffer.area, &mut buffer);
            buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        let trainer = |state, seconds| Update::Trainer { state, seconds };
        let mut model = Model::new(Settings { takes_commands: true, ..Settings::default() });
        model.apply(&trainer(TrainerState::Live, Some(26.4)));
        let event = Event::Step(Step { step: 1, epoch: 0.1, train_loss: 2.3 });
        let record = std::sync::Arc::new(Record { v: 1, seq: 0, t: 0.1, event });
        model.apply(&Update::Record { run: "relu-s0".into(), record });
        assert!(said(&model).contains("reading") && !said(&model).contains("running"), "{}", said(&model));
        model.apply(&Update::CaughtUp);
        assert!(said(&model).contains("1 running") && said(&model).contains("00:26"), "{}", said(&model));
        assert!(model.is_live());
        model.overlay = Some(crate::ui::model::Overlay::Question);
        model.apply(&trainer(TrainerState::Ended, None));
        assert!(said(&model).contains("session ended"), "{}", said(&model));
        assert!(!model.is_live() && model.overlay.is_none(), "nothing is left to ask");
        model.apply(&trainer(TrainerState::Live, Some(1.0)));
        assert!(model.is_live() && said(&model).contains("00:01"), "{}", said(&model));
        model.apply(&trainer(TrainerState::Died, None));
        assert!(said(&model).contains("process gone"), "{}", said(&model));
    }
}
