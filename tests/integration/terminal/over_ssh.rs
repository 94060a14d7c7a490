//! Sessions over ssh whose client is killed: nothing is lost, and coming back shows the session again.

use super::pty::{Pty, Session};
use super::sshd::Sshd;
use perceptop::protocol::{Event, Update};
use perceptop::source::{FileSource, FileSourceSettings, Source, SshPlace, SshSource};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// The numbers of a run's records, in the order in which a source said them.
type Heard = BTreeMap<String, Vec<u64>>;

/// Takes what `source` has; the number of runs that ended in it.
fn hear(source: &mut dyn Source, heard: &mut Heard) -> usize {
    let mut updates = Vec::new();
    source.poll(&mut updates, 10_000);
    updates.iter().filter(|update| note(update, heard)).count()
}

/// Notes a record; whether it ended its run.
fn note(update: &Update, heard: &mut Heard) -> bool {
    let Update::Record { run, record } = update else { return false };
    heard.entry(run.to_string()).or_default().push(record.seq);
    matches!(record.event, Event::RunFinished(_))
}

/// The records of the session in `path`.
fn written(path: &Path) -> Heard {
    let mut folder = FileSource::open(path, FileSourceSettings::default()).unwrap();
    let (mut heard, mut updates) = (Heard::new(), Vec::new());
    while !updates.contains(&Update::CaughtUp) {
        folder.poll(&mut updates, 10_000);
    }
    for update in &updates {
        note(update, &mut heard);
    }
    heard
}

#[test]
fn a_session_reviewed_over_ssh_misses_no_record_though_the_client_is_killed() {
    let session = Session::new();
    let Some(sshd) = Sshd::start(&session) else { return };
    let suite = session.suite(
        r#"{"name": "far", "base": {"hidden": [16], "epochs": 150, "inactive_every": 0},
            "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0, 1]}"#,
    );
    let (status, text) = session.command(&["run", &suite, "--data", "data", "--detach", "--jobs", "2"]);
    assert_eq!(status, 0, "{text}");
    let path = session.folder().join(text.trim());
    let place = SshPlace { host: "far".into(), port: None, path: path.to_string_lossy().into_owned() };
    let mut source = SshSource::through(sshd.client(), place, Duration::from_millis(10)).unwrap();
    let (mut heard, mut ended, mut cuts) = (Heard::new(), 0, 0);
    let (began, mut cut) = (Instant::now(), Instant::now());
    while ended < 2 || cuts < 5 {
        assert!(began.elapsed() < Duration::from_secs(90), "{ended} runs ended, {cuts} cuts: {}", sshd.log());
        ended += hear(&mut source, &mut heard);
        if cuts < 5 && cut.elapsed() > Duration::from_millis(150 + 70 * cuts) && sshd.cut() {
            (cuts, cut) = (cuts + 1, Instant::now());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(heard, written(&path));
    for numbers in heard.values() {
        assert!(numbers.iter().enumerate().all(|(at, seq)| at as u64 == *seq));
    }
}

fn over(sshd: &Sshd, session: &Session, words: &str) -> Pty {
    let line = format!("cd '{}' && {words}", session.folder().display());
    session.start_program(&sshd.client(), &["-tt", "far", &line], 100, 30)
}

#[test]
fn a_monitor_over_ssh_is_attached_to_again_after_its_client_was_killed() {
    let session = Session::new();
    let Some(sshd) = Sshd::start(&session) else { return };
    let suite = super::long_suite(&session);
    let mut pty = over(&sshd, &session, &format!("perceptop run {suite} --data data"));
    for _ in 0..3 {
        pty.wait_for("1 run");
        assert!(sshd.cut());
        pty.wait();
        let before = session.log("relu-s0").len();
        let began = Instant::now();
        pty = over(&sshd, &session, "perceptop attach");
        pty.wait_for("1 run");
        println!("attached over ssh after {:?}", began.elapsed());
        let began = Instant::now();
        while session.log("relu-s0").len() <= before {
            assert!(began.elapsed() < Duration::from_secs(30), "the run stands still");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    pty.press("q");
    pty.wait_for("quit?");
    pty.press("s");
    assert_eq!(pty.wait(), 0);
    let numbers = written(&session.folder().join("logs").join(session.name()));
    assert!(numbers["relu-s0"].iter().enumerate().all(|(at, seq)| at as u64 == *seq));
}
