//! An event and the values of its summary, without copies: most events hold one number.
//!
//! Field numbers are those of `tensorboard/compat/proto/{event,summary}.proto`. Does not depend on tags or batches.

use crate::wire::{Fields, Malformed, Value as Field};

/// An event: what happened at a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Event<'a> {
    /// Seconds since 1970.
    pub wall_time: f64,
    pub step: i64,
    /// The values of its summary, most often one message; a second one goes on with the first.
    pub summaries: Summaries<'a>,
    /// `SessionLog START`: a process began, and what was written from this step on is void.
    pub is_start: bool,
}

/// One message or several.
#[derive(Clone, Debug, Default)]
pub(super) struct Summaries<'a> {
    first: &'a [u8],
    others: Vec<&'a [u8]>,
}

impl<'a> Summaries<'a> {
    fn push(&mut self, message: &'a [u8]) {
        if self.first.is_empty() {
            self.first = message;
        } else {
            self.others.push(message);
        }
    }

    /// Calls `each` with every value.
    #[inline]
    pub(super) fn each(&self, mut each: impl FnMut(Value<'a>) -> Result<(), Malformed>) -> Result<(), Malformed> {
        for message in std::iter::once(&self.first).chain(&self.others) {
            let mut fields = Fields::new(message);
            while let Some((number, field)) = fields.next()? {
                if let (1, Field::Bytes(value)) = (number, field) {
                    each(Value::parse(value)?)?;
                }
            }
        }
        Ok(())
    }
}

impl<'a> Event<'a> {
    /// Reads an event's message.
    ///
    /// # Errors
    /// When the bytes are no protocol buffer, or a field has another type than it must have.
    #[inline]
    pub(super) fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut event = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Fixed64(bytes)) => event.wall_time = f64::from_le_bytes(bytes),
                (2, Field::Varint(step)) => event.step = step.cast_signed(),
                (5, Field::Bytes(summary)) => event.summaries.push(summary),
                (7, Field::Bytes(session)) => event.is_start = is_start(session)?,
                (3 | 4 | 6 | 8..=10, Field::Bytes(_)) => {}
                (1..=10, _) => return Err(Malformed),
                _ => {}
            }
        }
        Ok(event)
    }
}

fn is_start(session: &[u8]) -> Result<bool, Malformed> {
    let mut fields = Fields::new(session);
    let mut status = 0;
    while let Some((number, field)) = fields.next()? {
        if let (1, Field::Varint(value)) = (number, field) {
            status = value;
        }
    }
    Ok(status == 1)
}

/// A value of a summary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub tag: &'a str,
    /// A `SummaryMetadata` message.
    pub metadata: Option<&'a [u8]>,
    pub content: Content<'a>,
}

/// What a value holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    Nothing,
    Number(f32),
    /// A `TensorProto` message.
    Tensor(&'a [u8]),
    /// A `HistogramProto` message.
    Histogram(&'a [u8]),
    Image,
    Audio,
}

impl<'a> Value<'a> {
    #[inline]
    fn parse(message: &'a [u8]) -> Result<Self, Malformed> {
        let mut tag = &[][..];
        let mut metadata = None;
        let mut content = Content::Nothing;
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field {
                (1, Field::Bytes(bytes)) => tag = bytes,
                (2, Field::Fixed32(bytes)) => content = Content::Number(f32::from_le_bytes(bytes)),
                (4, Field::Bytes(_)) => content = Content::Image,
                (5, Field::Bytes(histogram)) => content = Content::Histogram(histogram),
                (6, Field::Bytes(_)) => content = Content::Audio,
                (8, Field::Bytes(tensor)) => content = Content::Tensor(tensor),
                (9, Field::Bytes(bytes)) => metadata = Some(bytes),
                (1 | 2 | 4..=6 | 8 | 9, _) => return Err(Malformed),
                _ => {}
            }
        }
        let tag = std::str::from_utf8(tag).map_err(|_| Malformed)?;
        Ok(Self { tag, metadata, content })
    }
}
