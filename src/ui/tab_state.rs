//! What a viewer chose on each tab, as plain data.
//!
//! Does not depend on what is drawn from it.

use super::widgets::Scale;
use crate::state::Axis;
use serde::{Deserialize, Serialize};

/// How much the curves are smoothed: what a thousandth of the axis keeps of the exponential mean, none first.
pub const SMOOTHING: [f64; 7] = [0.0, 0.6, 0.9, 0.97, 0.99, 0.997, 0.999];

/// Choices on the tab Charts.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartState {
    /// The metric's place in the list of those that the shown runs have, by name.
    pub metric: String,
    /// What lies below the curves.
    pub axis: Axis,
    /// Whether the user chose what lies below, so that nothing better is looked for.
    pub axis_chosen: bool,
    /// How values are spread.
    pub scale: Scale,
    /// Place in [`SMOOTHING`].
    pub smoothing: usize,
    /// Whether the values themselves are drawn faintly behind the smoothed curve.
    pub raw: bool,
    /// Whether the vertical axis reaches over outliers too.
    pub outliers: bool,
    /// The field by which runs are grouped into a mean with a band; each run for itself when absent.
    pub grouping: Option<String>,
    /// The part of the axis in sight; all of it when absent.
    pub zoom: Option<(f64, f64)>,
    /// Where the reading cursor stands on the axis.
    pub cursor: Option<f64>,
}

impl Default for ChartState {
    fn default() -> Self {
        Self {
            metric: "train_loss".to_owned(),
            axis: Axis::Epoch,
            axis_chosen: false,
            scale: Scale::Linear,
            smoothing: 2,
            raw: true,
            outliers: false,
            grouping: None,
            zoom: None,
            cursor: None,
        }
    }
}

/// Choices on the tab Confusion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfusionState {
    /// Which of the run's evaluations, from 0; the newest when absent.
    pub epoch: Option<usize>,
    /// Shares of the row instead of counts.
    pub shares: bool,
    /// The cell that keys act on: true class, predicted class.
    pub cursor: (usize, usize),
    /// Whether the difference to the first other marked run is shown.
    pub difference: bool,
}

/// The pages of the tab Compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ComparePage {
    /// A table of figures.
    #[default]
    Figures,
    /// F1 of each class as bars.
    Classes,
    /// Confusion tables side by side.
    Confusion,
}

/// Choices on the tab Compare.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareState {
    /// The field by which runs are grouped.
    pub grouping: String,
    /// The selected group.
    pub selected: usize,
    /// The group that the others are set against, by its key.
    pub reference: Option<String>,
    /// The open page.
    pub page: ComparePage,
    /// The order of the groups.
    pub order: super::model::SortOrder,
}

impl Default for CompareState {
    fn default() -> Self {
        Self {
            grouping: super::groups::NAME.to_owned(),
            selected: 0,
            reference: None,
            page: ComparePage::default(),
            order: super::model::SortOrder::default(),
        }
    }
}

/// Choices on the tab Logs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogsState {
    /// Whether the library has been read.
    pub read: bool,
    /// The selected row.
    pub selected: usize,
    /// Sessions whose runs are shown, by path.
    pub open: std::collections::BTreeSet<String>,
    /// Marked runs of whichever sessions, by their logs' paths.
    pub marks: std::collections::BTreeSet<String>,
    /// The order; by column 0 sessions stand with their runs, newest first.
    pub order: super::model::SortOrder,
    /// The path of the row that was selected the last time, until the library is there.
    pub recalled: Option<String>,
    /// Time since the library was read.
    pub age: std::time::Duration,
}

/// What is remembered of the list of sessions from one start to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogsViewState {
    /// The path of the selected row.
    pub selected: Option<String>,
    /// Marked runs, by their logs' paths.
    pub marks: Vec<String>,
    /// Sessions whose runs are shown, by path.
    pub open: Vec<String>,
    /// What the rows are sorted by.
    pub sort: String,
    /// Whether the order is turned around.
    pub reversed: bool,
}

/// The units of a run's layers as the strip shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strip {
    /// The run's id.
    pub run: std::sync::Arc<str>,
    /// Steps done when they were measured.
    pub step: u64,
    /// Share of inactive entries of each unit of each layer, in percent.
    pub units: Vec<Vec<u8>>,
    /// How long this has been shown.
    pub age: std::time::Duration,
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Replay {
    /// Seconds of the log that were played.
    pub position: f64,
    /// Seconds of the whole log.
    pub length: f64,
    /// Log seconds a second.
    pub speed: f64,
    /// Whether it goes on.
    pub playing: bool,
}

/// The speeds of a replay.
pub const SPEEDS: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// What is remembered of a view from one start to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// The open tab's title.
    pub tab: String,
    /// The selected run's id.
    pub selected: Option<String>,
    /// The marked runs' ids.
    pub marks: Vec<String>,
    /// The filter.
    pub filter: String,
    /// The charts' metric.
    pub metric: String,
    /// The charts' axis, as a place in the order of [`Axis`].
    pub axis: u8,
    /// The field by which runs are grouped in the charts, if they are.
    pub grouping: Option<String>,
    /// The field by which they are compared; the experiment's name when absent.
    pub comparison: Option<String>,
}
