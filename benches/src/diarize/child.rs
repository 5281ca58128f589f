//! Ours in processes of their own, so that what each takes of memory is its own.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use autoproto_benches::Memory;
use autoproto_core::diarize::Accuracy;
use autoproto_core::testing::cluster_vectors;
use autoproto_core::{AudioView, DiarizeOptions, SAMPLE_RATE};
use serde::{Deserialize, Serialize};

use crate::{THREADS, engine, vectors};

/// Hidden first arguments; `ROOT MODELS ACCURACY FILE` follow the one, `VECTORS COUNT THRESHOLD PLDA LABELS` the other.
pub const DIARIZE: &str = "--diarize-in-child";
pub const CLUSTER: &str = "--cluster-in-child";

/// Seconds that go through before the clock starts.
const WARM_UP: usize = 15;

/// A recording diarized. Seconds are those of the wall, but for `busy`.
#[derive(Serialize, Deserialize)]
pub struct Diarized {
    pub audio: f64,
    /// Voice activity detection, which the fast recipe alone needs.
    pub vad: f64,
    pub prepare: f64,
    pub cluster: f64,
    /// Of the processor, all threads; of all three.
    pub busy: Option<f64>,
    /// MiB at most.
    pub peak: Option<u64>,
    /// Start, end, voice.
    pub turns: Vec<(f64, f64, String)>,
}

impl Diarized {
    pub fn seconds(&self) -> f64 {
        self.vad + self.prepare + self.cluster
    }
}

/// Vectors clustered.
#[derive(Serialize, Deserialize)]
pub struct Clustered {
    pub linkage: f64,
    pub vbx: f64,
    pub clusters: usize,
    pub speakers: usize,
    pub exact: bool,
    pub peak: Option<u64>,
}

/// The child's side; `None` where the arguments aren't for it.
pub fn main(arguments: &[OsString]) -> Option<ExitCode> {
    let json = match arguments {
        [flag, root, models, accuracy, file] if flag == DIARIZE => diarize(
            Path::new(root),
            Path::new(models),
            accuracy,
            Path::new(file),
        )
        .and_then(|report| Ok(serde_json::to_vec(&report)?)),
        [flag, file, count, threshold, plda, labels] if flag == CLUSTER => cluster(
            file.as_ref(),
            count,
            threshold,
            plda.as_ref(),
            labels.as_ref(),
        )
        .and_then(|report| Ok(serde_json::to_vec(&report)?)),
        _ => return None,
    };
    let written = json.and_then(|json| Ok(std::io::stdout().lock().write_all(&json)?));
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("diarize, in a child: {error}");
            ExitCode::from(2)
        }
    })
}

fn diarize(
    root: &Path,
    models: &Path,
    accuracy: &OsString,
    file: &Path,
) -> Result<Diarized, Box<dyn Error>> {
    let accuracy: Accuracy = accuracy.to_str().unwrap_or_default().parse()?;
    let samples = engine::decode(file)?;
    let audio = AudioView::new(&samples);
    let mut diarizer = engine::windows(models, accuracy)?;
    let options = DiarizeOptions::default();
    let short = &samples[..samples.len().min(WARM_UP * SAMPLE_RATE as usize)];
    let speech = engine::speech(root, short)?;
    engine::with_context(|ctx| {
        let prepared = diarizer.prepare(AudioView::new(short), &speech, ctx)?;
        diarizer.cluster(&prepared, &options, ctx)
    })?;

    let (begun, busy) = (Instant::now(), busy());
    let (speech, vad) = if accuracy == Accuracy::Exact {
        (Vec::new(), 0.0)
    } else {
        (
            engine::speech(root, &samples)?,
            begun.elapsed().as_secs_f64(),
        )
    };
    let begun = Instant::now();
    let prepared = engine::with_context(|ctx| diarizer.prepare(audio, &speech, ctx))?;
    let prepare = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let found = engine::with_context(|ctx| diarizer.cluster(&prepared, &options, ctx))?;
    let turns = engine::labelled(&found).into_iter();
    Ok(Diarized {
        audio: audio.duration(),
        vad,
        prepare,
        cluster: begun.elapsed().as_secs_f64(),
        busy: self::busy().zip(busy).map(|(after, before)| after - before),
        peak: Memory::read().map(|memory| memory.peak),
        turns: turns.map(|t| (t.span.start, t.span.end, t.label)).collect(),
    })
}

fn cluster(
    file: &Path,
    count: &OsString,
    threshold: &OsString,
    plda: &Path,
    labels: &Path,
) -> Result<Clustered, Box<dyn Error>> {
    let count: usize = count.to_str().unwrap_or_default().parse()?;
    let threshold: f64 = threshold.to_str().unwrap_or_default().parse()?;
    let values = vectors::read(file, count)?;
    let files = ["xvec_transform.npz", "plda.npz"].map(|name| plda.join(name));
    let plda = Some(files.each_ref().map(|path| path.as_path()));
    let found = engine::with_context(|ctx| {
        cluster_vectors(values, vectors::DIM, threshold, plda, THREADS, ctx)
    })?;
    // Before anything else grows it.
    let peak = Memory::read().map(|memory| memory.peak);
    let bytes = found
        .labels
        .iter()
        .flat_map(|label| (*label as u32).to_le_bytes());
    std::fs::write(labels, bytes.collect::<Vec<u8>>())?;
    let most = |labels: &[usize]| labels.iter().max().map_or(0, |most| most + 1);
    Ok(Clustered {
        linkage: found.linkage,
        vbx: found.vbx,
        clusters: most(&found.labels),
        speakers: most(&found.speakers),
        exact: found.exact,
        peak,
    })
}

/// User and system seconds of this process.
#[cfg(unix)]
fn busy() -> Option<f64> {
    // SAFETY: `rusage` is plain numbers, for which zeros are valid, and `getrusage` writes within it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        (libc::getrusage(libc::RUSAGE_SELF, &mut usage) == 0).then_some(usage)
    }?;
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 / 1e6;
    Some(seconds(usage.ru_utime) + seconds(usage.ru_stime))
}

#[cfg(not(unix))]
fn busy() -> Option<f64> {
    None
}
