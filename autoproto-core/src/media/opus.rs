//! What the header of an Opus stream says beyond its codec (RFC 7845, 5.1).

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;

use super::sniff::Container;

/// The rate of an Opus stream's clock, whatever it was recorded at.
const RATE: u32 = 48_000;

/// What is to be done with decoded sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct OpusHead {
    /// Frames of 48 kHz that the decoder needs to find its feet, and nobody is to hear.
    pub(super) pre_skip: u16,
    /// The factor that the writer wants the sound to be played at.
    pub(super) gain: f32,
}

impl OpusHead {
    /// Reads the header of a track; none for another codec or without a header.
    ///
    /// MP4 keeps it with its numbers turned around (`dOps`), and symphonia passes it on as it is.
    pub(super) fn of(params: &AudioCodecParameters, container: Container) -> Option<Self> {
        if params.codec != CODEC_ID_OPUS {
            return None;
        }
        let head = params.extra_data.as_deref()?.strip_prefix(b"OpusHead")?;
        let [
            _,
            _,
            skip_low,
            skip_high,
            _,
            _,
            _,
            _,
            gain_low,
            gain_high,
            ..,
        ] = *head
        else {
            return None;
        };
        let (mut skip, mut gain) = ([skip_low, skip_high], [gain_low, gain_high]);
        use Container::{Mp4, QuickTime, ThreeGp};
        if matches!(container, Mp4 | QuickTime | ThreeGp) {
            skip.reverse();
            gain.reverse();
        }
        let decibels = f32::from(i16::from_le_bytes(gain)) / 256.0;
        Some(Self {
            pre_skip: u16::from_le_bytes(skip),
            gain: 10.0f32.powf(decibels / 20.0),
        })
    }
}

impl OpusHead {
    /// The run-in in frames of `rate`.
    pub(super) fn run_in(&self, rate: u32) -> i64 {
        i64::from(self.pre_skip) * i64::from(rate) / i64::from(RATE)
    }
}

/// The parameters for the decoder: at the clock's own rate, and without the header, whose run-in would be left out where
/// the time line doesn't see it.
pub(super) fn plain(params: &AudioCodecParameters) -> AudioCodecParameters {
    let mut params = params.clone();
    params.extra_data = None;
    params.sample_rate = Some(RATE);
    params
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_header_gives_run_in_and_gain() {
        let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\xfa\x00";
        let mut params = AudioCodecParameters::new();
        params.codec = CODEC_ID_OPUS;
        params.extra_data = Some(head.to_vec().into_boxed_slice());
        let read = OpusHead::of(&params, Container::Ogg).unwrap();
        assert_eq!(read.pre_skip, 312);
        assert!((read.gain - 0.501).abs() < 0.001, "-6 dB: {}", read.gain);
        params.extra_data = Some(head[..12].into());
        assert_eq!(OpusHead::of(&params, Container::Ogg), None);
        let head = b"OpusHead\x01\x01\x01\x38\x00\x00\x3e\x80\x00\x00\x00";
        params.extra_data = Some(head.to_vec().into_boxed_slice());
        let read = OpusHead::of(&params, Container::Mp4).unwrap();
        assert_eq!((read.pre_skip, read.gain), (312, 1.0));
    }
}
