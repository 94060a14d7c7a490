//! Numbers as texts of few and steady characters.
//!
//! A figure that is watched must not change its width or flicker in its last digit. Does not depend on what it measures.

use std::time::Duration;

/// A loss or another positive figure in at most six characters: `0.0312`, `2.3026`, `41.20`, `1.2e7`.
#[must_use]
pub fn loss(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let size = value.abs();
    if size != 0.0 && size < 5e-4 {
        return format!("{value:.0e}");
    }
    match size {
        s if s < 10.0 => format!("{value:.4}"),
        s if s < 100.0 => format!("{value:.2}"),
        s if s < 100_000.0 => format!("{value:.0}"),
        _ => format!("{value:.1e}"),
    }
}

/// A share of right answers with four digits and no leading zero: `.9781`, `1.000`.
#[must_use]
pub fn accuracy(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let text = format!("{value:.4}");
    match text.strip_prefix('0') {
        Some(fraction) => fraction.to_owned(),
        None => format!("{value:.3}"),
    }
}

/// A share in whole percent: `76 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0} %", share * 100.0) } else { not_finite(share) }
}

/// Any figure in about four significant digits, without needless zeros: `0.05`, `1e-4`, `938`, `17502`.
#[must_use]
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return not_finite(value);
    }
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e6).contains(&size) {
        let text = format!("{value:.2e}");
        return match text.split_once('e') {
            Some((mantissa, exponent)) if mantissa.contains('.') => {
                format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
            }
            _ => text,
        };
    }
    let decimals = (3 - size.log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A difference with its sign and so many digits after the point; what rounds to nothing has no sign.
#[must_use]
pub fn signed(difference: f64, digits: usize) -> String {
    let text = format!("{difference:+.digits$}");
    let is_nothing = difference.is_finite() && !text.bytes().any(|letter| (b'1'..=b'9').contains(&letter));
    if is_nothing { text[1..].to_owned() } else { text }
}

/// A difference of two shares, `+0.0036`; what rounds to nothing has no sign.
#[must_use]
pub fn difference(value: f64) -> String {
    signed(value, 4)
}

/// A count in at most five characters: `938`, `14.1k`, `1.2M`.
#[must_use]
pub fn count(value: u64) -> String {
    match value {
        0..=9_999 => value.to_string(),
        10_000..=99_949 => format!("{:.1}k", value as f64 / 1e3),
        99_950..=999_499 => format!("{:.0}k", value as f64 / 1e3),
        999_500..=99_949_999 => format!("{:.1}M", value as f64 / 1e6),
        99_950_000..=999_499_999 => format!("{:.0}M", value as f64 / 1e6),
        _ => format!("{:.1}G", value as f64 / 1e9),
    }
}

/// Images of a data set: `60k`, `10k`, `1797`.
#[must_use]
pub fn images(value: usize) -> String {
    if value >= 1000 && value.is_multiple_of(1000) { format!("{}k", value / 1000) } else { value.to_string() }
}

/// A time as on a clock: `00:41`, `1:02:55`, `3d 04h`.
#[must_use]
pub fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{:02}:{:02}", minutes % 60, seconds % 60),
        _ => format!("{days}d {:02}h", hours % 24),
    }
}

/// The same of a number of seconds that may be anything.
#[must_use]
pub fn clock_seconds(seconds: f64) -> String {
    clock(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}

/// A length of time in its largest unit: `40 s`, `5 min`, `3 h`, `12 d`.
#[must_use]
pub fn age(seconds: f64) -> String {
    match seconds.max(0.0) {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{:.0} min", (s / 60.0).floor()),
        s if s < 48.0 * 3600.0 => format!("{:.0} h", (s / 3600.0).floor()),
        s => format!("{:.0} d", (s / 86_400.0).floor()),
    }
}

/// A measured time with its unit: `220 ns`, `0.86 ms`, `2.01 s`, `4:12`.
#[must_use]
pub fn seconds(value: f64) -> String {
    match value {
        v if !v.is_finite() => not_finite(v),
        v if v < 1e-6 => format!("{:.0} ns", v * 1e9),
        v if v < 1e-3 => format!("{:.0} us", v * 1e6),
        v if v < 1.0 => format!("{:.1} ms", v * 1e3),
        v if v < 100.0 => format!("{v:.2} s"),
        v => clock_seconds(v),
    }
}

/// A size in memory: `812 B`, `2.2 MB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    match value {
        0..=999 => format!("{value} B"),
        1_000..=999_999 => format!("{:.1} kB", value as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", value as f64 / 1e6),
        _ => format!("{:.1} GB", value as f64 / 1e9),
    }
}

/// A probability of a test: `0.034`, `<0.001`.
#[must_use]
pub fn probability(p: f64) -> String {
    match p {
        p if !p.is_finite() => not_finite(p),
        p if p < 0.001 => "<0.001".to_owned(),
        p => format!("{p:.3}"),
    }
}

fn not_finite(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN",
        v if v > 0.0 => "inf",
        _ => "-inf",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        assert_eq!([0.0036, -0.000_01, -1.0].map(|value| signed(value, 4)), ["+0.0036", "0.0000", "-1.0000"]);
        assert_eq!(signed(-0.04, 1), "0.0");
        assert_eq!(signed(f64::NAN, 1), "NaN");
    }

    #[test]
    fn figures_keep_their_width() {
        assert_eq!([0.0312, 2.302_61, 41.2, 1234.0].map(loss), ["0.0312", "2.3026", "41.20", "1234"]);
        assert_eq!([0.978_12, 1.0, 0.0].map(accuracy), [".9781", "1.000", ".0000"]);
        assert_eq!([loss(f64::NAN), accuracy(f64::INFINITY)], ["NaN", "inf"]);
        assert_eq!(loss(0.000_02), "2e-5");
        assert_eq!([0.003_64, -0.001, -0.000_03].map(difference), ["+0.0036", "-0.0010", "0.0000"]);
    }

    #[test]
    fn short_figures_have_no_needless_zeros() {
        assert_eq!([0.05, 1e-4, 938.0, 17_501.9, 0.1, 10.0].map(short), ["0.05", "1e-4", "938", "17502", "0.1", "10"]);
        assert_eq!([count(14_070), count(938), count(10_000_000)], ["14.1k", "938", "10.0M"]);
        assert_eq!([images(60_000), images(1797)], ["60k", "1797"]);
    }

    #[test]
    fn times_read_as_on_a_clock() {
        assert_eq!(clock(Duration::from_secs(41)), "00:41");
        assert_eq!(clock(Duration::from_secs(3775)), "1:02:55");
        assert_eq!(clock(Duration::from_hours(76)), "3d 04h");
        assert_eq!(seconds(2.2e-7), "220 ns");
        assert_eq!([seconds(0.000_86), seconds(2.011), seconds(252.0)], ["860 us", "2.01 s", "04:12"]);
        assert_eq!(clock_seconds(f64::NAN), "00:00");
        assert_eq!(clock_seconds(f64::INFINITY), "00:00");
    }
}
