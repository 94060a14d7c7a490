//! Lines over a socket: cut, bounded, understood, answered.
//!
//! Does not depend on sockets or engines.

use crate::protocol::{Command, Reply};

/// The longest line: room for thousands of plans, and a bound for whoever sends no line end at all.
pub(super) const LONGEST_LINE: usize = 4 << 20;
/// The line that asks for faults.
pub(super) const WATCH: &str = "\"watch\"";

/// What a line asks.
#[derive(Debug, PartialEq)]
pub enum Request {
    /// To carry out a command.
    Command(Command),
    /// To be told of faults from now on.
    Watch,
    /// Nothing that is understood; why not.
    Nonsense(String),
}

/// Understands one line, without its end.
#[must_use]
pub fn parse_request(line: &[u8]) -> Request {
    if line.trim_ascii() == WATCH.as_bytes() {
        return Request::Watch;
    }
    match serde_json::from_slice(line) {
        Ok(command) => Request::Command(command),
        // The parser's message may quote what was sent: only its position is passed on.
        Err(error) => {
            Request::Nonsense(format!("not a command: column {}, {:?} error", error.column(), error.classify()))
        }
    }
}

/// A reply as a line.
pub(super) fn line<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    text
}

/// Refuses in words.
pub(super) fn refused(reason: impl Into<String>) -> Reply {
    Reply::Refused { reason: reason.into() }
}

/// Bytes as they come, cut into lines.
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// How much of `held` is known to hold no line end.
    searched: usize,
}

impl Lines {
    /// Adds bytes; false when a line grew too long, after which nothing of the connection makes sense.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        self.held.extend_from_slice(bytes);
        self.held.len() - self.searched <= LONGEST_LINE || memchr::memchr(b'\n', &self.held[self.searched..]).is_some()
    }

    /// The next whole line, without its end.
    pub fn next_line(&mut self) -> Option<Vec<u8>> {
        let Some(at) = memchr::memchr(b'\n', &self.held[self.searched..]) else {
            self.searched = self.held.len();
            return None;
        };
        let end = self.searched + at;
        let line = self.held[..end].to_vec();
        self.held.drain(..=end);
        self.searched = 0;
        Some(line)
    }

    /// Whether the line under way is longer than any may be.
    #[must_use]
    pub fn is_overlong(&self) -> bool {
        self.searched > LONGEST_LINE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Target;
    use proptest::prelude::*;

    #[test]
    fn commands_watch_and_nonsense_are_told_apart() {
        let pause = Command::Pause { target: Target::Run("relu-s0".into()) };
        assert_eq!(parse_request(serde_json::to_string(&pause).unwrap().as_bytes()), Request::Command(pause));
        assert_eq!(parse_request(b" \"watch\"\r"), Request::Watch);
        let Request::Nonsense(reason) = parse_request(b"{\"command\": \"\x1b[2J\"}") else { panic!("understood") };
        assert!(!reason.contains('\x1b'), "{reason}");
    }

    #[test]
    fn lines_come_whole_however_their_bytes_do() {
        let mut lines = Lines::default();
        assert!(lines.push(b"on"));
        assert_eq!(lines.next_line(), None);
        assert!(lines.push(b"e\n\ntwo\nthr"));
        assert_eq!(lines.next_line().as_deref(), Some(&b"one"[..]));
        assert_eq!(lines.next_line().as_deref(), Some(&b""[..]));
        assert_eq!(lines.next_line().as_deref(), Some(&b"two"[..]));
        assert_eq!(lines.next_line(), None);
        assert!(lines.push(&vec![b'x'; LONGEST_LINE / 2]) && lines.next_line().is_none() && !lines.is_overlong());
        lines.push(&vec![b'x'; LONGEST_LINE]);
        assert!(lines.next_line().is_none() && lines.is_overlong());
    }

    /// How often the law is tried: a few times by default, millions on demand.
    fn executions() -> u32 {
        std::env::var("PERCEPTOP_FUZZ_EXECUTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(64)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: executions(), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut lines = Lines::default();
            lines.push(&bytes);
            while let Some(line) = lines.next_line() {
                prop_assert!(!line.contains(&b'\n'));
                let _ = parse_request(&line);
            }
        }

        #[test]
        fn no_near_command_makes_it_panic(
            word in "(pause|stop|switch|fork|enqueue|note|shutdown|.{0,6})",
            key in "(target|run|setting|plans|text|.{0,4})",
            value in "(\"all\"|\\{\"run\":\"a\"\\}|\\{\"field\":\"learning_rate\",\"value\":[0-9e.-]{0,6}\\}|\\[\\]|[0-9]{0,30}|\".{0,8}\")",
        ) {
            let _ = parse_request(format!("{{\"command\":\"{word}\",\"{key}\":{value}}}").as_bytes());
        }
    }
}
