//! Suites through the public door: what they mean, and in which words they are refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use perceptop::experiment::suite::{Selection, Suite, SuiteError, check};
use perceptop::protocol::{Activation, Augmentation, DatasetInfo, Family, Features, HogSettings, RunPlan, Spec};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn plans_of(text: &str, selection: &Selection) -> Result<Vec<RunPlan>, String> {
    let folder = folder(&[("suite.json", text)]);
    let result = Suite::read(&folder.path().join("suite.json")).and_then(|suite| suite.plans(selection));
    result.map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn runs(plans: &[RunPlan]) -> Vec<&str> {
    plans.iter().map(|plan| plan.run.as_str()).collect()
}

fn only(names: &[&str]) -> Selection {
    Selection { only: names.iter().map(|name| (*name).to_owned()).collect(), set: Vec::new() }
}

fn set(pairs: &[&str]) -> Selection {
    Selection { only: Vec::new(), set: pairs.iter().map(|pair| (*pair).to_owned()).collect() }
}

const ACTIVATIONS: &str = r#"{ "name": "activations",
    "base": { "hidden": [20, 10], "epochs": 2, "regulariser": { "l2": 1e-4 } },
    "experiments": [ { "name": "sigmoid" }, { "name": "tanh", "activation": "tanh" },
                     { "name": "relu", "activation": "relu", "regulariser": { "forward_noise": 0.1 } } ],
    "seeds": [0, 7] }"#;

