//! How many images of what size a data set has, before any of them is loaded.
//!
//! Told by the headers of its files, or known: it takes no time, and is true unless a header lies, which loading finds
//! out. Does not depend on what has to fit it.

use super::file::{self, Content, FILES};
use super::{Choice, DatasetError, idx, synthetic};
use std::path::Path;

/// The size of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What to call it: `MNIST`, `built-in digits` or the folder.
    pub name: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Rows of pixels of every image.
    pub height: usize,
    /// Columns of pixels of every image.
    pub width: usize,
}

/// The size of what `choice` names; `mnist_folder` is where [`Choice::Mnist`] stands, or will stand once it is fetched.
///
/// # Errors
/// [`DatasetError`] of a file of images that is missing or does not begin as one should.
pub fn shape(choice: &Choice, mnist_folder: &Path) -> Result<Shape, DatasetError> {
    // MNIST's, which the built-in digits share.
    let known = |name: &str| Shape { name: name.to_owned(), train: 60_000, test: 10_000, height: 28, width: 28 };
    match choice {
        Choice::Folder(folder) => of_folder(folder, folder.display().to_string()),
        Choice::Mnist if file::all_present(mnist_folder) => of_folder(mnist_folder, "MNIST".to_owned()),
        Choice::Mnist => Ok(known("MNIST")),
        Choice::Synthetic => Ok(known(synthetic::NAME)),
    }
}

fn of_folder(folder: &Path, name: String) -> Result<Shape, DatasetError> {
    let size = |file| match file::locate(folder, file) {
        Some(path) => idx::read_size(&mut Content::open(&path)?, &mut |_| {}).map(|size| size.map(|n| n as usize)),
        None => Err(DatasetError::missing(folder, file)),
    };
    let ([train, height, width], [test, ..]) = (size(FILES[0])?, size(FILES[2])?);
    Ok(Shape { name, train, test, height, width })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::write_idx;

    #[test]
    fn a_header_tells_what_loading_finds() {
        let folder = tempfile::tempdir().unwrap();
        let digits = synthetic::digits(1, 30, 20).unwrap();
        write_idx(&digits, folder.path(), &|path, parts| std::fs::write(path, parts.concat())).unwrap();
        let found = shape(&Choice::Folder(folder.path().to_owned()), Path::new("/nowhere")).unwrap();
        let sizes = (digits.train.len(), digits.test.len(), digits.train.height, digits.train.width);
        assert_eq!((found.train, found.test, found.height, found.width), sizes);
        std::fs::write(folder.path().join(FILES[2]), [0, 0, 8, 3, 0, 0]).unwrap();
        let error = shape(&Choice::Folder(folder.path().to_owned()), Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains(FILES[2]) && error.contains("promises 16"), "{error}");
    }

    #[test]
    fn mnist_that_is_not_there_yet_and_the_built_in_digits_are_known() {
        let known = shape(&Choice::Mnist, Path::new("/nowhere")).unwrap();
        assert_eq!(
            (known.name.as_str(), known.train, known.test, known.height, known.width),
            ("MNIST", 60_000, 10_000, 28, 28)
        );
        let built_in = synthetic::dataset().unwrap();
        let told = shape(&Choice::Synthetic, Path::new("/nowhere")).unwrap();
        let split = |it: &crate::dataset::Split| (it.len(), it.height, it.width);
        assert_eq!(split(&built_in.train), (told.train, told.height, told.width));
        assert_eq!((told.name, told.test), (built_in.name, built_in.test.len()));
    }
}
