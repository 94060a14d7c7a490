//! Console logs as a format.

use super::rows::Console;
use crate::lines::Ends;
use crate::rows::Rows;
use crate::text_reader::{Parser, TextReader};
use crate::{Fact, Format, Options, text_source};
use std::path::Path;

/// Endings of what is no log although it may have lines that look like some.
const NO_LOGS: [&str; 23] = [
    "py", "ipynb", "md", "rst", "rs", "c", "h", "cpp", "cu", "js", "ts", "go", "java", "sh", "yaml", "yml", "toml",
    "ini", "cfg", "html", "xml", "tex", "svg",
];

/// The format.
pub(crate) static CONSOLE: Format = Format {
    what: "a console log",
    detect,
    run_key: Path::to_owned,
    inner_runs: None,
    open: |files, options| TextReader::boxed(files, options, Ends::Either, parser),
};

fn parser(_: &Options) -> Box<dyn Parser> {
    Box::new(Console::default())
}

impl Parser for Console {
    fn read(&mut self, lines: &[u8]) -> Vec<Rows> {
        vec![Self::read(self, lines)]
    }

    fn read_tail(&mut self, line: &[u8]) -> Option<Rows> {
        Self::read_tail(self, line)
    }

    fn take_facts(&mut self) -> Vec<Fact> {
        Vec::new()
    }

    fn is_strict(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Option<Rows> {
        Some(Self::finish(self))
    }
}

fn detect(path: &Path, head: &[u8]) -> bool {
    let (text, is_packed) = text_source::text_of(head);
    if memchr::memchr(0, &text).is_some() {
        return false;
    }
    let path = if is_packed { path.file_stem().map_or(path, Path::new) } else { path };
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if NO_LOGS.contains(&ending.as_str()) {
        return false;
    }
    let mut console = Console::default();
    let mut found = 0;
    for line in text.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
        found += Console::read(&mut console, line).len();
        if found > 1 {
            return true;
        }
    }
    found += Console::finish(&mut console).len();
    found > 1 || (found == 1 && matches!(ending.as_str(), "log" | "txt" | "out" | "err"))
}
