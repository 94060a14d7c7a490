//! Where images come from: IDX files, the built-in synthetic digits, the verified download, augmentation.
//!
//! Room rule: it may import `math` only (`tests/tidy.rs`).
