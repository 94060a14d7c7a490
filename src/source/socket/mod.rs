//! Commands to a session of another process of the same user, over a Unix socket.
//!
//! Line-delimited JSON: one [`Command`](crate::protocol::Command) a line in, one
//! [`Reply`](crate::protocol::Reply) a line out. A line `"watch"` asks for the faults that stand in no log, as
//! [`Update`](crate::protocol::Update) lines from then on. Must not know what a command does.

mod client;
mod error;
mod rendezvous;
mod server;
mod wire;

pub use client::Control;
pub use error::SocketError;
pub use rendezvous::{LiveSession, Rendezvous};
pub use server::ControlServer;
pub use wire::{Asked, Lines, understand};
