//! From an action to the family that knows it.

use super::{charts, commands, compare, confusion, logs, navigate, replay, time, typing};
use crate::fmt::width;
use crate::protocol::Reply;
use crate::ui::action::{Action, Verb};
use crate::ui::effect::Effect;
use crate::ui::key::Key;
use crate::ui::model::{Model, Overlay, Tab};
use crate::ui::overlays;

/// Lets an action happen to the model and returns what is to be done outside of it.
pub fn update(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick { elapsed } => {
            model.observe_switches();
            model.settle_selection();
            return time::passed(model, elapsed);
        }
        Action::Measured { bytes_per_second } => {
            time::measured(model, bytes_per_second);
            return Vec::new();
        }
        _ => model.changed = true,
    }
    // A record may have hidden the selected run since the last key.
    model.observe_switches();
    model.settle_selection();
    let effects = happened(model, action);
    model.settle_selection();
    effects
}

fn happened(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Press(key) => pressed(model, key),
        Action::Do(verb) => act(model, verb),
        Action::Paste(words) => {
            typing::insert(model, &words);
            Vec::new()
        }
        Action::Click(x, y) => navigate::clicked(model, x, y),
        Action::Wheel(lines) => act(model, if lines > 0 { Verb::Down } else { Verb::Up }),
        Action::Answered(Reply::Accepted) | Action::Tick { .. } | Action::Measured { .. } => Vec::new(),
        Action::Answered(Reply::Refused { reason }) => {
            model.say(format!("refused: {}", width::clean(&reason)));
            Vec::new()
        }
        Action::Say(words) => {
            model.say(width::clean(&words));
            Vec::new()
        }
        Action::Fault(words) => {
            model.own_faults.push(words);
            Vec::new()
        }
    }
}

fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    overlays::touched(model);
    if let Some(verb) = model.settings.keymap.meaning(&model.contexts(), key) {
        act(model, verb)
    } else {
        if !typing::pressed(model, key) {
            model.say(format!("{key} does nothing here; ? lists the keys"));
        }
        Vec::new()
    }
}

fn act(model: &mut Model, verb: Verb) -> Vec<Effect> {
    if model.overlay.is_some() {
        return overlays::act(model, verb);
    }
    let of_tab = match model.tab {
        Tab::Charts => charts::act(model, verb),
        Tab::Confusion => confusion::act(model, verb),
        Tab::Compare => compare::act(model, verb),
        Tab::Logs => logs::act(model, verb),
        Tab::Runs | Tab::Neurons => None,
    };
    if let Some(effects) = of_tab {
        return effects;
    }
    if model.replay.is_some()
        && let Some(effects) = replay::act(model, verb)
    {
        return effects;
    }
    commands::act(model, verb).or_else(|| navigate::act(model, verb)).unwrap_or_else(|| everywhere(model, verb))
}

