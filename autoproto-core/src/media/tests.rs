//! Whole files through [`decode`](super::decode), made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;
use crate::audio::AudioView;
use crate::{CancelToken, Error, Progress};

fn tone(seconds: f64) -> Vec<f32> {
    (0..(seconds * 16_000.0) as usize)
        .map(|i| 0.5 * (i as f32 * 0.17).sin())
        .collect()
}

fn wav(samples: &[f32], format: WavFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_wav(AudioView::new(samples), format, &mut bytes).unwrap();
    bytes
}

/// A WAV of any shape: 16-bit samples, interleaved.
fn wav_of(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate.wrapping_mul(u32::from(channels) * 2)).to_le_bytes());
    bytes.extend((channels.wrapping_mul(2)).to_le_bytes());
    bytes.extend(b"\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

fn with<T>(bytes: &[u8], then: impl FnOnce(&Path) -> T) -> T {
    let mut file = tempfile::NamedTempFile::with_suffix(".mp3").unwrap();
    file.write_all(bytes).unwrap();
    file.flush().unwrap();
    then(file.path())
}

fn decoded(bytes: &[u8], options: &MediaOptions) -> Result<Decoded> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    with(bytes, |path| {
        decode(path, options, &Context::new(&cancel, &sink))
    })
}

fn plain(bytes: &[u8]) -> Result<Decoded> {
    decoded(bytes, &MediaOptions::default())
}

#[test]
fn floats_come_back_as_they_were() {
    let samples = tone(1.5);
    let decoded = plain(&wav(&samples, WavFormat::Float32)).unwrap();
    assert_eq!(decoded.audio.view().samples(), &samples[..]);
    assert_eq!((decoded.promised, decoded.warnings.len()), (Some(1.5), 0));
    let track = &decoded.files[0].tracks[0];
    assert_eq!(
        (track.kind.as_str(), track.codec.as_str(), track.sample_rate),
        ("audio", "PCM", Some(16_000))
    );
}

#[test]
fn sixteen_bits_come_back_to_the_step() {
    let samples = tone(0.5);
    let decoded = plain(&wav(&samples, WavFormat::Pcm16)).unwrap();
    let worst = decoded
        .audio
        .view()
        .samples()
        .iter()
        .zip(&samples)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1.1 / 32_768.0, "{worst}");
}

#[test]
fn stereo_at_44_100_becomes_mono_at_16_000() {
    // A tone on the left only.
    let samples: Vec<i16> = (0..44_100)
        .flat_map(|i| [(16_000.0 * (f64::from(i) * 0.0626).sin()) as i16, 0])
        .collect();
    let decoded = plain(&wav_of(44_100, 2, &samples)).unwrap();
    assert_eq!(decoded.audio.view().samples().len(), 16_000);
    let peak = decoded.audio.view().samples()[2_000..14_000]
        .iter()
        .fold(0.0f32, |peak, s| peak.max(s.abs()));
    assert!((peak - 16_000.0 / 32_768.0 / 2.0).abs() < 0.005, "{peak}");
}

#[test]
fn a_long_recording_is_mapped_and_the_same() {
    let bytes = wav(&tone(3.0), WavFormat::Pcm16);
    let (memory, mapped) = (
        plain(&bytes).unwrap(),
        decoded(&bytes, &MediaOptions::default().with_memory_limit(1_000)).unwrap(),
    );
    assert!(!memory.audio.is_mapped() && mapped.audio.is_mapped());
    assert_eq!(memory.audio.view().samples(), mapped.audio.view().samples());
}

#[test]
fn no_room_for_the_temporary_file_is_an_io_error() {
    let options = MediaOptions::default()
        .with_memory_limit(0)
        .with_temp_dir("/nowhere/at/all");
    let error = decoded(&wav(&tone(0.5), WavFormat::Pcm16), &options).unwrap_err();
    assert!(
        matches!(&error, Error::Io { path, .. } if path == Path::new("/nowhere/at/all")),
        "{error}"
    );
}

