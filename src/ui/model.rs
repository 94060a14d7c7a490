//! What the screen is drawn from: the session as the reducer knows it, and facts about the viewer.
//!
//! Facts about runs live in `state`; here is only what one viewer sees of them: the open tab, selection, marks, filter.
//! Time enters as [`Action::Tick`](super::Action::Tick). Does not depend on a clock, a file, a thread or the terminal.

use super::bindings::Keymap;
use super::fields;
use super::keymap::Context;
use super::layout::Layout;
use super::query::Query;
pub use super::tab::Tab;
use super::tab_state::{ChartState, CompareState, ConfusionState, LogsState, Replay, Strip};
use super::theme::Theme;
use super::undo::Undo;
use super::widgets::Input;
use crate::protocol::{SessionSummary, Status, TrainerState, Update};
use crate::state::{RunState, SessionState};
pub use crate::ui::overlays::{Digit, Digits, Overlay, Welcome};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// What the program knows about the screen before the first frame.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own about the source")]
pub struct Settings {
    /// Colours and glyphs.
    pub theme: Theme,
    /// What keys mean.
    pub keymap: Keymap,
    /// How much charts smooth at first, as a place in [`super::tab_state::SMOOTHING`]; the usual when absent.
    pub smoothing: Option<usize>,
    /// Where the records come from, for the title.
    pub source: String,
    /// The column that was chosen to count as the step, for the horizontal axis of charts.
    pub step_name: Option<String>,
    /// Whether commands reach a process that trains.
    pub takes_commands: bool,
    /// Whether notes on runs are taken, which logs at rest do too.
    pub takes_notes: bool,
    /// Whether training goes on in this process, so that leaving it needs a decision.
    pub in_process: bool,
    /// Whether MNIST is missing and the session waits for a choice of data.
    pub asks_for_data: bool,
}

/// A line at the foot, gone after a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What it says.
    pub text: String,
    /// Time until it goes.
    pub left: Duration,
}

/// How the runs are ordered on the tab Runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SortOrder {
    /// The column, 0 for the queue's own order.
    pub column: usize,
    /// From the last to the first.
    pub reversed: bool,
}

/// What the screen is drawn from.
#[derive(Clone, Debug)]
pub struct Model {
    /// What is known of the session.
    pub session: SessionState,
    /// What was known before the first frame.
    pub settings: Settings,
    /// The open tab.
    pub tab: Tab,
    /// The selected run's id.
    pub selected: Option<Arc<str>>,
    /// Marked runs' ids.
    pub marks: BTreeSet<Arc<str>>,
    /// The filter in use, as typed.
    pub filter: String,
    /// Why the filter that is being typed is not in use, in words.
    pub filter_fault: Option<String>,
    /// The order of the runs.
    pub order: SortOrder,
    /// Facts of the tab Charts.
    pub charts: ChartState,
    /// Facts of the tab Confusion.
    pub confusion: ConfusionState,
    /// The selected layer of the tab Neurons, from 0.
    pub layer: usize,
    /// The neurons that the strip shows.
    pub strip: Option<Strip>,
    /// Facts of the tab Compare.
    pub compare: CompareState,
    /// Facts of the tab Logs.
    pub logs: LogsState,
    /// Sessions on disk, newest first.
    pub library: Vec<SessionSummary>,
    /// The replay, while there is one.
    pub replay: Option<Replay>,
    /// What lies over the tab.
    pub overlay: Option<Overlay>,
    /// The message at the foot.
    pub message: Option<Message>,
    /// What the user waits for, in words: a log that is being opened, a command without an answer.
    pub waiting: Option<String>,
    /// The settings of live runs that were switched in the last seconds.
    pub undo: Undo,
    /// Faults outside of any log, oldest first.
    pub own_faults: Vec<String>,
    /// Faults that the viewer has seen.
    pub faults_seen: u64,
    /// Time since the process that trains began, where that is known, else since this viewer came; stands still when no
    /// run is live.
    pub clock: Duration,
    /// Bytes a second to the terminal.
    pub bytes_per_second: Option<f64>,
    /// What the last frame showed.
    pub layout: Layout,
    pub(super) query: Query,
    /// The filter that was in use when the line for it was opened.
    filter_before: String,
    /// The run that was selected before a filter was typed: it is selected again where the filter lets it through.
    pub(super) before_filter: Option<Arc<str>>,
    pub(super) marks_all: bool,
    pub(super) changed: bool,
    /// Whether commands are taken as long as a process works on the session.
    commands_allowed: bool,
}

