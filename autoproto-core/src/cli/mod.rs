//! The `autoproto` command, as a function: the binary and the Python package's script both call it.

mod args;
mod doctor;
mod eval;
mod interrupt;
mod output;
mod progress;
mod recording;
mod sources;
mod voices;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;
use clap::error::ErrorKind;

use self::args::{Arguments, Command, Eval, Voices};
use crate::cancel::CancelToken;
use crate::error::{Error, Result};

/// Runs the command with these arguments, the program's name first; gives its exit code: 0, 1 (failed), 2 (usage) or
/// 130 (cancelled by Ctrl-C).
pub fn run(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
            return 2;
        }
        Err(error) if error.use_stderr() => {
            complain(&usage(&error));
            return 2;
        }
        Err(help_or_version) => {
            let _ = help_or_version.print();
            return 0;
        }
    };
    // A panic is caught and told on one line; its report would come before that.
    std::panic::set_hook(Box::new(|_| {}));
    let cancel = CancelToken::new();
    interrupt::install(&cancel);
    match crate::error::contain(|| dispatch(arguments.command, &cancel)) {
        Ok(()) => 0,
        Err(Error::Cancelled) => {
            complain("cancelled");
            130
        }
        Err(error) => {
            complain(&with_causes(&error));
            if matches!(error, Error::InvalidOption { .. }) {
                2
            } else {
                1
            }
        }
    }
}

fn dispatch(command: Command, cancel: &CancelToken) -> Result<()> {
    match command {
        Command::Minutes(args) => recording::minutes(&args, cancel),
        Command::Transcript(args) => recording::transcript(&args, cancel),
        Command::Diarize(args) => recording::diarize(&args, cancel),
        Command::Probe(args) => recording::probe(&args),
        Command::Decode(args) => recording::decode(&args, cancel),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Voices(Voices::Enrol(args)) => voices::enrol(&args, cancel),
        Command::Voices(Voices::List(args)) => voices::list(&args),
        Command::Voices(Voices::Forget(args)) => voices::forget(&args),
        Command::Eval(Eval::Der(args)) => eval::der(&args),
        Command::Eval(Eval::Jer(args)) => eval::jer(&args),
        Command::Eval(Eval::Wer(args)) => eval::wer(&args),
        Command::Eval(Eval::Cpwer(args)) => eval::cpwer(&args),
    }
}

/// The error and its causes, on one line.
fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

/// clap's error without its usage block.
fn usage(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or(&text);
    let text = text
        .split("\n\nFor more information")
        .next()
        .unwrap_or(text);
    format!(
        "{} (see `autoproto --help`)",
        text.trim_start_matches("error: ")
    )
}

fn complain(text: &str) {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr(), "error: {line}");
}
