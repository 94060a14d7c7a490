//! Every tab in every state of a run, in every size, colour depth and glyph set: no panic, nothing outside its box, no
//! word cut without a mark.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a frame that cannot be drawn should be seen")]

use perceptop::app::draw;
use perceptop::protocol::{Holder, SessionSummary, Status, Update};
use perceptop::source::{Folder, FolderSettings, Library, Source};
use perceptop::ui::{Depth, GlyphSet, Ground, Model, Settings, Tab, Theme};
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const SIZES: [(u16, u16); 20] = [
    (1, 1),
    (1, 120),
    (400, 1),
    (2, 2),
    (10, 3),
    (39, 9),
    (40, 9),
    (40, 10),
    (41, 11),
    (53, 13),
    (60, 40),
    (67, 18),
    (79, 23),
    (80, 24),
    (81, 25),
    (100, 30),
    (120, 40),
    (132, 50),
    (200, 60),
    (400, 120),
];

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

fn updates(name: &str) -> Vec<Update> {
    let mut source = Folder::open(&corpus(name), FolderSettings::default()).unwrap();
    let mut all = Vec::new();
    while !matches!(all.last(), Some(Update::CaughtUp)) {
        source.poll(&mut all, 10_000);
    }
    all
}

fn library() -> Vec<SessionSummary> {
    let mut library = Library::open(&corpus("")).unwrap();
    library.refresh();
    library.sessions().to_vec()
}

/// The states by name, and the run that stands in each.
fn states() -> Vec<(&'static str, Model)> {
    let all = updates("session");
    let of = |updates: &[Update], selected: &str| {
        let settings = Settings { source: "matrix".to_owned(), takes_commands: true, ..Settings::default() };
        let mut model = Model::new(settings);
        for update in updates {
            model.apply(update);
        }
        if model.session.run(selected).is_some() {
            model.selected = Some(selected.into());
        }
        model.set_library(library());
        model
    };
    let mut live = all.clone();
    for run in ["relu-s1", "noisy-s0"] {
        let holder = Some(Holder { host: "here".to_owned(), pid: 7 });
        live.push(Update::Holder { run: run.into(), holder });
    }
    let states = vec![
        ("empty", of(&[], "")),
        ("queued", of(&live, "waits-s0")),
        ("running", of(&live, "noisy-s0")),
        ("paused", of(&live, "relu-s1")),
        ("diverged", of(&live, "wild-s0")),
        ("failed", of(&live, "broken-s0")),
        ("stopped", of(&live, "ended-s0")),
        ("finished", of(&live, "relu-s0")),
        ("features", of(&live, "near-s0")),
        ("foreign", of(&updates("others"), "torch")),
    ];
    for (name, wanted) in [
        ("queued", Status::Queued),
        ("running", Status::Running),
        ("paused", Status::Paused),
        ("diverged", Status::Diverged),
        ("failed", Status::Failed),
        ("stopped", Status::Stopped),
        ("finished", Status::Finished),
    ] {
        let (_, model) = states.iter().find(|(state, _)| *state == name).unwrap();
        assert_eq!(model.run().unwrap().status, wanted, "{name}");
    }
    assert!(!states.last().unwrap().1.session.runs().is_empty());
    states
}

fn symbol(frame: &Buffer, x: u16, y: u16) -> &str {
    frame.cell((x, y)).map_or("", |cell| cell.symbol())
}

/// Whether every box of the frame has its whole border: what is written outside of its box lies on one.
fn assert_boxes(frame: &Buffer, what: &str) {
    let (width, height) = (frame.area.width, frame.area.height);
    for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x, y))) {
        if symbol(frame, x, y) != "┌" {
            continue;
        }
        let show = || format!("{what}: the box at {x},{y}\n{}", perceptop::app::Picture::Text.of(frame));
        let right = (x + 1..width).find(|&at| symbol(frame, at, y) == "┐").unwrap_or_else(|| panic!("{}", show()));
        let below = (y + 1..height).find(|&at| symbol(frame, x, at) != "│").unwrap_or_else(|| panic!("{}", show()));
        assert_eq!(symbol(frame, x, below), "└", "{}", show());
        assert_eq!(symbol(frame, right, below), "┘", "{}", show());
        assert!((y + 1..below).all(|at| symbol(frame, right, at) == "│"), "{}", show());
    }
}

/// Letters next to each other, each with whether something other than a blank ends it.
fn words(frame: &Buffer) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for y in 0..frame.area.height {
        let mut word = String::new();
        for x in 0..=frame.area.width {
            let next = symbol(frame, x, y);
            match next.chars().next() {
                Some(letter) if letter.is_ascii_alphabetic() => word.push(letter),
                end => {
                    // A border, or the screen's own.
                    let is_edge = matches!(end, None | Some('│' | '┐' | '┌'));
                    if word.len() >= 3 {
                        found.push((std::mem::take(&mut word), is_edge));
                    }
                    word.clear();
                }
            }
        }
    }
    found
}

fn assert_colours(frame: &Buffer, depth: Depth, what: &str) {
    for cell in frame.content() {
        for colour in [cell.fg, cell.bg] {
            let allowed = match depth {
                Depth::None => colour == Color::Reset,
                Depth::Sixteen => !matches!(colour, Color::Indexed(16..) | Color::Rgb(..)),
                Depth::Indexed => !matches!(colour, Color::Rgb(..)),
                Depth::True => true,
            };
            assert!(allowed, "{what}: {colour:?}");
        }
    }
}

#[test]
fn every_tab_in_every_state_fits_every_terminal() {
    let mut frames = 0;
    // Words that stand free somewhere, and those at an edge with one place each.
    let mut free = BTreeSet::new();
    let mut edges = BTreeMap::new();
    for (state, mut model) in states() {
        for tab in Tab::ALL {
            model.tab = tab;
            for (place, (width, height)) in SIZES.into_iter().enumerate() {
                let whole = [(40, 10), (80, 24)].contains(&(width, height));
                for (number, glyphs) in GlyphSet::ALL.into_iter().enumerate() {
                    for (depth_number, depth) in Depth::ALL.into_iter().enumerate() {
                        // All of them at two sizes; elsewhere each glyph set in one depth, another at each size.
                        if !whole && depth_number != (place + number) % 4 {
                            continue;
                        }
                        let ground = if (place + depth_number) % 2 == 0 { Ground::Dark } else { Ground::Light };
                        model.settings.theme = Theme { depth, ground, glyphs };
                        let what = format!("{tab:?}, {state}, {width}x{height}, {depth:?}, {glyphs:?}");
                        let frame = draw(&model, width, height).unwrap_or_else(|error| panic!("{what}: {error}"));
                        frames += 1;
                        assert_eq!((frame.area.width, frame.area.height), (width, height), "{what}");
                        assert_colours(&frame, depth, &what);
                        if glyphs == GlyphSet::Ascii {
                            assert!(frame.content().iter().all(|cell| cell.symbol().is_ascii()), "{what}");
                            continue;
                        }
                        assert_boxes(&frame, &what);
                        for (word, is_edge) in words(&frame) {
                            if is_edge {
                                edges.entry(word).or_insert_with(|| what.clone());
                            } else {
                                free.insert(word);
                            }
                        }
                    }
                }
            }
        }
    }
    let cut: Vec<_> = edges.iter().filter(|(word, _)| !free.contains(*word)).collect();
    println!("{frames} frames, {} words", free.len());
    assert!(cut.is_empty(), "words cut without a mark, and where: {cut:#?}");
}
