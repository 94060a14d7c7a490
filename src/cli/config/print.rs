//! `perceptop config`: every value in force and where it comes from, in the form of a config file.
//!
//! Does not depend on how values are found.

use super::file::name_of;
use super::in_force::{InForce, Origin, Said};
use super::table::{ENTRIES, Entry, Kind};
use crate::cli::Status;
use crate::cli::arguments::Config;
use crate::cli::data::resolved;
use crate::cli::look::theme;
use crate::ui::keymap::{Binding, Context};
use crate::ui::{Background, Depth, GlyphSet, Model, SMOOTHING, Settings};
use anyhow::Result;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::io::Write;

/// Columns before the comment that says where a value comes from.
const WIDTH: usize = 36;

/// Prints what is in force for a command line that says `wanted`; `matches` tells which flags were typed.
///
/// # Errors
/// When the output cannot be written.
pub(in crate::cli) fn print(
    wanted: &Config,
    in_force: &InForce,
    matches: &ArgMatches,
    out: &mut dyn Write,
) -> Result<Status> {
    match (&in_force.path, &in_force.file) {
        (Some(path), Some(_)) => writeln!(out, "# {}", path.display())?,
        (Some(path), None) => writeln!(out, "# {}: no such file", path.display())?,
        (None, _) => writeln!(out, "# no config file: neither XDG_CONFIG_HOME nor HOME is set")?,
    }
    let file = in_force.path.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    for (entry, said) in ENTRIES.iter().zip(&in_force.said) {
        let flag = entry.flag.trim_start_matches("--");
        let is_typed = matches.value_source(flag) == Some(ValueSource::CommandLine);
        let typed = matches.get_raw(flag).filter(|_| is_typed).and_then(Iterator::last);
        let (value, origin) = match (typed, said) {
            (Some(typed), _) => (Some(typed.to_string_lossy().into_owned()), format!("flag {}", entry.flag)),
            (None, Some(Said { value, origin: Origin::Variable(name) })) => {
                (Some(value.clone()), format!("environment {name}"))
            }
            (None, Some(Said { value, origin: Origin::Line(line) })) => (Some(value.clone()), format!("{file}:{line}")),
            (None, None) => (by_default(entry, wanted), format!("default: {}", entry.default.replace('`', ""))),
        };
        let line = match value {
            Some(value) if entry.kind == Kind::Number => format!("{} = {value}", entry.key),
            Some(value) => format!("{} = {}", entry.key, quoted(&value)),
            None => format!("# {}", entry.key),
        };
        writeln!(out, "{line:WIDTH$} # {origin}")?;
    }
    keys(in_force, &file, out)?;
    Ok(Status::Done)
}

/// What holds for a key of which nothing was said; nothing where that is no single value.
fn by_default(entry: &Entry, wanted: &Config) -> Option<String> {
    let theme = theme(&wanted.screen);
    let value = match entry.key {
        "data" => return Some(resolved(&wanted.data).choice.to_string()),
        "logs" => return Some(wanted.logs.logs.display().to_string()),
        "glyphs" => match theme.glyphs {
            GlyphSet::Braille => "braille",
            GlyphSet::Blocks => "blocks",
            GlyphSet::Ascii => "ascii",
        },
        "colour" => match theme.depth {
            Depth::None => "none",
            Depth::Sixteen => "ansi",
            Depth::Indexed => "indexed",
            Depth::True => "true",
        },
        "background" => match theme.ground {
            Background::Dark => "dark",
            Background::Light => "light",
        },
        "smoothing" => return Some(SMOOTHING[Model::new(Settings::default()).charts.smoothing].to_string()),
        _ => return None,
    };
    Some(value.to_owned())
}

/// The keys of every action that a user may change, a table for each context.
fn keys(in_force: &InForce, file: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let keymap = in_force.keymap();
    for context in Context::REBINDABLE {
        writeln!(out, "\n[keys.{}]", context.name())?;
        for binding in keymap.of(context) {
            let keys: Vec<_> = binding.keys.iter().map(|key| quoted(&key.to_string())).collect();
            let keys = if let [key] = keys.as_slice() { key.clone() } else { format!("[{}]", keys.join(", ")) };
            let line = format!("{} = {keys}", binding.verb.name());
            writeln!(out, "{line:WIDTH$} # {}", origin(in_force, binding, file))?;
        }
    }
    Ok(())
}

/// Where the keys of an action come from.
fn origin(in_force: &InForce, binding: &Binding, file: &str) -> String {
    let changes = in_force.file.iter().flat_map(|file| file.changes.iter().zip(&file.lines));
    let mut of_this = changes.filter(|(change, _)| {
        change.verb == binding.verb && change.context.is_none_or(|context| context == binding.context)
    });
    match of_this.next_back() {
        Some((change, line)) => format!("{file}:{line} {}", name_of(change)),
        None => "default".to_owned(),
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(letter)).chars()),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
