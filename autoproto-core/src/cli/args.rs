//! What can be asked of the command.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Turns a recording of a meeting into its protocol.
#[derive(Debug, Parser)]
#[command(
    name = "autoproto",
    version,
    about,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Who said what, and what was decided and assigned.
    Minutes(Recording),
    /// Who said what, without minutes.
    Transcript(Recording),
    /// Who speaks when, as RTTM.
    Diarize(Recording),
    /// What is in a file.
    Probe(Probe),
    /// The sound as 16 kHz mono WAV.
    Decode(Decode),
    /// What this installation has and lacks.
    Doctor(Doctor),
    /// Measures results against a reference.
    #[command(subcommand)]
    Eval(Eval),
}

#[derive(Debug, Args)]
pub(super) struct Recording {
    /// The recording: audio or video.
    pub(super) file: PathBuf,
    /// Where to write; the suffix chooses the format. May be given several times. Without it: standard output.
    #[arg(short, long = "output", value_name = "OUT")]
    pub(super) output: Vec<PathBuf>,
    /// The format, whatever the suffix: md, json, txt, srt, vtt or rttm.
    #[arg(long)]
    pub(super) format: Option<String>,
    /// How many speakers: a number, or a range such as 2..5.
    #[arg(long, value_name = "N|MIN..MAX", allow_hyphen_values = true)]
    pub(super) speakers: Option<String>,
    /// The speech recognition model: an id, or a file.
    #[arg(long, value_name = "ID|PATH")]
    pub(super) transcriber: Option<String>,
    /// The diarization models: an id, or a folder.
    #[arg(long, value_name = "ID|DIR")]
    pub(super) diarizer: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What holds for every command that works on a recording.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The language spoken: auto, en, ru, …
    #[arg(long, default_value = "auto")]
    pub(super) language: String,
    /// A folder to look for models in, in place of the program's own.
    #[arg(long, value_name = "DIR")]
    pub(super) models: Option<PathBuf>,
    /// Threads to use, no more than there are cores; one for each if not given.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(super) threads: Option<String>,
    /// How to tell how far it is, on standard error.
    #[arg(long, value_enum, default_value_t = ProgressForm::Auto)]
    pub(super) progress: ProgressForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressForm {
    /// A bar, where standard error is a terminal.
    Auto,
    /// A JSON object a line.
    Json,
    /// Nothing.
    None,
}

#[derive(Debug, Args)]
pub(super) struct Probe {
    /// The recording.
    pub(super) file: PathBuf,
    /// txt or json.
    #[arg(long, default_value = "txt")]
    pub(super) format: String,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Decode {
    /// The recording.
    pub(super) file: PathBuf,
    /// The WAV file to write.
    #[arg(short, long = "output", value_name = "OUT")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// A folder to look for models in, in place of the program's own.
    #[arg(long, value_name = "DIR")]
    pub(super) models: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Diarization error rate.
    Der(Der),
    /// Word error rate.
    Wer(Wer),
}

#[derive(Debug, Args)]
pub(super) struct Der {
    /// Who really spoke when.
    pub(super) reference: PathBuf,
    /// Who was found to.
    pub(super) hypothesis: PathBuf,
    /// Seconds around each border of the reference that don't count, half on either side.
    #[arg(
        long,
        value_name = "S",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    pub(super) collar: f64,
    /// Leave out where several speak at once.
    #[arg(long)]
    pub(super) skip_overlap: bool,
}

#[derive(Debug, Args)]
pub(super) struct Wer {
    /// What was really said.
    pub(super) reference: PathBuf,
    /// What was heard.
    pub(super) hypothesis: PathBuf,
    /// The language, for numbers as words: auto, en, ru, …
    #[arg(long, default_value = "auto")]
    pub(super) language: String,
}
