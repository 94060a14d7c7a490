//! What a frame showed that keys and the mouse move by: [`view()`](super::view()) returns it, the model keeps it until the
//! next frame.
//!
//! Does not depend on how anything is drawn.

/// The layout of a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Rows of the list that keys move in, on the page or over it.
    pub page: usize,
    /// The first run in sight on the page Runs.
    pub runs_offset: usize,
    /// The first row in sight on the page Compare.
    pub compare_offset: usize,
    /// The first row in sight on the page Logs.
    pub logs_offset: usize,
    /// Both ends of the chart's x axis, and its width in cells.
    pub chart: (f64, f64, u16),
    /// The line from which the end of a list that lies over the page is in sight: keys never scroll past it.
    pub last_line: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            page: 10,
            runs_offset: 0,
            compare_offset: 0,
            logs_offset: 0,
            chart: (0.0, 1.0, 1),
            last_line: usize::MAX,
        }
    }
}
