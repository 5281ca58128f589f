//! Ctrl-C.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use crate::cancel::CancelToken;

/// How long a run has to end by itself.
const GRACE: Duration = Duration::from_millis(700);

/// Held while finished files are moved into their places: all of them or none.
static PLACING: Mutex<()> = Mutex::new(());

/// Makes Ctrl-C (and SIGTERM) stop the run: the token fires, and what doesn't come back in time is left where it is.
///
/// whisper.cpp looks at its abort hook only between passes, and one pass over a window can take seconds. Nothing is lost by
/// not waiting for it: until results are placed there is nothing but temporary files, which are taken away first.
pub(super) fn install(cancel: &CancelToken) {
    let cancel = cancel.clone();
    // Where a host has a handler of its own, that one stays.
    let _ = ctrlc::set_handler(move || {
        cancel.cancel();
        std::thread::sleep(GRACE);
        let _whole = placing();
        super::complain("cancelled");
        exit_now(130);
    });
}

/// While this is held, the process does not end for Ctrl-C.
pub(super) fn placing() -> MutexGuard<'static, ()> {
    PLACING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(unix)]
fn exit_now(code: i32) -> ! {
    // SAFETY: ends the process; takes no pointers. Unlike `exit` it runs no destructors, which must not run while native
    // threads are at work.
    unsafe { libc::_exit(code) }
}

#[cfg(not(unix))]
fn exit_now(code: i32) -> ! {
    std::process::exit(code)
}
