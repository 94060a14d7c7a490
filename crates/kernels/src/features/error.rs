//! What can be wrong with settings of features: each message names the setting, what was found and what is allowed.
//!
//! Does not depend on how features are computed.

/// Why features cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// Too few or too many bins.
    #[error("hog: orientations is {found}, allowed are 1 to {most}")]
    Orientations {
        /// The number found.
        found: usize,
        /// The largest allowed.
        most: usize,
    },
    /// A cell that does not fit the image.
    #[error("hog: cell is {found} pixels, allowed are 1 to {most} for images of {height}x{width} pixels")]
    Cell {
        /// Pixels along a side of a cell.
        found: usize,
        /// The largest allowed.
        most: usize,
        /// Rows of pixels.
        height: usize,
        /// Columns of pixels.
        width: usize,
    },
    /// A block that does not fit the grid of cells.
    #[error(
        "hog: block is {found} cells, allowed are 1 to {most}: cells of {cell} pixels make a grid of {rows}x{columns}"
    )]
    Block {
        /// Cells along a side of a block.
        found: usize,
        /// The largest allowed.
        most: usize,
        /// Pixels along a side of a cell.
        cell: usize,
        /// Rows of cells.
        rows: usize,
        /// Columns of cells.
        columns: usize,
    },
    /// The observer asked for the end.
    #[error("hog: cancelled after {done} of {total} images")]
    Cancelled {
        /// Images finished.
        done: usize,
        /// Images to do.
        total: usize,
    },
}
