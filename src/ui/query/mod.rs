//! The filter language: `activation=relu,tanh acc > 0.97 -diverged OR name="relu s0"`.
//!
//! Terms side by side must all hold; `OR` between them binds less tightly, parentheses group. `-`, `!` or `NOT` before
//! a term turns it around. A term is a word that must occur in the names, or a field, an operator (`=`, `!=`, `<`,
//! `<=`, `>`, `>=`, `~` for "contains") and a value or a list of values. A recursive-descent parser after the grammar
//! in the module `parse`; `Display` prints what parses to the same query. Does not depend on what is filtered.

mod error;
mod language;
mod parse;
#[cfg(test)]
mod tests;

pub use error::QueryError;
pub use language::{Fields, Query, Value, ValueKind};
