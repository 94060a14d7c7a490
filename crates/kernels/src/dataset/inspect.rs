//! What is in a data set, and whether files are MNIST's: plain figures for a command to print.
//!
//! Does not depend on how they are printed.

use super::digest::{self, MNIST};
use super::file::locate;
use super::{CLASSES, Dataset, Split};
use std::path::{Path, PathBuf};

/// Figures of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// As [`Dataset::name`].
    pub name: String,
    /// As [`Dataset::folder`].
    pub folder: Option<PathBuf>,
    /// Rows of pixels of every image.
    pub height: usize,
    /// Columns of pixels of every image.
    pub width: usize,
    /// Figures of the training images.
    pub train: SplitInfo,
    /// Figures of the test images.
    pub test: SplitInfo,
    /// As [`Dataset::digests`].
    pub digests: Vec<(String, String)>,
}

/// Figures of one split.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitInfo {
    /// Images.
    pub images: usize,
    /// Images of each class.
    pub per_class: [usize; CLASSES],
    /// The mean over all pixels, each byte / 255.
    pub mean: f64,
    /// The standard deviation over all pixels, each byte / 255.
    pub deviation: f64,
    /// The share of pixels above 0.
    pub ink: f64,
}

/// The figures of `dataset`.
#[must_use]
pub fn info(dataset: &Dataset) -> Info {
    Info {
        name: dataset.name.clone(),
        folder: dataset.folder.clone(),
        height: dataset.train.height,
        width: dataset.train.width,
        train: split_info(&dataset.train),
        test: split_info(&dataset.test),
        digests: dataset.digests.clone(),
    }
}

fn split_info(split: &Split) -> SplitInfo {
    let mut histogram = [0_u64; 256];
    for &pixel in &*split.images {
        histogram[usize::from(pixel)] += 1;
    }
    let count = split.images.len().max(1) as f64;
    let moment = |power| {
        histogram.iter().enumerate().map(|(pixel, &many)| many as f64 * (pixel as f64 / 255.0).powi(power)).sum::<f64>()
            / count
    };
    let mean = moment(1);
    SplitInfo {
        images: split.len(),
        per_class: split.class_counts(),
        mean,
        deviation: (moment(2) - mean * mean).max(0.0).sqrt(),
        ink: 1.0 - histogram[0] as f64 / count,
    }
}

/// What a file is against MNIST's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// MNIST's, by its checksum.
    Right,
    /// Not there.
    Missing,
    /// Of other content.
    Differs {
        /// The SHA-256 found.
        found: String,
    },
    /// Not to be read to its end: the reason, which names the file.
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
}

/// One of the four files, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCheck {
    /// The file's name without `.gz`.
    pub file: &'static str,
    /// Where it is; `None` if it is missing.
    pub path: Option<PathBuf>,
    /// The SHA-256 of MNIST's file, uncompressed.
    pub allowed: &'static str,
    /// What was found.
    pub verdict: Verdict,
}

/// Checks the four files in `folder` against MNIST's checksums. It reads them all, so it may take part of a second.
#[must_use]
pub fn verify(folder: &Path) -> Vec<FileCheck> {
    MNIST
        .iter()
        .map(|&(file, allowed)| {
            let path = locate(folder, file);
            let verdict = match path.as_deref().map(digest::of_file) {
                None => Verdict::Missing,
                Some(Ok(found)) if found == allowed => Verdict::Right,
                Some(Ok(found)) => Verdict::Differs { found },
                Some(Err(error)) => Verdict::Unreadable { reason: error.to_string() },
            };
            FileCheck { file, path, allowed, verdict }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn figures_are_those_of_the_pixels() {
        let split = Split { images: [0, 255, 0, 51].into(), labels: [3, 9].into(), height: 1, width: 2 };
        let figures = split_info(&split);
        assert_eq!((figures.images, figures.per_class[3], figures.per_class[9]), (2, 1, 1));
        assert!((figures.mean - 0.3).abs() < 1e-12);
        // The mean of 0, 1, 0, 0.04 is 0.26, the squared mean 0.09.
        assert!((figures.deviation - 0.17_f64.sqrt()).abs() < 1e-12);
        assert!((figures.ink - 0.5).abs() < 1e-12);
    }

    #[test]
    fn files_are_judged_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("train-images-idx3-ubyte"), "other").unwrap();
        fs::write(folder.path().join("train-labels-idx1-ubyte.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
        let checks = verify(folder.path());
        assert!(matches!(&checks[0].verdict, Verdict::Differs { found } if found.starts_with("d9298a10d1b07358")));
        assert!(matches!(&checks[1].verdict, Verdict::Unreadable { reason } if reason.contains("ubyte.gz: damaged")));
        assert_eq!((&checks[2].path, &checks[3].verdict), (&None, &Verdict::Missing));
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mnist");
        if real.is_dir() {
            assert!(verify(&real).iter().all(|check| check.verdict == Verdict::Right));
        } else {
            println!("skipped: no MNIST in {}", real.display());
        }
    }
}
