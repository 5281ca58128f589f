//! The machine, for the head of a table, and what the process takes of it.

use std::fmt;

/// The processor and the number of cores that this process may use.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| format!("a processor of unknown name ({})", std::env::consts::ARCH));
    format!("{model}, {cores} cores, {}", std::env::consts::OS)
}

/// Memory of this process in MiB, as Linux tells it; nothing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Now.
    pub now: u64,
    /// At most since it began.
    pub peak: u64,
}

impl Memory {
    /// Reads `/proc/self/status`.
    pub fn read() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/self/status").ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
        };
        Some(Self {
            now: field("VmRSS")?,
            peak: field("VmHWM")?,
        })
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB, at most {} MiB", self.now, self.peak)
    }
}
