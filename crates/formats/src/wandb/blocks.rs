//! The blocks of a `.wandb` file, and the records that they carry.
//!
//! After 7 bytes of its own the file is a log of `LevelDB` (<https://github.com/google/leveldb/blob/main/doc/log_format.md>):
//! blocks of 32 KiB hold chunks, one or several of which are a record. Unlike there, checksums are plain CRC-32 (`zlib`),
//! not masked CRC-32C. A broken chunk costs the rest of its block, as in W&B's own reader. Does not depend on what a
//! record says.

use crate::GrowingFile;
use std::path::PathBuf;

/// What every file begins with: name, magic number (0xBEE1), version 0.
pub(super) const HEADER: &[u8; 7] = b":W&B\xe1\xbe\x00";

const BLOCK: u64 = 32 << 10;

/// Bytes before a chunk's data: checksum, length, kind.
const HEAD: usize = 7;

/// The longest record that is kept; what is longer, such as a large artifact's manifest, is passed over.
const MAX_RECORD: usize = 16 << 20;

/// A file whose records are read on.
#[derive(Debug)]
pub(super) struct BlockFile {
    pub file: GrowingFile,
    bytes: Vec<u8>,
    /// The chunks of the record that is not whole yet.
    record: Vec<u8>,
    state: State,
    /// Blocks of which something could not be read.
    pub broken: u64,
    /// Records that were too long.
    pub too_long: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The next chunk begins a record.
    Between,
    /// The next chunk goes on with one.
    Within,
    /// Chunks are passed over until one begins a record.
    Lost,
}

/// A chunk.
enum Chunk<'a> {
    /// Its kind, its data, and the bytes it takes.
    Whole(u8, &'a [u8], usize),
    /// Nothing but padding follows in the block.
    Padding(usize),
    /// What follows in the block cannot be read.
    Broken(usize),
    Partial,
}

impl BlockFile {
    pub(super) fn new(path: PathBuf) -> Self {
        let file = GrowingFile::new(path);
        Self { file, bytes: Vec::new(), record: Vec::new(), state: State::Between, broken: 0, too_long: 0 }
    }

    /// Reads the next bytes.
    pub(super) fn read(&mut self) -> Result<crate::Piece, crate::ReadError> {
        self.file.read(&mut self.bytes)
    }

    /// Calls `take` with every record that is whole.
    pub(super) fn take_records(&mut self, mut take: impl FnMut(&[u8])) {
        let begin = self.file.offset() - self.bytes.len() as u64;
        let bytes = std::mem::take(&mut self.bytes);
        let mut at = 0;
        if begin == 0 {
            if bytes.len() < HEADER.len() {
                self.bytes = bytes;
                return;
            }
            at = HEADER.len();
        }
        loop {
            match chunk(&bytes[at..], begin + at as u64) {
                Chunk::Partial => break,
                Chunk::Padding(length) => at += length,
                Chunk::Broken(length) => {
                    self.broken += 1;
                    self.record.clear();
                    self.state = State::Lost;
                    at += length;
                }
                Chunk::Whole(kind, data, length) => {
                    self.take_chunk(kind, data, &mut take);
                    at += length;
                }
            }
        }
        if at < bytes.len() {
            self.bytes = bytes;
            self.bytes.drain(..at);
        }
    }

    fn take_chunk(&mut self, kind: u8, data: &[u8], take: &mut impl FnMut(&[u8])) {
        match (kind, self.state) {
            (1, _) => {
                self.state = State::Between;
                take(data);
            }
            (2, _) => {
                self.record.clear();
                self.record.extend_from_slice(data);
                self.state = State::Within;
            }
            (3 | 4, State::Within) if self.record.len() + data.len() > MAX_RECORD => {
                self.too_long += 1;
                self.record = Vec::new();
                self.state = State::Lost;
            }
            (3 | 4, State::Within) => {
                self.record.extend_from_slice(data);
                if kind == 4 {
                    take(&self.record);
                    self.record = Vec::new();
                    self.state = State::Between;
                }
            }
            _ => {}
        }
    }
}

/// The chunk at the beginning of `bytes`, which are at `offset` of the file.
fn chunk(bytes: &[u8], offset: u64) -> Chunk<'_> {
    let left = (BLOCK - offset % BLOCK) as usize;
    let rest = |chunk: fn(usize) -> Chunk<'static>| if bytes.len() < left { Chunk::Partial } else { chunk(left) };
    if left < HEAD {
        return rest(Chunk::Padding);
    }
    let Some((&[a, b, c, d, low, high, kind], data)) = bytes.split_first_chunk::<HEAD>() else {
        return Chunk::Partial;
    };
    let (crc, length) = (u32::from_le_bytes([a, b, c, d]), usize::from(u16::from_le_bytes([low, high])));
    if (crc, length, kind) == (0, 0, 0) {
        return rest(Chunk::Padding);
    }
    if HEAD + length > left || !(1..=4).contains(&kind) {
        return rest(Chunk::Broken);
    }
    let Some(data) = data.get(..length) else { return Chunk::Partial };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(data);
    if hasher.finalize() == crc { Chunk::Whole(kind, data, HEAD + length) } else { rest(Chunk::Broken) }
}

/// A file with these records, for tests.
#[cfg(test)]
pub(super) fn file_of(records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = HEADER.to_vec();
    for record in records {
        let (mut rest, mut is_first) = (record.as_slice(), true);
        loop {
            let mut left = BLOCK as usize - bytes.len() % BLOCK as usize;
            if left < HEAD {
                bytes.resize(bytes.len() + left, 0);
                left = BLOCK as usize;
            }
            let (data, after) = rest.split_at(rest.len().min(left - HEAD));
            let kind = match (is_first, after.is_empty()) {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                (false, true) => 4,
            };
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&[kind]);
            hasher.update(data);
            bytes.extend(hasher.finalize().to_le_bytes());
            bytes.extend((data.len() as u16).to_le_bytes());
            bytes.push(kind);
            bytes.extend(data);
            (rest, is_first) = (after, false);
            if rest.is_empty() {
                break;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn records_of(bytes: &[u8]) -> (Vec<Vec<u8>>, BlockFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.wandb");
        fs::write(&path, bytes).unwrap();
        let mut file = BlockFile::new(path);
        let mut records = Vec::new();
        while file.read().unwrap().has_more {
            file.take_records(|record| records.push(record.to_vec()));
        }
        file.take_records(|record| records.push(record.to_vec()));
        (records, file)
    }

    fn some_records() -> Vec<Vec<u8>> {
        [3, 0, 32 << 10, 100, 70_000, 32_700, 5, 1].iter().map(|length| vec![*length as u8 | 1; *length]).collect()
    }

    #[test]
    fn records_of_several_chunks_are_whole() {
        let records = some_records();
        assert!(records_of(&file_of(&records)).0 == records);
    }

    #[test]
    fn a_broken_chunk_costs_no_more_than_its_records() {
        let records = some_records();
        let mut bytes = file_of(&records);
        bytes[20] ^= 1;
        let (found, file) = records_of(&bytes);
        let lengths: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(
            (lengths, file.broken),
            (vec![3, 100, 70_000, 32_700, 5, 1], 1),
            "the second, and with it the third"
        );
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let records = vec![vec![1; MAX_RECORD + 1], vec![2]];
        let (found, file) = records_of(&file_of(&records));
        assert_eq!((found, file.too_long), (vec![vec![2]], 1));
    }
}
