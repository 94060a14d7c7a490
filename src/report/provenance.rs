//! What the report was made from: the sessions, their data, and every run.
//!
//! Does not depend on files.

use super::groups::divergence;
use super::markdown::{Page, Table};
use super::text::{duration, four_digits, markdown};
use crate::protocol::SessionHeader;
use crate::state::{Alteration, SessionState, Status};

/// One row a session; `walls` are the wall-clock seconds of each, where the file system tells.
pub(crate) fn sessions(sessions: &[SessionState], walls: &[Option<f64>]) -> Table {
    let heads = ["Session", "Suite", "Data", "Runs", "Time of all runs", "Wall clock", "Workers", "Program", "Host"];
    let mut table = Table::new(heads);
    for (session, wall) in sessions.iter().zip(walls) {
        let seconds: f64 = session.runs().iter().map(|run| run.seconds).sum();
        let workers = session.header.as_ref().map_or(1, |header| header.jobs.max(1)) as f64;
        // Later than this it is not the runs that changed the files: a copy, or a resumption days after.
        let plausible = |wall: &f64| *wall >= 0.9 * seconds / workers && *wall <= 2.0 * seconds / workers + 60.0;
        let of_header = |pick: fn(&SessionHeader) -> String| {
            session.header.as_ref().map_or("-".to_owned(), |header| markdown(&pick(header)))
        };
        table.row([
            markdown(&session.id),
            of_header(|header| header.suite.clone()),
            markdown(session.dataset()),
            standing(session),
            duration(seconds),
            wall.filter(plausible).map_or("-".to_owned(), duration),
            of_header(|header| header.jobs.to_string()),
            of_header(|header| header.program.clone()),
            of_header(|header| header.host.clone()),
        ]);
    }
    table
}

/// How many runs a session has, and how those stand that did not simply finish: `69, of them 11 diverged`.
fn standing(session: &SessionState) -> String {
    let of = |status: &Status| Some(format!("{} {}", session.count(*status), status.name()));
    let others: Vec<String> = Status::ALL
        .iter()
        .filter(|status| **status != Status::Finished && session.count(**status) > 0)
        .filter_map(of)
        .collect();
    let total = session.runs().len();
    if others.is_empty() { total.to_string() } else { format!("{total}, of them {}", others.join(", ")) }
}

/// The files of the data with their SHA-256, one point each.
pub(crate) fn digests(sessions: &[SessionState]) -> Vec<String> {
    let mut digests: Vec<String> = sessions
        .iter()
        .filter_map(|session| session.header.as_ref())
        .flat_map(|header| header.dataset.digests.iter().map(|file| (&header.dataset.name, file)))
        .map(|(name, file)| format!("{}, {}: SHA-256 `{}`", markdown(name), markdown(&file.file), plain(&file.sha256)))
        .collect();
    digests.sort();
    digests.dedup();
    digests
}

/// The chapter of all runs, and of what could not be read.
pub(crate) fn every_run(page: &mut Page, sessions: &[SessionState]) {
    page.heading(2, "Every run");
    let (table, total) = runs(sessions);
    page.table(&table);
    page.paragraph(&format!("All runs together took {} of one core each.", duration(total)));
    let faults: Vec<String> =
        sessions.iter().flat_map(|session| &session.faults).map(|fault| markdown(&fault.message)).collect();
    if !faults.is_empty() {
        page.paragraph("What could not be read:");
        page.points(faults);
    }
}

/// Every run, and the seconds of all of them together.
fn runs(sessions: &[SessionState]) -> (Table, f64) {
    let mut table =
        Table::new(["Run", "State", "Epochs", "Training loss", "Test loss", "Test accuracy", "Time", "Remarks"]);
    let mut total = 0.0;
    for (session, run) in sessions.iter().flat_map(|session| session.runs().iter().map(move |run| (session, run))) {
        total += run.seconds;
        let mut remarks = Vec::new();
        remarks.extend(divergence(run));
        if let Some(altered) = Alteration::of(session, run) {
            remarks.push(format!("{}, a group of its own", markdown(&altered.words())));
        }
        if run.resumptions > 0 {
            remarks.push(format!("resumed {} times", run.resumptions));
        }
        if run.anomalies.count() > 0 {
            let count = run.anomalies.count();
            remarks.push(format!("{count} {} in its log", if count == 1 { "anomaly" } else { "anomalies" }));
        }
        let figure = |value: Option<f32>| four_digits(value.map(f64::from));
        table.row([
            markdown(&run.id),
            run.status.name().to_owned(),
            format!("{}", (run.epoch * 100.0).round() / 100.0),
            figure(run.train_loss()),
            figure(run.test_loss()),
            figure(run.test_accuracy()),
            duration(run.seconds),
            remarks.join("; "),
        ]);
    }
    (table, total)
}

/// Letters and digits only: what stands between backquotes cannot be escaped.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}
