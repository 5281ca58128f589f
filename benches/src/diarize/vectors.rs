//! Made-up voices for the clustering: unit vectors around a few people who speak unequally much, in turns.

use std::error::Error;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::Bench;

/// Numbers of a vector, as WeSpeaker's embeddings have them.
pub const DIM: usize = 256;
/// How many are made.
pub const COUNT: usize = 20_000;

/// The people's shares of the time, in per cent.
const SHARES: [u64; 12] = [24, 18, 14, 10, 9, 7, 5, 5, 3, 2, 2, 1];
/// Vectors of a turn.
const TURN: usize = 20;
/// Scatter around a person, in lengths of the person's own vector, from the clearest speech to the least clear.
const SCATTER: (f64, f64) = (0.25, 0.55);
/// Of a hundred vectors so many have hardly a person in them, as where two speak at once: most of these stay alone.
const UNCLEAR: u64 = 2;
const HARDLY: f64 = 1.2;

/// The vectors as little-endian f32, `[COUNT, DIM]`, written once.
pub fn file(bench: &Bench) -> Result<PathBuf, Box<dyn Error>> {
    let path = bench.cache.join(format!("voices-{COUNT}x{DIM}.f32"));
    if !path.is_file() {
        let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(&bench.cache)?);
        let mut random = Random(1);
        let people: Vec<Vec<f64>> = SHARES.iter().map(|_| random.voice()).collect();
        let mut person = 0;
        for i in 0..COUNT {
            if i % TURN == 0 {
                person = random.person();
            }
            let scatter = if random.next() % 100 < UNCLEAR {
                HARDLY
            } else {
                SCATTER.0 + (SCATTER.1 - SCATTER.0) * random.even()
            };
            let noise = random.voice();
            let pairs = people[person].iter().zip(&noise);
            let vector = pairs.map(|(p, n)| p + scatter * n);
            for value in unit(vector.collect()) {
                file.write_all(&(value as f32).to_le_bytes())?;
            }
        }
        file.into_inner()?.persist(&path)?;
    }
    Ok(path)
}

/// The first `count` vectors.
pub fn read(path: &Path, count: usize) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut bytes = vec![0; count * DIM * size_of::<f32>()];
    std::fs::File::open(path)?.read_exact(&mut bytes)?;
    let numbers = bytes.as_chunks::<4>().0.iter();
    Ok(numbers.map(|b| f32::from_le_bytes(*b)).collect())
}

fn unit(vector: Vec<f64>) -> Vec<f64> {
    let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt();
    vector.into_iter().map(|v| v / length).collect()
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    fn even(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: twelve even numbers added up.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }

    /// A direction; as of real embeddings, a part of the axes holds most of it.
    fn voice(&mut self) -> Vec<f64> {
        unit(
            (0..DIM)
                .map(|k| self.normal() * 0.98_f64.powi(k as i32))
                .collect(),
        )
    }

    fn person(&mut self) -> usize {
        let mut left = self.next() % 100;
        SHARES
            .iter()
            .position(|share| {
                let here = left < *share;
                left = left.saturating_sub(*share);
                here
            })
            .unwrap_or(0)
    }
}
