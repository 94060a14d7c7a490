//! The numbers beside references, and data sets from files and from servers: one binary, a module for each subject.

mod baselines;
mod fetch;
mod hog;
mod idx;
mod nn_reference;
