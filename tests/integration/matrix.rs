//! Every tab in every state of a run, in every size, colour depth and glyph set: no panic, nothing outside its box, no
//! word cut without a mark.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a frame that cannot be drawn should be seen")]

use perceptop::app::draw;
use perceptop::catalog::Catalog;
use perceptop::protocol::{Event, Holder, Note, Record, SessionSummary, Status, Update};
use perceptop::source::{FileSource, FileSourceSettings, Source};
use perceptop::ui::{Background, Depth, GlyphSet, Model, Settings, Tab, Theme};
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const SIZES: [(u16, u16); 21] = [
    (1, 1),
    (1, 120),
    (400, 1),
    (2, 2),
    (10, 3),
    (39, 9),
    (40, 9),
    (40, 10),
    (41, 11),
    (46, 44),
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
    let mut source = FileSource::open(&corpus(name), FileSourceSettings::default()).unwrap();
    let mut all = Vec::new();
    while !matches!(all.last(), Some(Update::CaughtUp)) {
        source.poll(&mut all, 10_000);
    }
    all
}

fn library() -> Vec<SessionSummary> {
    let mut library = Catalog::open(&corpus(""), None).unwrap();
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
        // Longer than most terminals are wide.
        let text = "the learning rate was lowered by hand because the loss of the last three epochs went up and down";
        let event = Event::Note(Note { text: text.to_owned() });
        let record = Arc::new(Record { v: 1, seq: 1_000, t: 100.0, event });
        live.push(Update::Record { run: run.into(), record });
        live.push(Update::Fault { run: Some(run.to_owned()), message: format!("a fault, and {text}") });
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
        let show = || format!("{what}: the box at {x},{y}\n{}", perceptop::app::Screenshot::Text.of(frame));
        let right = (x + 1..width).find(|&at| symbol(frame, at, y) == "┐").unwrap_or_else(|| panic!("{}", show()));
        let below = (y + 1..height).find(|&at| symbol(frame, x, at) != "│").unwrap_or_else(|| panic!("{}", show()));
        assert_eq!(symbol(frame, x, below), "└", "{}", show());
        assert_eq!(symbol(frame, right, below), "┘", "{}", show());
        assert!((y + 1..below).all(|at| symbol(frame, right, at) == "│"), "{}", show());
    }
}

/// What narrower terminals show of rows of columns and of titles, of which they leave whole parts out.
const WHOLE_PARTS: [&str; 9] = [
    "acc",
    "diverged",
    "fit",
    "fit an image",
    "fit an image test loss",
    "time",
    "mixed",
    "sigmoid-s0",
    "inactive: |dL/dz| < 1e-5",
];

/// A piece of text in a frame.
struct Phrase {
    /// What stands there.
    text: String,
    /// Whether a mark of a cut stands before or behind it.
    is_marked: bool,
    /// The first word of the line below, in the same column: the text may go on there.
    below: String,
}

/// What ends a text: borders, and what charts, gauges and tables are drawn with.
fn is_drawn(letter: char) -> bool {
    matches!(letter, '\u{2500}'..='\u{259f}' | '\u{25a0}'..='\u{25ff}' | '\u{2800}'..='\u{28ff}')
}

/// The texts of a frame: words with one blank between them.
fn phrases(frame: &Buffer) -> Vec<Phrase> {
    let (width, height) = (frame.area.width, frame.area.height);
    let letter = |x: u16, y: u16| symbol(frame, x, y).chars().next().unwrap_or(' ');
    // A gauge's empty part is a row of what between blanks is a dot in a title.
    let is_track = |x: u16, y: u16| {
        letter(x, y) == '·' && [x.wrapping_sub(1), x + 1].iter().any(|&x| letter(x, y) == '·' || is_drawn(letter(x, y)))
    };
    let is_text =
        |x: u16, y: u16| x < width && y < height && letter(x, y) != ' ' && !is_drawn(letter(x, y)) && !is_track(x, y);
    let word = |from: u16, y: u16| -> String {
        (from..width).take_while(|&x| is_text(x, y)).map(|x| symbol(frame, x, y)).collect()
    };
    let mut found = Vec::new();
    for y in 0..height {
        let mut x = 0;
        while x < width {
            if !is_text(x, y) {
                x += 1;
                continue;
            }
            let begin = x;
            while is_text(x, y) || (is_text(x + 1, y) && letter(x, y) == ' ') {
                x += 1;
            }
            let text: String = (begin..x).map(|at| symbol(frame, at, y)).collect();
            // The mark itself may stand apart, in the place of something that did not fit at all.
            let behind = (x..width).map(|at| letter(at, y)).find(|sign| *sign != ' ');
            found.push(Phrase {
                is_marked: text.contains('…') || behind == Some('…'),
                below: word(begin, y + 1),
                text,
            });
        }
    }
    found
}

