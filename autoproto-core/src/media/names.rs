//! The names of codecs, and which of them are decoded.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::codecs::video::{VideoCodecId, well_known as video};

use super::{aac, heaac};

/// The name of an audio codec, its profile included where that decides whether it can be decoded.
pub(super) fn audio_codec(params: &AudioCodecParameters) -> &'static str {
    const NAMES: [(AudioCodecId, &str); 22] = [
        (CODEC_ID_PCM_ALAW, "A-law"),
        (CODEC_ID_PCM_MULAW, "µ-law"),
        (CODEC_ID_ADPCM_G722, "G.722"),
        (CODEC_ID_ADPCM_G726, "G.726"),
        (CODEC_ID_ADPCM_G726LE, "G.726"),
        (CODEC_ID_ADPCM_MS, "Microsoft ADPCM"),
        (CODEC_ID_ADPCM_IMA_WAV, "IMA ADPCM"),
        (CODEC_ID_ADPCM_IMA_QT, "IMA ADPCM"),
        (CODEC_ID_VORBIS, "Vorbis"),
        (CODEC_ID_OPUS, "Opus"),
        (CODEC_ID_SPEEX, "Speex"),
        (CODEC_ID_MP1, "MP1"),
        (CODEC_ID_MP2, "MP2"),
        (CODEC_ID_MP3, "MP3"),
        (CODEC_ID_AC3, "AC-3"),
        (CODEC_ID_EAC3, "E-AC-3"),
        (CODEC_ID_AC4, "AC-4"),
        (CODEC_ID_DCA, "DTS"),
        (CODEC_ID_WMA, "WMA"),
        (CODEC_ID_FLAC, "FLAC"),
        (CODEC_ID_ALAC, "ALAC"),
        (CODEC_ID_TRUEHD, "TrueHD"),
    ];
    if params.codec == CODEC_ID_AAC {
        return aac_profile(params.extra_data.as_deref().unwrap_or_default());
    }
    if is_pcm(params.codec) {
        return "PCM";
    }
    NAMES
        .iter()
        .find(|(id, _)| *id == params.codec)
        .map_or("unknown", |(_, name)| name)
}

/// Whether the codec is decoded. Of HE-AAC it is the core that is, see [`heaac`].
pub(super) fn is_decoded(params: &AudioCodecParameters) -> bool {
    let codec = params.codec;
    let channels = params.channels.as_ref().map_or(0, Channels::count);
    // Both decoders stop at stereo.
    if matches!(codec, CODEC_ID_AAC | CODEC_ID_OPUS) && channels > 2 {
        return false;
    }
    let config = params.extra_data.as_deref().and_then(aac::Config::read);
    if codec == CODEC_ID_AAC && config.is_some_and(|config| config.layout > 2) {
        return false;
    }
    super::registry::codecs().get_audio_decoder(codec).is_some()
        && (codec != CODEC_ID_AAC
            || audio_codec(params) == "AAC-LC"
            || heaac::core_params(params).is_some())
}

fn is_pcm(codec: AudioCodecId) -> bool {
    const PCM: [AudioCodecId; 17] = [
        CODEC_ID_PCM_S32LE,
        CODEC_ID_PCM_S32BE,
        CODEC_ID_PCM_S24LE,
        CODEC_ID_PCM_S24BE,
        CODEC_ID_PCM_S16LE,
        CODEC_ID_PCM_S16BE,
        CODEC_ID_PCM_S8,
        CODEC_ID_PCM_U32LE,
        CODEC_ID_PCM_U32BE,
        CODEC_ID_PCM_U24LE,
        CODEC_ID_PCM_U24BE,
        CODEC_ID_PCM_U16LE,
        CODEC_ID_PCM_U16BE,
        CODEC_ID_PCM_U8,
        CODEC_ID_PCM_F32LE,
        CODEC_ID_PCM_F32BE,
        CODEC_ID_PCM_F64LE,
    ];
    PCM.contains(&codec) || codec == CODEC_ID_PCM_F64BE
}

