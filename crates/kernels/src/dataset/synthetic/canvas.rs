//! A sheet that round pens draw line segments on, and the 28x28 image cut out of it.
//!
//! The sheet keeps for each pixel the distance to the nearest edge of ink, from which softness and darkness follow for
//! all segments at once. Does not depend on digits. Arithmetic as `synthetic` demands: no function but the square root.

/// Pixels along a side of an image.
pub(super) const SIDE: usize = 28;
/// The side of the box that holds all the ink, as MNIST's.
pub(super) const BOX: f32 = 20.0;

/// The sheet is larger than the image: where the ink's centre of mass is, is known only after drawing.
const SHEET: usize = 40;
const MIDDLE: f32 = SHEET as f32 / 2.0;
/// Beyond this distance from the edge there is no ink however soft the pen.
const REACH: f32 = 2.0;

/// A point on the sheet: x to the right, y downwards, the middle of the box at (0, 0), in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) x: f32,
    pub(super) y: f32,
}

/// How ink becomes brightness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    /// Pixels over which an edge fades, above 0.
    pub(super) softness: f32,
    /// The share of each neighbour that a blur along rows and columns mixes in, 0 to 0.25.
    pub(super) blur: f32,
    /// What coverage is multiplied by before it is cut off at full ink: above 1 a thin line still reaches white.
    pub(super) darkness: f32,
    /// How much a pixel may lose at random, as a share of its ink.
    pub(super) grain: f32,
}

/// The sheet.
pub(super) struct Canvas {
    /// Distance from the pixel's centre to the edge of the nearest ink, negative inside, at most [`REACH`].
    distance: [f32; SHEET * SHEET],
    ink: [f32; SHEET * SHEET],
}

impl Canvas {
    /// An empty sheet.
    pub(super) fn new() -> Self {
        Self { distance: [REACH; SHEET * SHEET], ink: [0.0; SHEET * SHEET] }
    }

    /// Makes the sheet empty again.
    pub(super) fn clear(&mut self) {
        self.distance.fill(REACH);
    }

    /// Draws a line from `from` to `to` with a round pen whose radius goes from `radii.0` to `radii.1`.
    pub(super) fn line(&mut self, from: Point, to: Point, radii: (f32, f32)) {
        let (ax, ay) = (from.x + MIDDLE, from.y + MIDDLE);
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let square = (dx * dx + dy * dy).max(1e-12);
        let widest = radii.0.max(radii.1) + REACH;
        let range = |start: f32, length: f32| {
            let (low, high) = (start + length.min(0.0) - widest, start + length.max(0.0) + widest);
            (low.max(0.0) as usize, (high + 1.0).clamp(0.0, SHEET as f32) as usize)
        };
        let (left, right) = range(ax, dx);
        let (top, bottom) = range(ay, dy);
        for row in top..bottom {
            let py = row as f32 + 0.5 - ay;
            let pixels = &mut self.distance[row * SHEET..][left..right.max(left)];
            for (column, pixel) in pixels.iter_mut().enumerate() {
                let px = (left + column) as f32 + 0.5 - ax;
                let along = ((px * dx + py * dy) / square).clamp(0.0, 1.0);
                let (ex, ey) = (px - along * dx, py - along * dy);
                let radius = radii.0 + along * (radii.1 - radii.0);
                *pixel = pixel.min((ex * ex + ey * ey).sqrt() - radius);
            }
        }
    }

    /// Turns what was drawn into an image of [`SIDE`] x [`SIDE`] bytes, the ink's centre of mass in its middle as far as
    /// the box stays inside. `grains` gives numbers of [0, 1).
    pub(super) fn print(&mut self, ink: Ink, image: &mut [u8], mut grains: impl FnMut() -> f32) {
        for (ink_here, &distance) in self.ink.iter_mut().zip(&self.distance) {
            *ink_here = (0.5 - distance / ink.softness).clamp(0.0, 1.0);
        }
        self.blur(ink.blur);
        let (top, left) = self.window();
        for (row, line) in image.chunks_exact_mut(SIDE).enumerate() {
            let source = &self.ink[(top + row) * SHEET + left..][..SIDE];
            for (pixel, &strength) in line.iter_mut().zip(source) {
                // The ground stays black, as MNIST's does, and takes no random number.
                *pixel = if strength > 0.0 {
                    let dark = (strength * ink.darkness * (1.0 - ink.grain * grains())).min(1.0);
                    (dark * 255.0 + 0.5) as u8
                } else {
                    0
                };
            }
        }
    }

    fn blur(&mut self, share: f32) {
        let centre = 1.0 - 2.0 * share;
        let mut columns = [0.0; SHEET * SHEET];
        for row in 1..SHEET - 1 {
            for column in 0..SHEET {
                let at = row * SHEET + column;
                columns[at] = centre * self.ink[at] + share * (self.ink[at - SHEET] + self.ink[at + SHEET]);
            }
        }
        for row in 1..SHEET - 1 {
            for column in 1..SHEET - 1 {
                let at = row * SHEET + column;
                self.ink[at] = centre * columns[at] + share * (columns[at - 1] + columns[at + 1]);
            }
        }
    }

    /// The first row and column of the image on the sheet.
    fn window(&self) -> (usize, usize) {
        let (mut mass, mut by_row, mut by_column) = (0.0, 0.0, 0.0);
        for row in 0..SHEET {
            for column in 0..SHEET {
                let strength = self.ink[row * SHEET + column];
                mass += strength;
                by_row += strength * (row as f32 + 0.5);
                by_column += strength * (column as f32 + 0.5);
            }
        }
        let start = |moment: f32| {
            let centre = if mass > 0.0 { moment / mass } else { MIDDLE };
            // The least and greatest start at which the box is inside.
            let (least, greatest) = (MIDDLE + BOX / 2.0 - SIDE as f32, MIDDLE - BOX / 2.0);
            (centre - SIDE as f32 / 2.0 + 0.5).floor().clamp(least, greatest) as usize
        };
        (start(by_row), start(by_column))
    }
}
