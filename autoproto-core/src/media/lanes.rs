//! Sound of any channels and rate into the store: one lane for the mix, and one for each channel that is a speaker.

use symphonia::core::audio::Channels;

use super::downmix::{self, Phase, Turn};
use super::likeness::Likeness;
use super::pcm::Audio;
use super::resample::Resampler;
use super::spill::{PcmWriter, check_room};
use super::{ChannelMode, MediaOptions};
use crate::audio::SAMPLE_RATE;
use crate::error::{Error, Result};

/// A channel whose loudest sample is below this, -60 dB, is silent.
const SILENT: f32 = 0.001;
/// Seconds in opposite phase that are worth a warning.
const TOLD: f64 = 1.0;

/// One way to the store.
struct Lane {
    resampler: Resampler,
    pcm: PcmWriter,
}

impl Lane {
    fn new(options: &MediaOptions, rate: u32, shares: usize) -> Result<Self> {
        Ok(Self {
            resampler: Resampler::new(rate)?,
            pcm: PcmWriter::new(options, shares),
        })
    }

    fn push(&mut self, samples: &[f32], rate: u32) -> Result<()> {
        let pcm = &mut self.pcm;
        if self.resampler.rate() != rate {
            let old = std::mem::replace(&mut self.resampler, Resampler::new(rate)?);
            old.finish(&mut |samples| pcm.push(samples))?;
        }
        self.resampler
            .push(samples, &mut |samples| pcm.push(samples))
    }

    /// Takes silence: long ones at no cost, for whole hours of it are a stamp away.
    fn silence(&mut self, frames: u64, rate: u32) -> Result<()> {
        let nothing = [0.0; 4096];
        let mut left = frames;
        let mut settled = u64::from(rate) * 2;
        while left > 0 {
            if settled == 0 {
                let (taken, given) = self.resampler.rest(left);
                self.pcm.silence(given)?;
                left -= taken;
                settled = u64::MAX;
                continue;
            }
            let count = left.min(4096).min(settled);
            (left, settled) = (left - count, settled - count);
            self.push(nothing.get(..count as usize).unwrap_or_default(), rate)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Audio> {
        let pcm = &mut self.pcm;
        self.resampler.finish(&mut |samples| pcm.push(samples))?;
        self.pcm.finish()
    }
}

/// The lanes of one track.
pub(super) struct Lanes {
    mode: ChannelMode,
    mix: Lane,
    each: Vec<Lane>,
    channels: Channels,
    weights: Vec<f32>,
    phase: Phase,
    /// Seconds for which a channel was turned around.
    turned: f64,
    peaks: Vec<f32>,
    likeness: Likeness,
    mono: Vec<f32>,
    /// Both channels of stereo, until there is a tenth of a second: however sound is portioned out, it is mixed alike.
    stereo: [Vec<f32>; 2],
    frames: u64,
    /// Seconds before the rate changed last.
    before: f64,
    rate: u32,
}

/// Checks that a track of so many channels has the one that is picked.
pub(super) fn check(mode: ChannelMode, channels: usize) -> Result<()> {
    match mode {
        ChannelMode::Pick(channel) if channel >= channels => Err(Error::InvalidOption {
            option: "channels",
            expected: format!("one of the recording's {channels}"),
            got: format!("number {}, counted from 1", channel + 1),
        }),
        _ => Ok(()),
    }
}

/// What a track has become.
pub(super) struct Laid {
    /// All channels, or the one that was picked.
    pub(super) mix: Audio,
    /// The channels that are speakers: number and sound. Empty unless that was asked for.
    pub(super) each: Vec<(usize, Audio)>,
    /// How many channels there were.
    pub(super) channels: usize,
    pub(super) warnings: Vec<String>,
}

impl Lanes {
    /// For a track of so many channels.
    pub(super) fn new(options: &MediaOptions, rate: u32, channels: usize) -> Result<Self> {
        let lanes = match options.channels {
            ChannelMode::PerSpeaker if channels > 1 => channels,
            _ => 0,
        };
        check(options.channels, channels)?;
        let each = (0..lanes)
            .map(|_| Lane::new(options, rate, lanes + 1))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            mode: options.channels,
            mix: Lane::new(options, rate, lanes + 1)?,
            peaks: vec![0.0; lanes],
            likeness: Likeness::new(lanes),
            each,
            channels: Channels::None,
            weights: Vec::new(),
            phase: Phase::default(),
            turned: 0.0,
            mono: Vec::new(),
            stereo: [Vec::new(), Vec::new()],
            frames: 0,
            before: 0.0,
            rate,
        })
    }

