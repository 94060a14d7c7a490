//! What the values of a summary say: numbers, distributions, texts, hyper-parameters.
//!
//! The first value of a tag decides what the tag shows, by its plug-in or by what it holds, as in TensorBoard's data server
//! (`data_compat.rs`). Does not depend on frames and files.

use super::event::{Content, Event, Value};
use super::proto::{HParams, Histogram, Kind as Parameter, PluginData, SummaryMetadata, Tensor};
use super::tag::{Kind, Tags};
use crate::passed_over::PassedOver;
use crate::wire::Malformed;
use crate::{Batch, End, Fact, Setting};
use prost::Message as _;

/// Bytes kept of a text.
const MAX_TEXT: usize = 64 << 10;

/// What is known of a run besides its files.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub tags: Tags,
    pub passed_over: PassedOver,
    has_started: bool,
}

impl Run {
    /// Takes an event's numbers as a row, and what else it says as facts.
    ///
    /// # Errors
    /// When a message within the event is no protocol buffer.
    #[inline]
    pub(super) fn take(&mut self, event: &Event<'_>, batch: &mut Batch) -> Result<(), Malformed> {
        if !self.has_started && event.wall_time > 0.0 {
            self.has_started = true;
            batch.facts.push(Fact::Started(event.wall_time));
        }
        if event.is_start {
            self.tags.start(event.step, batch);
        }
        event.summaries.each(|value| self.value(&value, event, batch))?;
        batch.end_row(event.step as f64, event.wall_time.is_finite().then_some(event.wall_time));
        Ok(())
    }

    #[inline]
    fn value(&mut self, value: &Value<'_>, event: &Event<'_>, batch: &mut Batch) -> Result<(), Malformed> {
        if let Some(metadata) = value.metadata {
            hyper_parameters(&plugin(metadata)?, event, batch)?;
        }
        if matches!(value.content, Content::Nothing) {
            return Ok(());
        }
        let Self { tags, passed_over, .. } = self;
        let Some(tag) = tags.tag(value.tag, || kind_of(value, batch)) else {
            batch.leave_out();
            return Ok(());
        };
        match tags.kind(tag) {
            Kind::Number(None) => batch.leave_out(),
            Kind::Number(Some(place)) => match number(&value.content)? {
                Some(number) => {
                    tags.number_follows(tag, event.step, batch);
                    batch.push_at(place, number);
                }
                None => passed_over.count("values that are not one number", value.tag),
            },
            Kind::Distribution => match distribution(value, event.step)? {
                Some(fact) => {
                    tags.fact_follows(tag, event.step, batch);
                    batch.facts.push(fact);
                }
                None => passed_over.count("histograms without values", value.tag),
            },
            Kind::Text => {
                if let Content::Tensor(bytes) = value.content
                    && let Some(mut text) = Tensor::decode(bytes).map_err(|_| Malformed)?.text()
                {
                    text.truncate(text.floor_char_boundary(MAX_TEXT));
                    tags.fact_follows(tag, event.step, batch);
                    batch.facts.push(Fact::Text { name: value.tag.to_owned(), step: event.step as f64, text });
                }
            }
            Kind::PassedOver => passed_over.count(&what_it_is(value), value.tag),
            Kind::Ignored => {}
        }
        Ok(())
    }
}

fn hyper_parameters(plugin: &PluginData, event: &Event<'_>, batch: &mut Batch) -> Result<(), Malformed> {
    if plugin.plugin_name != "hparams" {
        return Ok(());
    }
    let said = HParams::decode(plugin.content.as_slice()).map_err(|_| Malformed)?;
    if let Some(start) = said.session_start_info {
        let mut settings: Vec<_> = start.hparams.into_iter().collect();
        settings.sort_by(|one, other| one.0.cmp(&other.0));
        for (name, value) in settings {
            let setting = match value.kind {
                Some(Parameter::Number(number)) => Setting::Number(number),
                Some(Parameter::Flag(flag)) => Setting::Flag(flag),
                Some(Parameter::Text(text)) => Setting::Text(text),
                None => continue,
            };
            batch.facts.push(Fact::Setting(name, setting));
        }
        if start.start_time_secs > 0.0 {
            batch.facts.push(Fact::Started(start.start_time_secs));
        }
    }
    // PyTorch's add_hparams writes a success at once, without a time, whether or not the run goes on.
    if let Some(end) = said.session_end_info.filter(|end| end.end_time_secs > 0.0 || end.status == 2) {
        let time = if end.end_time_secs > 0.0 { end.end_time_secs } else { event.wall_time };
        match end.status {
            1 => batch.facts.push(Fact::Ended(End::Finished, Some(time), String::new())),
            2 => batch.facts.push(Fact::Ended(End::Failed, Some(time), String::new())),
            _ => {}
        }
    }
    Ok(())
}

fn plugin(metadata: &[u8]) -> Result<PluginData, Malformed> {
    let metadata = SummaryMetadata::decode(metadata).map_err(|_| Malformed)?;
    Ok(metadata.plugin_data.unwrap_or_default())
}

