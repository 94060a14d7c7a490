//! The language of perceptop: what to run ([`Spec`], [`RunPlan`]), what happened ([`Record`], [`Event`]) and what a
//! user asks of a run ([`Command`]).
//!
//! Owned plain data and serde, no behaviour: an old log must still mean the same, so nothing here computes, opens or
//! waits. The names of the fields are a contract with every log ever written; they change only together with
//! [`VERSION`]. Does not depend on: files, threads, the screen, or any other room.

mod command;
mod event;
pub mod float;
mod record;
mod session;
mod spec;
pub mod spec_fields;
mod summary;
mod trainer;
mod update;
mod values;

pub use command::{Command, Reply, Setting, Target};
pub use event::{
    Alert, AlertKind, Change, Checkpoint, ClassScores, Epoch, Event, Features as FeaturesComputed, Fitted, Inactive,
    Metrics, Note, Origin, Predicted, Purged, RunEnd, RunInfo, RunStarted, SESSION_STOPPED, Step,
};
pub use record::{Record, VERSION};
pub use session::{DatasetInfo, FileDigest, RunPlan, SessionHeader};
pub use spec::{
    Activation, Augmentation, Divergence, Family, Features, HogSettings, Initialisation, Regulariser, Spec,
};
pub use summary::{RunSummary, SessionStatus, SessionSummary, Status};
pub use trainer::Trainer;
pub use update::{Holder, TrainerState, Update};
pub use values::Values;
