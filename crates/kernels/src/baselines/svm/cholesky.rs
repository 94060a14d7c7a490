//! Cholesky factor of a symmetric positive definite matrix and the solution of its equations, in double precision.
//!
//! Row by row over the lower triangle, so that every inner product runs over two contiguous rows. Does not depend on where
//! the matrix comes from.

/// A lower triangle L with A = L L'. Row-major over the full square; what is above the diagonal is never read.
pub(super) struct Cholesky {
    lower: Vec<f64>,
    order: usize,
}

impl Cholesky {
    /// Factors `matrix`, row-major with `order` rows, of which only the lower triangle is read. None where it is not
    /// positive definite as far as its rounding tells.
    pub(super) fn factor(matrix: &[f64], order: usize) -> Option<Self> {
        debug_assert_eq!(matrix.len(), order * order, "the matrix is square");
        let mut lower = matrix.to_vec();
        for row in 0..order {
            let (above, from_row) = lower.split_at_mut(row * order);
            let current = &mut from_row[..order];
            for column in 0..row {
                let pivot_row = &above[column * order..][..=column];
                let inner = dot(&current[..column], &pivot_row[..column]);
                current[column] = (current[column] - inner) / pivot_row[column];
            }
            let left = current[row] - dot(&current[..row], &current[..row]);
            if left <= 0.0 || left.is_nan() {
                return None;
            }
            current[row] = left.sqrt();
        }
        Some(Self { lower, order })
    }

    /// Solves A x = b in place: `b` holds the solution afterwards.
    pub(super) fn solve(&self, b: &mut [f64]) {
        for row in 0..self.order {
            let entries = &self.lower[row * self.order..][..=row];
            b[row] = (b[row] - dot(&entries[..row], &b[..row])) / entries[row];
        }
        for row in (0..self.order).rev() {
            let entries = &self.lower[row * self.order..][..=row];
            b[row] /= entries[row];
            let solved = b[row];
            for (left, entry) in b[..row].iter_mut().zip(entries) {
                *left -= solved * entry;
            }
        }
    }
}

/// Inner product in eight partial sums, which the compiler keeps in vector registers.
#[multiversion::multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 32];
    let (a_chunks, a_rest) = a.as_chunks::<32>();
    let (b_chunks, b_rest) = b.as_chunks::<32>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..32 {
            sums[lane] = a[lane].mul_add(b[lane], sums[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_solution_solves_the_equations(
            order in 1usize..70,
            values in prop::collection::vec(-1.0f64..1.0, 70 * 70),
            wanted in prop::collection::vec(-10.0f64..10.0, 70),
        ) {
            let entry = |row: usize, column: usize| {
                let inner: f64 = (0..order).map(|l| values[row * 70 + l] * values[column * 70 + l]).sum();
                inner + if row == column { 1.0 } else { 0.0 }
            };
            let mut matrix = vec![0.0; order * order];
            for (at, value) in matrix.iter_mut().enumerate() {
                let (row, column) = (at / order, at % order);
                // What is above the diagonal must not matter.
                *value = if column > row { f64::NAN } else { entry(row, column) };
            }
            let mut b: Vec<f64> =
                (0..order).map(|row| (0..order).map(|column| entry(row, column) * wanted[column]).sum()).collect();
            Cholesky::factor(&matrix, order).unwrap().solve(&mut b);
            for (found, wanted) in b.iter().zip(&wanted) {
                prop_assert!((found - wanted).abs() < 1e-9, "{found} for {wanted}");
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        assert!(Cholesky::factor(&[1.0, 0.0, 2.0, 1.0], 2).is_none());
        assert!(Cholesky::factor(&[0.0], 1).is_none());
        assert!(Cholesky::factor(&[f64::NAN], 1).is_none());
    }
}
