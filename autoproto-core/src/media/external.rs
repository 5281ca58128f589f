//! Recordings that nothing here reads, decoded by an `ffmpeg` that the caller allows.
//!
//! ffmpeg runs as a child process and writes WAV with 32-bit samples to a pipe; nothing goes through a shell, and no
//! file but the recording is opened: the demuxer is the one of the container that was found by content, so a playlist
//! can't be taken for a recording, and its only protocol is `file`.

mod account;
mod log;
mod process;
#[cfg(test)]
mod tests;
mod wave;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use symphonia::core::audio::Channels;

use super::info::MediaInfo;
use super::probe::{damaged, unsupported};
use super::sniff::Container;
use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use log::{Log, shortened};
use process::{Output, Running};

/// Which `ffmpeg` may be run for recordings that nothing here reads (AVI, MPEG-TS, WMA, AMR, …).
///
/// The program runs with the rights of this process, on files that may come from anywhere; hence [`Never`](Self::Never)
/// unless the caller says otherwise.
///
/// ```
/// use autoproto_core::media::ExternalDecoder;
///
/// assert_eq!(ExternalDecoder::default(), ExternalDecoder::Never);
/// let bundled = ExternalDecoder::At("/opt/meetings/bin/ffmpeg".into());
/// # let _ = bundled;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalDecoder {
    /// None: such recordings are refused.
    #[default]
    Never,
    /// The first `ffmpeg` in the absolute folders of `PATH`, if there is one.
    OnPath,
    /// The program at this path.
    At(PathBuf),
}

impl ExternalDecoder {
    /// The program to run. A named one is taken at its word; that it can't be started shows when it is.
    pub(super) fn find(&self) -> Option<PathBuf> {
        match self {
            Self::Never => None,
            Self::OnPath => search(&std::env::var_os("PATH")?),
            // A bare name would be looked up on PATH.
            Self::At(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        }
    }
}

/// The first `ffmpeg` on `list`. What isn't absolute depends on where the process happens to stand, so it is left out.
fn search(list: &OsStr) -> Option<PathBuf> {
    let name = format!("ffmpeg{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(list)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(&name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    let Ok(about) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    about.is_file() && may_run
}

/// Without a word for this long, ffmpeg is stuck.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of ffmpeg's account of a file that are read; a stream takes about a hundred.
const ACCOUNT: usize = 256 << 10;

/// What ffmpeg says of a file; nothing is decoded.
pub(super) fn probe(
    program: &Path,
    input: &Path,
    container: Container,
    cancel: &CancelToken,
) -> Result<MediaInfo> {
    let mut command = command(program, input, container)?;
    command.args(["-v", "info", "-i"]).arg(url(input));
    let mut running =
        Running::start(command, ACCOUNT, PATIENCE, cancel).map_err(Error::io("run", program))?;
    let status = loop {
        match running.output()? {
            Output::Bytes(_) => {}
            Output::Stuck => return Err(stuck(input)),
            Output::End => break running.end()?,
        }
    };
    let log = running.log();
    // Without an output it always fails; what it said of the input is what counts.
    account::read(&log.lines, container.name()).ok_or_else(|| match failure(status, &log) {
        Some(failure) if log.reason.is_some() => damaged(input, failure, None),
        _ => not_ffmpeg(program),
    })
}

/// Begins to decode the `audio_track`-th audio stream, counted from 0, or the first.
pub(super) fn open(
    program: &Path,
    input: &Path,
    container: Container,
    audio_track: Option<usize>,
    cancel: &CancelToken,
) -> Result<External> {
    let command = decoding(program, input, container, audio_track)?;
    External::start(command, program, input, PATIENCE, cancel)
}

/// The names of ffmpeg's demuxers for a container; one of several is chosen by content.
fn demuxer(container: Container) -> Option<&'static str> {
    Some(match container {
        Container::Wav => "wav",
        Container::Aiff => "aiff",
        Container::Caf => "caf",
        Container::Flac => "flac",
        Container::Mp3 => "mp3",
        Container::Adts => "aac",
        Container::Ogg => "ogg",
        Container::Matroska | Container::WebM => "matroska",
        Container::Mp4 | Container::QuickTime | Container::ThreeGp => "mov",
        Container::MpegTs => "mpegts",
        Container::MpegPs => "mpeg",
        Container::Avi => "avi",
        Container::Asf => "asf",
        Container::Amr => "amr",
        Container::Flv => "flv",
        Container::Wave64 => "w64",
        // The two begin alike.
        Container::Ac3 => "ac3,eac3",
        Container::WavPack => "wv",
        Container::Ape => "ape",
        Container::Dsf => "dsf",
        Container::RealMedia => "rm",
        Container::Text | Container::Unknown => return None,
    })
}

/// With `file:` before it, no name can be an option, another protocol or the `-` that means standard input.
fn url(input: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(input);
    url
}

/// What every call has in common, up to the input.
fn command(program: &Path, input: &Path, container: Container) -> Result<Command> {
    let demuxer = demuxer(container).ok_or_else(|| unsupported(input, container, None))?;
    let mut command = Command::new(program);
    // A report would be written into the current folder; colours would stand between the words.
    command
        .env_remove("FFREPORT")
        .env_remove("AV_LOG_FORCE_COLOR")
        .env_remove("AV_LOG_FORCE_256COLOR")
        .env("AV_LOG_FORCE_NOCOLOR", "1");
    command.args(["-nostdin", "-hide_banner", "-nostats"]);
    // A lying header can't make ffmpeg ask for more than this at once, in bytes. An index of a whole day is smaller.
    command.args(["-max_alloc", "536870912"]);
    // The whitelists hold for what a demuxer opens in its turn, too: subtitles in an AVI are files within the file.
    command.args(["-protocol_whitelist", "file", "-format_whitelist", demuxer]);
    if !demuxer.contains(',') {
        command.args(["-f", demuxer]);
    }
    Ok(command)
}

/// WAV has no stamps, so what they say becomes silence here: sound that begins up to ten seconds after the picture keeps
/// its distance (later, its clock counts from elsewhere), and a hole of more than a tenth of a second stays one.
const ON_TIME: &str =
    "asetpts='PTS-STARTPTS*not(between(STARTT,0.1,10))',aresample=async=1:first_pts=0";

fn decoding(
    program: &Path,
    input: &Path,
    container: Container,
    audio_track: Option<usize>,
) -> Result<Command> {
    let mut command = command(program, input, container)?;
    // A stamp further off than ten minutes is damaged; nobody wants hours of silence in its place.
    command.args(["-v", "level+warning", "-dts_error_threshold", "600", "-i"]);
    command.arg(url(input));
    command.arg("-map");
    command.arg(format!("0:a:{}", audio_track.unwrap_or(0)));
    command.args(["-vn", "-sn", "-dn", "-map_metadata", "-1"]);
    command.args(["-af", ON_TIME]);
    command.args(["-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"]);
    Ok(command)
}

/// A recording that ffmpeg is decoding. Dropped, it ends ffmpeg.
#[derive(Debug)]
pub(super) struct External {
    /// In hertz.
    pub(super) rate: u32,
    pub(super) channels: Channels,
    running: Running,
    input: PathBuf,
    /// Bytes that are read and not yet given.
    rest: Vec<u8>,
    heard: bool,
    ended: bool,
}

impl External {
    fn start(
        command: Command,
        program: &Path,
        input: &Path,
        patience: Duration,
        cancel: &CancelToken,
    ) -> Result<Self> {
        let mut running =
            Running::start(command, 0, patience, cancel).map_err(Error::io("run", program))?;
        let mut rest = Vec::new();
        let head = loop {
            match running.output()? {
                Output::Bytes(bytes) => rest.extend_from_slice(&bytes),
                Output::Stuck => return Err(stuck(input)),
                Output::End => {
                    let status = running.end()?;
                    let log = running.log();
                    return Err(match failure(status, &log) {
                        Some(failure) => damaged(input, failure, None),
                        None => not_ffmpeg(program),
                    });
                }
            }
            match wave::head(&rest) {
                Ok(Some(head)) => break head,
                Ok(None) => {}
                Err(wave::NotWave) => return Err(not_ffmpeg(program)),
            }
        };
        rest.drain(..head.length.min(rest.len()));
        Ok(Self {
            rate: head.rate,
            channels: head.channels,
            running,
            input: input.into(),
            rest,
            heard: false,
            ended: false,
        })
    }

