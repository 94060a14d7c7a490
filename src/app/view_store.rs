//! Views remembered from one start to the next: a small file for each session, and one for each folder of sessions.
//!
//! Does not depend on what a view holds. What cannot be read was not remembered.

use crate::catalog::name_of_place;
use crate::output;
use crate::ui::{LogsViewState, ViewState};
use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder of remembered views; nothing is remembered where there is none.
pub(super) struct Views<'a> {
    folder: Option<&'a Path>,
}

impl<'a> Views<'a> {
    pub(super) fn new(folder: Option<&'a Path>) -> Self {
        Self { folder }
    }

    /// How the session at a path was looked at.
    pub(super) fn session(&self, place: &str) -> Option<ViewState> {
        self.read("session", place)
    }

    /// How the sessions of a folder were looked at.
    pub(super) fn catalog_path(&self, folder: &Path) -> Option<LogsViewState> {
        self.read("logs", &folder.to_string_lossy())
    }

    pub(super) fn keep_session(&self, place: &str, facts: &ViewState) -> Result<()> {
        self.write("session", place, facts)
    }

    pub(super) fn keep_shelf(&self, folder: &Path, facts: &LogsViewState) -> Result<()> {
        self.write("logs", &folder.to_string_lossy(), facts)
    }

    /// The file for a place.
    fn file(&self, kind: &str, place: &str) -> Option<PathBuf> {
        if place.is_empty() {
            return None;
        }
        Some(self.folder?.join(format!("{kind}-{}.json", name_of_place(Path::new(place)))))
    }

    fn read<T: DeserializeOwned>(&self, kind: &str, place: &str) -> Option<T> {
        serde_json::from_str(&fs::read_to_string(self.file(kind, place)?).ok()?).ok()
    }

    fn write<T: Serialize>(&self, kind: &str, place: &str, facts: &T) -> Result<()> {
        let Some((path, folder)) = self.file(kind, place).zip(self.folder) else { return Ok(()) };
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let text = serde_json::to_string(facts)?;
        output::replace(&path, output::PRIVATE, |file| file.write_all(text.as_bytes()))
            .with_context(|| path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_has_its_own_view() {
        let folder = tempfile::tempdir().unwrap();
        let views = Views::new(Some(folder.path()));
        let facts = |filter: &str| ViewState { filter: filter.to_owned(), ..ViewState::default() };
        for place in ["/a/run.jsonl", "/b/run.jsonl", "/b/../\u{1b}[2J"] {
            assert_eq!(views.session(place), None);
            views.keep_session(place, &facts(place)).unwrap();
        }
        for place in ["/a/run.jsonl", "/b/run.jsonl", "/b/../\u{1b}[2J"] {
            assert_eq!(views.session(place), Some(facts(place)));
        }
        views.keep_session("", &facts("nowhere")).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        assert_eq!(Views::new(None).session("/a/run.jsonl"), None);
    }
}
