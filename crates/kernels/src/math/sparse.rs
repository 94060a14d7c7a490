//! Products with a matrix that is mostly zero, such as a batch of images: what is zero is skipped in blocks of four rows
//! or four columns, and the rest goes through the same register tiles as a dense product's.
//!
//! Skipping leaves out additions of 0, so the sums are those of a dense product, but for the order in which they round.
//! One exception: 0 times infinity or NaN counts as 0. Vectors are `pulp`'s, of the widest instruction set found at run
//! time. Where too little is zero, or the other matrix is narrow, the dense product does the work. Does not depend on what
//! the matrices hold.
#![expect(clippy::inline_always, reason = "a call would leave the instruction set that was chosen")]
#![expect(clippy::needless_pass_by_value, reason = "views are made at the call, `a.slice(..)`")]

use super::occupancy::{BLOCK, Occupancy};
use super::product::matmul;
use ndarray::{ArrayView2, ArrayViewMut2};
use pulp::{Arch, Simd, WithSimd};

/// Vectors of a tile's row: with [`BLOCK`] rows they fill the registers of 32-register instruction sets.
const WIDE: usize = 6;
/// The same for the sixteen registers of AVX2.
const NARROW: usize = 3;
/// Values of the widest tile's row.
const WIDEST: usize = WIDE * 16;
/// Above this share of places that are not zero the dense product, which packs its operands, is faster.
const DENSE: f64 = 0.8;

/// Whether skipping pays for a product with a matrix of so many columns. Never in an unoptimised build, where the tiles
/// take a hundred times as long, while the dense product's crate is always optimised.
fn pays(occupancy: &Occupancy, columns: usize) -> bool {
    !cfg!(debug_assertions) && occupancy.share() < DENSE && columns >= WIDEST
}

/// `c = a b` for `a` of shape (m, k), surveyed before, `b` of (k, n) and `c` of (m, n).
///
/// # Panics
/// When the shapes do not fit each other, or `a` has not the surveyed shape.
pub fn multiply(a: ArrayView2<'_, f32>, occupancy: &Occupancy, b: ArrayView2<'_, f32>, mut c: ArrayViewMut2<'_, f32>) {
    assert_eq!(a.dim(), occupancy.dim(), "the matrix is not the surveyed one");
    assert!(b.nrows() == a.ncols() && c.dim() == (a.nrows(), b.ncols()), "{:?} times {:?}", a.dim(), b.dim());
    let width = b.ncols();
    match (a.to_slice(), b.to_slice(), c.as_slice_mut()) {
        (Some(a), Some(b), Some(c)) if pays(occupancy, width) => {
            Arch::new().dispatch(Product { a, occupancy, b, width, c });
        }
        _ => matmul(1.0, a, b, 0.0, c),
    }
}

/// `c += alpha * a' b` for `a` of shape (m, k), surveyed before, `b` of (m, n) and `c` of (k, n).
///
/// # Panics
/// When the shapes do not fit each other, or `a` has not the surveyed shape.
pub fn add_transposed_product(
    alpha: f32,
    a: ArrayView2<'_, f32>,
    occupancy: &Occupancy,
    b: ArrayView2<'_, f32>,
    mut c: ArrayViewMut2<'_, f32>,
) {
    assert_eq!(a.dim(), occupancy.dim(), "the matrix is not the surveyed one");
    assert!(b.nrows() == a.nrows() && c.dim() == (a.ncols(), b.ncols()), "{:?}' times {:?}", a.dim(), b.dim());
    let width = b.ncols();
    match (a.to_slice(), b.to_slice(), c.as_slice_mut()) {
        (Some(a), Some(b), Some(c)) if pays(occupancy, width) => {
            Arch::new().dispatch(TransposedProduct { alpha, a, occupancy, b, width, c });
        }
        _ => matmul(alpha, a.t(), b, 1.0, c),
    }
}

/// Columns `start..start + vectors * lanes` of a product, of which those before `start + skip` are done already.
#[derive(Clone, Copy)]
struct Panel {
    start: usize,
    skip: usize,
}

/// What is done once for each panel of columns, in tiles of `V` vectors.
trait Panels {
    fn panel<S: Simd, const V: usize>(&mut self, simd: S, panel: Panel);
}

