//! Reads `config.toml`: values by the table of keys, and other keys for actions under `[keys]`.
//!
//! The parser is the crate `toml`, whose spans give the lines of messages. Does not depend on flags or the environment.

use super::error::ConfigError;
use super::table::{ENTRIES, Entry, Kind};
use crate::ui::keymap::Context;
use crate::ui::{Key, KeyChange, KeyConflict, Keymap, Verb};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The largest file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// What a config file says, every value checked.
#[derive(Debug)]
pub(super) struct ConfigFile {
    /// Values of the table's keys.
    pub(super) values: Vec<FileValue>,
    /// Other keys for actions, those for all contexts first.
    pub(super) changes: Vec<KeyChange>,
    /// The line of each change.
    pub(super) lines: Vec<usize>,
    /// The keys in force.
    pub(super) keymap: Keymap,
}

/// A value of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileValue {
    /// The key of the table.
    pub(super) key: &'static str,
    /// As a flag would say it.
    pub(super) value: String,
    /// Where it stands, from 1.
    pub(super) line: usize,
}

impl ConfigFile {
    /// Reads a file; `None` when it is not there.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let refused = |source| ConfigError::Read { path: path.to_owned(), source };
        let size = match fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(refused(ErrorKind::IsADirectory.into())),
            Ok(found) if !found.is_file() => {
                return Err(refused(std::io::Error::other("not a regular file")));
            }
            Ok(found) => found.len(),
            // The home folder of another user, as under `sudo -u`, holds no file of this one.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(refused(error)),
        };
        if size > MAX_BYTES {
            return Err(ConfigError::Size { path: path.to_owned(), bytes: size, allowed: MAX_BYTES });
        }
        Self::parse(&fs::read_to_string(path).map_err(refused)?, path).map(Some)
    }

    /// What the text of a file says.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let reader = Reader { text, path };
        let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            path: path.to_owned(),
            line: reader.line(error.span().map_or(0, |span| span.start)),
            message: error.message().to_owned(),
        })?;
        let (mut values, mut general, mut special) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in Reader::sorted(table.get_ref()) {
            let line = reader.line(name.span().start);
            if name.get_ref() == "keys" {
                reader.keys(value, &mut general, &mut special)?;
            } else if let Some(entry) = ENTRIES.iter().find(|entry| entry.key == name.get_ref()) {
                values.push(FileValue { key: entry.key, value: reader.value(entry, value)?, line });
            } else {
                let known: Vec<_> = ENTRIES.iter().map(|entry| entry.key).chain(["keys"]).collect();
                return Err(reader.refused(
                    name.span().start,
                    name.get_ref(),
                    "an unknown key".into(),
                    &known.join(", "),
                ));
            }
        }
        general.append(&mut special);
        let (changes, starts): (Vec<KeyChange>, Vec<usize>) = general.into_iter().unzip();
        let keymap = Keymap::default().with(&changes).map_err(|(at, conflict)| {
            let (change, start) = (&changes[at], starts[at]);
            let (found, allowed) = match conflict {
                KeyConflict::NoAction => ("an action that has no key there".to_owned(), actions(change.context)),
                KeyConflict::Taken { key, other } => (
                    format!("{:?}, which means \"{other}\" at the same time", key.to_string()),
                    "a key that has no other meaning there".to_owned(),
                ),
            };
            reader.refused(start, &name_of(change), found, &allowed)
        })?;
        let lines = starts.into_iter().map(|start| reader.line(start)).collect();
        Ok(Self { values, changes, lines, keymap })
    }
}

/// The dotted key of a change.
pub(super) fn name_of(change: &KeyChange) -> String {
    match change.context {
        Some(context) => format!("keys.{}.{}", context.name(), change.verb.name()),
        None => format!("keys.{}", change.verb.name()),
    }
}

/// The actions of a context, or of all whose keys can be changed.
fn actions(context: Option<Context>) -> String {
    let keymap = Keymap::default();
    let contexts = context.map_or(Context::REBINDABLE.to_vec(), |context| vec![context]);
    let mut names: Vec<_> =
        contexts.iter().flat_map(|context| keymap.of(*context)).map(|binding| binding.verb.name()).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}

/// A text and its place, for messages.
struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

/// A change of keys, and where it begins in the text.
type Placed = (KeyChange, usize);

