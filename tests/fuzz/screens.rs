//! Keys, pastes, clicks, time and sizes, as bytes: what the screen does with them, and what it draws.

use perceptop::protocol::Update;
use perceptop::source::{FileSource, FileSourceSettings, Source};
use perceptop::ui::{Action, Background, Code, Depth, GlyphSet, Key, Model, Settings, Tab, Theme, update, view};
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

/// A screen on a session that takes commands.
pub(crate) fn settings() -> Settings {
    Settings {
        keymap: perceptop::ui::Keymap::default(),
        smoothing: None,
        theme: Theme::default(),
        step_name: None,
        source: "fuzz".to_owned(),
        takes_commands: true,
        takes_notes: true,
        in_process: true,
        asks_for_data: false,
    }
}

/// Bytes taken one after another; zeros past their end.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl<'a> Bytes<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self(data.iter())
    }

    fn next(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn is_over(&self) -> bool {
        self.0.len() == 0
    }

    fn text(&mut self) -> String {
        let length = usize::from(self.next() % 32);
        let bytes: Vec<u8> = (0..length).map(|_| self.next()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A session of every kind of run, from the committed logs.
fn updates() -> &'static [Update] {
    static UPDATES: OnceLock<Vec<Update>> = OnceLock::new();
    UPDATES.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The same path from `tests/fuzz` and from `fuzz/`.
        let root = if root.ends_with("fuzz") { root.parent().unwrap() } else { root };
        let mut all = Vec::new();
        for place in ["tests/corpus/session", "tests/corpus/others"] {
            let mut source = FileSource::open(&root.join(place), FileSourceSettings::default()).unwrap();
            while !matches!(all.last(), Some(Update::CaughtUp)) {
                source.poll(&mut all, 10_000);
            }
            all.pop();
        }
        all
    })
}

fn theme(byte: u8) -> Theme {
    let ground = if byte & 1 == 0 { Background::Dark } else { Background::Light };
    Theme {
        depth: Depth::ALL[usize::from(byte >> 1) % Depth::ALL.len()],
        ground,
        glyphs: GlyphSet::ALL[usize::from(byte >> 3) % GlyphSet::ALL.len()],
    }
}

/// Columns and lines that most terminals here have at most.
const SMALL: (u16, u16) = (64, 20);

/// Draws a frame and looks at every cell; without the difference to the frame before, which is not at stake here.
fn draw(model: &mut Model, width: u16, height: u16) {
    thread_local! {
        // Making the cells of a small terminal takes longer than drawing on them.
        static TERMINALS: RefCell<BTreeMap<(u16, u16), Terminal<TestBackend>>> = RefCell::default();
    }
    let new = || {
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, width, height)) };
        Terminal::with_options(TestBackend::new(1, 1), options).unwrap()
    };
    if width <= SMALL.0 && height <= SMALL.1 {
        TERMINALS.with_borrow_mut(|small| draw_on(model, small.entry((width, height)).or_insert_with(new)));
    } else {
        draw_on(model, &mut new());
    }
}

fn draw_on(model: &mut Model, terminal: &mut Terminal<TestBackend>) {
    terminal.current_buffer_mut().reset();
    model.layout = view(model, &mut terminal.get_frame());
    for cell in terminal.current_buffer_mut().content() {
        let symbol = cell.symbol();
        let is_obeyed = match symbol.as_bytes() {
            [byte] => byte.is_ascii_control(),
            _ => symbol.chars().any(char::is_control),
        };
        assert!(!is_obeyed, "{symbol:?}");
    }
}

/// A number below 256 that changes with every byte: what is dear and chosen by it stays seldom among the mutants of an
/// input that has it.
fn lot(data: &[u8]) -> u8 {
    (data.iter().fold(7_u32, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193)) >> 16) as u8
}

