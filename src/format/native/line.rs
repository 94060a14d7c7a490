//! One record as one line, and back.
//!
//! Does not depend on files. Lines of the commonest event are read by [`scan`](mod@crate::format::native::step_line), all others by serde.

use super::step_line;
use crate::protocol::{Record, VERSION};
use serde::Deserialize;

/// Why a line is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// A later program wrote it.
    #[error("written in version {found} of the event language; this program reads up to version {VERSION}")]
    Version {
        /// The version found.
        found: u64,
    },
    /// It is no record at all, or its fields have other types than they should.
    #[error("not a record: {message}")]
    Invalid {
        /// What is wrong, with the column.
        message: String,
    },
}

/// Appends a record to `out` as one line, its end included.
///
/// # Errors
/// When the record holds something that JSON cannot express, which no type of the language does.
pub fn print(record: &Record, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *out, record)?;
    out.push(b'\n');
    Ok(())
}

/// Reads a record from a line without its end.
///
/// # Errors
/// [`LineError::Version`] for a later version, whatever else the line holds; [`LineError::Invalid`] otherwise.
pub fn parse(line: &[u8]) -> Result<Record, LineError> {
    if let Some(record) = step_line::step_line(line) {
        return Ok(record);
    }
    parse_by_serde(line)
}

/// [`parse`] without the short cut.
pub(crate) fn parse_by_serde(line: &[u8]) -> Result<Record, LineError> {
    #[derive(Deserialize)]
    struct Peek {
        v: u64,
    }
    let invalid = match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.v <= VERSION => return Ok(record),
        Ok(record) => return Err(LineError::Version { found: u64::from(record.v) }),
        Err(error) => error,
    };
    match serde_json::from_slice::<Peek>(line) {
        Ok(peek) if peek.v > u64::from(VERSION) => Err(LineError::Version { found: peek.v }),
        _ => Err(LineError::Invalid { message: invalid.to_string() }),
    }
}
