//! Which names may become files, and how a moment becomes part of a folder's name.
//!
//! Does not depend on which folder.

use crate::format::RecordError;

/// The longest run id.
const LONGEST: usize = 128;

/// Whether a text can be a run's id and with that a file's name: 1 to 128 letters, digits, `.`, `-` and `_`, all of
/// ASCII, not beginning with a dot.
#[must_use]
pub fn is_safe_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=LONGEST).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(plain)
}

/// Refuses a name that cannot be a file's.
///
/// # Errors
/// [`RecordError::Name`].
pub(crate) fn checked(name: &str) -> Result<&str, RecordError> {
    if is_safe_name(name) { Ok(name) } else { Err(RecordError::Name { name: name.to_owned() }) }
}

/// The nearest text that is a safe name: every other letter becomes `_`.
#[must_use]
pub(super) fn safe_name(text: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let name: String = text.chars().take(LONGEST).map(letter).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "_".to_owned(),
        None => name,
    }
}

/// A moment in UTC as `yyyymmdd-hhmmss`, from seconds since 1970-01-01. The days are counted as in Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
#[must_use]
pub(super) fn utc_stamp(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_those_of_the_calendar() {
        assert_eq!(utc_stamp(0), "19700101-000000");
        assert_eq!(utc_stamp(951_782_399), "20000228-235959");
        assert_eq!(utc_stamp(951_782_400), "20000229-000000");
        assert_eq!(utc_stamp(1_771_064_100), "20260214-101500");
        assert_eq!(utc_stamp(4_102_444_800), "21000101-000000");
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["", ".", "..", ".hidden", "a/b", "../x", "a b", "a\u{1b}[31m", "é", &"x".repeat(129)] {
            assert!(!is_safe_name(name), "{name:?}");
            assert!(is_safe_name(&safe_name(name)), "{name:?}");
        }
        for name in ["relu-s3", "sigmoid-lr0.1-s0", "A_b.9"] {
            assert!(is_safe_name(name));
            assert_eq!(safe_name(name), name);
        }
    }
}
