//! Carries out what the screen wants: commands to the session, logs opened and replayed, files written, MNIST fetched.
//!
//! Whatever may take long happens in a named thread and comes back through one channel. Does not depend on keys or how
//! anything is drawn.

use super::event_loop::settings_of;
use super::jobs::{Job, Jobs, Opened, Purpose};
use super::offscreen::draw;
use super::replay::{Replay, Step};
use super::run_cache::RunCache;
use super::screenshot::save;
use super::services::{Services, Start};
use super::view_store::Views;
use crate::dataset::{Choice, Split};
use crate::protocol::{Command, Reply, Update};
use crate::source::{Flow, Source};
use crate::ui::{Action, Digit, Effect, Model, ReplayWish, update};
use anyhow::Result;
use crossbeam_channel::Receiver;
use ratatui::layout::Rect;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Carries out what the screen wants.
pub struct EffectRunner {
    services: Services,
    source: Option<Box<dyn Source>>,
    /// A session that trains in this process, while another is looked at.
    kept: Option<Box<dyn Source>>,
    /// The path of what is looked at, by which its view is remembered; empty where it has none.
    place: String,
    start: Option<Start>,
    replay: Option<Replay>,
    flow: Flow,
    images: Option<(Option<String>, Arc<Split>)>,
    updates: Vec<Update>,
    run_cache: RunCache,
    is_listing: bool,
    /// Whether the user waits for the first list, and whether it has come since that was asked last.
    awaits_list: bool,
    has_arrived: bool,
    /// The number of the last request to open something; what an earlier one opened is let go of.
    requests: u64,
    /// Whether the last request is not answered yet, and what it is for.
    opening: Option<String>,
    /// Commands that are not answered yet.
    unanswered: usize,
    jobs: Jobs,
}

impl EffectRunner {
    /// A runner over a session that is there already.
    #[must_use]
    pub fn new(source: Box<dyn Source>, services: Services) -> Self {
        Self::over(Some(source), None, services)
    }

    /// A runner whose session is started once its data are chosen.
    #[must_use]
    pub fn waiting(start: Start, services: Services) -> Self {
        Self::over(None, Some(start), services)
    }

    /// A runner without a session, to look at the list of all.
    #[must_use]
    pub fn empty(services: Services) -> Self {
        Self::over(None, None, services)
    }

    fn over(source: Option<Box<dyn Source>>, start: Option<Start>, services: Services) -> Self {
        let place = source.as_ref().map_or_else(String::new, |source| source.describe().name);
        Self {
            place,
            services,
            source,
            kept: None,
            start,
            replay: None,
            flow: Flow::Idle,
            images: None,
            updates: Vec::new(),
            run_cache: RunCache::default(),
            is_listing: false,
            awaits_list: false,
            has_arrived: false,
            requests: 0,
            opening: None,
            unanswered: 0,
            jobs: Jobs::default(),
        }
    }

    /// The channel on which finished work waits for [`EffectRunner::finish`].
    pub(super) fn done(&self) -> &Receiver<Job> {
        self.jobs.done()
    }

    /// The source of the session that is looked at, and of one that trains in this process meanwhile.
    ///
    /// Commands that were given are delivered first.
    pub(super) fn into_sources(mut self) -> Vec<Box<dyn Source>> {
        self.jobs.finish_commands();
        [self.kept.take(), self.source.take()].into_iter().flatten().collect()
    }

    /// Whether there is a session of which not all was said yet that had happened before.
    pub(super) fn is_reading(&self, model: &Model) -> bool {
        self.source.is_some() && !model.session.caught_up
    }

    /// Whether something that its user waits for has come since the last call.
    pub(super) fn take_arrival(&mut self) -> bool {
        std::mem::take(&mut self.has_arrived)
    }

