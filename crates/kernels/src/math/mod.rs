//! The numerics under everything: matrix products, element-wise kernels, seeded random streams.
//!
//! Does not depend on networks, images or files. Everything here is single-threaded and gives the same bits whatever else
//! runs on the machine.

pub mod elementwise;
pub mod occupancy;
pub mod product;
pub mod random;
pub mod sparse;
