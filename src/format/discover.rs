//! Which runs the files of a folder hold, and why the others hold none.
//!
//! Any program's results may lie beside a log: settings, weights, pictures, tables of data. A file is recognised by its
//! first bytes; tables and JSON rows must also speak of training by a name. Several files may be one run, and one file
//! may hold several runs. Does not depend on what is made of the runs.

use super::detect::{FileKind, kind_of};
use super::{Columns, LogFile, RecordError, ThirdPartyReader, read_head, unreadable::Unreadable};
use perceptop_formats::{Format, RunFiles, format_of, is_settings_file};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// Files that one folder and the folders in it are searched for.
const MAX_FILES: usize = 40_000;

/// Folders within folders that are looked into.
const DEEPEST: usize = 8;

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

/// Endings of files that are never opened in a search: weights, pictures, programs, archives.
const NEVER: [&str; 38] = [
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "pdf",
    "pt",
    "pth",
    "ckpt",
    "safetensors",
    "npz",
    "npy",
    "pkl",
    "h5",
    "hdf5",
    "onnx",
    "bin",
    "gguf",
    "zip",
    "tar",
    "py",
    "pyc",
    "ipynb",
    "md",
    "rst",
    "sh",
    "rs",
    "c",
    "cpp",
    "so",
    "o",
    "html",
    "css",
    "js",
    "yaml",
    "yml",
    "toml",
];

/// A run that a search found.
#[derive(Clone, Debug)]
pub struct FoundRun {
    /// How it is read; a log of this program where there is none.
    format: Option<&'static Format>,
    files: RunFiles,
    /// What its files have in common, a path.
    key: PathBuf,
}

impl FoundRun {
    /// The first of its files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.files.files.first().map_or(&self.key, |path| path)
    }

    /// What tells it apart from every other run: the path that its files have in common, and its id within that.
    #[must_use]
    pub fn identity(&self) -> (PathBuf, Option<String>) {
        (self.key.clone(), self.files.inner.as_ref().map(|inner| inner.id.clone()))
    }

    /// Whether another tool wrote it.
    #[must_use]
    pub fn is_third_party(&self) -> bool {
        self.format.is_some()
    }

    /// Its records, followed while its files grow.
    pub(crate) fn open(&self, columns: Columns) -> LogFile {
        match self.format {
            Some(format) => LogFile::third_party(format, self.files.clone(), columns),
            None => LogFile::new(self.path().to_owned(), columns),
        }
    }

    /// A reader of another tool's run that is read once; none for a log of this program.
    #[must_use]
    pub fn reader(&self, columns: Columns) -> Option<ThirdPartyReader> {
        self.format.map(|format| ThirdPartyReader::new(format, self.files.clone(), columns, true))
    }
}

/// The runs that one file holds: mostly one; none where it holds no log, or nothing was written to it yet.
///
/// # Errors
/// When it cannot be read.
pub fn runs_of_file(path: &Path) -> Result<Vec<FoundRun>, RecordError> {
    match kind_of(path)? {
        None | Some(FileKind::Unreadable(_)) => Ok(Vec::new()),
        Some(FileKind::Log) => Ok(vec![native(path)]),
        Some(FileKind::Foreign) => {
            let Some(format) = format_of(path, &read_head(path, HEAD)?) else { return Ok(Vec::new()) };
            of_format(format, path)
        }
    }
}

fn native(path: &Path) -> FoundRun {
    let files = RunFiles { files: vec![path.to_owned()], inner: None };
    FoundRun { format: None, files, key: path.to_owned() }
}

/// The runs of one file of a format.
fn of_format(format: &'static Format, path: &Path) -> Result<Vec<FoundRun>, RecordError> {
    let run = |inner| FoundRun {
        format: Some(format),
        files: RunFiles { files: vec![path.to_owned()], inner },
        key: path.to_owned(),
    };
    match format.inner_runs {
        None => Ok(vec![run(None)]),
        Some(list) => Ok(list(path)?.into_iter().map(|inner| run(Some(inner))).collect()),
    }
}

/// Searches a folder again and again; files that were judged are read again only when they changed.
#[derive(Clone, Debug, Default)]
pub struct RunSearch {
    judged: HashMap<PathBuf, Judged>,
}

#[derive(Clone, Debug)]
struct Judged {
    seen: (u64, Option<SystemTime>),
    runs: Vec<FoundRun>,
}

