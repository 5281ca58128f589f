//! Linkage and VBx of very many voices, against scipy's linkage.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use crate::child::{self, Clustered};
use crate::table::{Table, number};
use crate::{Bench, THREADS, peers, vectors};
use autoproto_benches::arguments;
use autoproto_benches::program;

/// Where community-1 cuts its tree.
const THRESHOLD: f64 = 0.6;
/// How many times faster than scipy's linkage, and what part of its memory.
const FASTER: f64 = 3.0;
const MEMORY: f64 = 0.25;
/// Windows of four hours, and voices heard in one.
const WINDOWS: usize = 14_391;
const VOICES: f64 = 1.3;
/// MiB within which they are clustered.
const FOUR_HOURS: f64 = 1024.0;
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Clustering\n\n{} made-up voices of {} numbers, {THREADS} threads; each a process of its own, the fastest round counts, \
         the memory is that of the process. Ours is centroid linkage cut at {THRESHOLD} and VBx with community-1's numbers; the bounds \
         hold both steps of ours against scipy's linkage alone. The PLDA is the synthetic one of the tests.",
        vectors::COUNT,
        vectors::DIM
    );
    let file = vectors::file(bench)?;
    let plda = bench.root.join("tests/golden/diarization_windows");
    let labels = bench.cache.join("ours.i32");
    let out = bench.cache.join("scipy");
    let mut ours: Option<Clustered> = None;
    let mut theirs: Option<Theirs> = None;
    for _ in 0..bench.rounds.unwrap_or(ROUNDS) {
        let new = clustered(&file, vectors::COUNT, &plda, &labels)?;
        if ours
            .as_ref()
            .is_none_or(|best| seconds(&new) < seconds(best))
        {
            ours = Some(new);
        }
        if let Some(python) = &bench.python {
            let new = scipy(bench, python, &file, &plda, &out)?;
            if theirs
                .as_ref()
                .is_none_or(|best| new.linkage < best.linkage)
            {
                theirs = Some(new);
            }
        }
    }
    let ours = ours.ok_or("no round was run")?;
    let mut table = Table::new(&[
        "program",
        ">linkage s",
        ">VBx s",
        ">MiB at most",
        ">clusters",
        ">speakers",
        ">times scipy's linkage",
        ">of its memory",
        "same clusters",
        "verdict",
    ]);
    let peak = ours.peak.map(|mib| mib as f64);
    let faster = theirs.as_ref().map(|t| t.linkage / seconds(&ours));
    let memory = theirs.as_ref().zip(peak).map(|(t, peak)| peak / t.peak);
    let same = match &theirs {
        Some(_) => same(&labels, &out.join("labels.i32"))?,
        None => "–".into(),
    };
    let verdict = match faster.zip(memory) {
        Some((faster, memory)) => {
            let held = faster >= FASTER && memory <= MEMORY;
            bench.verdict("clustering", held, || {
                format!("{faster:.2} times as fast (at least {FASTER}), {memory:.2} of the memory (at most {MEMORY})")
            })
        }
        None => "–".into(),
    };
    let found = |run: &Clustered| (run.clusters.to_string(), run.speakers.to_string());
    let (clusters, speakers) = found(&ours);
    table.row([
        format!("ours, {}", how(&ours)),
        number(Some(ours.linkage), 2),
        number(Some(ours.vbx), 2),
        number(peak, 0),
        clusters,
        speakers,
        number(faster, 2),
        number(memory, 3),
        same,
        verdict,
    ]);
    if let Some(theirs) = theirs {
        table.row([
            "scipy, and pyannote.audio's VBx".into(),
            number(Some(theirs.linkage), 2),
            number(Some(theirs.vbx), 2),
            format!("{:.0}, VBx {:.0}", theirs.peak, theirs.vbx_peak),
            format!("{:.0}", theirs.clusters),
            format!("{:.0}", theirs.speakers),
            number(Some(1.0), 2),
            number(Some(1.0), 3),
            "–".into(),
            "–".into(),
        ]);
    }
    table.print();
    four_hours(bench, &file, &plda, &labels)
}

