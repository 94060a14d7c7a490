//! Looking at sessions: `review`, `attach`, `sessions`, `stop`, `stream`, and what every screen is offered.
//!
//! Does not depend on how logs are read or how another process is reached; the room `source` does.

use super::Status;
use super::arguments::{
    Attach, BackgroundChoice, ColourChoice, DataChoice, GlyphChoice, Review, Screen, Sessions, Smoothing, Stop, Stream,
};
use super::data::{self, MNIST, resolved};
use super::run::status_of;
use super::status::UsageError;
use crate::app::terminal::capabilities;
use crate::app::{EffectRunner, List, Services, perform, restore_views, settings_of, show_catalog};
use crate::catalog::Catalog;
use crate::dataset::{Choice, Origin, load};
use crate::fmt::number;
use crate::protocol::{Command, Reply, SessionStatus, SessionSummary};
use crate::record::SessionFolder;
use crate::source::sessions;
use crate::source::sessions::NoSession;
use crate::source::{
    Columns, Control, FileSource, FileSourceSettings, SessionSource, SocketDir, Source, SshPlace, SshSource,
};
use crate::ui::{Background, Depth, GlyphSet, Settings, Theme};
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the terminal can show, or what the flags say of it.
pub(super) fn theme(screen: &Screen) -> Theme {
    let found = capabilities::theme(|name| std::env::var(name).ok());
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
        ground: screen.background.map_or(found.ground, |background| match background {
            BackgroundChoice::Dark => Background::Dark,
            BackgroundChoice::Light => Background::Light,
        }),
    }
}

/// A screen of that theme, before any session.
pub(super) fn settings(screen: &Screen) -> Settings {
    Settings {
        theme: theme(screen),
        keymap: screen.keymap.clone(),
        smoothing: screen.smoothing.map(|Smoothing(place)| place),
        ..Settings::default()
    }
}

/// Opens what a path names: a session with a live process is attached to, anything else is read and followed.
pub(super) fn open(path: &str, columns: Columns, read_only: bool) -> Result<Box<dyn Source>> {
    open_at(path, FileSourceSettings { columns, ..FileSourceSettings::default() }, read_only)
}

/// The same for one frame: a link to another machine is not made again.
pub(super) fn open_once(path: &str, columns: Columns) -> Result<Box<dyn Source>> {
    if path.starts_with("ssh://") {
        return Ok(Box::new(SshSource::once(SshPlace::parse(path)?)?));
    }
    open(path, columns, true)
}

fn open_at(path: &str, settings: FileSourceSettings, read_only: bool) -> Result<Box<dyn Source>> {
    if path.starts_with("ssh://") {
        return Ok(Box::new(SshSource::open(SshPlace::parse(path)?)?));
    }
    let root = Path::new(path);
    let live = SocketDir::of_user().is_ok_and(|socket_dir| sessions::is_live(&socket_dir, root));
    if live && root.is_dir() {
        return Ok(Box::new(SessionSource::open(root, settings, read_only)?));
    }
    Ok(Box::new(FileSource::open(root, settings)?))
}

/// Opens one path, or several logs side by side.
fn open_all(paths: &[String], read_only: bool) -> Result<Box<dyn Source>> {
    match paths {
        [path] => open(path, Columns::default(), read_only),
        logs => {
            let logs = logs.iter().map(PathBuf::from).collect();
            Ok(Box::new(FileSource::together(logs, FileSourceSettings::default())?))
        }
    }
}

/// Attaches to the session in `root`, live or not.
pub(super) fn attach_to(root: &Path, read_only: bool) -> Result<Box<dyn Source>> {
    Ok(Box::new(SessionSource::open(root, FileSourceSettings::default(), read_only)?))
}

/// What a screen is offered.
pub(super) fn services(logs: &Path, data: &DataChoice, read_only: bool) -> Services {
    let named = resolved(data);
    // A log made elsewhere names a folder of that machine: whoever says where the images are here is believed.
    // The config file's is a habit, not a word about this log.
    let is_said = match named.origin {
        Origin::Argument => true,
        Origin::Environment => data::is_in_environment(),
        Origin::Found | Origin::BuiltIn => false,
    };
    Services {
        open: Arc::new(move |paths| open_all(paths, read_only)),
        list: lister(logs),
        images: Arc::new(move |folder| {
            let of_log = folder.filter(|_| !is_said).map(|folder| Choice::Folder(folder.into()));
            let choice = of_log.unwrap_or_else(|| named.choice.clone());
            Ok(load(&choice, Path::new(MNIST))?.test)
        }),
        mnist: MNIST.into(),
        pictures: logs.join("screens"),
        views: views(),
        catalog_path: logs.to_owned(),
    }
}

/// Runs whose best accuracy is read from whole logs between two lists.
const DEEPENED: usize = 64;

