//! Every way to obtain records: a live engine, a file, a folder that grows, another machine.
//!
//! What it may import stands in `tests/tidy.rs`.

mod attach;
mod error;
mod folder;
mod folder_scan;
mod in_process;
mod place;
mod prefetch;
pub mod sessions;
mod socket;
mod source;
mod ssh;
mod stream;

pub use crate::format::{Columns, ForeignReader};
pub use attach::{AttachError, Attached};
pub use error::SourceError;
pub use folder::{Folder, FolderSettings};
pub use in_process::Live;
pub use socket::{Asked, Control, ControlServer, Lines, LiveSession, Rendezvous, SocketError, understand};
pub use source::{Description, Flow, Source};
pub use ssh::{BadAddress, Ssh, SshPlace};
pub use stream::stream;
