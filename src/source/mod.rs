//! Every way to obtain records: a live engine, a file, a folder that grows, another machine.
//!
//! What it may import stands in `tests/integration/tidy.rs`.

mod attach;
mod error;
mod folder;
mod folder_scan;
mod in_process;
mod interface;
mod place;
mod prefetch;
pub mod sessions;
mod socket;
mod ssh;
mod stream;

pub use crate::format::Columns;
pub use attach::{AttachError, SessionSource};
pub use error::SourceError;
pub use folder::{FileSource, FileSourceSettings};
pub use in_process::EngineSource;
pub use interface::{CommandSender, Description, Flow, Source};
pub use socket::{Control, ControlServer, Lines, LiveSession, Request, SocketDir, SocketError, parse_request};
pub use ssh::{BadAddress, SshPlace, SshSource};
pub use stream::stream;
