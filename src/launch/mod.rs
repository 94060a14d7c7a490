//! Where training runs: a process of its own on this machine.
//!
//! Does not depend on what is trained or shown.

pub mod local;
