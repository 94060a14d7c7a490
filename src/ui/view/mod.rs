//! From the model to cells: the frame around the tabs, and what lies over them.
//!
//! Reads the model and draws; changes nothing but how many rows the last frame had room for.

pub(super) mod filter;
mod footer;
mod header;
mod screen;

pub use screen::view;
