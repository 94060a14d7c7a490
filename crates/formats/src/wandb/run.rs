//! What the records of a run say, as rows and facts.
//!
//! Field numbers of a record are those of `wandb_internal.proto`. Does not depend on files and blocks.

use super::console::Lines;
use super::history::Row;
use super::proto::{Changes, Exit, History, Item, Output, Run as RunRecord, Stats};
use super::setting::{Leaf, each_setting};
use crate::passed_over::PassedOver;
use crate::wire::{Fields, Value as Field};
use crate::{Batch, End, Fact, Setting};
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers kept of a summary.
const MAX_SUMMARY: usize = 4_096;

/// A run, while its records come.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// The step of a row that names none.
    next_step: f64,
    /// The step of the last row, once there was one.
    last_step: Option<f64>,
    last_time: Option<f64>,
    /// The column that counts as the step, where the user wants another than W&B's.
    x: Option<String>,
    x_now: Option<f64>,
    names: BTreeSet<String>,
    summary: BTreeMap<String, f64>,
    output: [Lines; 2],
    /// The next row is the first of a file.
    pub is_first_row: bool,
    pub passed_over: PassedOver,
}

impl Run {
    pub(super) fn new(x: Option<&str>) -> Self {
        Self { x: x.map(str::to_owned), is_first_row: true, ..Self::default() }
    }

    /// Takes a record; false when it is no record of W&B.
    pub(super) fn take(&mut self, record: &[u8], batch: &mut Batch) -> bool {
        let mut fields = Fields::new(record);
        loop {
            match fields.next() {
                Ok(None) => return true,
                Ok(Some((number, Field::Bytes(message)))) => {
                    if self.take_message(number, message, batch).is_err() {
                        return false;
                    }
                }
                Ok(Some(_)) => {}
                Err(_) => return false,
            }
        }
    }

