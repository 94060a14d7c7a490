//! Keys of the tab Logs: rows, order, opening, replay.

use crate::protocol::Status;
use crate::ui::action::Verb;
use crate::ui::effect::{Effect, ReplayWish};
use crate::ui::library::{self, LogRow};
use crate::ui::model::{Model, SortOrder};
use crate::ui::sort::order_text;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let rows = library::rows(model);
    let last = rows.len().saturating_sub(1);
    let page = model.layout.page.max(1);
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
        Verb::Unmark => model.logs.marks.clear(),
        Verb::Together => return Some(together(model)),
        Verb::Refresh => return Some(vec![Effect::ReadLibrary]),
        Verb::Sort => {
            let column = (model.logs.order.column + 1) % library::ORDERS.len();
            sort(model, SortOrder { column, reversed: false });
        }
        Verb::Reverse => sort(model, SortOrder { reversed: !model.logs.order.reversed, ..model.logs.order }),
        _ => return None,
    }
    Some(Vec::new())
}

/// Puts the rows into an order and goes to the first of them.
fn sort(model: &mut Model, order: SortOrder) {
    model.logs.order = order;
    model.logs.selected = 0;
    model.say(order_text(library::sorted_by(order), order.reversed));
}

fn unfold(model: &mut Model, row: Option<LogRow>, open: bool) {
    let Some(session) = row.and_then(|row| model.library.get(row.session())) else { return };
    let id = session.path.clone();
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

/// Whether a row is a run without log, and says so at the foot.
fn waits(model: &mut Model, row: Option<LogRow>) -> bool {
    let Some(LogRow::Run(session, run)) = row else { return false };
    let Some(run) = model.library.get(session).and_then(|session| session.runs.get(run)) else { return false };
    let waits = run.status == Status::Queued && run.bytes == 0;
    if waits {
        let words = format!("{} is queued: it has no log yet", crate::fmt::width::clean(&run.run));
        model.say(words);
    }
    waits
}

fn open(model: &mut Model, row: Option<LogRow>) -> Vec<Effect> {
    let Some(path) = row.and_then(|row| library::path(model, row)).map(str::to_owned) else { return Vec::new() };
    if waits(model, row) {
        return Vec::new();
    }
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
    let Some(path) = row.and_then(|row| library::path(model, row)).map(str::to_owned) else { return Vec::new() };
    if waits(model, row) {
        return Vec::new();
    }
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

/// Marks a run, or all runs of a session.
fn mark(model: &mut Model, row: Option<LogRow>) {
    let Some(row) = row else { return };
    let Some(session) = model.library.get(row.session()) else { return };
    let paths: Vec<String> = match row {
        LogRow::Session(_) => session.runs.iter().filter(|run| run.bytes > 0).map(|run| run.path.clone()).collect(),
        LogRow::Run(_, run) => session.runs.get(run).map(|run| run.path.clone()).into_iter().collect(),
    };
    let marks = &mut model.logs.marks;
    if paths.iter().all(|path| marks.contains(path)) {
        marks.retain(|path| !paths.contains(path));
    } else {
        marks.extend(paths);
    }
}

/// Opens the marked runs, of whichever sessions, over each other.
fn together(model: &mut Model) -> Vec<Effect> {
    let runs = model.library.iter().flat_map(|session| &session.runs);
    let paths: Vec<String> =
        runs.filter(|run| model.logs.marks.contains(&run.path)).map(|run| run.path.clone()).collect();
    if paths.is_empty() {
        model.say("no run is marked: m marks one, or all of a session");
        return Vec::new();
    }
    if model.is_live() && model.settings.in_process {
        model.say("runs are live here; leave them running with q, l and review logs with: perceptop review");
        return Vec::new();
    }
    model.tab = crate::ui::model::Tab::Charts;
    model.set_filter("");
    vec![Effect::OpenTogether { paths }]
}
