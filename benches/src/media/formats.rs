//! Every file of a folder: does it decode, and to what ffmpeg makes of it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use autoproto_core::SAMPLE_RATE;

use crate::child::{self, Ran, Report, Store};
use crate::compare::{self, Likeness};
use crate::race;
use crate::table::{Table, number};
use crate::{Bench, broken};

/// Beginnings of the names of files that are broken on purpose or hold no sound.
const BROKEN: &[&str] = &[
    "corrupt",
    "damaged",
    "truncated",
    "empty",
    "header_only",
    "random",
    "text.",
    "video_no_audio",
];
/// Codecs of which every decoder must make the same samples. IMA ADPCM is none of them: some multiply where others add
/// shifted steps, and the last bit that this makes adds up within a block.
const LOSSLESS: &[&str] = &["PCM", "A-law", "µ-law", "FLAC", "ALAC", "Microsoft ADPCM"];
/// Bounds: the difference in samples, the lag, the correlation of lossy codecs, and the SNR of lossless ones in dB, which is
/// taken in nine tenths of the band where the rate was changed: above, two good resamplers may differ.
const LENGTH_ERROR: i64 = 1;
const LAG: f64 = 0.5;
const CORRELATION: f64 = 0.999;
const SNR: f64 = 90.0;
/// A decode that takes longer than so many seconds is ended.
const LIMIT: Duration = Duration::from_secs(60);
/// Seconds of the looped copy that the time ratio is taken on, since a clip is mostly the start of a process.
const LOOPED: f64 = 600.0;

/// Prints the tables of `folders`; with `times` each whole file is also looped and timed.
pub fn run(
    bench: &mut Bench,
    folders: &[PathBuf],
    times: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
            files.extend(Some(entry?.path()).filter(|path| path.is_file() && is_media(path)));
        }
    }
    files.retain(|path| !ODD.iter().any(|odd| path.ends_with(odd)));
    files.sort_by_key(|path| path.file_name().map(OsStr::to_owned));
    if files.is_empty() {
        return Err("there are no recordings to try; name a folder with --formats".into());
    }
    let (broken, whole): (Vec<_>, Vec<_>) = files.iter().partition(|path| is_broken(path));
    println!(
        "\n### Formats\n\nAgainst ffmpeg's decode, resampled by soxr at 28 bits and mixed with our weights; Opus by libopus within ffmpeg. \"In band\" is the SNR in the lower nine tenths of the band, where a resampler is flat."
    );
    whole_files(bench, &whole, times)?;
    if !broken.is_empty() {
        println!("\n### Damaged, empty and mistaken files");
        broken::run(bench, &broken)?;
    }
    Ok(())
}

fn whole_files(
    bench: &mut Bench,
    files: &[&PathBuf],
    times: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut table = Table::new(&[
        "file",
        "container",
        "codec",
        "decodes",
        ">length error",
        ">lag",
        ">gain dB",
        ">SNR dB",
        ">in band",
        ">correlation",
        ">time ratio",
        "verdict",
    ]);
    let mut said: Vec<String> = Vec::new();
    for file in files {
        let (name, folder) = (name(file), tempfile::tempdir_in(&bench.cache)?);
        let (_, result) = decode(bench, file, folder.path())?;
        let (report, ours) = match result {
            Ok(both) => both,
            Err(reason) => {
                bench.failures.push(format!("{name}: {reason}"));
                table.row(row(
                    &name,
                    &Report::default(),
                    reason.clone(),
                    None,
                    None,
                    reason,
                ));
                continue;
            }
        };
        said.extend(report.warnings.iter().map(|text| format!("{name}: {text}")));
        let (mut like, mut misses) = (None, Vec::new());
        let decodes = match &report.error {
            Some((code, text)) => {
                said.push(format!("{name}: {text}"));
                misses.push("not decoded".into());
                format!("refused: {code}")
            }
            None => {
                match reference(bench, file, &report) {
                    Ok(theirs) => {
                        let rate = report.sample_rate.unwrap_or(SAMPLE_RATE);
                        if let Some((_, lag, reason)) = shift(&name) {
                            said.push(format!("{name}: {lag} samples against ffmpeg: {reason}"));
                            like = compare::shifted(&ours, &theirs, rate, *lag);
                        } else {
                            like = compare::compare(&ours, &theirs, rate);
                        }
                    }
                    Err(reason) => misses.push(format!("ffmpeg: {reason}")),
                }
                match &like {
                    Some(like) => misses.extend(missed(&name, &report, like)),
                    None => misses.push("nothing to compare".into()),
                }
                String::from(if report.external {
                    "through ffmpeg"
                } else {
                    "yes"
                })
            }
        };
        let ratio = match times && report.error.is_none() {
            true => time_ratio(bench, file, &report, folder.path())
                .inspect_err(|reason| eprintln!("{name}: not timed: {reason}"))
                .ok(),
            false => None,
        };
        let verdict = match misses.is_empty() {
            true => "ok".into(),
            false => misses.join(", "),
        };
        if !misses.is_empty() {
            bench.failures.push(format!("{name}: {verdict}"));
        }
        table.row(row(&name, &report, decodes, like.as_ref(), ratio, verdict));
    }
    table.print();
    if !said.is_empty() {
        println!("\nWhat was said of them:\n");
        said.iter().for_each(|line| println!("- {line}"));
    }
    Ok(())
}

