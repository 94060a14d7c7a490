//! Cuts the bytes that a terminal sends into whole keys, pastes and reports, however the link cut them.
//!
//! A slow link may deliver `ESC` and the rest of an arrow key apart. So nothing that begins with `ESC` is decoded before
//! it is complete; only a lone `ESC`, which may be the key Escape, is given up on by [`Assembler::time_out`]. What is not
//! known is dropped whole, so that no byte of it becomes a key. The grammar is that of ECMA-48 5.4 with the exceptions
//! that xterm's and the Linux console's keyboards make; what a complete sequence means is told by the crate `termina`.
//!
//! Does not depend on files, threads or time.

use termina::event::{KeyCode, KeyEvent, Modifiers};
use termina::{Event, Parser};

const ESC: u8 = 0x1b;
const PASTE_BEGIN: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

/// Bytes of a paste that are kept; the rest of it is dropped.
const MAX_PASTE: usize = 1 << 16;

/// Bytes of a sequence; no key or report is as long, so a longer one is dropped.
const MAX_SEQUENCE: usize = 128;

/// Takes bytes in pieces of any size and gives events in the order of the keys.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    /// The beginning of what is not complete yet.
    partial: Vec<u8>,
}

/// What a sequence is after one more byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// More bytes belong to it.
    Partial,
    /// This byte was its last.
    Complete,
    /// This byte cannot belong to it: what came before is dropped, and the byte begins something new.
    Broken,
}

impl Assembler {
    /// Adds `bytes`, and appends to `events` what they complete.
    pub(super) fn feed(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        for &byte in bytes {
            self.push(byte, events);
        }
    }

    /// Whether a lone `ESC` waits for what may belong to it.
    pub(super) fn holds_escape(&self) -> bool {
        self.partial == [ESC]
    }

    /// Nothing more came: a lone `ESC` was the key Escape. Longer beginnings still wait for their rest.
    pub(super) fn time_out(&mut self, events: &mut Vec<Event>) {
        if self.holds_escape() {
            self.partial.clear();
            events.push(Event::Key(KeyCode::Escape.into()));
        }
    }

    fn push(&mut self, byte: u8, events: &mut Vec<Event>) {
        match progress(&self.partial, byte) {
            Progress::Partial => {
                self.partial.push(byte);
                if self.partial.len() > MAX_PASTE {
                    let end = self.partial.len() - PASTE_END.len();
                    self.partial.remove(end);
                }
            }
            Progress::Complete => {
                self.partial.push(byte);
                events.extend(decode(&self.partial));
                self.partial.clear();
            }
            Progress::Broken => {
                self.time_out(events);
                self.partial.clear();
                self.push(byte, events);
            }
        }
    }
}

/// What `partial`, which is not complete, becomes with `byte`.
fn progress(partial: &[u8], byte: u8) -> Progress {
    match partial {
        [] if byte == ESC => Progress::Partial,
        [] => character(&[], byte),
        _ if partial.starts_with(PASTE_BEGIN) => {
            let (head, last) = PASTE_END.split_at(PASTE_END.len() - 1);
            if last == [byte] && partial[PASTE_BEGIN.len()..].ends_with(head) {
                Progress::Complete
            } else {
                Progress::Partial
            }
        }
        // Whatever was begun, this begins the next sequence.
        _ if byte == ESC => Progress::Broken,
        [ESC] if matches!(byte, b'[' | b'O') => Progress::Partial,
        [ESC, b'O'] => {
            if byte.is_ascii_graphic() {
                Progress::Complete
            } else {
                Progress::Broken
            }
        }
        [ESC, b'[', rest @ ..] => control_sequence(rest, byte),
        // A character, with Alt or without.
        [ESC, rest @ ..] | rest => character(rest, byte),
    }
}

/// A character in UTF-8, of which `partial` is there.
fn character(partial: &[u8], byte: u8) -> Progress {
    let Some(&first) = partial.first() else {
        return if matches!(byte, 0xc2..=0xf4) { Progress::Partial } else { Progress::Complete };
    };
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    match byte {
        0x80..=0xbf if partial.len() + 1 == length => Progress::Complete,
        0x80..=0xbf => Progress::Partial,
        _ => Progress::Broken,
    }
}

/// A control sequence of which `partial` follows the `ESC [`.
fn control_sequence(partial: &[u8], byte: u8) -> Progress {
    match partial {
        // The function keys of the Linux console: one more letter.
        [b'['] => Progress::Complete,
        // A report of the mouse in bytes: button, column and row, each of any value from 32 on.
        [b'M', rest @ ..] if byte >= 0x20 => {
            if rest.len() == 2 {
                Progress::Complete
            } else {
                Progress::Partial
            }
        }
        [] if matches!(byte, b'[' | b'M') => Progress::Partial,
        _ if partial.len() >= MAX_SEQUENCE => Progress::Broken,
        _ if partial.is_empty() || partial[0] != b'M' => match byte {
            0x20..=0x3f => Progress::Partial,
            // The beginning of a paste is followed by the paste.
            b'~' if partial == b"200" => Progress::Partial,
            0x40..=0x7e => Progress::Complete,
            _ => Progress::Broken,
        },
        _ => Progress::Broken,
    }
}

