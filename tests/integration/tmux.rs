//! The whole way of a user in tmux: start, press keys, read the screen, detach, attach, close the window, quit.
//!
//! Without tmux the test says so and checks nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_perceptop");

struct Tmux<'a> {
    folder: &'a Path,
}

impl Tmux<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        // A server of its own, without the configuration of whoever runs the tests.
        let socket = self.folder.join("tmux.socket");
        Command::new("tmux")
            .args(["-f", "/dev/null", "-S", socket.to_str().unwrap()])
            .args(arguments)
            .env("LANG", "C.UTF-8")
            .env_remove("TMUX")
            .output()
            .unwrap()
    }

    fn window(&self, arguments: &str) {
        let run = self.folder.join("run");
        let line = format!(
            "cd '{}' && export XDG_RUNTIME_DIR='{run}' XDG_STATE_HOME='{run}' XDG_CACHE_HOME='{run}' LANG=C.UTF-8 && unset NO_COLOR LC_ALL \
             PERCEPTOP_DATA; '{PROGRAM}' {arguments}; echo \"ended with $?\"; sleep 1000",
            self.folder.display(),
            run = run.display()
        );
        // A server that was killed a moment ago may still hold the socket.
        let began = Instant::now();
        loop {
            let made = self.run(&["new-session", "-d", "-s", "it", "-x", "110", "-y", "32", &line]);
            if made.status.success() {
                return;
            }
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            assert!(began.elapsed() < Duration::from_secs(20), "{said}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn press(&self, key: &str) {
        assert!(self.run(&["send-keys", "-t", "it", key]).status.success());
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.run(&["capture-pane", "-p", "-t", "it"]).stdout).into_owned()
    }

    fn wait_for(&self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(began.elapsed() < Duration::from_secs(90), "never: {text}\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
        for entry in fs::read_dir(self.folder.join("logs")).into_iter().flatten().flatten() {
            // Only where the test failed is there still a process to stop.
            let _ = perceptop(self.folder, &["stop", &entry.file_name().to_string_lossy()]);
        }
    }
}

fn perceptop(folder: &Path, arguments: &[&str]) -> Output {
    let run = folder.join("run");
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(folder)
        .env("XDG_RUNTIME_DIR", &run)
        .env("XDG_STATE_HOME", &run)
        .env("XDG_CACHE_HOME", &run)
        .output()
        .unwrap()
}

#[test]
fn start_keys_detach_attach_close_quit() {
    if Command::new("tmux").arg("-V").output().is_err() {
        println!("skipped: tmux is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("run")).unwrap();
    let suite = r#"{"name": "long", "base": {"hidden": [16], "epochs": 5000, "inactive_every": 0},
                    "experiments": [{"name": "relu", "activation": "relu"}], "seeds": [0, 1]}"#;
    fs::write(folder.path().join("suite.json"), suite).unwrap();
    let drawn = perceptop(folder.path(), &["data", "synth", "--out", "data", "--train", "640", "--test", "100"]);
    assert!(drawn.status.success());
    let tmux = Tmux { folder: folder.path() };

    tmux.window("run suite.json --data data --jobs 2");
    tmux.wait_for("relu-s1");
    for (key, shown) in
        [("2", "metric 1/"), ("3", "per class"), ("4", "┌ neurons"), ("5", "┌ compare"), ("6", "┌ logs")]
    {
        tmux.press(key);
        tmux.wait_for(shown);
    }
    tmux.press("1");
    tmux.press("?");
    tmux.wait_for("next tab");
    tmux.press("Escape");
    // Escape and a key at once would be that key with Alt.
    tmux.wait_for("┌ runs");
    tmux.press("Space");
    tmux.wait_for("paused");
    tmux.press("Space");
    tmux.press("q");
    tmux.wait_for("quit?");
    tmux.press("l");
    tmux.wait_for("ended with 0");
    tmux.run(&["kill-server"]);

    tmux.window("attach");
    tmux.wait_for("relu-s1");
    // The window is closed with the monitor in it: the terminal is gone, the runs go on.
    tmux.run(&["kill-server"]);
    tmux.window("attach");
    tmux.wait_for("2 run");
    tmux.press("q");
    tmux.wait_for("quit?");
    tmux.press("s");
    tmux.wait_for("ended with 0");
    let listed = perceptop(folder.path(), &["sessions"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("long-") && !listed.contains("live"), "{listed}");
}
