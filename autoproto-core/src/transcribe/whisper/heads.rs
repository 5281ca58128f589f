//! Which heads of a decoder tell the time of a word.

use whisper_rs::DtwModelPreset;

use crate::models::ggml::WhisperHeader;

/// The heads whose attention follows the sound, by the shape of the model: whisper.cpp reads past the end of one that has
/// fewer heads than its preset numbers.
pub(super) fn alignment_heads(header: &WhisperHeader) -> Option<DtwModelPreset> {
    let of = |many, english| {
        if header.is_multilingual() {
            many
        } else {
            english
        }
    };
    let WhisperHeader {
        n_audio_layer,
        n_text_layer,
        n_text_head,
        n_mels,
        ..
    } = *header;
    Some(match (n_audio_layer, n_text_layer, n_text_head, n_mels) {
        (4, 4, 6, 80) => of(DtwModelPreset::Tiny, DtwModelPreset::TinyEn),
        (6, 6, 8, 80) => of(DtwModelPreset::Base, DtwModelPreset::BaseEn),
        (12, 12, 12, 80) => of(DtwModelPreset::Small, DtwModelPreset::SmallEn),
        (24, 24, 16, 80) => of(DtwModelPreset::Medium, DtwModelPreset::MediumEn),
        (32, 32, 20, 80) => DtwModelPreset::LargeV2,
        (32, 32, 20, 128) => DtwModelPreset::LargeV3,
        (32, 4, 20, 128) => DtwModelPreset::LargeV3Turbo,
        _ => return None,
    })
}
