//! Ours and ffmpeg in turn on one file.
//!
//! Both are processes of their own and write 16 kHz mono `f32` to a file in the same folder. Ours goes with the process;
//! ffmpeg's is removed while no clock runs.

use std::path::Path;

use crate::Bench;
use crate::child::{self, Ran, Store};

/// Seconds of every round, sorted.
pub struct Race {
    pub ours: Times,
    pub theirs: Times,
    /// Seconds of sound that ours made.
    pub seconds: f64,
}

#[derive(Default)]
pub struct Times {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Times {
    fn add(&mut self, ran: &Ran) {
        self.wall.push(ran.wall);
        self.wall.sort_by(f64::total_cmp);
        self.cpu.extend(ran.cpu);
        self.cpu.sort_by(f64::total_cmp);
    }

    /// The fastest round.
    pub fn best(&self) -> f64 {
        self.wall.first().copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.wall
            .get(self.wall.len() / 2)
            .copied()
            .unwrap_or(f64::NAN)
    }

    /// The least processor time of a round.
    pub fn cpu(&self) -> Option<f64> {
        self.cpu.first().copied()
    }
}

impl Race {
    pub fn ratio(&self) -> f64 {
        self.ours.best() / self.theirs.best()
    }
}

pub fn race(bench: &Bench, file: &Path) -> Result<Race, String> {
    let folder = tempfile::tempdir_in(&bench.cache).map_err(|e| e.to_string())?;
    // Once for the page cache, so that the first round has no disk to wait for.
    std::fs::File::open(file)
        .and_then(|mut file| std::io::copy(&mut file, &mut std::io::sink()))
        .map_err(|e| e.to_string())?;
    let out = folder.path().join("ffmpeg.f32");
    let (mut ours, mut theirs, mut seconds) = (Times::default(), Times::default(), 0.0);
    for _ in 0..bench.rounds {
        let command = child::command(&bench.ffmpeg, folder.path(), Store::File, file, None)
            .map_err(|e| e.to_string())?;
        let ran = child::time(command, None).map_err(|e| e.to_string())?;
        let report = child::report(&ran)?;
        if let Some((code, text)) = report.error {
            return Err(format!("{code}: {text}"));
        }
        seconds = report.seconds();
        ours.add(&ran);

        let command = bench.ffmpeg.racing(file, &out);
        let ran = child::time(command, None).map_err(|e| e.to_string())?;
        if !ran.output.status.success() {
            return Err(format!(
                "ffmpeg: {}",
                String::from_utf8_lossy(&ran.output.stderr)
            ));
        }
        std::fs::remove_file(&out).map_err(|e| e.to_string())?;
        theirs.add(&ran);
    }
    Ok(Race {
        ours,
        theirs,
        seconds,
    })
}