impl Model {
    /// A screen before its first update.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let commands_allowed = settings.takes_commands;
        let usual = ChartState::default();
        let charts = ChartState { smoothing: settings.smoothing.unwrap_or(usual.smoothing), ..usual };
        let overlay = settings.asks_for_data.then_some(Overlay::Welcome(Welcome::default()));
        Self {
            session: SessionState::new(),
            settings,
            tab: Tab::default(),
            selected: None,
            marks: BTreeSet::new(),
            filter: String::new(),
            filter_fault: None,
            order: SortOrder::default(),
            charts,
            confusion: ConfusionState::default(),
            layer: 0,
            strip: None,
            compare: CompareState::default(),
            logs: LogsState::default(),
            library: Vec::new(),
            replay: None,
            overlay,
            message: None,
            waiting: None,
            undo: Undo::default(),
            own_faults: Vec::new(),
            faults_seen: 0,
            clock: Duration::ZERO,
            bytes_per_second: None,
            layout: Layout::default(),
            query: Query::default(),
            filter_before: String::new(),
            before_filter: None,
            marks_all: false,
            changed: true,
            commands_allowed,
        }
    }

    /// Folds an update of the session in.
    pub fn apply(&mut self, update: &Update) {
        self.session.apply(update);
        self.renew_strip(update);
        if self.selected.is_none() && self.filter.is_empty() {
            self.selected = self.session.runs().first().map(|run| Arc::clone(&run.id));
        }
        match update {
            Update::Record { run, .. } | Update::Outline { run } if self.marks_all && !self.marks.contains(run) => {
                self.marks.insert(Arc::clone(run));
            }
            Update::CaughtUp if self.replay.is_none() => self.settle(),
            Update::Trainer { state, seconds } => self.trainer_is(*state, *seconds),
            _ => {}
        }
        self.changed = true;
    }

    /// A process began to work on the session, or the last one ended.
    fn trainer_is(&mut self, state: TrainerState, seconds: Option<f64>) {
        let is_again = self.commands_allowed && !self.settings.takes_commands;
        self.settings.takes_commands = self.commands_allowed && state == TrainerState::Live;
        if let Some(since) = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            self.clock = since;
        }
        let words = match state {
            TrainerState::Live if is_again => "a process trains this session again",
            TrainerState::Live => return,
            TrainerState::Ended => "the session has ended: its process exited normally",
            TrainerState::Died => "the training process exited unexpectedly",
        };
        self.say(words);
        // There is nobody left to stop or to leave running.
        if matches!(self.overlay, Some(Overlay::Question | Overlay::StopRun(_))) {
            self.overlay = None;
        }
    }

    /// What the session waits for before it can begin.
    pub(super) fn waits_for(&self) -> Option<&'static str> {
        match &self.overlay {
            Some(Overlay::Welcome(Welcome { download: None, .. })) => Some("the choice of data"),
            Some(Overlay::Welcome(_)) => Some("MNIST"),
            _ => None,
        }
    }

    /// Begins another session, or the same one anew, and keeps the viewer's facts that still make sense.
    pub fn restart(&mut self, settings: Settings) {
        self.session = SessionState::new();
        self.clock = Duration::ZERO;
        self.commands_allowed = settings.takes_commands;
        self.settings = Settings { asks_for_data: self.settings.asks_for_data, ..settings };
        self.confusion.epoch = None;
        self.undo = Undo::default();
        self.faults_seen = 0;
        self.marks_all = false;
        self.changed = true;
    }

    /// Marks every run of the session that comes: runs that were opened together are to be seen together.
    pub fn mark_all(&mut self) {
        self.marks.clear();
        self.marks_all = true;
    }

    /// Everything is known that was there: what names runs that are not there is forgotten.
    fn settle(&mut self) {
        self.marks_all = false;
        if self.run().is_none() {
            self.selected = self.session.runs().first().map(|run| Arc::clone(&run.id));
        }
        let session = &self.session;
        self.marks.retain(|run| session.run(run).is_some());
        self.settle_selection();
    }

    /// Moves the selection to the first run in sight where the selected one is hidden by the filter or gone. Nothing is
    /// selected where no run passes the filter, so that no key reaches a run that is not seen.
    pub fn settle_selection(&mut self) {
        let runs = self.session.runs();
        let passes = |id: &Arc<str>| self.session.run(id).is_some_and(|run| self.query.matches(run));
        let known = self.run().is_some();
        let is_expected = self.selected.is_some() && !known && (!self.session.caught_up || self.replay.is_some());
        if runs.is_empty() || is_expected {
            return;
        }
        let before = self.before_filter.clone().filter(passes);
        let next = before.or_else(|| self.selected.clone().filter(passes)).or_else(|| {
            let first = self.listed().first().copied()?;
            Some(Arc::clone(&runs[first].id))
        });
        if next != self.selected {
            self.selected = next;
            self.changed = true;
        }
    }

    /// Takes note of which switches took effect.
    pub(super) fn observe_switches(&mut self) {
        for id in self.undo.waiting() {
            if let Some(current) = self.session.run(&id).and_then(|run| run.current.clone()) {
                self.undo.observe(&id, &current);
            }
        }
    }

    /// Begins the shown session anew for a replay that goes back: nothing of the viewer changes.
    pub fn rewind(&mut self) {
        let id = self.session.id.clone();
        self.session = SessionState::new();
        self.session.id = id;
        self.changed = true;
    }

    /// Whether something changed since the question before, so that a frame is worth drawing.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The sessions on disk, newest first. The row that was selected stays so, wherever it stands now.
    pub fn set_library(&mut self, sessions: Vec<SessionSummary>) {
        if self.logs.read && self.library == sessions {
            return;
        }
        let selected = self.logs.recalled.take().or_else(|| super::library::selected_path(self));
        self.library = sessions;
        self.logs.read = true;
        if let Some(path) = selected {
            super::library::select_path(self, &path);
        }
        self.changed = true;
    }

    /// The pixels that [`Effect::LoadDigits`](super::Effect::LoadDigits) asked for, or what stood in the way.
    pub fn set_digits(&mut self, images: Result<Vec<Digit>, String>) {
        if let Some(Overlay::Digits(digits)) = &mut self.overlay {
            match images {
                Ok(images) => digits.images = Some(images),
                Err(reason) => digits.missing = Some(reason),
            }
            self.changed = true;
        }
    }

    /// How far the replay is; `None` ends it.
    pub fn set_replay(&mut self, replay: Option<Replay>) {
        self.changed |= self.replay != replay;
        self.replay = replay;
    }

    /// What the user waits for from now on, in words.
    pub fn set_waiting(&mut self, waiting: Option<String>) {
        self.changed |= self.waiting != waiting;
        self.waiting = waiting;
    }

    /// How far the download is, or `Err` with what went wrong, or `Ok(None)` when the choice of data is over.
    pub fn set_download(&mut self, progress: Result<Option<(u64, Option<u64>)>, String>) {
        self.changed = true;
        match (&mut self.overlay, progress) {
            (Some(Overlay::Welcome(welcome)), Ok(Some(progress))) => welcome.download = Some(progress),
            (Some(Overlay::Welcome(_)), Ok(None)) => self.overlay = None,
            (Some(Overlay::Welcome(welcome)), Err(reason)) => {
                welcome.left = None;
                welcome.download = None;
                welcome.failed = Some(reason);
            }
            (_, Err(reason)) => self.own_faults.push(reason),
            _ => {}
        }
    }

    /// The selected run.
    #[must_use]
    pub fn run(&self) -> Option<&RunState> {
        self.selected.as_ref().and_then(|id| self.session.run(id))
    }

    /// Whether any run is worked on or waits for it.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.settings.takes_commands && self.live_runs() > 0
    }

    /// Runs that are worked on, wait for their user or for a worker.
    #[must_use]
    pub fn live_runs(&self) -> usize {
        self.session.runs().iter().filter(|run| run.status.is_live() || run.status == Status::Queued).count()
    }

    /// Faults that were not looked at yet.
    #[must_use]
    pub fn new_faults(&self) -> u64 {
        (self.session.fault_count + self.own_faults.len() as u64).saturating_sub(self.faults_seen)
    }

    /// The newest fault.
    #[must_use]
    pub fn newest_fault(&self) -> Option<&str> {
        let of_session = self.session.faults.last().map(|fault| fault.message.as_str());
        self.own_faults.last().map(String::as_str).or(of_session)
    }

    /// The runs that pass the filter, in the chosen order, as places in [`SessionState::runs`].
    #[must_use]
    pub fn listed(&self) -> Vec<usize> {
        let runs = self.session.runs();
        let mut listed: Vec<usize> = (0..runs.len()).filter(|&i| self.query.matches(&runs[i])).collect();
        crate::ui::sort::sort_runs(runs, &mut listed, self.order);
        listed
    }

    /// The runs that charts and comparisons show: the marked ones, else the selected one.
    #[must_use]
    pub fn shown(&self) -> Vec<&RunState> {
        let marked: Vec<_> = self.session.runs().iter().filter(|run| self.marks.contains(&run.id)).collect();
        if marked.is_empty() { self.run().into_iter().collect() } else { marked }
    }

    /// Filters by a query. One that cannot be understood gives way to the filter before the line was opened; why stands
    /// in [`Model::filter_fault`].
    pub fn set_filter(&mut self, text: &str) {
        self.changed = true;
        self.filter_fault = None;
        let runs = self.session.runs();
        let library = || self.library.iter().flat_map(|session| &session.runs);
        let checked = Query::parse(text).and_then(|query| {
            query.check(&|name| fields::kind(name, runs, library()))?;
            Ok(query)
        });
        match checked {
            Ok(query) => self.take_filter(text, query),
            Err(error) => {
                self.filter_fault = Some(fields::refusal(&error, runs));
                let before = self.filter_before.clone();
                self.recall_filter(&before);
            }
        }
    }

    /// Opens the line for a filter.
    pub(super) fn type_filter(&mut self) {
        self.filter_before.clone_from(&self.filter);
        self.overlay = Some(Overlay::Filter(Input::new(&self.filter)));
    }

    /// Filters by a query that was remembered. Its fields are not checked, for the runs that have them may come later.
    pub(super) fn recall_filter(&mut self, text: &str) {
        if let Ok(query) = Query::parse(text) {
            self.take_filter(text, query);
        }
    }

    fn take_filter(&mut self, text: &str, query: Query) {
        self.filter = if query.is_empty() { String::new() } else { text.to_owned() };
        self.query = query;
    }

    /// Puts words into the line at the foot.
    pub(super) fn say(&mut self, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), left: Duration::from_secs(6) });
    }

    /// Where keys mean something when nothing lies over the tab.
    pub(super) fn contexts_of_tab(&self) -> Vec<Context> {
        match (self.tab, &self.replay) {
            (Tab::Logs, _) => vec![Context::Logs, Context::Global],
            (tab, Some(_)) => vec![tab.context(), Context::Replay, Context::Global],
            (tab, None) => vec![tab.context(), Context::Run, Context::Global],
        }
    }

    /// Where keys mean something now, the first first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Some(Overlay::Help(_)) => vec![Context::Help],
            Some(Overlay::Faults(_)) => vec![Context::Faults],
            Some(Overlay::Compose(_)) => vec![Context::Compose],
            Some(Overlay::Filter(_) | Overlay::Note(..)) => vec![Context::Input],
            Some(Overlay::Digits(_)) => vec![Context::Digits],
            Some(Overlay::Question) => vec![Context::Question],
            Some(Overlay::StopRun(_)) => vec![Context::StopRun],
            Some(Overlay::Welcome(_)) => vec![Context::Welcome],
            None => self.contexts_of_tab(),
        }
    }
}
