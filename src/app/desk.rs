//! Carries out what the screen wants: commands to the session, logs opened and replayed, files written, MNIST fetched.
//!
//! Whatever may take long happens in a named thread and comes back through one channel. Must not know keys or how
//! anything is drawn.

use super::picture::Picture;
use super::replay::{Replay, Step};
use crate::dataset::{Choice, Fetcher, Split};
use crate::protocol::{Command, Reply, SessionSummary, Update};
use crate::source::{Flow, Source};
use crate::ui::{Action, Digit, Effect, Model, ReplayWish, update, view};
use anyhow::{Context as _, Result, anyhow, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use std::collections::HashSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Starts the session on the chosen data.
pub type Start = Box<dyn FnOnce(Choice) -> Result<Box<dyn Source>> + Send>;
/// Opens a log, a session's folder or a far session by its path.
pub type Open = Arc<dyn Fn(&str) -> Result<Box<dyn Source>> + Send + Sync>;
/// Lists the sessions on disk, newest first.
pub type List = Arc<dyn Fn() -> Result<Vec<SessionSummary>> + Send + Sync>;
/// Loads the test images of a data set: by the folder, or the built-in digits.
pub type Images = Arc<dyn Fn(Option<&str>) -> Result<Split> + Send + Sync>;

/// What the rest of the program offers the screen.
pub struct Doors {
    /// Opens what is on disk or far away.
    pub open: Open,
    /// Lists what is on disk.
    pub list: List,
    /// Loads images to look at.
    pub images: Images,
    /// Where MNIST is downloaded to.
    pub mnist: PathBuf,
    /// Where pictures of the screen are saved.
    pub pictures: PathBuf,
    /// Where a view is remembered from one start to the next; nowhere when absent.
    pub views: Option<PathBuf>,
}

/// Work that a thread finished, or came on with.
pub(super) enum Work {
    Library(Result<Vec<SessionSummary>>),
    Digits { wanted: Vec<u32>, split: Result<Arc<Split>> },
    Downloading(u64, Option<u64>),
    Downloaded(Result<()>),
}

/// The bytes of all four files of MNIST, for a download whose server does not say.
const MNIST_BYTES: u64 = 11_594_722;

/// Carries out what the screen wants.
pub struct Desk {
    doors: Doors,
    source: Option<Box<dyn Source>>,
    /// A session that trains in this process, while another is looked at.
    kept: Option<Box<dyn Source>>,
    start: Option<Start>,
    replay: Option<Replay>,
    flow: Flow,
    images: Option<(Option<String>, Arc<Split>)>,
    updates: Vec<Update>,
    opened: HashSet<Arc<str>>,
    sender: Sender<Work>,
    done: Receiver<Work>,
    threads: Vec<JoinHandle<()>>,
    cancelled: Arc<AtomicBool>,
}

impl Desk {
    /// A desk over a session that is there already.
    #[must_use]
    pub fn new(source: Box<dyn Source>, doors: Doors) -> Self {
        Self::over(Some(source), None, doors)
    }

    /// A desk whose session is started once its data are chosen.
    #[must_use]
    pub fn waiting(start: Start, doors: Doors) -> Self {
        Self::over(None, Some(start), doors)
    }

    /// A desk without a session, to look at the list of all.
    #[must_use]
    pub fn empty(doors: Doors) -> Self {
        Self::over(None, None, doors)
    }

    fn over(source: Option<Box<dyn Source>>, start: Option<Start>, doors: Doors) -> Self {
        let (sender, done) = unbounded();
        Self {
            doors,
            source,
            kept: None,
            start,
            replay: None,
            flow: Flow::Idle,
            images: None,
            updates: Vec::new(),
            opened: HashSet::new(),
            sender,
            done,
            threads: Vec::new(),
            cancelled: Arc::default(),
        }
    }

    /// The channel on which finished work waits for [`Desk::finish`].
    pub(super) fn done(&self) -> &Receiver<Work> {
        &self.done
    }

    /// The source of the session that is looked at, and of one that trains in this process meanwhile.
    pub(super) fn into_sources(mut self) -> Vec<Box<dyn Source>> {
        [self.kept.take(), self.source.take()].into_iter().flatten().collect()
    }

    /// Gives the model at most `most` updates, or what a replay has due.
    pub(super) fn bring(&mut self, model: &mut Model, now: Duration, most: usize) -> Flow {
        while let Ok(work) = self.done.try_recv() {
            self.finish(work, model);
        }
        if let Some(replay) = &mut self.replay {
            for update in replay.play(now) {
                model.apply(&update);
            }
            model.set_replay(Some(replay.place()));
            return Flow::Idle;
        }
        let Some(source) = &mut self.source else { return Flow::Idle };
        if self.flow == Flow::Ended {
            return Flow::Ended;
        }
        self.updates.clear();
        self.flow = source.poll(&mut self.updates, most);
        for update in &self.updates {
            model.apply(update);
        }
        // Of a large session only outlines were said; what is looked at is said whole.
        if let Some(run) = model.run().filter(|run| run.is_outline && self.opened.insert(Arc::clone(&run.id))) {
            source.open(&run.id);
        }
        self.flow
    }

    /// Carries out an effect.
    pub(super) fn carry_out(&mut self, effect: Effect, model: &mut Model, now: Duration) {
        let outcome = match effect {
            Effect::Send(command) => {
                self.send(command, model);
                Ok(())
            }
            Effect::Open { path } => self.open(&path, model),
            Effect::ReadLibrary => {
                let (list, sender) = (Arc::clone(&self.doors.list), self.sender.clone());
                self.spawn("library", move || drop(sender.send(Work::Library(list()))))
            }
            Effect::LoadDigits { indices } => self.load_digits(indices, model),
            Effect::Replay(wish) => self.replay(&wish, model, now),
            Effect::Download => self.download(),
            Effect::UseBuiltIn => self.start(Choice::Synthetic, model),
            Effect::Remember => self.remember(model),
            // The loop's own.
            Effect::Quit { .. } | Effect::Suspend | Effect::Redraw | Effect::SaveScreen => Ok(()),
        };
        if let Err(error) = outcome {
            fault(model, &error);
        }
    }

    fn send(&mut self, command: Command, model: &mut Model) {
        let reply = match &mut self.source {
            Some(source) => source.send(command),
            None => Reply::Refused { reason: "no session is open yet".to_owned() },
        };
        let _ = update(model, Action::Answered(reply));
    }

    fn start(&mut self, data: Choice, model: &mut Model) -> Result<()> {
        let Some(start) = self.start.take() else { return Ok(()) };
        let source = start(data)?;
        let about = source.describe();
        model.restart(about.name, about.takes_commands, about.in_process);
        model.set_download(Ok(None));
        self.source = Some(source);
        Ok(())
    }

    fn open(&mut self, path: &str, model: &mut Model) -> Result<()> {
        let source = (self.doors.open)(path)?;
        self.look_at(source, model);
        Ok(())
    }

    fn look_at(&mut self, source: Box<dyn Source>, model: &mut Model) {
        let about = source.describe();
        model.restart(about.name, about.takes_commands, about.in_process);
        model.set_replay(None);
        self.replay = None;
        self.flow = Flow::Idle;
        self.opened.clear();
        if let Some(before) = self.source.replace(source)
            && before.describe().in_process
        {
            self.kept = Some(before);
        }
    }

    fn replay(&mut self, wish: &ReplayWish, model: &mut Model, now: Duration) -> Result<()> {
        match wish {
            ReplayWish::Start { path } => {
                let mut source = (self.doors.open)(path)?;
                let updates = read_all(source.as_mut());
                let workers = updates.iter().find_map(|update| match update {
                    Update::Session { header: Some(header), .. } => Some(header.jobs),
                    _ => None,
                });
                self.look_at(source, model);
                let replay = Replay::new(updates, workers.unwrap_or(1), now);
                model.set_replay(Some(replay.place()));
                self.replay = Some(replay);
                // The log has been read to its end; what it holds now comes from the replay.
                self.flow = Flow::Ended;
            }
            ReplayWish::End => {
                if let Some(mut replay) = self.replay.take() {
                    replay.rest().iter().for_each(|update| model.apply(update));
                }
                model.set_replay(None);
            }
            wish => {
                let Some(replay) = &mut self.replay else { return Ok(()) };
                let updates = match replay.wish(wish, now) {
                    Step::Apply(updates) => updates,
                    Step::Anew(updates) => {
                        model.rewind();
                        updates
                    }
                };
                for update in &updates {
                    model.apply(update);
                }
                model.set_replay(Some(replay.place()));
            }
        }
        Ok(())
    }

    fn load_digits(&mut self, wanted: Vec<u32>, model: &mut Model) -> Result<()> {
        let folder = model.session.header.as_ref().and_then(|header| header.dataset.path.clone());
        if let Some((of, split)) = &self.images
            && *of == folder
        {
            let split = Arc::clone(split);
            self.finish(Work::Digits { wanted, split: Ok(split) }, model);
            return Ok(());
        }
        let (images, sender) = (Arc::clone(&self.doors.images), self.sender.clone());
        self.spawn("digits", move || {
            let split = images(folder.as_deref()).map(Arc::new);
            let _ = sender.send(Work::Digits { wanted, split });
        })
    }

    fn download(&mut self) -> Result<()> {
        let (sender, folder) = (self.sender.clone(), self.doors.mnist.clone());
        let cancelled = Arc::clone(&self.cancelled);
        self.spawn("download", move || {
            let mut before = 0;
            let mut file = (0, 0);
            let fetched = Fetcher::mnist(None).run(&folder, &mut |progress| {
                if progress.index != file.0 {
                    before += file.1;
                }
                file = (progress.index, progress.bytes);
                let _ = sender.send(Work::Downloading(before + progress.bytes, Some(MNIST_BYTES)));
                if cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let _ = sender.send(Work::Downloaded(fetched.map(drop).map_err(Into::into)));
        })
    }

    /// Takes what a thread sent.
    pub(super) fn finish(&mut self, work: Work, model: &mut Model) {
        match work {
            Work::Library(Ok(sessions)) => model.set_library(sessions),
            Work::Library(Err(error)) => fault(model, &error),
            Work::Digits { wanted, split } => {
                let images = split.map(|split| {
                    let folder = model.session.header.as_ref().and_then(|header| header.dataset.path.clone());
                    self.images = Some((folder, Arc::clone(&split)));
                    digits(&split, &wanted)
                });
                model.set_digits(images.map_err(|error| format!("{error:#}")));
            }
            Work::Downloading(bytes, of) => model.set_download(Ok(Some((bytes, of)))),
            Work::Downloaded(Ok(())) => {
                if let Err(error) = self.start(Choice::Mnist, model) {
                    fault(model, &error);
                }
            }
            Work::Downloaded(Err(error)) => model.set_download(Err(format!("{error:#}"))),
        }
    }

    /// Saves the screen as it is as text, text with colours, and a picture.
    pub(super) fn save_screen(&self, model: &mut Model, area: Rect) {
        let action = match self.write_pictures(model, area) {
            Ok(path) => Action::Say(format!("saved as {} (.txt, .ansi, .svg)", path.display())),
            Err(error) => Action::Fault(format!("the screen was not saved: {error:#}")),
        };
        let _ = update(model, action);
    }

    fn write_pictures(&self, model: &Model, area: Rect) -> Result<PathBuf> {
        let frame = draw(model, area.width, area.height)?;
        fs::create_dir_all(&self.doors.pictures).with_context(|| self.doors.pictures.display().to_string())?;
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let stem = self.doors.pictures.join(format!("perceptop-screen-{seconds}"));
        for (kind, ending) in [(Picture::Text, "txt"), (Picture::Ansi, "ansi"), (Picture::Svg, "svg")] {
            let path = stem.with_extension(ending);
            fs::write(&path, kind.of(&frame)).with_context(|| path.display().to_string())?;
        }
        Ok(stem)
    }

    fn remember(&self, model: &Model) -> Result<()> {
        let Some(folder) = &self.doors.views else { return Ok(()) };
        let Some(path) = view_file(folder, &model.session.id) else { return Ok(()) };
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let text = serde_json::to_string(&model.view_facts())?;
        fs::write(&path, text).with_context(|| path.display().to_string())
    }

    fn spawn(&mut self, name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
        self.threads.retain(|thread| !thread.is_finished());
        let thread = Builder::new().name(name.to_owned()).spawn(work).context("no thread is to be had")?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // Its panic was reported by the hook.
            let _ = thread.join();
        }
    }
}

/// One frame of `model`, off the terminal.
///
/// # Errors
/// When a side is 0.
pub fn draw(model: &Model, width: u16, height: u16) -> Result<ratatui::buffer::Buffer> {
    if width == 0 || height == 0 {
        bail!("a screen of {width}x{height} has no cells");
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).map_err(|error| anyhow!("{error}"))?;
    terminal.draw(|frame| view(model, frame)).map_err(|error| anyhow!("{error}"))?;
    Ok(terminal.backend().buffer().clone())
}

/// The file that remembers the view of a session; nothing for names that are no plain file names.
pub(super) fn view_file(folder: &Path, session: &str) -> Option<PathBuf> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let fits = !session.is_empty() && session.len() <= 200 && !session.starts_with('.') && session.chars().all(plain);
    fits.then(|| folder.join(format!("{session}.json")))
}

/// Everything that a source has to say now.
pub(super) fn read_all(source: &mut dyn Source) -> Vec<Update> {
    let mut updates = Vec::new();
    loop {
        let flow = source.poll(&mut updates, 100_000);
        let caught_up = updates.iter().rev().take(16).any(|update| *update == Update::CaughtUp);
        if flow == Flow::Ended || (flow == Flow::Idle && caught_up) {
            return updates;
        }
        if flow == Flow::Idle {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn fault(model: &mut Model, error: &anyhow::Error) {
    let _ = update(model, Action::Fault(format!("{error:#}")));
}

fn digits(split: &Split, wanted: &[u32]) -> Vec<Digit> {
    let there = wanted.iter().filter(|index| (**index as usize) < split.len());
    there
        .map(|&index| Digit {
            index,
            label: Some(split.label(index as usize)),
            pixels: split.image(index as usize).into(),
            width: split.width,
        })
        .collect()
}
