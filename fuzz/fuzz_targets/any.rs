//! The targets of `tests/fuzz/targets.rs` under libFuzzer; `PERCEPTOP_FUZZ_TARGET` names the one to try.
#![no_main]
#![allow(clippy::unwrap_used, clippy::panic, dead_code, missing_docs)]

#[path = "../../tests/fuzz/screens.rs"]
mod screens;
#[path = "../../tests/fuzz/targets.rs"]
mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("PERCEPTOP_FUZZ_TARGET").expect("PERCEPTOP_FUZZ_TARGET names a target");
    targets::named(&name)
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