fn everywhere(model: &mut Model, verb: Verb) -> Vec<Effect> {
    match verb {
        Verb::Quit if model.is_live() => model.overlay = Some(Overlay::Question),
        Verb::Quit => return vec![Effect::Remember, Effect::Quit { leave_running: false }],
        Verb::Suspend => return vec![Effect::Suspend],
        Verb::Redraw => return vec![Effect::Redraw],
        Verb::SaveScreen => return vec![Effect::SaveScreen],
        Verb::Help => {
            model.layout.last_line = usize::MAX;
            model.overlay = Some(Overlay::Help(0));
        }
        Verb::Faults => overlays::open_faults(model),
        Verb::Filter => {
            model.before_filter.clone_from(&model.selected);
            model.type_filter();
        }
        Verb::Back => return navigate::back(model),
        _ => {}
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        Activation, Change, Command, Event, Family, Record, RunPlan, RunStarted, Setting, Spec, Status, Target, Update,
    };
    use crate::ui::model::{Settings, Welcome};
    use std::sync::Arc;
    use std::time::Duration;

    fn plan(run: &str) -> RunPlan {
        let spec = Arc::new(Spec { epochs: 4, ..Spec::default() });
        RunPlan { run: run.into(), name: run.into(), order: 0, seed: 0, spec, fork_of: None }
    }

    fn say(model: &mut Model, run: &str, seq: u64, event: Event) {
        let record = Arc::new(Record { v: 1, seq, t: 0.0, event });
        model.apply(&Update::Record { run: run.into(), record });
    }

    /// A session that takes commands: `one` is live, `two` waits.
    fn live() -> Model {
        let mut model = Model::new(Settings { takes_commands: true, ..Settings::default() });
        for run in ["one", "two"] {
            model.apply(&Update::Planned { plan: plan(run) });
        }
        let started = RunStarted {
            run: "one".into(),
            name: "one".into(),
            spec: plan("one").spec,
            family: Family::Mlp,
            seed: 0,
            dataset: String::new(),
            steps_per_epoch: 10,
            resumed_from: None,
        };
        say(&mut model, "one", 0, Event::RunStarted(Box::new(started)));
        model.apply(&Update::CaughtUp);
        model
    }

    fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
        keys.chars().flat_map(|letter| update(model, Action::Press(Key::char(letter)))).collect()
    }

    fn named(model: &mut Model, code: crate::ui::key::Code) -> Vec<Effect> {
        update(model, Action::Press(Key::plain(code)))
    }

    fn switches(effects: &[Effect]) -> Vec<Activation> {
        let switched = effects.iter().filter_map(|effect| match effect {
            Effect::Send(Command::Switch { setting: Setting::Activation(activation), .. }) => Some(*activation),
            _ => None,
        });
        switched.collect()
    }

    #[test]
    fn undo_sends_what_was_in_force_before_within_ten_seconds() {
        let mut model = live();
        assert_eq!(switches(&press(&mut model, "aa")), [Activation::Tanh, Activation::Relu], "two keys are two steps");
        assert_eq!(switches(&press(&mut model, "uu")), [Activation::Tanh, Activation::Sigmoid]);
        assert!(press(&mut model, "u").is_empty());
        press(&mut model, "a");
        let _ = update(&mut model, Action::Tick { elapsed: crate::ui::undo::UNDO });
        assert!(press(&mut model, "u").is_empty(), "too late");
    }

    #[test]
    fn undo_leaves_what_somebody_else_set_since() {
        let mut model = live();
        press(&mut model, "a");
        for (seq, from, to) in [(1, "sigmoid", "tanh"), (2, "tanh", "prelu")] {
            let change = Change {
                field: "activation".into(),
                from: serde_json::json!(from),
                to: serde_json::json!(to),
                step: seq,
            };
            say(&mut model, "one", seq, Event::Change(Box::new(change)));
            let _ = update(&mut model, Action::Tick { elapsed: Duration::from_millis(1) });
        }
        assert!(press(&mut model, "u").is_empty());
        assert!(model.message.is_some_and(|message| message.text.contains("another user")));
    }

    #[test]
    fn a_run_is_stopped_only_after_a_question() {
        let stop = |run: &str| Effect::Send(Command::Stop { target: Target::Run(run.into()) });
        let mut model = live();
        assert!(press(&mut model, "x").is_empty() && model.overlay == Some(Overlay::StopRun("one".into())));
        assert!(press(&mut model, "xc").is_empty() && model.overlay.is_none());
        assert_eq!(press(&mut model, "xs"), [stop("one")]);
    }

    #[test]
    fn no_key_reaches_a_run_that_the_filter_hides() {
        let mut model = live();
        press(&mut model, "/two");
        named(&mut model, crate::ui::key::Code::Enter);
        assert_eq!(model.selected.as_deref(), Some("two"));
        press(&mut model, "x");
        assert_eq!(model.overlay, Some(Overlay::StopRun("two".into())));
        named(&mut model, crate::ui::key::Code::Esc);
        model.set_filter("nothing");
        assert!(press(&mut model, "xapR ").iter().all(|effect| !matches!(
            effect,
            Effect::Send(Command::Stop { .. } | Command::Switch { .. } | Command::Pause { target: Target::Run(_) })
        )));
        assert!(model.run().is_none(), "no run is seen");
    }

    #[test]
    fn a_filter_that_is_given_up_leaves_the_selection_as_it_was() {
        let mut model = live();
        press(&mut model, "]/running");
        assert_eq!(model.selected.as_deref(), Some("one"));
        named(&mut model, crate::ui::key::Code::Esc);
        assert_eq!(model.selected.as_deref(), Some("two"));
    }

    #[test]
    fn a_run_that_passes_the_filter_no_more_loses_the_selection() {
        let mut model = live();
        model.set_filter("queued");
        model.settle_selection();
        assert_eq!(model.selected.as_deref(), Some("two"));
        assert_eq!(model.run().map(|run| run.status), Some(Status::Queued));
        model.set_filter("-queued");
        assert!(press(&mut model, "x").is_empty());
        assert_eq!(model.overlay, Some(Overlay::StopRun("one".into())));
    }

    #[test]
    fn keys_between_two_frames_each_count() {
        let mut model = live();
        model.tab = Tab::Charts;
        press(&mut model, "zz");
        let (low, high) = model.charts.zoom.unwrap();
        assert!((high - low - 1.0).abs() < 1e-9, "a quarter of four epochs: {low} to {high}");
        press(&mut model, "0z");
        let (low, high) = model.charts.zoom.unwrap();
        assert!((high - low - 2.0).abs() < 1e-9, "half of all: {low} to {high}");
    }

    #[test]
    fn a_failed_download_chooses_nothing() {
        let mut model = Model::new(Settings { asks_for_data: true, ..Settings::default() });
        assert_eq!(press(&mut model, "d"), [Effect::Download]);
        model.set_download(Err("no route to host".to_owned()));
        for _ in 0..100 {
            assert!(update(&mut model, Action::Tick { elapsed: Duration::from_secs(1) }).is_empty());
        }
        let failed = Some("no route to host".to_owned());
        assert!(matches!(&model.overlay, Some(Overlay::Welcome(Welcome { failed: said, .. })) if *said == failed));
        assert_eq!(press(&mut model, "?d"), [Effect::Download], "it can be tried again");
    }

    #[test]
    fn a_key_without_a_meaning_is_answered() {
        let mut model = live();
        press(&mut model, "%");
        assert!(model.message.is_some_and(|message| message.text.contains("% does nothing here")));
    }

    #[test]
    fn a_list_that_is_scrolled_past_its_end_comes_back_at_once() {
        let mut model = live();
        press(&mut model, "?");
        model.layout.last_line = 7;
        press(&mut model, "jjjjjjjjjjjjjjj");
        assert_eq!(model.overlay, Some(Overlay::Help(7)));
        press(&mut model, "k");
        assert_eq!(model.overlay, Some(Overlay::Help(6)));
    }

    #[test]
    fn only_keys_that_do_something_are_offered() {
        let offered = |model: &Model| {
            let all = model.contexts().into_iter().flat_map(|context| model.settings.keymap.of(context));
            all.filter(|binding| crate::ui::offers::hints(model, binding)).map(|b| b.verb).collect::<Vec<_>>()
        };
        let mut model = live();
        assert!([Verb::NextActivation, Verb::Stop, Verb::Compose].iter().all(|verb| offered(&model).contains(verb)));
        model.settings.takes_commands = false;
        let dead = [Verb::NextActivation, Verb::NextRegulariser, Verb::Pause, Verb::Stop, Verb::Fork, Verb::Compose];
        assert!(dead.iter().all(|verb| !offered(&model).contains(verb)));
        assert!(offered(&model).contains(&Verb::ShowLogs));
        let nothing = Model::new(Settings::default());
        assert!(!offered(&nothing).contains(&Verb::Open));
    }
}