/// What a complete sequence means; none where it is unknown.
fn decode(sequence: &[u8]) -> Option<Event> {
    if let Some(paste) = sequence.strip_prefix(PASTE_BEGIN) {
        let text = paste.strip_suffix(PASTE_END).unwrap_or(paste);
        return Some(Event::Paste(String::from_utf8_lossy(text).into_owned()));
    }
    if let [ESC, rest @ ..] = sequence
        && !matches!(rest, [b'[' | b'O', ..])
    {
        return match decode(rest)? {
            Event::Key(key) => Some(Event::Key(KeyEvent { modifiers: key.modifiers | Modifiers::ALT, ..key })),
            event => Some(event),
        };
    }
    if let [ESC, b'[', rest @ .., last] = sequence
        && !is_key_or_mouse(rest, *last)
    {
        return None;
    }
    // One parser a sequence: nothing of one that it does not complete is left for the next.
    let mut parser = Parser::default();
    parser.parse(sequence, false);
    parser.pop()
}

/// Whether a control sequence has the form of a key or of a report of the mouse, which the parser takes whole. Others,
/// such as answers to questions that this program did not ask, it would take for a broken sequence and some letters.
fn is_key_or_mouse(parameters: &[u8], last: u8) -> bool {
    let numbers = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b':' | b';'));
    match parameters {
        [] | [b'['] | [b'M', ..] => true,
        [b'<', rest @ ..] => numbers(rest) && matches!(last, b'M' | b'm'),
        rest => numbers(rest) && rest[0].is_ascii_digit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn events_of(pieces: &[&[u8]]) -> Vec<Event> {
        let (mut assembler, mut events) = (Assembler::default(), Vec::new());
        for piece in pieces {
            assembler.feed(piece, &mut events);
        }
        assembler.time_out(&mut events);
        events
    }

    fn key(code: KeyCode) -> Event {
        Event::Key(code.into())
    }

    /// Every form of sequence that crossterm 0.29 decodes (its `event/sys/unix/parse.rs`), with all its parameters.
    fn known_sequences() -> Vec<Vec<u8>> {
        let mut all: Vec<String> = Vec::new();
        all.extend("ABCDHFPQRS".chars().map(|last| format!("\x1bO{last}")));
        all.extend("ABCDHFZPQSIO".chars().map(|last| format!("\x1b[{last}")));
        all.extend("ABCDE".chars().map(|last| format!("\x1b[[{last}")));
        for modifiers in 1..=16 {
            all.extend("ABCDFHPQRS".chars().map(|last| format!("\x1b[1;{modifiers}{last}")));
            all.extend(
                [1, 2, 3, 4, 5, 6, 7, 8, 11, 15, 17, 21, 23, 26, 28, 29, 31, 34].iter().flat_map(|number| {
                    [format!("\x1b[{number};{modifiers}~"), format!("\x1b[{number};{modifiers}:3~")]
                }),
            );
            all.push(format!("\x1b[97;{modifiers}u"));
            all.push(format!("\x1b[97:65;{modifiers}:1u"));
            all.push(format!("\x1b[57399;{modifiers}:2u"));
        }
        all.extend((1..=34).map(|number| format!("\x1b[{number}~")));
        all.extend(["\x1b[27u", "\x1b[13u", "\x1b[9;2u", "\x1b[57441;2u"].map(str::to_owned));
        all.extend(["\x1b[?1u", "\x1b[?62;c", "\x1b[20;10R"].map(str::to_owned));
        for button in [0, 1, 2, 3, 32, 35, 64, 65, 68, 80] {
            all.extend([format!("\x1b[<{button};20;10M"), format!("\x1b[<{button};200;100m")]);
            all.push(format!("\x1b[{};20;10;M", button + 32));
        }
        all.extend(
            ["\x1b[200~two\nlines\x1b[201~", "\x1b[200~\x1b[A\x1b\x1b[201~", "\x1b[200~\x1b[201~"].map(str::to_owned),
        );
        all.extend(["\x1ba", "\x1b\r", "\x1b\x7f", "\x1b\u{e9}", "\x1b]", "\x1bP"].map(str::to_owned));
        all.extend(
            ["a", "Z", " ", "\r", "\t", "\x7f", "\x03", "\x1c", "\0", "\u{e9}", "\u{4e2d}", "\u{1f600}"]
                .map(str::to_owned),
        );
        let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
        all.push(b"\x1b[M !!".to_vec());
        all.push(b"\x1b[M\x60\xf0\xff".to_vec());
        all
    }

    #[test]
    fn every_known_sequence_cut_at_every_byte_is_the_same() {
        for sequence in known_sequences() {
            let whole = events_of(&[&sequence]);
            for cut in 1..sequence.len() {
                assert_eq!(events_of(&[&sequence[..cut], &sequence[cut..]]), whole, "{sequence:?} cut at {cut}");
            }
            let bytes: Vec<&[u8]> = sequence.chunks(1).collect();
            assert_eq!(events_of(&bytes), whole, "{sequence:?} byte by byte");
            assert!(whole.len() <= 1, "{sequence:?} is one event at most, not {whole:?}");
        }
    }

    #[test]
    fn a_wait_within_a_longer_sequence_changes_nothing() {
        for sequence in known_sequences().iter().filter(|sequence| sequence.len() > 2) {
            for cut in 2..sequence.len() {
                let (mut assembler, mut events) = (Assembler::default(), Vec::new());
                assembler.feed(&sequence[..cut], &mut events);
                assembler.time_out(&mut events);
                assembler.feed(&sequence[cut..], &mut events);
                assert_eq!(events, events_of(&[sequence]), "{sequence:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn a_lone_escape_is_the_key_once_nothing_more_comes() {
        let (mut assembler, mut events) = (Assembler::default(), Vec::new());
        assembler.feed(b"\x1b", &mut events);
        assert!(events.is_empty() && assembler.holds_escape());
        assembler.time_out(&mut events);
        assert_eq!(events, [key(KeyCode::Escape)]);
        assert!(!assembler.holds_escape());
    }

    #[test]
    fn escape_and_an_arrow_at_once_are_those_two_keys() {
        assert_eq!(events_of(&[b"\x1b\x1b[A"]), [key(KeyCode::Escape), key(KeyCode::Up)]);
        assert_eq!(events_of(&[b"\x1b\x1b\x1b"]), vec![key(KeyCode::Escape); 3]);
    }

    #[test]
    fn no_byte_of_an_unknown_or_broken_sequence_is_a_key() {
        for unknown in ["\x1b[>0;276;0c", "\x1b[=1u", "\x1b[99999999~", "\x1bOz", "\x1b[[z", "\x1b[3^", "\x1b[!p"] {
            assert_eq!(events_of(&[unknown.as_bytes()]).len(), 0, "{unknown:?}");
        }
        assert_eq!(events_of(&[b"\x1b[\r"]), [key(KeyCode::Enter)], "Alt-[ and then Enter");
        assert_eq!(events_of(&[b"\x1b[1;\x1b[B"]), [key(KeyCode::Down)]);
        assert_eq!(events_of(&[b"\xff\x80q"]), [key(KeyCode::Char('q'))]);
        assert_eq!(events_of(&[b"\xe4q"]), [key(KeyCode::Char('q'))]);
    }

    #[test]
    fn a_long_paste_is_cut_and_ends() {
        let (mut assembler, mut events) = (Assembler::default(), Vec::new());
        assembler.feed(PASTE_BEGIN, &mut events);
        for _ in 0..100 {
            assembler.feed(&[b'x'; 4096], &mut events);
            assert!(assembler.partial.len() <= MAX_PASTE);
        }
        assembler.feed(PASTE_END, &mut events);
        assembler.feed(b"q", &mut events);
        let [Event::Paste(text), last] = events.as_slice() else { panic!("{events:?}") };
        assert!(text.len() > MAX_PASTE / 2 && text.bytes().all(|byte| byte == b'x'));
        assert_eq!(*last, key(KeyCode::Char('q')));
    }

    proptest! {
        #[test]
        fn cuts_never_change_what_was_typed(
            chosen in prop::collection::vec(prop::sample::select(known_sequences()), 1..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let bytes = chosen.concat();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).chain([0, bytes.len()]).collect();
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
            prop_assert_eq!(events_of(&pieces), events_of(&[&bytes]));
        }

        #[test]
        fn any_bytes_are_survived_and_bounded(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let (mut assembler, mut events) = (Assembler::default(), Vec::new());
            assembler.feed(&bytes, &mut events);
            prop_assert!(events.len() <= bytes.len());
            prop_assert!(assembler.partial.len() <= MAX_PASTE);
        }

        #[test]
        fn sequences_of_any_parameters_are_survived(
            parameters in "[0-9:;<=>?]{0,24}", between in "[ -/]{0,2}", last in "[@-~]",
        ) {
            let sequence = format!("\x1b[{parameters}{between}{last}");
            let events = events_of(&[sequence.as_bytes()]);
            prop_assert!(events.iter().all(|event| !matches!(event, Event::Key(key) if matches!(key.code, KeyCode::Char(_))
                && !sequence.ends_with('u'))), "{sequence:?}: {events:?}");
        }
    }
}
