//! Every file of the shared folder of recordings, against what must come of it.
//!
//! The folder is not part of the repository; without it each test says that it was skipped, and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::path::{Path, PathBuf};

use autoproto_core::media::{self, Decoded, ExternalDecoder, MediaOptions};
use autoproto_core::{CancelToken, Context, Error, Progress, Result};

/// The folder, or a note that the test `name` is skipped.
fn folder(name: &str) -> Option<PathBuf> {
    autoproto_tests::shared(name, "audio/media")
}

fn decode(path: &Path) -> Result<Decoded> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    media::decode(
        path,
        &MediaOptions::default(),
        &Context::new(&cancel, &sink),
    )
}

/// Files that decode whole: name, container, codec, seconds. The seconds are those of ffmpeg's decode, to 50 ms.
const WHOLE: [(&str, &str, &str, f64); 31] = [
    ("aac.aac", "AAC (ADTS)", "AAC-LC", 11.072),
    ("aac_fragmented.mp4", "MP4", "AAC-LC", 11.072),
    ("aac_lc_44k_stereo.m4a", "MP4", "AAC-LC", 11.0),
    ("aiff.aiff", "AIFF", "PCM", 4.0),
    ("alac.m4a", "MP4", "ALAC", 11.0),
    ("caf.caf", "CAF", "PCM", 4.0),
    ("flac_96k_24bit.flac", "FLAC", "FLAC", 11.0),
    ("mp3_22k.mp3", "MP3", "MP3", 11.0),
    ("mp3_vbr_44k.mp3", "MP3", "MP3", 11.0),
    ("opus.mka", "Matroska", "Opus", 11.0),
    ("opus.ogg", "Ogg", "Opus", 11.0),
    ("stereo_two_speakers_by_channel.flac", "FLAC", "FLAC", 11.0),
    ("telegram_voice.oga", "Ogg", "Opus", 11.0),
    ("video_h264_aac.mov", "QuickTime", "AAC-LC", 11.0),
    ("video_h264_aac.mp4", "MP4", "AAC-LC", 11.0),
    ("video_h264_vorbis.mkv", "Matroska", "Vorbis", 11.0),
    ("video_vp8_opus.webm", "WebM", "Opus", 11.0),
    ("vorbis.ogg", "Ogg", "Vorbis", 11.0),
    ("wav_5_1_48k.wav", "WAV", "PCM", 4.0),
    ("wav_8k.wav", "WAV", "PCM", 4.0),
    ("wav_adpcm_ima.wav", "WAV", "IMA ADPCM", 4.082),
    ("wav_adpcm_ms.wav", "WAV", "Microsoft ADPCM", 4.072),
    ("wav_named.mp3", "WAV", "PCM", 11.0),
    ("wav_pcm_alaw.wav", "WAV", "A-law", 4.0),
    ("wav_pcm_f32le.wav", "WAV", "PCM", 4.0),
    ("wav_pcm_f64le.wav", "WAV", "PCM", 4.0),
    ("wav_pcm_mulaw.wav", "WAV", "µ-law", 4.0),
    ("wav_pcm_s16le.wav", "WAV", "PCM", 4.0),
    ("wav_pcm_s24le.wav", "WAV", "PCM", 4.0),
    ("wav_pcm_s32le.wav", "WAV", "PCM", 4.0),
    ("wav_pcm_u8.wav", "WAV", "PCM", 4.0),
];

/// Files that give what is there: name, seconds, words of the warning.
const PARTIAL: [(&str, f64, &str); 3] = [
    ("lying_data_size.wav", 4.0, "only 4.0 s are there"),
    ("truncated.mp3", 8.4, "only 8.4 s are there"),
    ("corrupt_frames.flac", 11.0, "silence stands in their place"),
];

/// Files that decode whole through an ffmpeg: name, container, codec, seconds.
const THROUGH_FFMPEG: [(&str, &str, &str, f64); 3] = [
    ("video_h264_aac.ts", "MPEG-TS", "AAC-LC", 11.03),
    ("video_mpeg4_mp3.avi", "AVI", "MP3", 11.05),
    ("wma.wma", "ASF (WMA/WMV)", "WMA", 3.97),
];

