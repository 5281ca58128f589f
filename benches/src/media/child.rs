//! Our decode in a process of its own: its start counts as ffmpeg's does, its memory is its own, and a crash ends
//! only it.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use autoproto_benches::Memory;
use autoproto_core::media::{self, Decoded, ExternalDecoder, MediaOptions, SampleFormat};
use autoproto_core::{CancelToken, Context, Error, Progress};
use serde::{Deserialize, Serialize};

use crate::ffmpeg::Ffmpeg;

/// The hidden first argument; `FOLDER SPILL FILE [RAW]` follow.
pub const FLAG: &str = "--decode-in-child";

/// Where the sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// Wherever the library's defaults put it.
    Default,
    /// To a file however short it is, as ffmpeg's goes.
    File,
}

/// What came of a decode.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub container: Option<String>,
    pub codec: Option<String>,
    pub sample_rate: Option<u32>,
    /// Which of the audio tracks was decoded, from 0.
    pub track: usize,
    pub samples: usize,
    /// Seconds of damage.
    pub lost: f64,
    pub warnings: Vec<String>,
    /// Whether another program decoded it.
    pub external: bool,
    /// The error's code and text.
    pub error: Option<(String, String)>,
    /// Memory in MiB before the decode, and at most.
    pub memory: Option<(u64, u64)>,
}

impl Report {
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(autoproto_core::SAMPLE_RATE)
    }
}

/// A finished child.
pub struct Ran {
    pub wall: f64,
    /// User and system seconds, all threads; `None` where the system doesn't tell.
    pub cpu: Option<f64>,
    pub output: std::process::Output,
    pub timed_out: bool,
}

/// Runs `command` to its end, or kills it after `limit`.
pub fn time(mut command: Command, limit: Option<Duration>) -> std::io::Result<Ran> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let before = children_cpu();
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let mut timed_out = false;
    // Without a limit nothing polls: the clock stops when the child does.
    if let Some(limit) = limit {
        while child.try_wait()?.is_none() && !timed_out {
            std::thread::sleep(Duration::from_millis(5));
            timed_out = begun.elapsed() > limit;
        }
        if timed_out {
            child.kill()?;
        }
    }
    let output = child.wait_with_output()?;
    let wall = begun.elapsed().as_secs_f64();
    let cpu = children_cpu()
        .zip(before)
        .map(|(after, before)| after - before);
    Ok(Ran {
        wall,
        cpu,
        output,
        timed_out,
    })
}

/// The command that decodes `file`; the sound is also written to `raw`, as f32le, where that is given.
pub fn command(
    ffmpeg: &Ffmpeg,
    folder: &Path,
    store: Store,
    file: &Path,
    raw: Option<&Path>,
) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(FLAG).arg(folder);
    command.arg(if store == Store::File {
        "file"
    } else {
        "default"
    });
    command.arg(file).args(raw);
    if let Some(path) = ffmpeg.search_path() {
        command.env("PATH", path);
    }
    Ok(command)
}

/// What the child reported; an error says how it died.
pub fn report(ran: &Ran) -> Result<Report, String> {
    if ran.timed_out {
        return Err(format!("killed after {:.0} s", ran.wall));
    }
    serde_json::from_slice(&ran.output.stdout).map_err(|_| format!("died: {}", ran.output.status))
}

/// The child's side.
pub fn main(arguments: &[OsString]) -> ExitCode {
    let [folder, store, file, raw @ ..] = arguments else {
        return ExitCode::from(2);
    };
    let mut options = MediaOptions::default().with_temp_dir(folder);
    if store == "file" {
        options = options.with_memory_limit(0);
    }
    let before = Memory::read();
    let mut report = decode(Path::new(file), options, raw.first().map(PathBuf::from));
    report.memory = before.zip(Memory::read()).map(|(b, a)| (b.peak, a.peak));
    let written = serde_json::to_vec(&report).is_ok_and(|json| {
        let mut out = std::io::stdout().lock();
        out.write_all(&json).and_then(|()| out.flush()).is_ok()
    });
    if written {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(2)
    }
}

fn decode(file: &Path, options: MediaOptions, raw: Option<PathBuf>) -> Report {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let mut external = false;
    let mut decoded = media::decode(file, &options, &ctx);
    // A second attempt, so that what goes through ffmpeg can be told apart.
    if matches!(decoded, Err(Error::UnsupportedMedia { .. })) {
        external = true;
        let options = options.with_external_decoder(ExternalDecoder::OnPath);
        decoded = media::decode(file, &options, &ctx);
    }
    match decoded {
        Ok(decoded) => {
            let mut report = of_decoded(&decoded);
            report.external = external;
            if let Some(Err(error)) = raw.map(|raw| write_raw(&decoded, &raw)) {
                report.error = Some(("bench".into(), error.to_string()));
            }
            report
        }
        Err(error) => of_error(&error, file),
    }
}

fn of_decoded(decoded: &Decoded) -> Report {
    let Some(info) = decoded.files.first() else {
        return Report::default();
    };
    let at = info.selected.first().copied().unwrap_or(0);
    let track = info.tracks.get(at);
    let before = info.tracks.iter().take(at);
    Report {
        container: Some(info.container.clone()),
        codec: track.map(|t| t.codec.clone()),
        sample_rate: track.and_then(|t| t.sample_rate),
        track: before.filter(|t| t.kind == "audio").count(),
        samples: decoded.audio.view().len(),
        lost: decoded.lost_seconds(),
        warnings: decoded.warnings.iter().take(20).cloned().collect(),
        ..Report::default()
    }
}

fn of_error(error: &Error, file: &Path) -> Report {
    let (container, codec) = match error {
        Error::UnsupportedMedia {
            container, codec, ..
        } => (Some(container.clone()), codec.clone()),
        _ => (
            media::probe(file, &MediaOptions::default())
                .ok()
                .map(|info| info.container),
            None,
        ),
    };
    // Its own words, without the path in front.
    let text = error.to_string();
    let shown = file.display().to_string();
    Report {
        container,
        codec,
        error: Some((error.code().into(), text.replace(&shown, "it"))),
        ..Report::default()
    }
}

fn write_raw(decoded: &Decoded, raw: &Path) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(raw)?);
    media::write_pcm(decoded.audio.view(), SampleFormat::F32, &mut out)
}

#[cfg(unix)]
fn children_cpu() -> Option<f64> {
    // SAFETY: `rusage` is plain numbers, for which zeros are valid, and `getrusage` writes within it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(libc::RUSAGE_CHILDREN, &mut usage) == 0).then_some(usage)
    }?;
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Some(seconds(usage.ru_utime) + seconds(usage.ru_stime))
}

#[cfg(not(unix))]
fn children_cpu() -> Option<f64> {
    None
}
