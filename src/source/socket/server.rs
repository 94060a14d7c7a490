//! The side of a session's process: one thread that answers every viewer.
//!
//! Does not depend on what a command does; the trainer carries it out, or refuses.

use super::codec::{LONGEST_LINE, Lines, Request, line, parse_request, refused};
use super::error::SocketError;
use super::registry::{Bound, SocketDir};
use crate::protocol::{Trainer, Update};
use crossbeam_channel::Receiver;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::{self, JoinHandle};

/// Viewers at a time.
const MAX_VIEWERS: usize = 64;
/// Faults that a viewer who comes later still hears.
const FAULTS_KEPT: usize = 100;
/// Bytes that may wait for a viewer who does not read.
const MAX_WAITING: usize = 8 << 20;
/// From one look at the faults to the next.
const INTERVAL: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// The control socket of a session, open until the value is dropped.
#[derive(Debug)]
pub struct ControlServer {
    /// Dropped, it wakes the thread, which then ends.
    wake: Option<UnixStream>,
    thread: Option<JoinHandle<()>>,
}

impl ControlServer {
    /// Opens the control socket of the session in `root`; `trainer` carries out what comes.
    ///
    /// # Errors
    /// When the socket or the thread `control` cannot be had.
    pub fn start(
        socket_dir: &SocketDir,
        root: &Path,
        updates: Receiver<Update>,
        trainer: impl Trainer + 'static,
    ) -> Result<Self, SocketError> {
        let bound = socket_dir.bind(root)?;
        let io = |source| SocketError::Io { path: bound.socket.clone(), source };
        bound.listener.set_nonblocking(true).map_err(io)?;
        let (wake, woken) = UnixStream::pair().map_err(io)?;
        let socket = bound.socket.clone();
        let server =
            Server { bound, woken, trainer: Box::new(trainer), updates, viewers: Vec::new(), faults: VecDeque::new() };
        let thread = thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || server.run())
            .map_err(|source| SocketError::Io { path: socket, source })?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }
}

impl Drop for ControlServer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // A panic of it was printed where panics are; there is nothing to save here.
            let _ = thread.join();
        }
    }
}

struct Viewer {
    stream: UnixStream,
    lines: Lines,
    out: VecDeque<u8>,
    watches: bool,
    /// Nothing more is read; what waits is still written.
    closing: bool,
}

struct Server {
    bound: Bound,
    woken: UnixStream,
    trainer: Box<dyn Trainer>,
    updates: Receiver<Update>,
    viewers: Vec<Viewer>,
    faults: VecDeque<Vec<u8>>,
}

impl Server {
    fn run(mut self) {
        while let Ok((is_over, is_called, ready)) = self.wait() {
            self.pass_on_faults();
            for (viewer, flags) in self.viewers.iter_mut().zip(ready) {
                if flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                    read(viewer, &*self.trainer, &self.faults);
                }
                write(viewer);
            }
            self.viewers.retain(|viewer| !(viewer.closing && viewer.out.is_empty()));
            if is_called {
                self.accept();
            }
            if is_over {
                break;
            }
        }
    }

    /// Waits until somebody speaks or calls, the session ends, or it is time to look at the faults.
    fn wait(&self) -> io::Result<(bool, bool, Vec<PollFlags>)> {
        let mut fds = vec![PollFd::new(&self.woken, PollFlags::IN), PollFd::new(&self.bound.listener, PollFlags::IN)];
        fds.extend(self.viewers.iter().map(|viewer| {
            let writes = if viewer.out.is_empty() { PollFlags::empty() } else { PollFlags::OUT };
            PollFd::new(&viewer.stream, PollFlags::IN | writes)
        }));
        match poll(&mut fds, Some(&INTERVAL)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let said: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        Ok((!said[0].is_empty(), said[1].contains(PollFlags::IN), said[2..].to_vec()))
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.bound.listener.accept() {
            if self.viewers.len() < MAX_VIEWERS && is_mine(&stream) && stream.set_nonblocking(true).is_ok() {
                self.viewers.push(Viewer {
                    stream,
                    lines: Lines::default(),
                    out: VecDeque::new(),
                    watches: false,
                    closing: false,
                });
            }
        }
    }

    fn pass_on_faults(&mut self) {
        for update in self.updates.try_iter() {
            if !matches!(update, Update::Fault { .. }) {
                continue;
            }
            let text = line(&update);
            for viewer in self.viewers.iter_mut().filter(|viewer| viewer.watches) {
                viewer.out.extend(&text);
            }
            self.faults.push_back(text);
            if self.faults.len() > FAULTS_KEPT {
                self.faults.pop_front();
            }
        }
    }
}

/// Whether the other end belongs to this user, or to root. The folder's mode keeps others out already; this holds
/// where somebody changed it.
fn is_mine(stream: &UnixStream) -> bool {
    #[cfg(target_os = "linux")]
    {
        let me = rustix::process::getuid();
        rustix::net::sockopt::socket_peercred(stream).is_ok_and(|peer| peer.uid == me || peer.uid.is_root())
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        true
    }
}

fn read(viewer: &mut Viewer, trainer: &dyn Trainer, faults: &VecDeque<Vec<u8>>) {
    let mut buffer = [0; 16 << 10];
    while !viewer.closing {
        match viewer.stream.read(&mut buffer) {
            Ok(0) => viewer.closing = true,
            Ok(count) => {
                viewer.lines.push(&buffer[..count]);
                answer(viewer, trainer, faults);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => {
                viewer.closing = true;
                viewer.out.clear();
            }
        }
    }
}

fn answer(viewer: &mut Viewer, trainer: &dyn Trainer, faults: &VecDeque<Vec<u8>>) {
    while let Some(asked) = viewer.lines.next_line() {
        match parse_request(&asked) {
            Request::Command(command) => viewer.out.extend(line(&trainer.command(command))),
            Request::Watch => {
                viewer.watches = true;
                viewer.out.extend(faults.iter().flatten());
            }
            Request::Nonsense(reason) => viewer.out.extend(line(&refused(reason))),
        }
    }
    if viewer.lines.is_overlong() {
        viewer.out.extend(line(&refused(format!("a line of more than {LONGEST_LINE} bytes"))));
        viewer.closing = true;
    }
    if viewer.out.len() > MAX_WAITING {
        viewer.out.clear();
        viewer.closing = true;
    }
}

fn write(viewer: &mut Viewer) {
    while !viewer.out.is_empty() {
        match viewer.stream.write(viewer.out.as_slices().0) {
            Ok(count) if count > 0 => drop(viewer.out.drain(..count)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            _ => {
                viewer.out.clear();
                viewer.closing = true;
            }
        }
    }
}
