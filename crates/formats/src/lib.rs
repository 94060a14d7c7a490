//! Training logs of other tools, decoded to rows of named numbers.
//!
//! A [`Format`] says how a file of a tool is recognised by its content, which files make one run, and how they are read;
//! [`FORMATS`] lists them all. A [`Reader`] follows a run that may still be written and fills a [`Batch`]: rows of
//! numbers at a step and a time, and [`Fact`]s, such as a setting or an end. Nothing is ever written, and memory stays
//! bounded whatever the files hold. Depends on no part of the program: no log of its own, no run state, no screen.

mod batch;
mod cell;
mod columns;
mod console;
mod document;
mod error;
mod folder;
mod format;
mod growing_file;
mod json;
mod json_rows;
mod json_template;
mod jsonl;
mod lines;
mod passed_over;
mod rows;
mod series;
mod settings;
mod sqlite;

mod table;
mod tensorboard;
mod text_reader;
mod text_source;
mod trials;
mod wandb;
mod wire;
mod yaml;

pub use batch::{Batch, End, Fact, Row, Setting};
pub use error::ReadError;
pub use format::{FORMATS, Format, InnerRun, ListRuns, Options, Progress, Reader, RunFiles, format_of};
pub use growing_file::{CHUNK, GrowingFile, Piece, read_head};
pub use json_rows::mended as mended_json;
pub use settings::{is_settings_file, settings_beside, settings_files, settings_of};