#[test]
fn the_first_seed_of_every_experiment_comes_first() {
    let plans = plans_of(ACTIVATIONS, &Selection::default()).unwrap();
    assert_eq!(runs(&plans), ["sigmoid-s0", "tanh-s0", "relu-s0", "sigmoid-s7", "tanh-s7", "relu-s7"]);
    assert_eq!(plans.iter().map(|plan| plan.order).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    let relu = &plans[5];
    assert_eq!((relu.name.as_str(), relu.seed), ("relu", 7));
    assert_eq!(relu.spec.activation, Activation::Relu);
    assert_eq!(relu.spec.hidden, [20, 10]);
    // The base's l2 stays where an experiment names another regulariser, and what nobody names is the default.
    assert!((relu.spec.regulariser.l2 - 1e-4).abs() < f32::EPSILON);
    assert!((relu.spec.regulariser.forward_noise - 0.1).abs() < f32::EPSILON);
    assert_eq!(relu.spec.batch_size, Spec::default().batch_size);
}

#[test]
fn a_minimal_suite_is_the_default_spec() {
    let plans = plans_of(r#"{"name": "one", "experiments": [{"name": "run"}]}"#, &Selection::default()).unwrap();
    assert_eq!(runs(&plans), ["run-s0"]);
    assert_eq!(*plans[0].spec, Spec::default());
}

#[test]
fn lists_make_grids() {
    let text = r#"{"name": "grid", "base": {"learning_rate": [0.1, 1e-3]},
        "experiments": [{"name": "sigmoid"}, {"name": "wide", "learning_rate": 1, "hidden": [[30, 20], [10]], "k": [1]},
                        {"name": "noise", "learning_rate": 0.5, "regulariser": [{}, {"l2": 0.01, "forward_noise": 0.1},
                                                                                {"augment": true}]}]}"#;
    let plans = plans_of(text, &Selection::default()).unwrap();
    assert_eq!(
        runs(&plans),
        [
            "sigmoid-lr0.1-s0",
            "sigmoid-lr0.001-s0",
            "wide-h30x20-k1-s0",
            "wide-h10-k1-s0",
            "noise-plain-s0",
            "noise-lambda0.01-fwd0.1-s0",
            "noise-aug-s0"
        ]
    );
    assert_eq!(plans[3].spec.hidden, [10]);
    assert_eq!(plans[6].spec.regulariser.augment, Augmentation::STUDY);
    assert_eq!(runs(&plans_of(text, &only(&["sigmoid-lr0.1"])).unwrap()), ["sigmoid-lr0.1-s0"]);
    assert_eq!(runs(&plans_of(text, &only(&["sigmoid"])).unwrap()), ["sigmoid-lr0.1-s0", "sigmoid-lr0.001-s0"]);
}

#[test]
fn only_and_set_have_the_last_word() {
    let selection = Selection { only: vec!["relu".into()], ..set(&["seeds=[3]", "epochs=1", "regulariser.l2=0.5"]) };
    let plans = plans_of(ACTIVATIONS, &selection).unwrap();
    assert_eq!(runs(&plans), ["relu-s3"]);
    assert_eq!(plans[0].spec.epochs, 1);
    assert!((plans[0].spec.regulariser.l2 - 0.5).abs() < f32::EPSILON);

    // A bare word, an object, a list; the later of two wins.
    let plans =
        plans_of(ACTIVATIONS, &set(&["activation=prelu", r#"features={"hog":{"cell":4}}"#, "seeds=1"])).unwrap();
    assert!(plans.iter().all(|plan| plan.spec.activation == Activation::Prelu));
    assert_eq!(plans[0].spec.features, Features::Hog(HogSettings { cell: 4, ..HogSettings::default() }));
    let plans = plans_of(ACTIVATIONS, &set(&["learning_rate=[1,2]", "learning_rate=[3,4]"])).unwrap();
    assert_eq!(runs(&plans)[..2], ["sigmoid-lr3-s0", "sigmoid-lr4-s0"]);

    // Also where the suite lists whole groups.
    let text = r#"{"name": "g", "base": {"regulariser": {"l2": 1}},
        "experiments": [{"name": "a", "regulariser": [{"l2": 2}, {"augment": true}]}]}"#;
    let plans = plans_of(text, &Selection::default()).unwrap();
    assert_eq!(plans.iter().map(|plan| plan.spec.regulariser.l2).collect::<Vec<_>>(), [2.0, 1.0]);
    let plans = plans_of(text, &set(&["regulariser.l2=3"])).unwrap();
    assert_eq!(plans.iter().map(|plan| plan.spec.regulariser.l2).collect::<Vec<_>>(), [3.0, 3.0]);
}

#[test]
fn short_names_of_settings_are_the_settings() {
    let of = |settings: &str| {
        let text = format!(r#"{{"name": "s", "experiments": [{{"name": "a", {settings}}}]}}"#);
        plans_of(&text, &Selection::default()).unwrap()
    };
    assert_eq!(
        of(r#""lr": [0.1, 1], "batch": 32, "act": "relu", "init": "he", "l2": 0.5"#),
        of(r#""learning_rate": [0.1, 1], "batch_size": 32, "activation": "relu", "initialisation": "he",
              "regulariser": {"l2": 0.5}"#)
    );
    assert_eq!(of(r#""regulariser": {"fwd": 0.1}"#), of(r#""regulariser": {"forward_noise": 0.1}"#));
    let plans = plans_of(ACTIVATIONS, &set(&["lr=0.25", "fwd=0.5"])).unwrap();
    assert!(plans.iter().all(|plan| plan.spec.learning_rate == 0.25 && plan.spec.regulariser.forward_noise == 0.5));
}

#[test]
fn suites_include_suites() {
    let folder = folder(&[
        (
            "a.json",
            r#"{"name": "a", "base": {"epochs": 3}, "experiments": [{"name": "x"}, {"name": "y"}], "seeds": [0, 1]}"#,
        ),
        (
            "b.json",
            r#"{"name": "b", "experiments": [{"name": "x", "epochs": 3}, {"name": "knn", "family": "knn", "seeds": [0]}],
                       "seeds": [0, 1, 2]}"#,
        ),
        ("paper.json", r#"{"name": "paper", "suites": ["a.json", "b.json"]}"#),
    ]);
    let suite = Suite::read(&folder.path().join("paper.json")).unwrap();
    assert_eq!(suite.name(), "paper");
    let plans = suite.plans(&Selection::default()).unwrap();
    // `x` of both files is the same run as long as both know its seed.
    assert_eq!(runs(&plans), ["x-s0", "y-s0", "knn-s0", "x-s1", "y-s1", "x-s2"]);
    assert_eq!(plans[2].spec.family, Family::Knn);
}

#[test]
fn every_refusal_names_file_key_found_and_allowed() {
    let head = r#"{"name": "s", "experiments": [{"name": "a"#;
    let experiment = |settings: &str| format!("{head}\", {settings}}}]}}");
    let nothing = Selection::default();
    let cases: Vec<(String, Selection)> = vec![
        ("{\"name\": \"s\",\n \"experiments\": [}".into(), nothing.clone()),
        ("[1]".into(), nothing.clone()),
        (r#"{"name": "s"}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": []}"#.into(), nothing.clone()),
        (r#"{"experiments": [{"name": "a"}]}"#.into(), nothing.clone()),
        (r#"{"name": "../s", "experiments": [{"name": "a"}]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiment": [{"name": "a"}]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "epochs": 3, "experiments": [{"name": "a"}]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "epochs": 3, "epochs": 4}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": [{"name": "a"}, {"activation": "tanh"}]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": [{"name": "a"}], "seeds": [0, -1]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": [{"name": "a"}], "seeds": [0, 0]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": [{"name": "a"}], "seeds": []}"#.into(), nothing.clone()),
        (r#"{"name": "s", "experiments": [{"name": "a"}, {"name": "a", "epochs": 2}]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "suites": ["missing.json"]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "suites": ["suite.json"]}"#.into(), nothing.clone()),
        (r#"{"name": "s", "suites": "suite.json"}"#.into(), nothing.clone()),
        (experiment(r#""learing_rate": 0.1"#), nothing.clone()),
        (experiment(r#""lrate": 0.1"#), nothing.clone()),
        (experiment(r#""lr": 0.1, "learning_rate": 0.2"#), nothing.clone()),
        (experiment(r#""regulariser.lr": 0.1"#), nothing.clone()),
        (experiment(r#""regulariser": {"l2": -0.1}"#), nothing.clone()),
        (experiment(r#""regulariser": {"lamda": 0.1}"#), nothing.clone()),
        (experiment(r#""regulariser": [{"l2": 1, "lambda": 0.1}]"#), nothing.clone()),
        (experiment(r#""regulariser": 0.1"#), nothing.clone()),
        (experiment(r#""regulariser": {"forward_noise": [0.1, -1]}"#), nothing.clone()),
        (experiment(r#""regulariser": [{"l2": [0.1, 1]}]"#), nothing.clone()),
        (experiment(r#""regulariser": {"augment": -0.5}"#), nothing.clone()),
        (experiment(r#""activation": "rleu""#), nothing.clone()),
        (experiment(r#""activation": ["relu", "relu"]"#), nothing.clone()),
        (experiment(r#""learning_rate": 0"#), nothing.clone()),
        (experiment(r#""learning_rate": "0.1""#), nothing.clone()),
        (experiment(r#""learning_rate": []"#), nothing.clone()),
        (experiment(r#""hidden": [500, 0]"#), nothing.clone()),
        (experiment(r#""hidden": []"#), nothing.clone()),
        (experiment(r#""epochs": 1.5"#), nothing.clone()),
        (experiment(r#""c": -1"#), nothing.clone()),
        (experiment(r#""k": 0"#), nothing.clone()),
        (experiment(r#""features": {"hog": {"cells": 4}}"#), nothing.clone()),
        (experiment(r#""features": "hogg""#), nothing.clone()),
        (experiment(r#""initial_weights": "missing.safetensors""#), nothing.clone()),
        (
            experiment(&format!(
                r#""epochs": [{}], "batch_size": [{0}], "k": [{0}]"#,
                (1..60).map(|n| n.to_string()).collect::<Vec<_>>().join(",")
            )),
            nothing.clone(),
        ),
        (ACTIVATIONS.into(), only(&["rleu"])),
        (ACTIVATIONS.into(), set(&["epochs"])),
        (ACTIVATIONS.into(), set(&["epoch=3"])),
        (ACTIVATIONS.into(), set(&["regulariser.l2=-1"])),
        (ACTIVATIONS.into(), set(&["seeds=relu"])),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(text, selection)| match plans_of(text, selection) {
            Ok(plans) => format!("ACCEPTED {:?}", runs(&plans)),
            Err(error) => error,
        })
        .collect();
    assert!(told.iter().all(|message| !message.starts_with("ACCEPTED") && !message.contains('\n')), "{told:#?}");
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn missing_and_odd_files_are_refused() {
    let folder = folder(&[("latin1.json", "")]);
    fs::write(folder.path().join("latin1.json"), b"{\"name\": \"caf\xe9\"}").unwrap();
    let told =
        |path: &Path| Suite::read(path).unwrap_err().to_string().replace(&folder.path().display().to_string(), "DIR");
    insta::assert_snapshot!(told(&folder.path().join("none.json")), @"DIR/none.json: cannot be read: No such file or directory (os error 2)");
    insta::assert_snapshot!(told(folder.path()), @"DIR: found a folder; allowed: a suite file such as configs/quick.json");
    insta::assert_snapshot!(told(&folder.path().join("latin1.json")), @"DIR/latin1.json: not UTF-8 from byte 13 on");
}

fn mnist() -> DatasetInfo {
    DatasetInfo {
        name: "MNIST".into(),
        train: 60_000,
        test: 10_000,
        height: 28,
        width: 28,
        classes: 10,
        ..Default::default()
    }
}

#[test]
fn what_the_data_cannot_carry_is_refused() {
    let told = |settings: &str, jobs, memory| {
        let text = format!(r#"{{"name": "s", "experiments": [{{"name": "a", {settings}}}]}}"#);
        let plans = plans_of(&text, &Selection::default()).unwrap();
        check(&plans, &mnist(), jobs, memory).map_err(|error: SuiteError| error.to_string()).err().unwrap_or_default()
    };
    insta::assert_snapshot!(told(r#""family": "knn", "k": 60001"#, 1, None), @"run a-s0: k: found 60001; allowed: 1 to 60000, the training images of MNIST");
    insta::assert_snapshot!(told(r#""features": {"hog": {"cell": 10, "block": 3}}"#, 1, None), @"run a-s0: features.hog: found blocks of 3x3 cells of 10x10 pixels; allowed: blocks that fit an image of 28x28 pixels");
    insta::assert_snapshot!(told(r#""batch_size": 60001"#, 1, None), @"run a-s0: batch_size: found 60001; allowed: 1 to 60000, the training images of MNIST");
    insta::assert_snapshot!(told(r#""hidden": [65536, 65536]"#, 2, Some(16_000_000_000)), @"run a-s0: needs about 53801 MB of memory with its data, 1 at a time; allowed: the 16000 MB that this machine has");
    assert_eq!(told(r#""batch_size": 60001, "regulariser": {"augment": true}"#, 1, None), "");
    assert_eq!(told(r#""epochs": 1"#, 2, Some(1_000_000_000)), "");
}

#[test]
fn the_committed_suites_are_sound() {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let Ok(entries) = fs::read_dir(&configs) else { return };
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"))
    {
        let plans = Suite::read(&path).and_then(|suite| suite.plans(&Selection::default())).unwrap();
        check(&plans, &mnist(), 2, None).unwrap();
        assert!(!plans.is_empty(), "{}", path.display());
    }
}

/// How often a fuzzed law is tried: a few times by default, millions on demand.
fn executions() -> u32 {
    std::env::var("PERCEPTOP_FUZZ_EXECUTIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(64)
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop_oneof![Just("relu"), Just("hog"), Just("mlp"), Just("..")].prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "name",
            "base",
            "experiments",
            "seeds",
            "suites",
            "hidden",
            "activation",
            "learning_rate",
            "regulariser",
            "l2",
            "augment",
            "features",
            "hog",
            "cell",
            "k",
            "c",
            "epochs",
            "batch_size",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: executions(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.json");
        fs::write(&path, bytes).unwrap();
        prop_assert!(Suite::read(&path).is_err());
    }

    #[test]
    fn no_settings_make_the_reader_panic(value in json(), base in json()) {
        let text = serde_json::json!({"name": "s", "base": base, "experiments": [{"name": "a"}, value]}).to_string();
        if let Ok(plans) = plans_of(&text, &Selection::default()) {
            prop_assert!(plans.iter().all(|plan| plan.spec.epochs > 0 && plan.run.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))));
        }
    }

    #[test]
    fn no_override_makes_the_reader_panic(text in "[a-z_.0-9]{0,20}=?.{0,20}") {
        let _ = plans_of(ACTIVATIONS, &set(&[text.as_str()]));
    }
}
