//! The text of a file that may grow, unpacked where it is compressed and turned into UTF-8 where it is UTF-16.
//!
//! What a file is, is told by its first bytes. A growing compressed file is read as far as it goes. An archive that grows
//! a thousandfold is unpacked piece by piece, never as a whole. Does not depend on what the text means.

use crate::growing_file::{CHUNK, GrowingFile, Piece};
use crate::{Fact, ReadError};
use flate2::write::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Packed bytes that are unpacked at a time: at most four megabytes of text.
const SLICE: usize = 4 << 10;

/// Packed bytes of zstd that hold a whole block, whatever it is.
const BLOCK: usize = 160 << 10;

/// Bytes of a zstd frame's header at most.
const FRAME_HEADER: usize = 18;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How the bytes become text.
enum Decoder {
    /// Too few bytes were read to tell.
    Unknown,
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Zstd(Box<FrameDecoder>),
    Utf16 {
        is_little: bool,
        high: Option<u16>,
    },
    /// The archive is damaged: nothing behind is read.
    Broken,
}

/// The text of a file.
pub(crate) struct Source {
    file: GrowingFile,
    decoder: Decoder,
    /// Bytes of the file that are not decoded yet.
    raw: Vec<u8>,
    has_more: bool,
}

impl Source {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { file: GrowingFile::new(path), decoder: Decoder::Unknown, raw: Vec::new(), has_more: false }
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Bytes of the file that were read.
    pub(crate) fn offset(&self) -> u64 {
        self.file.offset()
    }

    /// Appends the next text to `buffer`, about [`CHUNK`] bytes at most. When the file began again, the buffer holds
    /// nothing before it.
    pub(crate) fn read(&mut self, buffer: &mut Vec<u8>, facts: &mut Vec<Fact>) -> Result<Piece, ReadError> {
        if matches!(self.decoder, Decoder::Plain) {
            let piece = self.file.read(buffer)?;
            if !piece.is_again {
                return Ok(piece);
            }
            self.raw = std::mem::take(buffer);
            self.has_more = piece.has_more;
            self.decoder = Decoder::Unknown;
            return Ok(self.decode(true, buffer, facts));
        }
        let mut is_again = false;
        if self.raw.len() < BLOCK {
            let piece = self.file.read(&mut self.raw)?;
            self.has_more = piece.has_more;
            if piece.is_again {
                is_again = true;
                buffer.clear();
                self.decoder = Decoder::Unknown;
            }
        }
        Ok(self.decode(is_again, buffer, facts))
    }

    fn decode(&mut self, is_again: bool, buffer: &mut Vec<u8>, facts: &mut Vec<Fact>) -> Piece {
        if matches!(self.decoder, Decoder::Unknown) {
            let (decoder, mark) = decoder_of(&self.raw);
            self.decoder = decoder;
            self.raw.drain(..mark);
        }
        let waits = match unpack(&mut self.decoder, &mut self.raw, buffer) {
            Ok(waits) => waits,
            Err(what) => {
                self.decoder = Decoder::Broken;
                self.raw = Vec::new();
                facts.push(Fact::Fault(format!("The {what}, and nothing behind is read.")));
                false
            }
        };
        Piece { is_again, has_more: waits || self.has_more }
    }
}

/// The decoder for a file with these first bytes, and how many of them say only that.
fn decoder_of(raw: &[u8]) -> (Decoder, usize) {
    let may_be = |magic: &[u8]| raw.len() < magic.len() && magic.starts_with(raw);
    if may_be(&GZIP) || may_be(&ZSTD) || may_be(&[0xff, 0xfe]) || may_be(&[0xfe, 0xff]) {
        (Decoder::Unknown, 0)
    } else if raw.starts_with(&GZIP) {
        (Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))), 0)
    } else if raw.starts_with(&ZSTD) {
        (Decoder::Zstd(Box::new(FrameDecoder::new())), 0)
    } else if raw.starts_with(&[0xff, 0xfe]) || raw.starts_with(&[0xfe, 0xff]) {
        (Decoder::Utf16 { is_little: raw[0] == 0xff, high: None }, 2)
    } else {
        (Decoder::Plain, 0)
    }
}

/// Moves text to `out`, at most about [`CHUNK`]; whether more waits. The error says what is broken.
fn unpack(decoder: &mut Decoder, raw: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<bool, &'static str> {
    match decoder {
        Decoder::Unknown => Ok(false),
        Decoder::Plain => {
            out.append(raw);
            Ok(false)
        }
        Decoder::Broken => {
            raw.clear();
            Ok(false)
        }
        Decoder::Gzip(decoder) => {
            let mut used = 0;
            let begin = out.len();
            while used < raw.len() && out.len() - begin < CHUNK {
                let end = (used + SLICE).min(raw.len());
                let done = decoder.write_all(&raw[used..end]).and_then(|()| decoder.flush());
                // What was unpacked before the damage counts.
                out.append(decoder.get_mut());
                done.map_err(|_| "gzip archive is damaged")?;
                used = end;
            }
            raw.drain(..used);
            Ok(!raw.is_empty())
        }
        Decoder::Zstd(decoder) => unzstd(decoder, raw, out).map_err(|()| "zstd archive is damaged"),
        Decoder::Utf16 { is_little, high } => {
            let take = (raw.len() & !1).min(CHUNK);
            let units = raw[..take].chunks_exact(2).map(|pair| {
                let pair = [pair[0], pair[1]];
                if *is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
            });
            let mut units: Vec<u16> = high.take().into_iter().chain(units).collect();
            // The first half of a character whose second is not there yet.
            *high = units.pop_if(|last| (0xd800..0xdc00).contains(last));
            let text: String = char::decode_utf16(units).map(|sign| sign.unwrap_or('\u{fffd}')).collect();
            out.extend_from_slice(text.as_bytes());
            raw.drain(..take);
            Ok(raw.len() > 1)
        }
    }
}

fn unzstd(decoder: &mut FrameDecoder, raw: &mut Vec<u8>, out: &mut Vec<u8>) -> Result<bool, ()> {
    let mut used = 0;
    let mut target = vec![0; 256 << 10];
    let begin = out.len();
    let mut waits = false;
    loop {
        if out.len() - begin >= CHUNK {
            waits = true;
            break;
        }
        if decoder.is_finished() && decoder.can_collect() == 0 {
            // Another frame may follow.
            let mut rest = &raw[used..];
            let before = rest.len();
            match decoder.reset(&mut rest) {
                Ok(()) => used += before - rest.len(),
                Err(_) if before < FRAME_HEADER => break,
                Err(_) => return Err(()),
            }
        }
        let end = (used + BLOCK).min(raw.len());
        let (read, written) = decoder.decode_from_to(&raw[used..end], &mut target).map_err(drop)?;
        if read > end - used {
            // So it asks for a checksum of which not every byte is there.
            break;
        }
        used += read;
        out.extend_from_slice(&target[..written]);
        if read == 0 && written == 0 {
            break;
        }
    }
    raw.drain(..used);
    Ok(waits)
}

/// The text at the beginning of a file of which these are the first bytes, and whether it was packed or in UTF-16.
pub(crate) fn text_of(head: &[u8]) -> (Vec<u8>, bool) {
    let (mut decoder, mark) = decoder_of(head);
    let mut raw = head[mark..].to_vec();
    let mut text = Vec::new();
    let is_plain = matches!(decoder, Decoder::Plain | Decoder::Unknown);
    if is_plain {
        return (raw, false);
    }
    // What a damaged archive gave before its damage is text, too.
    let _ = unpack(&mut decoder, &mut raw, &mut text);
    (text, true)
}
