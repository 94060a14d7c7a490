//! The event loop: inputs and updates are drained, then one frame is drawn if something changed and it is due.
//!
//! Generic over ratatui's backend and over a channel of inputs, so that tests press real keys against a test screen.
//! Does not depend on what is drawn or what keys mean. The drain-then-draw order is yazi's, the loop over a test backend
//! gitui's.

use super::effects::EffectRunner;
use super::frame_scheduler::FrameScheduler;
use super::terminal::{Input, Traffic, action, suspend};

use crate::source::{Description, Flow, Source};
use crate::ui::{Action, Effect, Model, Settings, update, view};
use crossbeam_channel::{Receiver, select};
use ratatui::Terminal;
use ratatui::backend::Backend;
use std::io;
use std::time::{Duration, Instant};

/// Updates taken between two looks at the keyboard: a few milliseconds of work.
const MAX_UPDATES: usize = 2_000;
/// How often a source is asked for news.
const POLL: Duration = Duration::from_millis(50);
/// How often time is told to the model.
const TICK: Duration = Duration::from_millis(250);
/// Over how long the link's load is averaged.
const LOAD_WINDOW: Duration = Duration::from_secs(2);

/// How the loop came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopExit {
    /// The user left.
    Quit {
        /// Whether live runs go on.
        leave_running: bool,
    },
    /// A signal asks for an end in order.
    Signal(i32),
    /// The terminal is gone: it hung up, or a frame could not be written.
    Lost,
}

/// The terminal as something that can be given back for a while.
pub trait TerminalControl {
    /// Gives it back.
    ///
    /// # Errors
    /// When it is gone.
    fn leave(&self) -> io::Result<()>;
    /// Takes it again.
    ///
    /// # Errors
    /// When it is gone.
    fn enter(&self) -> io::Result<()>;
    /// Whether it would take a frame without blocking.
    fn is_ready(&self) -> bool;
    /// Whether a panic in some thread gave it back.
    fn is_taken_away(&self) -> bool;
}

/// The monitor: what the screen is drawn from, and those who carry out what it wants.
pub struct EventLoop {
    /// What the screen is drawn from.
    pub model: Model,
    pub(super) effects: EffectRunner,
    pace: FrameScheduler,
    began: Instant,
    last_tick: Duration,
    load: Load,
}

/// Bytes a second over the last window.
#[derive(Debug, Default)]
struct Load {
    since: Duration,
    bytes: u64,
}

enum Step {
    On,
    End(LoopExit),
}

impl EventLoop {
    /// A monitor that looks like `settings`, over what `effects` offers, with at most `fps` frames a second.
    #[must_use]
    pub fn new(settings: Settings, effects: EffectRunner, fps: Option<u8>) -> Self {
        Self {
            model: Model::new(settings),
            effects,
            pace: FrameScheduler::new(fps),
            began: Instant::now(),
            last_tick: Duration::ZERO,
            load: Load::default(),
        }
    }

    /// Has something happen to the screen before its first frame.
    pub fn begin(&mut self, action: Action) {
        for effect in update(&mut self.model, action) {
            self.effects.carry_out(effect, &mut self.model, Duration::ZERO);
        }
    }

    /// Gives up the session that was looked at, and one that trains in this process meanwhile.
    #[must_use]
    pub fn into_sources(self) -> Vec<Box<dyn Source>> {
        self.effects.into_sources()
    }

