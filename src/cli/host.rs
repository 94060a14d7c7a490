//! The session that trains while a screen looks at it.

use super::train::Order;
use crate::dataset::Choice;
use crate::experiment::Engine;
use crate::protocol::{Command, Reply, Update};
use crate::source::{Description, Flow, Live, Source};
use anyhow::{Result, bail};
use std::path::PathBuf;

struct InProcess {
    live: Live,
    engine: Option<Engine>,
}

impl Source for InProcess {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        self.live.poll(out, most)
    }
    fn send(&mut self, command: Command) -> Reply {
        self.live.send(command)
    }
    fn describe(&self) -> Description {
        self.live.describe()
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.shutdown();
            let _ = engine.join();
        }
    }
}

pub(super) fn start(_order: &Order, _choice: Choice) -> Result<PathBuf> {
    bail!("not yet")
}

pub(super) fn start_and_attach(order: &Order, choice: Choice) -> Result<Box<dyn Source>> {
    let engine = order.engine(order.session()?, choice)?;
    Ok(Box::new(InProcess { live: Live::new(&engine), engine: Some(engine) }))
}
