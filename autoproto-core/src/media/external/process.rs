//! A child process whose output is read as it comes, and that never outlives its use.

use std::convert::Infallible;
use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::log::Log;
use crate::cancel::CancelToken;
use crate::error::Result;

/// How often a waiting caller looks at its token.
const GLANCE: Duration = Duration::from_millis(100);
/// How often a process is asked whether it has ended.
const NAP: Duration = Duration::from_millis(10);
/// How long the last words of an ended process are waited for; a child of its own might hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Bytes of output read at once, and how many of these wait for the caller.
const BLOCK: usize = 64 << 10;
const WAITING: usize = 4;

/// What a process has written.
pub(super) enum Output {
    Bytes(Vec<u8>),
    /// It closed its output.
    End,
    /// It wrote nothing for as long as it was given.
    Stuck,
}

/// A running process. Dropped, it is ended and reaped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    output: Receiver<Vec<u8>>,
    log: Arc<Mutex<Log>>,
    /// Closes with the process's standard error.
    log_end: Receiver<Infallible>,
    patience: Duration,
    cancel: CancelToken,
}

impl Running {
    /// Starts `command` and reads what it writes. `keep` is how many bytes of its words are kept line by line;
    /// `patience` is how long it may be silent.
    pub(super) fn start(
        mut command: Command,
        keep: usize,
        patience: Duration,
        cancel: &CancelToken,
    ) -> io::Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // An interrupt typed at the terminal is for the caller, who then ends the child.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // No console window beside a program that has none.
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, 0x0800_0000);
        let mut child = command.spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (bytes, output) = mpsc::sync_channel(WAITING);
        let (alive, log_end) = mpsc::sync_channel(0);
        let running = Self {
            child,
            output,
            log: Arc::new(Mutex::new(Log::new(keep))),
            log_end,
            patience,
            cancel: cancel.clone(),
        };
        // From here on an error drops `running`, and with it the child. The threads end with their pipes and are not
        // waited for.
        if let Some(stdout) = stdout {
            thread::Builder::new()
                .name("ffmpeg output".into())
                .spawn(move || forward(stdout, &bytes))?;
        }
        if let Some(stderr) = stderr {
            let log = Arc::clone(&running.log);
            thread::Builder::new()
                .name("ffmpeg log".into())
                .spawn(move || listen(stderr, &log, alive))?;
        }
        Ok(running)
    }

    /// The next output.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired.
    pub(super) fn output(&mut self) -> Result<Output> {
        let begun = Instant::now();
        loop {
            self.cancel.check()?;
            match self.output.recv_timeout(GLANCE.min(self.patience)) {
                Ok(bytes) => return Ok(Output::Bytes(bytes)),
                Err(RecvTimeoutError::Disconnected) => return Ok(Output::End),
                Err(RecvTimeoutError::Timeout) if begun.elapsed() >= self.patience => {
                    return Ok(Output::Stuck);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// How the process ended, once its output has; `None` if it doesn't end by itself, and had to be stopped.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired.
    pub(super) fn end(&mut self) -> Result<Option<ExitStatus>> {
        let begun = Instant::now();
        let status = loop {
            self.cancel.check()?;
            match self.child.try_wait() {
                Ok(None) if begun.elapsed() < self.patience => thread::sleep(NAP),
                Ok(status) => break status,
                Err(_) => break None,
            }
        };
        if status.is_none() {
            self.stop();
        }
        let _ = self.log_end.recv_timeout(LAST_WORDS);
        Ok(status)
    }

    /// What it has said so far.
    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends and reaps the process; nothing happens if that is done.
    pub(super) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    #[cfg(all(test, target_os = "linux"))]
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn forward(mut stdout: ChildStdout, bytes: &SyncSender<Vec<u8>>) {
    loop {
        let mut block = vec![0; BLOCK];
        match stdout.read(&mut block) {
            Ok(0) => return,
            Ok(count) => {
                block.truncate(count);
                if bytes.send(block).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Reads to the end whatever comes, for a full pipe would stop the process.
fn listen(mut stderr: ChildStderr, log: &Mutex<Log>, alive: SyncSender<Infallible>) {
    let mut block = [0; 4096];
    loop {
        let count = match stderr.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.hear(block.get(..count).unwrap_or_default());
    }
    log.lock().unwrap_or_else(PoisonError::into_inner).close();
    drop(alive);
}