/// Phrases that stand in a frame without being whole: each is the beginning of one that a wider terminal shows, and of
/// nothing that ends there.
fn cut(phrases: &[Phrase], whole: &BTreeSet<String>) -> Vec<(String, String)> {
    let longer = |phrase: &Phrase| {
        let text = phrase.text.as_str();
        // Figures alone differ from one size to another: the ticks of axes do.
        let has_letters = text.chars().any(char::is_alphabetic);
        if phrase.is_marked || !has_letters || text.len() < 3 || whole.contains(text) || WHOLE_PARTS.contains(&text) {
            return None;
        }
        let longer = whole.range(text.to_owned()..).next()?;
        let rest = longer.strip_prefix(text)?;
        // Wrapped text goes on below.
        let next = rest.split_whitespace().next().unwrap_or("");
        let goes_on = rest.starts_with(' ') && !phrase.below.is_empty() && phrase.below.starts_with(next);
        (!goes_on).then(|| (text.to_owned(), longer.clone()))
    };
    phrases.iter().filter_map(longer).collect()
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

/// What the roomiest terminals show of a tab: nothing is cut there.
fn whole(model: &mut Model) -> BTreeSet<String> {
    let mut whole = BTreeSet::new();
    for glyphs in [GlyphSet::Braille, GlyphSet::Blocks] {
        model.settings.theme = Theme { glyphs, ..Theme::default() };
        for (width, height) in [(400, 120), (200, 60)] {
            let frame = draw(model, width, height).unwrap();
            whole.extend(phrases(&frame).into_iter().filter(|phrase| !phrase.is_marked).map(|phrase| phrase.text));
        }
    }
    whole
}

#[test]
fn every_tab_in_every_state_fits_every_terminal() {
    let (mut frames, mut all_cut) = (0, BTreeMap::new());
    for (state, mut model) in states() {
        for tab in Tab::ALL {
            model.tab = tab;
            let whole = whole(&mut model);
            for (place, (width, height)) in SIZES.into_iter().enumerate() {
                let every = [(40, 10), (80, 24)].contains(&(width, height));
                for (number, glyphs) in GlyphSet::ALL.into_iter().enumerate() {
                    for (depth_number, depth) in Depth::ALL.into_iter().enumerate() {
                        // All of them at two sizes; elsewhere each glyph set in one depth, another at each size.
                        if !every && depth_number != (place + number) % 4 {
                            continue;
                        }
                        let ground = if (place + depth_number) % 2 == 0 { Background::Dark } else { Background::Light };
                        model.settings.theme = Theme { depth, ground, glyphs };
                        let what = format!("{tab:?}, {state}, {width}x{height}, {depth:?}, {glyphs:?}");
                        let frame = draw(&mut model, width, height).unwrap_or_else(|error| panic!("{what}: {error}"));
                        frames += 1;
                        assert_eq!((frame.area.width, frame.area.height), (width, height), "{what}");
                        assert_colours(&frame, depth, &what);
                        if glyphs == GlyphSet::Ascii {
                            assert!(frame.content().iter().all(|cell| cell.symbol().is_ascii()), "{what}");
                            continue;
                        }
                        assert_boxes(&frame, &what);
                        for found in cut(&phrases(&frame), &whole) {
                            all_cut.entry(found).or_insert_with(|| what.clone());
                        }
                    }
                }
            }
        }
    }
    println!("{frames} frames");
    assert!(all_cut.is_empty(), "texts cut without a mark, and where: {all_cut:#?}");
}
