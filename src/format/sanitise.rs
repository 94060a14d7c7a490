//! Takes out of names and texts whatever a terminal could obey, where records enter the program.
//!
//! A log is data of a stranger: escape sequences, control characters and characters that turn the direction of writing
//! become `U+FFFD`, and texts have a length. Numbers pass untouched. Does not depend on the screen.

use crate::protocol::{Event, Record, RunInfo, RunPlan, RunStarted, SessionHeader, Spec, Values};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;

/// Characters kept of a name.
const LONGEST_NAME: usize = 200;

/// Characters kept of a text.
const LONGEST_TEXT: usize = 4_000;

/// A name without anything that a terminal could obey, and not overlong.
#[must_use]
pub fn clean_name(name: &str) -> Cow<'_, str> {
    cleaned(name, LONGEST_NAME, false)
}

/// A text of possibly several lines, likewise.
#[must_use]
pub fn clean_text(text: &str) -> Cow<'_, str> {
    cleaned(text, LONGEST_TEXT, true)
}

fn cleaned(text: &str, longest: usize, lines: bool) -> Cow<'_, str> {
    let is_plain = |c: char| (lines && c == '\n') || !(c.is_control() || turns_direction(c));
    if text.len() <= longest && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut kept: String =
        text.chars().take(longest).map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    if text.chars().nth(longest).is_some() {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// Characters that reorder or hide their neighbours (Unicode TR 36, section 3.1).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Cleans every text of a record in place.
pub fn clean_record(record: &mut Arc<Record>) {
    if let Some(record) = Arc::get_mut(record) {
        clean(record);
    }
}

/// Cleans every text of a record that nobody else holds yet.
pub(crate) fn clean(record: &mut Record) {
    match &mut record.event {
        Event::RunStarted(started) => clean_started(started),
        Event::Change(change) => {
            name(&mut change.field);
            value(&mut change.from);
            value(&mut change.to);
        }
        Event::Note(note) => text(&mut note.text),
        Event::Alert(alert) => text(&mut alert.message),
        Event::Checkpoint(checkpoint) => {
            name(&mut checkpoint.path);
            name(&mut checkpoint.sha256);
        }
        Event::Features(features) => name(&mut features.kind),
        Event::Metrics(metrics) => clean_values(&mut metrics.values),
        Event::Purged(purged) => clean_values(&mut purged.from),
        Event::RunInfo(info) => clean_info(info),
        Event::RunFinished(end) | Event::RunStopped(end) | Event::RunFailed(end) => text(&mut end.reason),
        Event::Step(_)
        | Event::Inactive(_)
        | Event::Epoch(_)
        | Event::Paused
        | Event::Resumed
        | Event::Fitted(_)
        | Event::Predicted(_)
        | Event::Unknown => {}
    }
}

fn clean_started(started: &mut RunStarted) {
    name(&mut started.run);
    name(&mut started.name);
    name(&mut started.dataset);
    clean_spec(&mut started.spec);
    if let Some(origin) = &mut started.resumed_from {
        name(&mut origin.run);
    }
}

fn clean_values(values: &mut Values) {
    let is_plain = |metric: &Arc<str>| matches!(clean_name(metric), Cow::Borrowed(_));
    if !values.iter().all(|(name, _)| is_plain(name)) {
        let cleaned = |(name, value): (&Arc<str>, f64)| (clean_name(name).into(), value);
        *values = values.iter().map(cleaned).collect::<Vec<_>>().into();
    }
}

fn clean_info(info: &mut RunInfo) {
    for text in [&mut info.name, &mut info.framework, &mut info.step_column].into_iter().flatten() {
        name(text);
    }
    for (setting, mut found) in std::mem::take(&mut info.settings) {
        value(&mut found);
        info.settings.insert(clean_name(&setting).into_owned(), found);
    }
}

fn clean_spec(spec: &mut Arc<Spec>) {
    let weights = spec.initial_weights.as_deref();
    if weights.is_some_and(|path| matches!(clean_name(path), Cow::Owned(_))) {
        let mut cleaned = Spec::clone(spec);
        cleaned.initial_weights = cleaned.initial_weights.map(|path| clean_name(&path).into_owned());
        *spec = Arc::new(cleaned);
    }
}

/// Cleans every text of a plan in place.
pub fn clean_plan(plan: &mut RunPlan) {
    name(&mut plan.run);
    name(&mut plan.name);
    clean_spec(&mut plan.spec);
    if let Some(origin) = &mut plan.fork_of {
        name(&mut origin.run);
    }
}

/// Cleans every text of a session's header in place.
pub fn clean_header(header: &mut SessionHeader) {
    name(&mut header.suite);
    name(&mut header.host);
    name(&mut header.program);
    name(&mut header.dataset.name);
    if let Some(path) = &mut header.dataset.path {
        name(path);
    }
    for digest in &mut header.dataset.digests {
        name(&mut digest.file);
        name(&mut digest.sha256);
    }
}

fn name(of: &mut String) {
    if let Cow::Owned(cleaned) = clean_name(of) {
        *of = cleaned;
    }
}

fn text(of: &mut String) {
    if let Cow::Owned(cleaned) = clean_text(of) {
        *of = cleaned;
    }
}

fn value(of: &mut Value) {
    match of {
        Value::String(text) => name(text),
        Value::Array(parts) => parts.iter_mut().for_each(value),
        Value::Object(parts) => {
            let old = std::mem::take(parts);
            for (key, mut part) in old {
                value(&mut part);
                parts.insert(clean_name(&key).into_owned(), part);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Change, Note};
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_obeys_is_taken_out() {
        assert_eq!(clean_name("loss\u{1b}[31m/a\nb"), "loss\u{fffd}[31m/a\u{fffd}b");
        assert_eq!(clean_text("two\nlines\u{9b}2J\u{202e}x"), "two\nlines\u{fffd}2J\u{fffd}x");
        assert_eq!(clean_name(&"x".repeat(300)).chars().count(), LONGEST_NAME + 1);
        assert!(matches!(clean_name("größe/β₁ 数"), Cow::Borrowed(_)));
    }

    #[test]
    fn texts_in_values_are_cleaned_too() {
        let from = serde_json::json!({"a\u{7}": ["\u{1b}]0;x\u{7}"]});
        let event = Event::Change(Box::new(Change { step: 1, field: "f\u{8}".to_owned(), from, to: Value::Null }));
        let mut record = Arc::new(Record { v: 1, seq: 0, t: 0.0, event });
        clean_record(&mut record);
        assert!(!format!("{record:?}").contains(['\u{1b}', '\u{7}', '\u{8}']));
    }

    proptest! {
        #[test]
        fn nothing_that_is_obeyed_stays(words in ".{0,40}") {
            let mut record = Arc::new(Record { v: 1, seq: 0, t: 0.0, event: Event::Note(Note { text: words }) });
            clean_record(&mut record);
            if let Event::Note(note) = &record.event {
                prop_assert!(note.text.chars().all(|c| c == '\n' || !c.is_control()));
            }
        }
    }
}