fn row(
    name: &str,
    report: &Report,
    decodes: String,
    like: Option<&Likeness>,
    ratio: Option<f64>,
    verdict: String,
) -> [String; 12] {
    [
        name.into(),
        report.container.clone().unwrap_or_else(|| "–".into()),
        report.codec.clone().unwrap_or_else(|| "–".into()),
        decodes,
        like.map_or_else(|| "–".into(), |l| l.length_error.to_string()),
        number(like.map(|l| settled(l.lag)), 2),
        number(like.map(|l| settled(l.gain)), 2),
        decibels(like.map(|l| l.snr)),
        decibels(like.map(|l| l.band_snr)),
        number(like.map(|l| l.correlation), 5),
        number(ratio, 2),
        verdict,
    ]
}

/// Without a sign where it rounds to zero.
fn settled(value: f64) -> f64 {
    if value.abs() < 0.005 { 0.0 } else { value }
}

fn decibels(value: Option<f64>) -> String {
    match value {
        Some(snr) if snr.is_infinite() => "exact".into(),
        value => number(value, 1),
    }
}

/// ffmpeg's decode; that of Opus by libopus where ffmpeg has it, for its own decoder of speech (SILK) comes a sample
/// earlier and to a correlation of 0.97 with libopus, which is the codec's reference.
fn reference(bench: &Bench, file: &Path, report: &Report) -> Result<Vec<f32>, String> {
    if report.codec.as_deref() == Some("Opus") {
        let decoded = bench.ffmpeg.decode(file, report.track, Some("libopus"));
        if decoded.is_ok() {
            return decoded;
        }
    }
    bench.ffmpeg.decode(file, report.track, None)
}

/// Files that were made to be read otherwise than ffmpeg reads them: it cuts the second stream of a chain short, closes
/// pauses up, and believes a stale count. `tests/tests/media_odd.rs` says what must come of them.
const ODD: [&str; 3] = ["chain.opus", "pause.webm", "stale.mp3"];

/// Files whose run-in ffmpeg and we cut off at different places, by so many samples, and why.
const SHIFTED: [(&str, f64, &str); 2] = [
    (
        "opus.mka",
        -69.33,
        "its CodecDelay says 2.2 ms of run-in where its OpusHead says 6.5 ms, which is true of the speech in it",
    ),
    (
        "he_aac_unannounced.aac",
        -349.02,
        "an SBR decoder is late by 962 samples, and nothing in ADTS takes them off",
    ),
];

fn shift(name: &str) -> Option<&'static (&'static str, f64, &'static str)> {
    SHIFTED.iter().find(|(file, ..)| *file == name)
}

/// The bounds that a decoded file misses.
fn missed(name: &str, report: &Report, like: &Likeness) -> Vec<String> {
    let mut missed = Vec::new();
    let expected = shift(name).map_or(0.0, |(_, lag, _)| *lag);
    if (like.lag - expected).abs() > LAG {
        missed.push(format!("lag {:+.2}", like.lag));
    }
    let length = like.length_error.abs() - expected.abs().round() as i64;
    if length > LENGTH_ERROR {
        missed.push(format!("length {:+}", like.length_error));
    }
    let codec = report.codec.as_deref().unwrap_or_default();
    if LOSSLESS.contains(&codec) {
        let resampled = report.sample_rate != Some(SAMPLE_RATE);
        let snr = if resampled { like.band_snr } else { like.snr };
        if snr < SNR {
            missed.push(format!("SNR {snr:.0} dB"));
        }
    } else if like.correlation.is_nan() || like.correlation < CORRELATION {
        missed.push(format!("correlation {:.4}", like.correlation));
    }
    // Of HE-AAC version 2 the core is one channel, of which ffmpeg makes two.
    let gain = if codec == "HE-AAC v2" { 0.5 } else { 0.1 };
    if like.gain.abs() > gain {
        missed.push(format!("gain {:+.1} dB", like.gain));
    }
    missed
}