/// Lists the sessions under `logs`: at once from the ends of their logs, then with the figures of whole logs. What was
/// learnt is kept from one list to the next.
fn lister(logs: &Path) -> List {
    let (logs, kept) = (logs.to_owned(), Mutex::new(None::<Catalog>));
    Arc::new(move |tell| {
        if !logs.exists() {
            let _ = tell(&[]);
            return Ok(());
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let library = match &mut *kept {
            Some(library) => {
                library.refresh();
                library
            }
            none => none.insert(Catalog::open(&logs, cache().as_deref())?),
        };
        let mut goes_on = tell(library.sessions());
        while goes_on.is_continue() && library.deepen(DEEPENED) {
            goes_on = tell(library.sessions());
        }
        library.keep_index();
        if goes_on.is_continue() {
            let _ = tell(library.sessions());
        }
        Ok(())
    })
}

/// The sessions under `logs` as the ends of their logs tell them.
pub(super) fn list(logs: &Path) -> Result<Vec<SessionSummary>> {
    if !logs.exists() {
        return Ok(Vec::new());
    }
    let mut library = Catalog::open(logs, cache().as_deref())?;
    library.deepen(DEEPENED);
    library.keep_index();
    Ok(library.sessions().to_vec())
}

/// `$XDG_STATE_HOME/perceptop/views`, by default below `~/.local/state`.
fn views() -> Option<PathBuf> {
    Some(of_user("XDG_STATE_HOME", ".local/state")?.join("perceptop/views"))
}

/// `$XDG_CACHE_HOME/perceptop`, by default below `~/.cache`.
fn cache() -> Option<PathBuf> {
    Some(of_user("XDG_CACHE_HOME", ".cache")?.join("perceptop"))
}

/// A folder of the user by the variable that names it, else below the home folder.
fn of_user(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    set(variable).or_else(|| Some(set("HOME")?.join(below_home)))
}

/// `perceptop review`.
pub(super) fn review(wanted: &Review) -> Result<Status> {
    let path = wanted.path.as_ref().map(|path| located(path, &wanted.logs.logs).unwrap_or_else(|_| path.clone()));
    let shelf = path.as_deref().filter(|path| is_shelf(path));
    let services = services(shelf.map_or(&wanted.logs.logs, Path::new), &wanted.data, false);
    let settings = settings(&wanted.screen);
    let (None, Some(path)) = (shelf, &path) else {
        needs_terminal("review")?;
        let effects = EffectRunner::empty(services);
        return Ok(status_of(perform(settings, effects, wanted.screen.fps, false, show_catalog)?));
    };
    let columns = Columns { x: wanted.x.clone(), y: wanted.y.clone(), split: wanted.split.clone() };
    let source = open_at(path, FileSourceSettings { columns, waits: true, ..FileSourceSettings::default() }, false)?;
    needs_terminal("review")?;
    let settings = Settings { step_name: wanted.x.clone(), ..settings_of(&source.describe(), &settings) };
    let ending = perform(settings, EffectRunner::new(source, services), wanted.screen.fps, false, restore_views)?;
    // What failed in a log is no failure of looking at it.
    Ok(match status_of(ending) {
        Status::Failed => Status::Done,
        status => status,
    })
}

/// Whether a path is a folder in which sessions stand, and none itself.
pub(super) fn is_shelf(path: &str) -> bool {
    let is_session = |path: &Path| SessionFolder::open(path).is_ok();
    let path = Path::new(path);
    let inside = || std::fs::read_dir(path).into_iter().flatten().flatten().any(|entry| is_session(&entry.path()));
    path.is_dir() && !is_session(path) && inside()
}

/// What a path or a session's name leads to; addresses of other machines stay as they are.
pub(super) fn located(path: &str, logs: &Path) -> Result<String, NoSession> {
    if path.contains("://") {
        return Ok(path.to_owned());
    }
    Ok(sessions::locate(Path::new(path), logs)?.to_string_lossy().into_owned())
}

/// Refuses to draw where there is no terminal, so that no escape code reaches a pipe.
fn needs_terminal(command: &str) -> Result<(), UsageError> {
    let is_dumb = crate::app::terminal::capabilities::is_dumb(|name| std::env::var(name).ok());
    // Keys come from the terminal itself where the standard input is something else.
    let has_keys = std::io::stdin().is_terminal() || std::fs::File::open("/dev/tty").is_ok();
    if std::io::stdout().is_terminal() && has_keys && !is_dumb {
        return Ok(());
    }
    let why = if is_dumb { " that understands escape codes (TERM)" } else { "" };
    Err(UsageError(format!("{command} needs a terminal{why}; `perceptop show PATH` prints a frame")))
}

/// `perceptop attach`.
pub(super) fn attach(wanted: &Attach) -> Result<Status> {
    let root = match &wanted.session {
        Some(session) => sessions::find(session, &wanted.logs.logs)?,
        None => sessions::newest_live(&SocketDir::of_user()?)?,
    };
    let source = attach_to(&root, wanted.read_only)?;
    if !wanted.read_only && !source.describe().takes_commands {
        bail!(
            "{}: not running; use `perceptop review` to view it or `perceptop run --resume` to continue",
            root.display()
        );
    }
    needs_terminal("attach")?;
    let services = services(&wanted.logs.logs, &DataChoice::default(), wanted.read_only);
    let settings = settings_of(&source.describe(), &settings(&wanted.screen));
    let ending = perform(settings, EffectRunner::new(source, services), wanted.screen.fps, false, restore_views)?;
    Ok(status_of(ending))
}

/// `perceptop sessions`.
pub(super) fn tell(wanted: &Sessions, out: &mut dyn Write) -> Result<Status> {
    let socket_dir = SocketDir::of_user()?;
    let live = sessions::live(&socket_dir);
    let is_live = |path: &Path| live.iter().any(|root| root.canonicalize().ok() == path.canonicalize().ok());
    let mut all = list(&wanted.logs.logs)?;
    all.sort_by_key(|session| !is_live(Path::new(&session.path)));
    let mut rows: Vec<[String; 6]> = Vec::new();
    for session in &all {
        let status = if is_live(Path::new(&session.path)) { SessionStatus::Live } else { session.status() };
        let best = session.runs.iter().filter_map(|run| run.best_test_accuracy).reduce(f32::max);
        rows.push([
            status.name().to_owned(),
            format!("{}/{}", session.ended(), session.runs.len()),
            best.map_or_else(|| "-".to_owned(), |best| format!("{best:.4}")),
            age(session.modified.max(session.created)),
            session.dataset.name.clone(),
            session.path.clone(),
        ]);
    }
    for root in &live {
        if !all.iter().any(|session| Path::new(&session.path).canonicalize().ok() == root.canonicalize().ok()) {
            let nothing = || "-".to_owned();
            let path = root.display().to_string();
            rows.push(["live".to_owned(), nothing(), nothing(), nothing(), nothing(), path]);
        }
    }
    if !rows.is_empty() {
        table(&["state", "ended", "best", "changed", "data", "session"].map(str::to_owned), &rows, out)?;
    }
    if all.is_empty() && live.is_empty() {
        writeln!(out, "no sessions in {}", wanted.logs.logs.display())?;
    }
    Ok(Status::Done)
}

/// How long ago a time was, in seconds since 1970.
fn age(since: u64) -> String {
    let then = std::time::UNIX_EPOCH + Duration::from_secs(since);
    let age = std::time::SystemTime::now().duration_since(then).unwrap_or_default();
    if since == 0 { "-".to_owned() } else { format!("{} ago", number::age(age.as_secs_f64())) }
}

/// Rows under their heads, each column as wide as its widest cell.
fn table<const N: usize>(heads: &[String; N], rows: &[[String; N]], out: &mut dyn Write) -> std::io::Result<()> {
    let wide: [usize; N] = std::array::from_fn(|column| {
        let cells = rows.iter().chain(std::iter::once(heads)).map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    });
    for row in std::iter::once(heads).chain(rows) {
        let cells: Vec<String> = row.iter().zip(wide).map(|(cell, wide)| format!("{cell:wide$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// The longest time that a session is waited for to end.
const STOPPING: Duration = Duration::from_mins(1);

/// `perceptop stop`.
pub(super) fn stop(wanted: &Stop, out: &mut dyn Write) -> Result<Status> {
    let root = sessions::find(&wanted.session, &wanted.logs.logs)?;
    let control = Control::new(SocketDir::of_user()?, &root);
    if !control.is_live() {
        bail!("{}: not running", root.display());
    }
    if let Reply::Refused { reason } = control.send(&Command::Shutdown) {
        bail!("{}: {reason}", root.display());
    }
    let asked = Instant::now();
    while control.is_live() {
        if asked.elapsed() > STOPPING {
            bail!("{}: did not stop within {} s", root.display(), STOPPING.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    writeln!(out, "stopped; perceptop run --resume {} continues", root.display())?;
    Ok(Status::Done)
}

/// `perceptop stream`.
pub(super) fn stream(wanted: &Stream, out: &mut dyn Write) -> Result<Status> {
    let mut since = BTreeMap::new();
    for from in &wanted.since {
        let seq: u64 = from.value.parse().with_context(|| format!("--since {}={}", from.key, from.value))?;
        since.insert(from.key.clone(), seq);
    }
    let mut source = FileSource::open(&wanted.path, FileSourceSettings::default())?;
    crate::source::stream(&mut source, since, out)?;
    Ok(Status::Done)
}
