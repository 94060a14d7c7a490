//! Which files of a folder hold runs, and why the others do not.
//!
//! Any program's results may lie beside a log: settings, weights, pictures, tables of data. A file counts as a run by the
//! ending of its name and, where that says little, by its first lines. Does not depend on what is made of the runs.

use super::detect::{FileKind, kind_of};
use super::metrics_file::STEP_NAMES;
use super::read_head;
use super::rows::Rows;
use super::unreadable::Unreadable;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that one folder and the folders in it are searched for.
const MAX_FILES: usize = 10_000;

/// Folders within folders that are looked into.
const DEEPEST: usize = 4;

/// Files without a run that are named.
const MAX_NAMED: usize = 60;

/// Bytes of a file's beginning by which it is judged.
const HEAD: usize = 64 << 10;

/// Parts of names of JSON files that hold settings or totals in one line.
const NO_RUNS: [&str; 9] = ["config", "args", "params", "setting", "token", "vocab", "summary", "metadata", "index"];

/// Parts of names, of columns and of files, that speak of training.
const METRICS: [&str; 27] = [
    "loss", "acc", "err", "rew", "return", "lr", "learning", "score", "f1", "auc", "iou", "map", "ppl", "perplex",
    "bleu", "mse", "mae", "epoch", "step", "iter", "metric", "progress", "histor", "result", "train", "val", "log",
];

/// Searches a folder again and again; files that were judged are read again only when they changed.
#[derive(Clone, Debug, Default)]
pub struct RunFiles {
    judged: HashMap<PathBuf, Judged>,
}

#[derive(Clone, Copy, Debug)]
struct Judged {
    seen: (u64, Option<SystemTime>),
    is_run: bool,
}

impl RunFiles {
    /// The files of a folder, and of the folders in it some levels down, that hold runs, sorted. Hidden ones are left
    /// out; links to folders are not followed, so that a loop of links ends.
    pub fn search(&mut self, root: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        each_file(root, &mut |path| {
            if self.is_run(&path) {
                files.push(path);
            }
        });
        files.sort();
        files
    }

    /// Whether a file of a folder holds a run, or may come to.
    pub fn is_run(&mut self, path: &Path) -> bool {
        match ending(path).as_str() {
            // Also while it is empty: its run may begin soon.
            "jsonl" | "ndjson" => return is_regular(path),
            "json" | "csv" | "tsv" => {}
            _ => return false,
        }
        let Ok(metadata) = fs::metadata(path) else { return false };
        let seen = (metadata.len(), metadata.modified().ok());
        if let Some(judged) = self.judged.get(path).filter(|judged| judged.is_run || judged.seen == seen) {
            return judged.is_run;
        }
        let is_run = judge(path).is_ok();
        self.judged.insert(path.to_owned(), Judged { seen, is_run });
        is_run
    }
}

/// The files of a folder that hold runs, looked for once.
#[must_use]
pub fn run_files(root: &Path) -> Vec<PathBuf> {
    RunFiles::default().search(root)
}

/// The files of a folder that hold no run, sorted, each with the reason: what it seems to be, and what would help.
#[must_use]
pub fn passed_over(root: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut search = RunFiles::default();
    each_file(root, &mut |path| {
        if !search.is_run(&path) {
            let reason = judge(&path).err().unwrap_or_else(|| {
                "rows of numbers under a name that does not end in .jsonl, .ndjson, .json, .csv or .tsv: name the file \
                 itself to read it"
                    .to_owned()
            });
            files.push((path, reason));
        } else if let Ok(Some(FileKind::Unreadable(what))) = kind_of(&path) {
            files.push((path, what.to_string()));
        }
    });
    files.sort();
    files
}

/// The files of a folder that hold no run, a line each, begun by the line's end: nothing where there are none.
#[must_use]
pub fn passed_over_lines(root: &Path) -> String {
    let over = passed_over(root);
    let line = |(path, why): &(PathBuf, String)| {
        let path = path.strip_prefix(root).unwrap_or(path).display().to_string();
        // What names its own path needs it only once.
        if why.contains(&path) { format!("\n  {why}") } else { format!("\n  {path}: {why}") }
    };
    let rest = over.len().saturating_sub(MAX_NAMED);
    let rest = (rest > 0).then(|| format!("\n  and {rest} more files"));
    over.iter().take(MAX_NAMED).map(line).chain(rest).collect()
}

/// Every file below a folder that is not hidden, folders below their own. The descent ends at [`DEEPEST`].
fn each_file(root: &Path, take: &mut dyn FnMut(PathBuf)) {
    let mut room = MAX_FILES;
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if room == 0 {
                return;
            }
            room -= 1;
            let path = entry.path();
            if kind.is_dir() {
                if depth < DEEPEST {
                    folders.push((path, depth + 1));
                }
            } else if !(kind.is_symlink() && path.is_dir()) {
                take(path);
            }
        }
    }
}

