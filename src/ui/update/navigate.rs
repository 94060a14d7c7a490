//! Tabs, selection, marks and ways back.

use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::model::{Model, SortOrder, Tab};
use crate::ui::sort::{RUN_ORDERS, order_text, run_order};
use std::sync::Arc;

/// Moves about; `None` for keys of other families.
pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let page = model.layout.page.max(1) as isize;
    match verb {
        Verb::NextTab => return Some(show(model, turned(model.tab, 1))),
        Verb::PreviousTab => return Some(show(model, turned(model.tab, Tab::ALL.len() - 1))),
        Verb::ShowRuns => return Some(show(model, Tab::Runs)),
        Verb::ShowCharts => return Some(show(model, Tab::Charts)),
        Verb::ShowConfusion => return Some(show(model, Tab::Confusion)),
        Verb::ShowNeurons => return Some(show(model, Tab::Neurons)),
        Verb::ShowCompare => return Some(show(model, Tab::Compare)),
        Verb::ShowLogs => return Some(show(model, Tab::Logs)),
        Verb::NextRun => select(model, 1),
        Verb::PreviousRun => select(model, -1),
        Verb::Mark => mark(model),
        Verb::Unmark => model.marks.clear(),
        _ => return on_tab(model, verb, page),
    }
    Some(Vec::new())
}

fn on_tab(model: &mut Model, verb: Verb, page: isize) -> Option<Vec<Effect>> {
    match (model.tab, verb) {
        (Tab::Runs, Verb::Up) => select(model, -1),
        (Tab::Runs, Verb::Down) => select(model, 1),
        (Tab::Runs, Verb::PageUp) => select(model, -page),
        (Tab::Runs, Verb::PageDown) => select(model, page),
        (Tab::Runs, Verb::First) => select(model, isize::MIN),
        (Tab::Runs, Verb::Last) => select(model, isize::MAX),
        (Tab::Runs, Verb::Open) => return Some(show(model, Tab::Charts)),
        (Tab::Runs, Verb::Sort) => {
            let column = (model.order.column + 1) % RUN_ORDERS.len();
            sort(model, SortOrder { column, reversed: false });
        }
        (Tab::Runs, Verb::Reverse) => sort(model, SortOrder { reversed: !model.order.reversed, ..model.order }),
        (Tab::Neurons, Verb::Up) => model.layer = model.layer.saturating_sub(1),
        (Tab::Neurons, Verb::Down) => model.layer = (model.layer + 1).min(layers(model).saturating_sub(1)),
        (Tab::Neurons, Verb::First) => model.layer = 0,
        (Tab::Neurons, Verb::Last) => model.layer = layers(model).saturating_sub(1),
        (Tab::Neurons, Verb::NextAxis) => super::charts::turn_axis(model),
        _ => return None,
    }
    Some(Vec::new())
}

/// Puts the runs into an order and goes to the first of them.
fn sort(model: &mut Model, order: SortOrder) {
    model.order = order;
    select(model, isize::MIN);
    model.say(order_text(run_order(order).0, order.reversed));
}

fn layers(model: &Model) -> usize {
    model.run().and_then(|run| run.inactive.as_ref()).map_or(0, |inactive| inactive.inactive_per_layer.len())
}

fn turned(tab: Tab, by: usize) -> Tab {
    let here = Tab::ALL.iter().position(|&other| other == tab).unwrap_or(0);
    Tab::ALL[(here + by) % Tab::ALL.len()]
}

/// Opens a tab; the library is read when it is first looked at.
pub(super) fn show(model: &mut Model, tab: Tab) -> Vec<Effect> {
    model.tab = tab;
    if tab == Tab::Logs && !model.logs.read { vec![Effect::ReadLibrary] } else { Vec::new() }
}

/// Selects the listed run so many places further on, to the ends at most.
fn select(model: &mut Model, by: isize) {
    let listed = model.listed();
    if listed.is_empty() {
        return;
    }
    let runs = model.session.runs();
    let here = model.selected.as_ref().and_then(|id| listed.iter().position(|&i| runs[i].id == *id));
    let next = match here {
        Some(here) => here.saturating_add_signed(by).min(listed.len() - 1),
        None => 0,
    };
    model.selected = Some(Arc::clone(&runs[listed[next]].id));
}

fn mark(model: &mut Model) {
    let Some(id) = model.run().map(|run| Arc::clone(&run.id)) else { return };
    if !model.marks.remove(&id) {
        model.marks.insert(id);
    }
}

/// Clears one thing: the filter, else the marks.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    if model.filter.is_empty() {
        if model.new_faults() > 0 {
            model.faults_seen = model.session.fault_count + model.own_faults.len() as u64;
        }
    } else {
        model.set_filter("");
    }
    Vec::new()
}

/// A press of the mouse opens a tab of the line of tabs, or selects a run of the table.
pub(super) fn clicked(model: &mut Model, x: u16, y: u16) -> Vec<Effect> {
    if model.overlay.is_some() {
        return Vec::new();
    }
    if y == 1 {
        let mut at = 0;
        for tab in Tab::ALL {
            let wide = tab.title().len() as u16 + 4;
            if (at..at + wide).contains(&x) {
                return show(model, tab);
            }
            at += wide;
        }
    } else if model.tab == Tab::Runs && y >= 4 {
        let listed = model.listed();
        if let Some(&place) = listed.get(model.layout.runs_offset + usize::from(y - 4)) {
            model.selected = Some(Arc::clone(&model.session.runs()[place].id));
        }
    }
    Vec::new()
}
