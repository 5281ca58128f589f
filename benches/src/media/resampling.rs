//! The resampler by itself, against soxr's HQ: the same samples, one thread each.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use autoproto_core::media;

use crate::table::{Table, number};
use crate::{Bench, speed};

/// Prints the seconds; reads raw samples, so that only the resampling is timed.
const SOXR: &str = "
import sys, time, numpy, soxr
sound = numpy.fromfile(sys.argv[1], dtype='<f4')
soxr.resample(sound[:100000], int(sys.argv[2]), 16000, quality='HQ')
begun = time.perf_counter()
soxr.resample(sound, int(sys.argv[2]), 16000, quality='HQ')
print(time.perf_counter() - begun)
";

pub fn run(bench: &mut Bench, meetings: &Path, python: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Resampling alone\n\nTen minutes of mono `f32` in memory to 16 kHz: `media::resample`, and `soxr.resample` with \
         `quality='HQ'`, in turn; the least of the rounds."
    );
    let mut table = Table::new(&[">rate", ">ours s", ">soxr HQ s", ">ratio", "verdict"]);
    for rate in [48_000, 44_100] {
        let raw = ten_minutes(bench, meetings, rate)?;
        let sound = std::fs::read(&raw)?;
        let sound: Vec<f32> = sound
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect();
        let mut ours = f64::INFINITY;
        let mut soxr: Result<f64, String> = Ok(f64::INFINITY);
        for _ in 0..bench.rounds {
            let begun = Instant::now();
            media::resample(&sound, rate)?;
            ours = begun.elapsed().as_secs_f64().min(ours);
            soxr = soxr.and_then(|best| Ok(time_soxr(python, &raw, rate)?.min(best)));
        }
        if let Err(reason) = &soxr {
            eprintln!("soxr at {rate} Hz is left out: {reason}");
        }
        let ratio = soxr.as_ref().ok().map(|soxr| ours / soxr);
        let verdict = match ratio {
            None => "left out: no soxr".into(),
            Some(ratio) if ratio <= 1.0 => "ok".into(),
            Some(ratio) => format!("{ratio:.2} times soxr"),
        };
        if ratio.is_some_and(|ratio| ratio > 1.0) {
            bench
                .failures
                .push(format!("resampling from {rate} Hz: {verdict}"));
        }
        table.row([
            rate.to_string(),
            number(Some(ours), 3),
            number(soxr.ok(), 3),
            number(ratio, 2),
            verdict,
        ]);
    }
    table.print();
    Ok(())
}

/// Ten minutes of the hour's first channel.
fn ten_minutes(bench: &Bench, meetings: &Path, rate: u32) -> Result<PathBuf, Box<dyn Error>> {
    let file = bench.cache.join(format!("mono-{rate}.f32"));
    if !file.exists() {
        let hour = speed::hour_of_aac(bench, meetings)?;
        let mut arguments: Vec<&OsStr> = vec![OsStr::new("-i"), hour.as_os_str()];
        let rate = rate.to_string();
        arguments.extend(["-t", "600", "-af", "pan=mono|c0=c0", "-ar", &rate].map(OsStr::new));
        arguments.extend(["-c:a", "pcm_f32le", "-f", "f32le"].map(OsStr::new));
        bench.ffmpeg.make(&arguments, &file)?;
    }
    Ok(file)
}

fn time_soxr(python: &Path, raw: &Path, rate: u32) -> Result<f64, String> {
    let output = Command::new(python)
        .args(["-c", SOXR])
        .arg(raw)
        .arg(rate.to_string())
        .output()
        .map_err(|error| format!("cannot run {}: {error}", python.display()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        stderr.lines().last().unwrap_or("no time came").to_owned()
    })
}
