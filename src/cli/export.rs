//! Sessions handed on: `report`, `export`, `diff`, and features for other programs.
//!
//! Does not depend on formats; the rooms `report` and `features` do.

use super::Status;
use super::arguments::{Diff, Export, ExportFormat, Features, HogFile, Report, SplitChoice};
use super::data::{MNIST, resolved};
use super::status::UsageError;
use crate::dataset::load;
use crate::features::{Hog, HogConfig, write_npy};
use crate::format::clean_text;
use crate::output::{self, is_stream};
use crate::report::{self, ReportError};
use crate::source::sessions::locate;
use anyhow::Result;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// `perceptop report`.
pub(super) fn report(wanted: &Report, out: &mut dyn Write) -> Result<Status> {
    folder(&wanted.out)?;
    let located = |meant: &PathBuf| locate(meant, &wanted.logs.logs);
    let sessions = wanted.sessions.iter().map(located).collect::<Result<Vec<_>, _>>()?;
    tell(&report::write(&sessions, &wanted.out)?, out)
}

/// `perceptop export`.
pub(super) fn export(wanted: &Export, out: &mut dyn Write) -> Result<Status> {
    if wanted.format != ExportFormat::Csv {
        folder(&wanted.out)?;
    }
    let path = locate(&wanted.path, &wanted.logs.logs)?;
    let written = match wanted.format {
        ExportFormat::Csv => report::csv(&path, &wanted.out)?,
        ExportFormat::Tensorboard => report::tensorboard(&path, &wanted.out)?,
        ExportFormat::Thin => report::thin(&path, &wanted.out)?,
    };
    tell(&written, out)
}

/// `perceptop diff`.
pub(super) fn diff(wanted: &Diff, out: &mut dyn Write) -> Result<Status> {
    let logs = &wanted.logs.logs;
    write!(out, "{}", report::diff(&locate(&wanted.a, logs)?, &locate(&wanted.b, logs)?)?)?;
    Ok(Status::Done)
}

/// `perceptop features`.
pub(super) fn features(command: &Features, out: &mut dyn Write) -> Result<Status> {
    let Features::Hog(wanted) = command;
    hog(wanted, out)
}

fn hog(wanted: &HogFile, out: &mut dyn Write) -> Result<Status> {
    let dataset = load(&resolved(&wanted.data).choice, Path::new(MNIST))?;
    let split = match wanted.split {
        SplitChoice::Train => &dataset.train,
        SplitChoice::Test => &dataset.test,
    };
    let config = HogConfig { orientations: wanted.orientations, cell: wanted.cell, block: wanted.block };
    let hog = Hog::new(config, split.height, split.width)?;
    let features = hog.compute_all(&split.images, &mut |_| ControlFlow::Continue(()))?;
    output::write(&wanted.out, |file| write_npy(file, features.view()))
        .map_err(|source| ReportError::Write { path: wanted.out.clone(), source })?;
    let (images, values) = features.dim();
    said(&wanted.out, &format!("{images} x {values} float32, from {}", dataset.name), out)?;
    Ok(Status::Done)
}

fn tell(written: &report::Written, out: &mut dyn Write) -> Result<Status> {
    for fault in &written.faults {
        writeln!(io::stderr(), "not read: {}", clean_text(fault))?;
    }
    let files = if written.files.len() == 1 { "1 file".to_owned() } else { format!("{} files", written.files.len()) };
    let runs = if written.runs == 1 { "1 run".to_owned() } else { format!("{} runs", written.runs) };
    said(&written.path, &format!("{files} from {runs}"), out)?;
    Ok(Status::Done)
}

/// Says what was written where. Where the output itself may be the standard output, that is not mixed with it.
fn said(path: &Path, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if is_stream(path) {
        return writeln!(io::stderr(), "{}: {what}", path.display());
    }
    writeln!(out, "{}: {what}", path.display())
}

/// Refuses the standard output where a folder is to be written.
pub(super) fn folder(out: &Path) -> Result<(), UsageError> {
    if out == Path::new("-") {
        return Err(UsageError(
            "--out -: a folder is written, and the standard output is none; allowed: a folder".into(),
        ));
    }
    Ok(())
}
