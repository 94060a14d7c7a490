//! Printed lines to rows: steps over epochs, headings, and progress bars that are drawn again.

use super::line::{Said, read};
use super::tokens::plain;
use crate::cell;
use crate::rows::Rows;
use std::collections::HashSet;

/// Names of metrics that are remembered to be of training.
const MAX_NAMES: usize = 4_096;

/// Parts of names that a line below a heading must have to count.
const METRICS: [&str; 20] = [
    "loss",
    "acc",
    "err",
    "lr",
    "learning",
    "f1",
    "auc",
    "iou",
    "map",
    "ppl",
    "perplex",
    "bleu",
    "mse",
    "mae",
    "score",
    "rew",
    "return",
    "precision",
    "recall",
    "grad",
];

/// Reads what a program printed, from its first line on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Console {
    /// The epoch of the last heading.
    heading: Option<f64>,
    first_epoch: Option<f64>,
    /// What the file calls its counter.
    counter: Option<String>,
    training: HashSet<String>,
    /// The last state of a progress bar that may be drawn again.
    held: Option<Row>,
}

#[derive(Clone, Debug, PartialEq)]
struct Row {
    step: Option<f64>,
    epoch: Option<f64>,
    time: Option<f64>,
    values: Vec<(String, f64)>,
}

impl Console {
    /// The rows of whole lines.
    pub(crate) fn read(&mut self, lines: &[u8]) -> Rows {
        let mut rows = Rows::default();
        let mut rest = lines;
        while !rest.is_empty() {
            let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            self.line(&rest[..end], rest.get(end) == Some(&b'\r'), &mut rows);
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        rows
    }

    /// The row of a last line without an end.
    pub(crate) fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        let mut trial = self.clone();
        let mut rows = Rows::default();
        trial.line(line, false, &mut rows);
        if rows.len() == 0 {
            return None;
        }
        *self = trial;
        Some(rows)
    }

    /// The last state of a bar, where nothing follows it.
    pub(crate) fn finish(&mut self) -> Rows {
        let mut rows = Rows::default();
        self.release(&mut rows);
        rows
    }

    fn line(&mut self, line: &[u8], may_be_drawn_again: bool, rows: &mut Rows) {
        let row = if line.iter().any(u8::is_ascii_digit) { self.row(line) } else { None };
        if let Some(row) = row {
            // The same state, or the same step with more: the later counts.
            if self.held.as_ref().is_some_and(|held| (held.step, held.epoch) != (row.step, row.epoch)) {
                self.release(rows);
            }
            self.held = Some(row);
        }
        if !may_be_drawn_again {
            self.release(rows);
        }
    }

    fn release(&mut self, rows: &mut Rows) {
        let Some(row) = self.held.take() else { return };
        if let Some(step) = row.step {
            rows.add(self.counter.as_deref().unwrap_or("step"), step);
        }
        if let Some(epoch) = row.epoch {
            rows.add("epoch", epoch);
        }
        if let Some(time) = row.time {
            rows.add_date("timestamp", time);
        }
        for (name, value) in &row.values {
            rows.add(name, *value);
        }
        rows.end_row();
    }

    fn row(&mut self, line: &[u8]) -> Option<Row> {
        let line = plain(line);
        let (time, line) = without_date(line.trim_start());
        let mut said = read(line);
        if said.values.is_empty() {
            if said.epoch.is_some() && said.step.is_none() && line.len() < 40 {
                self.heading = said.epoch;
            }
            return None;
        }
        let is_bar = line.contains("%|");
        let has_counter = said.step.is_some() || said.epoch.is_some() || (said.part.is_some() && is_bar);
        let epoch = said.epoch.or(self.heading.filter(|_| said.step.is_none()));
        if !has_counter {
            // Below a heading, what is named as metrics are counts.
            epoch?;
            let is_metric = |name: &str| METRICS.iter().any(|part| name.to_ascii_lowercase().contains(part));
            said.values.retain(|(name, _)| is_metric(name));
            if said.values.is_empty() {
                return None;
            }
        }
        let first_epoch = *self.first_epoch.get_or_insert(epoch.unwrap_or_default());
        let step = match (said.step, said.part) {
            (Some(step), _) => Some(step),
            // Validation counts its own batches.
            (None, Some((part, whole))) if !said.is_validation => {
                Some(epoch.map_or(0.0, |epoch| (epoch - first_epoch).max(0.0) * whole) + part)
            }
            _ => None,
        };
        if self.counter.is_none() && step.is_some() {
            self.counter = Some(said.counter.clone().unwrap_or_else(|| "step".to_owned()));
        }
        let values = self.named(said);
        Some(Row { step, epoch, time, values })
    }

