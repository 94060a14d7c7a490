//! The tabs of the screen, with their titles and names.
//!
//! Does not depend on what they show.

use super::keymap::Context;

/// The tabs, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    /// The table of runs and the selected one.
    #[default]
    Runs,
    /// Curves of several runs.
    Charts,
    /// The confusion table of the selected run.
    Confusion,
    /// The neurons of the selected run.
    Neurons,
    /// Experiments side by side.
    Compare,
    /// Logs on disk.
    Logs,
}

impl Tab {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Runs, Self::Charts, Self::Confusion, Self::Neurons, Self::Compare, Self::Logs];

    /// The title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Charts => "Charts",
            Self::Confusion => "Confusion",
            Self::Neurons => "Neurons",
            Self::Compare => "Compare",
            Self::Logs => "Logs",
        }
    }

    /// The tab of a name as the command line writes it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.title().eq_ignore_ascii_case(name))
    }

    pub(super) fn context(self) -> Context {
        match self {
            Self::Runs => Context::Runs,
            Self::Charts => Context::Charts,
            Self::Confusion => Context::Confusion,
            Self::Neurons => Context::Neurons,
            Self::Compare => Context::Compare,
            Self::Logs => Context::Logs,
        }
    }
}
