//! What the programs that hold ours against others have in common: their options, what they keep, how they end.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use serde::de::DeserializeOwned;

/// The arguments of a program, one after the other.
pub struct Arguments {
    rest: std::vec::IntoIter<OsString>,
    /// The option that a value is asked for.
    last: OsString,
}

impl Arguments {
    /// What follows the program's name.
    pub fn new(arguments: Vec<OsString>) -> Self {
        Self {
            rest: arguments.into_iter(),
            last: OsString::new(),
        }
    }

    /// The next option. `None` at the end.
    ///
    /// # Errors
    /// Where it is no text.
    pub fn option(&mut self) -> Result<Option<String>, Box<dyn Error>> {
        let Some(next) = self.rest.next() else {
            return Ok(None);
        };
        self.last.clone_from(&next);
        let text = next.into_string();
        Ok(Some(text.map_err(|text| {
            format!("{} is not known here", text.display())
        })?))
    }

    /// What follows the option.
    ///
    /// # Errors
    /// Where nothing does.
    pub fn value(&mut self) -> Result<OsString, Box<dyn Error>> {
        let missing = || format!("{} needs a value", self.last.display());
        Ok(self.rest.next().ok_or_else(missing)?)
    }

    /// A count of at least one.
    ///
    /// # Errors
    /// Where none follows the option.
    pub fn count(&mut self) -> Result<usize, Box<dyn Error>> {
        let text = self.value()?;
        let count = text.to_str().and_then(|text| text.parse().ok());
        let missing = || format!("{} is no count", text.display());
        Ok(std::cmp::max(1, count.ok_or_else(missing)?))
    }

    /// An option that the program does not have.
    pub fn unknown(&self) -> Box<dyn Error> {
        format!("{} is not known here", self.last.display()).into()
    }
}

/// Names the rows that missed their bounds: the exit status is 1 where there are any, 2 where the program itself failed.
pub fn ends(program: &str, missed: Result<Vec<String>, Box<dyn Error>>) -> ExitCode {
    match missed {
        Ok(missed) if missed.is_empty() => ExitCode::SUCCESS,
        Ok(missed) => {
            println!("\nMissed:\n");
            for row in &missed {
                println!("- {row}");
            }
            eprintln!("{} rows missed their bounds", missed.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::from(2)
        }
    }
}

/// A folder for what is made once and reused, in cargo's target folder, which is where the program itself lies.
///
/// # Errors
/// Where it can't be made.
pub fn cache(name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).ok_or("no target folder")?;
    let cache = target.join(name);
    std::fs::create_dir_all(&cache)?;
    Ok(cache)
}

/// `ok`, or what was missed, which is then noted under `row` in `failures`.
pub fn verdict(
    failures: &mut Vec<String>,
    row: &str,
    held: bool,
    missed: impl FnOnce() -> String,
) -> String {
    if held {
        return "ok".into();
    }
    let missed = missed();
    failures.push(format!("{row}: {missed}"));
    missed
}

/// Runs this program once more, in a process whose memory and time are its own, and reads what that reports.
///
/// # Errors
/// Where it fails, or reports something else.
pub fn again<T: DeserializeOwned>(arguments: &[OsString]) -> Result<T, Box<dyn Error>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).stdin(Stdio::null());
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("a run of ours failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
