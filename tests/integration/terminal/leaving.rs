//! What is said when the program ends or cannot begin, and with which exit status: on leaving the monitor, after a
//! signal, without a terminal, at an address that does not answer.

use super::pty::{Pty, Session};
use super::{long_suite, monitor, quit};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A run without a terminal of its own shape, followed in a pty so that signals reach it as they do in a shell.
fn headless(session: &Session) -> Pty {
    let suite = long_suite(session);
    let mut pty = session.start(&["run", &suite, "--data", "data", "--headless"], 100, 30);
    pty.wait_for("epoch ");
    pty
}

fn said(pty: &Pty) -> String {
    String::from_utf8_lossy(pty.bytes()).into_owned()
}

#[test]
fn a_run_without_a_screen_ends_in_order_after_a_signal() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let session = Session::new();
        let mut pty = headless(&session);
        pty.signal(signal);
        assert_eq!(pty.wait(), status);
        let said = said(&pty);
        assert!(said.contains("stopping: each live run saves its weights first") && !said.contains('\x1b'), "{said}");
        assert!(said.contains("experiment ") && said.contains("1 stopped"), "the table at the end: {said}");
        let log = session.log("relu-s0");
        let last: Vec<&str> = log.lines().rev().take(2).collect();
        assert!(last[0].contains("\"run_stopped\"") && last[1].contains("\"checkpoint\""), "{last:?}");
    }
}

#[test]
fn a_closed_terminal_does_not_end_a_run_without_a_screen() {
    let session = Session::new();
    let suite = session.suite(
        r#"{"name": "short", "base": {"hidden": [16], "epochs": 60, "inactive_every": 0},
            "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0]}"#,
    );
    let mut pty = session.start(&["run", &suite, "--data", "data", "--headless"], 100, 30);
    pty.wait_for("epoch ");
    pty.signal(Signal::HUP);
    assert_eq!(pty.wait(), 0);
    assert!(session.log("relu-s0").contains("\"reason\":\"completed\""));
}

#[test]
fn a_resumed_session_is_announced_once() {
    let session = Session::new();
    let mut pty = headless(&session);
    assert_eq!(said(&pty).matches("perceptop 0.").count(), 1, "{}", said(&pty));
    pty.signal(Signal::INT);
    assert_eq!(pty.wait(), 130);
    let name = session.name();
    let mut again = session.start(&["run", "--resume", &name, "--headless"], 100, 30);
    again.wait_for("epoch ");
    again.signal(Signal::INT);
    assert_eq!(again.wait(), 130);
    let said = said(&again);
    let headings: Vec<&str> = said.lines().filter(|line| line.starts_with("perceptop")).collect();
    assert_eq!(headings.len(), 1, "{said}");
    assert!(headings[0].contains("long on data (640 training and 100 test images)"), "{}", headings[0]);
    assert!(said.contains("continues from epoch"), "{said}");
}

#[test]
fn leaving_says_what_becomes_of_the_runs() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.press("q");
    pty.wait_for("quit?");
    pty.press("l");
    assert_eq!(pty.wait(), 0);
    let name = session.name();
    pty.assert_restored();
    // A long line is wrapped at the terminal's edge.
    let text = pty.text().replace('\n', "");
    assert!(text.contains("perceptop: training continues; perceptop attach ") && text.contains(&name), "{text}");
    assert!(!text.contains("stopping"), "{text}");

    let mut again = session.start(&["attach", &name], 100, 30);
    again.wait_for("1 running");
    quit(&mut again);
    assert_eq!(again.wait(), 0);
    let text = again.text();
    assert!(text.contains("stopping: each live run saves its weights first"), "{text}");
    assert!(text.contains("stopped; perceptop run --resume") && text.contains("shows it again"), "{text}");
    assert!(text.contains("experiment ") && text.contains("1 stopped"), "the table at the end: {text}");
}

#[test]
fn a_detached_session_is_named_and_how_it_is_looked_at() {
    let session = Session::new();
    let suite = long_suite(&session);
    let mut pty = session.start(&["run", &suite, "--data", "data", "--detach"], 120, 30);
    assert_eq!(pty.wait(), 0);
    let (folder, text) = (format!("logs/{}", session.name()), pty.text());
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let told = format!("perceptop: training continues; perceptop attach {folder} shows it");
    assert_eq!(lines, [folder, told]);
    assert_eq!(session.stop().0, 0);
}

#[test]
fn the_summary_is_there_though_the_process_had_ended() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.wait_for("1 running");
    assert_eq!(session.stop().0, 0);
    pty.wait_for("session ended");
    pty.wait_for("1 stopped");
    pty.press("q");
    assert_eq!(pty.wait(), 1, "a run is left to go on with");
    pty.assert_restored();
    let text = pty.text();
    assert!(text.contains("experiment ") && text.contains("1 stopped"), "{text}");
    assert!(text.contains("the session has ended; perceptop run --resume"), "{text}");
    assert!(text.contains(&session.name()) && text.contains("shows it again"), "{text}");
}

#[test]
fn attaching_without_a_terminal_is_refused_in_words() {
    let session = Session::new();
    let mut pty = monitor(&session);
    let name = session.name();
    // Its standard output is a pipe.
    let (status, text) = session.command(&["attach", &name]);
    assert_eq!(status, 2, "{text}");
    assert_eq!(text.trim(), "perceptop: attach needs a terminal; `perceptop show PATH` prints a frame");
    let mut dumb = session.start_with(&[("TERM", "dumb")], &["attach", &name], 80, 24);
    assert_eq!(dumb.wait(), 2);
    let told = said(&dumb);
    assert!(told.contains("attach needs a terminal that understands escape codes (TERM)"), "{told}");
    assert!(!told.contains('\x1b') && !text.contains('\x1b'), "{told:?}");
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
}

#[test]
fn a_file_that_comes_later_is_waited_for() {
    let session = Session::new();
    let file = session.folder().join("later.jsonl");
    let mut pty = session.start(&["review", "later.jsonl"], 100, 30);
    pty.wait_for("nothing there yet: waiting for later.jsonl");
    assert!(!file.exists(), "looking makes nothing");
    fs::write(&file, "{\"step\": 1, \"loss\": 2.5}\n{\"step\": 2, \"loss\": 1.25}\n").unwrap();
    pty.press("2");
    pty.wait_for("1.25");
    assert!(!pty.text().contains("nothing there yet: waiting for later.jsonl"), "{}", pty.text());
    pty.press("q");
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
}

#[test]
fn one_frame_of_a_host_that_does_not_answer_is_an_error_that_promises_nothing() {
    let session = Session::new();
    let bin = session.folder().join("bin");
    fs::create_dir(&bin).unwrap();
    let script =
        "#!/bin/sh\necho x >> calls\necho 'ssh: connect to host far port 22: Connection refused' >&2\nexit 255\n";
    fs::write(bin.join("ssh"), script).unwrap();
    fs::set_permissions(bin.join("ssh"), fs::Permissions::from_mode(0o700)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let mut pty = session.start_with(&[("PATH", &path)], &["show", "ssh://far/logs/x"], 120, 30);
    assert_eq!(pty.wait(), 1);
    let text = pty.text();
    let told = "perceptop: the connection to far is down (ssh: connect to host far port 22: Connection refused)";
    assert_eq!(text.trim(), told);
    assert_eq!(fs::read_to_string(session.folder().join("calls")).unwrap(), "x\n", "asked once");
}
