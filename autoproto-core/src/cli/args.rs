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
    /// The sound as 16 kHz mono: WAV or raw samples.
    Decode(Decode),
    /// What this installation has and lacks.
    Doctor(Doctor),
    /// People known by their voices: a book of voice prints, which are biometric data.
    #[command(subcommand)]
    Voices(Voices),
    /// Measures results against a reference.
    #[command(subcommand)]
    Eval(Eval),
}

#[derive(Debug, Args)]
pub(super) struct Recording {
    /// The recording: audio or video. Several are one meeting: one behind the other, or beside each other with
    /// `--channels per-speaker`, unless `--offset` says otherwise.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
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
    /// How much is done to tell who speaks when: exact, or fast, which looks at each second of the sound once.
    #[arg(long, default_value = "exact", value_name = "ACCURACY")]
    pub(super) accuracy: String,
    /// What the ONNX models run on: auto, cpu, cuda, cuda:1, tensorrt, directml, coreml or openvino. One that is named and not
    /// there is an error.
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub(super) device: String,
    /// A person who may be spoken of, by name; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(super) person: Vec<String>,
    /// A term that may be said; may be given several times.
    #[arg(long, value_name = "TERM")]
    pub(super) term: Vec<String>,
    /// Writes in English, whatever is spoken; by Whisper alone.
    #[arg(long)]
    pub(super) translate: bool,
    /// Wordings that Whisper follows side by side: 1 is the fastest, 5 takes about twice the time for a few errors less.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=8), value_name = "N")]
    pub(super) beams: u8,
    /// Seconds after the meeting's beginning at which a file begins; once for each file, in their order.
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    pub(super) offset: Vec<f64>,
    /// Who speaks in a file; once for each file, in their order. Used with `--channels per-speaker`.
    #[arg(long, value_name = "NAME")]
    pub(super) name: Vec<String>,
    /// With `--channels per-speaker`: a channel in which several people are heard, counted from 1 over all files.
    #[arg(long, value_name = "N")]
    pub(super) shared: Vec<usize>,
    /// A book made by `voices enrol`: says on standard error, and in JSON, who the speakers might be.
    #[arg(long, value_name = "BOOK")]
    pub(super) voice_book: Option<PathBuf>,
    /// With `--voice-book`: writes the names of those suggested, too.
    #[arg(long, requires = "voice_book")]
    pub(super) use_names: bool,
    #[command(flatten)]
    pub(super) media: Media,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What holds for every command that works on a recording.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The language spoken: auto, en, ru, …, or one of several: ru|en.
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

/// How recordings are read.
#[derive(Debug, Args)]
pub(super) struct Media {
    /// How channels are heard: mix, per-speaker (each is a speaker), or the number of one, counted from 1.
    #[arg(long, default_value = "mix", value_name = "MODE")]
    pub(super) channels: String,
    /// Which audio track is taken: best, all, its number as `probe` shows it, or its language.
    #[arg(long, default_value = "best", value_name = "TRACK")]
    pub(super) track: String,
    /// The files are samples without headers: s16 or f32, hertz, channels.
    #[arg(long, value_name = "s16:48000:2")]
    pub(super) raw: Option<String>,
    /// What reads files that are not read here: an ffmpeg, or none.
    #[arg(long, default_value = "ffmpeg", value_name = "PROGRAM|none")]
    pub(super) external_decoder: String,
    /// The folder for long recordings while they are worked on.
    #[arg(long, value_name = "DIR")]
    pub(super) temp_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Probe {
    /// The recording.
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) media: Media,
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
    /// What to write: .wav, or .s16 or .f32 for samples without a header.
    #[arg(short, long = "output", value_name = "OUT")]
    pub(super) output: PathBuf,
    /// 32-bit floats in the WAV file, in place of 16-bit integers.
    #[arg(long)]
    pub(super) float: bool,
    #[command(flatten)]
    pub(super) media: Media,
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
pub(super) enum Voices {
    /// Learns the voice of a person who has agreed to it, from a recording of them.
    Enrol(Box<Enrol>),
    /// Who is in a book.
    List(List),
    /// Takes a person and their voice prints out of a book.
    Forget(Forget),
}

#[derive(Debug, Args)]
pub(super) struct Enrol {
    /// The book; made if it is not there.
    pub(super) book: PathBuf,
    /// What the person is called; someone in the book is learned further. `PERSON_00` where two have the same name.
    pub(super) name: String,
    /// The recording.
    pub(super) file: PathBuf,
    /// Where they speak, and nobody else: seconds, or h:mm:ss; may be given several times. Without it: the whole file.
    #[arg(long, value_name = "FROM-TO", allow_hyphen_values = true)]
    pub(super) span: Vec<String>,
    /// The diarization models: an id, or a folder. A book serves one of them.
    #[arg(long, value_name = "ID|DIR")]
    pub(super) diarizer: Option<String>,
    #[command(flatten)]
    pub(super) media: Media,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// The book.
    pub(super) book: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Forget {
    /// The book.
    pub(super) book: PathBuf,
    /// Who: a name, or `PERSON_00` where two have the same.
    pub(super) name: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Eval {
    /// Diarization error rate, of two RTTM files.
    Der(Der),
    /// Jaccard error rate, of two RTTM files: each speaker weighs the same.
    Jer(Der),
    /// Word error rate, of two texts.
    Wer(Wer),
    /// Word error rate with speakers (cpWER), of two results as JSON, or of two files with a speaker, a tab and a text
    /// in each line.
    Cpwer(Wer),
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
