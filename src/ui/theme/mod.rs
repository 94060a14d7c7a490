//! What things look like: colours by role, and the glyphs that draw them.
//!
//! Does not depend on what is drawn with them.

mod colour;
mod glyphs;
mod style;

pub use colour::{Background, Depth};
pub use glyphs::{GlyphSet, Glyphs};
pub use style::Theme;
