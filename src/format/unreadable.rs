//! What a file that holds no readable log seems to be, by its first bytes and its name, and what would help.
//!
//! The signatures are those of file(1) and of the formats' own documents. Does not depend on how logs are read.

use std::fmt;
use std::path::Path;

/// What a file seems to be instead of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The kind of file, with its article: `a PNG picture`.
    pub what: &'static str,
    /// What its owner can do, or nothing.
    pub help: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "seems to be {}, not a log", self.what)?;
        if self.help.is_empty() { Ok(()) } else { write!(formatter, ": {}", self.help) }
    }
}

pub(crate) const NAMED_PIPE: Unreadable = only("a named pipe, and only regular files are followed");
pub(crate) const SOCKET: Unreadable = only("a socket, and only regular files are followed");
pub(crate) const DEVICE: Unreadable = only("a device, and only regular files are followed");
pub(crate) const JSON_DOCUMENT: Unreadable =
    of("a JSON document", "a log is JSON Lines, one object of numbers a line, or CSV");
const NOTEBOOK: Unreadable = only("a Jupyter notebook");
const TOKENIZER: Unreadable = only("a tokenizer");
const BINARY: Unreadable = only("binary data");
const CR_ONLY: Unreadable =
    of("text whose lines end in a carriage return alone", "`tr '\\r' '\\n' < FILE > NEW` makes lines of it");
pub(super) const WORDS: Unreadable = of("a table without a number", "a log has a column of numbers");
const TEXT: Unreadable =
    of("text", "a log is JSON Lines, one object of numbers a line, or a table in a file that ends in .csv or .tsv");

const fn of(what: &'static str, help: &'static str) -> Unreadable {
    Unreadable { what, help }
}

const fn only(what: &'static str) -> Unreadable {
    of(what, "")
}

const UTF_16: Unreadable = of("text in UTF-16", "`iconv -f UTF-16 -t UTF-8 FILE > NEW` makes UTF-8 of it");
const ZSTD: Unreadable = of("a zstd archive", "`zstd -d FILE` unpacks it");
const HDF5: Unreadable = only("an HDF5 file, weights of Keras perhaps");
const PICKLE: Unreadable = only("a Python pickle, weights of PyTorch perhaps");
const ZIP: Unreadable = only("a zip archive, as .npz and weights of PyTorch are");

/// Kinds by bytes at a place.
const SIGNATURES: &[(usize, &[u8], Unreadable)] = &[
    (0, b"\x1f\x8b", of("a gzip archive", "`gunzip FILE` unpacks it")),
    (0, b"\x28\xb5\x2f\xfd", ZSTD),
    (0, b"\xfd7zXZ\0", of("an xz archive", "`unxz FILE` unpacks it")),
    (0, b"BZh", of("a bzip2 archive", "`bunzip2 FILE` unpacks it")),
    (0, b"\x04\x22\x4d\x18", of("an lz4 archive", "`unlz4 FILE` unpacks it")),
    (0, b"7z\xbc\xaf\x27\x1c", only("a 7-Zip archive")),
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (257, b"ustar", of("a tar archive", "`tar -xf FILE` unpacks it")),
    (0, b"\x89PNG\r\n\x1a\n", only("a PNG picture")),
    (0, b"\xff\xd8\xff", only("a JPEG picture")),
    (0, b"GIF8", only("a GIF picture")),
    (0, b"RIFF", only("a sound or a WebP picture")),
    (0, b"%PDF-", only("a PDF document")),
    (0, b"\x7fELF", only("a program (ELF)")),
    (0, b"SQLite format 3\0", only("an SQLite database, which is not read")),
    (0, b"\x93NUMPY", only("a NumPy array")),
    (0, b"\x89HDF\r\n\x1a\n", HDF5),
    (0, b"PAR1\x15", only("a Parquet table, which is not read")),
    (0, b"ARROW1", only("an Arrow table, which is not read")),
    (0, b"GGUF", only("weights (GGUF)")),
    (8, b"{\"", only("weights (safetensors)")),
    (0, b":W&B", of("a run of Weights & Biases, which is not read yet", "`wandb sync FILE` uploads it")),
    (0, b"\x80\x02", PICKLE),
    (0, b"\x80\x03", PICKLE),
    (0, b"\x80\x04", PICKLE),
    (0, b"\x80\x05", PICKLE),
    (0, b"\xff\xfe", UTF_16),
    (0, b"\xfe\xff", UTF_16),
    (0, b"version https://git-lfs.github.com/spec/", of("a Git LFS pointer, not the file itself", "`git lfs pull`")),
    (0, b"/annex/objects/", of("a git-annex pointer, not the file itself", "`git annex get FILE`")),
    (0, b"<", only("HTML or XML")),
    (0, b"#!", only("a script")),
];

