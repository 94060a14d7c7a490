//! What small inputs must give, one for each cause of trouble that real logs of other tools were found to have.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod common;

use common::{Run, complete, fixture, read, read_with};
use perceptop_formats::{Fact, Options, Setting, format_of, read_head};

fn expect(name: &str) -> Run {
    read(&fixture("expect").join(name))
}

#[test]
fn r01_tables_are_known_by_content() {
    let run = expect("r01-keras.log");
    assert_eq!(run.names(), ["accuracy", "loss", "val_loss"]);
    assert_eq!(run.steps("loss"), [0.0, 1.0, 2.0]);
    assert_eq!((run.values("loss")[2], run.values("val_loss")[2], run.values("accuracy")[2]), (0.4, 0.8, 0.8));

    let run = expect("r01-progress.txt");
    assert_eq!(run.values("AverageEpRet"), [-5.5, -3.25]);
    assert_eq!(run.step_column(), Some("TotalEnvInteracts"));
    assert_eq!(run.steps("AverageEpRet"), [4000.0, 8000.0]);
    assert_eq!(run.times("AverageEpRet"), [10.5, 21.0]);

    let run = expect("r01-spaces-log.txt");
    assert_eq!(run.names(), ["loss", "lr"]);
    assert_eq!((run.steps("loss"), run.values("loss")), (vec![10.0, 20.0], vec![2.5, 1.5]));
}

#[test]
fn r04_what_is_no_log_is_not_taken_for_one() {
    for name in ["r04-not-a-log.txt", "r04-lfs-pointer.csv"] {
        let path = fixture("expect").join(name);
        let head = read_head(&path, 64 << 10).unwrap();
        assert!(format_of(&path, &head).is_none(), "{name}");
    }
}

#[test]
fn r05_console_logs_are_read() {
    let run = expect("r05-nanogpt.log");
    assert_eq!((run.steps("loss"), run.values("loss")), (vec![0.0, 10.0, 20.0], vec![4.5, 3.5, 3.0]));
    assert_eq!((run.steps("val loss"), run.values("train loss")), (vec![0.0, 20.0], vec![4.5, 3.0]));

    let run = expect("r05-llmc-main.log");
    assert_eq!((run.values("trl"), run.steps("trl")), (vec![11.0, 10.5, 10.0], vec![0.0, 1.0, 2.0]));
    assert_eq!((run.values("tel"), run.steps("tel")), (vec![11.0, 10.25], vec![0.0, 2.0]));
    assert_eq!(run.names(), ["lr", "norm", "tel", "trl"]);

    let run = expect("r05-build-nanogpt-log.txt");
    assert_eq!((run.values("train"), run.steps("train")), (vec![10.9, 9.5, 9.0], vec![0.0, 1.0, 2.0]));
    assert_eq!((run.values("val"), run.values("hella")), (vec![10.9], vec![0.25]));

    let run = expect("r05-mmengine.log");
    assert_eq!((run.steps("loss"), run.values("loss")), (vec![10.0, 20.0], vec![2.5, 1.5]));
    assert_eq!((run.steps("accuracy/top1"), run.values("epoch")), (vec![20.0], vec![1.0, 1.0, 1.0]));
    assert_eq!(run.times("loss"), [1_704_067_201.0, 1_704_067_206.0]);

    let run = expect("r05-boosting.log");
    assert_eq!((run.values("train-rmse"), run.steps("valid-rmse")), (vec![3.0, 2.0], vec![0.0, 1.0]));

    let run = expect("r05-fairseq.log");
    assert_eq!((run.steps("ppl"), run.values("loss")), (vec![50.0, 100.0], vec![15.25, 11.5]));
    assert_eq!(run.step_column(), Some("num_updates"));
}

