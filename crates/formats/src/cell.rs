//! A number as people and programs write it in a cell of a table: `0.5`, `50%`, `4:39`, `2024-01-01T00:00:00`.
//!
//! Depends on no other module. Days are counted as in Howard Hinnant's `days_from_civil`.

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// A number; a percentage as it is written, a time of day or a duration in seconds.
    Number(f64),
    /// A date, in seconds since 1970; in UTC where it names no zone.
    Date(f64),
    /// Nothing, or a word that stands for nothing.
    Missing,
    /// Anything else.
    Text,
}

/// What a cell holds.
pub(crate) fn read(text: &str) -> Cell {
    let text = text.trim().trim_matches('"').trim();
    if matches!(text, "" | "-" | "--" | "NA" | "N/A" | "n/a" | "None" | "none" | "null" | "NULL") {
        return Cell::Missing;
    }
    if let Some(value) = number(text.as_bytes()) {
        return Cell::Number(value);
    }
    // What begins with neither digit nor sign is text; most texts end here.
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) || text.len() > 40 {
        return Cell::Text;
    }
    if let Some(value) = text.strip_suffix('%').and_then(|text| number(text.trim_end().as_bytes())) {
        return Cell::Number(value);
    }
    if let Some(seconds) = duration(text) {
        return Cell::Number(seconds);
    }
    date(text).map_or(Cell::Text, Cell::Date)
}

/// A number, NaN and infinities included; exact to the last bit.
pub(crate) fn number(text: &[u8]) -> Option<f64> {
    fast_float2::parse(text).ok()
}

/// The number at the beginning of a text, and how many bytes it takes.
#[inline]
pub(crate) fn leading_number(text: &[u8]) -> Option<(f64, usize)> {
    fast_float2::parse_partial(text).ok()
}

/// `4:39` as minutes and seconds, `1:04:39` as hours, minutes and seconds, with `N day(s), ` before, in seconds.
pub(crate) fn duration(text: &str) -> Option<f64> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, clock)) => (count(days)?, clock.trim_start_matches('s').strip_prefix(", ")?),
        None => (0.0, text),
    };
    let (sign, clock) = clock.strip_prefix('-').map_or((1.0, clock), |clock| (-1.0, clock));
    let mut parts = clock.split(':');
    let (first, second) = (count(parts.next()?)?, parts.next()?);
    let seconds = match parts.next() {
        None => first * 60.0 + fraction(second)?,
        Some(third) => first * 3600.0 + count(second)? * 60.0 + fraction(third)?,
    };
    parts.next().is_none().then_some(sign * (days * 86_400.0 + seconds))
}

fn count(digits: &str) -> Option<f64> {
    let is_count = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_count.then(|| number(digits.as_bytes())).flatten()
}

/// Seconds below 60, with what is behind a point or a comma.
fn fraction(text: &str) -> Option<f64> {
    let is_seconds = text.starts_with(|first: char| first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let value = is_seconds.then(|| number(text.replace(',', ".").as_bytes())).flatten();
    value.filter(|value| *value < 60.0)
}

/// A date by ISO 8601 and its relatives (`2024/01/01 10:00:00`, `2024-01-01_10-00-00`), in seconds since 1970.
pub(crate) fn date(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let part = |from: usize, length: usize| text.get(from..from + length).and_then(count);
    let (year, month, day) = (part(0, 4)?, part(5, 2)?, part(8, 2)?);
    let separator = *bytes.get(4)?;
    let is_day = matches!(separator, b'-' | b'/')
        && bytes.get(7) == Some(&separator)
        && (1.0..=12.0).contains(&month)
        && (1.0..=31.0).contains(&day);
    if !is_day {
        return None;
    }
    let midnight = days(year as i64, month as i64, day as i64) as f64 * 86_400.0;
    let Some(between) = bytes.get(10) else { return Some(midnight) };
    if !matches!(between, b'T' | b't' | b' ' | b'_') {
        return None;
    }
    let (hour, minute) = (part(11, 2)?, part(14, 2)?);
    if !matches!(bytes.get(13)?, b':' | b'-') || hour > 24.0 || minute > 59.0 {
        return None;
    }
    let mut rest = &text[16..];
    let mut second = 0.0;
    if let Some(behind) = rest.strip_prefix([':', '-']).filter(|behind| behind.len() >= 2) {
        let length = behind.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
        second = fraction(&behind[..length])?;
        rest = &behind[length..];
    }
    Some(midnight + hour * 3600.0 + minute * 60.0 + second - zone(rest.trim())?)
}

/// What a zone is ahead of UTC, in seconds.
fn zone(text: &str) -> Option<f64> {
    if matches!(text, "" | "Z" | "z" | "UTC") {
        return Some(0.0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1.0, digits.replace(':', "")),
        ("-", digits) => (-1.0, digits.replace(':', "")),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0.0 } else { count(minutes)? };
    Some(sign * (count(hours)? * 3600.0 + minutes * 60.0))
}

/// Days since 1970-01-01.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("0.5", Cell::Number(0.5)),
            (" 1e-3 ", Cell::Number(1e-3)),
            ("\"2\"", Cell::Number(2.0)),
            ("1e999", Cell::Number(f64::INFINITY)),
            ("-inf", Cell::Number(f64::NEG_INFINITY)),
            ("50.0%", Cell::Number(50.0)),
            ("04:39", Cell::Number(279.0)),
            ("0:00:26", Cell::Number(26.0)),
            ("1 day, 0:00:26.5", Cell::Number(86_426.5)),
            ("2 days, 1:00:00", Cell::Number(176_400.0)),
            ("2024-01-01T00:00:30.5", Cell::Date(1_704_067_230.5)),
            ("2024-01-01 01:00:00+01:00", Cell::Date(1_704_067_200.0)),
            ("2024/01/01 00:00:01", Cell::Date(1_704_067_201.0)),
            ("2024-01-01_00-00-01", Cell::Date(1_704_067_201.0)),
            ("2024-01-01T00:00:00Z", Cell::Date(1_704_067_200.0)),
            ("2024-01-01", Cell::Date(1_704_067_200.0)),
            ("2000-02-29", Cell::Date(951_782_400.0)),
            ("", Cell::Missing),
            ("NA", Cell::Missing),
            ("None", Cell::Missing),
            ("4.5G", Cell::Text),
            ("1:2:3:4", Cell::Text),
            ("4:99", Cell::Text),
            ("2024-13-01", Cell::Text),
            ("1ä34-56-78", Cell::Text),
            ("[1.0, 2.0]", Cell::Text),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
        assert!(matches!(read("nan"), Cell::Number(value) if value.is_nan()));
    }
}
