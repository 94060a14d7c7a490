//! A pseudo-terminal with a program in it, and what a terminal would show of its output.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up; far more than it takes anywhere.
const PATIENCE: Duration = Duration::from_secs(90);
const PROGRAM: &str = env!("CARGO_BIN_EXE_perceptop");

/// A folder of its own, with a few digits to learn from and sockets that no other test sees.
pub(crate) struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("run")).unwrap();
        let session = Self { folder };
        let (status, text) = session.command(&["data", "synth", "--out", "data", "--train", "640", "--test", "100"]);
        assert_eq!(status, 0, "{text}");
        session
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn suite(&self, text: &str) -> String {
        fs::write(self.folder().join("suite.json"), text).unwrap();
        "suite.json".to_owned()
    }

    fn environment(&self) -> [(&'static str, PathBuf); 4] {
        let run = self.folder().join("run");
        [
            ("XDG_RUNTIME_DIR", run.clone()),
            ("XDG_STATE_HOME", run.clone()),
            ("XDG_CACHE_HOME", run),
            ("HOME", self.folder().to_owned()),
        ]
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> (i32, String) {
        let ended =
            Command::new(PROGRAM).args(arguments).current_dir(self.folder()).envs(self.environment()).output().unwrap();
        let text = [ended.stdout, ended.stderr].concat();
        (ended.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
    }

    pub(crate) fn start(&self, arguments: &[&str], columns: u16, rows: u16) -> Pty {
        self.start_with(&[], arguments, columns, rows)
    }

    pub(crate) fn start_with(&self, variables: &[(&str, &str)], arguments: &[&str], columns: u16, rows: u16) -> Pty {
        self.begin(Path::new(PROGRAM), variables, arguments, columns, rows)
    }

    /// Another program than the one under test, in the same surroundings.
    pub(crate) fn start_program(&self, program: &Path, arguments: &[&str], columns: u16, rows: u16) -> Pty {
        self.begin(program, &[], arguments, columns, rows)
    }

    fn begin(&self, program: &Path, variables: &[(&str, &str)], arguments: &[&str], columns: u16, rows: u16) -> Pty {
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(self.folder());
        for unwanted in ["NO_COLOR", "COLORTERM", "LC_ALL", "LC_CTYPE", "PERCEPTOP_DATA", "COLORFGBG"] {
            command.env_remove(unwanted);
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        for (name, value) in self.environment() {
            command.env(name, value);
        }
        for (name, value) in variables {
            command.env(name, value);
        }
        Pty::start(command, columns, rows)
    }

    /// The name of the only session there is.
    pub(crate) fn name(&self) -> String {
        let mut names: Vec<String> = fs::read_dir(self.folder().join("logs"))
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.path().join("session.json").exists())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");
        names.remove(0)
    }

    pub(crate) fn log(&self, run: &str) -> String {
        let path = self.folder().join("logs").join(self.name()).join("runs").join(format!("{run}.jsonl"));
        fs::read_to_string(path).unwrap_or_default()
    }

    /// Ends the process that trains as a crash would.
    pub(crate) fn kill_host(&self) {
        let path = self.folder().join("logs").join(self.name()).join("locks/relu-s0.lock");
        let lock: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let pid = lock["pid"].as_i64().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }

    pub(crate) fn stop(&self) -> (i32, String) {
        self.command(&["stop", &self.name()])
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed may have left a host behind; where there is none, there is nothing to stop.
        if let Ok(entries) = fs::read_dir(self.folder().join("logs")) {
            for entry in entries.flatten() {
                let _ = self.command(&["stop", &entry.file_name().to_string_lossy()]);
            }
        }
    }
}

pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    parser: vt100::Parser,
    bytes: Vec<u8>,
    found: String,
}

impl Pty {
    fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let found = format!("{:?}", pair.master.get_termios().unwrap().local_flags);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut some = vec![0; 65_536];
            while let Ok(read @ 1..) = reader.read(&mut some) {
                if sender.send(some[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let writer = pair.master.take_writer().unwrap();
        // The slave stays open in the child alone, so that its end is the end of the output.
        Self {
            master: pair.master,
            writer,
            child,
            output,
            parser: vt100::Parser::new(rows, columns, 0),
            bytes: Vec::new(),
            found,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Presses keys in two pieces, and tells how long the pause between them was at most.
    pub(crate) fn press_apart(&mut self, first: &str, second: &str, pause: Duration) -> Duration {
        let began = Instant::now();
        self.press(first);
        std::thread::sleep(pause);
        self.press(second);
        began.elapsed()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let process = Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap();
        kill_process(process, signal).unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).unwrap();
        self.parser.screen_mut().set_size(rows, columns);
    }

    /// Takes what is there, waiting at most `time` for the first of it; whether there was any.
    fn take(&mut self, time: Duration) -> bool {
        let mut next = self.output.recv_timeout(time);
        let any = next.is_ok();
        while let Ok(bytes) = next {
            self.parser.process(&bytes);
            self.bytes.extend_from_slice(&bytes);
            next = self.output.try_recv().map_err(|_| RecvTimeoutError::Timeout);
        }
        any
    }

    pub(crate) fn wait_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(began.elapsed() < PATIENCE, "never: {what}\n{}", self.text());
            self.take(Duration::from_millis(20));
        }
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |pty| pty.text().contains(text));
    }

    /// Waits for some output, or for a moment without any.
    pub(crate) fn settle(&mut self) {
        self.take(Duration::from_millis(400));
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    pub(crate) fn text(&self) -> String {
        self.screen().contents()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn local_modes(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap().local_flags)
    }

    pub(crate) fn is_raw(&self) -> bool {
        !self.local_modes().contains("ICANON")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the program's end: its exit status.
    pub(crate) fn wait(&mut self) -> u32 {
        let began = Instant::now();
        loop {
            self.take(Duration::from_millis(20));
            if let Some(status) = self.child.try_wait().unwrap() {
                while self.take(Duration::from_millis(50)) {}
                return status.exit_code();
            }
            assert!(began.elapsed() < PATIENCE, "it does not end\n{}", self.text());
        }
    }

    /// No raw mode, no alternate screen, a cursor, no marked pastes, no mouse.
    pub(crate) fn assert_restored(&self) {
        let screen = self.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.hide_cursor(), "the cursor is hidden");
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert_eq!(self.local_modes(), self.found, "the modes are others");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // It has ended where the test went well.
        let _ = self.child.kill();
    }
}
