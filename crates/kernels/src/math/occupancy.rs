//! Where a matrix is not zero, in blocks: what the products of [`super::sparse`] skip by.
//!
//! Looking costs a pass over the matrix, so it is done in vectors, which multiversion makes for each instruction set:
//! flags first, and only those that are set become places. Does not depend on what is multiplied.
#![expect(clippy::needless_pass_by_value, reason = "views are made at the call, `a.slice(..)`")]

use multiversion::multiversion;
use ndarray::ArrayView2;

/// Rows or columns of one block.
pub(super) const BLOCK: usize = 4;
/// Rows that are looked at before their places are written down: the bits of one mask.
const STRETCH: usize = 64;

/// Where a matrix is not zero. Made once for the largest matrix, then surveyed as often as needed without allocating.
#[derive(Clone, Debug, Default)]
pub struct Occupancy {
    rows: usize,
    columns: usize,
    /// For each block of rows the columns in which not all of it is zero.
    across: Lists,
    /// For each block of columns the rows in which not all of it is zero.
    down: Lists,
    share: f64,
    /// Of one block of rows: 1 for each column in which not all of it is zero; whole words of eight columns.
    flags: Vec<u8>,
    /// Of one stretch of rows: for each block of columns a bit for each row in which not all of it is zero.
    masks: Vec<u64>,
}

#[derive(Clone, Debug, Default)]
struct Lists {
    places: Vec<u32>,
    lengths: Vec<usize>,
    stride: usize,
}

impl Lists {
    fn clear(&mut self, blocks: usize, stride: usize) {
        self.places.resize(self.places.len().max(blocks * stride), 0);
        self.lengths.clear();
        self.lengths.resize(blocks, 0);
        self.stride = stride;
    }

    #[inline]
    fn of(&self, block: usize) -> &[u32] {
        &self.places[block * self.stride..][..self.lengths[block]]
    }

    /// Adds `from + step` to the list of a block for every bit `step * spacing` of `bits`.
    fn add(&mut self, block: usize, from: usize, mut bits: u64, spacing: u32) {
        let list = &mut self.places[block * self.stride..][..self.stride];
        let length = &mut self.lengths[block];
        while bits != 0 {
            list[*length] = from as u32 + bits.trailing_zeros() / spacing;
            *length += 1;
            bits &= bits - 1;
        }
    }

    fn share(&self) -> f64 {
        self.lengths.iter().sum::<usize>() as f64 / (self.lengths.len() * self.stride) as f64
    }
}

impl Occupancy {
    /// Looks at every entry of `a`, in standard layout. A matrix in another layout counts as dense.
    pub fn survey(&mut self, a: ArrayView2<'_, f32>) {
        (self.rows, self.columns) = a.dim();
        self.share = 1.0;
        let Some(values) = a.to_slice().filter(|values| !values.is_empty()) else { return };
        self.down.clear(self.columns.div_ceil(BLOCK), self.rows);
        self.across.clear(self.rows.div_ceil(BLOCK), self.columns);
        self.flags.clear();
        self.flags.resize(self.columns.next_multiple_of(8), 0);
        for (stretch, rows) in values.chunks(STRETCH * self.columns).enumerate() {
            self.look_across(stretch * STRETCH, rows);
            self.look_down(stretch * STRETCH, rows);
        }
        self.share = f64::midpoint(self.across.share(), self.down.share());
    }

    fn look_across(&mut self, first: usize, rows: &[f32]) {
        for (block, rows) in rows.chunks(BLOCK * self.columns).enumerate() {
            flag_columns(rows, &mut self.flags[..self.columns]);
            for (word, flags) in self.flags.as_chunks::<8>().0.iter().enumerate() {
                self.across.add(first / BLOCK + block, 8 * word, u64::from_le_bytes(*flags), 8);
            }
        }
    }

    fn look_down(&mut self, first: usize, rows: &[f32]) {
        self.masks.clear();
        self.masks.resize(self.columns.div_ceil(BLOCK), 0);
        for (row, values) in rows.chunks_exact(self.columns).enumerate() {
            mark_blocks(values, 1 << row, &mut self.masks);
        }
        for (block, &bits) in self.masks.iter().enumerate() {
            self.down.add(block, first, bits, 1);
        }
    }

