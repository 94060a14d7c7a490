//! W&B's `.wandb` files: the transaction log that every run leaves on disk, online or offline.
//!
//! Follows wandb 0.31.0: `core/internal/transactionlog`, `core/pkg/leveldb` and `wandb_internal.proto`. Does not depend on any
//! other format.

mod blocks;
mod console;
mod format;
mod history;
mod proto;
mod reader;
mod run;
mod setting;

pub(crate) use format::FORMAT;
