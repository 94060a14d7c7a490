//! The monitor in a real pseudo-terminal: what it shows, and that it leaves every terminal as it found it.
//!
//! What takes time is printed, not asserted: machines differ.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod leaving;
mod over_ssh;
mod pty;
mod sshd;

use pty::{Pty, Session};
use std::fs;
use std::time::{Duration, Instant};

/// A suite that is small and never over by itself within a test.
fn long_suite(session: &Session) -> String {
    session.suite(
        r#"{"name": "long", "base": {"hidden": [16], "epochs": 5000, "inactive_every": 0},
                      "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0]}"#,
    )
}

fn monitor(session: &Session) -> Pty {
    let suite = long_suite(session);
    let mut pty = session.start(&["run", &suite, "--data", "data"], 100, 30);
    pty.wait_for("relu-s0");
    pty
}

fn quit(pty: &mut Pty) {
    pty.press("q");
    pty.wait_for("quit?");
    pty.press("s");
}

#[test]
fn the_terminal_is_as_it_was_after_quitting() {
    let session = Session::new();
    let began = Instant::now();
    let mut pty = monitor(&session);
    println!("first frame with its run after {:?}", began.elapsed());
    assert!(pty.is_raw() && pty.screen().alternate_screen() && pty.screen().hide_cursor());
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
    assert!(pty.text().contains("stopped; perceptop run --resume"), "{}", pty.text());
}

#[test]
fn signals_stop_the_runs_in_order_and_restore_the_terminal() {
    for (signal, status) in [(libc_signal::TERM, 143), (libc_signal::INT, 130)] {
        let session = Session::new();
        let mut pty = monitor(&session);
        pty.wait_until("a step is logged", |_| session.log("relu-s0").contains("\"event\":\"step\""));
        pty.signal(signal);
        assert_eq!(pty.wait(), status);
        pty.assert_restored();
        let log = session.log("relu-s0");
        let last: Vec<&str> = log.lines().rev().take(2).collect();
        assert!(log.ends_with('\n') && last[1].contains("\"event\":\"checkpoint\""), "{log}");
        assert!(last[0].contains("\"event\":\"run_stopped\"") && last[0].contains("session was stopped"), "{log}");
    }
}

#[test]
fn a_hang_up_leaves_the_runs_running() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.signal(libc_signal::HUP);
    assert_eq!(pty.wait(), 129);
    pty.assert_restored();
    let before = session.log("relu-s0").len();
    let began = Instant::now();
    while session.log("relu-s0").len() <= before {
        assert!(began.elapsed() < Duration::from_secs(30), "the run stands still");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(session.command(&["sessions"]).0, 0);
    let (status, text) = session.stop();
    assert_eq!(status, 0, "{text}");
}

#[test]
fn a_killed_host_is_shown_as_such_and_its_runs_go_on_when_resumed() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.wait_for("1 run");
    session.kill_host();
    let began = Instant::now();
    pty.wait_for("1 interrupted");
    println!("shown as interrupted after {:?}", began.elapsed());
    pty.wait_for("exited unexpectedly");
    pty.wait_for("process gone");
    let listed = session.command(&["sessions"]).1;
    assert!(listed.lines().nth(1).unwrap().starts_with("interrupted "), "{listed}");
    pty.press("q");
    assert_eq!(pty.wait(), 1, "a run was left without an end");
    let mut again = session.start(&["run", "--resume", &session.name()], 100, 30);
    again.wait_for("1 run");
    quit(&mut again);
    assert_eq!(again.wait(), 0);
}

#[test]
fn a_session_that_was_stopped_elsewhere_says_so_and_leaves_nothing_to_decide() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.wait_for("1 running");
    let (status, text) = session.stop();
    assert_eq!(status, 0, "{text}");
    pty.wait_for("session ended");
    pty.wait_for("1 stopped");
    assert!(!pty.text().contains("interrupted"), "{}", pty.text());
    let listed = session.command(&["sessions"]).1;
    assert!(listed.lines().nth(1).unwrap().starts_with("stopped "), "{listed}");
    // No question about live runs that nobody has.
    pty.press("q");
    assert_eq!(pty.wait(), 1, "runs are left to go on with");
    let mut again = session.start(&["run", "--resume", &session.name()], 100, 30);
    again.wait_for("1 running");
    quit(&mut again);
    assert_eq!(again.wait(), 0);
}

#[test]
fn suspended_and_continued() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.signal(libc_signal::TSTP);
    pty.wait_until("the terminal is given back", |pty| !pty.is_raw() && !pty.screen().alternate_screen());
    pty.signal(libc_signal::CONT);
    pty.wait_until("the screen is back", |pty| pty.is_raw() && pty.text().contains("relu-s0"));
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
}

#[test]
fn left_running_and_attached_again() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.press("q");
    pty.wait_for("quit?");
    pty.press("l");
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
    let began = Instant::now();
    let name = session.name();
    let mut again = session.start(&["attach", &name], 80, 24);
    again.wait_for("1 running");
    println!("attached after {:?}", began.elapsed());
    again.press(" ");
    again.wait_for("paused");
    quit(&mut again);
    assert_eq!(again.wait(), 0);
    again.assert_restored();
}

#[test]
fn any_size_while_it_trains() {
    let session = Session::new();
    let mut pty = monitor(&session);
    for (columns, rows) in [(80, 24), (1, 1), (40, 10), (20, 5), (2, 60), (300, 3), (200, 60)] {
        pty.resize(columns, rows);
        for tab in ["1", "2", "3", "4", "5", "6"] {
            pty.press(tab);
            pty.settle();
        }
        assert!(pty.is_running(), "ended at {columns}x{rows}:\n{}", pty.text());
    }
    pty.press("1");
    pty.wait_for("relu-s0");
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
}