    /// Gives the model at most `most` updates, or what a replay has due at `now`, the time since the monitor began; lets
    /// go of what is too much to hold.
    pub fn bring(&mut self, model: &mut Model, now: Duration, most: usize) -> Flow {
        while let Ok(work) = self.jobs.done().try_recv() {
            self.finish(work, model, now);
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
        model.settle_selection();
        self.run_cache.turn(source.as_mut(), model);
        self.flow
    }

    /// Carries out an effect.
    pub(super) fn carry_out(&mut self, effect: Effect, model: &mut Model, now: Duration) {
        let outcome = match effect {
            Effect::Send(command) => self.send(command, model),
            Effect::Open { path } => self.open(vec![path], Purpose::Session),
            Effect::OpenTogether { paths } => self.open(paths, Purpose::Together),
            Effect::ReadLibrary => self.list(),
            Effect::LoadDigits { indices } => self.load_digits(indices, model, now),
            Effect::Replay(wish) => self.replay(&wish, model, now),
            Effect::Download => self.jobs.download(self.services.mnist.clone()),
            Effect::UseBuiltIn => self.start(Choice::Synthetic),
            Effect::Remember => self.remember(model),
            // The loop's own.
            Effect::Quit { .. } | Effect::Suspend | Effect::Redraw | Effect::SaveScreen => Ok(()),
        };
        if let Err(error) = outcome {
            fault(model, &error);
        }
        self.show_waiting(model);
    }

    /// Shows what the user waits for.
    fn show_waiting(&self, model: &mut Model) {
        let answer = || (self.unanswered > 0).then(|| "waiting for the session's answer".to_owned());
        model.set_waiting(self.opening.clone().or_else(answer));
    }

    fn send(&mut self, command: Command, model: &mut Model) -> Result<()> {
        let is_switch = matches!(command, Command::Switch { .. });
        let reply = match &mut self.source {
            Some(source) => {
                if let Some(way) = source.sender_for(&command) {
                    self.jobs.command(way, command)?;
                    self.unanswered += 1;
                    return Ok(());
                }
                source.send(command)
            }
            None => Reply::Refused { reason: "no session is open yet".to_owned() },
        };
        answered(is_switch, reply, model);
        Ok(())
    }

    fn start(&mut self, data: Choice) -> Result<()> {
        let Some(start) = self.start.take() else { return Ok(()) };
        self.opening = Some("starting the session".to_owned());
        self.jobs.start(start, data)
    }

    fn started(&mut self, source: Box<dyn Source>, model: &mut Model) {
        let about = source.describe();
        self.place.clone_from(&about.name);
        model.restart(settings_of(&about, &model.settings));
        model.set_download(Ok(None));
        self.source = Some(source);
    }

    fn open(&mut self, paths: Vec<String>, purpose: Purpose) -> Result<()> {
        self.requests += 1;
        let verb = if matches!(purpose, Purpose::Replay { .. }) { "reading" } else { "opening" };
        self.opening = Some(format!("{verb} {}", paths.join(" ")));
        self.jobs.open(self.requests, Arc::clone(&self.services.open), paths, purpose)
    }

    fn opened(&mut self, opened: Opened, model: &mut Model, now: Duration) {
        self.look_at(opened.source, model);
        match opened.purpose {
            Purpose::Session => {
                if let Some(facts) = self.views().session(&self.place) {
                    model.recall_marks(&facts);
                }
            }
            Purpose::Together => {
                model.mark_all();
                // What is opened together has no path of its own.
                self.place.clear();
            }
            Purpose::Replay { updates, workers } => {
                let replay = Replay::new(updates, workers, now);
                model.set_replay(Some(replay.place()));
                self.replay = Some(replay);
                // The log was read to its end; its records now come from the replay.
                self.flow = Flow::Ended;
            }
        }
    }

    /// Lists the sessions, unless that goes on already.
    fn list(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.is_listing, true) {
            return Ok(());
        }
        self.awaits_list = true;
        let list = Arc::clone(&self.services.list);
        self.jobs.spawn("catalog", move |sender, cancelled| {
            let outcome = list(&mut |sessions| match sender.send(Job::Catalog(sessions.to_vec())) {
                Ok(()) if !cancelled.load(Ordering::Relaxed) => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            });
            let _ = sender.send(Job::Listed(outcome));
        })
    }

