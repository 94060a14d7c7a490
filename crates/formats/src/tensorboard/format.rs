//! How an event file is recognised, and which files are one run.
//!
//! By its first frame, whatever its name: checksums that are right, around an event. Other record files of TensorFlow,
//! such as those with examples, hold no event.

use super::event::Event;
use super::frame::{self, Frame};
use super::reader::EventReader;
use crate::Format;
use std::path::{Path, PathBuf};

/// Event files.
pub(crate) static FORMAT: Format = Format {
    what: "a TensorBoard event file",
    detect,
    run_key: |path| path.parent().map_or_else(PathBuf::new, Path::to_owned),
    inner_runs: None,
    open: |run, _| Box::new(EventReader::new(&run.files)),
};

fn detect(path: &Path, head: &[u8]) -> bool {
    match frame::next(head) {
        // Every event has a time, which comes first.
        Frame::Whole(data, _) => data.first() == Some(&0x09) && Event::parse(data).is_ok(),
        Frame::Partial if head.len() > frame::HEAD => head[frame::HEAD] == 0x09 && frame::has_head(head),
        Frame::TooLong(_) => path.file_name().is_some_and(|name| name.to_string_lossy().contains("tfevents")),
        Frame::Partial | Frame::Corrupt => false,
    }
}