#[test]
fn the_first_key_after_a_change_of_size_is_answered() {
    let session = Session::new();
    let mut pty = monitor(&session);
    for (columns, key, shown) in
        [(80, "2", "metric 1/"), (120, "1", "┌ runs"), (90, "4", "┌ neurons"), (120, "1", "┌ runs")]
    {
        pty.resize(columns, 30);
        pty.settle();
        pty.press(key);
        pty.wait_for(shown);
    }
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
}

#[test]
fn keys_are_answered_while_it_trains() {
    let session = Session::new();
    let mut pty = monitor(&session);
    let mut waits = Vec::new();
    for (key, shown) in [("2", "metric 1/"), ("1", "┌ runs"), ("?", "list the keys"), ("?", "┌ runs")].repeat(3) {
        let began = Instant::now();
        pty.press(key);
        pty.wait_for(shown);
        waits.push(began.elapsed());
    }
    waits.sort();
    println!("from key to screen: median {:?}, longest {:?}", waits[waits.len() / 2], waits[waits.len() - 1]);
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
}

#[test]
fn a_key_that_a_slow_link_splits_is_that_key_and_no_other() {
    for _ in 0..5 {
        let session = Session::new();
        let mut pty = monitor(&session);
        pty.wait_until("a step is logged", |_| session.log("relu-s0").contains("\"event\":\"step\""));
        let pauses: Vec<_> = ["[A", "[B", "OA", "[1;2A", "[5~", "[<0;5;5M", "a"]
            .map(|rest| pty.press_apart("\x1b", rest, Duration::from_millis(50)))
            .into();
        pty.press("/");
        pty.wait_for("filter");
        pty.press("zzz");
        pty.wait_for("zzz");
        pty.press("\x1b");
        pty.wait_until("Escape alone closes the filter", |pty| !pty.text().contains("zzz"));
        quit(&mut pty);
        assert_eq!(pty.wait(), 0);
        // On a busy machine a pause may last so long that the rest rightly counts as keys of its own.
        if pauses.iter().all(|pause| *pause < Duration::from_millis(90)) {
            let log = session.log("relu-s0");
            assert!(!log.contains("\"event\":\"change\""), "{log}");
            return;
        }
    }
    panic!("this machine never kept to pauses of 50 ms");
}

#[test]
fn every_byte_is_within_closed_synchronised_output() {
    let session = Session::new();
    let mut pty = monitor(&session);
    pty.press("2");
    pty.wait_for("metric 1/");
    pty.press("1");
    pty.wait_for("┌ runs");
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
    let bytes = String::from_utf8_lossy(pty.bytes()).into_owned();
    let begins = bytes.matches("\x1b[?2026h").count();
    assert!(begins > 2);
    let mut open = false;
    for (at, _) in bytes.match_indices("\x1b[?2026") {
        match &bytes[at + 7..=at + 7] {
            "h" => assert!(!std::mem::replace(&mut open, true), "opened twice"),
            _ => open = false,
        }
    }
    assert!(!open);
}

#[test]
fn without_a_terminal_there_are_lines() {
    let session = Session::new();
    let suite = session.suite(
        r#"{"name": "short", "base": {"hidden": [16], "epochs": 1},
                                  "experiments": [{"name": "relu"}], "seeds": [0, 1]}"#,
    );
    let mut pty = session.start_with(&[("TERM", "dumb")], &["run", &suite, "--data", "data"], 80, 24);
    assert_eq!(pty.wait(), 0);
    let bytes = String::from_utf8_lossy(pty.bytes()).into_owned();
    assert!(!bytes.contains('\x1b'), "{bytes:?}");
    assert!(bytes.contains("relu-s1") && bytes.contains("+-"), "{bytes}");
}

#[test]
fn a_plain_locale_gets_plain_letters_and_no_colour_none() {
    let session = Session::new();
    let suite = long_suite(&session);
    let plain = [("LC_ALL", "C"), ("NO_COLOR", "1")];
    let mut pty = session.start_with(&plain, &["run", &suite, "--data", "data"], 100, 30);
    pty.wait_for("relu-s0");
    pty.settle();
    quit(&mut pty);
    assert_eq!(pty.wait(), 0);
    let bytes = String::from_utf8_lossy(pty.bytes()).into_owned();
    assert!(bytes.is_ascii(), "{:?}", bytes.chars().find(|letter| !letter.is_ascii()));
    assert!(!bytes.contains("38;5;") && !bytes.contains("38;2;"), "{bytes:?}");
}

#[test]
fn a_log_reviewed_while_another_process_writes_it() {
    let session = Session::new();
    let file = session.folder().join("torch.jsonl");
    fs::write(&file, "{\"step\": 1, \"loss\": 2.5}\n").unwrap();
    let mut pty = session.start(&["review", "torch.jsonl"], 100, 30);
    pty.wait_for("torch");
    fs::write(&file, "{\"step\": 1, \"loss\": 2.5}\n{\"step\": 2, \"loss\": 1.25}\n").unwrap();
    pty.press("2");
    pty.wait_for("1.25");
    pty.press("q");
    assert_eq!(pty.wait(), 0);
    pty.assert_restored();
}

/// The numbers of signals, as `kill` takes them.
mod libc_signal {
    use rustix::process::Signal;
    pub(crate) const TERM: Signal = Signal::TERM;
    pub(crate) const INT: Signal = Signal::INT;
    pub(crate) const HUP: Signal = Signal::HUP;
    pub(crate) const TSTP: Signal = Signal::TSTP;
    pub(crate) const CONT: Signal = Signal::CONT;
}
