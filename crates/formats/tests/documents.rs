//! Whole documents of other tools: what is read of them, cut anywhere, and while they grow.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod tree;

use perceptop_formats::{End, Fact, Setting};
use tree::{Run, read_folder, read_text, series};

const STATE: &str = r#"{"best_metric": null, "epoch": 1.0, "global_step": 20, "log_history": [
    {"epoch": 0.5, "grad_norm": 1.5, "learning_rate": 0.0001, "loss": 2.5, "step": 10},
    {"epoch": 0.5, "eval_loss": 2.25, "eval_runtime": 1.0, "step": 10},
    {"epoch": 1.0, "grad_norm": NaN, "learning_rate": 5e-05, "loss": 0.0, "step": 20},
    {"epoch": 1.0, "step": 20, "total_flos": 1e12, "train_loss": 2.0, "train_runtime": 30.0}],
    "logging_steps": 10, "max_steps": 20, "stateful_callbacks": {"a": {"args": {}}}}"#;

#[test]
fn a_trainer_state_is_one_run() {
    let run = read_text("trainer_state.json", STATE);
    assert_eq!(run.what, "a Hugging Face trainer state");
    assert_eq!(run.values("loss"), [(10.0, 2.5), (20.0, 0.0)]);
    assert_eq!(run.values("eval_loss"), [(10.0, 2.25)]);
    assert!(run.values("grad_norm")[1].1.is_nan());
    let names: Vec<&str> = run.rows.keys().map(String::as_str).collect();
    assert_eq!(names, ["epoch", "eval_loss", "eval_runtime", "grad_norm", "learning_rate", "loss"]);
    assert!(run.facts.contains(&Fact::PlannedSteps(20.0)));
    assert!(run.facts.contains(&Fact::Setting("logging_steps".to_owned(), Setting::Number(10.0))));
    assert!(run.facts.iter().any(|fact| matches!(fact, Fact::Ended(End::Finished, None, _))));
    let is_remark =
        |fact: &Fact| matches!(fact, Fact::Remark(text) if text.contains("0 at step 20") && text.contains("NaN"));
    assert!(run.facts.iter().any(is_remark), "{:?}", run.facts);
}

#[test]
fn checkpoints_of_one_run_are_joined() {
    let state = |steps: &[u32]| {
        let rows: Vec<String> = steps.iter().map(|step| format!("{{\"step\": {step}, \"loss\": {step}.5}}")).collect();
        format!("{{\"global_step\": {}, \"log_history\": [{}]}}", steps.last().unwrap(), rows.join(", "))
    };
    let files = [
        ("checkpoint-2/trainer_state.json", state(&[1, 2])),
        ("checkpoint-10/trainer_state.json", state(&[3, 6, 10])),
        ("checkpoint-4/trainer_state.json", state(&[1, 2, 4])),
    ];
    let runs = read_folder(&files);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].values("loss"), series(&[1, 2, 3, 6, 10], 0.5));
}

#[test]
fn histories_are_read() {
    let lists = read_text("history.json", r#"{"loss": [1.0, 0.5, NaN], "val_loss": [1.25, null, 0.5]}"#);
    assert_eq!(lists.values("val_loss"), [(0.0, 1.25), (2.0, 0.5)]);
    assert!(lists.values("loss")[2].1.is_nan());
    let index = read_text("h.json", r#"{"loss": {"0": 1.0, "1": 0.5}, "epoch": {"0": 5, "1": 6}}"#);
    assert_eq!(index.values("loss"), [(5.0, 1.0), (6.0, 0.5)]);
    let records = read_text("r.json", r#"[{"epoch": 1, "loss": 1.0, "device": "cpu"}, {"epoch": 2, "loss": 0.5}]"#);
    assert_eq!(records.values("loss"), [(1.0, 1.0), (2.0, 0.5)]);
    let boosting = read_text("e.json", r#"{"train": {"rmse": [3.0, 2.0]}, "valid": {"rmse": [3.5, 2.5]}}"#);
    assert_eq!(boosting.values("valid/rmse"), [(0.0, 3.5), (1.0, 2.5)]);
}

#[test]
fn other_documents_are_no_histories() {
    for text in [
        r#"{"layers": [64, 64], "betas": [0.9, 0.999]}"#,
        r#"{"lr": 0.1, "loss": "mse"}"#,
        r#"[{"image_id": 1, "category_id": 2, "score": 0.5}]"#,
        r#"{"a": 1}"#,
        "[1, 2, 3]",
        "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"loss\": 1}\n",
    ] {
        assert_ne!(tree::what("a.json", text), Some("a history of metrics in JSON"), "{text}");
    }
}

#[test]
fn a_catboost_log_is_read_while_it_is_written() {
    let text = r#"{"meta":{"test_sets":["test"],"test_metrics":[{"name":"RMSE"}],"learn_metrics":[{"name":"RMSE"}],
        "iteration_count":3,"learn_sets":["learn"],"name":"experiment"},"iterations":[
        {"learn":[5.5],"iteration":0,"passed_time":0.1,"remaining_time":0.2,"test":[6.5]},
        {"learn":[4.5],"iteration":1,"passed_time":0.2,"remaining_time":0.1,"test":[nan]}]}"#;
    let run = read_text("catboost_training.json", &text.replace("nan", "NaN"));
    assert_eq!(run.values("learn/RMSE"), [(0.0, 5.5), (1.0, 4.5)]);
    assert_eq!(run.rows["learn/RMSE"].iter().map(|(_, time, _)| *time).collect::<Vec<_>>(), [Some(0.1), Some(0.2)]);
    let cut = text.find("[nan]").unwrap();
    assert_eq!(read_text("catboost_training.json", &text[..cut]).values("test/RMSE"), [(0.0, 6.5)]);
}

#[test]
fn documents_cut_anywhere_are_waited_for() {
    let texts = [STATE, r#"{"loss": [1.0, 0.5], "val_loss": [1.25, 0.75]}"#, r#"[{"epoch": 1, "loss": 1.0}]"#];
    for text in texts {
        for end in 0..text.len() {
            if tree::what("a.json", &text[..end]).is_some() {
                let run: Run = read_text("a.json", &text[..end]);
                assert!(run.rows.is_empty(), "{end}");
            }
        }
    }
}