    /// Puts the next interleaved frames into `block`, all whole and at least one; false, and none, at the end.
    pub(super) fn next(&mut self, block: &mut Vec<f32>) -> Result<bool> {
        block.clear();
        let frame = 4 * self.channels.count().max(1);
        while self.rest.len() < frame {
            if self.ended {
                return Ok(false);
            }
            match self.running.output()? {
                Output::Bytes(bytes) => self.rest.extend_from_slice(&bytes),
                Output::Stuck => return Err(stuck(&self.input)),
                // What is left of a frame is of no use.
                Output::End => self.ended = true,
            }
        }
        let whole = self.rest.len() / frame * frame;
        let (samples, _) = self.rest.get(..whole).unwrap_or_default().as_chunks::<4>();
        block.extend(samples.iter().map(|bytes| f32::from_le_bytes(*bytes)));
        self.rest.drain(..whole);
        self.heard = true;
        Ok(true)
    }

    /// What ffmpeg complained of. After the end its failure is told too: as an error if there was no sound, else as
    /// the first complaint. Before the end it is stopped.
    pub(super) fn finish(mut self) -> Result<Vec<String>> {
        if !self.ended {
            self.running.stop();
            return Ok(self.running.log().complaints());
        }
        let status = self.running.end()?;
        let log = self.running.log();
        let mut complaints = log.complaints();
        let failed = !status.is_some_and(|status| status.success());
        match failure(status, &log) {
            Some(failure) if failed && self.heard => complaints.insert(0, failure),
            Some(failure) if !self.heard => return Err(damaged(&self.input, failure, None)),
            None if !self.heard => {
                return Err(damaged(&self.input, "ffmpeg found no sound in it", None));
            }
            _ => {}
        }
        Ok(complaints)
    }
}

/// How ffmpeg ended and why, if it failed or has something to say.
fn failure(status: Option<ExitStatus>, log: &Log) -> Option<String> {
    #[cfg(unix)]
    let signal = status.and_then(|status| std::os::unix::process::ExitStatusExt::signal(&status));
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let end = match (status, signal) {
        (None, _) => "ffmpeg didn't end and was stopped".to_owned(),
        (_, Some(signal)) => format!("ffmpeg was ended by signal {signal}"),
        (Some(status), _) => match (status.code(), &log.reason) {
            (Some(0), None) => return None,
            (Some(0), Some(_)) => "ffmpeg got nothing from it".to_owned(),
            (Some(code), _) => format!("ffmpeg failed with exit code {code}"),
            (None, _) => "ffmpeg failed".to_owned(),
        },
    };
    Some(match &log.reason {
        Some(reason) => shortened(&format!("{end}: {reason}")),
        None => end,
    })
}

fn stuck(input: &Path) -> Error {
    damaged(
        input,
        "ffmpeg gave nothing for too long and was stopped",
        None,
    )
}

fn not_ffmpeg(program: &Path) -> Error {
    Error::io("run", program)(io::Error::new(
        io::ErrorKind::InvalidData,
        "what it writes is not what ffmpeg would write",
    ))
}
