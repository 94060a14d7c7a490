//! `perceptop report`: the page and its figures, in a folder.
//!
//! Does not depend on what the page says.

use super::document::{FIGURES, document};
use super::output::{self, Written};
use super::{ReportError, load};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes `report.md` and `figures/*.svg` of some sessions into the folder `out`, which is made where missing.
///
/// # Errors
/// When a path holds no session, or a file cannot be written. What cannot be read of a log is said in the report.
pub fn write(sessions: &[PathBuf], out: &Path) -> Result<Written, ReportError> {
    let (mut states, mut walls) = (Vec::new(), Vec::new());
    for path in sessions {
        let target = load::target(path)?;
        walls.push(load::wall_seconds(&target));
        states.push(load::state(&target));
    }
    let document = document(&states, &walls);
    let page = out.join("report.md");
    let mut files = Vec::new();
    for figure in &document.figures {
        if let Some(chart) = &figure.chart {
            let path = out.join(FIGURES).join(format!("{}.svg", figure.file));
            let svg = chart.svg()?;
            output::file(&path, |file| file.write_all(svg.as_bytes()))?;
            files.push(path);
        }
    }
    output::file(&page, |file| file.write_all(document.page.as_bytes()))?;
    files.push(page.clone());
    let runs = states.iter().map(|state| state.runs().len()).sum();
    let faults = states.iter().flat_map(|state| &state.faults).map(|fault| fault.message.clone()).collect();
    Ok(Written { path: page, files, runs, faults })
}
