//! Bad input, fuzzed: IDX and gzip, suites, logs of this program and of others, whole session folders, socket commands,
//! safetensors, keys and pastes, sizes of the terminal. No panic, no memory out of proportion.
//!
//! Mutates the files in `tests/corpus`. `PERCEPTOP_FUZZ_EXECUTIONS` sets how many mutants a target is given,
//! `PERCEPTOP_FUZZ_SEED` where they begin, `PERCEPTOP_FUZZ_TARGET` which one. `fuzz/` runs the same targets under
//! libFuzzer; what that finds becomes a file of the corpus.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a promise that is broken should be seen")]

mod mutate;
mod screens;
mod targets;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Counts what the targets hold.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// Bytes of memory that any input of a few kilobytes may take beyond what was held before it; a log is read through a
/// buffer of 4 MiB.
const MAX_BYTES: usize = 48 << 20;

/// Mutants of each target by default: those that draw take a hundred times as long.
fn executions(target: &str) -> u64 {
    match target {
        "keys" | "sizes" => 150,
        "folder" | "records" | "foreign" => 1_500,
        _ => 5_000,
    }
}

#[test]
fn no_target_panics_or_takes_memory_on_the_corpus_and_its_mutants() {
    let text = |name: &str| std::env::var(name).ok();
    let seed = text("PERCEPTOP_FUZZ_SEED").map_or(1, |seed| seed.parse().unwrap());
    for (name, target) in targets::TARGETS {
        if text("PERCEPTOP_FUZZ_TARGET").is_some_and(|only| only != name) {
            continue;
        }
        let count = text("PERCEPTOP_FUZZ_EXECUTIONS").map_or(executions(name), |count| count.parse().unwrap());
        let corpus = corpus(name);
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut most = 0;
        for execution in 0..corpus.len() as u64 + count {
            let input = match corpus.get(execution as usize) {
                Some(input) => input.clone(),
                None => mutate::mutant(&corpus, &mut random),
            };
            most = most.max(attempt(name, target, &input, execution));
        }
        println!("{name}: {} files and {count} mutants, {} kB of memory at most", corpus.len(), most >> 10);
    }
    targets::tidy();
}

/// Tries one input; the bytes of memory that it took at its highest.
fn attempt(name: &str, target: targets::Target, input: &[u8], execution: u64) -> usize {
    peak_alloc::PeakAlloc.reset_peak_usage();
    let before = MEMORY.current_usage();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(input))) {
        println!("{name}, execution {execution}: {}", input.escape_ascii());
        std::panic::resume_unwind(panic);
    }
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= MAX_BYTES, "{name}: {taken} bytes of memory for {}", input.escape_ascii());
    taken
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 2, "{name} has no corpus: {paths:?}");
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}
