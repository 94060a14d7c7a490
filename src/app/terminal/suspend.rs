//! Ctrl-Z: the whole process group is stopped, as a shell's job control expects, unless nobody could continue it.
//!
//! Does not depend on the screen; the terminal is given back and taken again by the caller.

use rustix::process::{Pid, Signal, getpgrp, getpid, getppid, getsid, kill_current_process_group};
use std::fs;

/// Asks for the process group to be stopped; the request comes back as [`super::Input::Suspend`]. Does nothing where
/// no shell with job control could ever continue it, as in a tmux window of its own.
pub fn request() {
    if can_be_continued() {
        // The only failure is a group that is no more, and this process is in it.
        let _ = kill_current_process_group(Signal::TSTP);
    }
}

/// Stops this process until it is continued.
pub fn stop() {
    let _ = rustix::process::kill_process(getpid(), Signal::STOP);
}

/// Whether the group's leader has a parent in this session but outside the group: the shell. The kernel calls other
/// groups orphaned and ignores SIGTSTP for them.
fn can_be_continued() -> bool {
    let leader = getpgrp();
    let parent = if leader == getpid() { getppid() } else { parent_of(leader) };
    match parent {
        Some(parent) => getsid(Some(parent)).ok() == getsid(None).ok(),
        None => false,
    }
}

/// The parent by Linux's /proc/PID/stat; its fourth field, counted from behind the name in brackets.
fn parent_of(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
    Pid::from_raw(parent.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_from_proc() {
        assert_eq!(parent_of(getpid()), getppid());
    }
}
