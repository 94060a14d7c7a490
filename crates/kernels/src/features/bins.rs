//! Which orientation bin a gradient falls into, decided without an angle.
//!
//! scikit-image puts the angle `atan2(gy, gx)` in degrees, modulo 180, into `n` equal bins. Gradients of bytes are whole
//! numbers, so between two neighbouring bins there is a first direction that belongs to the upper one; comparing with
//! it by a cross product, which is exact in f32, gives the very same bin. Does not depend on images.

/// The most bins: beyond one a degree, directions of whole numbers up to 255 leave bins empty.
pub(super) const MOST: usize = 180;

/// The largest component of a gradient of bytes.
const MAX_GRADIENT: i32 = 255;

/// The lower edge of a bin: a gradient (gx, gy) of the upper half plane is at it or beyond exactly if
/// `x * gy - y * gx >= 0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) x: f32,
    pub(super) y: f32,
}

/// The lower edges of the bins 1 to `orientations` - 1; every gradient is beyond the lower edge of bin 0.
pub(super) fn edges(orientations: usize) -> Vec<Edge> {
    (1..orientations).map(|bin| edge(180.0 / orientations as f64 * bin as f64)).collect()
}

/// The direction of smallest angle that is at least `degrees`, 0 < `degrees` < 180.
fn edge(degrees: f64) -> Edge {
    // Left of every direction there is: for a bin that no direction reaches.
    let mut first = (-MAX_GRADIENT - 1, 1);
    for gy in 1..=MAX_GRADIENT {
        // For one gy the angle falls as gx grows: find the largest gx that is still beyond.
        let (mut beyond, mut before) = (-MAX_GRADIENT - 1, MAX_GRADIENT + 1);
        while before - beyond > 1 {
            let middle = i32::midpoint(beyond, before);
            if angle(middle, gy) >= degrees {
                beyond = middle;
            } else {
                before = middle;
            }
        }
        if beyond >= -MAX_GRADIENT && beyond * first.1 > first.0 * gy {
            first = (beyond, gy);
        }
    }
    Edge { x: first.0 as f32, y: first.1 as f32 }
}

/// The angle of (`gx`, `gy`) in degrees, `gy` positive. Where it is a whole multiple of 45 degrees it is exactly that,
/// whatever the platform's arc tangent says: only there can the last bit move a gradient to another bin.
fn angle(gx: i32, gy: i32) -> f64 {
    match gx {
        0 => 90.0,
        _ if gx == gy => 45.0,
        _ if gx == -gy => 135.0,
        _ => f64::from(gy).atan2(f64::from(gx)).to_degrees(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-image's rule, word for word.
    fn bin_by_angle(gx: i32, gy: i32, orientations: usize) -> usize {
        let degrees = f64::from(gy).atan2(f64::from(gx)).to_degrees().rem_euclid(180.0);
        let width = 180.0 / orientations as f64;
        (0..orientations).find(|&bin| width * bin as f64 <= degrees && degrees < width * (bin + 1) as f64).unwrap()
    }

    #[test]
    fn every_gradient_of_bytes_falls_into_the_bin_of_its_angle() {
        for orientations in [1, 2, 3, 4, 6, 8, 9, 12, 18, 28, 180] {
            let edges = edges(orientations);
            for gy in -255_i32..=255 {
                for gx in -255_i32..=255 {
                    if (gx, gy) == (0, 0) {
                        continue;
                    }
                    let (ux, uy) = if gy < 0 || (gy == 0 && gx < 0) { (-gx, -gy) } else { (gx, gy) };
                    let bin = edges.iter().filter(|edge| edge.x * uy as f32 - edge.y * ux as f32 >= 0.0).count();
                    assert_eq!(bin, bin_by_angle(gx, gy, orientations), "({gx}, {gy}) of {orientations}");
                }
            }
        }
    }
}
