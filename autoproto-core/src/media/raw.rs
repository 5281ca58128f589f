//! Sound without headers: interleaved samples, from a source or pushed while they are recorded.

use std::io::Read;

use symphonia::core::audio::Channels;

use super::info::{MediaInfo, TrackInfo};
use super::lanes::Lanes;
use super::recording::{PcmFormat, SampleFormat, Source};
use super::track::{Placed, too_long};
use super::{Decoded, MediaOptions, SpeakerTrack};
use crate::context::Context;
use crate::error::{Error, Result, Stage, contain};

/// Bytes read at once.
const BLOCK: usize = 1 << 18;

/// Interleaved samples into lanes.
pub(super) struct Interleaved {
    pub(super) lanes: Lanes,
    channels: Channels,
    count: usize,
    rate: u32,
    planes: Vec<Vec<f32>>,
}

impl Interleaved {
    pub(super) fn new(options: &MediaOptions, rate: u32, channels: Channels) -> Result<Self> {
        let count = channels.count().max(1);
        Ok(Self {
            lanes: Lanes::new(options, rate, count)?,
            planes: vec![Vec::new(); count],
            channels,
            count,
            rate,
        })
    }

    /// Takes whole frames; what is left of a last one that isn't is left out.
    pub(super) fn push(
        &mut self,
        samples: impl ExactSizeIterator<Item = f32> + Clone,
    ) -> Result<()> {
        let frames = samples.len() / self.count;
        for (channel, plane) in self.planes.iter_mut().enumerate() {
            plane.clear();
            let own = samples.clone().skip(channel).step_by(self.count);
            plane.extend(own.take(frames));
        }
        let planes: Vec<&[f32]> = self.planes.iter().map(Vec::as_slice).collect();
        self.lanes.sound(&planes, &self.channels, self.rate)
    }

    pub(super) fn finish(self) -> Result<Placed> {
        let mut laid = self.lanes.finish()?;
        let warnings = std::mem::take(&mut laid.warnings);
        Ok(Placed {
            laid,
            promised: None,
            lost: Vec::new(),
            warnings,
        })
    }
}

/// Decodes a source that has no headers.
pub(super) fn decode(
    source: &Source,
    format: PcmFormat,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<(MediaInfo, Placed)> {
    let format = format.check()?;
    let path = source.label();
    let (mut stream, len) = source.open()?;
    let frame = format.sample.bytes() * usize::from(format.channels);
    let mut lanes = Interleaved::new(options, format.rate, layout(format.channels))?;
    let (mut block, mut read) = (Vec::with_capacity(BLOCK), 0u64);
    loop {
        let room = (BLOCK - block.len()) as u64;
        let got = (&mut stream)
            .take(room)
            .read_to_end(&mut block)
            .map_err(Error::io("read", path))?;
        read += got as u64;
        let whole = block.len() / frame * frame;
        let (bytes, _) = block.split_at(whole);
        match format.sample {
            SampleFormat::I16 => lanes.push(
                bytes
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|b| of_i16(i16::from_le_bytes(*b))),
            )?,
            SampleFormat::F32 => lanes.push(
                bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|b| f32::from_le_bytes(*b)),
            )?,
        }
        block.drain(..whole);
        if lanes.lanes.seconds() > options.max_duration {
            return Err(too_long(path, options.max_duration));
        }
        ctx.tick(Stage::Decode, read as f64 / len.max(1) as f64)?;
        if got == 0 {
            break;
        }
    }
    if lanes.lanes.seconds() == 0.0 {
        return Err(super::probe::damaged(path, "it is empty", None));
    }
    let info = described(format, lanes.lanes.seconds());
    let mut placed = lanes.finish()?;
    if !block.is_empty() {
        placed.warnings.push("the last sample is cut".into());
    }
    Ok((info, placed))
}

/// What can be said of a source that has no headers.
pub(super) fn describe(source: &Source, format: PcmFormat) -> Result<MediaInfo> {
    let format = format.check()?;
    let (_, len) = source.open()?;
    let frame = format.sample.bytes() as u64 * u64::from(format.channels);
    Ok(described(
        format,
        (len / frame) as f64 / f64::from(format.rate),
    ))
}

