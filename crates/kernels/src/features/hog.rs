//! Histograms of oriented gradients (Dalal and Triggs 2005), value for value those of scikit-image's `hog` with
//! `block_norm='L2-Hys'` and no transformation of the image.
//!
//! Does not depend on data sets or models.

use super::bins::{self, Edge};
use super::error::FeatureError;
use super::kernel::{self, Gradients};
use ndarray::Array2;
use std::ops::ControlFlow;

/// Images computed between two calls of an observer.
const PIECE: usize = 256;

/// The settings. The defaults are the study's and give 324 values for a 28x28 image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HogConfig {
    /// Bins over 180 degrees, 1 to 180. scikit-image: `orientations`.
    pub orientations: usize,
    /// Pixels along a side of a cell; rows and columns that fill no cell are left out. scikit-image: `pixels_per_cell`.
    pub cell: usize,
    /// Cells along a side of a block; blocks move by one cell. scikit-image: `cells_per_block`.
    pub block: usize,
}

impl Default for HogConfig {
    fn default() -> Self {
        Self { orientations: 9, cell: 7, block: 2 }
    }
}

/// A descriptor for images of one size.
#[derive(Clone, Debug)]
pub struct Hog {
    config: HogConfig,
    height: usize,
    width: usize,
    /// Cells down and across.
    grid: (usize, usize),
    edges: Vec<Edge>,
    /// Where each pixel's cell begins in the histogram; pixels outside every cell share one more cell at the end.
    places: Vec<u32>,
}

/// Memory that images reuse.
struct Scratch {
    gradients: Gradients,
    histogram: Vec<f32>,
}

impl Hog {
    /// A descriptor for images of `height` x `width` pixels.
    ///
    /// # Errors
    /// [`FeatureError`] where `config` is out of range or does not fit the image.
    pub fn new(config: HogConfig, height: usize, width: usize) -> Result<Self, FeatureError> {
        let HogConfig { orientations, cell, block } = config;
        if !(1..=bins::MOST).contains(&orientations) {
            return Err(FeatureError::Orientations { found: orientations, most: bins::MOST });
        }
        let most = height.min(width);
        if !(1..=most).contains(&cell) {
            return Err(FeatureError::Cell { found: cell, most, height, width });
        }
        let (rows, columns) = (height / cell, width / cell);
        let most = rows.min(columns);
        if !(1..=most).contains(&block) {
            return Err(FeatureError::Block { found: block, most, cell, rows, columns });
        }
        let outside = rows * columns;
        let place = |pixel: usize| {
            let (row, column) = (pixel / width / cell, pixel % width / cell);
            let cell = if row < rows && column < columns { row * columns + column } else { outside };
            (cell * orientations) as u32
        };
        let padded = Gradients::padded(height * width);
        let places = (0..padded).map(|pixel| if pixel < height * width { place(pixel) } else { 0 }).collect();
        Ok(Self { config, height, width, grid: (rows, columns), edges: bins::edges(orientations), places })
    }

    /// Values of one image.
    #[must_use]
    pub fn dimension(&self) -> usize {
        let block = self.config.block;
        (self.grid.0 + 1 - block) * (self.grid.1 + 1 - block) * block * block * self.config.orientations
    }

    /// Writes the features of one image of `height` x `width` bytes, row by row, to `out`: blocks row by row, in each
    /// block cells row by row, in each cell its orientations.
    ///
    /// # Panics
    /// If `image` or `out` is not as long as an image or [`Hog::dimension`].
    pub fn compute(&self, image: &[u8], out: &mut [f32]) {
        self.compute_in(&mut self.scratch(), image, out);
    }

    /// The features of all `images`, which lie after each other, as (images, [`Hog::dimension`]). `observer` is told the
    /// images done every 256 of them and at the end.
    ///
    /// # Errors
    /// [`FeatureError::Cancelled`] when the observer broke.
    ///
    /// # Panics
    /// If `images` holds a part of an image.
    pub fn compute_all(
        &self,
        images: &[u8],
        observer: &mut impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Array2<f32>, FeatureError> {
        let (pixels, dimension) = (self.height * self.width, self.dimension());
        assert_eq!(images.len() % pixels, 0, "{} bytes are no whole images of {pixels}", images.len());
        let total = images.len() / pixels;
        let mut features = Array2::zeros((total, dimension));
        let mut scratch = self.scratch();
        for (piece, images) in images.chunks(PIECE * pixels).enumerate() {
            let first = piece * PIECE;
            for (image, mut row) in images.chunks_exact(pixels).zip(features.rows_mut().into_iter().skip(first)) {
                if let Some(out) = row.as_slice_mut() {
                    self.compute_in(&mut scratch, image, out);
                }
            }
            let done = first + images.len() / pixels;
            if observer(done).is_break() && done < total {
                return Err(FeatureError::Cancelled { done, total });
            }
        }
        Ok(features)
    }

    fn scratch(&self) -> Scratch {
        let cells = self.grid.0 * self.grid.1 + 1;
        Scratch {
            gradients: Gradients::new(self.height * self.width),
            histogram: vec![0.0; cells * self.config.orientations],
        }
    }

    fn compute_in(&self, scratch: &mut Scratch, image: &[u8], out: &mut [f32]) {
        let HogConfig { orientations, cell, block } = self.config;
        assert_eq!(image.len(), self.height * self.width, "an image is {} x {} bytes", self.height, self.width);
        assert_eq!(out.len(), self.dimension(), "features are {} values", self.dimension());
        let Scratch { gradients, histogram } = scratch;
        kernel::vote(image, self.width, &self.edges, &self.places, gradients, histogram);
        kernel::normalise(histogram, self.grid.1, orientations, block, (cell * cell) as f32, out);
    }
}
