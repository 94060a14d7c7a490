//! Images with their labels, as bytes, in memory.
//!
//! Does not depend on where they came from or what will be learnt from them.

use std::path::PathBuf;
use std::sync::Arc;

/// Classes of every data set here: the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Images of one size and their labels. A clone shares both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Brightness 0 (ground) to 255 (ink): images after each other, each row by row; `len() * height * width` bytes.
    pub images: Arc<[u8]>,
    /// The class of each image, below [`CLASSES`].
    pub labels: Arc<[u8]>,
    /// Rows of pixels of an image, at least 1.
    pub height: usize,
    /// Columns of pixels of an image, at least 1.
    pub width: usize,
}

impl Split {
    /// How many images there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Pixels of one image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// The pixels of image `index`, row by row.
    ///
    /// # Panics
    /// If `index` is not below [`Split::len`].
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        &self.images[index * self.pixels()..(index + 1) * self.pixels()]
    }

    /// The class of image `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Split::len`].
    #[must_use]
    pub fn label(&self, index: usize) -> u8 {
        self.labels[index]
    }

    /// The first `count` images, or all where there are fewer.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let count = count.min(self.len());
        Self { images: self.images[..count * self.pixels()].into(), labels: self.labels[..count].into(), ..*self }
    }

    /// How many images each class has.
    #[must_use]
    pub fn class_counts(&self) -> [usize; CLASSES] {
        let mut counts = [0; CLASSES];
        for &label in &*self.labels {
            counts[usize::from(label)] += 1;
        }
        counts
    }
}

/// What a session learns from and is tested on. A clone shares the pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// `MNIST` where all four checksums say so, `built-in digits`, else the folder's name.
    pub name: String,
    /// The folder the files were read from; `None` for the built-in digits.
    pub folder: Option<PathBuf>,
    /// The images to learn from.
    pub train: Split,
    /// The images to be judged by; of the same size as those of `train`.
    pub test: Split,
    /// Each file's name without `.gz` and the SHA-256, in hexadecimal, of its uncompressed content.
    pub digests: Vec<(String, String)>,
}
