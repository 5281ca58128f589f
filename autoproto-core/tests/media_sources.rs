//! Recordings from wherever they come, alone and several as one meeting, and channels that are speakers.

#![cfg(feature = "decode")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Cursor;
use std::path::Path;

use autoproto_core::media::{
    self, ChannelMode, Decoded, LiveRecording, MediaOptions, PcmFormat, Recording, Source,
    TrackChoice, WavFormat, write_wav,
};
use autoproto_core::{AudioView, CancelToken, Context, Progress, Result};
use proptest::prelude::*;

fn decode(recording: impl Into<Recording>, options: &MediaOptions) -> Result<Decoded> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    media::decode(recording, options, &Context::new(&cancel, &sink))
}

fn per_speaker() -> MediaOptions {
    MediaOptions::default().with_channels(ChannelMode::PerSpeaker)
}

/// A tone at 16 kHz.
fn tone(seconds: f64, step: f32) -> Vec<f32> {
    let count = (seconds * 16_000.0) as usize;
    (0..count).map(|i| 0.25 * (i as f32 * step).sin()).collect()
}

fn wav(samples: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_wav(AudioView::new(samples), WavFormat::Float32, &mut bytes).unwrap();
    bytes
}

/// Channels side by side.
fn interleaved(channels: &[&[f32]]) -> Vec<f32> {
    (0..channels[0].len())
        .flat_map(|at| channels.iter().map(move |channel| channel[at]))
        .collect()
}

fn samples(decoded: &Decoded) -> &[f32] {
    decoded.audio.view().samples()
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, s| peak.max(s.abs()))
}