    /// Checks that there is room for as much sound as the headers promise.
    pub(super) fn check_room(&self, promised: Option<f64>, options: &MediaOptions) -> Result<()> {
        let seconds = promised.unwrap_or(0.0).min(options.max_duration);
        let bytes = (seconds * f64::from(SAMPLE_RATE) * 4.0 * (self.each.len() + 1) as f64) as u64;
        if bytes <= options.memory_limit as u64 {
            return Ok(());
        }
        check_room(options.temp_dir.as_deref(), bytes)
    }

    /// Seconds of sound taken so far.
    pub(super) fn seconds(&self) -> f64 {
        self.before + self.frames as f64 / f64::from(self.rate)
    }

    /// Takes sound: a slice for each of the channels, all of one length.
    pub(super) fn sound(
        &mut self,
        planes: &[&[f32]],
        channels: &Channels,
        rate: u32,
    ) -> Result<()> {
        let frames = planes.first().map_or(0, |plane| plane.len());
        if frames == 0 {
            return Ok(());
        }
        self.at_rate(rate)?;
        self.frames += frames as u64;
        if self.channels != *channels {
            self.flush_stereo()?;
            self.channels = channels.clone();
            self.weights = downmix::weights(channels);
            if let ChannelMode::Pick(picked) = self.mode {
                // A stream that loses its channels half way goes on with what it has.
                let picked = picked.min(self.weights.len().saturating_sub(1));
                for (at, weight) in self.weights.iter_mut().enumerate() {
                    *weight = if at == picked { 1.0 } else { 0.0 };
                }
            }
        }
        match (planes, self.mode) {
            ([left, right], ChannelMode::Mix | ChannelMode::PerSpeaker) => {
                self.mix_stereo(left, right)?;
            }
            _ => {
                self.flush_stereo()?;
                downmix::mix(planes, &self.weights, Turn::NONE, &mut self.mono);
                self.mix.push(&self.mono, rate)?;
            }
        }
        for (at, lane) in self.each.iter_mut().enumerate() {
            match planes.get(at) {
                Some(plane) => {
                    downmix::mix(&[plane], &[1.0], Turn::NONE, &mut self.mono);
                    let peak = self.mono.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
                    if let Some(highest) = self.peaks.get_mut(at) {
                        *highest = highest.max(peak);
                    }
                }
                None => {
                    self.mono.clear();
                    self.mono.resize(frames, 0.0);
                }
            }
            lane.push(&self.mono, rate)?;
        }
        self.likeness.look(planes);
        Ok(())
    }

    fn mix_stereo(&mut self, left: &[f32], right: &[f32]) -> Result<()> {
        let block = self.rate as usize / 10;
        let frames = left.len().min(right.len());
        let (mut left, mut right) = (&left[..frames], &right[..frames]);
        while !left.is_empty() {
            let room = block.saturating_sub(self.stereo[0].len()).max(1);
            let count = room.min(left.len()).min(right.len());
            let (taken, rest) = left.split_at(count);
            self.stereo[0].extend_from_slice(taken);
            left = rest;
            let (taken, rest) = right.split_at(count);
            self.stereo[1].extend_from_slice(taken);
            right = rest;
            if self.stereo[0].len() >= block {
                self.flush_stereo()?;
            }
        }
        Ok(())
    }

