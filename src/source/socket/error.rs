//! What can be wrong with a control socket or its folder.
//!
//! Does not depend on what is said over it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a control socket cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The folder of the sockets, or a socket, cannot be made or read.
    #[error("the control socket: {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder of the sockets is somebody else's, or is not a folder.
    #[error("the control socket: {} is {found}; allowed: a folder of your own that only you may enter", path.display())]
    NotMine {
        /// The folder.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
}

impl SocketError {
    /// Names the path in an error of the system.
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
