//! Suite files: read, with everything that they include, and checked key by key.
//!
//! ```json
//! { "name": "activations",
//!   "base": { "epochs": 15 },
//!   "experiments": [ { "name": "sigmoid" }, { "name": "relu", "activation": "relu", "seeds": [0] } ],
//!   "seeds": [0, 1, 2],
//!   "suites": ["learning-rates.json"] }
//! ```
//!
//! `base` and `seeds` (of the file or of one experiment) are optional; so are `experiments` and `suites`, but not
//! both. An included suite keeps its own base and seeds; its path is relative to the file that names it. A list where
//! one value is expected makes a grid. Does not depend on data sets or processes.

use super::built_in::{BuiltIn, built_in};
use super::error::{Place, SuiteError, shown};
use super::json;
use super::layer::{Layer, unknown};
use crate::protocol::spec_fields::{GROUPS, named};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

const TOP: &[&str] = &["name", "base", "experiments", "seeds", "suites"];
const EXPERIMENT: &[&str] = &["name", "seeds"];
/// Suites that include suites that include suites: deeper than anyone means it.
const DEPTH: usize = 8;
/// A suite is written by hand; what is longer is something else.
const LONGEST: u64 = 16 << 20;

/// A suite file, read and checked; `plans` (in `plans.rs`) turns it into runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) experiments: Vec<Experiment>,
}

/// One experiment of a suite or of one that it includes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Experiment {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) folder: PathBuf,
    pub(super) layer: Layer,
    pub(super) seeds: Vec<u64>,
}

impl Suite {
    /// Reads the suite at `path` and every suite that it includes.
    ///
    /// # Errors
    /// When a file cannot be read, is not JSON, or holds an unknown key, a wrong type or an impossible value.
    pub fn read(path: &Path) -> Result<Self, SuiteError> {
        Self::of_document(&load(path)?, path, load)
    }

    /// The suite in `text`, as if it were read from `path`: by that name it appears in messages, and the suites that it
    /// includes are looked for beside it.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, SuiteError> {
        Self::of_document(&document(text, path)?, path, load)
    }

    /// A suite that is built in. Those that it includes are built in too.
    ///
    /// # Errors
    /// As [`read`](Self::read), should the program itself hold a wrong suite.
    pub fn built_in(suite: &BuiltIn) -> Result<Self, SuiteError> {
        let path = Path::new("configs").join(format!("{}.json", suite.name));
        Self::of_document(&load_built_in(&path)?, &path, load_built_in)
    }

    fn of_document(document: &Value, path: &Path, load: Load) -> Result<Self, SuiteError> {
        let mut experiments = Vec::new();
        let name = read_into(document, path, load, DEPTH, &mut experiments)?;
        if experiments.is_empty() {
            return Err(SuiteError::Missing {
                place: Place::file(path).key("experiments"),
                needed: "a list of at least one experiment, such as [{\"name\": \"relu\", \"activation\": \"relu\"}]"
                    .into(),
            });
        }
        Ok(Self { name, path: path.to_owned(), experiments })
    }

    /// The suite's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn read_into(
    document: &Value,
    path: &Path,
    load: Load,
    depth: usize,
    experiments: &mut Vec<Experiment>,
) -> Result<String, SuiteError> {
    let top = Place::file(path);
    let object = document.as_object().ok_or_else(|| wrong(&top, document, "an object with name and experiments"))?;
    if let Some(key) = object.keys().find(|key| !TOP.contains(&key.as_str())) {
        return Err(misplaced(key, &top));
    }
    let name = name(object, &top)?;
    let base = match object.get("base") {
        Some(Value::Object(base)) => Layer::read(base, &top.key("base"), &[])?,
        Some(other) => return Err(wrong(&top.key("base"), other, "an object of settings")),
        None => Layer::default(),
    };
    let shared = object.get("seeds").map(|value| seeds(value, &top.key("seeds"))).transpose()?.unwrap_or(vec![0]);
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    for (value, place) in list(object, "experiments", &top)? {
        let settings = value.as_object().ok_or_else(|| wrong(&place, value, "an object with a name and settings"))?;
        let own = settings.get("seeds").map(|value| seeds(value, &place.key("seeds"))).transpose()?;
        experiments.push(Experiment {
            name: self::name(settings, &place)?,
            layer: base.overlaid(&Layer::read(settings, &place, EXPERIMENT)?),
            seeds: own.unwrap_or_else(|| shared.clone()),
            folder: folder.clone(),
            place,
        });
    }
    for (value, place) in list(object, "suites", &top)? {
        let included = value.as_str().ok_or_else(|| wrong(&place, value, "the path of a suite file"))?;
        if depth == 0 {
            return Err(wrong(&place, value, "suites that do not include themselves, nested 8 deep at most"));
        }
        let path = folder.join(included);
        read_into(&load(&path)?, &path, load, depth - 1, experiments)?;
    }
    Ok(name)
}

