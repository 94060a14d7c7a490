//! From a choice to images in memory, checked.
//!
//! The two splits are read at the same time, one in a thread of its own; a gzip stream itself cannot be read by several. Does not depend on where a choice came from.

use super::digest::{MNIST, hexadecimal};
use super::file::{self, Content, FILES};
use super::{Choice, Dataset, DatasetError, Split, idx, synthetic};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::thread;

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
        None => Err(DatasetError::missing(folder, file)),
    };
    // Both are looked for before the large one is read.
    let (labels, images) = (open(labels)?, open(images)?);
    read_split(images, labels)
}

/// The images and labels of two IDX files in memory, raw or gzip, with every check that [`load`] makes of a split.
/// Errors name the files `images` and `labels`.
///
/// # Errors
/// [`DatasetError`].
pub fn parse(images: &[u8], labels: &[u8]) -> Result<Split, DatasetError> {
    let images = Content::new(Path::new("images"), images, images.len() as u64)?;
    let labels = Content::new(Path::new("labels"), labels, labels.len() as u64)?;
    Ok(read_split(images, labels)?.split)
}

fn read_split(mut images_content: Content<'_>, mut labels_content: Content<'_>) -> Result<Loaded, DatasetError> {
    let mut hashes = [Sha256::new(), Sha256::new()];
    let labels = idx::read_labels(&mut labels_content, &mut |bytes| hashes[1].update(bytes))?;
    let images = idx::read_images(&mut images_content, &mut |bytes| hashes[0].update(bytes))?;
    let images_path = images_content.path().to_owned();
    if images.count != labels.len() {
        return Err(DatasetError::Counts {
            images_path,
            images: images.count,
            labels_path: labels_content.path().to_owned(),
            labels: labels.len(),
        });
    }
    let split = Split { images: images.bytes, labels, height: images.height, width: images.width };
    Ok(Loaded { split, images_path, digests: hashes.map(hexadecimal) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{idx, write_idx};
    use flate2::{Compression, write::GzEncoder};
    use std::fs;
    use std::io::Write as _;

    /// A folder with five training and three test images of 2x3 pixels.
    fn folder() -> (tempfile::TempDir, Dataset) {
        let split = |count: u8| Split {
            images: (0..count * 6).map(|at| at.wrapping_mul(37)).collect(),
            labels: (0..count).map(|at| at % 10).collect(),
            height: 2,
            width: 3,
        };
        let (train, test) = (split(5), split(3));
        let dataset = Dataset {
            name: String::new(),
            folder: None,
            digests: crate::dataset::save::digests(&train, &test),
            train,
            test,
        };
        let folder = tempfile::tempdir().unwrap();
        write_idx(&dataset, folder.path(), &|path, parts| std::fs::write(path, parts.concat())).unwrap();
        (folder, dataset)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What loading says when `file` holds `bytes`.
    fn complaint(file: &str, bytes: &[u8]) -> String {
        let (folder, _) = folder();
        fs::write(folder.path().join(file), bytes).unwrap();
        let error = load_folder(folder.path()).unwrap_err().to_string();
        let path = folder.path().join(file).display().to_string();
        assert!(error.contains(&path), "{error} does not name {path}");
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    fn images(count: u32, height: u32, width: u32, elements: usize) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, 3];
        bytes.extend([count, height, width].iter().flat_map(|number| number.to_be_bytes()));
        bytes.resize(16 + elements, 7);
        bytes
    }

    #[test]
    fn what_was_written_is_read_raw_and_gzip() {
        let (folder, written) = folder();
        for step in 0..2 {
            let read = load_folder(folder.path()).unwrap();
            assert_eq!((&read.train, &read.test, &read.digests), (&written.train, &written.test, &written.digests));
            assert_eq!(read.name, folder.path().file_name().unwrap().to_str().unwrap());
            for file in FILES {
                let path = folder.path().join(file);
                if step == 0 {
                    let packed = gzip(&fs::read(&path).unwrap());
                    fs::remove_file(&path).unwrap();
                    fs::write(folder.path().join(format!("{}.gz", file.replace("-idx", ".idx"))), packed).unwrap();
                }
            }
        }
    }

    #[test]
    fn gzip_is_told_by_content_not_by_name() {
        let (folder, written) = folder();
        let path = folder.path().join(FILES[0]);
        fs::write(&path, gzip(&fs::read(&path).unwrap())).unwrap();
        let labels = folder.path().join(FILES[1]);
        fs::rename(&labels, labels.with_extension("gz")).unwrap();
        assert_eq!(load_folder(folder.path()).unwrap().train, written.train);
    }

    #[test]
    fn a_stream_of_several_gzip_members_is_one_content() {
        let (folder, written) = folder();
        let path = folder.path().join(FILES[0]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, [gzip(&bytes[..20]), gzip(&bytes[20..])].concat()).unwrap();
        assert_eq!(load_folder(folder.path()).unwrap().train, written.train);
    }

    #[test]
    fn a_missing_file_or_folder_is_named_with_the_way_to_get_it() {
        let (folder, _) = folder();
        fs::remove_file(folder.path().join(FILES[3])).unwrap();
        let error = load_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains(FILES[3]) && error.contains("perceptop data fetch"), "{error}");
        let nowhere = load_folder(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(nowhere.starts_with("/nowhere/at/all: "), "{nowhere}");
    }

    #[test]
    fn a_folder_in_place_of_a_file_counts_as_missing() {
        let (folder, _) = folder();
        fs::remove_file(folder.path().join(FILES[2])).unwrap();
        fs::create_dir(folder.path().join(FILES[2])).unwrap();
        assert!(matches!(load_folder(folder.path()), Err(DatasetError::Missing { file, .. }) if file == FILES[2]));
    }

    #[test]
    fn headers_that_cannot_be_true_are_refused() {
        let said = |bytes: &[u8]| complaint(FILES[0], bytes);
        let expected = [
            (said(b""), "train-images-idx3-ubyte: ends after 0 bytes of content, its header promises 16"),
            (said(&[0, 0]), "train-images-idx3-ubyte: ends after 2 bytes of content, its header promises 16"),
            (
                said(b"\x89PNG and so on, longer than a header"),
                "train-images-idx3-ubyte: begins with 89 50 4e 47, allowed are 00 00 08 03 (IDX images)",
            ),
            (
                said(&[0, 0, 13, 3, 0, 0, 0, 5]),
                "train-images-idx3-ubyte: begins with 00 00 0d 03, allowed are 00 00 08 03 (IDX images)",
            ),
            (said(&images(0, 2, 3, 0)), "train-images-idx3-ubyte: 0 images, allowed are 1 to 4294967295"),
            (said(&images(5, 0, 3, 0)), "train-images-idx3-ubyte: 0 rows, allowed are 1 to 4096"),
            (said(&images(5, 2, 9999, 30)), "train-images-idx3-ubyte: 9999 columns, allowed are 1 to 4096"),
            (
                said(&images(u32::MAX, 28, 28, 30)),
                "train-images-idx3-ubyte: 3367254359280 bytes of content, allowed are at most 1073741824",
            ),
            (
                said(&images(1_000_000, 28, 28, 30)),
                "train-images-idx3-ubyte: ends after 46 bytes of content, its header promises 784000016",
            ),
            (
                said(&images(5, 2, 3, 29)),
                "train-images-idx3-ubyte: ends after 45 bytes of content, its header promises 46",
            ),
            (
                said(&images(5, 2, 3, 31)),
                "train-images-idx3-ubyte: goes on after the 46 bytes of content that its header promises",
            ),
        ];
        for (found, wanted) in expected {
            assert_eq!(found, wanted);
        }
    }

    #[test]
    fn swapped_files_are_recognised() {
        let (folder, _) = folder();
        let labels = fs::read(folder.path().join(FILES[1])).unwrap();
        let said = complaint(FILES[0], &labels);
        assert_eq!(said, "train-images-idx3-ubyte: holds labels where images are wanted; are two files swapped?");
        let said = complaint(FILES[1], &images(5, 2, 3, 30));
        assert_eq!(said, "train-labels-idx1-ubyte: holds images where labels are wanted; are two files swapped?");
    }

    #[test]
    fn labels_are_digits_and_one_an_image() {
        let labels = |values: &[u8]| [&idx::labels_header(values.len())[..], values].concat();
        let said = complaint(FILES[3], &labels(&[1, 2, 10]));
        assert_eq!(
            said,
            "t10k-labels-idx1-ubyte: found label 10 (at place 2, counted from 0); allowed: labels from 0 to 9"
        );
        let said = complaint(FILES[3], &labels(&[1, 2]));
        assert_eq!(
            said,
            "t10k-labels-idx1-ubyte holds 2 labels, t10k-images-idx3-ubyte holds 3 images: allowed is one label an image"
        );
    }

    #[test]
    fn test_images_have_the_training_images_size() {
        let said = complaint(FILES[2], &images(3, 3, 2, 18));
        assert_eq!(said, "t10k-images-idx3-ubyte: images of 3x2 pixels, allowed is the training images' size, 2x3");
    }

    #[test]
    fn damaged_gzip_is_told_from_a_short_file() {
        let whole = gzip(&images(5, 2, 3, 30));
        let said = |bytes: &[u8]| complaint(FILES[0], bytes);
        let cut = said(&whole[..whole.len() - 9]);
        assert!(cut.contains("the file ends in the middle of the stream"), "{cut}");
        let mut wrong_sum = whole.clone();
        let at = wrong_sum.len() - 6;
        wrong_sum[at] ^= 1;
        let wrong_sum = said(&wrong_sum);
        assert!(wrong_sum.contains("damaged gzip after 46 bytes of content"), "{wrong_sum}");
        let more = said(&[&whole[..], b"rubbish"].concat());
        assert!(more.contains("damaged gzip after 46 bytes of content"), "{more}");
        let twice = said(&[&whole[..], &whole[..]].concat());
        assert!(twice.contains("goes on after the 46 bytes"), "{twice}");
    }

    #[test]
    fn a_small_gzip_file_cannot_make_room_for_a_large_promise() {
        let bomb = gzip(&images(1_000_000, 28, 28, 30));
        assert!(bomb.len() * 1032 < 784_000_000);
        let said = complaint(FILES[0], &bomb);
        assert!(said.contains("ends after 46 bytes of content, its header promises 784000016"), "{said}");
    }

    #[test]
    fn mnist_is_known_by_its_checksums_only() {
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/mnist");
        if !file::all_present(&real) {
            println!("skipped: no MNIST in {}", real.display());
            return;
        }
        let mnist = load_folder(&real).unwrap();
        assert_eq!((mnist.name.as_str(), mnist.train.len(), mnist.test.len()), ("MNIST", 60_000, 10_000));
        assert_eq!(mnist.test.class_counts(), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
        let folder = tempfile::tempdir().unwrap();
        let claims = folder.path().join("MNIST");
        write_idx(&Dataset { test: mnist.test.first(10), ..mnist }, &claims, &|path, parts| {
            std::fs::write(path, parts.concat())
        })
        .unwrap();
        assert_eq!(load_folder(&claims).unwrap().name, "MNIST (other files than MNIST's)");
    }
}