fn described(format: PcmFormat, seconds: f64) -> MediaInfo {
    MediaInfo {
        container: "raw PCM".into(),
        duration: Some(seconds),
        tracks: vec![TrackInfo {
            id: 0,
            kind: "audio".into(),
            codec: "PCM".into(),
            sample_rate: Some(format.rate),
            channels: Some(usize::from(format.channels)),
            language: None,
            duration: Some(seconds),
            default: true,
            decoded: true,
        }],
        selected: vec![0],
    }
}

/// Channels without known places; two of them are a pair all the same.
fn layout(channels: u16) -> Channels {
    Channels::Discrete(channels)
}

fn of_i16(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// Sound that is recorded while it is pushed: a writer that a recorder feeds, and whose end is a recording to be worked on.
///
/// ```
/// use autoproto_core::media::{LiveRecording, MediaOptions, PcmFormat};
///
/// let mut live = LiveRecording::new(PcmFormat::i16(48_000, 2), &MediaOptions::default())?;
/// for _ in 0..100 {
///     live.push_i16(&[0; 960])?; // 10 ms of both channels
/// }
/// assert_eq!(live.duration(), 1.0);
/// let decoded = live.finish()?; // for `Pipeline::run_decoded`
/// assert_eq!(decoded.audio.duration(), 1.0);
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct LiveRecording {
    format: PcmFormat,
    lanes: Interleaved,
    /// Samples of a frame that isn't whole yet.
    rest: Vec<f32>,
    most: f64,
    shared: Vec<usize>,
}

impl LiveRecording {
    /// For sound of this shape; whether the samples are pushed as integers or floats is the caller's choice each time.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an impossible shape or a channel that isn't there.
    pub fn new(format: PcmFormat, options: &MediaOptions) -> Result<Self> {
        let format = format.check()?;
        super::meeting::check_options(options)?;
        Ok(Self {
            format,
            lanes: Interleaved::new(options, format.rate, layout(format.channels))?,
            rest: Vec::new(),
            most: options.max_duration,
            shared: options.shared.clone(),
        })
    }

    /// Takes interleaved samples in -1 to 1; a block may end within a frame.
    ///
    /// # Errors
    /// [`Error::Io`] if the temporary file can't be written, [`Error::InvalidOption`] beyond `max_duration`; the sound
    /// that was taken before stays.
    pub fn push_f32(&mut self, samples: &[f32]) -> Result<()> {
        self.push(samples.iter().copied())
    }

    /// The same for 16-bit integers.
    ///
    /// # Errors
    /// As [`push_f32`](Self::push_f32).
    pub fn push_i16(&mut self, samples: &[i16]) -> Result<()> {
        self.push(samples.iter().map(|sample| of_i16(*sample)))
    }

    fn push(&mut self, samples: impl ExactSizeIterator<Item = f32> + Clone) -> Result<()> {
        contain(|| {
            let count = usize::from(self.format.channels);
            let more = (self.rest.len() + samples.len()) / count;
            if self.duration() + more as f64 / f64::from(self.format.rate) > self.most {
                return Err(too_long("the recording".as_ref(), self.most));
            }
            if self.rest.is_empty() && samples.len().is_multiple_of(count) {
                return self.lanes.push(samples);
            }
            self.rest.extend(samples);
            let whole = self.rest.len() / count * count;
            let taken: Vec<f32> = self.rest.drain(..whole).collect();
            self.lanes.push(taken.iter().copied())
        })
    }

    /// Seconds of sound so far.
    pub fn duration(&self) -> f64 {
        self.lanes.lanes.seconds()
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// [`Error::Io`] if the temporary file can't be written.
    pub fn finish(self) -> Result<Decoded> {
        contain(|| {
            let info = described(self.format, self.duration());
            let placed = self.lanes.finish()?;
            let speakers = placed.laid.each.into_iter();
            let speakers = speakers.map(|(channel, audio)| SpeakerTrack {
                label: format!("channel {}", channel + 1),
                name: None,
                shared: self.shared.contains(&channel),
                audio,
            });
            Ok(Decoded {
                audio: placed.laid.mix,
                speakers: speakers.collect(),
                files: vec![info],
                promised: None,
                lost: Vec::new(),
                warnings: placed.warnings,
            })
        })
    }
}
