//! Keys of the tab Confusion: the cell, the epoch, shares, difference, digits.

use crate::state::evaluation;
use crate::ui::action::Verb;
use crate::ui::effect::Effect;
use crate::ui::model::{Digits, Model, Overlay};

/// The most digits that are asked for at once.
const MAX_DIGITS: usize = 2000;

pub(super) fn act(model: &mut Model, verb: Verb) -> Option<Vec<Effect>> {
    let classes = classes(model);
    let last = classes.saturating_sub(1);
    let (row, column) = model.confusion.cursor;
    match verb {
        Verb::Up => model.confusion.cursor.0 = row.saturating_sub(1),
        Verb::Down => model.confusion.cursor.0 = (row + 1).min(last),
        Verb::Left => model.confusion.cursor.1 = column.saturating_sub(1),
        Verb::Right => model.confusion.cursor.1 = (column + 1).min(last),
        Verb::First => scrub(model, isize::MIN),
        Verb::Last => scrub(model, isize::MAX),
        Verb::Earlier => scrub(model, -1),
        Verb::Later => scrub(model, 1),
        Verb::PageUp => scrub(model, -5),
        Verb::PageDown => scrub(model, 5),
        Verb::Whole => model.confusion.epoch = None,
        Verb::Scale => model.confusion.shares = !model.confusion.shares,
        Verb::Difference => difference(model),
        Verb::Open => return Some(open(model)),
        _ => return None,
    }
    Some(Vec::new())
}

fn classes(model: &Model) -> usize {
    model.run().and_then(|run| run.confusion()).map_or(0, <[Vec<u32>]>::len)
}

fn scrub(model: &mut Model, by: isize) {
    let Some(run) = model.run() else { return };
    let count = evaluation::of(run).len();
    let Some(last) = count.checked_sub(1) else { return };
    let here = model.confusion.epoch.unwrap_or(last).min(last);
    let next = here.saturating_add_signed(by).min(last);
    // At the end the view follows what is newest.
    model.confusion.epoch = (next < last).then_some(next);
}

fn difference(model: &mut Model) {
    let other = model.marks.iter().any(|id| Some(id) != model.selected.as_ref());
    if other || model.confusion.difference {
        model.confusion.difference = !model.confusion.difference;
        // What an earlier try was answered is not so any more.
        model.message = None;
    } else {
        model.say("mark another run with m: the difference is taken to the first marked one");
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    let (label, predicted) = model.confusion.cursor;
    let wrong = model.run().and_then(|run| evaluation::chosen(run, model.confusion.epoch));
    let Some((_, _, evaluation)) = wrong else { return Vec::new() };
    let count = evaluation.confusion.get(label).and_then(|row| row.get(predicted)).copied().unwrap_or(0);
    if label == predicted {
        model.say("these answers are correct; choose a cell off the diagonal");
        return Vec::new();
    }
    if count == 0 {
        model.say(format!("no {label} was taken for a {predicted}"));
        return Vec::new();
    }
    if evaluation.misclassified.is_empty() {
        model.say("this evaluation does not list its wrong answers");
        return Vec::new();
    }
    let indices: Vec<u32> = evaluation
        .misclassified
        .iter()
        .filter(|(_, taken_for)| usize::from(*taken_for) == predicted)
        .map(|(index, _)| *index)
        .take(MAX_DIGITS)
        .collect();
    model.overlay = Some(Overlay::Digits(Digits { label, predicted, ..Digits::default() }));
    vec![Effect::LoadDigits { indices }]
}
