//! How a test of this crate says that it did not run.

#![allow(clippy::print_stderr, clippy::unwrap_used)]

use std::io::Write as _;

/// Says that the test `name` did not run, and why; the line also goes to the file that `AUTOPROTO_SKIPS` names, where
/// `scripts/run_tests.sh` counts it. The test then returns early.
pub(crate) fn skipped(name: &str, reason: &str) {
    eprintln!("{name}: skipped: {reason}");
    if let Some(list) = std::env::var_os("AUTOPROTO_SKIPS") {
        let mut options = std::fs::OpenOptions::new();
        let mut list = options.create(true).append(true).open(list).unwrap();
        // At once, for others write there, too.
        list.write_all(format!("{name}: {reason}\n").as_bytes())
            .unwrap();
    }
}
