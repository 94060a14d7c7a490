//! Commands to a session of another process of the same user, over a Unix socket.
//!
//! Line-delimited JSON: one [`Command`](crate::protocol::Command) a line in, one
//! [`Reply`](crate::protocol::Reply) a line out. A line `"watch"` asks for the faults that stand in no log, as
//! [`Update`](crate::protocol::Update) lines from then on. Does not depend on what a command does.

mod client;
mod codec;
mod error;
mod registry;
mod server;

pub use client::Control;
pub use codec::{Lines, Request, parse_request};
pub use error::SocketError;
pub use registry::{LiveSession, SocketDir};
pub use server::ControlServer;