    fn take_message(&mut self, number: u64, message: &[u8], batch: &mut Batch) -> Result<(), prost::DecodeError> {
        match number {
            2 => self.row(History::decode(message)?, batch),
            3 => self.summarise(&Changes::decode(message)?),
            4 | 13 => self.print(&Output::decode(message)?, batch),
            5 => configure(&Changes::decode(message)?, batch),
            7 => self.statistics(&Stats::decode(message)?, batch),
            17 => self.begin(&RunRecord::decode(message)?, batch),
            18 => self.end(Exit::decode(message)?, batch),
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, history: History, batch: &mut Batch) {
        let row = Row::of(history);
        // A row without a step gets the next one when it is sent, as in W&B's HistoryStepTracker.
        let own_step = row.step.unwrap_or(self.next_step);
        self.next_step = own_step + 1.0;
        if let Some(x) = &self.x {
            self.x_now = row.numbers.iter().find(|(name, _)| name == x).map(|(_, number)| *number).or(self.x_now);
        }
        let step = self.x_now.unwrap_or(own_step);
        if std::mem::take(&mut self.is_first_row) {
            batch.facts.push(Fact::StepColumn(Some(self.x.clone().unwrap_or_else(|| "_step".to_owned()))));
            self.supersede(step, batch);
        }
        self.last_step = Some(step);
        self.last_time = row.time.or(self.last_time);
        for (name, number) in &row.numbers {
            batch.push(name, *number);
            if self.names.len() < MAX_SUMMARY && !self.names.contains(name) {
                self.names.insert(name.clone());
            }
        }
        batch.end_row(step, row.time);
        for (name, edges, counts) in row.histograms {
            batch.facts.push(Fact::Distribution { name, step, edges, counts });
        }
        for (kind, name) in &row.others {
            self.passed_over.count(kind, name);
        }
    }

    /// A file of the same run begins at a step that an earlier file had: it was started again there.
    fn supersede(&mut self, step: f64, batch: &mut Batch) {
        if self.last_step.is_some_and(|last| step <= last) {
            let names = self.names.iter();
            batch.facts.splice(..0, names.map(|name| Fact::Purged { name: name.clone(), step }));
        }
    }

    fn summarise(&mut self, changes: &Changes) {
        // Members of media, such as a table's number of rows, are no numbers of the run.
        let is_type = |item: &&Item| item.path().last() == Some(&"_type");
        let media: BTreeSet<String> = changes.update.iter().filter(is_type).map(parents).collect();
        for item in &changes.update {
            let name = item.path().join(".");
            if name.starts_with('_') || media.contains(&parents(item)) {
                continue;
            }
            if let Some(Leaf::Number(number)) = item.leaf()
                && (self.summary.len() < MAX_SUMMARY || self.summary.contains_key(&name))
            {
                self.summary.insert(name, number);
            }
        }
        for item in &changes.remove {
            self.summary.remove(&item.path().join("."));
        }
    }

    fn print(&mut self, output: &Output, batch: &mut Batch) {
        let step = self.last_step.unwrap_or(0.0);
        let stream = usize::from(output.stream == 1);
        self.output[stream].add(&output.line, |line| batch.facts.push(console(step, line.to_owned())));
    }

    fn statistics(&mut self, stats: &Stats, batch: &mut Batch) {
        for item in &stats.item {
            if let Some(Leaf::Number(number)) = item.leaf() {
                batch.push(&format!("system/{}", item.path().join(".")), number);
            }
        }
        let time = stats.timestamp.map(super::proto::Timestamp::seconds);
        self.last_time = time.or(self.last_time);
        batch.end_row(self.last_step.unwrap_or(self.next_step), time);
    }

    fn begin(&mut self, run: &RunRecord, batch: &mut Batch) {
        self.next_step = self.next_step.max(run.starting_step as f64);
        if !run.display_name.is_empty() {
            batch.facts.push(Fact::Name(run.display_name.clone()));
        }
        if let Some(time) = run.start_time {
            batch.facts.push(Fact::Started(time.seconds()));
        }
        let tags = run.tags.join(", ");
        for (name, text) in
            [("project", &run.project), ("group", &run.group), ("job_type", &run.job_type), ("tags", &tags)]
        {
            if !text.is_empty() {
                batch.facts.push(Fact::Setting(format!("wandb/{name}"), Setting::Text(text.clone())));
            }
        }
        // No settings: runs that differ in these alone are of one group.
        for (name, text) in [("host", &run.host), ("notes", &run.notes)] {
            if !text.is_empty() {
                batch.facts.push(Fact::Text { name: format!("wandb/{name}"), step: 0.0, text: text.clone() });
            }
        }
        configure(run.config.as_ref().unwrap_or(&Changes::default()), batch);
    }

    fn end(&mut self, exit: Exit, batch: &mut Batch) {
        let step = self.last_step.unwrap_or(0.0);
        for stream in &mut self.output {
            batch.facts.extend(stream.finish().map(|line| console(step, line)));
        }
        // What only the summary holds; the rest of it repeats the last row.
        for (name, number) in std::mem::take(&mut self.summary) {
            if !self.names.contains(&name) {
                batch.push(&name, number);
            }
        }
        batch.end_row(step, self.last_time);
        let (end, note) = match exit.code {
            0 => (End::Finished, String::new()),
            // Ctrl-C, as W&B and as a shell report it.
            code @ (130 | 255) => (End::Stopped, format!("exit code {code}")),
            code => (End::Failed, format!("exit code {code}")),
        };
        batch.facts.push(Fact::Ended(end, self.last_time, note));
    }
}

/// The names that lead to an item's parent.
fn parents(item: &Item) -> String {
    let path = item.path();
    path[..path.len().saturating_sub(1)].join(".")
}

fn console(step: f64, text: String) -> Fact {
    Fact::Text { name: "console".to_owned(), step, text }
}

fn configure(changes: &Changes, batch: &mut Batch) {
    let name = |item: &Item| item.path().join("/");
    for item in &changes.update {
        if matches!(item.path().first(), Some(&"_wandb")) {
            continue;
        }
        match item.leaf() {
            Some(leaf) => each_setting(&name(item), leaf, &mut |name, setting| {
                batch.facts.push(Fact::Setting(name.to_owned(), setting));
            }),
            None => batch.facts.push(Fact::Fault(format!("The setting {} is no JSON and is left out.", name(item)))),
        }
    }
    for item in &changes.remove {
        batch.facts.push(Fact::Remark(format!("The setting {} was removed while the run went on.", name(item))));
    }
}

#[cfg(test)]
mod tests {
    use super::super::proto::HistoryStep;
    use super::*;