#[test]
fn r06_the_step_column_is_found_and_said() {
    let run = expect("r06-sb3-progress.csv");
    assert_eq!(run.step_column(), Some("time/total_timesteps"));
    assert_eq!(run.steps("train/loss"), [4096.0, 6144.0]);

    let run = expect("r06-capital.csv");
    assert_eq!((run.step_column(), run.names()), (Some("Epoch"), vec!["Train Loss", "Val Acc"]));
    assert_eq!(run.steps("Val Acc"), [1.0, 2.0]);

    let run = expect("r06-rllib-progress.csv");
    assert_eq!(run.steps("episode_reward_mean"), [4000.0, 8000.0]);

    let run = expect("r06-trainer_log.jsonl");
    assert_eq!((run.step_column(), run.steps("loss")), (Some("current_steps"), vec![10.0, 20.0]));
    assert_eq!(run.times("loss"), [26.0, 52.0]);
    assert!(run.facts.contains(&Fact::PlannedSteps(40.0)), "{:?}", run.facts);
    assert_eq!(run.names(), ["epoch", "loss"]);

    let run = expect("r06-index.csv");
    assert_eq!((run.steps("loss"), run.names()), (vec![0.0, 1.0], vec!["accuracy", "loss"]));

    let run = expect("r06-timestep.csv");
    assert_eq!((run.steps("Rewards"), run.step_column()), (vec![1000.0, 2000.0], Some("Timestep")));
    assert!(run.names().contains(&"Exploration %"));

    let run = expect("r11-monitor.csv");
    assert_eq!(run.step_column(), None);
    let remark = run.remarks()[0];
    assert!(remark.contains("--x") && remark.contains("the rows are counted") && remark.ends_with("r, t."), "{remark}");
    let run = read_with(&fixture("expect/r11-monitor.csv"), &Options { x: Some("t".to_owned()), ..complete() });
    assert_eq!(run.steps("r"), [4.5, 9.0, 11.5]);
}

#[test]
fn r07_a_time_that_does_not_grow_is_a_metric() {
    let run = expect("r07-detectron2-metrics.json");
    assert_eq!(run.values("time"), [0.5, 0.45, 0.55]);
    assert_eq!((run.times("time"), run.steps("time")), (vec![], vec![19.0, 39.0, 59.0]));
}

