//! TensorBoard's event files: protocol buffers in frames of length and checksums.
//!
//! A frame is the length (u64, little endian), the masked CRC-32C of those eight bytes, the message, its masked CRC-32C
//! (TensorFlow, `core/lib/io/record_writer.h`). Does not depend on what the events say.

use super::proto::{Event, Metadata, Summary, Value, What};
use byteorder::{LittleEndian, WriteBytesExt};
use prost::Message;
use std::io::{self, Write};

/// Writes the events of one file, in order of time or not.
pub(crate) struct EventFile<W> {
    out: W,
    buffer: Vec<u8>,
}

impl<W: Write> EventFile<W> {
    /// Begins a file with the version record that readers look for.
    ///
    /// # Errors
    /// When the sink reports one.
    pub(crate) fn begin(out: W, wall_time: f64) -> io::Result<Self> {
        let mut file = Self { out, buffer: Vec::new() };
        file.event(&Event { wall_time, step: 0, what: Some(What::FileVersion("brain.Event:2".to_owned())) })?;
        Ok(file)
    }

    /// Appends scalars of one step.
    ///
    /// # Errors
    /// When the sink reports one.
    pub(crate) fn scalars(&mut self, wall_time: f64, step: u64, scalars: &[(&str, f64)]) -> io::Result<()> {
        let value = scalars
            .iter()
            .map(|(tag, value)| Value { tag: (*tag).to_owned(), simple_value: Some(*value as f32), metadata: None })
            .collect();
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.event(&Event { wall_time, step, what: Some(What::Summary(Summary { value })) })
    }

    /// Appends what a plug-in reads.
    ///
    /// # Errors
    /// When the sink reports one.
    pub(crate) fn metadata(&mut self, wall_time: f64, tag: &str, metadata: Metadata) -> io::Result<()> {
        let value = vec![Value { tag: tag.to_owned(), simple_value: None, metadata: Some(metadata) }];
        self.event(&Event { wall_time, step: 0, what: Some(What::Summary(Summary { value })) })
    }

    /// Hands everything to the system.
    ///
    /// # Errors
    /// When the sink reports one.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        self.buffer.clear();
        event.encode(&mut self.buffer).map_err(io::Error::other)?;
        let length = (self.buffer.len() as u64).to_le_bytes();
        self.out.write_all(&length)?;
        self.out.write_u32::<LittleEndian>(masked(crc32c::crc32c(&length)))?;
        self.out.write_all(&self.buffer)?;
        self.out.write_u32::<LittleEndian>(masked(crc32c::crc32c(&self.buffer)))
    }
}

/// Rotated and shifted, so that the checksum of data that holds checksums is still one.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_record_is_framed_as_tensorflow_does() {
        let mut bytes = Vec::new();
        EventFile::begin(&mut bytes, 0.0).unwrap().finish().unwrap();
        // 15 bytes: field 3, length 13, the text; a zero wall time and step are left out.
        assert_eq!(bytes[..8], 15_u64.to_le_bytes());
        assert_eq!(&bytes[12..14], &[0x1a, 13]);
        assert_eq!(&bytes[14..27], b"brain.Event:2");
        assert_eq!(bytes.len(), 8 + 4 + 15 + 4);
    }

    #[test]
    fn the_mask_is_tensorflows() {
        // CRC-32C of "123456789" is the check value of the polynomial's registry entry.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked(0xe306_9283), 0xe306_9283_u32.rotate_right(15).wrapping_add(0xa282_ead8));
        assert_eq!(masked(0), 0xa282_ead8);
    }
}
