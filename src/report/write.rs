//! `perceptop report`: the page and its figures, in a folder.
//!
//! Must not know what the page says.

use super::document::{FIGURES, document};
use super::files::{self, Written};
use super::{ReportError, load};
use crate::state::SessionState;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `report.md` and `figures/*.svg` of some sessions into the folder `out`, which is made where missing.
///
/// # Errors
/// When a path holds no session, or a file cannot be written. What cannot be read of a log is said in the report.
pub fn write(sessions: &[PathBuf], out: &Path) -> Result<Written, ReportError> {
    let mut states = Vec::new();
    for path in sessions {
        states.push(load::state(&load::target(path)?));
    }
    let document = document(&states);
    let page = out.join("report.md");
    let mut files = Vec::new();
    for figure in &document.figures {
        if let Some(chart) = &figure.chart {
            let path = out.join(FIGURES).join(format!("{}.svg", figure.file));
            let svg = chart.svg()?;
            files::file(&path, |file| file.write_all(svg.as_bytes()))?;
            files.push(path);
        }
    }
    files::file(&page, |file| file.write_all(document.page.as_bytes()))?;
    files.push(page.clone());
    let runs = states.iter().map(|state| state.runs().len()).sum();
    let faults = states.iter().flat_map(|state| &state.faults).map(|fault| fault.message.clone()).collect();
    Ok(Written { path: page, files, runs, faults })
}

/// The report's Markdown alone, of sessions that are in memory; its pictures are those that [`write`] would make.
#[must_use]
pub fn markdown(sessions: &[SessionState]) -> String {
    document(sessions).page
}
