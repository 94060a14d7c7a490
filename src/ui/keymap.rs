//! The one table of keys: it yields dispatch, the hints at the foot, the help and docs/keys.md.
//!
//! What a user changed of it is in `bindings`, which also holds that contexts that are active at the same time share no
//! key. Does not depend on what an action does.

use super::action::{Verb, kebab};
use super::key::{Code, Key};
use std::borrow::Cow;

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// Everywhere but in overlays.
    Global,
    /// On every tab of a session that takes commands.
    Run,
    /// While a log is replayed.
    Replay,
    /// The tab Runs.
    Runs,
    /// The tab Charts.
    Charts,
    /// The tab Confusion.
    Confusion,
    /// The tab Neurons.
    Neurons,
    /// The tab Compare.
    Compare,
    /// The tab Logs.
    Logs,
    /// The help.
    Help,
    /// The list of faults.
    Faults,
    /// The new run.
    Compose,
    /// A line that is typed.
    Input,
    /// The misclassified digits.
    Digits,
    /// The question before leaving.
    Question,
    /// The question before a run is stopped.
    StopRun,
    /// The choice of data at the start.
    Welcome,
}

impl Context {
    /// The title in the help.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "everywhere",
            Self::Run => "the selected run",
            Self::Replay => "replay",
            Self::Runs => "runs",
            Self::Charts => "charts",
            Self::Confusion => "confusion",
            Self::Neurons => "neurons",
            Self::Compare => "compare",
            Self::Logs => "logs",
            Self::Help => "help",
            Self::Faults => "faults",
            Self::Compose => "new run",
            Self::Input => "typing",
            Self::Digits => "digits",
            Self::Question => "leaving",
            Self::StopRun => "stopping a run",
            Self::Welcome => "choice of data",
        }
    }

    /// The name in a config file.
    #[must_use]
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Those whose keys a user may change: all but overlays, whose keys are those of dialogs everywhere.
    pub const REBINDABLE: [Self; 9] = [
        Self::Global,
        Self::Run,
        Self::Runs,
        Self::Charts,
        Self::Confusion,
        Self::Neurons,
        Self::Compare,
        Self::Logs,
        Self::Replay,
    ];

    /// All of them, in the order of the help.
    pub const ALL: [Self; 17] = [
        Self::Global,
        Self::Run,
        Self::Runs,
        Self::Charts,
        Self::Confusion,
        Self::Neurons,
        Self::Compare,
        Self::Logs,
        Self::Replay,
        Self::Compose,
        Self::Digits,
        Self::Input,
        Self::Question,
        Self::StopRun,
        Self::Welcome,
        Self::Faults,
        Self::Help,
    ];
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys; the first is the one that is shown.
    pub keys: Cow<'static, [Key]>,
    /// What they mean.
    pub verb: Verb,
    /// In the help, in a few words.
    pub help: &'static str,
    /// At the foot, in a word; empty where it is not shown.
    pub hint: &'static str,
}

const fn key(letter: char) -> Key {
    Key::char(letter)
}

const fn named(code: Code) -> Key {
    Key::plain(code)
}

const fn bind(context: Context, keys: &'static [Key], verb: Verb, hint: &'static str, help: &'static str) -> Binding {
    Binding { context, keys: Cow::Borrowed(keys), verb, help, hint }
}

const UP: &[Key] = &[named(Code::Up), key('k')];
const DOWN: &[Key] = &[named(Code::Down), key('j')];
const LEFT: &[Key] = &[named(Code::Left), key('h')];
const RIGHT: &[Key] = &[named(Code::Right), key('l')];
const ENTER: &[Key] = &[named(Code::Enter)];
const ESC: &[Key] = &[named(Code::Esc)];
const CLOSE: &[Key] = &[named(Code::Esc), key('q')];
const PLUS: &[Key] = &[key('+'), key('=')];

use Context as C;
use Verb as V;