#[test]
fn what_is_no_number_becomes_silence_and_the_loud_is_cut() {
    let samples = [f32::NAN, f32::INFINITY, 3.0, -0.5];
    let decoded = plain(&wav(&samples, WavFormat::Float32)).unwrap();
    assert_eq!(decoded.audio.view().samples(), [0.0, 0.0, 1.0, -0.5]);
}

#[test]
fn a_cut_file_gives_what_is_there_and_says_so() {
    let bytes = wav(&tone(2.0), WavFormat::Pcm16);
    let decoded = plain(&bytes[..bytes.len() / 2]).unwrap();
    assert!(
        (decoded.audio.duration() - 1.0).abs() < 0.01,
        "{}",
        decoded.audio.duration()
    );
    assert_eq!(decoded.promised, Some(2.0));
    assert!(
        decoded.warnings[0].contains("promise 2.0 s"),
        "{:?}",
        decoded.warnings
    );
}

#[test]
fn sizes_that_were_never_filled_in_cost_nothing() {
    let bytes = wav(&tone(2.0), WavFormat::Pcm16);
    for size in [0u32, u32::MAX] {
        let mut bytes = bytes.clone();
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        bytes[40..44].copy_from_slice(&size.to_le_bytes());
        let decoded = plain(&bytes).unwrap();
        assert_eq!(
            (decoded.audio.duration(), decoded.warnings.len()),
            (2.0, 0),
            "{size}"
        );
    }
    let mut bytes = bytes;
    bytes[40..44].copy_from_slice(&(u32::MAX - 15).to_le_bytes());
    let decoded = plain(&bytes).unwrap();
    assert_eq!(decoded.audio.duration(), 2.0);
    assert!(
        decoded
            .promised
            .is_some_and(|promised| promised > 100_000.0)
            && decoded.warnings.len() == 1
    );
}

#[test]
fn rf64_is_read_and_what_follows_its_sound_is_not() {
    let wav = wav(&tone(1.0), WavFormat::Pcm16);
    let mut bytes = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    bytes.extend(
        [100_000u64, 32_000, 16_000]
            .iter()
            .flat_map(|size| size.to_le_bytes()),
    );
    bytes.extend([0; 4]);
    bytes.extend(&wav[12..40]);
    bytes.extend(u32::MAX.to_le_bytes());
    bytes.extend(&wav[44..]);
    bytes.extend(b"LIST\x04\0\0\0adtl");
    let decoded = plain(&bytes).unwrap();
    assert_eq!((decoded.audio.duration(), decoded.warnings.len()), (1.0, 0));
    assert_eq!(decoded.files[0].container, "WAV");
}

#[test]
fn too_long_is_an_error_that_names_the_option() {
    let options = MediaOptions::default().with_max_duration(1.0);
    let error = decoded(&wav(&tone(2.0), WavFormat::Pcm16), &options).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::InvalidOption {
                option: "max_duration",
                ..
            }
        ),
        "{error}"
    );
    let error = decoded(
        &wav(&tone(0.1), WavFormat::Pcm16),
        &options.with_max_duration(f64::NAN),
    )
    .unwrap_err();
    assert_eq!(error.code(), "invalid-option");
}

#[test]
fn impossible_headers_are_damage() {
    for (bytes, words) in [
        (wav_of(7, 1, &[0; 64]), "sample rate"),
        (wav_of(4_000_000_000, 1, &[0; 64]), "sample rate"),
    ] {
        let error = plain(&bytes).unwrap_err();
        assert_eq!(error.code(), "damaged-media", "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_codec_in_wav_that_is_not_decoded_is_named() {
    let mut bytes = wav(&tone(0.1), WavFormat::Pcm16);
    bytes[20] = 0x31;
    let error = plain(&bytes).unwrap_err();
    assert_eq!(error.code(), "unsupported-media");
    assert!(error.to_string().contains("WAV with GSM 6.10"), "{error}");
}

#[test]
fn progress_rises_to_one_and_a_cancel_stops_it() {
    let bytes = wav(&tone(120.0), WavFormat::Pcm16);
    let seen = Mutex::new(Vec::new());
    let (cancel, sink) = (CancelToken::new(), |p: Progress| {
        seen.lock().unwrap().push(p.fraction)
    });
    with(&bytes, |path| {
        decode(
            path,
            &MediaOptions::default(),
            &Context::new(&cancel, &sink),
        )
    })
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.len() > 20 && seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&1.0));

    let stop = cancel.clone();
    let sink = move |p: Progress| {
        if p.fraction > 0.3 {
            stop.cancel();
        }
    };
    let error = with(&bytes, |path| {
        decode(
            path,
            &MediaOptions::default(),
            &Context::new(&cancel, &sink),
        )
    })
    .unwrap_err();
    assert_eq!(error.code(), "cancelled");
}

