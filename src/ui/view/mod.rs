//! From the model to cells: the frame around the tabs, and what lies over them.
//!
//! Reads the model and draws; changes nothing but how many rows the last frame had room for.

mod compose;
mod digits;
mod filter;
mod footer;
mod header;
mod help;
mod overlay;
mod questions;
mod screen;

pub use screen::view;
