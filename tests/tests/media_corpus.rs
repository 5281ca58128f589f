//! Small recordings of every format, the failures of the past, and damaged copies of them all: whatever comes in, what
//! comes out is sound that makes sense or an error that is the recording's.
//!
//! The damage here is small and the same in every run; `make mutate` and `make fuzz` go further.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::path::Path;

use autoproto_core::media::{self, Decoded, MediaInfo, MediaOptions, Source};
use autoproto_core::{CancelToken, Context, Error, Progress, Result};

/// Damaged copies of each recording; of the failures of the past, which are damaged already, a quarter of that.
const COPIES: u64 = 200;
/// Seconds of sound after which a damaged copy may be refused; the recordings have less than one.
const LONGEST: f64 = 120.0;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/corpus");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// Where recordings are looked at.
struct Desk {
    folder: tempfile::TempDir,
    input: Vec<u8>,
}

impl Desk {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            input: Vec::new(),
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.input = bytes.to_vec();
    }

    fn source(&self) -> Source {
        Source::bytes(self.input.as_slice())
    }

    fn probe(&self) -> Result<MediaInfo> {
        media::probe(self.source(), &MediaOptions::default())
    }

    fn decode(&self) -> Result<Decoded> {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let options = MediaOptions::default()
            .with_max_duration(LONGEST)
            .with_memory_limit(64 << 10)
            .with_temp_dir(self.folder.path())
            .with_threads(1);
        media::decode(self.source(), &options, &Context::new(&cancel, &sink))
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

/// What is wrong with the two answers about one recording.
fn fault(probed: &Result<MediaInfo>, decoded: &Result<Decoded>) -> Option<String> {
    if let Some(error) = probed.as_ref().err().and_then(unfair) {
        return Some(format!("probe: {error}"));
    }
    if let Some(error) = decoded.as_ref().err().and_then(unfair) {
        return Some(format!("decode: {error}"));
    }
    if let Ok(info) = probed {
        let odd = |seconds: f64| !seconds.is_finite() || seconds < 0.0;
        let tracks = info.tracks.iter().map(|track| track.duration);
        if let Some(Some(seconds)) = tracks
            .chain([info.duration])
            .find(|duration| duration.is_some_and(odd))
        {
            return Some(format!("probe says it has {seconds} s"));
        }
        if info.selected.iter().any(|&at| at >= info.tracks.len()) {
            return Some("probe selects a track that isn't there".into());
        }
    }
    let Ok(decoded) = decoded else { return None };
    if let Err(error) = probed {
        return Some(format!("decoded, though probe says {error}"));
    }
    let duration = decoded.audio.duration();
    let odd = |sample: &&f32| !sample.is_finite() || sample.abs() > 1.0;
    let samples = decoded.audio.view().samples();
    if let Some(sample) = samples.iter().find(odd) {
        return Some(format!("a sample of {sample}"));
    }
    if !(0.0..=duration + 0.001).contains(&decoded.lost_seconds()) {
        return Some(format!(
            "{} s are lost of {duration} s",
            decoded.lost_seconds()
        ));
    }
    if decoded.lost_seconds() > 0.01 && decoded.warnings.is_empty() {
        return Some(format!(
            "{} s are lost without a word",
            decoded.lost_seconds()
        ));
    }
    match decoded.promised {
        Some(promised) if !promised.is_finite() || promised < 0.0 => {
            Some(format!("{promised} s are promised"))
        }
        _ => None,
    }
}

/// An error that a recording can't be the cause of.
fn unfair(error: &Error) -> Option<String> {
    let fair = match error {
        Error::UnsupportedMedia { .. } | Error::DamagedMedia { .. } => true,
        Error::InvalidOption { option, .. } => *option == "max_duration",
        _ => false,
    };
    (!fair).then(|| format!("{}: {error}", error.code()))
}

/// Numbers that are the same in every run: SplitMix64.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }
}

