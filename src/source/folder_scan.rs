//! Which runs a place holds, looked for again and again while it is followed.
//!
//! Does not depend on how a run's log is read.

use super::folder::{FileSource, Followed, HOLDER_EVERY};
use super::place::{Place, written};
use crate::catalog::of_session;
use crate::format::{FoundRun, LogFile, clean_name, clean_plan, run_names, runs_of_file};
use crate::protocol::Update;
use crate::record::SessionFolder;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Looks after which a folder is listed even where its time says that nothing changed: two changes may fall into one
/// tick of a coarse clock.
const LISTED_EVERY: u64 = 20;

impl FileSource {
    /// Looks for plans and runs that were not there before.
    pub(super) fn list(&mut self) {
        if let Place::Awaited(path) = &self.place {
            if !self.look.is_multiple_of(HOLDER_EVERY) {
                return;
            }
            match Place::awaited(path) {
                Ok(Place::Awaited(_)) => return,
                Ok(place) => {
                    self.place = place;
                    self.say_session();
                }
                Err(error) => return self.fault(None, &error.to_string()),
            }
        }
        match &self.place {
            Place::Session(folder, only) => {
                let (folder, only) = (folder.clone(), only.clone());
                self.list_session(&folder, only.as_deref());
            }
            Place::Files(path) => {
                if self.look.is_multiple_of(HOLDER_EVERY) {
                    let path = path.clone();
                    self.list_folder(&path);
                }
            }
            Place::File(path) => {
                let path = path.clone();
                if self.runs.is_empty() || self.look.is_multiple_of(HOLDER_EVERY) {
                    self.list_file(&path);
                }
            }
            Place::Several(logs) if self.runs.is_empty() => {
                let logs = logs.clone();
                self.list_several(&logs);
            }
            Place::Several(_) | Place::Awaited(_) => {}
        }
    }

    fn list_several(&mut self, logs: &[PathBuf]) {
        let size = |log: &PathBuf| fs::metadata(log).map_or(0, |it| it.len());
        self.is_large = logs.iter().map(size).sum::<u64>() > self.settings.outline_past;
        let stem = |log: &Path| log.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        for log in logs {
            let home = of_session(log);
            let of = || match &home {
                Some((folder, _)) => folder.id().to_owned(),
                None => log.parent().map(stem).unwrap_or_default(),
            };
            let is_shared = logs.iter().filter(|other| stem(other) == stem(log)).count() > 1;
            let name = if is_shared { format!("{}/{}", of(), stem(log)) } else { stem(log) };
            if self.files.insert(log.clone()) {
                self.add_named(&name, log.clone());
            }
        }
    }

    fn list_session(&mut self, folder: &SessionFolder, only: Option<&str>) {
        // It is written anew once the data are there, of which it then tells.
        if self.header != written(folder) {
            self.say_session();
        }
        let modified = |part: &str| fs::metadata(folder.root().join(part)).and_then(|it| it.modified()).ok();
        let now = [modified("queue"), modified("runs")];
        if self.listed == Some(now) && !self.look.is_multiple_of(LISTED_EVERY) {
            return;
        }
        self.listed = Some(now);
        let wanted = |run: &str| only.is_none_or(|only| only == run);
        let mut order: Vec<String> = Vec::new();
        match folder.queue() {
            Ok((plans, wrong)) => {
                for error in wrong {
                    self.fault(None, &error.to_string());
                }
                for mut plan in plans.into_iter().filter(|plan| wanted(&plan.run)) {
                    clean_plan(&mut plan);
                    order.push(plan.run.clone());
                    if self.plans.insert(plan.run.clone()) {
                        self.pending.push_back(Update::Planned { plan });
                    }
                }
            }
            Err(error) => self.fault(None, &error.to_string()),
        }
        let logs: HashSet<String> = match folder.runs() {
            Ok(runs) => runs.into_iter().filter(|run| wanted(run)).collect(),
            Err(error) => {
                self.fault(None, &error.to_string());
                HashSet::new()
            }
        };
        let mut rest: Vec<&String> = logs.iter().filter(|run| !order.contains(run)).collect();
        rest.sort();
        let new: Vec<String> = order.iter().filter(|run| logs.contains(*run)).chain(rest).cloned().collect();
        if !self.is_caught_up && only.is_none() {
            let size =
                |run: &String| folder.log(run).ok().and_then(|path| fs::metadata(path).ok()).map_or(0, |it| it.len());
            self.is_large = logs.iter().map(size).sum::<u64>() > self.settings.outline_past;
        }
        for run in new {
            if !self.places.contains_key(run.as_str())
                && let Ok(path) = folder.log(&run)
            {
                let id = run.as_str().into();
                self.add(id, LogFile::native(path), Some((folder.clone(), run)));
            }
        }
    }

    /// Adds the runs of a folder that were not there before.
    fn list_folder(&mut self, root: &Path) {
        let found = self.found.search(root);
        let names = run_names(root, &found);
        for (run, name) in found.iter().zip(&names) {
            self.add_run(name, run);
        }
    }

    /// Adds the runs of a file: of one that holds several, each. Where nothing was written yet, the file is followed until
    /// it tells what it is.
    fn list_file(&mut self, path: &Path) {
        let runs = match runs_of_file(path) {
            Ok(runs) => runs,
            Err(error) => return self.fault(None, &error.to_string()),
        };
        let stem = || path.file_stem().map_or_else(|| "run".into(), |stem| stem.to_string_lossy().into_owned());
        match runs.as_slice() {
            [] if self.runs.is_empty() => {
                if self.files.insert(path.to_owned()) {
                    self.add_named(&stem(), path.to_owned());
                }
            }
            [] => {}
            // What was followed from its first byte stays as it is.
            _ if self.files.contains(path) => {}
            [run] => self.add_run(&stem(), run),
            runs => {
                let names = run_names(path.parent().unwrap_or(Path::new("")), runs);
                for (run, name) in runs.iter().zip(&names) {
                    self.add_run(name, run);
                }
            }
        }
    }

    fn add_run(&mut self, name: &str, run: &FoundRun) {
        if !self.known.insert(run.identity()) {
            return;
        }
        if !run.is_third_party() {
            if self.files.insert(run.path().to_owned()) {
                self.add_named(name, run.path().to_owned());
            }
            return;
        }
        let id = self.free_id(name);
        self.add(id, run.open(self.settings.columns.clone()), None);
    }

    /// Follows a file under a name, numbered where another has it already.
    fn add_named(&mut self, name: &str, path: PathBuf) {
        let id = self.free_id(name);
        let home = of_session(&path);
        self.add(id, LogFile::new(path, self.settings.columns.clone()), home);
    }

    /// A name as a run's id, numbered where another run has it already.
    fn free_id(&self, name: &str) -> Arc<str> {
        let name = clean_name(name).into_owned();
        let mut id = name.clone();
        let mut count = 1;
        while self.places.contains_key(id.as_str()) {
            count += 1;
            id = format!("{name}-{count}");
        }
        id.into()
    }

    fn add(&mut self, id: Arc<str>, feed: LogFile, home: Option<(SessionFolder, String)>) {
        self.places.insert(Arc::clone(&id), self.runs.len());
        self.runs.push(Followed {
            id,
            feed,
            ahead: None,
            home,
            holder: None,
            was_holder_said: false,
            age_said: None,
            has_news: false,
            quiet: 0,
            wants_outline: false,
        });
    }
}
