//! `perceptop export --format tensorboard`: a folder that TensorBoard opens, one folder in it for each run, scalars and
//! hyper-parameters included.
//!
//! Wall-clock times are the session's opening plus the record's seconds: a log holds no other. Does not depend on frames or
//! checksums.

use super::ReportError;
use super::event_file::EventFile;
use super::groups::flat;
use super::load::{self, Log, Target};
use super::output::{self, Written};
use super::proto::{
    DataType, Experiment, HParamInfo, HParamsData, HParamsPluginData, Metadata, MetricInfo, MetricName, PluginData,
    SessionEnd, SessionStart, Setting, SettingKind, Status,
};
use super::scalars;
use super::table_file::resumptions;
use super::text::{file_name, printable};
use crate::protocol::{Event, RunStarted};
use prost::Message;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Columns of TensorBoard's hyper-parameter table.
const COLUMNS: [&str; 3] = ["test_accuracy", "test_loss", "epoch_train_loss"];

/// Writes the logs that `path` names as event files into the folder `out`, which is made where missing.
///
/// # Errors
/// When `path` names no run or `out` cannot be written.
pub fn tensorboard(path: &Path, out: &Path) -> Result<Written, ReportError> {
    let target = load::target(path)?;
    if let Some(folder) = &target.folder {
        output::outside(out, folder.root())?;
    }
    let opened = target.header.as_ref().map_or(0.0, |header| header.created as f64);
    let mut written = Written { path: out.to_owned(), faults: target.faults.clone(), ..Written::default() };
    let file = format!("events.out.tfevents.{opened:010.0}.perceptop");
    let mut kinds = BTreeMap::new();
    let mut names = Vec::new();
    for log in &target.logs {
        let path = out.join(unused(&mut names, &log.run)).join(&file);
        output::file(&path, |file| run(log, opened, &mut written.faults, &mut kinds, file))?;
        written.files.push(path);
    }
    let path = out.join(&file);
    output::file(&path, |file| experiment(&target, opened, &kinds, file))?;
    written.files.push(path);
    written.runs = target.logs.len();
    Ok(written)
}

/// A folder's name for a run, numbered where two ids give the same.
fn unused(names: &mut Vec<String>, run: &str) -> String {
    let plain = file_name(run);
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let name = std::iter::once(plain.clone()).chain(numbered).find(|name| !names.contains(name)).unwrap_or(plain);
    names.push(name.clone());
    name
}

fn run<W: Write>(
    log: &Log,
    opened: f64,
    faults: &mut Vec<String>,
    kinds: &mut BTreeMap<String, DataType>,
    out: &mut W,
) -> io::Result<()> {
    let resumptions = resumptions(log);
    let mut events = EventFile::begin(out, opened)?;
    let mut outcome = Ok(());
    let mut place_in_log = 0;
    let mut end = (opened, Status::Running);
    load::each_record(log, faults, |record| {
        let place = place_in_log;
        place_in_log += 1;
        if outcome.is_err() {
            return;
        }
        let wall = opened + if record.t.is_finite() { record.t } else { 0.0 };
        end.0 = wall;
        match &record.event {
            Event::RunStarted(started) if place == 0 => outcome = begin(started, opened, kinds, &mut events),
            Event::RunFinished(_) => end.1 = Status::Success,
            Event::RunStopped(_) | Event::RunFailed(_) => end.1 = Status::Failure,
            _ => {}
        }
        let Some((place_in_run, measured)) = scalars::of(record) else { return };
        if outcome.is_err() || resumptions.supersede(place, place_in_run.step) {
            return;
        }
        let measured: Vec<(String, f64)> =
            measured.into_iter().map(|(name, value)| (printable(&name), value)).collect();
        let scalars: Vec<(&str, f64)> = measured.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        outcome = events.scalars(wall, place_in_run.step.max(0.0) as u64, &scalars);
    });
    outcome?;
    let data = HParamsData::SessionEnd(SessionEnd { status: end.1.into(), end_time_secs: end.0 });
    events.metadata(end.0, "_hparams_/session_end_info", plugin(data))?;
    events.finish()
}

/// The settings of a run, as TensorBoard's table shows them.
fn begin<W: Write>(
    started: &RunStarted,
    opened: f64,
    kinds: &mut BTreeMap<String, DataType>,
    events: &mut EventFile<W>,
) -> io::Result<()> {
    let mut hparams: BTreeMap<String, Setting> =
        flat(&started.spec).into_iter().map(|(key, value)| (key, setting(value))).collect();
    hparams.insert("seed".to_owned(), Setting { kind: Some(SettingKind::Number(started.seed as f64)) });
    for (key, setting) in &hparams {
        let kind = match setting.kind {
            Some(SettingKind::Number(_)) => DataType::Float64,
            Some(SettingKind::Switch(_)) => DataType::Bool,
            Some(SettingKind::Text(_)) => DataType::String,
            None => DataType::Unset,
        };
        kinds.entry(key.clone()).or_insert(kind);
    }
    let start = SessionStart { hparams, group_name: printable(&started.name), start_time_secs: opened };
    events.metadata(opened, "_hparams_/session_start_info", plugin(HParamsData::SessionStart(start)))
}

/// What the columns of the table are, once for all runs.
fn experiment<W: Write>(
    target: &Target,
    opened: f64,
    kinds: &BTreeMap<String, DataType>,
    out: &mut W,
) -> io::Result<()> {
    let mut events = EventFile::begin(out, opened)?;
    let experiment = Experiment {
        name: printable(&target.id),
        time_created_secs: opened,
        hparam_infos: kinds
            .iter()
            .map(|(name, kind)| HParamInfo { name: name.clone(), kind: (*kind).into() })
            .collect(),
        metric_infos: COLUMNS.map(|tag| MetricInfo { name: Some(MetricName { tag: tag.to_owned() }) }).to_vec(),
    };
    events.metadata(opened, "_hparams_/experiment", plugin(HParamsData::Experiment(experiment)))?;
    events.finish()
}

fn plugin(data: HParamsData) -> Metadata {
    let content = HParamsPluginData { version: 0, data: Some(data) }.encode_to_vec();
    Metadata { plugin_data: Some(PluginData { plugin_name: "hparams".to_owned(), content }) }
}

fn setting(value: Value) -> Setting {
    let kind = match value {
        Value::Bool(switch) => SettingKind::Switch(switch),
        Value::Number(number) => SettingKind::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => SettingKind::Text(printable(&text)),
        other => SettingKind::Text(printable(&other.to_string())),
    };
    Setting { kind: Some(kind) }
}