/// A damaged copy: mostly in the first bytes, where sizes and counts are.
fn damage(whole: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..1 + rng.below(3) {
        if bytes.len() < 16 {
            break;
        }
        let reach = [bytes.len(), bytes.len().min(64), bytes.len().min(800)][rng.below(3)];
        let at = rng.below(reach);
        let length = (1 << rng.below(9)).min(bytes.len() - at);
        match rng.below(7) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.below(5)],
            2 => bytes[at..at + length.min(8)].fill([0, 0x7f, 0xff][rng.below(3)]),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..at + length)),
            5 => {
                let block = bytes[at..at + length].to_vec();
                bytes.splice(at..at, block);
            }
            _ => bytes[at..at + length]
                .iter_mut()
                .for_each(|byte| *byte = rng.below(256) as u8),
        }
    }
    bytes
}

#[test]
fn every_format_is_there_and_decodes_or_is_refused_by_name() {
    let mut desk = Desk::new();
    let (mut decoded, mut refused) = (0, 0);
    let files = corpus();
    for (name, bytes) in files.iter().filter(|(name, _)| !name.starts_with("past_")) {
        desk.put(bytes);
        match (desk.probe(), desk.decode()) {
            (Ok(info), Ok(sound)) => {
                let duration = sound.audio.duration();
                // The seeds are cut at whole packets, which have 0.1 to 0.5 s.
                assert!((0.09..0.6).contains(&duration), "{name} has {duration} s");
                assert_eq!([info], *sound.files, "{name}");
                assert_eq!(sound.lost, [], "{name}: {:?}", sound.warnings);
                let loud = sound.audio.view().samples().iter().any(|s| s.abs() > 0.01);
                assert!(loud, "{name} is silent");
                decoded += 1;
            }
            (Ok(_), Err(Error::UnsupportedMedia { codec, .. })) => {
                assert!(codec.is_some(), "{name}");
                refused += 1;
            }
            (probed, result) => panic!("{name}: {probed:?}, {result:?}"),
        }
    }
    assert_eq!((decoded, refused), (47, 1), "all but MP2 decode");
}

#[test]
fn past_failures_stay_past() {
    let mut desk = Desk::new();
    let files = corpus();
    let past: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.starts_with("past_"))
        .collect();
    assert!(
        !past.is_empty(),
        "the failures of the past are not in the corpus"
    );
    for (name, bytes) in past {
        desk.put(bytes);
        if let Some(fault) = fault(&desk.probe(), &desk.decode()) {
            panic!("{name}: {fault}");
        }
        assert_eq!(desk.files(), 0, "{name} leaves files behind");
    }
}

#[test]
fn damaged_copies_are_answered() {
    // Readers panic on some of these; the library turns that into an error, and nobody needs to see it here.
    std::panic::set_hook(Box::new(|info| {
        if info
            .location()
            .is_some_and(|at| at.file().ends_with("media_corpus.rs"))
        {
            eprintln!("{info}");
        }
    }));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let files = corpus();
    let faults: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let mine = files.iter().skip(worker).step_by(threads);
                scope.spawn(move || mine.flat_map(of_copies).collect::<Vec<_>>())
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The faults found in the damaged copies of one recording.
fn of_copies((name, whole): &(String, Vec<u8>)) -> Vec<String> {
    let mut desk = Desk::new();
    let mut faults = Vec::new();
    let copies = if name.starts_with("past_") {
        COPIES / 4
    } else {
        COPIES
    };
    for index in 0..copies {
        let mut rng = Rng(index);
        let bytes = damage(whole, &mut rng);
        desk.put(&bytes);
        if let Some(fault) = fault(&desk.probe(), &desk.decode()) {
            faults.push(format!("{name}, copy {index}: {fault}"));
        }
        if desk.files() != 0 {
            faults.push(format!("{name}, copy {index}: files are left behind"));
            return faults;
        }
    }
    faults
}