fn plugin_name(value: &Value<'_>) -> String {
    value.metadata.and_then(|metadata| plugin(metadata).ok()).unwrap_or_default().plugin_name
}

fn kind_of(value: &Value<'_>, batch: &mut Batch) -> Kind {
    match value.content {
        Content::Number(_) => Kind::Number(batch.name(value.tag)),
        Content::Histogram(_) => Kind::Distribution,
        Content::Image | Content::Audio => Kind::PassedOver,
        Content::Nothing => Kind::Ignored,
        Content::Tensor(_) => match plugin_name(value).as_str() {
            "scalars" => Kind::Number(batch.name(value.tag)),
            "histograms" => Kind::Distribution,
            "text" => Kind::Text,
            "hparams" | "custom_scalars" => Kind::Ignored,
            _ => Kind::PassedOver,
        },
    }
}

/// The plural of what is passed over.
fn what_it_is(value: &Value<'_>) -> String {
    match (value.content, plugin_name(value).as_str()) {
        (Content::Image, _) | (_, "images") => "images".to_owned(),
        (Content::Audio, _) | (_, "audio") => "audio clips".to_owned(),
        (_, "") => "tensors".to_owned(),
        (_, name) => format!("values of the plug-in {}", &name[..name.floor_char_boundary(40)]),
    }
}

#[inline]
fn number(content: &Content<'_>) -> Result<Option<f64>, Malformed> {
    match content {
        Content::Number(number) => Ok(Some(f64::from(*number))),
        Content::Tensor(bytes) => Ok(Tensor::decode(*bytes).map_err(|_| Malformed)?.number()),
        _ => Ok(None),
    }
}

fn distribution(value: &Value<'_>, step: i64) -> Result<Option<Fact>, Malformed> {
    let buckets = match value.content {
        Content::Histogram(bytes) => Histogram::decode(bytes).map_err(|_| Malformed)?.buckets(),
        Content::Tensor(bytes) => {
            let tensor = Tensor::decode(bytes).map_err(|_| Malformed)?;
            let rows = if matches!(tensor.shape()[..], [_, 3]) { tensor.numbers() } else { None };
            rows.unwrap_or_default().as_chunks::<3>().0.to_vec()
        }
        _ => Vec::new(),
    };
    Ok(edges_and_counts(&buckets).map(|(edges, counts)| Fact::Distribution {
        name: value.tag.to_owned(),
        step: step as f64,
        edges,
        counts,
    }))
}

impl Histogram {
    /// Left edge, right edge and count of each bucket; the outer edges are the least and the greatest value, as in
    /// TensorBoard's `data_compat.py`.
    fn buckets(&self) -> Vec<[f64; 3]> {
        let count = self.bucket.len().min(self.bucket_limit.len());
        let edge = |at: usize| match at {
            0 => self.min,
            _ if at == count => self.max,
            _ => self.bucket_limit[at - 1],
        };
        (0..count).map(|at| [edge(at), edge(at + 1), self.bucket[at]]).collect()
    }
}

/// Edges that grow and a count for each bucket between them, without empty buckets at either end; none without a value.
fn edges_and_counts(buckets: &[[f64; 3]]) -> Option<(Vec<f64>, Vec<f64>)> {
    let first = buckets.iter().position(|bucket| bucket[2] > 0.0)?;
    let last = buckets.iter().rposition(|bucket| bucket[2] > 0.0)?;
    let (mut edges, mut counts) = (vec![buckets[first][0]], Vec::new());
    for [left, right, count] in &buckets[first..=last] {
        let end = edges.last().copied().unwrap_or(*left);
        if *left > end {
            edges.push(*left);
            counts.push(0.0);
        }
        edges.push(right.max(*left).max(end));
        counts.push(count.max(0.0));
    }
    edges.iter().all(|edge| edge.is_finite()).then_some((edges, counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_grow_whatever_the_buckets_are() {
        let buckets = [[5.0, -1.0, 0.0], [0.0, 1.0, 2.0], [1.0, 2.0, 0.0], [3.0, 4.0, 1.0], [4.0, 9.0, 0.0]];
        let expected = (vec![0.0, 1.0, 2.0, 3.0, 4.0], vec![2.0, 0.0, 0.0, 1.0]);
        assert_eq!(edges_and_counts(&buckets), Some(expected));
        assert_eq!(edges_and_counts(&[[1.0, 1.0, 3.0]]), Some((vec![1.0, 1.0], vec![3.0])));
        assert_eq!(edges_and_counts(&[[0.0, 1.0, 0.0]]), None);
        assert_eq!(edges_and_counts(&[[f64::NAN, 1.0, 1.0]]), None);
    }

    #[test]
    fn the_outer_edges_are_the_least_and_the_greatest_value() {
        let histogram =
            Histogram { min: -1.0, max: 3.5, bucket_limit: vec![0.0, 2.0, f64::MAX], bucket: vec![1.0, 2.0, 3.0] };
        assert_eq!(histogram.buckets(), [[-1.0, 0.0, 1.0], [0.0, 2.0, 2.0], [2.0, 3.5, 3.0]]);
    }
}
