//! `completions` and `man`: what a shell and `man` read about the command line.
//!
//! Does not depend on any flag by its spelling: both texts are made from the definitions in `arguments`, by
//! `clap_complete` and `clap_mangen`.

use super::Status;
use super::arguments::{Arguments, Completions, Man};
use crate::output;
use anyhow::{Context, Result};
use clap::CommandFactory;
use std::fs;
use std::io::Write;

/// `perceptop completions`.
pub(super) fn completions(wanted: &Completions, out: &mut dyn Write) -> Result<Status> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // Into memory first: the generator panics when its output is a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(wanted.shell, &mut command, name, &mut script);
    out.write_all(&script)?;
    Ok(Status::Done)
}

/// `perceptop man`.
pub(super) fn man(wanted: &Man, out: &mut dyn Write) -> Result<Status> {
    let mut command = Arguments::command();
    let Some(folder) = &wanted.out else {
        clap_mangen::Man::new(command).render(out)?;
        return Ok(Status::Done);
    };
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Pages of subcommands are named `perceptop-run.1`, and only a built command knows those names.
    command = command.disable_help_subcommand(true);
    command.build();
    for page in pages(command).into_iter().map(clap_mangen::Man::new) {
        let path = folder.join(page.get_filename());
        output::write(&path, |file| page.render(file)).with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    Ok(Status::Done)
}

/// The command and those below it, except hidden ones. As deep as the command line, which is two levels.
fn pages(command: clap::Command) -> Vec<clap::Command> {
    let below: Vec<_> = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    std::iter::once(command).chain(below.into_iter().flat_map(pages)).collect()
}
