//! A track's decoder, once its claims are checked.

use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_OPUS, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW,
};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::Track;

use super::describe::audio_of;
use super::opus;
use super::probe::{damaged, guarded, unsupported};
use super::sniff::Container;
use crate::error::Result;

const RATES: std::ops::RangeInclusive<u32> = 1_000..=400_000;
const MOST_CHANNELS: usize = 64;
/// Frames in a packet; no codec here has more than FLAC's 65 535.
pub(super) const MOST_FRAMES: u64 = 1 << 17;

pub(super) fn check_rate(path: &Path, rate: u32) -> Result<()> {
    if RATES.contains(&rate) {
        return Ok(());
    }
    Err(damaged(
        path,
        format!("it claims an impossible sample rate of {rate} Hz"),
        None,
    ))
}

/// Checks what the headers claim before a decoder allocates by it.
pub(super) fn decoder_of(
    path: &Path,
    container: Container,
    track: &Track,
) -> Result<(Box<dyn AudioDecoder>, u32)> {
    let none = AudioCodecParameters::new();
    let params = audio_of(track).unwrap_or(&none);
    let codec = super::names::audio_codec(params);
    if let Some(rate) = params.sample_rate {
        check_rate(path, rate)?;
    }
    let channels = params.channels.as_ref().map_or(0, Channels::count);
    if channels > MOST_CHANNELS {
        return Err(damaged(
            path,
            format!("it claims an impossible number of channels, {channels}"),
            None,
        ));
    }
    if [params.max_frames_per_packet, params.frames_per_block]
        .into_iter()
        .flatten()
        .any(|frames| frames > MOST_FRAMES)
    {
        return Err(damaged(
            path,
            "its packets are larger than any codec makes them",
            None,
        ));
    }
    let own = match params.codec {
        CODEC_ID_OPUS => Some(opus::plain(params)),
        CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW => {
            // CAF tells the width of a code, where the decoder expects that of a sample; there is but one of either.
            let mut params = params.clone();
            (params.bits_per_sample, params.bits_per_coded_sample) = (None, None);
            Some(params)
        }
        _ => super::heaac::core_params(params),
    };
    let asked = own.as_ref().unwrap_or(params);
    let made = guarded(path, || {
        super::registry::codecs().make_audio_decoder(asked, &AudioDecoderOptions::default())
    })?;
    let decoder = made.map_err(|failure| match failure {
        Failure::Unsupported(_) if channels > 2 => unsupported(
            path,
            container,
            Some(&format!("{codec} of {channels} channels")),
        ),
        Failure::Unsupported(_) => unsupported(path, container, Some(codec)),
        failure => damaged(
            path,
            format!("the setup of its {codec} can't be read"),
            Some(failure),
        ),
    })?;
    let rate = decoder
        .codec_params()
        .sample_rate
        .or(params.sample_rate)
        .unwrap_or(0);
    check_rate(path, rate)?;
    Ok((decoder, rate))
}

/// Whether the track's clock counts its samples; that of HE-AAC counts twice as many as its core has.
pub(super) fn is_exact(track: &Track, rate: u32) -> bool {
    track
        .time_base
        .is_some_and(|base| base.numer.get() == 1 && base.denom.get().is_multiple_of(rate.max(1)))
}