/// The voices of a recording of four hours.
fn four_hours(
    bench: &mut Bench,
    file: &Path,
    plda: &Path,
    labels: &Path,
) -> Result<(), Box<dyn Error>> {
    let count = (WINDOWS as f64 * VOICES) as usize;
    let run = clustered(file, count, plda, labels)?;
    let peak = run.peak.map(|mib| mib as f64);
    let verdict = match peak {
        Some(mib) => bench.verdict("clustering of four hours", mib <= FOUR_HOURS, || {
            format!("{mib:.0} MiB, more than {FOUR_HOURS}")
        }),
        None => "not known on this system".into(),
    };
    println!("\nAs many voices as four hours have, {WINDOWS} windows with {VOICES} voices each:");
    let mut table = Table::new(&[
        ">voices",
        "linkage",
        ">linkage s",
        ">VBx s",
        ">MiB at most",
        ">at most",
        "verdict",
    ]);
    table.row([
        count.to_string(),
        how(&run).into(),
        number(Some(run.linkage), 2),
        number(Some(run.vbx), 2),
        number(peak, 0),
        number(Some(FOUR_HOURS), 0),
        verdict,
    ]);
    table.print();
    Ok(())
}

fn clustered(
    file: &Path,
    count: usize,
    plda: &Path,
    labels: &Path,
) -> Result<Clustered, Box<dyn Error>> {
    let (count, threshold) = (count.to_string(), THRESHOLD.to_string());
    let arguments: Vec<std::ffi::OsString> =
        arguments![child::CLUSTER, file, count, threshold, plda, labels];
    program::again(&arguments)
}

fn seconds(run: &Clustered) -> f64 {
    run.linkage + run.vbx
}

fn how(run: &Clustered) -> &'static str {
    if run.exact { "exact" } else { "in two levels" }
}

/// scipy's linkage with the cut, and pyannote.audio's VBx.
struct Theirs {
    linkage: f64,
    peak: f64,
    clusters: f64,
    vbx: f64,
    vbx_peak: f64,
    speakers: f64,
}

fn scipy(
    bench: &Bench,
    python: &Path,
    file: &Path,
    plda: &Path,
    out: &Path,
) -> Result<Theirs, Box<dyn Error>> {
    let (threshold, threads) = (THRESHOLD.to_string(), THREADS.to_string());
    let mut arguments = arguments!["run", file, "--plda", plda, "--out", out];
    arguments.extend(arguments!["--threshold", threshold, "--threads", threads]);
    peers::script(bench, python, peers::SCIPY, &arguments)?;
    let report = peers::report(&out.join("scipy.json"))?;
    let number = |at: &str| peers::number(&report, at);
    Ok(Theirs {
        linkage: number("linkage/seconds")?,
        peak: number("linkage/peak_rss_mb")?,
        clusters: number("linkage/clusters")?,
        vbx: number("vbx/seconds")?,
        vbx_peak: number("vbx/peak_rss_mb")?,
        speakers: number("vbx/speakers")?,
    })
}

/// Whether two files of labels put the same vectors together; else how many of a hundred do.
fn same(ours: &Path, theirs: &Path) -> Result<String, Box<dyn Error>> {
    let [ours, theirs] = [std::fs::read(ours)?, std::fs::read(theirs)?];
    let pairs = || {
        ours.as_chunks::<4>()
            .0
            .iter()
            .zip(theirs.as_chunks::<4>().0)
    };
    if ours.len() != theirs.len() {
        return Err("the labels are not of the same vectors".into());
    }
    let mut together: HashMap<_, usize> = HashMap::new();
    for pair in pairs() {
        *together.entry(pair).or_default() += 1;
    }
    // Of each of our clusters, the largest part that is in one of theirs, and the other way round.
    let (mut by_ours, mut by_theirs) = (HashMap::new(), HashMap::new());
    for ((a, b), count) in together {
        let most: &mut usize = by_ours.entry(a).or_default();
        *most = count.max(*most);
        let most: &mut usize = by_theirs.entry(b).or_default();
        *most = count.max(*most);
    }
    let kept = by_ours
        .values()
        .sum::<usize>()
        .min(by_theirs.values().sum());
    let all = pairs().count();
    Ok(if kept == all {
        "yes".into()
    } else {
        format!("{:.2} %", 100.0 * kept as f64 / all.max(1) as f64)
    })
}
