//! Keys of the tab Logs: rows, order, opening, replay.

use crate::ui::action::Verb;
use crate::ui::effect::{Effect, ReplayWish};
use crate::ui::library::{self, LogRow};
use crate::ui::model::Model;
use std::sync::Arc;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let rows = library::rows(model);
    let last = rows.len().saturating_sub(1);
    let page = model.page.get().max(1);
    let here = model.logs.selected.min(last);
    let row = rows.get(here).copied();
    match verb {
        Verb::Up => model.logs.selected = here.saturating_sub(1),
        Verb::Down => model.logs.selected = (here + 1).min(last),
        Verb::PageUp => model.logs.selected = here.saturating_sub(page),
        Verb::PageDown => model.logs.selected = (here + page).min(last),
        Verb::First => model.logs.selected = 0,
        Verb::Last => model.logs.selected = last,
        Verb::Right => unfold(model, row, true),
        Verb::Left => unfold(model, row, false),
        Verb::Open => return Some(open(model, row)),
        Verb::Replay => return Some(replay(model, row)),
        Verb::Mark => mark(model, row),
        Verb::Refresh => return Some(vec![Effect::ReadLibrary]),
        Verb::Sort => {
            model.logs.order.column = (model.logs.order.column + 1) % library::ORDERS.len();
            model.say(format!("sorted by {}", library::ORDERS[model.logs.order.column].replace('_', " ")));
        }
        Verb::Reverse => model.logs.order.reversed = !model.logs.order.reversed,
        _ => return None,
    }
    Some(Vec::new())
}

fn unfold(model: &mut Model, row: Option<LogRow>, open: bool) {
    let Some(session) = row.and_then(|row| model.library.get(row.session())) else { return };
    let id = session.id.clone();
    if open {
        model.logs.open.insert(id);
        return;
    }
    model.logs.open.remove(&id);
    // The fold takes the selected row with it, so the session's own row is selected.
    let session = row.map(LogRow::session);
    if let Some(place) =
        library::rows(model).iter().position(|row| matches!(row, LogRow::Session(i) if Some(*i) == session))
    {
        model.logs.selected = place;
    }
}

fn path(model: &Model, row: LogRow) -> Option<String> {
    let session = model.library.get(row.session())?;
    match row {
        LogRow::Session(_) => Some(session.path.clone()),
        LogRow::Run(_, run) => session.runs.get(run).map(|run| run.path.clone()),
    }
}

fn open(model: &mut Model, row: Option<LogRow>) -> Vec<Effect> {
    let Some(path) = row.and_then(|row| path(model, row)) else { return Vec::new() };
    if model.is_live() && model.settings.in_process {
        model.say("runs are live here; leave them running with q, l and review logs with: perceptop review");
        return Vec::new();
    }
    if let Some(LogRow::Run(session, run)) = row
        && let Some(run) = model.library.get(session).and_then(|session| session.runs.get(run))
    {
        model.selected = Some(run.run.as_str().into());
    }
    let tab = super::navigate::show(model, crate::ui::model::Tab::Runs);
    std::iter::once(Effect::Open { path }).chain(tab).collect()
}

fn replay(model: &mut Model, row: Option<LogRow>) -> Vec<Effect> {
    let Some(path) = row.and_then(|row| path(model, row)) else { return Vec::new() };
    if model.is_live() && model.settings.in_process {
        model.say("runs are live here; replay logs with: perceptop review");
        return Vec::new();
    }
    if let Some(LogRow::Run(session, run)) = row
        && let Some(run) = model.library.get(session).and_then(|session| session.runs.get(run))
    {
        model.selected = Some(run.run.as_str().into());
    }
    model.tab = crate::ui::model::Tab::Runs;
    vec![Effect::Replay(ReplayWish::Start { path })]
}

fn mark(model: &mut Model, row: Option<LogRow>) {
    let Some(LogRow::Run(session, run)) = row else { return };
    let Some(run) = model.library.get(session).and_then(|session| session.runs.get(run)) else { return };
    let id: Arc<str> = run.run.as_str().into();
    if !model.marks.remove(&id) {
        model.marks.insert(id);
    }
}