/// Kinds of text by the ending of the name.
const ENDINGS: &[(&str, Unreadable)] = &[
    ("py", only("a Python program")),
    ("sh", only("a script")),
    ("rs", only("a Rust program")),
    ("c", only("a C program")),
    ("cpp", only("a C++ program")),
    ("js", only("a JavaScript program")),
    ("md", only("Markdown")),
    ("rst", only("reStructuredText")),
    ("yaml", only("YAML, settings perhaps")),
    ("yml", only("YAML, settings perhaps")),
    ("toml", only("TOML, settings perhaps")),
    ("ini", only("settings (INI)")),
    ("cfg", only("settings")),
];

/// What the first bytes of a file say against its being a log, whatever its name.
pub(crate) fn by_signature(head: &[u8]) -> Option<Unreadable> {
    // Framed as TensorBoard frames its records: length, checksum of the length.
    if let Some(frame) = head.first_chunk::<12>()
        && masked(crc32c::crc32c(&frame[..8])).to_le_bytes() == frame[8..]
    {
        return Some(only("a TensorBoard event file, which is not read yet"));
    }
    let starts = |at: usize, bytes: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(bytes));
    let is_weights = |at: usize| at != 8 || head.get(1..8).is_some_and(|length| length.contains(&0));
    let found = SIGNATURES
        .iter()
        .find(|(at, bytes, what)| starts(*at, bytes) && (!what.what.contains("safetensors") || is_weights(*at)));
    if let Some((_, _, what)) = found {
        return Some(*what);
    }
    let first_line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first_line.iter().take(512).any(|byte| *byte == 0).then_some(BINARY)
}

/// The checksum as TensorFlow's record files mask it.
fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// What a whole JSON document is.
pub(crate) fn json_document(head: &[u8]) -> Unreadable {
    let names = |key: &[u8]| memchr::memmem::find(head, key).is_some();
    if names(b"\"nbformat\"") || names(b"\"cell_type\"") {
        NOTEBOOK
    } else if names(b"\"added_tokens\"") {
        TOKENIZER
    } else {
        JSON_DOCUMENT
    }
}

/// Whether a text has carriage returns and not a single line feed.
pub(crate) fn cr_only(head: &[u8]) -> Option<Unreadable> {
    let head = head.trim_ascii_end();
    (head.contains(&b'\r') && !head.contains(&b'\n')).then_some(CR_ONLY)
}

/// What a text without a single row is.
pub(crate) fn text(path: &Path, head: &[u8]) -> Unreadable {
    let ending = path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase();
    let by_name = ENDINGS.iter().find(|(name, _)| *name == ending).map(|(_, what)| *what);
    let is_odd = |byte: &&u8| **byte >= 0x80 || (**byte < b' ' && !byte.is_ascii_whitespace() && **byte != 0x1b);
    let is_binary = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some())
        && head.iter().filter(is_odd).count() * 10 > head.len();
    if is_binary { BINARY } else { by_name.unwrap_or(TEXT) }
}
