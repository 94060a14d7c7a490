//! The paper: what it published.
//!
//! Does not depend on how runs are read or shown.

pub mod published;
