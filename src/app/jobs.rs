//! Work in threads: what may take long never holds the screen up. Each job has a named thread and reports through one
//! channel; commands have one thread, so that they arrive in the order of the keys.
//!
//! Does not depend on the screen's model.

use super::offscreen::catch_up;
use super::services::{Open, Start};
use crate::dataset::{Choice, Fetcher, Split};
use crate::protocol::{Command, Reply, SessionSummary, Update};
use crate::source::{CommandSender, Source};
use anyhow::{Context as _, Result, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

/// Updates that a replay holds in memory: about 1 GB.
const MAX_REPLAYED: usize = 4_000_000;

/// The bytes of all four files of MNIST, for a download whose server does not say.
const MNIST_BYTES: u64 = 11_594_722;

/// What a job reports.
pub(super) enum Job {
    /// Sessions on disk, as far as they are known.
    Catalog(Vec<SessionSummary>),
    /// The list is complete.
    Listed(Result<()>),
    Digits {
        wanted: Vec<u32>,
        split: Result<Arc<Split>>,
    },
    /// Bytes loaded, and of how many.
    Downloading(u64, Option<u64>),
    Downloaded(Result<()>),
    /// The session was started.
    Started(Result<Box<dyn Source>>),
    /// A source was opened, for the request of that number.
    Opened(u64, Result<Opened>),
    /// A command was answered.
    Answered {
        is_switch: bool,
        reply: Reply,
    },
}

/// A source that a job opened.
pub(super) struct Opened {
    pub(super) source: Box<dyn Source>,
    pub(super) purpose: Purpose,
}

/// What a source was opened for.
pub(super) enum Purpose {
    /// To look at one session.
    Session,
    /// To look at several logs together.
    Together,
    /// To play it again: everything that it holds, and how many runs went on at a time.
    Replay { updates: Vec<Update>, workers: usize },
}

/// Commands on their way, each with the sender for it, and the thread that sends them.
type CommandThread = (Sender<(CommandSender, Command)>, JoinHandle<()>);

/// The threads and their channel.
pub(super) struct Jobs {
    sender: Sender<Job>,
    done: Receiver<Job>,
    threads: Vec<JoinHandle<()>>,
    cancelled: Arc<AtomicBool>,
    commands: Option<CommandThread>,
}

impl Default for Jobs {
    fn default() -> Self {
        let (sender, done) = unbounded();
        Self { sender, done, threads: Vec::new(), cancelled: Arc::default(), commands: None }
    }
}

impl Jobs {
    /// The channel on which the jobs report.
    pub(super) fn done(&self) -> &Receiver<Job> {
        &self.done
    }

    /// Runs `work` in a thread; it gets the channel's sender, and a flag that tells when to break off.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn spawn(
        &mut self,
        name: &str,
        work: impl FnOnce(&Sender<Job>, &AtomicBool) + Send + 'static,
    ) -> Result<()> {
        self.threads.retain(|thread| !thread.is_finished());
        let (sender, cancelled) = (self.sender.clone(), Arc::clone(&self.cancelled));
        self.threads.push(start(name, move || work(&sender, &cancelled))?);
        Ok(())
    }

    /// Opens `paths`, for the request `number`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn open(&mut self, number: u64, open: Open, paths: Vec<String>, purpose: Purpose) -> Result<()> {
        self.spawn("open", move |sender, cancelled| {
            let opened = open(&paths).and_then(|source| match purpose {
                Purpose::Replay { .. } => read_whole(source, &paths, cancelled),
                purpose => Ok(Opened { source, purpose }),
            });
            let _ = sender.send(Job::Opened(number, opened));
        })
    }

    /// Starts the session on `data`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(&mut self, start: Start, data: Choice) -> Result<()> {
        self.spawn("start", move |sender, _| {
            let _ = sender.send(Job::Started(start(data)));
        })
    }

    /// Downloads MNIST into `folder`.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn download(&mut self, folder: PathBuf) -> Result<()> {
        self.spawn("download", move |sender, cancelled| {
            let mut before = 0;
            let mut file = (0, 0);
            let fetched = Fetcher::mnist(None).run(&folder, &mut |progress| {
                if progress.index != file.0 {
                    before += file.1;
                }
                file = (progress.index, progress.bytes);
                let _ = sender.send(Job::Downloading(before + progress.bytes, Some(MNIST_BYTES)));
                if cancelled.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let _ = sender.send(Job::Downloaded(fetched.map(drop).map_err(Into::into)));
        })
    }

    /// Sends a command, after those that were sent before.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn command(&mut self, way: CommandSender, command: Command) -> Result<()> {
        let (queue, _) = if let Some(commands) = &self.commands {
            commands
        } else {
            let (queue, waiting) = unbounded::<(CommandSender, Command)>();
            let done = self.sender.clone();
            let thread = start("commands", move || {
                for (way, command) in waiting {
                    let is_switch = matches!(command, Command::Switch { .. });
                    let _ = done.send(Job::Answered { is_switch, reply: way(command) });
                }
            })?;
            self.commands.insert((queue, thread))
        };
        // The thread ends only when this sender is dropped.
        let _ = queue.send((way, command));
        Ok(())
    }

    /// Waits until every command was answered.
    pub(super) fn finish_commands(&mut self) {
        if let Some((queue, thread)) = self.commands.take() {
            drop(queue);
            // A panic of it was reported by the hook.
            let _ = thread.join();
        }
    }

    /// Lets go of a source in a thread: its own threads may have to be waited for.
    pub(super) fn close(&mut self, source: Box<dyn Source>) {
        // Without a thread the source was dropped with the closure.
        let _ = self.spawn("close", move |_, _| drop(source));
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.finish_commands();
        for thread in self.threads.drain(..) {
            // A panic of it was reported by the hook.
            let _ = thread.join();
        }
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(work).context("cannot start a thread")
}