#[test]
fn bytes_readers_and_files_give_the_same_sound() {
    let own = tone(1.0, 0.1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    std::fs::write(&path, wav(&own)).unwrap();
    let options = MediaOptions::default();
    for source in [
        Source::from(&path),
        Source::bytes(wav(&own)),
        Source::reader(Cursor::new(wav(&own))),
    ] {
        let decoded = decode(source, &options).unwrap();
        assert_eq!(samples(&decoded), own);
        assert_eq!(decoded.files[0].container, "WAV");
    }
    let error = decode(Source::bytes(vec![1; 50]).named("upload"), &options).unwrap_err();
    assert!(error.to_string().contains("upload"), "{error}");
}

#[test]
fn raw_samples_of_any_shape_are_sound() {
    let own = tone(1.0, 0.1);
    let options = MediaOptions::default();
    let decoded = decode(Source::samples(&own, 16_000, 1), &options).unwrap();
    assert_eq!(samples(&decoded), own);
    let bytes: Vec<u8> = own
        .iter()
        .flat_map(|s| ((s * 32_768.0) as i16).to_le_bytes())
        .collect();
    let source = Source::bytes(bytes.clone()).as_pcm(PcmFormat::i16(16_000, 1));
    let decoded = decode(source, &options).unwrap();
    let worst = samples(&decoded)
        .iter()
        .zip(&own)
        .map(|(a, b)| (a - b).abs());
    assert!(worst.fold(0.0, f32::max) < 1.0 / 32_000.0);
    // The same numbers as stereo of 8 kHz are as long, and one byte too many is told.
    let mut odd = bytes;
    odd.push(0);
    let source = Source::bytes(odd).as_pcm(PcmFormat::i16(8_000, 2));
    let decoded = decode(source, &options).unwrap();
    assert_eq!(decoded.audio.duration(), 1.0);
    assert!(
        decoded.warnings[0].contains("cut"),
        "{:?}",
        decoded.warnings
    );
    for format in [
        PcmFormat::i16(10, 1),
        PcmFormat::f32(48_000, 0),
        PcmFormat::f32(48_000, 65),
    ] {
        let error = decode(Source::bytes([0; 64]).as_pcm(format), &options).unwrap_err();
        assert_eq!(error.code(), "invalid-option", "{error}");
    }
    let error = decode(Source::bytes([]).as_pcm(PcmFormat::i16(8_000, 1)), &options).unwrap_err();
    assert_eq!(error.code(), "damaged-media", "{error}");
}

#[test]
fn one_recording_behind_another_is_their_sum() {
    let (first, second) = (tone(1.0, 0.1), tone(0.5, 0.3));
    let recording =
        Recording::of(Source::bytes(wav(&first))).then(Source::bytes(wav(&second)).named("b"));
    let decoded = decode(recording, &MediaOptions::default()).unwrap();
    assert_eq!(samples(&decoded), [first, second].concat());
    assert_eq!((decoded.files.len(), decoded.promised), (2, Some(1.5)));
}

#[test]
fn recordings_beside_each_other_are_mixed_at_their_places() {
    let (first, second) = (tone(1.0, 0.1), tone(1.0, 0.3));
    let recording =
        Recording::of(Source::bytes(wav(&first))).with(Source::bytes(wav(&second)), 0.25);
    let options = MediaOptions::default().with_memory_limit(1_000);
    let decoded = decode(recording, &options).unwrap();
    let own = samples(&decoded);
    assert_eq!(own.len(), 20_000);
    assert_eq!(own[..4_000], first[..4_000]);
    assert_eq!(own[16_000..], second[12_000..]);
    assert!((own[8_000] - first[8_000] - second[4_000]).abs() < 1e-6);
    // What is damaged in the second is told in the time of the meeting.
    let mut cut = wav(&second);
    cut.truncate(cut.len() / 2);
    let recording = Recording::at(Source::bytes(wav(&first)), 2.0)
        .with(Source::bytes(cut).named("cut.wav"), 4.0);
    let decoded = decode(recording, &options).unwrap();
    assert_eq!(peak(&samples(&decoded)[..32_000]), 0.0);
    assert!(
        decoded.warnings[0].starts_with("cut.wav: "),
        "{:?}",
        decoded.warnings
    );
    for offset in [-1.0, f64::NAN, 1e9] {
        let recording = Recording::at(Source::bytes(wav(&first)), offset);
        let error = decode(recording, &options).unwrap_err();
        assert!(error.to_string().contains("`offset`"), "{error}");
    }
}

#[test]
fn channels_are_speakers_but_for_silence_and_copies() {
    let (left, right) = (tone(1.0, 0.1), tone(1.0, 0.3));
    let silence = vec![0.0; left.len()];
    let sound = interleaved(&[&left, &silence, &right, &left]);
    let source = || Source::samples(&sound, 16_000, 4);
    let error = decode(source(), &per_speaker().with_shared([4])).unwrap_err();
    assert!(error.to_string().contains("`shared`"), "{error}");
    let decoded = decode(source(), &per_speaker().with_shared([2])).unwrap();
    let heard: Vec<&[f32]> = decoded
        .speakers
        .iter()
        .map(|speaker| speaker.audio.view().samples())
        .collect();
    assert_eq!(heard, [&left[..], &right[..]]);
    let shared: Vec<bool> = decoded
        .speakers
        .iter()
        .map(|speaker| speaker.shared)
        .collect();
    assert_eq!(
        shared,
        [false, true],
        "channel 2, counted from 0 and with the silent one"
    );
    let told = decoded.warnings.join("\n");
    assert!(told.contains("silent channels are left out: 2"), "{told}");
    assert!(told.contains("4 repeats 1"), "{told}");
    // All of it is there as well, and without being asked for, nobody is a channel.
    assert!((samples(&decoded)[5] - (2.0 * left[5] + right[5]) / 4.0).abs() < 1e-6);
    assert!(
        decode(source(), &MediaOptions::default())
            .unwrap()
            .speakers
            .is_empty()
    );
}

#[test]
fn a_file_for_each_participant_is_a_speaker_for_each() {
    let (anna, oleg) = (tone(1.0, 0.1), tone(0.5, 0.3));
    let recording = Recording::of(Source::bytes(wav(&anna)).named("a.wav"))
        .named("Anna")
        .with(Source::bytes(wav(&oleg)).named("b.wav"), 0.75)
        .named("Oleg");
    let decoded = decode(recording, &per_speaker()).unwrap();
    let [first, second] = &decoded.speakers[..] else {
        panic!("{:?}", decoded.speakers);
    };
    assert_eq!(
        (first.name.as_deref(), second.name.as_deref()),
        (Some("Anna"), Some("Oleg"))
    );
    assert_eq!(first.audio.view().samples(), anna);
    assert_eq!(second.audio.view().samples()[12_000..], oleg);
    assert_eq!(peak(&second.audio.view().samples()[..12_000]), 0.0);
    assert!(second.label.contains("b.wav"), "{}", second.label);
    assert_eq!(decoded.audio.duration(), 1.25);
}

#[test]
fn one_channel_can_be_picked() {
    let (left, right) = (tone(1.0, 0.1), tone(1.0, 0.3));
    let sound = interleaved(&[&left, &right]);
    let pick = |channel| MediaOptions::default().with_channels(ChannelMode::Pick(channel));
    let source = || Source::samples(&sound, 16_000, 2);
    assert_eq!(samples(&decode(source(), &pick(1)).unwrap()), right);
    let error = decode(source(), &pick(2)).unwrap_err();
    assert!(error.to_string().contains("recording's 2"), "{error}");
}

#[test]
fn opposite_channels_are_heard_and_told() {
    let left = tone(3.0, 0.1);
    let right: Vec<f32> = left.iter().map(|s| -s).collect();
    let source = Source::samples(&interleaved(&[&left, &right]), 16_000, 2);
    let decoded = decode(source, &MediaOptions::default()).unwrap();
    assert_eq!(samples(&decoded), left);
    assert!(
        decoded.warnings[0].contains("opposite phase"),
        "{:?}",
        decoded.warnings
    );
}

#[test]
fn however_stereo_is_portioned_out_it_is_mixed_alike() {
    let mut seed = 7u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / 16_777_216.0 - 0.5
    };
    let sound: Vec<f32> = (0..32_000).map(|_| noise()).collect();
    let mixed = |piece: usize| {
        let options = MediaOptions::default();
        let mut live = LiveRecording::new(PcmFormat::f32(16_000, 2), &options).unwrap();
        for piece in sound.chunks(piece) {
            live.push_f32(piece).unwrap();
        }
        live.finish().unwrap()
    };
    let whole = mixed(32_000);
    assert_eq!(whole.warnings, [""; 0]);
    for piece in [2, 4, 320, 3_201] {
        assert_eq!(samples(&mixed(piece)), samples(&whole), "{piece}");
    }
}

