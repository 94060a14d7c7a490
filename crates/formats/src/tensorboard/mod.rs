//! TensorBoard's event files: the frames, the events and what they say of a run.
//!
//! Follows TensorBoard 2.21.0: its protocol buffers, its data server (`tensorboard/data/server`, which is what its pages
//! show) and, for `SessionLog`, its `EventAccumulator`. Does not depend on any other format.

mod event;
mod format;
mod frame;
mod proto;
mod reader;
mod summary;
mod tag;
mod tensor;

pub(crate) use format::FORMAT;
