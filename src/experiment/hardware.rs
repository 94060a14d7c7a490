//! What the machine has: cores, memory, a name.
//!
//! Does not depend on what they are used for.

use std::num::NonZero;

/// Workers by default: one a physical core, as far as this process may use them. Two runs on the two threads of one
/// core would only take turns with its arithmetic units.
#[must_use]
pub fn default_jobs() -> usize {
    let allowed = std::thread::available_parallelism().map_or(1, NonZero::get);
    num_cpus::get_physical().clamp(1, allowed)
}

/// Bytes of memory that this process may use: the machine's, or its control group's limit where that is lower.
/// `None` where the system does not say.
#[must_use]
pub fn memory() -> Option<u64> {
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    total_memory().into_iter().chain(limit).min()
}

fn total_memory() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let system = rustix::system::sysinfo();
        (system.totalram as u64).checked_mul(u64::from(system.mem_unit))
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// The machine's name.
#[must_use]
pub fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_a_core_and_a_name() {
        assert!(default_jobs() >= 1);
        assert!(!host().is_empty());
        assert!(memory().is_none_or(|bytes| bytes > 1_000_000));
    }
}
