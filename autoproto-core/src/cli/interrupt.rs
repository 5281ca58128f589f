//! Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cancel::CancelToken;

/// How long a run has to end by itself.
const GRACE: Duration = Duration::from_millis(700);

/// Set once results are being put into place: from then on the process ends only when they are.
static FINISHING: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C (and SIGTERM) stop the run: the token fires, and what doesn't come back in time is left where it is.
///
/// whisper.cpp looks at its abort hook only between passes, and one pass over a window can take seconds. Nothing is lost by
/// not waiting for it: no output is open before the run is over.
pub(super) fn install(cancel: &CancelToken) {
    let cancel = cancel.clone();
    // Where a host has a handler of its own, that one stays.
    let _ = ctrlc::set_handler(move || {
        cancel.cancel();
        std::thread::sleep(GRACE);
        if !FINISHING.load(Ordering::Acquire) {
            super::complain("cancelled");
            exit_now(130);
        }
    });
}

/// From here on results are written.
pub(super) fn finishing() {
    FINISHING.store(true, Ordering::Release);
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