    /// Runs until the user leaves, a signal ends it or the terminal is gone.
    pub fn run<B: Backend>(
        &mut self,
        terminal: &mut Terminal<B>,
        inputs: &Receiver<Input>,
        traffic: &Traffic,
        hold: &dyn TerminalControl,
    ) -> LoopExit {
        loop {
            let mut busy = false;
            match self.drain(terminal, inputs, hold, &mut busy) {
                Step::On => {}
                Step::End(end) => return end,
            }
            if hold.is_taken_away() {
                return LoopExit::Lost;
            }
            if self.model.take_changed() {
                self.pace.data();
            }
            if self.effects.take_arrival() {
                self.pace.arrived();
            }
            let now = self.began.elapsed();
            self.pace.reading(self.effects.is_reading(&self.model), now);
            let mut rest = if busy { Duration::ZERO } else { POLL };
            match self.pace.wait(now) {
                Some(wait) if wait.is_zero() && hold.is_ready() => {
                    let (model, before) = (&self.model, traffic.bytes());
                    let mut layout = model.layout;
                    if terminal.draw(|frame| layout = view(model, frame)).is_err() {
                        return LoopExit::Lost;
                    }
                    self.model.layout = layout;
                    self.pace.drawn(self.began.elapsed(), traffic.last_write(), traffic.bytes() - before);
                }
                Some(wait) => rest = rest.min(wait),
                None => {}
            }
            self.measure(traffic, now);
            if let Some(Step::End(end)) = self.wait(rest, terminal, inputs, hold) {
                return end;
            }
        }
    }

    /// Takes everything that is there: inputs, finished work, updates, time.
    fn drain<B: Backend>(
        &mut self,
        terminal: &mut Terminal<B>,
        inputs: &Receiver<Input>,
        hold: &dyn TerminalControl,
        busy: &mut bool,
    ) -> Step {
        while let Ok(input) = inputs.try_recv() {
            if let Step::End(end) = self.take(input, terminal, hold) {
                return Step::End(end);
            }
        }
        let now = self.began.elapsed();
        *busy = self.effects.bring(&mut self.model, now, MAX_UPDATES) == Flow::More;
        if now.saturating_sub(self.last_tick) >= TICK {
            let elapsed = now.saturating_sub(self.last_tick);
            self.last_tick = now;
            return self.act(Action::Tick { elapsed }, terminal);
        }
        Step::On
    }

    /// Waits for an input or for finished work, at most `rest`.
    fn wait<B: Backend>(
        &mut self,
        rest: Duration,
        terminal: &mut Terminal<B>,
        inputs: &Receiver<Input>,
        hold: &dyn TerminalControl,
    ) -> Option<Step> {
        if rest.is_zero() {
            return None;
        }
        let done = self.effects.done().clone();
        select! {
            recv(inputs) -> input => match input {
                Ok(input) => Some(self.take(input, terminal, hold)),
                // Nobody can press a key or send a signal any more.
                Err(_) => Some(Step::End(LoopExit::Lost)),
            },
            recv(done) -> work => {
                if let Ok(work) = work {
                    self.effects.finish(work, &mut self.model, self.began.elapsed());
                }
                None
            },
            default(rest) => None,
        }
    }

    fn take<B: Backend>(&mut self, input: Input, terminal: &mut Terminal<B>, hold: &dyn TerminalControl) -> Step {
        match input {
            Input::Terminal(event) => {
                let Some(action) = action(&event) else { return Step::On };
                self.pace.key(self.began.elapsed());
                self.act(action, terminal)
            }
            Input::Resized => {
                self.pace.key(self.began.elapsed());
                Step::On
            }
            Input::Suspend => self.suspend(terminal, hold),
            // Stopped by a signal that cannot be caught: the shell has had the terminal meanwhile.
            Input::Continued => self.retake(terminal, hold),
            Input::Terminate(signal) => Step::End(LoopExit::Signal(signal)),
            Input::Lost => Step::End(LoopExit::Lost),
        }
    }

    fn act<B: Backend>(&mut self, action: Action, terminal: &mut Terminal<B>) -> Step {
        for effect in update(&mut self.model, action) {
            let step = match effect {
                Effect::Quit { leave_running } => Step::End(LoopExit::Quit { leave_running }),
                Effect::Suspend => {
                    suspend::request();
                    Step::On
                }
                Effect::Redraw => redraw(terminal),
                Effect::SaveScreen => {
                    let area = terminal.get_frame().area();
                    self.effects.save_screen(&mut self.model, area);
                    Step::On
                }
                other => {
                    self.effects.carry_out(other, &mut self.model, self.began.elapsed());
                    Step::On
                }
            };
            if matches!(step, Step::End(_)) {
                return step;
            }
        }
        Step::On
    }