impl Reader<'_> {
    /// The line of a place in the text, from 1.
    fn line(&self, start: usize) -> usize {
        self.text.as_bytes().iter().take(start).filter(|byte| **byte == b'\n').count() + 1
    }

    fn refused(&self, start: usize, key: &str, found: String, allowed: &str) -> ConfigError {
        let (path, line) = (self.path.to_owned(), self.line(start));
        ConfigError::Value { path, line, key: key.to_owned(), found, allowed: allowed.to_owned() }
    }

    /// The pairs of a table in the order of the file.
    fn sorted<'t, 'i>(
        table: &'t DeTable<'i>,
    ) -> Vec<(&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>)> {
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_by_key(|(name, _)| name.span().start);
        pairs
    }

    /// A value as the file writes it, shortened.
    fn found(&self, value: &Spanned<DeValue<'_>>) -> String {
        let written = self.text.get(value.span()).unwrap_or_default();
        let line = written.lines().next().unwrap_or_default();
        let short: String = line.chars().take(60).collect();
        if short.len() < written.len() { format!("{short}...") } else { short }
    }

    fn value(&self, entry: &Entry, value: &Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        let text = match (entry.kind, value.get_ref()) {
            (Kind::Text | Kind::Path, DeValue::String(text)) => Some(text.to_string()),
            (Kind::Number, DeValue::Integer(number)) if number.radix() == 10 => Some(number.as_str().to_owned()),
            (Kind::Number, DeValue::Float(number)) => Some(number.as_str().to_owned()),
            _ => None,
        };
        let checked = text.as_deref().map_or_else(|| (entry.check)(""), entry.check);
        match (text, checked) {
            (Some(text), Ok(())) => Ok(text),
            (_, checked) => {
                let allowed = checked.err().unwrap_or_default();
                Err(self.refused(value.span().start, entry.key, self.found(value), &allowed))
            }
        }
    }

    /// The table `[keys]`: actions, and tables of actions for one context each.
    fn keys(
        &self,
        value: &Spanned<DeValue<'_>>,
        general: &mut Vec<Placed>,
        special: &mut Vec<Placed>,
    ) -> Result<(), ConfigError> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(self.refused(
                value.span().start,
                "keys",
                self.found(value),
                "a table of actions and their keys",
            ));
        };
        for (name, value) in Self::sorted(table) {
            match value.get_ref() {
                DeValue::Table(inner) => {
                    let context = Context::REBINDABLE.into_iter().find(|it| it.name() == *name.get_ref());
                    let Some(context) = context else {
                        let key = format!("keys.{}", name.get_ref());
                        let known = Context::REBINDABLE.map(Context::name).join(", ");
                        return Err(self.refused(name.span().start, &key, "an unknown context".into(), &known));
                    };
                    for (name, value) in Self::sorted(inner) {
                        special.push(self.change(Some(context), name.get_ref(), name.span().start, value)?);
                    }
                }
                _ => general.push(self.change(None, name.get_ref(), name.span().start, value)?),
            }
        }
        Ok(())
    }

    fn change(
        &self,
        context: Option<Context>,
        name: &str,
        start: usize,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Placed, ConfigError> {
        let key = context.map_or_else(|| format!("keys.{name}"), |it| format!("keys.{}.{name}", it.name()));
        let Some(verb) = Verb::ALL.iter().find(|verb| verb.name() == name) else {
            return Err(self.refused(start, &key, "an unknown action".into(), &actions(context)));
        };
        let mut keys = Vec::new();
        let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::String(text) => text.parse::<Key>().map_err(|error| {
                let allowed = error.to_string();
                let allowed = allowed.trim_start_matches("no such key; allowed are ");
                self.refused(value.span().start, &key, self.found(value), allowed)
            }),
            _ => Err(self.refused(value.span().start, &key, self.found(value), "the name of a key, or a list of them")),
        };
        match value.get_ref() {
            DeValue::Array(list) if !list.is_empty() => {
                for value in list {
                    keys.push(one(value)?);
                }
            }
            _ => keys.push(one(value)?),
        }
        Ok((KeyChange { context, verb: *verb, keys }, start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        ConfigFile::parse(text, Path::new("config.toml")).unwrap_err().to_string()
    }

    #[test]
    fn values_are_read_with_their_lines() {
        let text = "# mine\nlogs = \"runs\"\nfps = 10\n\nsmoothing = 0.97\n";
        let file = ConfigFile::parse(text, Path::new("config.toml")).unwrap();
        let values: Vec<_> = file.values.iter().map(|it| (it.key, it.value.as_str(), it.line)).collect();
        assert_eq!(values, [("logs", "runs", 2), ("fps", "10", 3), ("smoothing", "0.97", 5)]);
        assert_eq!(ConfigFile::parse("", Path::new("config.toml")).unwrap().keymap, Keymap::default());
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_place_and_what_is_allowed() {
        insta::assert_snapshot!(
            [
                "glyph = \"ascii\"",
                "\nglyphs = \"ascci\"",
                "fps = 400",
                "fps = \"4\"",
                "logs = [\"a\",\n \"b\"]",
                "smoothing = 0.5",
                "logs = \"a\"\nlogs = \"b\"",
                "logs = ",
                "keys = 3",
                "[keys]\nquit = \"QQ\"",
                "[keys]\nquit = []",
                "[keys]\nquit = [\"Q\", 3]",
                "[keys]\nleave = \"Q\"",
                "[keys]\nmark = \"T\"\nquit = \"x\"",
                "[keys.chart]\nscale = \"L\"",
                "[keys.charts]\nquit = \"L\"",
            ]
            .map(refused)
            .join("\n")
        );
    }

    #[test]
    fn keys_of_one_context_come_after_those_of_all() {
        let text = "[keys.charts]\nscale = \"L\"\n[keys]\nscale = [\"V\", \"ctrl-v\"]\n";
        let file = ConfigFile::parse(text, Path::new("config.toml")).unwrap();
        let meaning = |context, key| file.keymap.meaning(&[context], key);
        assert_eq!(meaning(Context::Charts, Key::char('L')), Some(Verb::Scale));
        assert_eq!(meaning(Context::Charts, Key::char('V')), None);
        assert_eq!(meaning(Context::Compare, Key::ctrl('v')), Some(Verb::Scale));
        assert_eq!(file.lines, [4, 2]);
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        let whole = "logs = \"é\"\nfps = 1_0\n[keys]\nquit = [\"Q\", \"ctrl-q\"]\n[keys.charts]\nscale='L'";
        for end in (0..=whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            let _ = ConfigFile::parse(&whole[..end], Path::new("config.toml"));
        }
        let deep = format!("logs = {}", "[".repeat(100_000));
        assert!(ConfigFile::parse(&deep, Path::new("config.toml")).is_err());
    }
}
