//! The frames of a record file: length, its checksum, the bytes, their checksum.
//!
//! The format of TensorFlow's `TFRecord` (`tensorflow/core/lib/io/record_writer.h`): numbers are little endian, checksums are
//! masked CRC-32C. Does not depend on what the bytes mean.

/// Bytes before a frame's data.
pub(super) const HEAD: usize = 12;

/// Bytes after a frame's data.
pub(super) const TAIL: usize = 4;

/// The longest data that are kept in memory; what is longer, such as a graph, is passed over.
pub(super) const MAX_DATA: u64 = 16 << 20;

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A whole frame: its data, and the bytes that it takes with head and tail.
    Whole(&'a [u8], usize),
    /// The frame is not there to its end.
    Partial,
    /// A frame whose data, of so many bytes, are too long to be kept.
    TooLong(u64),
    /// A checksum is wrong.
    Corrupt,
}

/// The frame at the beginning of `bytes`.
#[inline]
pub(super) fn next(bytes: &[u8]) -> Frame<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Frame::Partial };
    let Some(length) = data_length(head) else { return Frame::Corrupt };
    if length > MAX_DATA {
        return Frame::TooLong(length);
    }
    let Some((data, tail)) = rest.split_at_checked(length as usize) else { return Frame::Partial };
    let Some(tail) = tail.first_chunk::<TAIL>() else { return Frame::Partial };
    if masked(crc32c::crc32c(data)) == u32::from_le_bytes(*tail) {
        Frame::Whole(data, HEAD + data.len() + TAIL)
    } else {
        Frame::Corrupt
    }
}

/// The length that a frame's head says; none when its checksum is wrong.
fn data_length(head: &[u8; HEAD]) -> Option<u64> {
    let [a, b, c, d, e, f, g, h, crc @ ..] = *head;
    let length = [a, b, c, d, e, f, g, h];
    (masked(crc32c::crc32c(&length)) == u32::from_le_bytes(crc)).then_some(u64::from_le_bytes(length))
}

/// Whether bytes begin with a frame's head, its checksum right.
pub(super) fn has_head(bytes: &[u8]) -> bool {
    bytes.first_chunk().is_some_and(|head| data_length(head).is_some())
}

fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A frame around data, for tests.
#[cfg(test)]
pub(super) fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let checks = [&length[..], data].map(|bytes| masked(crc32c::crc32c(bytes)).to_le_bytes());
    [&length[..], &checks[0], data, &checks[1]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_partial_or_corrupt() {
        let bytes = framed(b"event");
        assert_eq!(next(&bytes), Frame::Whole(b"event", bytes.len()));
        for end in 0..bytes.len() {
            assert_eq!(next(&bytes[..end]), Frame::Partial);
        }
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 4;
            assert_eq!(next(&changed), Frame::Corrupt, "byte {place}");
        }
    }

    #[test]
    fn a_length_that_no_memory_holds_is_told() {
        let length = (1_u64 << 60).to_le_bytes();
        let head = [&length[..], &masked(crc32c::crc32c(&length)).to_le_bytes()].concat();
        assert_eq!(next(&head), Frame::TooLong(1 << 60));
    }
}
