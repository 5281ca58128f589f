//! The recordings that mutants are made of.

use std::path::{Path, PathBuf};

use crate::fields::{self, Kind};

/// Fewer than these cover too few formats for the result to mean anything.
pub(crate) const FEWEST: usize = 40;
/// Bytes of a seed; what lies behind is more of the same.
const LONGEST: usize = 300 * 1024;

/// One whole recording.
#[derive(Debug)]
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Kind,
}

/// Every file of the folders that is not empty, each content once, in the order of folders and names.
pub(crate) fn read(folders: &[PathBuf]) -> Result<Vec<Seed>, String> {
    let mut seeds: Vec<Seed> = Vec::new();
    for folder in folders {
        let cannot =
            |path: &Path, e: std::io::Error| format!("cannot read {}: {e}", path.display());
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|e| cannot(folder, e))? {
            paths.push(entry.map_err(|e| cannot(folder, e))?.path());
        }
        paths.sort();
        for path in paths.iter().filter(|path| path.is_file()) {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if name.ends_with(".md") {
                continue;
            }
            let mut bytes = std::fs::read(path).map_err(|e| cannot(path, e))?;
            let kind = fields::kind(&bytes);
            // An index at the end is worth more than a short file.
            let index_kept = kind != Kind::Mp4
                || fields::mp4_index_end(&bytes).is_some_and(|end| end <= LONGEST);
            if index_kept {
                bytes.truncate(LONGEST);
            }
            if !bytes.is_empty() && seeds.iter().all(|seed| seed.bytes != bytes) {
                seeds.push(Seed { name, bytes, kind });
            }
        }
    }
    if seeds.len() < FEWEST {
        return Err(format!(
            "at least {FEWEST} different seeds are needed, and there are {}: name a folder with more recordings",
            seeds.len()
        ));
    }
    Ok(seeds)
}

/// A number that changes with the seeds (FNV-1a): a file that comes or goes during a run would change every mutant.
pub(crate) fn digest(seeds: &[Seed]) -> u64 {
    let bytes = seeds
        .iter()
        .flat_map(|seed| seed.name.bytes().chain(seed.bytes.iter().copied()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