/// Every key of the program.
#[rustfmt::skip]
pub static KEYMAP: &[Binding] = &[
    bind(C::Global, &[key('q'), Key::ctrl('c')], V::Quit, "", "quit; asks while runs are live"),
    bind(C::Global, &[key('?')], V::Help, "", "list the keys"),
    bind(C::Global, &[named(Code::Tab)], V::NextTab, "", "next tab"),
    bind(C::Global, &[named(Code::BackTab)], V::PreviousTab, "", "previous tab"),
    bind(C::Global, &[key('1')], V::ShowRuns, "", "Runs"),
    bind(C::Global, &[key('2')], V::ShowCharts, "", "Charts"),
    bind(C::Global, &[key('3')], V::ShowConfusion, "", "Confusion"),
    bind(C::Global, &[key('4')], V::ShowNeurons, "", "Neurons"),
    bind(C::Global, &[key('5')], V::ShowCompare, "", "Compare"),
    bind(C::Global, &[key('6')], V::ShowLogs, "logs", "Logs"),
    bind(C::Global, UP, V::Up, "", "previous row, metric or layer"),
    bind(C::Global, DOWN, V::Down, "", "next row, metric or layer"),
    bind(C::Global, LEFT, V::Left, "", "cursor left; fold a session"),
    bind(C::Global, RIGHT, V::Right, "", "cursor right; unfold a session"),
    bind(C::Global, &[named(Code::PageUp), Key::ctrl('u')], V::PageUp, "", "page up"),
    bind(C::Global, &[named(Code::PageDown), Key::ctrl('d')], V::PageDown, "", "page down"),
    bind(C::Global, &[named(Code::Home), key('g')], V::First, "", "first"),
    bind(C::Global, &[named(Code::End), key('G')], V::Last, "", "last"),
    bind(C::Global, &[key('[')], V::PreviousRun, "", "previous run"),
    bind(C::Global, &[key(']')], V::NextRun, "run", "next run"),
    bind(C::Global, &[key('m')], V::Mark, "mark", "mark the run for charts, differences and tests"),
    bind(C::Global, &[key('M')], V::Unmark, "", "clear marks"),
    bind(C::Global, &[key('/')], V::Filter, "filter", "filter: words, acc > 0.97, activation=tanh,relu, a OR b, -diverged"),
    bind(C::Global, ESC, V::Back, "", "clear the filter, the cursor or the zoom"),
    bind(C::Global, &[key('u')], V::Undo, "", "undo the last change of a live run, within ten seconds"),
    bind(C::Global, &[key('n')], V::Compose, "new", "compose a new run"),
    bind(C::Global, &[key('y')], V::SaveScreen, "", "save the screen as a text file"),
    bind(C::Global, &[key('!')], V::Faults, "", "list faults of logs and alerts of runs"),
    bind(C::Global, &[Key::ctrl('l')], V::Redraw, "", "redraw"),
    bind(C::Global, &[Key::ctrl('z')], V::Suspend, "", "suspend; fg resumes"),

    bind(C::Run, &[key('a')], V::NextActivation, "activation", "next activation: live from the next batch on, else a new run"),
    bind(C::Run, &[key('A')], V::PreviousActivation, "", "previous activation"),
    bind(C::Run, &[key('r')], V::NextRegulariser, "regulariser", "next regulariser"),
    bind(C::Run, &[key('R')], V::PreviousRegulariser, "", "previous regulariser"),
    bind(C::Run, PLUS, V::Stronger, "", "stronger regulariser"),
    bind(C::Run, &[key('-')], V::Weaker, "", "weaker regulariser"),
    bind(C::Run, &[key('>')], V::RaiseRate, "", "raise the learning rate"),
    bind(C::Run, &[key('<')], V::LowerRate, "", "lower the learning rate"),
    bind(C::Run, &[key(' ')], V::Pause, "pause", "pause or resume"),
    bind(C::Run, &[key('p')], V::PauseAll, "", "pause or resume all"),
    bind(C::Run, &[key('x')], V::Stop, "stop", "stop, with a checkpoint; asks first"),
    bind(C::Run, &[key('f')], V::Fork, "fork", "fork from the newest checkpoint with one setting changed"),
    bind(C::Run, &[key('c')], V::Checkpoint, "", "save the weights now"),
    bind(C::Run, &[key('N')], V::Note, "note", "write a note into the log"),

    bind(C::Runs, ENTER, V::Open, "open", "open the run's charts"),
    bind(C::Runs, &[key('s')], V::Sort, "sort", "sort by the next column"),
    bind(C::Runs, &[key('S')], V::Reverse, "", "reverse the order"),

    bind(C::Charts, &[key('e')], V::NextAxis, "axis", "x axis: steps, epochs or seconds"),
    bind(C::Charts, &[key('v')], V::Scale, "log", "logarithmic y axis"),
    bind(C::Charts, &[key('s')], V::Smoother, "smooth", "smooth more"),
    bind(C::Charts, &[key('S')], V::Rougher, "", "smooth less"),
    bind(C::Charts, &[key('w')], V::Raw, "", "hide or show the raw values behind a smoothed curve"),
    bind(C::Charts, &[key('o')], V::Outliers, "", "include outliers in the y axis, or only the middle 98 %"),
    bind(C::Charts, &[key('b')], V::Group, "band", "group into means with bands: by experiment, by each setting that differs"),
    bind(C::Charts, &[key('z')], V::ZoomIn, "zoom", "zoom in at the cursor"),
    bind(C::Charts, &[key('Z')], V::ZoomOut, "", "zoom out"),
    bind(C::Charts, &[key(',')], V::Earlier, "", "scroll left"),
    bind(C::Charts, &[key('.')], V::Later, "", "scroll right"),
    bind(C::Charts, &[key('0')], V::Whole, "", "show the whole range"),
    bind(C::Charts, ENTER, V::Open, "", "cursor to the end"),

    bind(C::Confusion, &[key(',')], V::Earlier, "epoch", "previous epoch"),
    bind(C::Confusion, &[key('.')], V::Later, "", "next epoch"),
    bind(C::Confusion, &[key('0')], V::Whole, "newest", "newest epoch"),
    bind(C::Confusion, &[key('v')], V::Scale, "shares", "counts or shares of the row"),
    bind(C::Confusion, &[key('d')], V::Difference, "difference", "difference to the marked run"),
    bind(C::Confusion, ENTER, V::Open, "digits", "the misclassified digits of the cell"),

    bind(C::Neurons, &[key('e')], V::NextAxis, "axis", "x axis: steps, epochs or seconds"),

    bind(C::Compare, &[key('b')], V::Group, "group", "group by the next setting that differs"),
    bind(C::Compare, &[key('s')], V::Sort, "sort", "sort by the next column"),
    bind(C::Compare, &[key('S')], V::Reverse, "", "reverse the order"),
    bind(C::Compare, &[key('v')], V::Scale, "page", "next page: metrics, classes, confusion"),
    bind(C::Compare, ENTER, V::Open, "reference", "use as reference"),

    bind(C::Logs, ENTER, V::Open, "open", "open the session or the run"),
    bind(C::Logs, &[key('p')], V::Replay, "replay", "replay the run"),
    bind(C::Logs, &[key('o')], V::Together, "together", "overlay the marked runs of all sessions in Charts"),
    bind(C::Logs, &[key('s')], V::Sort, "sort", "sort by the next column"),
    bind(C::Logs, &[key('S')], V::Reverse, "", "reverse the order"),
    bind(C::Logs, &[Key::ctrl('r')], V::Refresh, "", "refresh"),

    bind(C::Replay, &[key(' ')], V::Pause, "play", "play or pause"),
    bind(C::Replay, &[key('>')], V::Faster, "faster", "faster, up to 100x"),
    bind(C::Replay, &[key('<')], V::Slower, "", "slower, down to 1x"),
    bind(C::Replay, &[key(';')], V::StepOn, "step", "next record"),
    bind(C::Replay, &[key('(')], V::JumpBack, "", "back by 5 %"),
    bind(C::Replay, &[key(')')], V::JumpOn, "scrub", "forward by 5 %"),
    bind(C::Replay, &[key('W')], V::Replay, "end", "end the replay: show the whole log"),

    bind(C::Compose, UP, V::Up, "", "previous setting"),
    bind(C::Compose, DOWN, V::Down, "setting", "next setting"),
    bind(C::Compose, LEFT, V::Left, "", "previous value"),
    bind(C::Compose, RIGHT, V::Right, "value", "next value"),
    bind(C::Compose, &[key('a')], V::NextActivation, "activation", "next activation"),
    bind(C::Compose, &[key('A')], V::PreviousActivation, "", "previous activation"),
    bind(C::Compose, &[key('r')], V::NextRegulariser, "regulariser", "next regulariser"),
    bind(C::Compose, &[key('R')], V::PreviousRegulariser, "", "previous regulariser"),
    bind(C::Compose, PLUS, V::Stronger, "strength", "stronger regulariser"),
    bind(C::Compose, &[key('-')], V::Weaker, "", "weaker regulariser"),
    bind(C::Compose, &[named(Code::Backspace)], V::Erase, "", "delete a digit"),
    bind(C::Compose, &[Key::ctrl('u')], V::EraseAll, "", "clear the setting"),
    bind(C::Compose, ENTER, V::Open, "start", "queue the run"),
    bind(C::Compose, CLOSE, V::Back, "cancel", "cancel"),

    bind(C::Input, ENTER, V::Open, "accept", "accept"),
    bind(C::Input, &[named(Code::Esc), Key::ctrl('c')], V::Back, "cancel", "cancel"),
    bind(C::Input, &[named(Code::Backspace)], V::Erase, "", "delete a letter"),
    bind(C::Input, &[Key::ctrl('u')], V::EraseAll, "", "clear"),
    bind(C::Input, &[named(Code::Left)], V::Left, "", "cursor left"),
    bind(C::Input, &[named(Code::Right)], V::Right, "", "cursor right"),
    bind(C::Input, &[named(Code::Home), Key::ctrl('a')], V::First, "", "start of the line"),
    bind(C::Input, &[named(Code::End), Key::ctrl('e')], V::Last, "", "end of the line"),

    bind(C::Digits, &[named(Code::Left), key('h'), named(Code::PageUp)], V::PageUp, "", "previous digits"),
    bind(C::Digits, &[named(Code::Right), key('l'), named(Code::PageDown)], V::PageDown, "more", "next digits"),
    bind(C::Digits, &[key('y')], V::SaveScreen, "save", "save the screen as a text file"),
    bind(C::Digits, CLOSE, V::Back, "close", "close"),

    bind(C::Question, &[key('s')], V::StopAndQuit, "stop", "stop all runs, with checkpoints, and quit"),
    bind(C::Question, &[key('l')], V::LeaveRunning, "leave running", "quit; the runs continue"),
    bind(C::Question, &[key('c'), named(Code::Esc), key('q')], V::Back, "cancel", "cancel"),

    bind(C::StopRun, &[key('s'), key('y')], V::StopRun, "stop", "stop the run, with a checkpoint"),
    bind(C::StopRun, &[key('c'), named(Code::Esc), key('q'), key('n')], V::Back, "cancel", "cancel"),

    bind(C::Welcome, &[key('d')], V::Download, "download", "download MNIST (11 MB)"),
    bind(C::Welcome, &[key('b'), named(Code::Enter)], V::BuiltIn, "built-in digits", "start on the built-in digits"),
    bind(C::Welcome, &[key('?')], V::Help, "more", "what the choices mean"),
    bind(C::Welcome, &[key('q'), named(Code::Esc), Key::ctrl('c')], V::Quit, "quit", "quit"),

    bind(C::Faults, UP, V::Up, "", "line up"),
    bind(C::Faults, DOWN, V::Down, "", "line down"),
    bind(C::Faults, &[named(Code::Esc), key('q'), key('!')], V::Back, "close", "close"),

    bind(C::Help, UP, V::Up, "", "line up"),
    bind(C::Help, DOWN, V::Down, "scroll", "line down"),
    bind(C::Help, &[named(Code::PageUp), Key::ctrl('u')], V::PageUp, "", "page up"),
    bind(C::Help, &[named(Code::PageDown), key(' '), Key::ctrl('d')], V::PageDown, "", "page down"),
    bind(C::Help, &[named(Code::Esc), key('q'), key('?')], V::Back, "close", "close"),
];