    /// Rows and columns of the surveyed matrix.
    #[inline]
    pub(super) fn dim(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// The columns in which not all of a block of [`BLOCK`] rows is zero, ascending.
    #[inline]
    pub(super) fn across(&self, block: usize) -> &[u32] {
        self.across.of(block)
    }

    /// The rows in which not all of a block of [`BLOCK`] columns is zero, ascending.
    #[inline]
    pub(super) fn down(&self, block: usize) -> &[u32] {
        self.down.of(block)
    }

    /// Share of the places in blocks that are not all zero, 0 to 1.
    pub(super) fn share(&self) -> f64 {
        self.share
    }
}

/// Sets each column's flag to 1 where one of up to [`BLOCK`] rows is not zero there, to 0 elsewhere.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn flag_columns(rows: &[f32], flags: &mut [u8]) {
    let columns = flags.len();
    // The last block may have fewer rows; the first stands in for those that it lacks.
    let row = |number: usize| rows.chunks_exact(columns).nth(number).unwrap_or(&rows[..columns]);
    let rows = row(0).iter().zip(row(1)).zip(row(2)).zip(row(3));
    for (flag, (((a, b), c), d)) in flags.iter_mut().zip(rows) {
        *flag = u8::from(a.to_bits() | b.to_bits() | c.to_bits() | d.to_bits() != 0);
    }
}

/// Sets `bit` in the mask of every block of [`BLOCK`] columns in which this row is not all zero.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn mark_blocks(row: &[f32], bit: u64, masks: &mut [u64]) {
    let (blocks, rest) = row.as_chunks::<BLOCK>();
    for (mask, [a, b, c, d]) in masks.iter_mut().zip(blocks) {
        let any = a.to_bits() | b.to_bits() | c.to_bits() | d.to_bits();
        *mask |= if any == 0 { 0 } else { bit };
    }
    if rest.iter().any(|value| value.to_bits() != 0) {
        masks[blocks.len()] |= bit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};
    use proptest::prelude::*;

    #[test]
    fn the_survey_finds_what_is_not_zero() {
        let mut a = Array2::zeros((6, 9));
        a[[1, 2]] = 1.0;
        a[[3, 8]] = f32::NAN;
        a[[5, 2]] = -1.0;
        let mut occupancy = Occupancy::default();
        occupancy.survey(a.view());
        assert_eq!([0, 1].map(|block| occupancy.across(block)), [&[2, 8][..], &[2]]);
        assert_eq!([0, 1, 2].map(|block| occupancy.down(block)), [&[1, 5][..], &[], &[3]]);
        assert!((occupancy.share() - 1.0 / 6.0).abs() < 1e-9, "{}", occupancy.share());
        occupancy.survey(Array2::ones((6, 9)).view());
        assert!((occupancy.share() - 1.0).abs() < 1e-9, "{}", occupancy.share());
    }

    proptest! {
        #[test]
        fn every_block_with_something_in_it_is_found(
            rows in 1_usize..150, columns in 1_usize..40, taken in prop::collection::vec((0_usize..150, 0_usize..40), 0..60),
        ) {
            let mut a = Array2::<f32>::zeros((rows, columns));
            for (row, column) in taken {
                a[[row % rows, column % columns]] = 0.5;
            }
            let mut occupancy = Occupancy::default();
            // What a survey of a larger matrix left must not matter.
            occupancy.survey(Array2::ones((160, 50)).view());
            occupancy.survey(a.view());
            let any = |block: ArrayView2<'_, f32>| block.iter().any(|&value| value != 0.0);
            for block in 0..rows.div_ceil(BLOCK) {
                let slab = a.slice(s![BLOCK * block..(BLOCK * block + BLOCK).min(rows), ..]);
                let found: Vec<u32> = (0..columns).filter(|&c| any(slab.slice(s![.., c..=c]))).map(|c| c as u32).collect();
                prop_assert_eq!(occupancy.across(block), &found[..]);
            }
            for block in 0..columns.div_ceil(BLOCK) {
                let slab = a.slice(s![.., BLOCK * block..(BLOCK * block + BLOCK).min(columns)]);
                let found: Vec<u32> = (0..rows).filter(|&r| any(slab.slice(s![r..=r, ..]))).map(|r| r as u32).collect();
                prop_assert_eq!(occupancy.down(block), &found[..]);
            }
        }
    }
}