/// How an included suite is read.
type Load = fn(&Path) -> Result<Value, SuiteError>;

fn load_built_in(path: &Path) -> Result<Value, SuiteError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    match built_in(&name) {
        Some(suite) => document(suite.text.as_bytes(), path),
        None => Err(SuiteError::Unreadable { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() }),
    }
}

fn load(path: &Path) -> Result<Value, SuiteError> {
    let unreadable = |source| SuiteError::Unreadable { path: path.to_owned(), source };
    let syntax = |message: String| SuiteError::Syntax { path: path.to_owned(), message };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(syntax("found a folder; allowed: a suite file such as configs/quick.json".to_owned()));
    }
    // A pipe is what a shell makes of `<(…)`; a device could be read for ever.
    if !metadata.is_file() && !metadata.file_type().is_fifo() {
        return Err(syntax("found a device; allowed: a suite file such as configs/quick.json".to_owned()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST {
        let found = metadata.len().max(LONGEST + 1);
        return Err(syntax(format!("found {found} bytes; allowed: a suite of at most {LONGEST} bytes")));
    }
    document(&bytes, path)
}

fn document(bytes: &[u8], path: &Path) -> Result<Value, SuiteError> {
    let syntax = |message: String| SuiteError::Syntax { path: path.to_owned(), message };
    let text = std::str::from_utf8(bytes)
        .map_err(|error| syntax(format!("not UTF-8 from byte {} on", error.valid_up_to())))?;
    json::parse(text).map_err(|error| syntax(format!("not a suite in JSON: {error}")))
}

/// The elements of the optional list at `key`, each with its place.
fn list<'a>(
    object: &'a Map<String, Value>,
    key: &str,
    top: &Place,
) -> Result<impl Iterator<Item = (&'a Value, Place)> + use<'a>, SuiteError> {
    let place = top.key(key);
    let elements: &[Value] = match object.get(key) {
        Some(Value::Array(elements)) => elements,
        Some(other) => return Err(wrong(&place, other, "a list")),
        None => &[],
    };
    Ok(elements.iter().enumerate().map(move |(index, value)| (value, place.index(index))))
}

fn name(object: &Map<String, Value>, place: &Place) -> Result<String, SuiteError> {
    const ALLOWED: &str = "a name of 1 to 64 letters, digits, '.', '-' and '_' that begins with a letter or digit";
    let place = place.key("name");
    let value =
        object.get("name").ok_or_else(|| SuiteError::Missing { place: place.clone(), needed: ALLOWED.to_owned() })?;
    match value.as_str() {
        Some(name) if is_name(name) => Ok(name.to_owned()),
        _ => Err(wrong(&place, value, ALLOWED)),
    }
}

/// Whether `name` may become part of a file's name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}

/// A list of seeds, or one.
pub(super) fn seeds(value: &Value, place: &Place) -> Result<Vec<u64>, SuiteError> {
    const ALLOWED: &str = "a list of different whole numbers of 0 or more, at least one";
    let list = match value {
        Value::Array(list) if !list.is_empty() => list.as_slice(),
        Value::Number(_) => std::slice::from_ref(value),
        other => return Err(wrong(place, other, ALLOWED)),
    };
    let mut seeds = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        match value.as_u64() {
            Some(seed) if !seeds.contains(&seed) => seeds.push(seed),
            _ => return Err(wrong(&place.index(index), value, ALLOWED)),
        }
    }
    Ok(seeds)
}

fn wrong(place: &Place, found: &Value, allowed: &str) -> SuiteError {
    SuiteError::Value { place: place.clone(), found: shown(found), suggestion: None, allowed: allowed.to_owned() }
}

/// An unknown key at the top: a setting there belongs into `base`.
fn misplaced(key: &str, top: &Place) -> SuiteError {
    let error = unknown(key, &top.key(key), &[]);
    let is_setting = named(key).is_some() || GROUPS.contains(&key);
    let suggestion = match error {
        _ if is_setting => Some(format!("base.{key}")),
        SuiteError::UnknownKey { suggestion, .. } => {
            super::error::nearest(key, TOP.iter().copied()).or(suggestion.map(|key| format!("base.{key}")))
        }
        _ => None,
    };
    SuiteError::UnknownKey { place: top.key(key), suggestion, allowed: TOP.join(", ") }
}
