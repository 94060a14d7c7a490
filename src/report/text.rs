//! Words from logs made safe for Markdown, SVG and file names, and numbers written as the study prints them.
//!
//! Names in a log may hold anything: escape sequences, table bars, `../`. Does not depend on which file they go to.

/// The text without control characters, which neither Markdown nor XML can hold; each becomes U+FFFD.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\t' | '\n' | '\r' => ' ',
            letter if letter.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&letter) => '\u{fffd}',
            // Marks that turn the reading direction can make a text look like another.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            letter => letter,
        })
        .collect()
}

/// The text as it stands in a Markdown table: printable, and none of its letters is markup.
pub(crate) fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in printable(text).chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '$' | '!' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}

/// A file name made of a run's id: letters, digits, `.`, `-` and `_` only, never hidden, never a folder's own name, at
/// most 100 letters. Two ids may give one name; the caller numbers those.
pub(crate) fn file_name(text: &str) -> String {
    let mut name: String = text
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_') { letter } else { '_' })
        .take(100)
        .collect();
    if name.is_empty() || name.starts_with('.') {
        name.insert(0, '_');
    }
    name
}

/// Four digits after the point, as the study prints; a dash where there is no number, the name of what is not finite.
pub(crate) fn four_digits(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.is_nan() => "NaN".to_owned(),
        Some(value) if value.is_infinite() => if value > 0.0 { "inf" } else { "-inf" }.to_owned(),
        Some(value) if value != 0.0 && value.abs() >= 1e5 => format!("{value:.3e}"),
        Some(value) => format!("{value:.4}"),
    }
}

/// A figure with at least four digits after the point, and where it is small at least four that count: `0.9795`, `5e-7`.
pub(crate) fn significant(value: Option<f64>) -> String {
    match value {
        Some(small) if small != 0.0 && small.abs() < 1e-3 => {
            let text = format!("{small:.3e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        Some(small) if small != 0.0 && small.abs() < 0.01 => format!("{small:.6}"),
        other => four_digits(other),
    }
}

/// Two figures side by side, as [`significant`] writes them; with all their digits where those tell them not apart.
pub(crate) fn side_by_side(one: Option<f64>, other: Option<f64>) -> (String, String) {
    let texts = (significant(one), significant(other));
    match (one, other) {
        (Some(a), Some(b)) if texts.0 == texts.1 && a.is_finite() && b.is_finite() && (a - b).abs() > 0.0 => {
            (whole(a), whole(b))
        }
        _ => texts,
    }
}

/// All digits of a number; of one in single precision those that it was written with.
fn whole(value: f64) -> String {
    let single = value as f32;
    if f64::from(single).to_bits() == value.to_bits() { format!("{single}") } else { format!("{value}") }
}

/// A setting's value, as short as it reads well: `0.0001` and `10`, `1e-5` and `1e-6`.
pub(crate) fn setting(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { format!("{value}") }
}

/// Seconds as `4 s`, `3 min 05 s` or `2 h 03 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "-".to_owned();
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

/// A measured time with three digits and its unit: `220 ns`, `8.02 s`.
pub(crate) fn span(seconds: f64) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];
    let (unit, name) = units.into_iter().find(|(unit, _)| seconds >= *unit).unwrap_or((1e-9, "ns"));
    let value = seconds / unit;
    let digits = if value >= 99.5 { 0 } else { usize::from(value < 9.995) + 1 };
    format!("{value:.digits$} {name}")
}

/// Bytes with three digits and their unit: `93.2 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")];
    let (unit, name) = units.into_iter().find(|(unit, _)| bytes as f64 >= *unit).unwrap_or((1.0, "B"));
    let value = bytes as f64 / unit;
    let digits = usize::from(unit > 1.0 && value < 99.95);
    format!("{value:.digits$} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_have_their_unit() {
        assert_eq!([2.2e-7, 1.114e-4, 8.02, 61.5].map(span), ["220 ns", "111 µs", "8.02 s", "61.5 s"]);
        assert_eq!([812, 13_000, 93_240_000].map(size), ["812 B", "13.0 kB", "93.2 MB"]);
    }

    #[test]
    fn hostile_names_become_plain_file_names() {
        for (id, name) in [
            ("relu-s3", "relu-s3"),
            ("../../etc/passwd", "_.._.._etc_passwd"),
            ("..", "_.."),
            ("", "_"),
            ("/root/.ssh", "_root_.ssh"),
            ("a\0b\x1b[2J", "a_b__2J"),
            ("C:\\x", "C__x"),
            ("λ", "_"),
        ] {
            assert_eq!(file_name(id), name);
            assert!(std::path::Path::new(&file_name(id)).components().count() == 1);
        }
        assert_eq!(file_name(&"x".repeat(500)).len(), 100);
    }

    #[test]
    fn control_characters_and_markup_do_not_survive() {
        assert_eq!(printable("a\x1b[31mb\nc\u{9b}\u{202e}"), "a\u{fffd}[31mb c\u{fffd}\u{fffd}");
        assert_eq!(markdown("x | <b>_y_</b> [l](u)"), "x \\| &lt;b&gt;\\_y\\_&lt;/b&gt; \\[l\\](u)");
    }

    #[test]
    fn small_figures_keep_the_digits_that_count() {
        let texts = [0.9795, 5e-7, 0.00312, -2.5e-5, 0.0, 14.25].map(|value| significant(Some(value)));
        assert_eq!(texts, ["0.9795", "5e-7", "0.003120", "-2.5e-5", "0.0000", "14.2500"]);
        let told_apart = side_by_side(Some(f64::from(0.123_45_f32)), Some(f64::from(0.123_46_f32)));
        assert_eq!(told_apart, ("0.12345".to_owned(), "0.12346".to_owned()));
        assert_eq!(side_by_side(Some(0.5), Some(0.5)), ("0.5000".to_owned(), "0.5000".to_owned()));
    }

    #[test]
    fn numbers_read_as_in_the_study() {
        assert_eq!(four_digits(Some(0.980_46)), "0.9805");
        assert_eq!(four_digits(Some(f64::NAN)), "NaN");
        assert_eq!(four_digits(Some(f64::NEG_INFINITY)), "-inf");
        assert_eq!(four_digits(Some(1.5e9)), "1.500e9");
        assert_eq!(four_digits(None), "-");
        assert_eq!([setting(0.05), setting(1e-5), setting(10.0), setting(0.0)], ["0.05", "1e-5", "10", "0"]);
        assert_eq!([duration(0.31), duration(65.2), duration(7384.0)], ["0.3 s", "1 min 05 s", "2 h 03 min"]);
        assert_eq!(duration(f64::NAN), "-");
    }
}