    fn flush_stereo(&mut self) -> Result<()> {
        let [left, right] = &mut self.stereo;
        if left.is_empty() {
            return Ok(());
        }
        let before = self.phase.frames;
        let turn = self.phase.look(left, right, self.rate);
        self.turned += (self.phase.frames - before) as f64 / f64::from(self.rate);
        downmix::mix(&[left, right], &self.weights, turn, &mut self.mono);
        left.clear();
        right.clear();
        self.mix.push(&self.mono, self.rate)
    }

    /// Takes so many frames of silence.
    pub(super) fn silence(&mut self, frames: u64, rate: u32) -> Result<()> {
        if frames == 0 {
            return Ok(());
        }
        self.at_rate(rate)?;
        self.flush_stereo()?;
        self.frames += frames;
        for lane in std::iter::once(&mut self.mix).chain(&mut self.each) {
            lane.silence(frames, rate)?;
        }
        Ok(())
    }

    fn at_rate(&mut self, rate: u32) -> Result<()> {
        if self.rate != rate {
            self.flush_stereo()?;
            self.before = self.seconds();
            self.frames = 0;
            self.rate = rate;
        }
        Ok(())
    }

    /// Ends all lanes.
    pub(super) fn finish(mut self) -> Result<Laid> {
        self.flush_stereo()?;
        let mut warnings = Vec::new();
        if self.turned >= TOLD {
            warnings.push(format!(
                "the two channels are in opposite phase for {:.0} s; there one was turned around, or they would cancel",
                self.turned
            ));
        }
        let channels = self.each.len().max(1);
        let (mut each, mut silent, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
        for (at, lane) in self.each.into_iter().enumerate() {
            let same = self.likeness.like(at);
            if self.peaks.get(at).is_none_or(|peak| *peak < SILENT) {
                silent.push((at + 1).to_string());
            } else if let Some(other) = same {
                repeated.push(format!("{} repeats {}", at + 1, other + 1));
            } else {
                each.push((at, lane.finish()?));
            }
        }
        if !silent.is_empty() {
            warnings.push(format!(
                "silent channels are left out: {}",
                silent.join(", ")
            ));
        }
        if !repeated.is_empty() {
            warnings.push(format!(
                "channels that repeat another are left out: {}",
                repeated.join(", ")
            ));
        }
        let mix = self.mix.finish()?;
        if each.is_empty() && self.mode == ChannelMode::PerSpeaker {
            each.push((0, mix.clone()));
        }
        Ok(Laid {
            mix,
            each,
            channels,
            warnings,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// A tone, silence, and the tone again, the silence as sound or as silence.
    fn with_silence(rate: u32, frames: u64, as_sound: bool) -> Vec<f32> {
        let mut lanes = Lanes::new(&MediaOptions::default(), rate, 1).unwrap();
        let tone: Vec<f32> = (0..rate).map(|i| (i as f32 * 0.05).sin() * 0.5).collect();
        let mono = Channels::Discrete(1);
        lanes.sound(&[&tone], &mono, rate).unwrap();
        if as_sound {
            lanes
                .sound(&[&vec![0.0; frames as usize]], &mono, rate)
                .unwrap();
        } else {
            lanes.silence(frames, rate).unwrap();
        }
        lanes.sound(&[&tone], &mono, rate).unwrap();
        lanes.finish().unwrap().mix.view().samples().to_vec()
    }

    #[test]
    fn long_silence_costs_nothing_and_changes_nothing() {
        for rate in [16_000, 48_000, 44_100, 11_025, 8_000] {
            for frames in [10, u64::from(rate) * 7 + 123] {
                let (slow, quick) = (
                    with_silence(rate, frames, true),
                    with_silence(rate, frames, false),
                );
                assert_eq!(slow.len(), quick.len(), "{rate}");
                let worst = slow
                    .iter()
                    .zip(&quick)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 1e-6, "{rate}: {worst}");
            }
        }
    }
}
