//! Sessions handed on: `report`, `export`, `diff`, and features for other programs.
//!
//! Must not know formats; the rooms `report` and `features` do.

use super::Status;
use super::arguments::{Diff, Export, ExportFormat, Features, HogFile, Report, SplitChoice};
use super::data::{MNIST, resolved};
use crate::dataset::load;
use crate::features::{Hog, HogConfig, write_npy};
use crate::report;
use anyhow::{Context as _, Result};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

/// `perceptop report`.
pub(super) fn report(wanted: &Report, out: &mut dyn Write) -> Result<Status> {
    tell(&report::write(&wanted.sessions, &wanted.out)?, out)
}

/// `perceptop export`.
pub(super) fn export(wanted: &Export, out: &mut dyn Write) -> Result<Status> {
    let written = match wanted.format {
        ExportFormat::Csv => report::csv(&wanted.path, &wanted.out)?,
        ExportFormat::Tensorboard => report::tensorboard(&wanted.path, &wanted.out)?,
        ExportFormat::Thin => report::thin(&wanted.path, &wanted.out)?,
    };
    tell(&written, out)
}

/// `perceptop diff`.
pub(super) fn diff(wanted: &Diff, out: &mut dyn Write) -> Result<Status> {
    write!(out, "{}", report::diff(&wanted.a, &wanted.b)?)?;
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
    write_npy(&wanted.out, features.view()).with_context(|| wanted.out.display().to_string())?;
    let (images, values) = features.dim();
    writeln!(out, "{}: {images} x {values} float32, from {}", wanted.out.display(), dataset.name)?;
    Ok(Status::Done)
}

fn tell(written: &report::Written, out: &mut dyn Write) -> Result<Status> {
    for fault in &written.faults {
        writeln!(out, "not read: {fault}")?;
    }
    let files = if written.files.len() == 1 { "1 file".to_owned() } else { format!("{} files", written.files.len()) };
    writeln!(out, "{}: {files} from {} runs", written.path.display(), written.runs)?;
    Ok(Status::Done)
}