/// Files that are refused: name, code, words of the message.
const REFUSED: [(&str, &str, &str); 12] = [
    ("video_h264_aac.ts", "unsupported-media", "MPEG-TS"),
    ("video_mpeg4_mp3.avi", "unsupported-media", "AVI"),
    ("wma.wma", "unsupported-media", "WMA"),
    ("corrupt_pages.ogg", "damaged-media", "headers of this Ogg"),
    ("empty.wav", "damaged-media", "it is empty"),
    ("header_only.wav", "damaged-media", "headers but no sound"),
    ("random.ogg", "damaged-media", "not a recording"),
    ("text.mp3", "damaged-media", "not a recording but text"),
    ("truncated_no_moov.mp4", "damaged-media", "no index"),
    (
        "video_no_audio.mp4",
        "damaged-media",
        "no sound, only video (H.264)",
    ),
    ("", "io", "cannot read"),
    ("none.wav", "io", "cannot read"),
];

#[test]
fn whole_files_decode_whole() {
    let Some(folder) = folder("whole_files_decode_whole") else {
        return;
    };
    let mut wrong = Vec::new();
    for (name, container, codec, seconds) in WHOLE {
        match decode(&folder.join(name)) {
            Ok(decoded) => {
                let info = &decoded.files[0];
                let track = info.selected.first().map(|at| &info.tracks[*at]);
                let named =
                    track.is_some_and(|track| track.codec == codec) && info.container == container;
                let loud = decoded
                    .audio
                    .view()
                    .samples()
                    .iter()
                    .any(|s| s.abs() > 0.05);
                let length = decoded.audio.duration();
                let whole = (length - seconds).abs() <= 0.05 && decoded.warnings.is_empty();
                if !(named && loud && whole) {
                    wrong.push(format!(
                        "{name}: {length} s, loud: {loud}, {:?}, {:?}",
                        decoded.files, decoded.warnings
                    ));
                }
            }
            Err(error) => wrong.push(format!("{name}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_read_here_is_read_by_an_ffmpeg() {
    let name = "what_is_not_read_here_is_read_by_an_ffmpeg";
    let Some(folder) = folder(name) else {
        return;
    };
    let Some(program) = autoproto_tests::ffmpeg() else {
        return autoproto_tests::skip(name, "no ffmpeg on PATH and none named by AUTOPROTO_FFMPEG");
    };
    let options = MediaOptions::default().with_external_decoder(ExternalDecoder::At(program));
    for (name, container, codec, seconds) in THROUGH_FFMPEG {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let ctx = Context::new(&cancel, &sink);
        let decoded = media::decode(folder.join(name), &options, &ctx).unwrap();
        let length = decoded.audio.duration();
        assert!((length - seconds).abs() <= 0.1, "{name}: {length} s");
        assert!(
            decoded.warnings.is_empty(),
            "{name}: {:?}",
            decoded.warnings
        );
        let info = &decoded.files[0];
        let track = &info.tracks[info.selected[0]];
        assert_eq!(
            (info.container.as_str(), track.codec.as_str()),
            (container, codec)
        );
    }
}

#[test]
fn broken_files_give_what_is_there_and_say_what_is_missing() {
    let Some(folder) = folder("broken_files_give_what_is_there_and_say_what_is_missing") else {
        return;
    };
    for (name, seconds, words) in PARTIAL {
        let decoded = decode(&folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let length = decoded.audio.duration();
        assert!((length - seconds).abs() <= 0.1, "{name}: {length} s");
        assert!(
            decoded
                .warnings
                .iter()
                .any(|warning| warning.contains(words)),
            "{name}: {:?}",
            decoded.warnings
        );
        assert!(
            decoded
                .promised
                .is_some_and(|promised| promised >= length - 0.01),
            "{name}: {:?}",
            decoded.promised
        );
    }
}

#[test]
fn half_a_file_gives_about_half_its_sound() {
    let Some(folder) = folder("half_a_file_gives_about_half_its_sound") else {
        return;
    };
    // None where the headers don't count their sound.
    for (name, promise) in [
        ("video_h264_vorbis.mkv", Some(11.0)),
        ("aac_fragmented.mp4", None),
        ("vorbis.ogg", None),
        ("flac_96k_24bit.flac", Some(11.0)),
        ("mp3_vbr_44k.mp3", Some(11.0)),
        ("aac.aac", None),
        ("aiff.aiff", Some(4.0)),
        ("caf.caf", None),
        ("wav_named.mp3", Some(11.0)),
    ] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let cut = std::env::temp_dir().join(format!("autoproto-cut-{}-{name}", std::process::id()));
        std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        let decoded = decode(&cut);
        std::fs::remove_file(&cut).unwrap();
        let decoded = decoded.unwrap_or_else(|error| panic!("{name}: {error}"));
        let whole = if name.starts_with("aiff") || name.starts_with("caf") {
            4.0
        } else {
            11.0
        };
        let share = decoded.audio.duration() / whole;
        assert!((0.3..0.7).contains(&share), "{name}: {share} of its sound");
        assert!(
            !decoded.warnings.is_empty(),
            "{name} is cut, and nobody is told"
        );
        if let Some(promise) = promise {
            let told = decoded.promised.unwrap_or(0.0);
            assert!((told - promise).abs() < 0.1, "{name} promises {told} s");
        }
    }
}

#[test]
fn what_cannot_be_read_is_a_typed_error_that_names_it() {
    let Some(folder) = folder("what_cannot_be_read_is_a_typed_error_that_names_it") else {
        return;
    };
    for (name, code, words) in REFUSED {
        let error = match decode(&folder.join(name)) {
            Ok(decoded) => panic!("{name}: {} s", decoded.audio.duration()),
            Err(error) => error,
        };
        assert!(!matches!(error, Error::Internal { .. }), "{name}: {error}");
        assert!(error.code() == code, "{name}: {}: {error}", error.code());
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn no_file_is_left_out_of_the_tables() {
    let Some(folder) = folder("no_file_is_left_out_of_the_tables") else {
        return;
    };
    let listed = |name: &str| {
        WHOLE.iter().any(|row| row.0 == name)
            || PARTIAL.iter().any(|row| row.0 == name)
            || REFUSED.iter().any(|row| row.0 == name)
    };
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(listed(&name), "{name} has no expected outcome");
    }
}

#[test]
fn the_same_speech_decodes_alike_from_every_codec() {
    let Some(folder) = folder("the_same_speech_decodes_alike_from_every_codec") else {
        return;
    };
    let reference = decode(&folder.join("wav_named.mp3")).unwrap();
    let reference = reference.audio.view().samples().to_vec();
    for name in [
        "alac.m4a",
        "aac_lc_44k_stereo.m4a",
        "video_h264_aac.mov",
        "video_h264_aac.mp4",
        "video_h264_vorbis.mkv",
        "vorbis.ogg",
        "mp3_vbr_44k.mp3",
        "mp3_22k.mp3",
        "opus.mka",
        "opus.ogg",
        "telegram_voice.oga",
        "video_vp8_opus.webm",
        "wav_pcm_s24le.wav",
        "flac_96k_24bit.flac",
        "wav_8k.wav",
    ] {
        let decoded = decode(&folder.join(name)).unwrap();
        let shift = best_shift(&reference, decoded.audio.view().samples(), 3_000);
        // A millisecond. Without an edit list, as in `aac_fragmented.mp4`, the encoder's run-in can't be told.
        assert!(shift.abs() <= 16, "{name} is {shift} samples late");
    }
    // Behind all the frames that are lost.
    let decoded = decode(&folder.join("corrupt_frames.flac")).unwrap();
    let shift = best_shift(&reference, decoded.audio.view().samples(), 120_000);
    assert!(
        shift.abs() <= 16,
        "the end of corrupt_frames.flac is {shift} samples late"
    );
}

/// By how many samples `late` lags behind `early`, found by correlating two and a half seconds of speech.
fn best_shift(early: &[f32], late: &[f32], from: usize) -> isize {
    let window = from..from + 40_000;
    (-1_600isize..=1_600)
        .map(|shift| {
            let moved = &late[window.start.saturating_add_signed(shift)..];
            let sum: f32 = early[window.clone()]
                .iter()
                .zip(moved)
                .map(|(a, b)| a * b)
                .sum();
            (shift, sum)
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap()
        .0
}

#[test]
fn probing_names_the_tracks_without_decoding() {
    let Some(folder) = folder("probing_names_the_tracks_without_decoding") else {
        return;
    };
    let info = media::probe(folder.join("video_vp8_opus.webm"), &MediaOptions::default()).unwrap();
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!(json["container"], "WebM");
    let kinds: Vec<_> = info
        .tracks
        .iter()
        .map(|track| (track.kind.as_str(), track.codec.as_str()))
        .collect();
    assert!(
        kinds.contains(&("audio", "Opus")) && kinds.contains(&("video", "VP8")),
        "{kinds:?}"
    );
    let opus = &info.tracks[info.selected[0]];
    assert_eq!((opus.codec.as_str(), opus.decoded), ("Opus", true));

    let info = media::probe(folder.join("video_h264_aac.mp4"), &MediaOptions::default()).unwrap();
    let track = &info.tracks[info.selected[0]];
    assert_eq!(
        (track.kind.as_str(), track.codec.as_str()),
        ("audio", "AAC-LC")
    );
    assert!(
        (info.duration.unwrap() - 11.0).abs() < 0.1,
        "{:?}",
        info.duration
    );
}
