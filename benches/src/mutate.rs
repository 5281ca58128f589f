//! Damaged recordings by the hundred thousand, each decoded in a child process under limits.
//!
//! `cargo run --release -p autoproto-benches --bin mutate [-- OPTIONS] [FOLDER...]`
//!
//! Seeds are all files of the folders; by default those of `tests/data` and of `../shared/audio/media`, where it is
//! there. A mutant is known by `--seed` and its index, so that every run makes the same ones. Decoding must end in a
//! result or a typed error, within 512 MiB and 10 s of processor time, and leave no file behind; whatever else happens
//! is a violation: its input is kept, and the exit code is 1.
//!
//! | option | meaning | default |
//! |---|---|---|
//! | `--count N` | mutants | 100 000 |
//! | `--seed N` | which ones | 1 |
//! | `--jobs N` | children at a time | one a core |
//! | `--first N` | the index to begin with | 0 |
//! | `--found FOLDER` | where violating inputs go | `target/mutate` |
//! | `--write` | puts the mutants there instead of decoding them | |
//! | `--replay FILE...` | decodes these instead, each in a child of its own | |

#[path = "mutate/child.rs"]
mod child;
#[path = "mutate/fields.rs"]
mod fields;
#[path = "mutate/limits.rs"]
mod limits;
#[path = "mutate/mutators.rs"]
mod mutators;
#[path = "mutate/parent.rs"]
mod parent;
#[path = "mutate/report.rs"]
mod report;
#[path = "mutate/rng.rs"]
mod rng;
#[path = "mutate/seeds.rs"]
mod seeds;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: limits::Counting = limits::Counting;

/// What a run is told.
#[derive(Debug, Clone)]
struct Options {
    count: u64,
    first: u64,
    seed: u64,
    jobs: usize,
    found: PathBuf,
    write: bool,
    folders: Vec<PathBuf>,
    replay: Vec<PathBuf>,
    /// The folder of a child, in which it works and leaves nothing.
    child: Option<PathBuf>,
    /// What the parent's seeds are, for a child to have the same.
    digest: u64,
}

fn main() -> ExitCode {
    let done = options(std::env::args().skip(1)).and_then(|options| match &options.child {
        Some(folder) => child::run(&options, folder).map(|()| true),
        None => parent::run(&options),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("mutate: {reason}");
            ExitCode::from(2)
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut options = Options {
        count: 100_000,
        first: 0,
        seed: 1,
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        found: root.join("target/mutate"),
        write: false,
        folders: Vec::new(),
        replay: Vec::new(),
        child: None,
        digest: 0,
    };
    while let Some(argument) = arguments.next() {
        let mut number = |name: &str| {
            let text = arguments.next().unwrap_or_default();
            text.parse::<u64>()
                .map_err(|_| format!("{name} must be a number, got `{text}`"))
        };
        match argument.as_str() {
            "--write" => options.write = true,
            "--count" => options.count = number("--count")?,
            "--digest" => options.digest = number("--digest")?,
            "--first" => options.first = number("--first")?,
            "--seed" => options.seed = number("--seed")?,
            "--jobs" => options.jobs = (number("--jobs")? as usize).clamp(1, 256),
            "--found" => options.found = arguments.next().ok_or("--found needs a folder")?.into(),
            "--child" => {
                options.child = Some(arguments.next().ok_or("--child needs a folder")?.into());
            }
            "--replay" => {
                options.replay = arguments.by_ref().map(Into::into).collect();
                if options.replay.is_empty() {
                    return Err("--replay needs a file".into());
                }
            }
            option if option.starts_with("--") => return Err(format!("no such option: {option}")),
            folder => options.folders.push(folder.into()),
        }
    }
    if options.folders.is_empty() {
        options.folders = [
            "tests/data/corpus",
            "tests/data/media",
            "../shared/audio/media",
        ]
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.is_dir())
        .collect();
    }
    Ok(options)
}
