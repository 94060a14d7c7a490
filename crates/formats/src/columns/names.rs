//! Names of columns that count steps, tell the time, or say how long a run is to be.
//!
//! Names are compared without regard to case and to anything but letters and digits; `time/total_timesteps` counts by its
//! last part where the whole is not known.

/// Names of counters, the first that a file has counts.
const STEPS: [&str; 47] = [
    "step",
    "globalstep",
    "trainerglobalstep",
    "currentsteps",
    "currentstep",
    "steps",
    "iteration",
    "iter",
    "iters",
    "numupdates",
    "trainnumupdates",
    "validnumupdates",
    "update",
    "updates",
    "totaltimesteps",
    "timestepstotal",
    "numenvstepssampledlifetime",
    "numenvstepssampled",
    "timestep",
    "timesteps",
    "numtimesteps",
    "totalenvinteracts",
    "totalenvsteps",
    "envsteps",
    "envstep",
    "totalsteps",
    "frames",
    "frame",
    "iterations",
    "trainingiteration",
    "it",
    "minibatch",
    "batch",
    "boostinground",
    "round",
    "tree",
    "trial",
    "epoch",
    "epochs",
    "currentepoch",
    "episode",
    "episodes",
    "ep",
    "generation",
    "consumedtokens",
    "tokens",
    "samples",
];

/// Names of clocks, the first that a file has counts.
const TIMES: [&str; 15] = [
    "seconds",
    "elapsed",
    "elapsedtime",
    "timeelapsed",
    "runtime",
    "walltime",
    "timestamp",
    "timetotals",
    "passedtime",
    "totaltime",
    "datetime",
    "date",
    "passed",
    "time",
    "t",
];

/// Clocks by name that are as often something else, such as the seconds that a step takes.
const DOUBTFUL: [&str; 5] = ["time", "t", "passed", "totaltime", "date"];

/// Names of the length of a run in steps.
const PLANNED: [&str; 8] = [
    "totalsteps",
    "maxsteps",
    "totaliters",
    "maxiters",
    "totaliterations",
    "maxiterations",
    "numtrainingsteps",
    "totalupdates",
];

/// Names of the length of a run in epochs.
const PLANNED_EPOCHS: [&str; 4] = ["totalepochs", "maxepochs", "numepochs", "numtrainepochs"];

fn normal(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|sign| sign.to_ascii_lowercase()).collect()
}

/// The rank of a name among some, by the whole or by its last part.
fn rank(name: &str, known: &[&str]) -> Option<usize> {
    if name.len() > 100 {
        return None;
    }
    let place = |name: &str| {
        let name = normal(name);
        known.iter().position(|known| *known == name)
    };
    place(name).map(|place| 2 * place).or_else(|| {
        let (_, last) = name.rsplit_once(['/', '.'])?;
        place(last).map(|place| 2 * place + 1)
    })
}

/// How soon a name is taken for that of steps: 0 is the first.
pub(super) fn step_rank(name: &str) -> Option<usize> {
    rank(name, &STEPS)
}

/// Whether a name is one of steps.
pub(crate) fn is_step_name(name: &str) -> bool {
    step_rank(name).is_some()
}

/// How soon a name is taken for that of a clock.
pub(super) fn time_rank(name: &str) -> Option<usize> {
    rank(name, &TIMES)
}

/// Whether a clock's name does not suffice.
pub(super) fn is_doubtful_time(name: &str) -> bool {
    rank(name, &DOUBTFUL).is_some()
}

/// Whether a column counts epochs.
pub(super) fn is_epoch(name: &str) -> bool {
    rank(name, &["epoch", "epochs", "currentepoch"]).is_some()
}

/// Whether a column says how many steps, or epochs, the run is to make.
pub(super) fn is_planned(name: &str, in_epochs: bool) -> bool {
    rank(name, if in_epochs { &PLANNED_EPOCHS } else { &PLANNED }).is_some()
}

/// Whether a column is a plain counter that says nothing where another counts steps.
pub(super) fn is_plain_counter(name: &str) -> bool {
    matches!(normal(name).as_str(), "step" | "iter" | "iteration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_letters() {
        for name in
            ["step", "_step", "Epoch", "  epoch ", "time/total_timesteps", "train/global_step", "TotalEnvInteracts"]
        {
            assert!(is_step_name(name), "{name}");
        }
        for name in ["loss", "step_time", "epoch_loss", "", "lr-Adam"] {
            assert!(!is_step_name(name), "{name}");
        }
        assert!(step_rank("time/total_timesteps") < step_rank("time/iterations"));
        assert!(step_rank("step") < step_rank("train/step"));
    }
}