    fn suspend<B: Backend>(&mut self, terminal: &mut Terminal<B>, hold: &dyn TerminalControl) -> Step {
        if hold.leave().is_err() {
            return Step::End(LoopExit::Lost);
        }
        suspend::stop();
        self.retake(terminal, hold)
    }

    fn retake<B: Backend>(&mut self, terminal: &mut Terminal<B>, hold: &dyn TerminalControl) -> Step {
        if hold.leave().and_then(|()| hold.enter()).is_err() {
            return Step::End(LoopExit::Lost);
        }
        self.pace.key(self.began.elapsed());
        redraw(terminal)
    }

    fn measure(&mut self, traffic: &Traffic, now: Duration) {
        let window = now.saturating_sub(self.load.since);
        if window >= LOAD_WINDOW {
            let bytes = traffic.bytes();
            let bytes_per_second = (bytes - self.load.bytes) as f64 / window.as_secs_f64();
            self.load = Load { since: now, bytes };
            // It changes a number at the foot and wants nothing done.
            let _ = update(&mut self.model, Action::Measured { bytes_per_second });
        }
    }
}

fn redraw<B: Backend>(terminal: &mut Terminal<B>) -> Step {
    if terminal.clear().is_err() { Step::End(LoopExit::Lost) } else { Step::On }
}

