//! Every way to obtain records: a live engine, a file, a folder that grows, another machine.
//!
//! Room rule: it may import `experiment`, `record`, `state`, `protocol`, `output` (`tests/tidy.rs`).

mod ahead;
mod attach;
mod error;
mod feed;
mod files;
mod folder;
pub mod host;
mod library;
mod listing;
mod live;
mod place;
mod port;
mod sanitise;
pub mod sessions;
mod socket;
mod ssh;
mod stream;
mod summary;

pub use crate::record::{Columns, ForeignReader};
pub use attach::{AttachError, Attached};
pub use error::SourceError;
pub use files::name_of_place;
pub use folder::{Folder, FolderSettings};
pub use library::Library;
pub use live::Live;
pub use port::{Description, Flow, Source};
pub use sanitise::{clean_header, clean_name, clean_plan, clean_record, clean_text};
pub use socket::{Asked, Control, ControlServer, Lines, LiveSession, Rendezvous, SocketError, understand};
pub use ssh::{BadAddress, Ssh, SshPlace};
pub use stream::stream;