/// One of three sessions that were heard already: mostly of one run, sometimes of none or of every kind of run.
fn session(lot: u8) -> Model {
    thread_local! {
        static MODELS: [Model; 3] = [usize::MAX, 60, 0].map(|most| {
            let mut model = Model::new(settings());
            updates().iter().take(most).for_each(|update| model.apply(update));
            model
        });
    }
    let which = match lot % 32 {
        0 => 0,
        1..=27 => 1,
        _ => 2,
    };
    MODELS.with(|models| models[which].clone())
}

/// A size of the terminal: mostly small, seldom the largest there is.
fn size(lot: u8, bytes: &mut Bytes<'_>) -> (u16, u16) {
    let (wide, high) = (u32::from(bytes.next()), u32::from(bytes.next()));
    let (most_wide, most_high) = match lot {
        0..=249 => SMALL,
        250..=254 => (132, 50),
        255 => (400, 120),
    };
    let part = |byte: u32, most: u16| (1 + byte * u32::from(most) / 256) as u16;
    (part(wide, most_wide), part(high, most_high))
}

/// Anything that can happen to a screen, one thing after another, and a frame at the end of some.
pub(crate) fn keys(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let look = bytes.next();
    // Sizes are what `sizes` is for.
    let (width, height) = size(0, &mut bytes);
    let mut model = session(lot(data));
    model.settings.theme = theme(look);
    let mut fed = updates().iter().cycle();
    // More than anybody would type between two frames.
    for _ in 0..32 {
        if bytes.is_over() {
            break;
        }
        let action = match bytes.next() {
            byte @ 0..=160 => press(byte, &mut bytes),
            161..=180 => Action::Paste(bytes.text()),
            181..=190 => Action::Click(bytes.next().into(), bytes.next().into()),
            191..=196 => Action::Wheel(bytes.next().cast_signed()),
            197..=206 => {
                Action::Tick { elapsed: Duration::from_millis(u64::from(bytes.next()) << (bytes.next() % 24)) }
            }
            207..=210 => Action::Measured { bytes_per_second: f64::from(bytes.next()) / f64::from(bytes.next()) },
            211..=214 => Action::Say(bytes.text()),
            215..=218 => Action::Fault(bytes.text()),
            219..=220 => {
                draw(&mut model, width, height);
                continue;
            }
            _ => {
                if let Some(update) = fed.next() {
                    model.apply(update);
                }
                continue;
            }
        };
        let _ = update(&mut model, action);
    }
    // Three in four are left to `sizes`: a frame costs more than everything before it.
    if look >= 192 {
        draw(&mut model, width, height);
    }
}

fn press(byte: u8, bytes: &mut Bytes<'_>) -> Action {
    const CODES: [Code; 14] = [
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::BackTab,
        Code::Backspace,
        Code::Delete,
        Code::Up,
        Code::Down,
        Code::Left,
        Code::Right,
        Code::PageUp,
        Code::PageDown,
        Code::Home,
        Code::End,
    ];
    Action::Press(match byte {
        32..=126 => Key::char(char::from(byte)),
        0..=31 => Key::ctrl(char::from(b'a' + byte % 26)),
        127..=154 => Key::plain(CODES[usize::from(byte - 127) % CODES.len()]),
        _ => Key::char(char::from_u32(u32::from(bytes.next()) << 8 | u32::from(bytes.next())).unwrap_or('\u{1f600}')),
    })
}

/// One tab of a session at any size up to 400x120, in any colours and glyphs, after some keys.
pub(crate) fn sizes(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (look, tab) = (bytes.next(), bytes.next());
    let (width, height) = size(lot(data), &mut bytes);
    let mut model = session(lot(data));
    model.settings.theme = theme(look);
    model.tab = Tab::ALL[usize::from(tab) % Tab::ALL.len()];
    for _ in 0..8 {
        if bytes.is_over() {
            break;
        }
        let action = press(bytes.next(), &mut bytes);
        let _ = update(&mut model, action);
    }
    draw(&mut model, width, height);
}
