//! k nearest neighbours: exhaustive, Euclidean, the majority votes.
//!
//! The answer is that of comparing every query with every training sample in double precision. Most of the work is
//! saved by a bound: the distance within a subspace is never more than the distance. For each block of samples one
//! matrix product gives the bounds, and only samples whose bound is below the k-th best distance so far are looked at
//! in full. The subspace is that of the largest principal components, or the whole space where these say too little
//! (partial distance search; Cheng et al. 1984, "Fast search algorithms for vector quantization"). Does not depend on what
//! the features are.

mod basis;
mod best;
mod bounds;
mod model;

pub use model::{Knn, KnnProgress};
