//! A printed line cut into words, numbers and signs.

use crate::cell;

/// Bytes of a line that are looked at.
const MAX_LINE: usize = 16 << 10;

/// Units behind numbers. They are left off, and numbers kept as they are written.
const UNITS: [&str; 22] = [
    "%", "s", "ms", "us", "sec", "min", "h", "it/s", "s/it", "s/step", "ms/step", "K", "M", "G", "B", "KB", "MB", "GB",
    "MiB", "GiB", "tok/s", "x",
];

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    Word(&'a str),
    Number(f64),
    /// So many of so many, as `40/100`.
    Part(f64, f64),
    /// A duration or a time of day.
    Clock,
    /// A word in brackets that stands directly behind another, as in `Epoch(val)`.
    Kind(&'a str),
    Sign(char),
}

/// A line without the codes for colours and movements of the cursor.
pub(super) fn plain(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(&line[..line.len().min(MAX_LINE)]);
    let mut out = String::with_capacity(line.len());
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\u{1b}' => match signs.next() {
                Some('[') => while signs.next().is_some_and(|sign| !('@'..='~').contains(&sign)) {},
                Some(']') => while signs.next().is_some_and(|sign| sign != '\u{7}' && sign != '\u{1b}') {},
                _ => {}
            },
            '\t' => out.push('\t'),
            sign if sign.is_control() => {}
            sign => out.push(sign),
        }
    }
    out
}

/// The parts of a line.
pub(super) fn tokens(line: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(sign) = line[at..].chars().next() {
        let rest = &line[at..];
        let length = if begins_number(rest) {
            let length = number_length(rest);
            out.push(number(&rest[..length]));
            length
        } else if sign.is_alphabetic() || matches!(sign, '_' | '@' | '#') {
            let length = word_length(rest);
            let word = &rest[..length];
            out.push(value_word(word).map_or(Token::Word(word), Token::Number));
            length
        } else if sign == '(' {
            let inside = rest[1..].split(')').next().unwrap_or_default();
            let is_attached = line[..at].ends_with(char::is_alphanumeric);
            if is_attached && inside.len() < 20 && inside.chars().all(char::is_alphabetic) {
                out.push(Token::Kind(inside));
            }
            // What stands in brackets is an average or a remark.
            if rest[1..].contains(')') { inside.len() + 2 } else { 1 }
        } else {
            match sign {
                ' ' | '\'' | '"' => {}
                sign if sign.is_ascii() => out.push(Token::Sign(sign)),
                // The blocks of a bar.
                _ => out.push(Token::Sign('|')),
            }
            sign.len_utf8()
        };
        at += length;
    }
    parts(&mut out);
    out
}

/// `50 / 1000` as one part.
fn parts(tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        if let [Token::Number(part), Token::Sign('/'), Token::Number(whole)] = tokens[at..at + 3] {
            tokens.splice(at..at + 3, [Token::Part(part, whole)]);
        }
        at += 1;
    }
}

fn begins_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = unsigned.strip_prefix('.').unwrap_or(unsigned);
    let is_word = unsigned.len() < text.len() && ["inf", "nan"].iter().any(|word| unsigned.starts_with(word));
    is_word || digits.starts_with(|first: char| first.is_ascii_digit())
}

fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_next = |at: usize, test: fn(&u8) -> bool| bytes.get(at + 1).is_some_and(test);
    let mut at = 1;
    while at < bytes.len() {
        let goes_on = match bytes[at] {
            b'.' | b'%' => true,
            b'+' | b'-' => matches!(bytes[at - 1], b'e' | b'E') && is_next(at, u8::is_ascii_digit),
            // `0:01:00`, but not `0:`.
            b':' => bytes[at - 1].is_ascii_digit() && is_next(at, u8::is_ascii_digit),
            b'/' => is_next(at, u8::is_ascii_alphanumeric),
            byte => byte.is_ascii_alphanumeric() || byte == b'_',
        };
        if !goes_on {
            break;
        }
        at += 1;
    }
    at
}

fn word_length(text: &str) -> usize {
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        let next = signs.peek().map(|(_, next)| *next);
        let is_inside = || next.is_some_and(|next| next.is_alphanumeric() || next == '_');
        let goes_on = sign.is_alphanumeric()
            || matches!(sign, '_' | '@' | '#' | '%')
            || (matches!(sign, '-' | '/' | '.' | '\'') && is_inside());
        if !goes_on {
            return at;
        }
    }
    text.len()
}

/// NaN and infinity are values, not names.
fn value_word(word: &str) -> Option<f64> {
    ["nan", "inf", "infinity"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
        .then(|| cell::number(word.as_bytes()))?
}

fn number(text: &str) -> Token<'_> {
    let text = text.trim_end_matches('.');
    if let Some(value) = cell::number(text.as_bytes()) {
        return Token::Number(value);
    }
    let unit = text.trim_start_matches(|sign: char| sign.is_ascii_digit() || matches!(sign, '.' | '-' | '+'));
    let digits = &text[..text.len() - unit.len()];
    if let Some(value) = cell::number(digits.as_bytes()).filter(|_| UNITS.contains(&unit)) {
        return Token::Number(value);
    }
    if let Some((part, whole)) = text.split_once('/')
        && let (Some(part), Some(whole)) = (cell::number(part.as_bytes()), cell::number(whole.as_bytes()))
    {
        return Token::Part(part, whole);
    }
    if text.contains(':') { Token::Clock } else { Token::Word(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Token::{Clock, Kind, Number, Part, Sign, Word};

    #[test]
    fn lines_are_cut_into_tokens() {
        assert_eq!(plain(b"\x1b[32mloss\x1b[0m: 1\x08\x07\t2\x1b]0;title\x07!"), "loss: 1\t2!");
        assert_eq!(tokens("iter 0: x 9.5ms"), [Word("iter"), Number(0.0), Sign(':'), Word("x"), Number(9.5)]);
        assert_eq!(
            tokens("s:1 a/b-c=-1e-3"),
            [Word("s"), Sign(':'), Number(1.0), Word("a/b-c"), Sign('='), Number(-1e-3)]
        );
        assert_eq!(
            tokens("Epoch(val) [1][ 5/50] 7 / 8 0:01:00"),
            [
                Word("Epoch"),
                Kind("val"),
                Sign('['),
                Number(1.0),
                Sign(']'),
                Sign('['),
                Part(5.0, 50.0),
                Sign(']'),
                Part(7.0, 8.0),
                Clock
            ]
        );
        assert!(
            matches!(tokens("{'a': nan"), found if found.len() == 4 && matches!(found[3], Number(value) if value.is_nan()))
        );
        assert_eq!(tokens("valid_1's l2: 0.6 (+nanz)"), [Word("valid_1's"), Word("l2"), Sign(':'), Number(0.6)]);
        assert_eq!(tokens("█▌ ("), [Sign('|'), Sign('|')]);
    }
}
