//! The most memory that a decode takes, by the length of the recording.

use std::error::Error;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::child::{self, Store};
use crate::table::{Table, number};
use crate::{Bench, speed};

/// MiB at most (64 MB), whole ones as the system's are rounded down; and by how much rows may differ.
const PEAK: u64 = 60;
const SPREAD: u64 = 8;

/// Decodes AAC of ten minutes, an hour and eight hours in a process each, with the library's defaults.
pub fn run(bench: &mut Bench, meetings: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Memory of a decode\n\nAAC in MP4, 48 kHz stereo; resident at most (`VmHWM`), the library's defaults. At most \
         {PEAK} MiB, and within {SPREAD} MiB of each other."
    );
    let mut table = Table::new(&[
        "length",
        ">s that came",
        ">MiB before",
        ">MiB at most",
        ">took s",
        "verdict",
    ]);
    let mut peaks = Vec::new();
    for (name, seconds) in [("10 min", 600), ("1 h", 3_600), ("8 h", 8 * 3_600)] {
        let file = recording(bench, meetings, seconds)?;
        let folder = tempfile::tempdir_in(&bench.cache)?;
        let command = child::command(&bench.ffmpeg, folder.path(), Store::Default, &file, None)?;
        let ran = child::time(command, None)?;
        let report = child::report(&ran)?;
        let memory = report.memory;
        peaks.extend(memory.map(|(_, peak)| peak));
        let verdict = match (&report.error, memory) {
            (Some((code, text)), _) => format!("{code}: {text}"),
            (None, _) if (report.seconds() - f64::from(seconds)).abs() > 1.0 => {
                "not the whole recording".into()
            }
            (None, None) => "this system doesn't tell".into(),
            (None, Some((_, peak))) if peak > PEAK => format!("{peak} MiB"),
            (None, Some(_)) => "ok".into(),
        };
        if verdict != "ok" && (memory.is_some() || report.error.is_some()) {
            bench.failures.push(format!("memory of {name}: {verdict}"));
        }
        table.row([
            name.into(),
            number(Some(report.seconds()), 1),
            memory.map_or_else(|| "–".into(), |(before, _)| before.to_string()),
            memory.map_or_else(|| "–".into(), |(_, peak)| peak.to_string()),
            number(Some(ran.wall), 1),
            verdict,
        ]);
    }
    table.print();
    let spread = peaks
        .iter()
        .max()
        .zip(peaks.iter().min())
        .map(|(a, b)| a - b);
    if let Some(spread) = spread.filter(|spread| *spread > SPREAD) {
        bench.failures.push(format!(
            "memory is not flat: {spread} MiB between the lengths"
        ));
    }
    Ok(())
}

fn recording(bench: &Bench, meetings: &Path, seconds: u32) -> Result<PathBuf, Box<dyn Error>> {
    let hour = speed::hour_of_aac(bench, meetings)?;
    if seconds == 3_600 {
        return Ok(hour);
    }
    let file = bench.cache.join(format!("long-{seconds}.m4a"));
    if !file.exists() {
        let (loops, length) = ((seconds / 3_600).to_string(), seconds.to_string());
        let mut arguments: Vec<&OsStr> = ["-stream_loop", &loops, "-i"].map(OsStr::new).to_vec();
        arguments.push(hour.as_os_str());
        arguments.extend(["-c", "copy", "-t", &length].map(OsStr::new));
        bench.ffmpeg.make(&arguments, &file)?;
    }
    Ok(file)
}