impl RunSearch {
    /// The runs of a folder, and of the folders in it some levels down, sorted by their paths. Hidden files are left out;
    /// links to folders are not followed, so that a loop of links ends.
    pub fn search(&mut self, root: &Path) -> Vec<FoundRun> {
        let mut found: BTreeMap<(PathBuf, Option<String>), FoundRun> = BTreeMap::new();
        each_file(root, &mut |path| {
            for run in self.runs_of(&path) {
                let Some(format) = run.format.filter(|_| run.files.inner.is_none()) else {
                    found.insert(run.identity(), run);
                    continue;
                };
                // Files with the same key are one run.
                let key = (format.run_key)(&path);
                let entry = found.entry((key.clone(), Some(format.what.to_owned())));
                let whole = entry.or_insert_with(|| FoundRun {
                    format: Some(format),
                    files: RunFiles { files: Vec::new(), inner: None },
                    key,
                });
                whole.files.files.extend(run.files.files);
            }
        });
        let mut runs: Vec<FoundRun> = found.into_values().collect();
        for run in &mut runs {
            run.files.files.sort();
        }
        runs
    }

    /// The runs that a file of a folder holds.
    pub fn runs_of(&mut self, path: &Path) -> Vec<FoundRun> {
        let ending = ending(path);
        if NEVER.contains(&ending.as_str()) || is_settings_file(path) {
            return Vec::new();
        }
        let Ok(metadata) = fs::metadata(path) else { return Vec::new() };
        if !metadata.is_file() {
            return Vec::new();
        }
        if metadata.len() == 0 {
            // Its run may begin soon, where the name says so.
            let begins = matches!(ending.as_str(), "jsonl" | "ndjson");
            return if begins { vec![native(path)] } else { Vec::new() };
        }
        let seen = (metadata.len(), metadata.modified().ok());
        if let Some(judged) = self.judged.get(path)
            && (judged.seen == seen || judged.runs.iter().any(|run| run.files.inner.is_none()))
        {
            return judged.runs.clone();
        }
        let runs = judge(path).unwrap_or_default();
        self.judged.insert(path.to_owned(), Judged { seen, runs: runs.clone() });
        runs
    }

    /// Whether a file of a folder holds a run, or may come to.
    pub fn is_run(&mut self, path: &Path) -> bool {
        !self.runs_of(path).is_empty()
    }
}

/// The runs of a folder, looked for once.
#[must_use]
pub fn runs_in(root: &Path) -> Vec<FoundRun> {
    RunSearch::default().search(root)
}

/// Names of runs found below `root`: the part of each one's path in which they differ.
#[must_use]
pub fn run_names(root: &Path, runs: &[FoundRun]) -> Vec<String> {
    let parts: Vec<Vec<String>> = runs.iter().map(|run| parts_of(root, run)).collect();
    let (ends_alike, shared) = (ends_alike(&parts), shared(&parts));
    let short = |parts: &Vec<String>| {
        let end = if ends_alike && parts.len() > shared + 1 { parts.len() - 1 } else { parts.len() };
        parts[shared.min(end.saturating_sub(1))..end].join("/")
    };
    let mut names: Vec<String> = parts.iter().map(short).collect();
    let mut count: HashMap<String, usize> = HashMap::new();
    for name in &names {
        *count.entry(name.clone()).or_default() += 1;
    }
    // Two files of a folder that differ in their endings only have these in their names.
    for (name, run) in names.iter_mut().zip(runs).filter(|(name, _)| count[name.as_str()] > 1) {
        if let Some(ending) = run.key.extension().filter(|_| run.key.is_file()) {
            *name = format!("{name}.{}", ending.to_string_lossy());
        }
    }
    names
}

/// A run's path below `root` without the file's ending, and its name within the file.
fn parts_of(root: &Path, run: &FoundRun) -> Vec<String> {
    let text = |part: Component<'_>| part.as_os_str().to_string_lossy().into_owned();
    let below = run.key.strip_prefix(root).unwrap_or(&run.key);
    let mut parts: Vec<String> = below.components().map(text).collect();
    if run.key.is_file()
        && let Some(last) = parts.last_mut()
    {
        *last = Path::new(last.as_str()).file_stem().map_or_else(|| last.clone(), |s| s.to_string_lossy().into_owned());
    }
    if parts.is_empty() {
        let whole = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
        parts.push(whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned()));
    }
    if let Some(inner) = &run.files.inner {
        parts.push(inner.name.clone());
    }
    parts
}

