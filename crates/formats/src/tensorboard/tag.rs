//! The tags of a run: what each one shows, and which of its values a later one makes void.
//!
//! A value at a step makes void all of its tag from that step on, as in TensorBoard's data server (`reservoir.rs`); a
//! `SessionLog START` does so for every tag, as in its `EventAccumulator`. Does not depend on how events are read.

use crate::batch::{MAX_NAMES, shortened};
use crate::{Batch, Fact};
use std::collections::HashMap;

/// Distinct tags kept of one run, those without numbers included.
const MAX_TAGS: usize = 2 * MAX_NAMES;

/// What a tag shows, decided by its first value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbers, at this index of [`Batch::names`]; none when there are too many names.
    Number(Option<u32>),
    Distribution,
    Text,
    /// What is counted only.
    PassedOver,
    /// What is no measurement, such as a layout.
    Ignored,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Number(u32),
    Fact(u32),
}

/// A tag.
#[derive(Debug)]
pub(super) struct Tag {
    name: String,
    pub kind: Kind,
    /// Steps and places in the batch that is being made; the steps grow.
    here: Vec<(i64, Place)>,
    /// The last step that earlier batches gave and that counts, or a later one.
    earlier: Option<i64>,
    /// From which step on earlier batches do not count.
    purged: Option<i64>,
}

impl Tag {
    fn last(&self) -> Option<i64> {
        self.here.last().map(|(step, _)| *step).or(self.earlier)
    }

    /// Makes void what is at a step or later.
    #[cold]
    fn purge(&mut self, from: i64, batch: &mut Batch) {
        while let Some((_, place)) = self.here.pop_if(|(step, _)| *step >= from) {
            match place {
                Place::Number(number) => batch.withdraw(number as usize),
                Place::Fact(fact) => batch.facts[fact as usize] = Fact::StepColumn(None),
            }
        }
        if self.earlier.is_some_and(|step| step >= from) {
            self.purged = Some(self.purged.map_or(from, |step| step.min(from)));
            self.earlier = from.checked_sub(1);
        }
    }
}

/// The tags of a run.
#[derive(Debug, Default)]
pub(super) struct Tags {
    list: Vec<Tag>,
    places: HashMap<String, usize>,
    /// Where the next tag is when tags come in the order of the time before.
    guess: usize,
}

impl Tags {
    /// A tag; `kind` says what a new one shows. None when there are too many.
    #[inline]
    pub(super) fn tag(&mut self, name: &str, kind: impl FnOnce() -> Kind) -> Option<usize> {
        let name = shortened(name);
        let at = if self.list.get(self.guess).is_some_and(|tag| tag.name == name) {
            self.guess
        } else if let Some(at) = self.places.get(name) {
            *at
        } else if self.list.len() < MAX_TAGS {
            self.places.insert(name.to_owned(), self.list.len());
            let kind = kind();
            self.list.push(Tag { name: name.to_owned(), kind, here: Vec::new(), earlier: None, purged: None });
            self.list.len() - 1
        } else {
            return None;
        };
        self.guess = if at + 1 == self.list.len() { 0 } else { at + 1 };
        Some(at)
    }

    pub(super) fn kind(&self, tag: usize) -> Kind {
        self.list[tag].kind
    }

    /// Notes that the next number pushed to the batch is the tag's, and makes void what it supersedes.
    #[inline]
    pub(super) fn number_follows(&mut self, tag: usize, step: i64, batch: &mut Batch) {
        let place = Place::Number(batch.len() as u32);
        self.follows(tag, step, place, batch);
    }

    /// The same of the next fact.
    pub(super) fn fact_follows(&mut self, tag: usize, step: i64, batch: &mut Batch) {
        let place = Place::Fact(batch.facts.len() as u32);
        self.follows(tag, step, place, batch);
    }

    #[inline]
    fn follows(&mut self, tag: usize, step: i64, place: Place, batch: &mut Batch) {
        let tag = &mut self.list[tag];
        if tag.last().is_some_and(|last| step <= last) {
            tag.purge(step, batch);
        }
        tag.here.push((step, place));
    }

    /// A process began at a step: what is at that step or later is void, whatever its tag.
    pub(super) fn start(&mut self, step: i64, batch: &mut Batch) {
        for tag in &mut self.list {
            if tag.last().is_some_and(|last| step <= last) {
                tag.purge(step, batch);
            }
        }
    }

    /// Ends a batch: removes from it what is void, and says of earlier batches what is. `is_idle` frees memory.
    pub(super) fn settle(&mut self, batch: &mut Batch, is_idle: bool) {
        batch.settle();
        batch.facts.retain(|fact| *fact != Fact::StepColumn(None));
        let mut purged = Vec::new();
        for tag in &mut self.list {
            if let Some(step) = tag.purged.take() {
                purged.push(Fact::Purged { name: tag.name.clone(), step: step as f64 });
            }
            tag.earlier = tag.last();
            tag.here.clear();
            if is_idle {
                tag.here = Vec::new();
            }
        }
        batch.facts.splice(..0, purged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn give(tags: &mut Tags, batch: &mut Batch, name: &str, steps: &[i64]) {
        for step in steps {
            let tag = tags.tag(name, || Kind::Number(None)).unwrap();
            tags.number_follows(tag, *step, batch);
            batch.push(name, *step as f64);
            batch.end_row(*step as f64, None);
        }
    }

    fn steps(batch: &Batch) -> Vec<f64> {
        batch.rows().map(|row| row.step).collect()
    }

    #[test]
    fn a_step_that_comes_again_makes_void_what_follows_it() {
        let (mut tags, mut batch) = (Tags::default(), Batch::default());
        give(&mut tags, &mut batch, "a", &[0, 1, 2, 3, 1, 2]);
        tags.settle(&mut batch, false);
        assert_eq!(steps(&batch), [0.0, 1.0, 2.0]);
        assert!(batch.facts.is_empty(), "within one batch nothing is told");
        batch.clear();
        give(&mut tags, &mut batch, "a", &[3, 1, 2, 2]);
        tags.settle(&mut batch, true);
        assert_eq!(steps(&batch), [1.0, 2.0]);
        assert_eq!(batch.facts, [Fact::Purged { name: "a".into(), step: 1.0 }]);
    }

    #[test]
    fn a_start_makes_void_every_tag() {
        let (mut tags, mut batch) = (Tags::default(), Batch::default());
        give(&mut tags, &mut batch, "a", &[0, 5]);
        tags.settle(&mut batch, false);
        batch.clear();
        give(&mut tags, &mut batch, "b", &[4, 6]);
        tags.start(5, &mut batch);
        tags.start(5, &mut batch);
        tags.settle(&mut batch, false);
        assert_eq!(steps(&batch), [4.0]);
        assert_eq!(batch.facts, [Fact::Purged { name: "a".into(), step: 5.0 }]);
    }

    #[test]
    fn tags_are_bounded() {
        let mut tags = Tags::default();
        let kept = (0..MAX_TAGS + 9).filter(|number| tags.tag(&number.to_string(), || Kind::Ignored).is_some()).count();
        assert_eq!(kept, MAX_TAGS);
        assert_eq!(tags.tag("7", || Kind::Text).map(|tag| tags.kind(tag)), Some(Kind::Ignored));
    }
}
