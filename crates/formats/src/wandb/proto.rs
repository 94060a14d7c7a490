//! Messages of `wandb_internal.proto` (wandb 0.31.0), for `prost`. Fields that are not read are left out.

/// A key and its value; several kinds of item share the numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Item {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, repeated, tag = "2")]
    pub nested_key: Vec<String>,
    /// Of rows only; the other kinds have `value_json`.
    #[prost(oneof = "Typed", tags = "4, 5, 6, 7, 8")]
    pub typed: Option<Typed>,
    #[prost(string, tag = "16")]
    pub value_json: String,
}

/// A value that is not written as JSON.
#[derive(Clone, PartialEq, prost::Oneof)]
pub(super) enum Typed {
    /// Yes or no.
    #[prost(bool, tag = "4")]
    Flag(bool),
    /// A whole number.
    #[prost(sint64, tag = "5")]
    Integer(i64),
    /// A number.
    #[prost(double, tag = "6")]
    Number(f64),
    /// A text.
    #[prost(string, tag = "7")]
    Text(String),
    /// JSON.
    #[prost(string, tag = "8")]
    Json(String),
}

/// A row.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct History {
    #[prost(message, repeated, tag = "1")]
    pub item: Vec<Item>,
    #[prost(message, optional, tag = "2")]
    pub step: Option<HistoryStep>,
}

/// A row's step.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct HistoryStep {
    #[prost(int64, tag = "1")]
    pub num: i64,
}

/// A change of settings, or of the summary.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Changes {
    #[prost(message, repeated, tag = "1")]
    pub update: Vec<Item>,
    #[prost(message, repeated, tag = "2")]
    pub remove: Vec<Item>,
}

/// Seconds since 1970.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

impl Timestamp {
    pub(super) fn seconds(self) -> f64 {
        self.seconds as f64 + f64::from(self.nanos) * 1e-9
    }
}

/// Statistics of the system.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Stats {
    #[prost(message, optional, tag = "2")]
    pub timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "3")]
    pub item: Vec<Item>,
}

/// A piece of what the program printed.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Output {
    /// 0 is the standard error, 1 the standard output.
    #[prost(int32, tag = "1")]
    pub stream: i32,
    #[prost(string, tag = "3")]
    pub line: String,
}

/// The run.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Run {
    #[prost(string, tag = "3")]
    pub project: String,
    #[prost(message, optional, tag = "4")]
    pub config: Option<Changes>,
    #[prost(string, tag = "6")]
    pub group: String,
    #[prost(string, tag = "7")]
    pub job_type: String,
    #[prost(string, tag = "8")]
    pub display_name: String,
    #[prost(string, tag = "9")]
    pub notes: String,
    #[prost(string, repeated, tag = "10")]
    pub tags: Vec<String>,
    #[prost(string, tag = "13")]
    pub host: String,
    #[prost(int64, tag = "14")]
    pub starting_step: i64,
    #[prost(message, optional, tag = "17")]
    pub start_time: Option<Timestamp>,
}

/// The end of the run.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Exit {
    #[prost(int32, tag = "1")]
    pub code: i32,
}
