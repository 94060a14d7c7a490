//! The config file from outside: what is in force, what is refused, and other keys.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Exit status and both outputs of the program, with `folder` as its home and nothing else in the environment.
fn called(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let ended = Command::new(env!("CARGO_BIN_EXE_perceptop"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("XDG_RUNTIME_DIR", folder)
        .env("LC_ALL", "C.UTF-8")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
}

fn write_config(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join(".config/perceptop")).unwrap();
    fs::write(folder.join(".config/perceptop/config.toml"), text).unwrap();
}

/// The line of a key.
fn line<'a>(told: &'a str, key: &str) -> &'a str {
    told.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap_or_else(|| panic!("{key}: {told}"))
}

#[test]
fn flag_environment_file_and_default_come_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    let mine = "logs = \"a\"\nglyphs = \"blocks\"\nfps = 7\nbackground = \"light\"\n[keys]\nquit = \"Q\"\n";
    write_config(folder.path(), mine);
    let typed = ["config", "--fps", "9", "--ground", "dark"];
    let (status, told, error) = called(folder.path(), &typed, &[("PERCEPTOP_GLYPHS", "ascii")]);
    assert_eq!((status, error.as_str()), (0, ""));
    let file = folder.path().join(".config/perceptop/config.toml");
    for (key, value, origin) in [
        ("fps", "9", "flag --fps".to_owned()),
        ("background", "\"dark\"", "flag --background".to_owned()),
        ("glyphs", "\"ascii\"", "environment PERCEPTOP_GLYPHS".to_owned()),
        ("logs", "\"a\"", format!("{}:1", file.display())),
        ("data", "\"synthetic\"", "default: data/mnist where it is, else the built-in digits".to_owned()),
        ("quit", "\"Q\"", format!("{}:6 keys.quit", file.display())),
        ("zoom-in", "\"z\"", "default".to_owned()),
    ] {
        let found = line(&told, key);
        assert!(found.starts_with(&format!("{key} = {value} ")) && found.ends_with(&format!("# {origin}")), "{found}");
    }
}

#[test]
fn what_is_in_force_is_a_config_file_that_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), "smoothing = 0.99\n[keys.charts]\nscale = [\"L\", \"ctrl-v\"]\n");
    let values = |told: &str| -> Vec<String> {
        told.lines().map(|line| line.split(" # ").next().unwrap().trim().to_owned()).collect()
    };
    let (_, told, _) = called(folder.path(), &["config"], &[]);
    write_config(folder.path(), &told);
    let (status, again, error) = called(folder.path(), &["config"], &[]);
    assert_eq!(status, 0, "{error}");
    assert!(told.contains("scale = [\"L\", \"ctrl-v\"]"), "{told}");
    assert_eq!(values(&told)[1..], values(&again)[1..]);
}

#[test]
fn a_bad_file_ends_with_2_and_says_where_and_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".config/perceptop/config.toml");
    write_config(folder.path(), "logs = \"a\"\nglyphs = \"dots\"\n");
    for command in [&["config"][..], &["sessions"], &["run", "quick", "--headless"]] {
        let (status, told, error) = called(folder.path(), command, &[]);
        assert_eq!((status, told.as_str()), (2, ""));
        let wanted = "glyphs: found \"dots\"; allowed: \"braille\", \"blocks\", \"ascii\"";
        assert_eq!(error, format!("perceptop: {}:2: {wanted}\n", file.display()));
    }
    assert!(!folder.path().join("logs").exists() && !folder.path().join("a").exists(), "nothing was started");
    // What a shell calls at its start still works.
    assert_eq!(called(folder.path(), &["completions", "bash"], &[]).0, 0);
    assert_eq!(called(folder.path(), &["--version"], &[]).0, 0);
    let (status, _, error) = called(folder.path(), &["config"], &[("XDG_CONFIG_HOME", "/nonexistent")]);
    assert_eq!((status, error.as_str()), (0, ""), "the file of another folder is not read");
}

#[test]
fn other_keys_are_obeyed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.jsonl"), "{\"step\": 1, \"loss\": 2.0}\n{\"step\": 2, \"loss\": 1.0}\n").unwrap();
    let shown = |keys: &str| {
        let (status, frame, error) =
            called(folder.path(), &["show", "run.jsonl", "--tab", "charts", "--keys", keys], &[]);
        assert_eq!(status, 0, "{error}");
        frame
    };
    write_config(folder.path(), "[keys]\nscale = \"ctrl-g\"\nshow-runs = \"w\"\nraw = \"ctrl-w\"\n");
    assert!(shown("ctrl-g").contains("scale log"), "{}", shown("ctrl-g"));
    assert!(shown("v").contains("scale linear"));
    assert!(shown("").contains("ctrl-g log"), "the footer names the key in force");
    assert!(shown("w").contains("runs"), "{}", shown("w"));
    assert!(shown("?").contains("ctrl-g "), "so does the help");
}

#[test]
fn the_images_of_the_file_are_used_unless_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), "data = \"synthetic\"\n");
    let info = |arguments: &[&str]| called(folder.path(), &[&["data", "info"], arguments].concat(), &[]).1;
    assert!(info(&[]).contains("named by the config file"), "{}", info(&[]));
    assert!(info(&["--data", "synthetic"]).contains("named by --data"));
}