/// Reads everything that a source holds, to be played again.
fn read_whole(mut source: Box<dyn Source>, paths: &[String], cancelled: &AtomicBool) -> Result<Opened> {
    let mut updates = Vec::new();
    catch_up(source.as_mut(), &mut |some| {
        updates.append(some);
        let goes_on = updates.len() <= MAX_REPLAYED && !cancelled.load(Ordering::Relaxed);
        if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if updates.len() > MAX_REPLAYED {
        bail!("{}: a replay holds at most {MAX_REPLAYED} records; this has more", paths.join(" "));
    }
    let workers = updates.iter().find_map(|update| match update {
        Update::Session { header: Some(header), .. } => Some(header.jobs),
        _ => None,
    });
    Ok(Opened { source, purpose: Purpose::Replay { updates, workers: workers.unwrap_or(1) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Target;
    use std::sync::Mutex;
    use std::time::Duration;

    #[test]
    fn commands_are_answered_in_their_order_and_all_before_the_end() {
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sent);
        let way: CommandSender = Arc::new(move |command| {
            std::thread::sleep(Duration::from_millis(2));
            log.lock().unwrap().push(command);
            Reply::Accepted
        });
        let mut jobs = Jobs::default();
        let command = |place: usize| match place % 2 {
            0 => Command::Pause { target: Target::All },
            _ => Command::Resume { target: Target::All },
        };
        for place in 0..10 {
            jobs.command(Arc::clone(&way), command(place)).unwrap();
        }
        jobs.finish_commands();
        assert_eq!(*sent.lock().unwrap(), (0..10).map(command).collect::<Vec<_>>());
        assert_eq!(jobs.done().try_iter().count(), 10);
    }

    #[test]
    fn a_job_that_is_under_way_is_told_to_break_off() {
        let mut jobs = Jobs::default();
        let (began, waits) = unbounded();
        jobs.spawn("long", move |_, cancelled| {
            let _ = began.send(());
            while !cancelled.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
        .unwrap();
        waits.recv().unwrap();
        drop(jobs);
    }
}