/// Whether several runs lie in folders of their own under files of the same name.
fn ends_alike(parts: &[Vec<String>]) -> bool {
    let last = parts.first().and_then(|parts| parts.last());
    parts.len() > 1
        && parts.iter().all(|it| it.len() > 1 && it.last() == last)
        && parts.iter().enumerate().all(|(i, it)| parts[..i].iter().all(|other| other != it))
}

/// How many of the first folders all runs share.
fn shared(parts: &[Vec<String>]) -> usize {
    let Some((first, rest)) = parts.split_first().filter(|(_, rest)| !rest.is_empty()) else { return 0 };
    let most = parts.iter().map(Vec::len).min().unwrap_or(1) - 1;
    (0..most).take_while(|&at| rest.iter().all(|it| it[at] == first[at])).count()
}

/// The files of a folder that hold no run, sorted, each with the reason: what it seems to be, and what would help.
#[must_use]
pub fn passed_over(root: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut search = RunSearch::default();
    each_file(root, &mut |path| {
        if !search.is_run(&path) {
            let reason = judge(&path).err().unwrap_or_else(|| "holds no run".to_owned());
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

/// The runs that a file of a folder holds; the reason why it holds none.
fn judge(path: &Path) -> Result<Vec<FoundRun>, String> {
    match kind_of(path) {
        Err(error) => Err(error.to_string()),
        Ok(Some(FileKind::Unreadable(what))) => Err(what.to_string()),
        Ok(_) if is_settings_file(path) => Err("settings of the runs beside it".to_owned()),
        Ok(None) if !path.exists() => Err("a link that leads nowhere".to_owned()),
        Ok(None) => Err("nothing was written to it yet".to_owned()),
        Ok(Some(FileKind::Log)) => Ok(vec![native(path)]),
        Ok(Some(FileKind::Foreign)) => {
            let head = read_head(path, HEAD).map_err(|error| error.to_string())?;
            let is_run = match ending(path).as_str() {
                "json" => is_json_run(path, &head),
                "csv" | "tsv" => is_table_run(path, &head),
                _ => Ok(()),
            };
            is_run.map_err(|what| format!("seems to be {}: {}", what.what, what.help))?;
            let format = format_of(path, &head).ok_or_else(|| "holds no run".to_owned())?;
            of_format(format, path).map_err(|error| error.to_string())
        }
    }
}

const SETTINGS: Unreadable =
    Unreadable { what: "settings or totals in one line of JSON", help: "name the file itself to read it" };
const DATA: Unreadable =
    Unreadable { what: "a table of data, with no column of a metric", help: "name the file itself to read it" };

fn names_any(name: &str, parts: &[&str]) -> bool {
    let name = name.to_ascii_lowercase();
    parts.iter().any(|part| name.contains(part))
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn is_json_run(path: &Path, head: &[u8]) -> Result<(), Unreadable> {
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
    if lines == 1 && names_any(&stem(path), &NO_RUNS) { Err(SETTINGS) } else { Ok(()) }
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
        return Err(super::unreadable::WORDS);
    }
    let is_metric = |name: &String| names_any(name, &METRICS);
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
        let found: Vec<_> = runs_in(folder.path()).iter().map(|run| name(run.path())).collect();
        assert_eq!(found, ["a/b/c/log.jsonl", "begins.jsonl", "keras.csv", "metrics.json", "metrics.log"]);
        let over: Vec<_> =
            passed_over(folder.path()).iter().map(|(path, why)| format!("{} {why}", name(path))).collect();
        assert_eq!(over.len(), 7, "{over:#?}");
        for part in [
            "config.json seems to be a JSON document",
            "names.csv seems to be a table without a number",
            "iris.csv seems to be a table of data",
            "nowhere.jsonl a link",
        ] {
            assert!(over.iter().any(|line| line.starts_with(part)), "{part}: {over:#?}");
        }
    }

    #[test]
    fn a_file_is_judged_again_once_it_has_changed() {
        let folder = folder(&[("metrics.json", "")]);
        let mut files = RunSearch::default();
        assert!(files.search(folder.path()).is_empty());
        fs::write(folder.path().join("metrics.json"), "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":1}\n").unwrap();
        assert_eq!(files.search(folder.path()).len(), 1);
    }
}
