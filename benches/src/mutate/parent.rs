//! The parent: hands ranges of mutants to children, and goes on behind one that dies.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::report::{Line, Report};
use crate::seeds::{self, Seed};
use crate::{Options, mutators};

/// Mutants of one child.
const BATCH: u64 = 200;
/// Seconds on the clock for one recording, for a child that waits instead of working.
const PATIENCE: Duration = Duration::from_secs(180);

/// Runs it all and prints the table; whether there were no violations.
pub(crate) fn run(options: &Options) -> Result<bool, String> {
    println!("{} build", build());
    if !options.replay.is_empty() {
        return replay(options);
    }
    let seeds = seeds::read(&options.folders)?;
    let end = options.first + options.count;
    if options.write {
        for index in options.first..end {
            println!("{}", keep(options, &seeds, index)?.display());
        }
        return Ok(true);
    }
    println!(
        "{} mutants of {} seeds (--seed {}), from index {}\n",
        options.count,
        seeds.len(),
        options.seed,
        options.first
    );
    let options = &Options {
        digest: seeds::digest(&seeds),
        ..options.clone()
    };
    let begun = Instant::now();
    let report = Mutex::new(Report::default());
    let next = AtomicU64::new(options.first);
    let worker = || -> Result<(), String> {
        loop {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            if from >= end {
                return Ok(());
            }
            let mut at = from;
            let to = (from + BATCH).min(end);
            while at < to {
                at = batch(options, at, to, &report)?;
            }
            if let Ok(report) = report.lock() {
                eprint!("\r{}", report.progress(options.count));
            }
        }
    };
    let workers: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.jobs).map(|_| scope.spawn(worker)).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err("a worker panicked".into()))
            })
            .collect()
    });
    eprintln!();
    workers.into_iter().collect::<Result<Vec<()>, String>>()?;
    let report = report.into_inner().map_err(|e| e.to_string())?;
    let seed_of = |index| mutators::mutant(&seeds, options.seed, index).seed;
    print!("{}", report.table(&seed_of));
    println!("{:.0} s", begun.elapsed().as_secs_f64());
    for (index, what) in report.violations() {
        let path = keep(options, &seeds, index)?;
        println!("{what}: {}", path.display());
    }
    Ok(report.violations().count() == 0)
}

/// Writes the mutant where it can be replayed from.
fn keep(options: &Options, seeds: &[Seed], index: u64) -> Result<PathBuf, String> {
    let mutant = mutators::mutant(seeds, options.seed, index);
    let path = options.found.join(format!("{index}-{}", mutant.seed));
    std::fs::create_dir_all(&options.found)
        .and_then(|()| std::fs::write(&path, &mutant.bytes))
        .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    Ok(path)
}

fn replay(options: &Options) -> Result<bool, String> {
    let mut clean = true;
    for path in &options.replay {
        let report = Mutex::new(Report::default());
        let one = Options {
            replay: vec![path.clone()],
            ..options.clone()
        };
        batch(&one, 0, 1, &report)?;
        let report = report.into_inner().map_err(|e| e.to_string())?;
        clean &= report.violations().count() == 0;
        println!("{}: {}", path.display(), report.only());
    }
    Ok(clean)
}

fn build() -> &'static str {
    if cfg!(debug_assertions) {
        "dev (overflow checks on)"
    } else {
        "release"
    }
}

/// Has one child decode the mutants from `from` to `to`; returns where to go on, behind the one it died of.
fn batch(options: &Options, from: u64, to: u64, report: &Mutex<Report>) -> Result<u64, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut child = spawn(options, from, to, folder.path())?;
    let out = child.stdout.take().ok_or("the child has no output")?;
    let (sender, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    let (mut open, mut next, mut stuck) = (None, from, false);
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                if let Some(index) = line.strip_prefix("> ") {
                    open = index.parse::<u64>().ok();
                } else if let Some(line) = Line::parse(&line) {
                    (open, next) = (None, line.index + 1);
                    add(report, line);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                stuck = true;
                let _ = child.kill();
                break;
            }
        }
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let _ = reader.join();
    match open {
        Some(index) => {
            let what = if stuck {
                "violation hang".into()
            } else {
                death(status)
            };
            add(report, Line::dead(index, what));
            Ok(index + 1)
        }
        None if next == to && status.success() => Ok(to),
        None => Err(format!("a child failed by itself: {status}")),
    }
}

fn add(report: &Mutex<Report>, line: Line) {
    if let Ok(mut report) = report.lock() {
        report.add(line);
    }
}

fn spawn(options: &Options, from: u64, to: u64, folder: &Path) -> Result<Child, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = Command::new(program);
    command
        .arg("--child")
        .arg(folder)
        .args(["--seed", &options.seed.to_string()])
        .args(["--digest", &options.digest.to_string()])
        .args(["--first", &from.to_string()])
        .args(["--count", &(to - from).to_string()])
        .args(&options.folders);
    if let Some(path) = options.replay.first() {
        command.arg("--replay").arg(path);
    }
    // Whatever it writes elsewhere than told goes where it is looked for.
    command
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|e| format!("cannot start a child: {e}"))
}

#[cfg(unix)]
fn death(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(libc::SIGXCPU) => "violation time".into(),
        Some(libc::SIGABRT) => "violation abort".into(),
        Some(signal) => format!("violation signal {signal}"),
        None => format!("violation exit: {status}"),
    }
}

#[cfg(not(unix))]
fn death(status: ExitStatus) -> String {
    format!("violation exit: {status}")
}