#[test]
fn tracks_are_chosen_by_default_number_and_language() {
    if cfg!(not(feature = "opus")) {
        return; // the film's sound is Opus
    }
    let film = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/media/two_tracks.mkv");
    let seconds = |track: TrackChoice| {
        let options = MediaOptions::default().with_track(track);
        let decoded = decode(&film, &options).unwrap();
        (
            decoded.audio.duration(),
            decoded.warnings.len(),
            decoded.files[0].selected.clone(),
        )
    };
    let first = (0.5, 1, vec![0]);
    let second = (0.4, 1, vec![1]);
    assert_eq!(
        seconds(TrackChoice::Best),
        second,
        "the second is the default"
    );
    assert_eq!(seconds(TrackChoice::Id(1)), first);
    assert_eq!(seconds(TrackChoice::Language("en".into())), first);
    assert_eq!(seconds(TrackChoice::Language("ru-RU".into())), second);
    assert_eq!(seconds(TrackChoice::All), (0.5, 0, vec![0, 1]));
    let options = per_speaker().with_track(TrackChoice::All);
    assert_eq!(decode(&film, &options).unwrap().speakers.len(), 2);
    // A reader is gone through once for each.
    let bytes = Source::reader(Cursor::new(std::fs::read(&film).unwrap()));
    assert_eq!(decode(bytes, &options).unwrap().speakers.len(), 2);
}

#[test]
fn sound_is_pushed_in_pieces_of_any_size() {
    let (left, right) = (tone(1.0, 0.1), tone(1.0, 0.3));
    let sound = interleaved(&[&left, &right]);
    let options = per_speaker().with_memory_limit(10_000);
    let mut live = LiveRecording::new(PcmFormat::f32(16_000, 2), &options).unwrap();
    for piece in sound.chunks(777) {
        live.push_f32(piece).unwrap();
    }
    assert_eq!(live.duration(), 1.0);
    let decoded = live.finish().unwrap();
    assert_eq!(decoded.speakers[1].audio.view().samples(), right);
    let mut live = LiveRecording::new(PcmFormat::i16(48_000, 1), &options).unwrap();
    live.push_i16(&[0; 48_001]).unwrap();
    assert_eq!(live.finish().unwrap().audio.view().len(), 16_000);
    let short = options.with_max_duration(0.5);
    let mut live = LiveRecording::new(PcmFormat::i16(16_000, 1), &short).unwrap();
    live.push_i16(&[0; 8_000]).unwrap();
    assert_eq!(
        live.push_i16(&[0; 9_000]).unwrap_err().code(),
        "invalid-option"
    );
    assert_eq!(
        live.finish().unwrap().audio.duration(),
        0.5,
        "what was taken before stays"
    );
    let never = MediaOptions::default().with_max_duration(f64::NAN);
    assert!(LiveRecording::new(PcmFormat::i16(16_000, 1), &never).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn threads_and_memory_change_nothing(
        rate in prop::sample::select(vec![8_000u32, 44_100, 48_000]),
        channels in 1u16..4,
        seconds in 0.0f64..3.0,
        threads in 1usize..4,
        limit in 0usize..100_000,
    ) {
        let count = (seconds * f64::from(rate)) as usize * usize::from(channels);
        let data: Vec<u8> = (0..count).flat_map(|i| ((i * 7_919 % 65_536) as u16).to_le_bytes()).collect();
        let mut file = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0".to_vec();
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels) * 2).to_le_bytes());
        file.extend((channels * 2).to_le_bytes());
        file.extend(b"\x10\0data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(&data);
        let one = decode(Source::bytes(file.clone()), &per_speaker().with_threads(1));
        let many = decode(Source::bytes(file), &per_speaker().with_threads(threads).with_memory_limit(limit));
        match (one, many) {
            (Ok(one), Ok(many)) => {
                prop_assert_eq!(samples(&one), samples(&many));
                prop_assert_eq!(one.speakers.len(), many.speakers.len());
                for (a, b) in one.speakers.iter().zip(&many.speakers) {
                    prop_assert_eq!(a.audio.view().samples(), b.audio.view().samples());
                }
            }
            (one, many) => prop_assert_eq!(one.unwrap_err().to_string(), many.unwrap_err().to_string()),
        }
    }
}
