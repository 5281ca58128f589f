//! HE-AAC is named, its core is decoded at the right pitch and time, and what is missing is said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use autoproto_core::media::{self, Decoded, MediaOptions};
use autoproto_core::{CancelToken, Context, Progress};

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("data")
        .join(file)
}

fn decode(file: &str) -> Decoded {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let options = MediaOptions::default();
    media::decode(data(file), &options, &Context::new(&cancel, &sink)).unwrap()
}

/// A file, and what must come of it.
struct Expected {
    file: &'static str,
    codec: &'static str,
    /// Seconds of sound.
    seconds: f64,
    /// Samples at 16 kHz before the sound begins: the encoder's run-in, where no edit list counts it.
    run_in: usize,
    /// Least correlation with the recording that was encoded, at this very place.
    alike: f64,
    /// Kilohertz above which sound is missing.
    edge: Option<&'static str>,
}

/// The correlations were measured: 0.983, 0.994, 0.987, 0.979 and 0.996; with a full decode by ffmpeg they are the same to
/// 0.0001. Half the rate, or 10 ms off, gives less than 0.3.
const FILES: [Expected; 5] = [
    Expected {
        file: "media/he_aac.m4a",
        codec: "HE-AAC",
        seconds: 11.0,
        run_in: 0,
        alike: 0.98,
        edge: Some("5.5 kHz"),
    },
    Expected {
        file: "media/he_aac_v2.m4a",
        codec: "HE-AAC v2",
        seconds: 11.0,
        run_in: 0,
        alike: 0.99,
        edge: Some("5.5 kHz"),
    },
    // All up to 8 kHz is in the core: nothing is missing at 16 kHz.
    Expected {
        file: "media/he_aac_wide.m4a",
        codec: "HE-AAC",
        seconds: 4.0,
        run_in: 0,
        alike: 0.98,
        edge: None,
    },
    // 240 packets of 1024 frames at 22.05 kHz, of which 2048 frames are run-in.
    Expected {
        file: "media/he_aac_unannounced.aac",
        codec: "HE-AAC",
        seconds: 11.1456,
        run_in: 1_486,
        alike: 0.97,
        edge: Some("4.1 kHz"),
    },
    Expected {
        file: "media/aac_lc_22k.aac",
        codec: "AAC-LC",
        seconds: 4.0867,
        run_in: 1_486,
        alike: 0.99,
        edge: None,
    },
];

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let length = a.len().min(b.len());
    let (a, b) = (&a[..length], &b[..length]);
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn pitch_time_and_length_are_right() {
    let speech = decode("jfk.wav");
    let speech = speech.audio.view().samples();
    for expected in &FILES {
        let file = expected.file;
        let decoded = decode(file);
        let audio = decoded.audio.view();
        assert!(
            (audio.duration() - expected.seconds).abs() < 0.001,
            "{file}: {} s",
            audio.duration()
        );
        let alike = correlation(&audio.samples()[expected.run_in..], speech);
        assert!(alike > expected.alike, "{file}: {alike:.4}");
        let late = correlation(&audio.samples()[expected.run_in + 160..], speech);
        assert!(late < 0.3, "{file}, 10 ms off: {late:.4}");
        assert!(decoded.lost.is_empty(), "{file}");
    }
}

#[test]
fn what_is_missing_is_said() {
    for expected in &FILES {
        let warnings = decode(expected.file).warnings;
        match expected.edge {
            Some(edge) => assert!(
                matches!(&warnings[..], [one] if one.contains("upper band") && one.contains(edge)),
                "{}: {warnings:?}",
                expected.file
            ),
            None => assert_eq!(warnings, [""; 0], "{}", expected.file),
        }
    }
}

#[test]
fn probe_names_it_by_headers_and_by_packets() {
    for expected in &FILES {
        let info = media::probe(data(expected.file), &MediaOptions::default()).unwrap();
        assert_eq!(info.selected, [0], "{}", expected.file);
        assert_eq!(info.tracks[0].codec, expected.codec, "{}", expected.file);
        // Looking doesn't use up what decoding needs.
        assert_eq!(decode(expected.file).files, [info], "{}", expected.file);
    }
}
