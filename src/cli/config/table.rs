//! The one table of the config file's keys: it yields the reader, the precedence, `perceptop config` and the reference in
//! docs/config.md.
//!
//! Does not depend on where a value was found.

use crate::cli::arguments::{BackgroundChoice, ColourChoice, GlyphChoice, Smoothing};
use crate::ui::SMOOTHING;
use clap::ValueEnum;

/// A setting besides the keys of actions.
pub(super) struct Entry {
    /// Its key in the file.
    pub(super) key: &'static str,
    /// The flag that says the same.
    pub(super) flag: &'static str,
    /// The argument of the command line that takes the value of the file or of the environment as its default.
    pub(super) argument: &'static str,
    /// The variables that say the same, the first that is set decides.
    pub(super) variables: &'static [Variable],
    /// The form of its value in the file.
    pub(super) kind: Kind,
    /// Why a value is none; what is allowed.
    pub(super) check: fn(&str) -> Result<(), String>,
    /// What holds when nobody says anything.
    pub(super) default: &'static str,
    /// What it does.
    pub(super) help: &'static str,
}

/// An environment variable.
pub(super) struct Variable {
    /// Its name.
    pub(super) name: &'static str,
    /// What it means when it is set, where that is not its value.
    pub(super) meaning: Option<&'static str>,
}

/// The form of a value in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A string with a path; `~/` is the home folder.
    Path,
    /// A number.
    Number,
}

const fn own(name: &'static str) -> Variable {
    Variable { name, meaning: None }
}

/// Every key of the file outside of `[keys]`.
pub(super) static ENTRIES: &[Entry] = &[
    Entry {
        key: "data",
        flag: "--data",
        argument: "data_by_default",
        variables: &[own("PERCEPTOP_DATA")],
        kind: Kind::Path,
        check: |value| not_empty(value, "a folder of IDX files, \"mnist\" or \"synthetic\""),
        default: "data/mnist where it is, else the built-in digits",
        help: "The images to learn from.",
    },
    Entry {
        key: "logs",
        flag: "--logs",
        argument: "logs",
        variables: &[own("PERCEPTOP_LOGS")],
        kind: Kind::Path,
        check: |value| not_empty(value, "a folder"),
        default: "logs",
        help: "The folder of the sessions.",
    },
    Entry {
        key: "glyphs",
        flag: "--glyphs",
        argument: "glyphs",
        variables: &[own("PERCEPTOP_GLYPHS")],
        kind: Kind::Text,
        check: one_of::<GlyphChoice>,
        default: "by the locale",
        help: "Glyphs of charts and bars.",
    },
    Entry {
        key: "colour",
        flag: "--colour",
        argument: "colour",
        variables: &[own("PERCEPTOP_COLOUR"), Variable { name: "NO_COLOR", meaning: Some("none") }],
        kind: Kind::Text,
        check: one_of::<ColourChoice>,
        default: "by `COLORTERM` and `TERM`",
        help: "How many colours are used.",
    },
    Entry {
        key: "background",
        flag: "--background",
        argument: "background",
        variables: &[own("PERCEPTOP_BACKGROUND")],
        kind: Kind::Text,
        check: one_of::<BackgroundChoice>,
        default: "by `COLORFGBG`, else dark",
        help: "The terminal's background, which decides the colours on it.",
    },
    Entry {
        key: "fps",
        flag: "--fps",
        argument: "fps",
        variables: &[own("PERCEPTOP_FPS")],
        kind: Kind::Number,
        check: |value| match value.parse::<u8>() {
            Ok(1..=60) => Ok(()),
            _ => Err("a whole number from 1 to 60".to_owned()),
        },
        default: "4, and 10 just after a key",
        help: "Frames a second at most.",
    },
    Entry {
        key: "smoothing",
        flag: "--smoothing",
        argument: "smoothing",
        variables: &[own("PERCEPTOP_SMOOTHING")],
        kind: Kind::Number,
        check: |value| match value.parse::<Smoothing>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!("one of {}", SMOOTHING.map(|amount| amount.to_string()).join(", "))),
        },
        default: "0.9",
        help: "How much Charts smooth at first.",
    },
];

fn not_empty(value: &str, allowed: &str) -> Result<(), String> {
    if value.is_empty() { Err(allowed.to_owned()) } else { Ok(()) }
}

fn one_of<T: ValueEnum>(value: &str) -> Result<(), String> {
    if T::from_str(value, false).is_ok() {
        return Ok(());
    }
    let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    Err(names.map(|name| format!("{:?}", name.get_name())).collect::<Vec<_>>().join(", "))
}

/// The table as Markdown, for docs/config.md.
#[must_use]
pub fn markdown() -> String {
    let mut table =
        String::from("| key | flag | environment | allowed | default | what it does |\n|---|---|---|---|---|---|\n");
    for entry in ENTRIES {
        let variables: Vec<_> = entry.variables.iter().map(|it| format!("`{}`", it.name)).collect();
        // No entry accepts nothing, so that this is what each allows.
        let allowed = (entry.check)("").err().unwrap_or_default();
        table.extend([
            format!("| `{}` | `{}` | {} | {allowed} ", entry.key, entry.flag, variables.join(" ")),
            format!("| {} | {} |\n", entry.default, entry.help),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::arguments::Arguments;
    use clap::CommandFactory;

    #[test]
    fn every_entry_has_an_argument_a_flag_and_says_what_is_allowed() {
        let command = Arguments::command();
        for entry in ENTRIES {
            assert!(command.get_arguments().any(|it| it.get_id() == entry.argument), "{}", entry.argument);
            let flag = entry.flag.trim_start_matches("--");
            assert!(command.get_arguments().any(|it| it.get_long() == Some(flag)), "{flag}");
            assert!(!(entry.check)("").unwrap_err().is_empty());
        }
    }
}
