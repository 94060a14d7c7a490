//! What is in force: the environment before the file, as defaults of the command line's flags.
//!
//! Does not depend on what a setting does.

use super::error::ConfigError;
use super::file::ConfigFile;
use super::table::{ENTRIES, Entry, Kind, Variable};
use crate::ui::Keymap;
use std::path::{Path, PathBuf};

/// The file and the environment together.
#[derive(Debug, Default)]
pub(in crate::cli) struct InForce {
    /// Where the file is or would be; nothing without a home folder.
    pub(super) path: Option<PathBuf>,
    /// The file, where it is.
    pub(super) file: Option<ConfigFile>,
    /// What was said of each key of the table, in its order.
    pub(super) said: Vec<Option<Said>>,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// As a flag would say it.
    pub(super) value: String,
    /// The variable, or else the line of the file.
    pub(super) origin: Origin,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// In an environment variable.
    Variable(&'static str),
    /// On a line of the file.
    Line(usize),
}

impl InForce {
    /// Reads the file and the variables that `variable` looks up.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub(in crate::cli) fn load(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = set("HOME").map(PathBuf::from);
        let folder = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        let path = folder.or_else(|| Some(home.as_ref()?.join(".config"))).map(|it| it.join("perceptop/config.toml"));
        let file = path.as_deref().map(ConfigFile::read).transpose()?.flatten();
        let said = ENTRIES.iter().map(|entry| said(entry, &set, file.as_ref(), home.as_deref()));
        let said = said.collect::<Result<_, _>>()?;
        Ok(Self { path, file, said })
    }

    /// The command line with these values as the defaults of its flags.
    pub(in crate::cli) fn defaults(&self, command: clap::Command) -> clap::Command {
        let command = command.mut_args(|argument| {
            let found = ENTRIES.iter().zip(&self.said).find(|(entry, _)| argument.get_id() == entry.argument);
            match found {
                Some((_, Some(said))) => argument.default_value(said.value.clone()),
                _ => argument,
            }
        });
        command.mut_subcommands(|command| self.defaults(command))
    }

    /// What keys mean.
    pub(in crate::cli) fn keymap(&self) -> Keymap {
        self.file.as_ref().map_or_else(Keymap::default, |file| file.keymap.clone())
    }
}

fn said(
    entry: &Entry,
    set: &impl Fn(&str) -> Option<String>,
    file: Option<&ConfigFile>,
    home: Option<&Path>,
) -> Result<Option<Said>, ConfigError> {
    for Variable { name, meaning } in entry.variables {
        let Some(found) = set(name) else { continue };
        let value = meaning.map_or_else(|| found.clone(), str::to_owned);
        (entry.check)(&value).map_err(|allowed| ConfigError::Variable { variable: name, found, allowed })?;
        return Ok(Some(Said { value, origin: Origin::Variable(name) }));
    }
    let written = file.and_then(|file| file.values.iter().find(|value| value.key == entry.key));
    Ok(written.map(|written| {
        let below_home = written.value.strip_prefix("~/").filter(|_| entry.kind == Kind::Path);
        let value = match (below_home, home) {
            (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
            _ => written.value.clone(),
        };
        Said { value, origin: Origin::Line(written.line) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(folder: &Path, pairs: &[(&str, &str)]) -> Result<InForce, ConfigError> {
        InForce::load(|name| match name {
            "HOME" => Some(folder.to_str()?.to_owned()),
            _ => pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()),
        })
    }

    fn said<'a>(in_force: &'a InForce, key: &str) -> Option<&'a Said> {
        let at = ENTRIES.iter().position(|entry| entry.key == key).unwrap();
        in_force.said[at].as_ref()
    }

    #[test]
    fn the_environment_comes_before_the_file_and_home_is_found() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join(".config/perceptop")).unwrap();
        let file = home.path().join(".config/perceptop/config.toml");
        std::fs::write(&file, "logs = \"~/logs\"\nglyphs = \"ascii\"\ncolour = \"true\"\n").unwrap();
        let in_force = load(home.path(), &[("PERCEPTOP_GLYPHS", "blocks"), ("NO_COLOR", "1")]).unwrap();
        assert_eq!(in_force.path, Some(file));
        let logs = Said { value: home.path().join("logs").to_str().unwrap().to_owned(), origin: Origin::Line(1) };
        assert_eq!(said(&in_force, "logs"), Some(&logs));
        let glyphs = Said { value: "blocks".to_owned(), origin: Origin::Variable("PERCEPTOP_GLYPHS") };
        assert_eq!(said(&in_force, "glyphs"), Some(&glyphs));
        assert_eq!(said(&in_force, "colour").unwrap().value, "none", "NO_COLOR is a variable like others");
        assert_eq!(said(&in_force, "fps"), None);
        let error = load(home.path(), &[("PERCEPTOP_FPS", "61")]).unwrap_err().to_string();
        assert_eq!(error, "PERCEPTOP_FPS: found \"61\"; allowed: a whole number from 1 to 60");
        assert!(load(home.path(), &[("PERCEPTOP_FPS", "")]).is_ok(), "empty is not set");
    }

    #[test]
    fn values_become_the_defaults_of_flags_and_flags_win() {
        use crate::cli::arguments::{Arguments, Command};
        use clap::{CommandFactory, FromArgMatches};
        let home = tempfile::tempdir().unwrap();
        let in_force = load(home.path(), &[("PERCEPTOP_LOGS", "elsewhere"), ("PERCEPTOP_FPS", "9")]).unwrap();
        let parsed = |typed: &[&str]| {
            let matches = in_force.defaults(Arguments::command()).try_get_matches_from(typed).unwrap();
            Arguments::from_arg_matches(&matches).unwrap()
        };
        let monitor = parsed(&["perceptop"]);
        assert_eq!((monitor.training.logs.logs.to_str(), monitor.training.screen.fps), (Some("elsewhere"), Some(9)));
        let Some(Command::Review(review)) = parsed(&["perceptop", "review", "--logs", "here"]).command else {
            panic!("review");
        };
        assert_eq!((review.logs.logs.to_str(), review.screen.fps), (Some("here"), Some(9)));
    }
}
