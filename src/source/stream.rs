//! `perceptop stream`: the updates of a session as JSON lines, for a viewer at the other end of a pipe.
//!
//! An empty line every few seconds says that the link stands, and finds out that nobody listens. Does not depend on what
//! carries the lines.

use super::interface::{Flow, Source};
use crate::protocol::Update;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

/// From one look for news to the next.
const INTERVAL: Duration = Duration::from_millis(100);
/// From one sign of life to the next.
pub(super) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// Writes the updates of `source` to `out` as they come, those records left out whose number is below the one in
/// `since` for their run, until the source ends or nobody listens any more.
///
/// # Errors
/// Whatever `out` reports, a closed pipe excepted, which is the usual end.
pub fn stream(source: &mut dyn Source, since: BTreeMap<String, u64>, out: &mut dyn Write) -> io::Result<()> {
    match write_all(source, since, out) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn write_all(source: &mut dyn Source, mut since: BTreeMap<String, u64>, out: &mut dyn Write) -> io::Result<()> {
    let mut updates = Vec::new();
    let mut spoke = Instant::now();
    loop {
        let flow = source.poll(&mut updates, 1024);
        for update in updates.drain(..) {
            match &update {
                Update::Record { run, record } if since.get(&**run).is_some_and(|first| record.seq < *first) => {
                    continue;
                }
                // The log begins anew, and with it its numbers.
                Update::Reset { run } => drop(since.remove(&**run)),
                _ => {}
            }
            serde_json::to_writer(&mut *out, &update)?;
            out.write_all(b"\n")?;
            spoke = Instant::now();
        }
        match flow {
            Flow::More => {}
            Flow::Idle => {
                if spoke.elapsed() >= KEEPALIVE_INTERVAL {
                    out.write_all(b"\n")?;
                    spoke = Instant::now();
                }
                out.flush()?;
                thread::sleep(INTERVAL);
            }
            Flow::Ended => return out.flush(),
        }
    }
}
