//! Looking at sessions: `review`, `attach`, `show`, `sessions`, and what the screen is offered.

use super::arguments::{ColourChoice, DataChoice, GlyphChoice, GroundChoice, Screen};
use super::data::{MNIST, resolved};
use crate::app::{Doors, looks};
use crate::dataset::{Choice, load};
use crate::ui::{Depth, GlyphSet, Ground, Settings, Theme};
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn theme(screen: &Screen) -> Theme {
    let found = looks::theme(|name| std::env::var(name).ok());
    Theme {
        depth: screen.colour.map_or(found.depth, |colour| match colour {
            ColourChoice::None => Depth::None,
            ColourChoice::Ansi => Depth::Sixteen,
            ColourChoice::Indexed => Depth::Indexed,
            ColourChoice::True => Depth::True,
        }),
        glyphs: screen.glyphs.map_or(found.glyphs, |glyphs| match glyphs {
            GlyphChoice::Braille => GlyphSet::Braille,
            GlyphChoice::Blocks => GlyphSet::Blocks,
            GlyphChoice::Ascii => GlyphSet::Ascii,
        }),
        ground: screen.ground.map_or(found.ground, |ground| match ground {
            GroundChoice::Dark => Ground::Dark,
            GroundChoice::Light => Ground::Light,
        }),
    }
}

pub(super) fn settings(screen: &Screen) -> Settings {
    Settings { theme: theme(screen), ..Settings::default() }
}

pub(super) fn session_folder(named: &Path, logs: &Path) -> PathBuf {
    let inside = logs.join(named);
    if !named.exists() && inside.exists() { inside } else { named.to_owned() }
}

pub(super) fn doors(logs: &Path, data: &DataChoice) -> Doors {
    let fallback = resolved(data).choice;
    Doors {
        open: Arc::new(|path| bail!("{path}: not yet")),
        list: Arc::new(|| Ok(Vec::new())),
        images: Arc::new(move |folder| {
            let choice = folder.map_or(fallback.clone(), |folder| Choice::Folder(folder.into()));
            Ok(load(&choice, Path::new(MNIST))?.test)
        }),
        mnist: MNIST.into(),
        pictures: logs.join("screens"),
        views: views(),
    }
}

/// `$XDG_STATE_HOME/perceptop/views`, by default below `~/.local/state`.
fn views() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state"));
    Some(state.or_else(home)?.join("perceptop/views"))
}
