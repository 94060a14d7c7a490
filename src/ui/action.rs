//! What can happen to the screen: a key, its meaning, a paste, the passing of time.
//!
//! Does not depend on which key means what (that is `keymap`), nor what follows (that is `update`).

use super::key::Key;
use crate::protocol::Reply;
use std::time::Duration;

/// Something that happens to the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// A key was pressed.
    Press(Key),
    /// A key's meaning, as the keymap gives it.
    Do(Verb),
    /// Text was pasted.
    Paste(String),
    /// The left button of a mouse was pressed at a column and line, from 0.
    Click(u16, u16),
    /// A mouse wheel turned, down where positive.
    Wheel(i8),
    /// Time passed since the tick before.
    Tick {
        /// How much.
        elapsed: Duration,
    },
    /// What the link to the terminal carries.
    Measured {
        /// Bytes a second, over the last seconds.
        bytes_per_second: f64,
    },
    /// The answer to a command that the screen sent.
    Answered(Reply),
    /// A message for the line at the foot.
    Say(String),
    /// Something went wrong outside of any log: shown until it was read.
    Fault(String),
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident,)*) => {
        /// The meaning of a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Verb {
            $($(#[$doc])* $verb,)*
        }

        impl Verb {
            /// All of them; each has a key.
            pub const ALL: &'static [Self] = &[$(Self::$verb,)*];

            /// The name in a config file: `next-tab`.
            #[must_use]
            pub fn name(self) -> String {
                kebab(&format!("{self:?}"))
            }
        }
    };
}

/// A name in CamelCase with dashes instead: `next-tab`.
pub(super) fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

verbs! {
    /// Quit the program, with a question when runs are live.
    Quit,
    /// Stop the program as a process until `fg`.
    Suspend,
    /// Show what every key does.
    Help,
    /// Redraw.
    Redraw,
    /// Save the screen as a file.
    SaveScreen,
    /// Show the faults.
    Faults,
    /// Open the next tab.
    NextTab,
    /// Open the previous tab.
    PreviousTab,
    /// Open the tab Runs.
    ShowRuns,
    /// Open the tab Charts.
    ShowCharts,
    /// Open the tab Confusion.
    ShowConfusion,
    /// Open the tab Neurons.
    ShowNeurons,
    /// Open the tab Compare.
    ShowCompare,
    /// Open the tab Logs.
    ShowLogs,
    /// One up.
    Up,
    /// One down.
    Down,
    /// One to the left.
    Left,
    /// One to the right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// Open or accept what is selected.
    Open,
    /// Close, cancel or clear.
    Back,
    /// Select the previous run, on any tab.
    PreviousRun,
    /// Select the next run, on any tab.
    NextRun,
    /// Mark the selected run for charts and differences.
    Mark,
    /// Clear all marks.
    Unmark,
    /// Write a filter.
    Filter,
    /// Compose a new run.
    Compose,
    /// Switch to the next activation.
    NextActivation,
    /// Switch to the activation before.
    PreviousActivation,
    /// Switch to the next regulariser.
    NextRegulariser,
    /// Switch to the regulariser before.
    PreviousRegulariser,
    /// Strengthen the regulariser.
    Stronger,
    /// Weaken the regulariser.
    Weaker,
    /// Raise the learning rate.
    RaiseRate,
    /// Lower the learning rate.
    LowerRate,
    /// Pause the selected run, or let it go on.
    Pause,
    /// Pause all runs, or let them go on.
    PauseAll,
    /// Stop the selected run, after a question.
    Stop,
    /// Stop the run that was asked about.
    StopRun,
    /// Take the newest switch of a live run's setting back.
    Undo,
    /// Fork the selected run from its newest checkpoint.
    Fork,
    /// Save the weights of the selected run.
    Checkpoint,
    /// Write a note into the selected run's log.
    Note,
    /// Draw over another axis: steps, epochs or seconds.
    NextAxis,
    /// Turn the logarithmic axis on or off, or counts into shares.
    Scale,
    /// Smooth more.
    Smoother,
    /// Smooth less.
    Rougher,
    /// Hide or show the values behind a smoothed curve.
    Raw,
    /// Let the vertical axis reach over outliers, or over the middle of the values.
    Outliers,
    /// Group seeds, or group by another setting.
    Group,
    /// Zoom in.
    ZoomIn,
    /// Zoom out.
    ZoomOut,
    /// Move the view, the epoch or the replay back.
    Earlier,
    /// Move the view, the epoch or the replay on.
    Later,
    /// The whole range, or the newest epoch.
    Whole,
    /// Difference to another run.
    Difference,
    /// Sort by the next column.
    Sort,
    /// Reverse the order.
    Reverse,
    /// Play a log as if it were live.
    Replay,
    /// Play faster.
    Faster,
    /// Play slower.
    Slower,
    /// Play one record.
    StepOn,
    /// Jump back in the replay.
    JumpBack,
    /// Jump on in the replay.
    JumpOn,
    /// Open the marked logs together.
    Together,
    /// Refresh the list of logs.
    Refresh,
    /// Delete the letter before the cursor.
    Erase,
    /// Delete everything before the cursor.
    EraseAll,
    /// Stop all runs and quit.
    StopAndQuit,
    /// Quit; the runs continue.
    LeaveRunning,
    /// Download MNIST.
    Download,
    /// Start on the built-in digits.
    BuiltIn,
}
