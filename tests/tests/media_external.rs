//! Recordings that are not decoded here, through an ffmpeg that the caller allows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::path::{Path, PathBuf};

use autoproto_core::media::{self, Decoded, ExternalDecoder, MediaOptions, Recording, Source};
use autoproto_core::{CancelToken, Context, Error, Progress, Result};
use autoproto_tests::{ffmpeg, skip};

/// Each begins with the same speech as `jfk.wav`: name, container, codec.
const FILES: [(&str, &str, &str); 4] = [
    ("aac.ts", "MPEG-TS", "AAC-LC"),
    ("mp3.avi", "AVI", "MP3"),
    ("wma.wma", "ASF (WMA/WMV)", "WMA"),
    ("amr.amr", "AMR", "AMR-NB"),
];

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(name)
}

/// Options that allow an ffmpeg, or a note that the test `name` is skipped.
fn allowed(name: &str) -> Option<MediaOptions> {
    let Some(program) = ffmpeg() else {
        skip(name, "no ffmpeg on PATH and none named by AUTOPROTO_FFMPEG");
        return None;
    };
    Some(MediaOptions::default().with_external_decoder(ExternalDecoder::At(program)))
}

fn decode(recording: impl Into<Recording>, options: &MediaOptions) -> Result<Decoded> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    media::decode(recording, options, &Context::new(&cancel, &sink))
}

/// The best correlation with the beginning of `jfk.wav` over lags of up to 0.1 s.
fn likeness(decoded: &Decoded) -> f32 {
    let whole = decode(here("jfk.wav"), &MediaOptions::default()).unwrap();
    let (ours, own) = (decoded.audio.view().samples(), whole.audio.view().samples());
    let window = 1_600..8_000;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    (0..3_200)
        .map(|from| {
            let (a, b) = (&ours[window.clone()], &own[from..from + window.len()]);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        })
        .fold(0.0, f32::max)
}

#[test]
fn without_leave_they_are_refused_by_name_and_with_a_way_out() {
    for (name, container, _) in FILES {
        let path = here("media").join(name);
        for error in [
            decode(&path, &MediaOptions::default()).unwrap_err(),
            media::probe(&path, &MediaOptions::default()).unwrap_err(),
        ] {
            let told = error.to_string();
            assert!(told.contains("external_decoder"), "{told}");
            match error {
                Error::UnsupportedMedia {
                    container: named, ..
                } => assert_eq!(named, container),
                other => panic!("{name}: {other}"),
            }
        }
    }
}

#[test]
fn with_leave_they_decode_whole() {
    let Some(options) = allowed("with_leave_they_decode_whole") else {
        return;
    };
    for (name, container, codec) in FILES {
        let path = here("media").join(name);
        let decoded = decode(&path, &options).unwrap();
        assert!(
            (0.55..0.75).contains(&decoded.audio.duration()),
            "{name}: {decoded:?}"
        );
        assert!(likeness(&decoded) > 0.9, "{name}: {}", likeness(&decoded));
        assert_eq!(decoded.warnings, [""; 0], "{name}");
        let info = media::probe(&path, &options).unwrap();
        assert_eq!((info.container.as_str(), info.tracks.len()), (container, 1));
        assert_eq!(info.tracks[0].codec, codec);
        assert_eq!(decoded.files, [info]);
        // From memory it goes through a file of its own, which is gone afterwards.
        let folder = tempfile::tempdir().unwrap();
        let own = options.clone().with_temp_dir(folder.path());
        let bytes = Source::bytes(std::fs::read(&path).unwrap());
        let again = decode(bytes, &own).unwrap();
        assert_eq!(again.audio.view().samples(), decoded.audio.view().samples());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_cut_film_is_told() {
    let Some(options) = allowed("a_cut_film_is_told") else {
        return;
    };
    let mut bytes = std::fs::read(here("media/aac.ts")).unwrap();
    bytes.truncate(bytes.len() / 4);
    match decode(Source::bytes(bytes), &options) {
        Ok(decoded) => assert!(decoded.audio.duration() < 0.4, "{decoded:?}"),
        Err(error) => assert_eq!(error.code(), "damaged-media", "{error}"),
    }
}

#[test]
fn an_error_names_the_recording_and_not_its_copy() {
    let Some(options) = allowed("an_error_names_the_recording_and_not_its_copy") else {
        return;
    };
    let broken = [&b"RIFF\xff\0\0\0AVI LIST"[..], &[0; 300]].concat();
    let error = decode(Source::bytes(broken).named("upload.avi"), &options).unwrap_err();
    assert_eq!(error.code(), "damaged-media", "{error}");
    assert!(error.to_string().contains("upload.avi"), "{error}");
}

#[test]
fn the_upper_band_of_he_aac_comes_with_it() {
    let Some(options) = allowed("the_upper_band_of_he_aac_comes_with_it") else {
        return;
    };
    let path = here("media/he_aac.m4a");
    let (core, whole) = (
        decode(&path, &MediaOptions::default()).unwrap(),
        decode(&path, &options).unwrap(),
    );
    assert!(
        core.warnings[0].contains("upper band"),
        "{:?}",
        core.warnings
    );
    assert_eq!(whole.warnings, [""; 0]);
    assert_eq!(core.audio.view().len(), whole.audio.view().len());
    assert!(likeness(&whole) > 0.9 && likeness(&core) > 0.9);
    // A program that isn't one does no harm where the core is there.
    let broken =
        MediaOptions::default().with_external_decoder(ExternalDecoder::At(here("jfk.wav")));
    assert_eq!(
        decode(&path, &broken).unwrap().audio.view().len(),
        core.audio.view().len()
    );
}

#[test]
fn a_program_that_is_none_is_an_error_that_names_it() {
    let options = MediaOptions::default()
        .with_external_decoder(ExternalDecoder::At("/nowhere/ffmpeg".into()));
    let error = decode(here("media/mp3.avi"), &options).unwrap_err();
    assert!(
        matches!(error, Error::Io { .. } | Error::UnsupportedMedia { .. }),
        "{error}"
    );
}
