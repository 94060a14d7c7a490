//! `perceptop show`: one frame of the monitor, written to the standard output.
//!
//! Must not know what is on it.

use super::Status;
use super::arguments::{Format, Show};
use super::look::{is_shelf, list, open, theme};
use crate::app::{Picture, Scene, picture_of};
use crate::source::{Columns, Source};
use crate::ui::{Depth, GlyphSet, Settings, Tab, Theme};
use anyhow::{Result, anyhow};
use std::io::Write;
use std::path::Path;

/// Draws one frame.
pub(super) fn show(wanted: &Show, out: &mut dyn Write) -> Result<Status> {
    let names = || Tab::ALL.map(|tab| tab.title().to_ascii_lowercase()).join(", ");
    let tab = Tab::named(&wanted.tab).ok_or_else(|| anyhow!("--tab {:?}: allowed are {}", wanted.tab, names()))?;
    let found = theme(&wanted.screen);
    let picture = match wanted.format {
        Format::Text => Picture::Text,
        Format::Ansi => Picture::Ansi,
        Format::Svg => Picture::Svg(found.ground),
    };
    // A file or a pipe says nothing of what will show it: all colours and glyphs are there unless refused.
    let theme = Theme {
        depth: if wanted.screen.colour.is_some() || found.depth == Depth::None { found.depth } else { Depth::Indexed },
        glyphs: if wanted.screen.glyphs.is_some() { found.glyphs } else { GlyphSet::Braille },
        ..found
    };
    let shelf = is_shelf(&wanted.path).then(|| Path::new(&wanted.path));
    let mut source = match shelf {
        Some(_) => None,
        None => Some(open(&wanted.path, Columns { x: wanted.x.clone(), y: wanted.y.clone() }, true)?),
    };
    let scene = Scene {
        // The sessions beside the one that is shown are no part of it.
        library: match Path::new(&wanted.path) {
            folder if folder.is_dir() && (tab == Tab::Logs || shelf.is_some()) => list(folder)?,
            _ => Vec::new(),
        },
        source: source.as_mut().map(|source| source.as_mut() as &mut dyn Source),
        tab: if shelf.is_some() { Tab::Logs } else { tab },
        keys: &wanted.keys,
        size: (wanted.size.width, wanted.size.height),
    };
    let frame = picture_of(scene, &Settings { theme, ..Settings::default() })?;
    out.write_all(picture.of(&frame).as_bytes())?;
    Ok(Status::Done)
}
