//! Matrix products in f32, one thread, over the crate `gemm-f32`, which picks AVX-512, FMA, NEON or scalar code at run time.
//!
//! Does not depend on what the matrices hold. The order of the additions depends on the shapes, the strides and the
//! machine's instruction set and caches, on nothing else: on one machine the same call gives the same bits.

use gemm_common::Parallelism;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// `c = alpha * a b + beta * c` for `a` of shape (m, k), `b` of (k, n) and `c` of (m, n).
///
/// - Strides: any, so transposed and sliced views cost no copy. Rows of `b` and `c` that are contiguous are fastest.
/// - Aliasing: the borrow of `c` rules it out.
/// - `beta` 0 writes `c` without reading it, so NaN in there do not survive. `k` 0 leaves `beta * c`.
/// - Never parallel. Takes its packing space from the allocator where a shape needs it.
///
/// # Panics
/// When the shapes do not fit each other.
#[expect(clippy::needless_pass_by_value, reason = "views are made at the call, `a.t()` or `a.slice(..)`")]
pub fn matmul(alpha: f32, a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, beta: f32, c: ArrayViewMut2<'_, f32>) {
    let ((m, k), n) = (a.dim(), b.ncols());
    assert!(b.nrows() == k && c.dim() == (m, n), "({m}, {k}) times {:?} does not give {:?}", b.dim(), c.dim());
    let (a, b, mut c) = arranged(a, b, c);
    let ((m, k), n) = (a.dim(), b.ncols());
    let (a_strides, b_strides, c_strides) = (a.strides(), b.strides(), [c.strides()[0], c.strides()[1]]);
    // SAFETY: the pointers and strides are those of live views, whose shapes were checked just above; `c` is borrowed
    // mutably, so neither `a` nor `b` overlaps it.
    #[expect(unsafe_code, reason = "the gemm crate takes pointers and strides")]
    unsafe {
        gemm_f32::gemm::f32::get_gemm_fn()(
            m,
            n,
            k,
            c.as_mut_ptr(),
            c_strides[1],
            c_strides[0],
            beta != 0.0,
            a.as_ptr(),
            a_strides[1],
            a_strides[0],
            b.as_ptr(),
            b_strides[1],
            b_strides[0],
            beta,
            alpha,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// The operands as the kernels want them, as `gemm` 0.19 arranges them for all element types: the destination with its
/// columns together (else everything is transposed), and no destination or inner dimension that runs backwards.
fn arranged<'a, 'c>(
    mut a: ArrayView2<'a, f32>,
    mut b: ArrayView2<'a, f32>,
    mut c: ArrayViewMut2<'c, f32>,
) -> (ArrayView2<'a, f32>, ArrayView2<'a, f32>, ArrayViewMut2<'c, f32>) {
    if c.strides()[1].abs() < c.strides()[0].abs() {
        (a, b, c) = (b.reversed_axes(), a.reversed_axes(), c.reversed_axes());
    }
    let is_backward = |strides: &[isize], axis: usize, length: usize| strides[axis] < 0 && length > 0;
    if is_backward(c.strides(), 0, c.nrows()) {
        c.invert_axis(Axis(0));
        a.invert_axis(Axis(0));
    }
    if is_backward(c.strides(), 1, c.ncols()) {
        c.invert_axis(Axis(1));
        b.invert_axis(Axis(1));
    }
    if is_backward(a.strides(), 1, a.ncols()) {
        a.invert_axis(Axis(1));
        b.invert_axis(Axis(0));
    }
    (a, b, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, s};
    use proptest::prelude::*;

    /// The product by the definition, in f64.
    fn reference(alpha: f32, a: &Array2<f32>, b: &Array2<f32>, beta: f32, c: &Array2<f32>) -> Array2<f64> {
        Array2::from_shape_fn(c.dim(), |(i, j)| {
            let sum: f64 = (0..a.ncols()).map(|l| f64::from(a[[i, l]]) * f64::from(b[[l, j]])).sum();
            f64::from(alpha) * sum + f64::from(beta) * f64::from(c[[i, j]])
        })
    }

    fn matrix(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
        use crate::math::random::{Purpose, Stream};
        let mut values = Array2::zeros((rows, columns));
        if let Some(slice) = values.as_slice_mut() {
            Stream::new(seed, Purpose::Other(rows as u64)).fill_normal(slice);
        }
        values
    }

    proptest! {
        #[test]
        fn products_are_those_of_the_definition(
            m in 0_usize..40, k in 0_usize..40, n in 0_usize..40, seed in 0_u64..1000,
            alpha in -2.0_f32..2.0, beta in prop::sample::select(vec![0.0_f32, 1.0, -0.5]),
            transposed in prop::bool::ANY,
        ) {
            let (a, b, c) = (matrix(m, k, seed), matrix(k, n, seed + 1), matrix(m, n, seed + 2));
            let mut found = c.clone();
            if transposed {
                let turned = a.t().to_owned();
                matmul(alpha, turned.t(), b.view(), beta, found.view_mut());
            } else {
                matmul(alpha, a.view(), b.view(), beta, found.view_mut());
            }
            for (&y, &exact) in found.iter().zip(&reference(alpha, &a, &b, beta, &c)) {
                prop_assert!((f64::from(y) - exact).abs() < 1e-4, "{y} for {exact}");
            }
        }
    }

    #[test]
    fn slices_with_gaps_and_reversed_rows_are_read_by_their_strides() {
        let (a, b) = (matrix(20, 30, 1), matrix(30, 22, 2));
        let (rows, columns) = (s![..;2, 5..15], s![5..15;1, ..;-2]);
        let mut found = matrix(10, 11, 3);
        matmul(1.0, a.slice(rows), b.slice(columns), 0.0, found.view_mut());
        let (a, b) = (a.slice(rows).to_owned(), b.slice(columns).to_owned());
        let exact = reference(1.0, &a, &b, 0.0, &found);
        assert!(found.iter().zip(&exact).all(|(&y, &exact)| (f64::from(y) - exact).abs() < 1e-4));
    }

    #[test]
    fn a_destination_may_run_backwards_or_be_transposed() {
        let (a, b) = (matrix(9, 7, 1), matrix(7, 12, 2));
        let exact = reference(1.0, &a, &b, 0.0, &Array2::zeros((9, 12)));
        let mut stored = Array2::zeros((12, 9));
        let mut found = stored.view_mut().reversed_axes();
        found.invert_axis(Axis(0));
        found.invert_axis(Axis(1));
        matmul(1.0, a.view(), b.view(), 0.0, found.view_mut());
        assert!(found.iter().zip(&exact).all(|(&y, &exact)| (f64::from(y) - exact).abs() < 1e-4));
        let mut backwards = a.slice(s![.., ..;-1]).to_owned();
        backwards.invert_axis(Axis(1));
        let mut found = Array2::zeros((9, 12));
        matmul(1.0, backwards.view(), b.view(), 0.0, found.view_mut());
        assert!(found.iter().zip(&exact).all(|(&y, &exact)| (f64::from(y) - exact).abs() < 1e-4));
    }

    #[test]
    fn beta_zero_forgets_what_was_there() {
        let mut c = Array2::from_elem((3, 4), f32::NAN);
        matmul(1.0, matrix(3, 5, 1).view(), matrix(5, 4, 2).view(), 0.0, c.view_mut());
        assert!(c.iter().all(|value| value.is_finite()));
    }

    #[test]
    #[should_panic(expected = "(2, 3) times (4, 5) does not give (2, 5)")]
    fn shapes_that_do_not_fit_are_named() {
        matmul(1.0, matrix(2, 3, 1).view(), matrix(4, 5, 2).view(), 0.0, matrix(2, 5, 3).view_mut());
    }
}
