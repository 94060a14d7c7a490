//! JSON Lines: one object of numbers a line, as most programs write that write their own log.
//!
//! Also W&B's exported history, Hugging Face's and Llama Factory's `trainer_log.jsonl`, Detectron2's `metrics.json`,
//! mmengine's `scalars.json`, mmdet's `*.log.json` and Ray's `result.json`. Must not know documents of JSON.

use crate::json_rows::{JsonRows, mended, read_line};
use crate::lines::Ends;
use crate::rows::Rows;
use crate::text_reader::{Parser, TextReader};
use crate::{Fact, Format, Options, text_source};
use serde::de::IgnoredAny;
use std::path::Path;

/// Bytes of a text that are searched for rows where the first line is none.
const SEARCHED: usize = 16 << 10;

/// Parts of the names of JSON files that hold settings or totals in one line.
const NO_RUNS: [&str; 9] = ["config", "args", "params", "setting", "token", "vocab", "summary", "metadata", "index"];

/// The format.
pub(crate) static JSON_LINES: Format = Format {
    what: "a JSON Lines log",
    detect,
    run_key: Path::to_owned,
    inner_runs: None,
    open: |files, options| TextReader::boxed(files, options, Ends::Newline, parser),
};

fn parser(options: &Options) -> Box<dyn Parser> {
    Box::new(JsonRows::new(options.split.clone()))
}

impl Parser for JsonRows {
    fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        Self::read(self, lines)
    }

    fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        Self::read_tail(self, line)
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        Vec::new()
    }

    fn is_strict(&self) -> bool {
        true
    }
}

fn detect(path: &Path, head: &[u8]) -> bool {
    let (text, _) = text_source::text_of(head);
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text).trim_ascii_start();
    let end = memchr::memchr(b'\n', text);
    let first = text[..end.unwrap_or(text.len())].trim_ascii();
    if first.first() != Some(&b'{') {
        return has_rows(&text[..text.len().min(SEARCHED)]);
    }
    let has_one_line = end.is_none_or(|end| text[end..].trim_ascii().is_empty());
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if has_one_line && NO_RUNS.iter().any(|part| name.contains(part)) {
        return false;
    }
    let mut rows = Rows::default();
    if read_line(first, &mut rows, None) {
        // One line of JSON without a number at its top is a document.
        let has_number = rows.open_values().iter().any(|(place, _)| !rows.names[*place as usize].contains('/'));
        return has_number || (!has_one_line && has_rows(text));
    }
    // A line longer than what was read of it; else one that was cut off, with rows behind it.
    if end.is_none() {
        is_unfinished(first) && text.len() >= SEARCHED
    } else {
        has_rows(&text[..text.len().min(SEARCHED)])
    }
}

/// Whether some whole line is an object with a number, and no line is the beginning of a document.
fn has_rows(text: &[u8]) -> bool {
    let mut rows = Rows::default();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| line.first() == Some(&b'{')) {
        if line == b"{" {
            return false;
        }
        if read_line(line, &mut rows, None) && !rows.open_values().is_empty() {
            return true;
        }
    }
    false
}

fn is_unfinished(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(&mended(text)).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_documents() {
        let is = |name: &str, text: &str| detect(Path::new(name), text.as_bytes());
        for (name, text) in [
            ("a.json", "{\"step\":1,\"loss\":NaN}\n"),
            ("a.json", "{\"step\":1,\"loss\":0.5}"),
            ("a.txt", "{\"step\":1,\"lo\n{\"step\":2,\"loss\":1}\n"),
            ("a.txt", "starting\n{\"step\":2,\"loss\":1}\n"),
            ("a.json", "{\"env_info\": \"none\"}\n{\"mode\": \"train\", \"loss\": 1}\n"),
            ("a.jsonl", &format!("{{\"step\":1,\"text\":\"{}", "x".repeat(64 << 10))),
        ] {
            assert!(is(name, text), "{text:?}");
        }
        for (name, text) in [
            ("a.json", "{\n  \"lr\": 0.1\n}\n"),
            ("a.json", "[{\"lr\": 0.1}]"),
            ("a.json", "{\"loss\":[1,2]}\n"),
            ("a.json", "{\"loss\":{\"0\":1}}\n"),
            ("config.json", "{\"lr\": 0.1}"),
            ("a.txt", "import torch\n"),
            ("a.txt", ""),
            ("a.jsonl", "{\"step\":1,\"lo"),
        ] {
            assert!(!is(name, text), "{text:?}");
        }
    }
}
