//! k nearest neighbours by brute force over Euclidean distances.

mod model;
pub use model::{Knn, KnnProgress};
