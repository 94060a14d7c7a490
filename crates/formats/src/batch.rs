//! What a reader hands on: rows of named numbers, and facts about the run.
//!
//! Names are interned, for most files repeat them in every row. Depends on no other module.

use std::collections::HashMap;
use std::sync::Arc;

/// Distinct names kept of one run.
pub(crate) const MAX_NAMES: usize = 4_096;

/// Bytes kept of a name.
pub(crate) const MAX_NAME_BYTES: usize = 400;

/// A setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Anything else, as the tool writes it.
    Text(String),
}

/// How a run ended, where its tool says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It reached its end.
    Finished,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

/// Something that a file says of a run besides rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// The name that the tool gave the run.
    Name(String),
    /// A setting, with `/` between the names of nested ones.
    Setting(String, Setting),
    /// When the run began, in seconds since 1970.
    Started(f64),
    /// How many steps the run is to make, in the units of its rows' steps.
    PlannedSteps(f64),
    /// How the run ended, and when, in seconds since 1970, where that is known.
    Ended(End, Option<f64>, String),
    /// The column that counts as the step, as `Epoch` or `time/total_timesteps`; none when rows are counted.
    StepColumn(Option<String>),
    /// A distribution of values: `edges` has one entry more than `counts`.
    Distribution {
        /// Its name.
        name: String,
        /// The step.
        step: f64,
        /// Edges of the buckets, growing.
        edges: Vec<f64>,
        /// Values in each bucket.
        counts: Vec<f64>,
    },
    /// A text at a step.
    Text {
        /// Its name.
        name: String,
        /// The step.
        step: f64,
        /// The text.
        text: String,
    },
    /// What **earlier** batches gave under a name, numbers, distributions and texts, does not count from this step on: the
    /// run was restarted at an earlier step. Rows and facts of the batch that holds this fact count.
    Purged {
        /// The name.
        name: String,
        /// The first step that does not count any more.
        step: f64,
    },
    /// Something that a user should know and that is no fault, as a whole sentence without the file's name.
    Remark(String),
    /// Something that could not be read, as a whole sentence without the file's name.
    Fault(String),
}

/// A row of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a> {
    /// Its step.
    pub step: f64,
    /// Seconds since 1970, or since the run began, where the file says either.
    pub time: Option<f64>,
    /// Indices into [`Batch::names`] and numbers, NaN and infinities included.
    pub values: &'a [(u32, f64)],
}

#[derive(Clone, Copy, Debug)]
struct Head {
    step: f64,
    time: Option<f64>,
    end: usize,
}

/// Rows and facts that were read at once, in the order of the file. Kept between calls of one reader: names stay.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The run's files began again: nothing that was read before this batch counts.
    pub is_again: bool,
    /// Facts, in their order.
    pub facts: Vec<Fact>,
    names: Vec<Arc<str>>,
    places: HashMap<Arc<str>, u32>,
    heads: Vec<Head>,
    values: Vec<(u32, f64)>,
    guess: usize,
    too_many: u64,
    has_withdrawn: bool,
}

/// In place of the index of a number that was withdrawn.
const WITHDRAWN: u32 = u32::MAX;

impl Batch {
    /// Forgets rows and facts; names keep their indices.
    pub fn clear(&mut self) {
        self.is_again = false;
        self.facts.clear();
        self.heads.clear();
        self.values.clear();
        self.guess = 0;
        self.has_withdrawn = false;
    }

    /// The numbers pushed so far: the place of the next one, for [`Batch::withdraw`].
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Takes a number back, by the length that the batch had before it was pushed. [`Batch::settle`] must follow.
    pub(crate) fn withdraw(&mut self, number: usize) {
        self.values[number].0 = WITHDRAWN;
        self.has_withdrawn = true;
    }

    /// Removes what was withdrawn, and rows of which nothing is left.
    pub(crate) fn settle(&mut self) {
        if !std::mem::take(&mut self.has_withdrawn) {
            return;
        }
        let (mut begin, mut kept) = (0, 0);
        for head in &mut self.heads {
            for at in begin..head.end {
                if self.values[at].0 != WITHDRAWN {
                    self.values[kept] = self.values[at];
                    kept += 1;
                }
            }
            begin = std::mem::replace(&mut head.end, kept);
        }
        self.values.truncate(kept);
        let mut last = 0;
        self.heads.retain(|head| std::mem::replace(&mut last, head.end) < head.end);
    }

