//! A data set written as IDX files, for other programs.
//!
//! Does not depend on what is drawn or learnt.

use super::digest::hexadecimal;
use super::file::FILES;
use super::{Dataset, DatasetError, Split, idx};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How a file is written: its path, and the parts of its content in order.
pub type WriteParts<'a> = &'a dyn Fn(&Path, &[&[u8]]) -> io::Result<()>;

/// Writes `dataset` as four raw IDX files into `folder`, which is made where it is missing, and returns their paths.
/// Each file is written by `write`, which decides what becomes of an older one of that name.
///
/// # Errors
/// [`DatasetError::Write`].
pub fn write_idx(dataset: &Dataset, folder: &Path, write: WriteParts<'_>) -> Result<Vec<PathBuf>, DatasetError> {
    let failed = |path: &Path, source| DatasetError::Write { path: path.to_owned(), source };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let mut written = Vec::with_capacity(FILES.len());
    for (name, [header, elements]) in FILES.iter().zip(contents(&dataset.train, &dataset.test)) {
        let path = folder.join(name);
        write(&path, &[&header, &elements]).map_err(|source| failed(&path, source))?;
        written.push(path);
    }
    Ok(written)
}

/// Header and elements of each of the four files, in the order of [`FILES`].
fn contents<'a>(train: &'a Split, test: &'a Split) -> impl Iterator<Item = [Cow<'a, [u8]>; 2]> {
    [train, test].into_iter().flat_map(|split| {
        [
            [idx::images_header(split.len(), split.height, split.width).to_vec().into(), (&*split.images).into()],
            [idx::labels_header(split.len()).to_vec().into(), (&*split.labels).into()],
        ]
    })
}

/// The checksums that the files of [`write_idx`] have.
pub(super) fn digests(train: &Split, test: &Split) -> Vec<(String, String)> {
    let hash = |[header, elements]: [Cow<[u8]>; 2]| Sha256::new_with_prefix(header).chain_update(elements);
    FILES
        .iter()
        .zip(contents(train, test))
        .map(|(name, parts)| ((*name).to_owned(), hexadecimal(hash(parts))))
        .collect()
}
