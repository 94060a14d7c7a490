//! What programs print while they train: lines such as `iter 10: loss 3.5, time 90.00ms`.
//!
//! A line counts when it names a counter (`step`, `iter`, `epoch` and so on) and at least one other number. Colours and
//! carriage returns are understood: a progress bar that is drawn again and again gives its last state of each step.

mod format;
mod line;
mod rows;
mod tokens;

pub(crate) use format::CONSOLE;
