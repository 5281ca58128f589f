//! Sound descriptions of QuickTime that symphonia takes for something else or doesn't take.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_ALAC, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE,
    CODEC_ID_PCM_F64LE, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE,
    CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE,
};
use symphonia::core::formats::Track;

use super::describe::audio_of;
use super::mp4::IndexTrack;

/// Bytes of ALAC's own description.
const COOKIE: usize = 24;

/// The track with its parameters as its file means them.
pub(super) fn put_right(track: &Track, entry: Option<&IndexTrack>) -> Track {
    let mut track = track.clone();
    let Some(entry) = entry else {
        return track;
    };
    let unknown = AudioCodecParameters::new().codec;
    let params = match audio_of(&track) {
        Some(params) if params.codec != unknown => turned(params, entry),
        _ => described(entry),
    };
    if let Some(params) = params {
        track.codec_params = Some(CodecParameters::Audio(params));
    }
    track
}

/// Wide samples are big-endian unless it is said otherwise (`enda`); symphonia takes them for little-endian.
fn turned(params: &AudioCodecParameters, entry: &IndexTrack) -> Option<AudioCodecParameters> {
    let little = after(&entry.description, b"enda").and_then(|rest| rest.get(..2)) == Some(&[0, 1]);
    if little || !matches!(&entry.codec, b"in24" | b"in32" | b"fl32" | b"fl64") {
        return None;
    }
    let codec = match params.codec {
        CODEC_ID_PCM_S24LE => CODEC_ID_PCM_S24BE,
        CODEC_ID_PCM_S32LE => CODEC_ID_PCM_S32BE,
        CODEC_ID_PCM_F32LE => CODEC_ID_PCM_F32BE,
        CODEC_ID_PCM_F64LE => CODEC_ID_PCM_F64BE,
        _ => return None,
    };
    let mut params = params.clone();
    params.codec = codec;
    Some(params)
}

/// ALAC, whose description lies in a box of its own, and the codes of telephones.
fn described(entry: &IndexTrack) -> Option<AudioCodecParameters> {
    let mut params = AudioCodecParameters::new();
    match &entry.codec {
        b"alac" => {
            // Behind version and flags; channels and rate are in it.
            let cookie = after(&entry.description, b"\0\0\0\x24alac")?.get(4..4 + COOKIE)?;
            let channels = u16::from(*cookie.get(9)?);
            let rate = u32::from_be_bytes(cookie.get(20..24)?.try_into().ok()?);
            params
                .for_codec(CODEC_ID_ALAC)
                .with_sample_rate(rate)
                .with_channels(Channels::Discrete(channels))
                .with_extra_data(cookie.into());
        }
        b"ulaw" | b"alaw" => {
            let codec = match &entry.codec {
                b"ulaw" => CODEC_ID_PCM_MULAW,
                _ => CODEC_ID_PCM_ALAW,
            };
            let word = |at: usize| {
                entry
                    .description
                    .get(at..at + 2)?
                    .try_into()
                    .ok()
                    .map(u16::from_be_bytes)
            };
            params
                .for_codec(codec)
                .with_sample_rate(u32::from(word(24)?))
                .with_channels(Channels::Discrete(word(16)?));
        }
        _ => return None,
    }
    Some(params)
}

/// What follows the head of a box.
fn after<'a>(bytes: &'a [u8], head: &[u8]) -> Option<&'a [u8]> {
    let at = bytes
        .windows(head.len())
        .position(|window| window == head)?;
    bytes.get(at + head.len()..)
}
