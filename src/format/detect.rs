//! Whether a file is a log of this program, another program's, or something that holds no log.
//!
//! Looks at the file's beginning only. Does not depend on what is made of its lines.

use super::RecordError;
use super::read_head;
use super::unreadable::{self, Unreadable};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::fs::FileType;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Bytes of a file's beginning that tell what it is.
const HEAD: usize = 64 << 10;

/// The kinds of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A log of this program.
    Log,
    /// Another program's JSONL or CSV.
    Foreign,
    /// Nothing that holds a log.
    Unreadable(Unreadable),
}

/// What a file is, as its beginning and its name tell; `None` when nothing has been written to it that tells, as in a
/// file that is missing, empty or in the middle of its first line.
///
/// # Errors
/// When it cannot be read.
pub fn kind_of(path: &Path) -> Result<Option<FileKind>, RecordError> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(RecordError::io("read", path)(error)),
        // What is no regular file is not opened to look inside: a named pipe would never answer.
        Ok(metadata) if !metadata.is_file() => return Ok(Some(special(metadata.file_type()))),
        Ok(_) => {}
    }
    Ok(kind_by_head(path, &read_head(path, HEAD)?))
}

fn special(kind: FileType) -> FileKind {
    FileKind::Unreadable(if kind.is_fifo() {
        unreadable::NAMED_PIPE
    } else if kind.is_socket() {
        unreadable::SOCKET
    } else {
        unreadable::DEVICE
    })
}

fn kind_by_head(path: &Path, head: &[u8]) -> Option<FileKind> {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "v")]
        _v: u64,
        #[serde(rename = "event")]
        _event: IgnoredAny,
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.is_empty() {
        return None;
    }
    let end = memchr::memchr(b'\n', text);
    let first = &text[..end.unwrap_or(text.len())];
    if serde_json::from_slice::<Mark>(first).is_ok() {
        return end.map(|_| FileKind::Log);
    }
    if perceptop_formats::format_of(path, head).is_some() {
        return Some(FileKind::Foreign);
    }
    let unreadable = |what| Some(FileKind::Unreadable(what));
    if let Some(what) = unreadable::by_signature(head).or_else(|| unreadable::cr_only(head)) {
        return unreadable(what);
    }
    // Nothing but a header yet, in a file that says by its name that it is a table.
    if has_ending(path, &["csv", "tsv"]) {
        let has_rows = end.is_some_and(|end| !text[end..].trim_ascii().is_empty());
        return if has_rows { unreadable(unreadable::WORDS) } else { None };
    }
    if matches!(text[0], b'{' | b'[') {
        match json(text, head.len() == HEAD) {
            Json::Document => return unreadable(unreadable::json_document(text)),
            Json::Unfinished => return None,
            // A program's first line may hold no number yet.
            Json::Line if has_ending(path, &["jsonl", "ndjson"]) => return None,
            Json::Line => return unreadable(unreadable::json_document(first)),
            Json::Torn => {}
        }
    }
    end?;
    unreadable(unreadable::text(path, text))
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    path.extension().is_some_and(|end| endings.iter().any(|it| end.eq_ignore_ascii_case(it)))
}

/// How a text stands that begins as JSON.
enum Json {
    /// Its first value takes several lines, or is a list.
    Document,
    /// Its first line is an object.
    Line,
    /// Its first line goes on past what there is.
    Unfinished,
    /// Its first line is no JSON, as one that was cut off.
    Torn,
}

fn json(text: &[u8], is_cut: bool) -> Json {
    let text = perceptop_formats::mended_json(text);
    let mut values = serde_json::Deserializer::from_slice(&text).into_iter::<IgnoredAny>();
    let first = values.next();
    let has_lines = |text: &[u8]| memchr::memchr(b'\n', text.trim_ascii_end()).is_some();
    match first {
        Some(Ok(_)) if text[0] == b'[' || has_lines(&text[..values.byte_offset()]) => Json::Document,
        Some(Ok(_)) => Json::Line,
        Some(Err(error)) if error.is_eof() && has_lines(&text) => Json::Document,
        // A line longer than what was read of it.
        Some(Err(error)) if error.is_eof() && is_cut && text[0] == b'{' => Json::Line,
        Some(Err(error)) if error.is_eof() && !is_cut => Json::Unfinished,
        _ => Json::Torn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, text: &str) -> String {
        match kind_by_head(Path::new(name), text.as_bytes()) {
            None => "nothing yet".to_owned(),
            Some(FileKind::Log) => "log".to_owned(),
            Some(FileKind::Foreign) => "rows".to_owned(),
            Some(FileKind::Unreadable(what)) => what.what.to_owned(),
        }
    }

    #[test]
    fn rows_are_told_from_documents() {
        for (name, text, wanted) in [
            ("a.jsonl", "{\"v\":1,\"seq\":0,\"t\":0,\"event\":\"paused\"}\n", "log"),
            ("a.jsonl", "{\"step\":1,\"loss\":NaN}\n", "rows"),
            ("a.json", "{\"step\":1,\"loss\":0.5}", "rows"),
            ("a.jsonl", "{\"step\":1,\"lo", "nothing yet"),
            ("a.jsonl", "{\"step\":1,\"lo\n{\"step\":2,\"loss\":1}\n", "rows"),
            ("a.jsonl", "starting\n{\"step\":2,\"loss\":1}\n", "rows"),
            ("a.jsonl", "{\"event\":\"start\"}\n", "nothing yet"),
            ("a.csv", "step,loss\n1,2\n", "rows"),
            ("a.json", "{\n  \"lr\": 0.1\n}\n", "a JSON document"),
            ("a.json", "[{\"lr\": 0.1}]", "a JSON document"),
            ("a.json", "{\"loss\":[1,2]}\n", "rows"),
            ("a.csv", "a,b\nx,y\n", "a table without a number"),
            ("a.ipynb", "{\n \"cells\": [{\"cell_type\": \"code\",\n", "a Jupyter notebook"),
            ("a.py", "import torch\n", "a Python program"),
            ("a.txt", "import torch\n", "text"),
            ("a.txt", "", "nothing yet"),
            ("a.txt", "\n\n \n", "nothing yet"),
            ("a.csv", "a,b\r1,2\r3,4\r", "rows"),
            ("a.bin", "ab\0cd\n", "binary data"),
        ] {
            assert_eq!(kind(name, text), wanted, "{name}: {text:?}");
        }
        let state =
            "{\n \"global_step\": 1,\n \"grad_norm\": NaN,\n \"log_history\": [\n  {\"loss\": 1, \"step\": 1}\n ]\n}\n";
        assert!(kind("trainer_state.json", state).starts_with("rows"));
        assert!(kind("trainer_state.json", &state.replace('\n', "")).starts_with("rows"));
    }

    #[test]
    fn a_long_line_of_rows_is_one() {
        let line = format!("{{\"step\":1,\"text\":\"{}", "x".repeat(HEAD));
        assert_eq!(kind("a.jsonl", &line[..HEAD]), "rows");
    }
}