/// A report, and the sound where there was no error.
pub type Decode = (Report, Vec<f32>);

/// Decodes one file into `folder`; the inner error says how the process died.
pub fn decode(
    bench: &Bench,
    file: &Path,
    folder: &Path,
) -> std::io::Result<(Ran, Result<Decode, String>)> {
    let raw = folder.join("ours.f32");
    let command = child::command(&bench.ffmpeg, folder, Store::Default, file, Some(&raw))?;
    let ran = child::time(command, Some(LIMIT))?;
    let report = child::report(&ran).map(|report| {
        let bytes = std::fs::read(&raw).unwrap_or_default();
        let samples = bytes.chunks_exact(4);
        let samples = samples.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        (report, samples.collect())
    });
    Ok((ran, report))
}

/// Loops the packets of `file` to ten minutes, without coding them anew, and races on that. FLAC is coded anew: its
/// frames count themselves, and would count wrong.
fn time_ratio(bench: &Bench, file: &Path, report: &Report, folder: &Path) -> Result<f64, String> {
    let suffix = file.extension().and_then(OsStr::to_str).unwrap_or_default();
    // One clip bears another kind's suffix, and ffmpeg goes by it.
    let suffix = match report.container.as_deref() {
        Some("WAV") => "wav",
        _ => suffix,
    };
    let long = folder.join(format!("long.{suffix}"));
    let loops = (LOOPED / report.seconds().max(0.1)).ceil().to_string();
    let (map, length) = (format!("0:a:{}", report.track), LOOPED.to_string());
    let mut arguments: Vec<&OsStr> = ["-stream_loop", &loops, "-i"].map(OsStr::new).to_vec();
    arguments.push(file.as_os_str());
    let codec = match report.codec.as_deref() {
        Some("FLAC") => "flac",
        _ => "copy",
    };
    arguments.extend(["-map", &map, "-c", codec, "-t", &length].map(OsStr::new));
    if name(file).contains("fragmented") {
        // A fragment a second, as recorders write them.
        let fragments = ["-movflags", "+empty_moov", "-frag_duration", "1000000"];
        arguments.extend(fragments.map(OsStr::new));
    }
    bench.ffmpeg.make(&arguments, &long)?;
    let race = race::race(bench, &long)?;
    if (race.seconds - LOOPED).abs() > 0.02 * LOOPED {
        return Err(format!("the looped copy has {:.0} s", race.seconds));
    }
    Ok(race.ratio())
}

pub fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn is_broken(path: &Path) -> bool {
    BROKEN.iter().any(|begin| name(path).starts_with(begin))
}

/// Notes and truths lie beside recordings.
fn is_media(path: &Path) -> bool {
    let suffix = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    !matches!(
        suffix,
        "md" | "txt" | "json" | "toml" | "rttm" | "sh" | "py"
    ) && !name(path).starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALIKE: Likeness = Likeness {
        length_error: 0,
        lag: 0.0,
        gain: 0.0,
        snr: 100.0,
        band_snr: 100.0,
        correlation: 1.0,
    };

    fn report(codec: &str, sample_rate: u32) -> Report {
        Report {
            codec: Some(codec.into()),
            sample_rate: Some(sample_rate),
            ..Report::default()
        }
    }

    #[test]
    fn each_bound_is_held() {
        assert!(missed("a", &report("FLAC", 16_000), &ALIKE).is_empty());
        let longer = Likeness {
            length_error: 2,
            ..ALIKE
        };
        assert_eq!(missed("a", &report("FLAC", 16_000), &longer), ["length +2"]);
        let louder = Likeness { gain: 3.0, ..ALIKE };
        assert_eq!(
            missed("a", &report("FLAC", 16_000), &louder),
            ["gain +3.0 dB"]
        );
        let noisy = Likeness {
            correlation: 0.998,
            snr: 24.0,
            band_snr: 30.0,
            ..ALIKE
        };
        assert_eq!(
            missed("a", &report("MP3", 48_000), &noisy),
            ["correlation 0.9980"]
        );
        assert_eq!(missed("a", &report("FLAC", 16_000), &noisy), ["SNR 24 dB"]);
        assert_eq!(missed("a", &report("FLAC", 48_000), &noisy), ["SNR 30 dB"]);
    }

    #[test]
    fn a_correlation_that_is_no_number_is_no_pass() {
        let silent = Likeness {
            correlation: f64::NAN,
            ..ALIKE
        };
        assert_eq!(missed("a", &report("MP3", 48_000), &silent).len(), 1);
    }
}