    /// The names of the numbers, in the order in which they were met; at most 4,096.
    #[must_use]
    pub fn names(&self) -> &[Arc<str>] {
        &self.names
    }

    /// Values left out since the beginning because a run had more names than are kept.
    #[must_use]
    pub fn too_many(&self) -> u64 {
        self.too_many
    }

    /// The index of a name; none when there are too many. Fast where names come in the order of the row before.
    pub fn name(&mut self, name: &str) -> Option<u32> {
        let name = shortened(name);
        let place = if self.names.get(self.guess).is_some_and(|known| **known == *name) {
            self.guess as u32
        } else if let Some(place) = self.places.get(name) {
            *place
        } else if self.names.len() < MAX_NAMES {
            let place = self.names.len() as u32;
            let name: Arc<str> = name.into();
            self.names.push(Arc::clone(&name));
            self.places.insert(name, place);
            place
        } else {
            return None;
        };
        self.guess = place as usize + 1;
        Some(place)
    }

    /// Adds a number to the row that is being made.
    pub fn push(&mut self, name: &str, value: f64) {
        match self.name(name) {
            Some(place) => self.push_at(place, value),
            None => self.too_many += 1,
        }
    }

    /// Counts a number that is left out because its name is one too many.
    pub fn leave_out(&mut self) {
        self.too_many += 1;
    }

    /// Adds a number under an index of [`Batch::name`] to the row that is being made.
    pub fn push_at(&mut self, place: u32, value: f64) {
        self.values.push((place, value));
    }

    /// Ends the row that is being made; without a number it is none.
    pub fn end_row(&mut self, step: f64, time: Option<f64>) {
        let end = self.values.len();
        if self.heads.last().map_or(0, |head| head.end) < end {
            self.heads.push(Head { step, time, end });
        }
        self.guess = 0;
    }

    /// The rows, in their order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let begins = std::iter::once(0).chain(self.heads.iter().map(|head| head.end));
        begins.zip(&self.heads).map(|(begin, head)| Row {
            step: head.step,
            time: head.time,
            values: &self.values[begin..head.end],
        })
    }

    /// Whether there is neither row nor fact.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty() && self.facts.is_empty()
    }
}

/// At most the first 400 bytes of a name, cut between characters.
pub(crate) fn shortened(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_share_their_names() {
        let mut batch = Batch::default();
        for step in 0..3 {
            batch.push("loss", f64::from(step));
            batch.push("acc", 0.5);
            batch.end_row(f64::from(step), None);
        }
        batch.end_row(9.0, None);
        assert_eq!(batch.names().len(), 2);
        let rows: Vec<Row<'_>> = batch.rows().collect();
        assert_eq!(rows.len(), 3, "a row without numbers is none");
        assert_eq!(rows[2], Row { step: 2.0, time: None, values: &[(0, 2.0), (1, 0.5)] });
        batch.clear();
        assert!(batch.is_empty() && batch.name("acc") == Some(1));
    }

    #[test]
    fn what_is_withdrawn_leaves_no_row() {
        let mut batch = Batch::default();
        for step in 0..4 {
            batch.push("a", f64::from(step));
            if step == 2 {
                batch.push("b", 0.5);
            }
            batch.end_row(f64::from(step), None);
        }
        for number in [0, 2, 4] {
            batch.withdraw(number);
        }
        batch.settle();
        let rows: Vec<_> = batch.rows().map(|row| (row.step, row.values.to_vec())).collect();
        assert_eq!(rows, [(1.0, vec![(0, 1.0)]), (2.0, vec![(1, 0.5)])]);
    }

    #[test]
    fn names_are_bounded() {
        let mut batch = Batch::default();
        for number in 0..MAX_NAMES + 5 {
            batch.push(&format!("metric {number}"), 1.0);
        }
        assert_eq!((batch.names().len(), batch.too_many()), (MAX_NAMES, 5));
        assert_eq!(shortened(&"ä".repeat(300)).len(), MAX_NAME_BYTES);
    }
}
