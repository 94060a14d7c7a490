//! Keys of the tab Compare: grouping, order, page, reference.

use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::groups;
use crate::ui::model::Model;
use crate::ui::tab_state::ComparePage;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let count = groups::of(model).len();
    let last = count.saturating_sub(1);
    let page = model.layout.page.max(1);
    if verb == Verb::Group {
        let next = groups::after(model, &model.compare.grouping);
        model.compare.grouping = next.unwrap_or_else(|| groups::NAME.to_owned());
        model.compare.reference = None;
        model.compare.selected = 0;
        return Some(Vec::new());
    }
    let compare = &mut model.compare;
    match verb {
        Verb::Up => compare.selected = compare.selected.min(last).saturating_sub(1),
        Verb::Down => compare.selected = (compare.selected + 1).min(last),
        Verb::PageUp => compare.selected = compare.selected.min(last).saturating_sub(page),
        Verb::PageDown => compare.selected = (compare.selected + page).min(last),
        Verb::First => compare.selected = 0,
        Verb::Last => compare.selected = last,
        Verb::Sort => compare.order.column = (compare.order.column + 1) % groups::ORDERS.len(),
        Verb::Reverse => compare.order.reversed = !compare.order.reversed,
        Verb::Scale => {
            compare.page = match compare.page {
                ComparePage::Figures => ComparePage::Classes,
                ComparePage::Classes => ComparePage::Confusion,
                ComparePage::Confusion => ComparePage::Figures,
            };
        }
        Verb::Open => {
            let keys: Vec<String> = groups::of(model).into_iter().map(|group| group.key).collect();
            model.compare.reference = keys.get(model.compare.selected.min(last)).cloned();
        }
        Verb::Back if compare.reference.is_some() => compare.reference = None,
        _ => return None,
    }
    Some(Vec::new())
}