fn ending(path: &Path) -> String {
    path.extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase()
}

fn is_regular(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| it.is_file())
}

/// Whether a file of a folder holds a run; the reason why not.
fn judge(path: &Path) -> Result<(), String> {
    match kind_of(path) {
        Err(error) => Err(error.to_string()),
        Ok(Some(FileKind::Unreadable(what))) => Err(what.to_string()),
        Ok(None) if !path.exists() => Err("a link that leads nowhere".to_owned()),
        Ok(None) => Err("nothing was written to it yet".to_owned()),
        Ok(Some(FileKind::Log)) => Ok(()),
        Ok(Some(FileKind::Foreign)) => {
            let head = read_head(path, HEAD).map_err(|error| error.to_string())?;
            let is_run = match ending(path).as_str() {
                "json" => is_json_run(path, &head),
                "csv" | "tsv" => is_table_run(path, &head),
                _ => Ok(()),
            };
            is_run.map_err(|what| format!("seems to be {}: {}", what.what, what.help))
        }
    }
}

const SETTINGS: Unreadable =
    Unreadable { what: "settings or totals in one line of JSON", help: "name the file itself to read it" };
const DATA: Unreadable =
    Unreadable { what: "a table of data, with no column of a metric", help: "name the file itself to read it" };
const WORDS: Unreadable = Unreadable { what: "a table without a number", help: "a log has a column of numbers" };

fn names_any(name: &str, parts: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    parts.iter().any(|part| name.contains(part))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn is_json_run(path: &Path, head: &[u8]) -> Result<(), Unreadable> {
    let rows = Rows::of_lines(head).rows().count();
    if rows == 1 && names_any(&stem(path), &NO_RUNS) { Err(SETTINGS) } else { Ok(()) }
}

fn is_table_run(path: &Path, head: &[u8]) -> Result<(), Unreadable> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let header = lines.next().unwrap_or_default();
    let cells = |line: &'_ str| -> Vec<String> {
        line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
    };
    let mut rows = lines.map(cells).peekable();
    let is_number = |cell: &String| cell.parse::<f64>().is_ok();
    // A header alone may be that of a run that begins.
    if rows.peek().is_some() && !rows.any(|row| row.iter().any(is_number)) {
        return Err(WORDS);
    }
    let is_metric = |name: &String| STEP_NAMES.contains(&name.as_str()) || names_any(name, &METRICS);
    if names_any(&stem(path), &METRICS) || cells(header).iter().any(is_metric) { Ok(()) } else { Err(DATA) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn logs_are_found_among_what_lies_beside_them() {
        let folder = folder(&[
            ("a/b/c/log.jsonl", "{\"step\":1,\"loss\":1}\n"),
            ("metrics.json", "{\"iteration\":1,\"loss\":1}\n{\"iteration\":2,\"loss\":1}\n"),
            ("keras.csv", "epoch,loss\n0,1\n"),
            ("begins.jsonl", ""),
            (".index.json", "{\"version\":2}\n"),
            (".hidden/log.jsonl", "{\"step\":1,\"loss\":1}\n"),
            ("config.json", "{\"lr\": 0.1}"),
            ("args.json", "{\n \"lr\": 0.1\n}\n"),
            ("tokenizer.json", "{\n \"added_tokens\": []\n}\n"),
            ("iris.csv", "sepal,petal,species\n5.1,1.4,setosa\n"),
            ("names.csv", "loss,class\na,cat\nb,dog\n"),
            ("plot.png", "\u{89}PNG"),
            ("metrics.log", "{\"step\":1,\"loss\":1}\n"),
        ]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("circle")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("nowhere.jsonl")).unwrap();
        let name = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
        let found: Vec<_> = run_files(folder.path()).iter().map(|path| name(path)).collect();
        assert_eq!(found, ["a/b/c/log.jsonl", "begins.jsonl", "keras.csv", "metrics.json"]);
        let over: Vec<_> =
            passed_over(folder.path()).iter().map(|(path, why)| format!("{} {why}", name(path))).collect();
        assert_eq!(over.len(), 8, "{over:#?}");
        for part in ["config.json seems to be settings", "iris.csv seems to be a table of data", "nowhere.jsonl a link"]
        {
            assert!(over.iter().any(|line| line.starts_with(part)), "{part}: {over:#?}");
        }
    }

    #[test]
    fn a_file_is_judged_again_once_it_has_changed() {
        let folder = folder(&[("metrics.json", "")]);
        let mut files = RunFiles::default();
        assert!(files.search(folder.path()).is_empty());
        fs::write(folder.path().join("metrics.json"), "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":1}\n").unwrap();
        assert_eq!(files.search(folder.path()).len(), 1);
    }
}
