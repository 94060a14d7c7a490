//! Which runs of a large session are held whole: those that are looked at, and as many looked at before as fit.
//!
//! Of a large session only the beginning and the end of each log are said at first; one that became large while it was
//! watched is held whole until its ended runs are too many. Does not depend on how they are read.

use crate::source::Source;
use crate::state::{RunState, Series};
use crate::ui::Model;
use std::sync::Arc;

/// Readings that are held before the run that was looked at longest ago is let go: about 100 MB.
const MAX_READINGS: usize = 3_000_000;

/// The runs that may be let go: those that were asked for whole, and those heard whole that have ended.
#[derive(Debug)]
pub(super) struct RunCache {
    /// Those looked at last at the end.
    whole: Vec<Arc<str>>,
    most: usize,
}

impl Default for RunCache {
    fn default() -> Self {
        Self { whole: Vec::new(), most: MAX_READINGS }
    }
}

impl RunCache {
    /// Has the runs that the screen shows said whole, and those that were not looked at for longest in outline again.
    pub(super) fn turn(&mut self, source: &mut dyn Source, model: &Model) {
        let seen: Vec<&RunState> = model.run().into_iter().chain(model.shown()).collect();
        for run in &seen {
            if let Some(place) = self.whole.iter().position(|id| *id == run.id) {
                self.whole[place..].rotate_left(1);
            } else if run.is_outline {
                self.whole.push(Arc::clone(&run.id));
                source.open(&run.id);
            }
        }
        let runs = || model.session.runs().iter().filter(|run| !run.is_outline);
        let mut readings: usize = runs().map(held).sum();
        let most = self.most;
        if readings <= most {
            return;
        }
        let heard = runs().filter(|run| run.has_ended() && !self.whole.contains(&run.id));
        let heard: Vec<Arc<str>> = heard.map(|run| Arc::clone(&run.id)).collect();
        self.whole.splice(..0, heard);
        self.whole.retain(|id| {
            let is_seen = seen.iter().any(|run| run.id == *id);
            match model.session.run(id).filter(|run| readings > most && !run.is_outline && !is_seen) {
                None => true,
                Some(run) => {
                    readings -= held(run);
                    source.close(id);
                    false
                }
            }
        });
    }
}

fn held(run: &RunState) -> usize {
    run.series.values().map(Series::held).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::test_source::{epoch, finished, started};
    use crate::protocol::{Command, Reply, Update};
    use crate::source::{Description, Flow};
    use crate::ui::Settings;

    /// Says what was asked of it.
    #[derive(Default)]
    struct Asked(Vec<String>);

    impl Source for Asked {
        fn poll(&mut self, _: &mut Vec<Update>, _: usize) -> Flow {
            Flow::Idle
        }
        fn send(&mut self, _: Command) -> Reply {
            Reply::Accepted
        }
        fn open(&mut self, run: &str) {
            self.0.push(format!("open {run}"));
        }
        fn close(&mut self, run: &str) {
            self.0.push(format!("close {run}"));
        }
        fn describe(&self) -> Description {
            Description { name: String::new(), takes_commands: false, takes_notes: false, in_process: false }
        }
    }

    #[test]
    fn the_run_that_was_looked_at_longest_ago_is_let_go() {
        let mut model = Model::new(Settings::default());
        for seed in 0..4 {
            model.apply(&started("relu", seed));
            model.apply(&Update::Outline { run: format!("relu-s{seed}").into() });
        }
        let readings = |model: &mut Model, seed| {
            let run: Arc<str> = format!("relu-s{seed}").into();
            model.apply(&Update::Reset { run });
            model.apply(&started("relu", seed));
            (1..=5).for_each(|number| model.apply(&epoch("relu", seed, number, 0.9)));
        };
        let mut source = Asked::default();
        let whole = 5 * 6;
        let mut run_cache = RunCache { most: 2 * whole, ..RunCache::default() };
        for seed in [0, 1, 0, 2, 3] {
            model.selected = Some(format!("relu-s{seed}").into());
            run_cache.turn(&mut source, &model);
            if model.run().is_some_and(|run| run.is_outline) {
                readings(&mut model, seed);
                assert!(model.run().map(held) <= Some(whole));
            }
            run_cache.turn(&mut source, &model);
            if let Some(run) = source.0.last().and_then(|asked| asked.strip_prefix("close ")) {
                model.apply(&Update::Reset { run: run.into() });
                model.apply(&Update::Outline { run: run.into() });
            }
        }
        let wanted = ["open relu-s0", "open relu-s1", "open relu-s2", "close relu-s1", "open relu-s3", "close relu-s0"];
        assert_eq!(source.0, wanted);
    }

    #[test]
    fn of_the_runs_that_were_heard_whole_the_first_that_ended_are_let_go() {
        let mut model = Model::new(Settings::default());
        for seed in 0..4 {
            model.apply(&started("relu", seed));
            model.apply(&epoch("relu", seed, 1, 0.9));
            if seed < 3 {
                model.apply(&finished("relu", seed, 0.9));
            }
        }
        model.selected = Some("relu-s0".into());
        let readings: usize = model.session.runs().iter().map(held).sum();
        let mut source = Asked::default();
        RunCache { most: readings, ..RunCache::default() }.turn(&mut source, &model);
        assert_eq!(source.0, Vec::<String>::new());
        RunCache { most: readings / 2, ..RunCache::default() }.turn(&mut source, &model);
        assert_eq!(source.0, ["close relu-s1", "close relu-s2"]);
    }
}
