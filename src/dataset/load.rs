//! From a choice to images in memory, checked.
//!
//! The two splits are read at the same time, one in a thread of its own; a gzip stream itself cannot be read by several. Must not know where a choice came from.

use super::file::{self, Content, FILES};
use super::{Choice, Dataset, DatasetError, Split, idx, synthetic};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::thread;

/// MNIST's checksums: SHA-256 of the uncompressed files, in the order of the names.
pub(super) const MNIST: [(&str, &str); 4] = [
    (FILES[0], "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    (FILES[1], "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    (FILES[2], "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    (FILES[3], "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

/// Loads `choice`; `mnist_folder` (usually `data/mnist`) is where [`Choice::Mnist`] stands. It may take a good part of
/// a second, so a monitor calls it in a thread of its own.
///
/// # Errors
/// Every [`DatasetError`] for files; none for the built-in digits but [`DatasetError::Thread`].
pub fn load(choice: &Choice, mnist_folder: &Path) -> Result<Dataset, DatasetError> {
    match choice {
        Choice::Folder(folder) => load_folder(folder),
        Choice::Mnist => load_folder(mnist_folder),
        Choice::Synthetic => synthetic::dataset(),
    }
}

/// A split with the paths and checksums of its two files.
struct Loaded {
    split: Split,
    images_path: PathBuf,
    digests: [String; 2],
}

fn load_folder(folder: &Path) -> Result<Dataset, DatasetError> {
    let (train, test) = thread::scope(|scope| {
        let test = thread::Builder::new()
            .name("read-test-images".into())
            .spawn_scoped(scope, || load_split(folder, FILES[2], FILES[3]))
            .map_err(|source| DatasetError::Thread { source })?;
        let train = load_split(folder, FILES[0], FILES[1])?;
        let test = test.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok((train, test))
    })?;
    let size = |split: &Split| (split.height, split.width);
    if size(&train.split) != size(&test.split) {
        let (found, allowed) = (size(&test.split), size(&train.split));
        return Err(DatasetError::Size { path: test.images_path, found, allowed });
    }
    let digests: Vec<_> =
        FILES.iter().map(ToString::to_string).zip(train.digests.into_iter().chain(test.digests)).collect();
    Ok(Dataset {
        name: name(folder, &digests),
        folder: Some(folder.to_owned()),
        train: train.split,
        test: test.split,
        digests,
    })
}

/// `MNIST` only by checksum; anything else goes by its folder's name.
fn name(folder: &Path, digests: &[(String, String)]) -> String {
    if digests.iter().zip(MNIST).all(|((_, found), (_, mnist))| found == mnist) {
        return "MNIST".to_owned();
    }
    let resolved = folder.canonicalize();
    let name = resolved.as_deref().unwrap_or(folder).file_name().unwrap_or(folder.as_os_str()).to_string_lossy();
    if name.eq_ignore_ascii_case("mnist") { format!("{name} (other files than MNIST's)") } else { name.into_owned() }
}

fn load_split(folder: &Path, images: &'static str, labels: &'static str) -> Result<Loaded, DatasetError> {
    let open = |file| match file::locate(folder, file) {
        Some(path) => Content::open(&path),
        None => Err(DatasetError::Missing { folder: folder.to_owned(), file }),
    };
    // Labels first: they are small, and what is wrong with them is known at once.
    let (mut labels_content, mut images_content) = (open(labels)?, open(images)?);
    let mut hashes = [Sha256::new(), Sha256::new()];
    let labels = idx::read_labels(&mut labels_content, &mut |bytes| hashes[1].update(bytes))?;
    let images = idx::read_images(&mut images_content, &mut |bytes| hashes[0].update(bytes))?;
    if images.count != labels.len() {
        return Err(DatasetError::Counts {
            images_path: images_content.path().to_owned(),
            images: images.count,
            labels_path: labels_content.path().to_owned(),
            labels: labels.len(),
        });
    }
    let split = Split { images: images.bytes, labels, height: images.height, width: images.width };
    Ok(Loaded { split, images_path: images_content.path().to_owned(), digests: hashes.map(hexadecimal) })
}

/// The checksum in hexadecimal.
pub(super) fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