/// What a source is, as the screen's settings.
#[must_use]
pub fn settings_of(description: &Description, settings: &Settings) -> Settings {
    Settings {
        source: description.name.clone(),
        takes_commands: description.takes_commands,
        takes_notes: description.takes_notes,
        in_process: description.in_process,
        ..settings.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::services::Services;
    use crate::app::test_source::{Fake, epoch, header, plan, started};
    use crate::protocol::{Command, Reply, Target, Update};
    use crossbeam_channel::unbounded;
    use ratatui::backend::TestBackend;
    use std::sync::{Arc, Mutex};
    use termina::Event;
    use termina::event::{KeyCode, KeyEvent, Modifiers};

    struct Always;

    impl TerminalControl for Always {
        fn leave(&self) -> io::Result<()> {
            Ok(())
        }
        fn enter(&self) -> io::Result<()> {
            Ok(())
        }
        fn is_ready(&self) -> bool {
            true
        }
        fn is_taken_away(&self) -> bool {
            false
        }
    }

    /// A source whose commands a test can read while the monitor owns it.
    struct Overheard(Fake, Arc<Mutex<Vec<Command>>>);

    impl Source for Overheard {
        fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
            self.0.poll(out, most)
        }
        fn send(&mut self, command: Command) -> Reply {
            self.1.lock().unwrap().push(command.clone());
            self.0.send(command)
        }
        fn describe(&self) -> Description {
            self.0.describe()
        }
    }

    fn services() -> Services {
        let nowhere = "/nonexistent";
        Services {
            mnist: nowhere.into(),
            pictures: nowhere.into(),
            catalog_path: nowhere.into(),
            ..Services::disabled()
        }
    }

    fn live() -> Vec<Update> {
        let mut updates = vec![header("MNIST")];
        updates.extend((0..3).map(|seed| plan("relu", seed)));
        updates.extend([started("relu", 0), epoch("relu", 0, 1, 0.91), Update::CaughtUp]);
        updates
    }

    /// Presses keys one by one, each after the one before was taken, and gives the end, the last screen and commands.
    fn pressed(keys: &[KeyEvent], updates: Vec<Update>) -> (LoopExit, String, Vec<Command>) {
        let commands = Arc::new(Mutex::new(Vec::new()));
        let source = Overheard(Fake::live(updates), Arc::clone(&commands));
        let settings = settings_of(&source.describe(), &Settings::default());
        let mut monitor = EventLoop::new(settings, EffectRunner::new(Box::new(source), services()), Some(60));
        let (sender, inputs) = unbounded();
        let keys = keys.to_vec();
        let presses = std::thread::spawn(move || {
            for key in keys {
                std::thread::sleep(Duration::from_millis(60));
                sender.send(Input::Terminal(Event::Key(key))).unwrap();
            }
            std::thread::sleep(Duration::from_millis(60));
            // The end of all inputs ends the loop as a lost terminal does.
        });
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        let end = monitor.run(&mut terminal, &inputs, &Traffic::default(), &Always);
        presses.join().unwrap();
        let screen = crate::app::Screenshot::Text.of(terminal.backend().buffer());
        let commands = commands.lock().unwrap().clone();
        (end, screen, commands)
    }

    fn key(letter: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(letter), Modifiers::NONE)
    }

    #[test]
    fn what_the_source_says_is_on_the_screen() {
        let (end, screen, _) = pressed(&[], live());
        assert_eq!(end, LoopExit::Lost);
        assert!(screen.contains("relu-s0") && screen.contains(".91"), "{screen}");
    }

    #[test]
    fn a_key_becomes_a_command() {
        let (_, _, commands) = pressed(&[key(' ')], live());
        assert_eq!(commands, [Command::Pause { target: Target::Run("relu-s0".into()) }]);
    }

    #[test]
    fn leaving_live_runs_asks_first() {
        let (end, screen, _) = pressed(&[key('q')], live());
        assert_eq!(end, LoopExit::Lost, "nothing ended yet: {screen}");
        let (end, _, _) = pressed(&[key('q'), key('l')], live());
        assert_eq!(end, LoopExit::Quit { leave_running: true });
        let (end, _, _) = pressed(&[key('q'), key('s')], live());
        assert_eq!(end, LoopExit::Quit { leave_running: false });
    }

    #[test]
    fn a_signal_ends_the_loop_and_a_lost_terminal_too() {
        for (input, wanted) in [(Input::Terminate(15), LoopExit::Signal(15)), (Input::Lost, LoopExit::Lost)] {
            let source = Fake::live(live());
            let mut monitor =
                EventLoop::new(Settings::default(), EffectRunner::new(Box::new(source), services()), None);
            let (sender, inputs) = unbounded();
            sender.send(input).unwrap();
            let mut terminal = Terminal::new(TestBackend::new(20, 5)).unwrap();
            assert_eq!(monitor.run(&mut terminal, &inputs, &Traffic::default(), &Always), wanted);
        }
    }

    #[test]
    fn a_frame_that_cannot_be_written_is_a_lost_terminal() {
        struct Broken;
        impl io::Write for Broken {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let screen = crate::app::terminal::Screen::new(Broken, || ratatui::layout::Size::new(80, 24));
        let mut terminal = Terminal::new(screen).unwrap();
        let mut monitor =
            EventLoop::new(Settings::default(), EffectRunner::new(Box::new(Fake::live(live())), services()), None);
        let (_sender, inputs) = unbounded();
        assert_eq!(monitor.run(&mut terminal, &inputs, &Traffic::default(), &Always), LoopExit::Lost);
    }

    #[test]
    fn a_log_that_is_not_there_is_a_fault_on_the_screen() {
        let mut monitor =
            EventLoop::new(Settings::default(), EffectRunner::new(Box::new(Fake::live(live())), services()), None);
        monitor.effects.carry_out(Effect::Open { path: "logs/none".into() }, &mut monitor.model, Duration::ZERO);
        assert_eq!(monitor.model.waiting.as_deref(), Some("opening logs/none"));
        let job = monitor.effects.done().recv().unwrap();
        monitor.effects.finish(job, &mut monitor.model, Duration::ZERO);
        assert!(monitor.model.waiting.is_none());
        assert!(monitor.model.newest_fault().is_some_and(|fault| fault.contains("logs/none")));
    }
}
