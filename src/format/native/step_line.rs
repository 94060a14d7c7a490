//! Reads a `step` line in exactly the form in which [`print`](crate::format::native::print) writes it, several times faster than serde
//! does; whatever deviates by a byte is left to serde.
//!
//! A log is nine tenths `step` lines, and logs of ten million lines are opened. The results are the same to the bit:
//! numbers are read by the standard library, which rounds as `serde_json`'s `float_roundtrip` does. Does not depend on other
//! events.

use crate::protocol::{Event, Record, Step, VERSION};
use std::str;

/// Digits up to which an integer surely fits 64 bits.
const MAX_DIGITS: usize = 19;

/// The longest number that is read here.
const LONGEST_NUMBER: usize = 32;

/// The record of a `step` line, or `None` where the line is not in the one expected form.
pub(crate) fn step_line(line: &[u8]) -> Option<Record> {
    let mut rest = line.strip_prefix(b"{\"v\":1,\"seq\":")?;
    let seq = integer(&mut rest)?;
    skip(&mut rest, b",\"t\":")?;
    let t = float(&mut rest)?;
    skip(&mut rest, b",\"event\":\"step\",\"step\":")?;
    let step = integer(&mut rest)?;
    skip(&mut rest, b",\"epoch\":")?;
    let epoch = float(&mut rest)?;
    skip(&mut rest, b",\"train_loss\":")?;
    let train_loss = float(&mut rest)? as f32;
    (rest == b"}").then_some(Record { v: VERSION, seq, t, event: Event::Step(Step { step, epoch, train_loss }) })
}

fn skip(rest: &mut &[u8], expected: &[u8]) -> Option<()> {
    *rest = rest.strip_prefix(expected)?;
    Some(())
}

/// An unsigned integer without a leading zero.
fn integer(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    let mut length = 0;
    while let Some(digit) = rest.get(length).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        if length == MAX_DIGITS {
            return None;
        }
        value = value * 10 + u64::from(digit);
        length += 1;
    }
    if length == 0 || (length > 1 && rest[0] == b'0') {
        return None;
    }
    *rest = &rest[length..];
    Some(value)
}

/// A finite number as JSON spells it: `-`, digits without a leading zero, `.` and digits, an exponent.
fn float(rest: &mut &[u8]) -> Option<f64> {
    if let Some((value, length)) = short_decimal(rest) {
        *rest = &rest[length..];
        return Some(value);
    }
    let length = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e'))?;
    let (text, after) = rest.split_at(length);
    if length > LONGEST_NUMBER || !is_json_number(text) {
        return None;
    }
    let value: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    *rest = after;
    // An integer of more digits than a double holds is rounded by `serde_json` from its 64 bits; out of range is its
    // error to report.
    value.is_finite().then_some(value)
}

/// Powers of ten that a double holds exactly, up to the digits of the largest integer below 2^53.
const TENS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// A number of digits, `.` and digits, at most 15 of them, and its length. Digits and power of ten are exact in doubles
/// and one division rounds once, so that it is the nearest double (Clinger, How to Read Floating Point Numbers
/// Accurately, 1990).
fn short_decimal(text: &[u8]) -> Option<(f64, usize)> {
    let digit = |at: usize| text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10);
    let (mut value, mut at) = (0_u64, 0);
    while let Some(next) = digit(at) {
        value = value * 10 + u64::from(next);
        at += 1;
        if at > 15 {
            return None;
        }
    }
    let whole = at;
    if whole == 0 || (whole > 1 && text[0] == b'0') || text.get(at) != Some(&b'.') {
        return None;
    }
    at += 1;
    while let Some(next) = digit(at) {
        value = value * 10 + u64::from(next);
        at += 1;
        if at > 16 {
            return None;
        }
    }
    let decimals = at - whole - 1;
    (decimals > 0 && !matches!(text.get(at), Some(b'e' | b'E' | b'.'))).then(|| (value as f64 / TENS[decimals], at))
}

fn is_json_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(b"e") {
        let exponent = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+")).unwrap_or(exponent);
        let length = digits(exponent);
        if length == 0 {
            return false;
        }
        rest = &exponent[length..];
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::native::line::{parse_by_serde, print};
    use proptest::prelude::*;

    fn record(seq: u64, t: f64, step: u64, epoch: f64, train_loss: f32) -> Record {
        Record { v: VERSION, seq, t, event: Event::Step(Step { step, epoch, train_loss }) }
    }

    fn line(record: &Record) -> Vec<u8> {
        let mut line = Vec::new();
        print(record, &mut line).unwrap();
        line.pop();
        line
    }

    #[test]
    fn the_form_that_is_printed_is_taken() {
        let record = record(17, 1.5, 18, 0.02, 2.301);
        assert_eq!(step_line(&line(&record)), Some(record));
    }

    proptest! {
        #[test]
        fn printed_steps_read_the_same_both_ways(seq: u64, t: f64, step: u64, epoch: f64, bits: u32) {
            let line = line(&record(seq, t, step, epoch, f32::from_bits(bits)));
            if let Some(fast) = step_line(&line) {
                let slow = parse_by_serde(&line).unwrap();
                prop_assert_eq!(format!("{fast:?}"), format!("{slow:?}"));
            }
        }

        #[test]
        fn altered_lines_read_the_same_both_ways(
            at in 0_usize..120,
            byte in prop::sample::select(b"0123456789.-+eE,:\"{}x \n".to_vec()),
            insert: bool,
        ) {
            let mut line = line(&record(123_456, 98.762_512, 3_200, 3.411_2, 0.031_25));
            let at = at.min(line.len() - 1);
            if insert { line.insert(at, byte) } else { line[at] = byte }
            if let Some(fast) = step_line(&line) {
                let slow = parse_by_serde(&line).unwrap();
                prop_assert_eq!(format!("{fast:?}"), format!("{slow:?}"));
            }
        }

        #[test]
        fn any_number_reads_the_same_both_ways(text in "-?[0-9]{1,22}(\\.[0-9]{1,20})?(e[-+]?[0-9]{1,3})?") {
            let line = format!(
                "{{\"v\":1,\"seq\":1,\"t\":{text},\"event\":\"step\",\"step\":1,\"epoch\":{text},\"train_loss\":{text}}}"
            );
            if let Some(fast) = step_line(line.as_bytes()) {
                let slow = parse_by_serde(line.as_bytes()).unwrap();
                prop_assert_eq!(format!("{fast:?}"), format!("{slow:?}"));
            }
        }
    }
}