    fn item(path: &[&str], json: &str) -> Item {
        let nested_key = path.iter().map(|name| (*name).to_owned()).collect();
        Item { nested_key, value_json: json.to_owned(), ..Item::default() }
    }

    /// A record around a message.
    fn record(number: u8, message: &impl prost::Message) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        bytes.extend(message.encode_length_delimited_to_vec());
        bytes
    }

    #[test]
    fn a_row_without_a_step_gets_the_next_one() {
        let (mut run, mut batch) = (Run::new(None), Batch::default());
        let row = |step: Option<i64>| History {
            item: vec![item(&["loss"], "0.5")],
            step: step.map(|num| HistoryStep { num }),
        };
        for step in [None, Some(5), None, None] {
            assert!(run.take(&record(2, &row(step)), &mut batch));
        }
        assert_eq!(batch.rows().map(|row| row.step).collect::<Vec<_>>(), [0.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn values_with_types_and_objects_are_read() {
        let (mut run, mut batch) = (Run::new(None), Batch::default());
        let typed = |name: &str, typed| Item { typed: Some(typed), ..item(&[name], "") };
        let history = History {
            item: vec![
                typed("integer", super::super::proto::Typed::Integer(-3)),
                typed("number", super::super::proto::Typed::Number(f64::NEG_INFINITY)),
                item(
                    &["old"],
                    r#"{"a": {"b": 2, "c": "NaN"}, "h": {"_type": "histogram", "values": [1, 2], "packedBins": {"min": 0, "size": 0.5, "count": 2}}}"#,
                ),
                item(&["broken"], "{"),
            ],
            step: None,
        };
        assert!(run.take(&record(2, &history), &mut batch));
        let names: Vec<&str> = batch.names().iter().map(|name| &**name).collect();
        assert_eq!(names, ["integer", "number", "old.a.b", "old.a.c"]);
        let values: Vec<f64> = batch.rows().next().unwrap().values.iter().map(|value| value.1).collect();
        assert!(values[..3] == [-3.0, f64::NEG_INFINITY, 2.0] && values[3].is_nan(), "{values:?}");
        let histogram =
            Fact::Distribution { name: "old.h".into(), step: 0.0, edges: vec![0.0, 0.5, 1.0], counts: vec![1.0, 2.0] };
        assert!(batch.facts.contains(&histogram));
        assert!(!run.take(&[0xff; 20], &mut batch), "no record");
    }

    /// The records of a file that wandb wrote.
    fn fixture() -> Vec<Vec<u8>> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wandb/run-failed.wandb");
        let mut file = super::super::blocks::BlockFile::new(path.into());
        let mut records = Vec::new();
        file.read().unwrap();
        file.take_records(|record| records.push(record.to_vec()));
        assert!(records.len() > 30);
        records
    }

    proptest::proptest! {
        /// Whatever is within right checksums, a record is read or refused without a panic.
        #[test]
        fn changed_records_are_read_or_refused(
            changes in proptest::collection::vec((0_usize..1 << 20, proptest::num::u8::ANY), 1..40),
        ) {
            let (mut run, mut batch) = (Run::new(None), Batch::default());
            for (place, mut record) in fixture().into_iter().enumerate() {
                let length = record.len();
                for (byte, value) in changes.iter().skip(place % 4).step_by(4) {
                    record[byte % length] = *value;
                }
                run.take(&record, &mut batch);
            }
            for row in batch.rows() {
                proptest::prop_assert!(row.values.iter().all(|(name, _)| (*name as usize) < batch.names().len()));
            }
        }
    }
}
