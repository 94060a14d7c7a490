//! `perceptop show`: one frame of the monitor, written to the standard output.
//!
//! Does not depend on what is on it.

use super::Status;
use super::arguments::{Format, Show};
use super::look::{is_shelf, list, located, open_once, settings, theme};
use super::status::UsageError;
use crate::app::{FrameRequest, Screenshot, check_keys, render_once};
use crate::format::clean_text;
use crate::format::{column_names, passed_over_lines, runs_in, runs_of_file};
use crate::record::SessionFolder;
use crate::source::{Columns, Source};
use crate::ui::{Depth, GlyphSet, Settings, Tab, Theme};
use anyhow::{Result, bail};
use std::io::{self, Write};
use std::path::Path;

/// Draws one frame.
pub(super) fn show(wanted: &Show, out: &mut dyn Write) -> Result<Status> {
    let names = || Tab::ALL.map(|tab| tab.title().to_ascii_lowercase()).join(", ");
    let tab = Tab::named(&wanted.tab)
        .ok_or_else(|| UsageError(format!("--tab {:?}: allowed are {}", wanted.tab, names())))?;
    check_keys(&wanted.keys).map_err(UsageError)?;
    let path = located(&wanted.path, &wanted.logs.logs)?;
    let columns = Columns { x: wanted.x.clone(), y: wanted.y.clone(), split: wanted.split.clone() };
    let found = theme(&wanted.screen);
    let picture = match wanted.format {
        Format::Text => Screenshot::Text,
        Format::Ansi => Screenshot::Ansi,
        Format::Svg => Screenshot::Svg(found.ground),
    };
    // A file or a pipe says nothing of what will show it: all colours and glyphs are there unless refused.
    let theme = Theme {
        depth: if wanted.screen.colour.is_some() || found.depth == Depth::None { found.depth } else { Depth::Indexed },
        glyphs: if wanted.screen.glyphs.is_some() || has_locale() { found.glyphs } else { GlyphSet::Braille },
        ..found
    };
    let shelf = is_shelf(&path).then(|| Path::new(&path));
    check_columns(Path::new(&path), &columns)?;
    let mut source = match shelf {
        Some(_) => None,
        None => Some(open_once(&path, columns)?),
    };
    let request = FrameRequest {
        // The sessions beside the one that is shown are no part of it.
        library: match Path::new(&path) {
            folder if folder.is_dir() && (tab == Tab::Logs || shelf.is_some()) => list(folder)?,
            _ => Vec::new(),
        },
        source: source.as_mut().map(|source| source.as_mut() as &mut dyn Source),
        tab: if shelf.is_some() { Tab::Logs } else { tab },
        run: wanted.run.as_deref(),
        metric: wanted.metric.as_deref(),
        keys: &wanted.keys,
        size: (wanted.size.width, wanted.size.height),
    };
    let frame = render_once(request, &Settings { theme, step_name: wanted.x.clone(), ..settings(&wanted.screen) })?;
    out.write_all(picture.of(&frame).as_bytes())?;
    if shelf.is_none() && Path::new(&path).is_dir() && SessionFolder::open(Path::new(&path)).is_err() {
        for line in passed_over_lines(Path::new(&path)).lines().filter(|line| !line.is_empty()) {
            // The frame is there; that nobody reads this is no failure.
            let _ = writeln!(io::stderr(), "not read: {}", clean_text(line.trim()));
        }
    }
    Ok(Status::Done)
}

/// Whether the environment names a locale; without one, what will show a frame is unknown.
fn has_locale() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().any(|name| std::env::var_os(name).is_some_and(|locale| !locale.is_empty()))
}

/// Refuses columns that no file at `path` has, naming those that there are.
fn check_columns(path: &Path, columns: &Columns) -> Result<()> {
    let wanted = columns.x.iter().map(|name| ("--x", name)).chain(columns.y.iter().map(|name| ("--y", name)));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() || !path.exists() {
        return Ok(());
    }
    let runs = if path.is_dir() { runs_in(path) } else { runs_of_file(path)? };
    let mut names: Vec<String> = Vec::new();
    let mut add = |columns: Columns| -> Result<()> {
        for mut reader in runs.iter().filter_map(|run| run.reader(columns.clone())) {
            names.extend(
                column_names(&mut reader)?.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>(),
            );
        }
        Ok(())
    };
    add(Columns { split: columns.split.clone(), ..Columns::default() })?;
    // A column of times is no metric, but may count as the step.
    add(Columns { y: Vec::new(), ..columns.clone() })?;
    let is_there =
        |name: &String| names.iter().any(|it| it == name || (name.ends_with('/') && it.starts_with(name.as_str())));
    match wanted.into_iter().find(|(_, name)| !is_there(name)) {
        Some((flag, name)) => bail!(
            "{flag} {name}: no such column of numbers in {}; there are: {}",
            path.display(),
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        ),
        None => Ok(()),
    }
}
