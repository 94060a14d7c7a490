//! The README's table of keys is the program's. `UPDATE_README=1 cargo test --test readme` writes it anew.

use std::fs;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

#[test]
fn the_table_of_keys_is_the_programs() {
    let text = fs::read_to_string(PATH).unwrap();
    let (before, rest) = text.split_once("<!-- keys -->\n").expect("a mark before the table");
    let (table, after) = rest.split_once("<!-- /keys -->").expect("a mark after the table");
    let wanted = perceptop::ui::keymap::markdown();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(PATH, format!("{before}<!-- keys -->\n{wanted}<!-- /keys -->{after}")).unwrap();
    } else {
        assert_eq!(table, wanted, "UPDATE_README=1 cargo test --test readme writes it anew");
    }
}

#[test]
fn every_command_is_told_of() {
    let text = fs::read_to_string(PATH).unwrap();
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_perceptop")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split_once("Commands:").unwrap().1.split_once("Options:").unwrap().0;
    for line in commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = line.split_whitespace().next().unwrap();
        // `stream` is the far end of `review ssh://`, which nobody types.
        if !["help", "stream"].contains(&name) {
            assert!(text.contains(&format!("perceptop {name}")), "{name} is not in the README");
        }
    }
}
