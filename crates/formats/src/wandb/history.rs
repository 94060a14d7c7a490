//! A row of the history: its numbers by name, its step and time, and the histograms in it.
//!
//! Nested names are joined by a point, as W&B's pages show them: `train.acc`. Does not depend on the other records.

use super::proto::History;
use super::setting::Leaf;
use serde_json::{Map, Value};

/// What a row holds.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub step: Option<f64>,
    pub time: Option<f64>,
    pub numbers: Vec<(String, f64)>,
    /// Names, edges and counts.
    pub histograms: Vec<(String, Vec<f64>, Vec<f64>)>,
    /// Kinds and names of what is no number.
    pub others: Vec<(String, String)>,
}

impl Row {
    /// Takes a record apart.
    pub(super) fn of(history: History) -> Self {
        let mut row = Self { step: history.step.map(|step| step.num as f64), ..Self::default() };
        // The members of media come as one item each; they belong together.
        let mut media = Map::new();
        for item in history.item {
            let path = item.path();
            let Some(leaf) = item.leaf() else {
                row.others.push(("values that are no JSON".to_owned(), path.join(".")));
                continue;
            };
            match (path.as_slice(), leaf) {
                (["_step"], Leaf::Number(step)) => row.step = Some(step),
                (["_timestamp"], Leaf::Number(time)) => row.time = Some(time),
                (["_runtime"] | ["_wandb", ..], _) => {}
                (path, Leaf::Number(number)) if path.len() == 1 => row.numbers.push((path[0].to_owned(), number)),
                ([name], leaf) => row.add(name, leaf),
                ([parents @ .., last], leaf) => put(&mut media, &parents.join("."), last, leaf),
                ([], _) => {}
            }
        }
        for (name, value) in media {
            row.add(&name, Leaf::Other(value));
        }
        row
    }

    /// Adds a value; JSON is nested 128 levels deep at most, so the recursion ends.
    fn add(&mut self, name: &str, leaf: Leaf) {
        match leaf {
            Leaf::Number(number) => self.numbers.push((name.to_owned(), number)),
            Leaf::Other(Value::Object(members)) => self.add_object(name, members),
            Leaf::Other(Value::Bool(flag)) => self.numbers.push((name.to_owned(), f64::from(u8::from(flag)))),
            Leaf::Other(Value::String(_)) => self.others.push(("texts".into(), name.into())),
            Leaf::Other(Value::Array(_)) => self.others.push(("lists".into(), name.into())),
            Leaf::Other(_) => {}
        }
    }

    fn add_object(&mut self, name: &str, members: Map<String, Value>) {
        let kind = members.get("_type").and_then(Value::as_str);
        if kind == Some("histogram")
            && let Some((edges, counts)) = histogram(&members)
        {
            self.histograms.push((name.to_owned(), edges, counts));
        } else if let Some(kind) = kind {
            self.others
                .push((format!("values of the kind {}", &kind[..kind.floor_char_boundary(40)]), name.to_owned()));
        } else {
            for (key, value) in members {
                self.add(&format!("{name}.{key}"), Leaf::of(value));
            }
        }
    }
}

/// Puts a member into the object of its parents; numbers that JSON has not stay texts.
fn put(media: &mut Map<String, Value>, parents: &str, name: &str, leaf: Leaf) {
    let value = match leaf {
        Leaf::Number(number) => serde_json::Number::from_f64(number).map_or_else(
            || {
                let text = if number.is_nan() {
                    "NaN"
                } else if number > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                };
                Value::String(text.to_owned())
            },
            Value::Number,
        ),
        Leaf::Other(value) => value,
    };
    let parent = media.entry(parents).or_insert_with(|| Value::Object(Map::new()));
    if let Some(members) = parent.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// Edges and counts of `wandb.Histogram`, whose edges are listed or evenly spaced.
fn histogram(members: &Map<String, Value>) -> Option<(Vec<f64>, Vec<f64>)> {
    let numbers = |value: &Value| value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
    let counts = numbers(members.get("values")?)?;
    let edges = match members.get("packedBins") {
        Some(packed) => {
            let (min, size) = (packed.get("min")?.as_f64()?, packed.get("size")?.as_f64()?);
            (0..=counts.len()).map(|at| min + size * at as f64).collect()
        }
        None => numbers(members.get("bins")?)?,
    };
    (!counts.is_empty() && edges.len() == counts.len() + 1 && edges.is_sorted()).then_some((edges, counts))
}
