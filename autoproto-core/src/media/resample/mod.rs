//! Any sample rate to 16 kHz, as a stream.
//!
//! Overlap-save in the frequency domain: a block of sound is transformed, filtered, and transformed back with as many
//! bins as it has at 16 kHz. That costs half of a filter in time, however sharp it is, and no interpolation is needed.

mod block;
mod design;
#[cfg(test)]
mod tests;

use self::block::Block;
use crate::audio::SAMPLE_RATE;
use crate::error::Result;

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Resamples mono sound to [`SAMPLE_RATE`], block by block.
///
/// Time zero stays time zero: the filter's delay is cut off at the beginning and made up for at the end, and `n`
/// samples in give `round(n × 16 000 / rate)` out. What is below nine tenths of the lower Nyquist frequency (7.2 kHz, from
/// rates above 16 kHz) stays as it is; what is above it is gone, and doesn't fold back. How the samples are portioned
/// out to [`push`](Self::push) makes no difference, to the last bit.
pub(super) struct Resampler {
    rate: u32,
    /// Absent where the rate is right already.
    block: Option<Block>,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From `rate` hertz.
    pub(super) fn new(rate: u32) -> Result<Self> {
        let block = match rate {
            SAMPLE_RATE => None,
            rate => Some(Block::new(rate)?),
        };
        Ok(Self {
            rate,
            block,
            taken: 0,
            given: 0,
        })
    }

    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes samples, and hands on those that are done.
    pub(super) fn push(
        &mut self,
        samples: &[f32],
        out: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        self.taken += samples.len() as u64;
        let Some(block) = &mut self.block else {
            self.given += samples.len() as u64;
            return out(samples);
        };
        let mut left = block.fill(samples);
        while block.is_full() {
            let done = block.turn()?;
            self.given += done.len() as u64;
            out(done)?;
            left = block.fill(left);
        }
        Ok(())
    }

    /// Takes `frames` of silence behind more than a second of it, when every filter is at rest, without work: gives how many
    /// of them it took, as many as make whole samples, and how many samples these are.
    pub(super) fn rest(&mut self, frames: u64) -> (u64, u64) {
        let (rate, to) = (u64::from(self.rate), u64::from(SAMPLE_RATE));
        let common = gcd(rate, to).max(1);
        let turns = frames / (rate / common).max(1);
        let (taken, given) = (turns * (rate / common), turns * (to / common));
        self.taken += taken;
        self.given += given;
        (taken, given)
    }

    /// Hands on the rest.
    pub(super) fn finish(mut self, out: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        let Some(block) = &mut self.block else {
            return Ok(());
        };
        let (taken, rate, to) = (
            u128::from(self.taken),
            u128::from(self.rate),
            u128::from(SAMPLE_RATE),
        );
        let due = u64::try_from((2 * taken * to + rate) / (2 * rate)).unwrap_or(u64::MAX);
        while self.given < due {
            block.fill_up();
            let done = block.turn()?;
            let wanted = usize::try_from(due - self.given).unwrap_or(usize::MAX);
            let done = done.get(..wanted).unwrap_or(done);
            self.given += done.len() as u64;
            out(done)?;
        }
        Ok(())
    }
}