    /// The values under their names; those of validation that training has, too, are marked.
    fn named(&mut self, said: Said) -> Vec<(String, f64)> {
        if said.is_validation {
            let mark = |(name, value): (String, f64)| {
                if self.training.contains(&name) { (format!("val/{name}"), value) } else { (name, value) }
            };
            return said.values.into_iter().map(mark).collect();
        }
        for (name, _) in &said.values {
            if self.training.len() < MAX_NAMES && !self.training.contains(name) {
                self.training.insert(name.clone());
            }
        }
        said.values
    }
}

/// The date at a line's beginning, in brackets or not, and what follows it.
fn without_date(line: &str) -> (Option<f64>, &str) {
    let begin = line.strip_prefix(['[', '(']).unwrap_or(line);
    let is_part =
        |sign: char| sign.is_ascii_digit() || matches!(sign, '-' | '/' | ':' | '.' | ',' | 'T' | 'Z' | ' ' | '_' | '+');
    if !begin.starts_with(|first: char| first.is_ascii_digit()) {
        return (None, line);
    }
    let length = begin.find(|sign: char| !is_part(sign)).unwrap_or(begin.len());
    // What is no part of the date may follow it, as the blank and the hyphen of ` - INFO`.
    let candidate = begin[..length].trim_end_matches([' ', '-', '.', ',', ':', '/', '_', '+']);
    let date = cell::date(candidate);
    match date {
        Some(_) => (date, begin[length..].trim_start_matches([']', ')', ' '])),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let mut console = Console::default();
        let mut rows = console.read(text.as_bytes());
        let rest = console.finish();
        rows.append(&rest, 0..rest.len());
        let told = |row: crate::rows::RawRow<'_>| {
            let pairs = row.values.iter().map(|(place, value)| format!("{}={value}", rows.names[*place as usize]));
            pairs.collect::<Vec<_>>().join(" ")
        };
        rows.rows().map(told).collect()
    }

    #[test]
    fn a_bar_gives_its_last_state_of_each_step() {
        let bar =
            |step: u32, loss: f64| format!("\rEpoch 0:  4%|█   | {step}/100 [00:01<00:20, 4.00it/s, loss={loss}]");
        let text = bar(1, 0.5)
            + &bar(1, 0.4)
            + &bar(2, 0.3)
            + &bar(2, 0.2)
            + "\n"
            + &bar(3, 0.1).replace("Epoch 0", "Epoch 1");
        assert_eq!(rows(&text), ["step=1 epoch=0 loss=0.4", "step=2 epoch=0 loss=0.2", "step=103 epoch=1 loss=0.1"]);
    }

    #[test]
    fn lines_below_a_heading_are_of_its_epoch() {
        let text = "Epoch 1/2\n----------\ntrain Loss: 0.5 Acc: 0.8\nval Loss: 0.4 Acc: 0.9\nsaved model: 3\n\nEpoch 2/2\n\
                    10/10 ━━━━ 1s 5ms/step - loss: 0.3\n";
        assert_eq!(
            rows(text),
            ["epoch=1 train Loss=0.5 Acc=0.8", "epoch=1 val Loss=0.4 Acc=0.9", "step=20 epoch=2 loss=0.3"]
        );
    }

    #[test]
    fn dates_before_a_line_are_its_time() {
        assert_eq!(without_date("2024-01-01 00:00:01,500 - INFO - x"), (Some(1_704_067_201.5), "INFO - x"));
        assert_eq!(without_date("[2024-01-01 00:00:01] x"), (Some(1_704_067_201.0), "x"));
        assert_eq!(without_date("10:\tlearn"), (None, "10:\tlearn"));
        assert_eq!(without_date("[10]\tlearn"), (None, "[10]\tlearn"));
    }
}