#[test]
fn r08_a_counter_that_begins_again_with_the_epoch_is_joined() {
    let run = expect("r08-mmdet.log.json");
    assert_eq!(run.steps("train/loss"), [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
    assert_eq!((run.steps("val/loss"), run.values("val/mAP")), (vec![30.0, 60.0], vec![0.25, 0.5]));

    let run = expect("r08-mmengine-scalars.json");
    assert_eq!(run.steps("loss"), [69.0, 138.0, 207.0]);
    assert_eq!(run.steps("accuracy/top1"), [69.0, 138.0, 207.0]);
}

#[test]
fn r09_rows_of_several_kinds_are_several_metrics() {
    let run = expect("r09-split-column.csv");
    assert_eq!(run.names(), ["train/acc", "train/loss", "val/acc", "val/loss"]);
    assert_eq!((run.steps("val/loss"), run.values("val/loss")), (vec![0.0, 1.0], vec![1.25, 1.0]));
    assert_eq!(run.values("train/acc"), [0.5, 0.75]);

    let run = expect("r09-optuna-journal.log");
    assert_eq!((run.steps("value"), run.values("value")), (vec![0.0, 1.0], vec![0.75, 0.8]));
    assert_eq!((run.values("params/lr"), run.step_column()), (vec![0.01], Some("trial")));
    assert_eq!(run.times("value"), [1_704_067_260.0, 1_704_067_320.0]);
}

#[test]
fn r10_a_last_line_without_an_end_counts() {
    assert_eq!(expect("r10-no-newline.csv").values("loss"), [1.0, 0.5, 0.25]);
    assert_eq!(expect("r10-no-newline.jsonl").values("loss"), [1.0, 0.5]);
    let run = expect("r10-one-line.json");
    assert_eq!((run.steps("loss"), run.values("accuracy")), (vec![100.0], vec![0.9]));
}

#[test]
fn r11_a_first_line_of_settings_is_no_header() {
    let run = expect("r11-monitor.csv");
    assert_eq!(run.names(), ["l", "r"]);
    assert_eq!((run.values("r"), run.values("l")), (vec![-50.0, -45.5, -10.0], vec![50.0, 50.0, 20.0]));
    assert_eq!(run.times("r"), [4.5, 9.0, 11.5]);
    assert!(run.facts.contains(&Fact::Started(1_700_000_000.5)));
    assert!(run.facts.contains(&Fact::Setting("env_id".to_owned(), Setting::Text("Env-v1".to_owned()))));
}

#[test]
fn r12_empty_cells_are_no_fault() {
    let run = expect("r12-lightning-metrics.csv");
    assert_eq!(run.remarks(), Vec::<&str>::new());
    assert_eq!((run.steps("val_loss"), run.values("val_loss")), (vec![99.0, 199.0], vec![0.9, 0.7]));
}

#[test]
fn r14_epochs_are_kept_beside_steps() {
    let run = expect("r14-epoch-and-step.csv");
    assert_eq!((run.steps("epoch"), run.values("epoch")), (vec![499.0, 999.0], vec![0.0, 1.0]));
    assert_eq!(run.values("val_accuracy"), [0.5, 0.75]);
}

#[test]
fn r15_a_second_header_renames_the_columns() {
    let run = expect("r15-second-header.csv");
    assert_eq!(run.values("loss"), [1.0, 0.9, 0.8, 0.7]);
    assert_eq!((run.values("acc"), run.steps("acc")), (vec![0.5, 0.6], vec![2.0, 3.0]));
    assert_eq!(run.steps("val_loss"), [0.0, 1.0]);
    assert_eq!(run.remarks(), ["Line 4 is another header: other columns follow."]);
}

#[test]
fn r16_tables_without_a_header() {
    assert_eq!(expect("r16-one-column.csv").values("col1"), [0.65, 0.6, 0.55]);
    let run = expect("r16-results.txt");
    assert_eq!(
        (run.steps("metrics/mAP_0.5"), run.values("val/cls_loss")),
        (vec![0.0, 1.0, 2.0], vec![0.04, 0.03, 0.02])
    );
    assert_eq!(run.values("gpu_mem"), [4.5; 3]);
}

#[test]
fn r17_clock_times_and_percentages_are_numbers() {
    let run = expect("r17-clock.csv");
    assert_eq!((run.values("accuracy"), run.values("time")), (vec![50.0, 75.0], vec![279.0, 276.0]));
}

#[test]
fn r18_a_clock_is_no_metric() {
    let run = expect("r18-wandb-history.jsonl");
    assert_eq!((run.names(), run.steps("reward")), (vec!["reward"], vec![0.0, 1.0]));
    assert_eq!(run.times("reward"), [1.0, 2.0]);
}

#[test]
fn r19_other_encodings_and_ends_of_lines() {
    for name in ["r19-utf16.csv", "r19-cr-only.csv"] {
        assert_eq!(expect(name).values("loss"), [1.0, 0.5], "{name}");
    }
}

#[test]
fn what_the_real_tools_wrote_is_read() {
    let real = |name: &str| read(&fixture("real").join(name));
    let run = real("ultralytics-results.csv");
    assert_eq!((run.steps("train/box_loss")[0], run.times("train/box_loss")[0]), (1.0, 0.350_488));
    let run = real("lightning-metrics.csv");
    assert!(run.values("val_acc")[0].is_nan() && run.remarks().is_empty());
    let run = real("mmengine-scalars.json");
    assert_eq!(run.steps("demo/mse")[..2], [8.0, 16.0]);
    let run = real("arr.csv");
    assert_eq!(run.values("loss")[0], 2.005_293_846_130_371);
    let run = real("appended_more_metrics.csv");
    assert_eq!(run.steps("loss"), [0.0, 1.0, 2.0]);
    assert_eq!((run.steps("col2"), run.values("col7").len()), (vec![3.0, 4.0], 2));
    assert!(run.remarks()[0].starts_with("Line 5 has 7 cells below a header of 5"), "{:?}", run.remarks());
    let run = real("test_error.tsv");
    assert_eq!(run.values("AUC:0")[0], 0.869_206_349_2);
    let run = real("lightgbm.log");
    assert_eq!(
        (run.steps("valid_1's l2"), run.values("training's l1")),
        (vec![2.0, 4.0, 6.0], vec![0.410_478, 0.335_787, 0.275_344])
    );
    let run = real("tqdm.log");
    assert_eq!(run.steps("loss"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]);
    assert_eq!(run.values("loss")[4..6], [0.2, 0.2]);
    let run = real("optuna.log");
    assert_eq!((run.values("value").len(), run.values("params/opt")), (4, vec![0.0, 0.0, 1.0, 1.0, 0.0, 1.0]));
    assert_eq!(run.values("pruned"), [0.538_816_734_003_357, 0.670_467_510_178_402_2]);
}

#[test]
fn settings_within_rows_are_no_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    let row =
        |step: u32| format!("{{\"training_iteration\": {step}, \"config\": {{\"lr\": 0.5}}, \"reward\": {step}.5}}\n");
    std::fs::write(&path, row(1) + &row(2)).unwrap();
    let run = read(&path);
    assert_eq!((run.names(), run.steps("reward")), (vec!["reward"], vec![1.0, 2.0]));
    let settings: Vec<&Fact> = run.facts.iter().filter(|fact| matches!(fact, Fact::Setting(..))).collect();
    assert_eq!(settings, [&Fact::Setting("lr".to_owned(), Setting::Number(0.5))]);
}

#[test]
fn a_column_that_is_not_there_is_said() {
    let options = Options { x: Some("tokens".to_owned()), ..complete() };
    let run = read_with(&fixture("expect/r10-no-newline.csv"), &options);
    assert_eq!(run.steps("loss"), [0.0, 1.0, 2.0]);
    assert_eq!(run.remarks(), ["There is no column tokens: the rows are counted. These only grow: epoch."]);
}