    fn views(&self) -> Views<'_> {
        Views::new(self.services.views.as_deref())
    }

    /// Looks where its user looked the last time, if that was remembered.
    pub(super) fn restore_views(&self, model: &mut Model) {
        if let Some(facts) = self.views().catalog_path(&self.services.catalog_path) {
            model.recall_logs(&facts);
        }
        if let Some(facts) = self.views().session(&self.place) {
            model.recall(&facts);
        }
    }

    fn look_at(&mut self, source: Box<dyn Source>, model: &mut Model) {
        // A view that cannot be kept is no reason to stay.
        let _ = self.remember(model);
        let about = source.describe();
        self.place.clone_from(&about.name);
        model.restart(settings_of(&about, &model.settings));
        model.set_replay(None);
        self.replay = None;
        self.flow = Flow::Idle;
        self.run_cache = RunCache::default();
        match self.source.replace(source) {
            Some(before) if before.describe().in_process => self.kept = Some(before),
            Some(before) => self.jobs.close(before),
            None => {}
        }
    }

    fn replay(&mut self, wish: &ReplayWish, model: &mut Model, now: Duration) -> Result<()> {
        match wish {
            ReplayWish::Start { path } => {
                let purpose = Purpose::Replay { updates: Vec::new(), workers: 1 };
                self.open(vec![path.clone()], purpose)?;
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

    fn load_digits(&mut self, wanted: Vec<u32>, model: &mut Model, now: Duration) -> Result<()> {
        let folder = model.session.header.as_ref().and_then(|header| header.dataset.path.clone());
        if let Some((of, split)) = &self.images
            && *of == folder
        {
            let split = Arc::clone(split);
            self.finish(Job::Digits { wanted, split: Ok(split) }, model, now);
            return Ok(());
        }
        let images = Arc::clone(&self.services.images);
        self.jobs.spawn("digits", move |sender, _| {
            let split = images(folder.as_deref()).map(Arc::new);
            let _ = sender.send(Job::Digits { wanted, split });
        })
    }

    /// Takes what a thread sent.
    pub(super) fn finish(&mut self, work: Job, model: &mut Model, now: Duration) {
        match work {
            Job::Catalog(sessions) => {
                model.set_library(sessions);
                self.has_arrived |= std::mem::take(&mut self.awaits_list);
            }
            Job::Listed(outcome) => {
                self.is_listing = false;
                if let Err(error) = outcome {
                    // Nothing is there, and that was said.
                    model.set_library(Vec::new());
                    fault(model, &error);
                }
            }
            Job::Digits { wanted, split } => {
                let images = split.map(|split| {
                    let folder = model.session.header.as_ref().and_then(|header| header.dataset.path.clone());
                    self.images = Some((folder, Arc::clone(&split)));
                    digits(&split, &wanted)
                });
                model.set_digits(images.map_err(|error| format!("{error:#}")));
            }
            Job::Downloading(bytes, of) => model.set_download(Ok(Some((bytes, of)))),
            Job::Downloaded(Ok(())) => {
                if let Err(error) = self.start(Choice::Mnist) {
                    fault(model, &error);
                }
            }
            Job::Started(outcome) => {
                self.opening = None;
                match outcome {
                    Ok(source) => self.started(source, model),
                    Err(error) => fault(model, &error),
                }
            }
            Job::Opened(request, outcome) if request == self.requests => {
                self.opening = None;
                match outcome {
                    Ok(opened) => self.opened(opened, model, now),
                    Err(error) => fault(model, &error),
                }
            }
            // Something else was asked for meanwhile.
            Job::Opened(_, outcome) => {
                if let Ok(opened) = outcome {
                    self.jobs.close(opened.source);
                }
            }
            Job::Answered { is_switch, reply } => {
                self.unanswered = self.unanswered.saturating_sub(1);
                answered(is_switch, reply, model);
            }
            Job::Downloaded(Err(error)) => model.set_download(Err(format!("{error:#}"))),
        }
        self.show_waiting(model);
    }

    /// Saves the screen as it is as text, text with colours, and a picture.
    pub(super) fn save_screen(&self, model: &mut Model, area: Rect) {
        let ground = model.settings.theme.ground;
        // The words of the moment and the link's load are no part of what is kept.
        let (message, rate) = (model.message.take(), model.bytes_per_second.take());
        let frame = draw(model, area.width, area.height);
        (model.message, model.bytes_per_second) = (message, rate);
        let action = match frame.and_then(|frame| save(&frame, ground, &self.services.pictures)) {
            Ok(path) => Action::Say(format!("saved as {} (.txt, .ansi, .svg)", path.display())),
            Err(error) => Action::Fault(format!("the screen was not saved: {error:#}")),
        };
        let _ = update(model, action);
    }

    fn remember(&self, model: &Model) -> Result<()> {
        self.views().keep_shelf(&self.services.catalog_path, &model.log_facts())?;
        self.views().keep_session(&self.place, &model.view_facts())
    }
}

fn answered(is_switch: bool, reply: Reply, model: &mut Model) {
    if is_switch && matches!(reply, Reply::Refused { .. }) {
        model.undo.refused();
    }
    let _ = update(model, Action::Answered(reply));
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