/// Four frames of FLAC, 4 096 samples each: constant ones, so that the bytes are few and can be written by hand.
fn flac() -> Vec<u8> {
    let mut bytes = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0".to_vec();
    // 16 000 Hz, one channel, 16 bits, 16 384 samples; no check sum of the whole.
    bytes.extend((16_000u64 << 44 | 15 << 36 | 16_384).to_be_bytes());
    bytes.extend([0; 16]);
    for frame in 0..4u8 {
        let mut head = vec![0xff, 0xf8, 0xc5, 0x08, frame];
        head.push(crc8(&head));
        head.extend([0x00, 0x10, 0x00]);
        head.extend(crc16(&head).to_be_bytes());
        bytes.extend(head);
    }
    bytes
}

fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0u8, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            if crc & 0x80 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x07
            }
        })
    })
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x8005
            }
        })
    })
}

#[test]
fn a_damaged_flac_frame_is_silence_and_the_rest_stays_in_place() {
    let whole = plain(&flac()).unwrap();
    assert_eq!(
        whole.audio.view().samples(),
        [0.125; 16_384],
        "{:?}",
        whole.warnings
    );
    let mut bytes = flac();
    let second = bytes.len() - 3 * 11;
    // A kind of subframe that there is not.
    bytes[second + 6] = 0x04;
    let decoded = plain(&bytes).unwrap();
    let samples = decoded.audio.view().samples();
    assert_eq!(samples.len(), 16_384);
    assert_eq!(
        (
            samples[4_095],
            samples[4_096],
            samples[8_191],
            samples[8_192]
        ),
        (0.125, 0.0, 0.0, 0.125)
    );
    assert!(
        decoded.warnings[0].contains("0.26 s of sound are lost"),
        "{:?}",
        decoded.warnings
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damage_never_panics(
        is_flac: bool,
        flips in proptest::collection::vec((0usize..200, 0u8..8), 0..8),
        cut in proptest::option::of(0usize..200),
    ) {
        let mut bytes = if is_flac { flac() } else { wav(&tone(0.1), WavFormat::Float32) };
        for (at, bit) in flips {
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
        }
        bytes.truncate(cut.unwrap_or(usize::MAX));
        match plain(&bytes) {
            Ok(decoded) => prop_assert!(decoded.audio.view().samples().iter().all(|s| (-1.0..=1.0).contains(s))),
            Err(error) => prop_assert!(error.code() != "internal", "{error}"),
        }
    }

    #[test]
    fn random_bytes_are_no_recording(bytes in proptest::collection::vec(any::<u8>(), 0..4_000)) {
        prop_assert_eq!(plain(&bytes).unwrap_err().code(), "damaged-media");
    }

    #[test]
    fn random_bytes_behind_a_real_beginning_never_panic(
        magic in proptest::sample::select(vec![
            &b"RIFF\xff\0\0\0WAVEfmt "[..], b"fLaC\0\0\0\x22", b"OggS\0\x02", b"caff\0\x01\0\0desc", b"\x1a\x45\xdf\xa3",
            b"\0\0\0\x08ftypM4A \0\0\0\x40moov", b"FORM\0\0\x10\0AIFFCOMM", b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0",
        ]),
        rest in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let _ = plain(&[magic, &rest].concat());
        let _ = with(&rest, |path| probe(path, &MediaOptions::default()));
    }
}