/// A binding's keys in words: `q, ctrl-c`.
#[must_use]
pub fn key_names(binding: &Binding) -> String {
    binding.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The whole table as Markdown, for docs/keys.md.
#[must_use]
pub fn markdown() -> String {
    let mut table = String::from("| where | key | does | action |\n|---|---|---|---|\n");
    for context in Context::ALL {
        for binding in KEYMAP.iter().filter(|binding| binding.context == context) {
            let keys: Vec<_> = binding.keys.iter().map(|key| format!("`{key}`")).collect();
            let action = if Context::REBINDABLE.contains(&context) {
                format!("`{}.{}`", context.name(), binding.verb.name())
            } else {
                String::new()
            };
            table.extend(["| ", context.title(), " | ", &keys.join(" "), " | ", binding.help, " | ", &action, " |\n"]);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_key() {
        for verb in Verb::ALL {
            assert!(KEYMAP.iter().any(|binding| binding.verb == *verb && !binding.keys.is_empty()), "{verb:?}");
        }
    }

    #[test]
    fn every_context_is_listed_and_has_keys() {
        for context in Context::ALL {
            assert!(KEYMAP.iter().any(|binding| binding.context == context), "{context:?}");
        }
        assert!(KEYMAP.iter().all(|binding| Context::ALL.contains(&binding.context) && !binding.help.is_empty()));
    }

    #[test]
    fn the_page_gets_every_line() {
        assert_eq!(markdown().lines().count(), KEYMAP.len() + 2);
    }
}
