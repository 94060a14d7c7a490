//! `perceptop data`: what images there are, download, check, draw.
//!
//! Does not depend on file formats; the room `dataset` does.

use super::Status;
use super::arguments::{Data, DataChoice, Synth};
use super::export::folder;
use crate::dataset::{
    Choice, DatasetError, FetchError, Fetcher, Info, Origin, Progress, Resolution, SplitInfo, VARIABLE, Verdict, info,
    load, resolve, synthetic, verify, write_idx,
};
use crate::output;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Where `data fetch` puts MNIST and every other command looks for it.
pub(super) const MNIST: &str = "data/mnist";

/// Carries out a command on images.
pub(super) fn run(command: &Data, out: &mut dyn Write) -> Result<Status> {
    match command {
        Data::Info(choice) => tell(choice, out),
        Data::Fetch(wanted) => {
            folder(&wanted.out)?;
            fetch(wanted.mirror.as_deref(), &wanted.out, out)?;
            Ok(Status::Done)
        }
        Data::Verify(choice) => check(choice, out),
        Data::Synth(wanted) => draw(wanted, out),
    }
}

/// What the flags, the environment, the config file and the disk come to.
pub(super) fn resolved(choice: &DataChoice) -> Resolution {
    let named = std::env::var_os(VARIABLE).filter(|named| !named.is_empty());
    let named = named.or_else(|| choice.data_by_default.as_ref().map(Into::into));
    resolve(choice.data.as_deref(), named.as_deref(), Path::new(MNIST))
}

/// Whether the environment names the images.
pub(super) fn is_in_environment() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|named| !named.is_empty())
}

fn tell(choice: &DataChoice, out: &mut dyn Write) -> Result<Status> {
    let resolution = resolved(choice);
    let why = match resolution.origin {
        Origin::Argument => "named by --data",
        Origin::Environment if is_in_environment() => "named by PERCEPTOP_DATA",
        Origin::Environment => "named by the config file",
        Origin::Found => "found in data/mnist",
        Origin::BuiltIn => "built in; no other data was named and data/mnist is not there",
    };
    let Info { name, folder, height, width, train, test, digests } = info(&load(&resolution.choice, Path::new(MNIST))?);
    writeln!(out, "{name}: {why}")?;
    if let Some(folder) = folder {
        writeln!(out, "folder    {}", folder.display())?;
    }
    writeln!(out, "images    {height} x {width} pixels")?;
    for (split, figures) in [("train", train), ("test", test)] {
        let SplitInfo { images, per_class, mean, deviation, ink } = figures;
        writeln!(out, "{split:<9} {images} images; pixels: mean {mean:.4}, deviation {deviation:.4}, ink {ink:.4}")?;
        let classes: Vec<_> = per_class.iter().enumerate().map(|(class, n)| format!("{class}: {n}")).collect();
        writeln!(out, "          {}", classes.join("  "))?;
    }
    for (file, sum) in digests {
        writeln!(out, "{sum}  {file}")?;
    }
    Ok(Status::Done)
}

/// Downloads MNIST into `folder`, with a bar on a terminal.
pub(super) fn fetch(mirror: Option<&str>, folder: &Path, out: &mut dyn Write) -> Result<(), FetchError> {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bytes}/{total_bytes} {bar:30} {bytes_per_sec} {eta}") {
        bar.set_style(style);
    }
    let fetched = Fetcher::mnist(mirror).run(folder, &mut |progress: Progress<'_>| {
        bar.set_message(format!("{} ({} of {})", progress.file, progress.index + 1, progress.files));
        if let Some(total) = progress.total {
            bar.set_length(total);
        }
        bar.set_position(progress.bytes);
        ControlFlow::Continue(())
    })?;
    bar.finish_and_clear();
    for file in fetched {
        let from = file.mirror.map_or("was there already".to_owned(), |mirror| format!("from {mirror}"));
        // Nobody reads any more: the files are in place all the same.
        let _ = writeln!(out, "{}: correct, {from}", file.path.display());
    }
    Ok(())
}

fn check(choice: &DataChoice, out: &mut dyn Write) -> Result<Status> {
    let folder = match resolved(choice).choice {
        Choice::Folder(folder) => folder,
        Choice::Mnist => PathBuf::from(MNIST),
        Choice::Synthetic => {
            writeln!(out, "nothing to check: no folder was named, and data/mnist is not there")?;
            return Ok(Status::Failed);
        }
    };
    let mut status = Status::Done;
    for file in verify(&folder) {
        let path = file.path.map_or_else(|| file.file.to_owned(), |path| path.display().to_string());
        if file.verdict != Verdict::Right {
            status = Status::Failed;
        }
        match file.verdict {
            Verdict::Right => writeln!(out, "{path}: right")?,
            Verdict::Missing => writeln!(out, "{path}: missing from {}", folder.display())?,
            Verdict::Differs { found } => {
                writeln!(out, "{path}: not MNIST's; SHA-256 {found}, MNIST's is {}", file.allowed)?;
            }
            Verdict::Unreadable { reason } => writeln!(out, "{path}: {reason}")?,
        }
    }
    Ok(status)
}

fn draw(wanted: &Synth, out: &mut dyn Write) -> Result<Status> {
    folder(&wanted.out)?;
    let dataset = synthetic::digits(wanted.seed, wanted.train as usize, wanted.test as usize)?;
    let paths: Result<Vec<PathBuf>, DatasetError> = write_idx(&dataset, &wanted.out, &|path, parts| {
        output::write(path, |file| parts.iter().try_for_each(|part| file.write_all(part)))
    });
    for path in paths? {
        writeln!(out, "{}", path.display())?;
    }
    Ok(Status::Done)
}
