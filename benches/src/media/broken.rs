//! Files that no player could play whole: an error with a name or the good part, never silence about it.

use std::path::PathBuf;

use autoproto_core::SAMPLE_RATE;

use crate::child::Report;
use crate::table::{Table, number};
use crate::{Bench, formats};

/// Bounds: seconds, and MiB.
const SECONDS: f64 = 10.0;
const MEMORY: u64 = 512;

/// Prints the table of files that are broken on purpose or hold no sound.
pub fn run(bench: &mut Bench, files: &[&PathBuf]) -> Result<(), Box<dyn std::error::Error>> {
    let mut table = Table::new(&[
        "file",
        "container",
        "what came",
        ">s",
        ">ffmpeg's s",
        ">lost s",
        "said",
        ">took s",
        ">MiB",
        "verdict",
    ]);
    for file in files {
        let (name, folder) = (formats::name(file), tempfile::tempdir_in(&bench.cache)?);
        let (ran, result) = formats::decode(bench, file, folder.path())?;
        let (report, crash) = match result {
            Ok((report, _)) => (report, None),
            Err(reason) => (Report::default(), Some(reason)),
        };
        let theirs = bench
            .ffmpeg
            .decode(file, report.track, None)
            .unwrap_or_default();
        let decoded = crash.is_none() && report.error.is_none();
        let mut misses: Vec<String> = crash.clone().into_iter().collect();
        if report
            .error
            .as_ref()
            .is_some_and(|(code, _)| code == "internal")
        {
            misses.push("internal error".into());
        }
        if decoded && report.warnings.is_empty() && report.lost == 0.0 {
            misses.push("passed for whole".into());
        }
        if ran.wall > SECONDS {
            misses.push(format!("took {:.1} s", ran.wall));
        }
        let memory = report.memory.map(|(_, peak)| peak);
        if memory.is_some_and(|peak| peak > MEMORY) {
            misses.push("too much memory".into());
        }
        let (came, said) = match (&crash, &report.error) {
            (Some(reason), _) => (reason.clone(), String::new()),
            (None, Some((code, text))) => (code.clone(), text.clone()),
            (None, None) => ("sound".into(), report.warnings.join("; ")),
        };
        let verdict = match misses.is_empty() {
            true => "ok".into(),
            false => misses.join(", "),
        };
        if !misses.is_empty() {
            bench.failures.push(format!("{name}: {verdict}"));
        }
        let their_seconds = theirs.len() as f64 / f64::from(SAMPLE_RATE);
        table.row([
            name,
            report.container.clone().unwrap_or_else(|| "–".into()),
            came,
            number(decoded.then(|| report.seconds()), 2),
            number(Some(their_seconds).filter(|s| *s > 0.0), 2),
            number(decoded.then_some(report.lost), 2),
            said,
            number(Some(ran.wall), 2),
            memory.map_or_else(|| "–".into(), |m| m.to_string()),
            verdict,
        ]);
    }
    table.print();
    Ok(())
}