/// Cuts `width` columns into panels as wide as the registers allow. The last one is moved back to end with the row.
#[inline(always)]
fn for_each_panel<S: Simd>(simd: S, width: usize, work: &mut impl Panels) {
    let lanes = S::F32_LANES;
    let vectors = if lanes == 8 { NARROW } else { WIDE };
    let whole = width / (vectors * lanes);
    for number in 0..whole {
        let panel = Panel { start: number * vectors * lanes, skip: 0 };
        if lanes == 8 {
            work.panel::<S, NARROW>(simd, panel);
        } else {
            work.panel::<S, WIDE>(simd, panel);
        }
    }
    let left = (width - whole * vectors * lanes).div_ceil(lanes);
    let start = width - left * lanes;
    let panel = Panel { start, skip: whole * vectors * lanes - start };
    match left {
        0 => {}
        1 => work.panel::<S, 1>(simd, panel),
        2 => work.panel::<S, 2>(simd, panel),
        3 => work.panel::<S, 3>(simd, panel),
        4 => work.panel::<S, 4>(simd, panel),
        5 => work.panel::<S, 5>(simd, panel),
        _ => work.panel::<S, WIDE>(simd, panel),
    }
}

/// The tile of [`BLOCK`] rows and `V` vectors of the sum over `terms` of a column of factors times a row of values.
#[inline(always)]
fn tile<'a, S: Simd, const V: usize>(
    simd: S,
    terms: impl Iterator<Item = ([f32; BLOCK], &'a [f32])>,
) -> [[S::f32s; V]; BLOCK] {
    let mut sums = [[simd.splat_f32s(0.0); V]; BLOCK];
    for (factors, values) in terms {
        let vectors = S::as_simd_f32s(values).0;
        let row: [S::f32s; V] = std::array::from_fn(|vector| vectors[vector]);
        for (sums, factor) in sums.iter_mut().zip(factors) {
            let factor = simd.splat_f32s(factor);
            for (sum, values) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_f32s(factor, values, *sum);
            }
        }
    }
    sums
}

struct Product<'a> {
    a: &'a [f32],
    occupancy: &'a Occupancy,
    b: &'a [f32],
    width: usize,
    c: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_panel(simd, self.width, &mut self);
    }
}

impl Panels for Product<'_> {
    #[inline(always)]
    fn panel<S: Simd, const V: usize>(&mut self, simd: S, Panel { start, .. }: Panel) {
        let Self { a, occupancy, b, width, c } = self;
        let (count, depth) = occupancy.dim();
        for block in 0..count.div_ceil(BLOCK) {
            let first = block * BLOCK;
            // Rows beyond the last are computed as copies of it, and not kept.
            let rows: [&[f32]; BLOCK] = std::array::from_fn(|row| &a[(first + row).min(count - 1) * depth..][..depth]);
            let terms = occupancy.across(block).iter().map(|&column| {
                let column = column as usize;
                (rows.map(|row| row[column]), &b[column * *width + start..][..V * S::F32_LANES])
            });
            let sums = tile::<S, V>(simd, terms);
            for (row, sums) in c[first * *width..].chunks_exact_mut(*width).zip(sums) {
                S::as_mut_simd_f32s(&mut row[start..][..V * S::F32_LANES]).0.copy_from_slice(&sums);
            }
        }
    }
}

struct TransposedProduct<'a> {
    alpha: f32,
    a: &'a [f32],
    occupancy: &'a Occupancy,
    b: &'a [f32],
    width: usize,
    c: &'a mut [f32],
}

impl WithSimd for TransposedProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for_each_panel(simd, self.width, &mut self);
    }
}