/// The name of a video codec.
pub(super) fn video_codec(codec: VideoCodecId) -> &'static str {
    const NAMES: [(VideoCodecId, &str); 10] = [
        (video::CODEC_ID_H264, "H.264"),
        (video::CODEC_ID_HEVC, "HEVC"),
        (video::CODEC_ID_VVC, "VVC"),
        (video::CODEC_ID_VP8, "VP8"),
        (video::CODEC_ID_VP9, "VP9"),
        (video::CODEC_ID_AV1, "AV1"),
        (video::CODEC_ID_MPEG2, "MPEG-2 video"),
        (video::CODEC_ID_MPEG4, "MPEG-4 video"),
        (video::CODEC_ID_THEORA, "Theora"),
        (video::CODEC_ID_MJPEG, "Motion JPEG"),
    ];
    NAMES
        .iter()
        .find(|(id, _)| *id == codec)
        .map_or("unknown", |(_, name)| name)
}

/// The name of an MP4 sample entry that symphonia doesn't know.
pub(super) fn sample_entry(letters: [u8; 4]) -> String {
    match &letters {
        b"samr" => "AMR-NB".into(),
        b"sawb" | b"sawp" => "AMR-WB".into(),
        b"ac-3" => "AC-3".into(),
        b"ec-3" => "E-AC-3".into(),
        b"ac-4" => "AC-4".into(),
        b"dtsc" | b"dtse" | b"dtsh" | b"dtsl" => "DTS".into(),
        b"mp4a" => "AAC".into(),
        b"avc1" | b"avc3" => "H.264".into(),
        b"hvc1" | b"hev1" => "HEVC".into(),
        b"av01" => "AV1".into(),
        b"vp08" => "VP8".into(),
        b"vp09" => "VP9".into(),
        b"mp4v" => "MPEG-4 video".into(),
        b"\0\0\0\0" => "unknown".into(),
        other => other.escape_ascii().to_string(),
    }
}

/// The name of a WAV format tag that symphonia doesn't know (the registry of RFC 2361).
pub(super) fn wav_format(tag: u16) -> String {
    match tag {
        0x0014 | 0x0045 | 0x0064 => "G.726".into(),
        0x0028 | 0x0065 | 0x028f => "G.722".into(),
        0x0031 => "GSM 6.10".into(),
        0x0042 => "G.723.1".into(),
        0x0083 | 0x0133 => "G.729".into(),
        0x0050 => "MP2".into(),
        0x0055 => "MP3".into(),
        0x00ff | 0x1600 | 0x1610 => "AAC".into(),
        0x0161..=0x0163 => "WMA".into(),
        0x2000 => "AC-3".into(),
        tag => format!("format {tag:#06x}"),
    }
}

/// Names the profile in an `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2); without one, the stream is plain AAC-LC.
fn aac_profile(config: &[u8]) -> &'static str {
    if config.is_empty() {
        return "AAC-LC";
    }
    let Some(config) = aac::Config::read(config) else {
        return "AAC";
    };
    if config.sbr {
        return heaac::name(config.ps);
    }
    match config.object {
        1 => "AAC Main",
        2 => "AAC-LC",
        3 => "AAC-SSR",
        4 => "AAC-LTP",
        23 => "AAC-LD",
        39 => "AAC-ELD",
        42 => "xHE-AAC",
        _ => "AAC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aac_is_named_by_its_profile() {
        for (config, name) in [
            (&[][..], "AAC-LC"),
            // Object type 2, 44.1 kHz, stereo.
            (&[0x12, 0x10], "AAC-LC"),
            // Object type 5: 22.05 kHz core, 44.1 kHz in all.
            (&[0x2b, 0x92, 0x08, 0x00], "HE-AAC"),
            // Object type 29, with parametric stereo.
            (&[0xeb, 0x8a, 0x08, 0x00], "HE-AAC v2"),
            // Object type 2 at 22.05 kHz, and the extension 0x2b7 with object type 5 and its flag set.
            (&[0x13, 0x90, 0x56, 0xe5, 0xa0], "HE-AAC"),
            // The same extension with its flag unset.
            (&[0x13, 0x90, 0x56, 0xe5, 0x20], "AAC-LC"),
            (&[0xf9, 0x46, 0x40], "xHE-AAC"),
            (&[0x12], "AAC-LC"),
        ] {
            assert_eq!(aac_profile(config), name, "{config:02x?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_config_has_a_name(config in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..16)) {
            proptest::prop_assert!(!aac_profile(&config).is_empty());
        }
    }
}
