//! What lies on disk: sessions and runs, summarised and indexed.
//!
//! Does not depend on how runs are followed or shown.

mod files;
mod index;
mod summary;
pub use files::name_of_place;
pub(crate) use files::of_session;
pub use index::Catalog;