impl Panels for TransposedProduct<'_> {
    #[inline(always)]
    fn panel<S: Simd, const V: usize>(&mut self, simd: S, Panel { start, skip }: Panel) {
        let Self { alpha, a, occupancy, b, width, c } = self;
        let (depth, wide) = (occupancy.dim().1, V * S::F32_LANES);
        let scale = simd.splat_f32s(*alpha);
        for block in 0..depth.div_ceil(BLOCK) {
            let rows = occupancy.down(block);
            if rows.is_empty() {
                continue;
            }
            let first = block * BLOCK;
            let columns: [usize; BLOCK] = std::array::from_fn(|column| (first + column).min(depth - 1));
            let terms = rows.iter().map(|&row| {
                let (factors, row) = (&a[row as usize * depth..][..depth], row as usize);
                (columns.map(|column| factors[column]), &b[row * *width + start..][..wide])
            });
            let sums = tile::<S, V>(simd, terms);
            for (row, sums) in c[first * *width..].chunks_exact_mut(*width).zip(sums) {
                let row = &mut row[start..][..wide];
                if skip == 0 {
                    for (entry, sum) in S::as_mut_simd_f32s(row).0.iter_mut().zip(sums) {
                        *entry = simd.mul_add_f32s(scale, sum, *entry);
                    }
                } else {
                    let mut spread = [0.0; WIDEST];
                    S::as_mut_simd_f32s(&mut spread[..wide]).0.copy_from_slice(&sums);
                    for (entry, sum) in row.iter_mut().zip(spread).skip(skip) {
                        *entry = alpha.mul_add(sum, *entry);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        use crate::math::random::{Purpose, Stream};
        let mut values = Array2::zeros((rows, columns));
        Stream::new(seed, Purpose::Other(7)).fill_normal(values.as_slice_mut().unwrap());
        values
    }

    /// A matrix of which about `share` is not zero, in stretches as in images.
    fn sparse(rows: usize, columns: usize, share: f32, seed: u64) -> Array2<f32> {
        let stretches = matrix(rows, columns.div_ceil(5), seed + 1);
        let mut values = matrix(rows, columns, seed);
        for ((row, column), value) in values.indexed_iter_mut() {
            if stretches[[row, column / 5]].abs() > 1.5 * share {
                *value = 0.0;
            }
        }
        values
    }

    /// `c = a b` by tiles, in whatever build.
    fn skipping(a: &Array2<f32>, occupancy: &Occupancy, b: &Array2<f32>, c: &mut Array2<f32>) {
        let (a, width) = (a.as_slice().unwrap(), b.ncols());
        let (b, c) = (b.as_slice().unwrap(), c.as_slice_mut().unwrap());
        Arch::new().dispatch(Product { a, occupancy, b, width, c });
    }

    fn assert_near(found: &Array2<f32>, expected: &Array2<f32>) -> Result<(), TestCaseError> {
        for ((place, found), expected) in found.indexed_iter().zip(expected) {
            prop_assert!((found - expected).abs() < 1e-3, "{place:?}: {found} for {expected}");
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn products_are_those_of_the_dense_product(
            m in 1_usize..23, k in 1_usize..60, n in WIDEST..230, share in 0.0_f32..0.9, seed in 0_u64..1000,
        ) {
            let a = sparse(m, k, share, seed);
            let mut occupancy = Occupancy::default();
            // What a survey of a larger matrix left must not matter.
            occupancy.survey(matrix(30, 70, seed).view());
            occupancy.survey(a.view());

            let b = matrix(k, n, seed + 2);
            let (mut found, mut expected) = (Array2::from_elem((m, n), f32::NAN), Array2::zeros((m, n)));
            skipping(&a, &occupancy, &b, &mut found);
            matmul(1.0, a.view(), b.view(), 0.0, expected.view_mut());
            assert_near(&found, &expected)?;

            let (b, c) = (matrix(m, n, seed + 3), matrix(k, n, seed + 4));
            let (mut found, mut expected) = (c.clone(), c);
            let (a, d, c) = (a.view(), b.as_slice().unwrap(), found.as_slice_mut().unwrap());
            let product =
                TransposedProduct { alpha: -0.3, a: a.to_slice().unwrap(), occupancy: &occupancy, b: d, width: n, c };
            Arch::new().dispatch(product);
            matmul(-0.3, a.t(), b.view(), 1.0, expected.view_mut());
            assert_near(&found, &expected)?;
        }
    }

    #[test]
    fn what_is_infinite_shows_where_it_counts() {
        let mut a = Array2::zeros((4, 3));
        a[[0, 1]] = 1.0;
        let mut b = Array2::ones((3, WIDEST));
        b[[1, 5]] = f32::INFINITY;
        let mut occupancy = Occupancy::default();
        occupancy.survey(a.view());
        let mut c = Array2::zeros((4, WIDEST));
        skipping(&a, &occupancy, &b, &mut c);
        assert!(c[[0, 5]].is_infinite() && (c[[0, 4]] - 1.0).abs() < f32::EPSILON);
    }

    #[test]
    #[should_panic(expected = "the matrix is not the surveyed one")]
    fn another_matrix_than_the_surveyed_one_is_refused() {
        let mut occupancy = Occupancy::default();
        occupancy.survey(Array2::zeros((4, 4)).view());
        let a = Array2::<f32>::zeros((5, 4));
        multiply(a.slice(s![.., ..]), &occupancy, Array2::zeros((4, 4)).view(), Array2::zeros((5, 4)).view_mut());
    }
}
