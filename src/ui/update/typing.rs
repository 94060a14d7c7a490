//! Letters that mean themselves: into the filter, a note, a draft.

use crate::ui::key::{Code, Key};
use crate::ui::model::{Model, Overlay};

/// Types a key without a meaning of its own; whether a text is asked for that takes it.
pub(super) fn pressed(model: &mut Model, key: Key) -> bool {
    let takes = matches!(model.overlay, Some(Overlay::Filter(_) | Overlay::Note(..) | Overlay::Compose(_)));
    if let Key { code: Code::Char(letter), ctrl: false } = key {
        insert(model, letter.encode_utf8(&mut [0; 4]));
    }
    takes
}

/// Puts typed or pasted text where a text is asked for; elsewhere a paste means nothing, so that a pasted word is
/// never taken for commands.
pub(super) fn insert(model: &mut Model, words: &str) {
    match &mut model.overlay {
        Some(Overlay::Filter(input)) => {
            input.insert(words);
            let text = input.text();
            model.set_filter(&text);
        }
        Some(Overlay::Note(_, input)) => input.insert(words),
        Some(Overlay::Compose(draft)) => draft.insert(words),
        _ => {}
    }
}
