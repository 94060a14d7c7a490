//! A panic in any thread of a program that shows the monitor gives the terminal back.
//!
//! The program is this test itself, started again in a pseudo-terminal with a source whose threads panic.
#![expect(clippy::unwrap_used, clippy::panic, reason = "panics are what is tested")]

use perceptop::app::{EffectRunner, EventLoop, Services, perform};
use perceptop::protocol::{Command, Reply, Update};
use perceptop::source::{Description, Flow, Source};
use perceptop::ui::Settings;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::Read as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

const VARIABLE: &str = "PERCEPTOP_TEST_PANICS";
const PATIENCE: Duration = Duration::from_mins(1);

/// A source that panics at its tenth question: in the asking thread, or in one of its own.
struct Bomb {
    thread: String,
    asked: u32,
}

impl Source for Bomb {
    fn poll(&mut self, _: &mut Vec<Update>, _: usize) -> Flow {
        self.asked += 1;
        if self.asked == 10 {
            assert!(self.thread != "main", "the source fell over");
            let thread = std::thread::Builder::new().name(self.thread.clone());
            let _ = thread.spawn(|| panic!("a thread fell over")).unwrap().join();
        }
        Flow::Idle
    }

    fn send(&mut self, _: Command) -> Reply {
        Reply::Accepted
    }

    fn describe(&self) -> Description {
        Description { name: "bomb".to_owned(), takes_commands: false, takes_notes: false, in_process: false }
    }
}

/// The program in the pseudo-terminal; nothing where this is the test.
#[test]
fn the_program_that_panics() {
    let Ok(thread) = std::env::var(VARIABLE) else { return };
    let effects = EffectRunner::new(Box::new(Bomb { thread, asked: 0 }), Services::disabled());
    let outcome = perform(Settings::default(), effects, None, false, |_: &mut EventLoop| ());
    assert!(outcome.is_err(), "it ended as if nothing had happened");
}

#[test]
fn a_panic_in_any_thread_restores_the_terminal() {
    for thread in ["main", "library", "recorder", "log-parser"] {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let found = format!("{:?}", pair.master.get_termios().unwrap().local_flags);
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["the_program_that_panics", "--exact", "--nocapture", "--test-threads=1"]);
        command.env(VARIABLE, thread);
        command.env("TERM", "xterm-256color");
        let mut child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut some) {
                if sender.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (mut parser, mut entered, began) = (vt100::Parser::new(24, 80, 0), false, Instant::now());
        let mut text = Vec::new();
        loop {
            match output.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => {
                    parser.process(&bytes);
                    text.extend(bytes);
                    entered |= text.windows(8).any(|part| part == b"\x1b[?1049h");
                }
                Err(RecvTimeoutError::Timeout) if child.try_wait().unwrap().is_none() => {
                    assert!(began.elapsed() < PATIENCE, "{thread}: it does not end: {}", parser.screen().contents());
                }
                Err(_) => break,
            }
        }
        let screen = parser.screen();
        assert!(entered, "{thread}: the monitor never had the terminal");
        assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "{thread}");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "{thread}");
        assert_eq!(format!("{:?}", pair.master.get_termios().unwrap().local_flags), found, "{thread}");
        let said = String::from_utf8_lossy(&text);
        assert!(said.contains("fell over"), "{thread}: the panic is not told: {said}");
    }
}
