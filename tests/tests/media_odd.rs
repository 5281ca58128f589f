//! Recordings that were once read wrongly: their sound is held against that of the file they were made from.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::path::Path;

use autoproto_core::media::{self, Decoded, MediaOptions, Recording, Source};
use autoproto_core::{CancelToken, Context, Progress};

fn decode(recording: impl Into<Recording>) -> Decoded {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    media::decode(recording, &MediaOptions::default(), &ctx).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("data")
            .join(name),
    )
    .unwrap()
}

fn samples(decoded: &Decoded) -> Vec<f32> {
    decoded.audio.view().samples().to_vec()
}

/// The correlation of the first half second at no lag.
fn likeness(ours: &[f32]) -> f32 {
    let own = samples(&decode(Source::bytes(bytes("jfk.wav"))));
    let count = ours.len().min(8_000);
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let (a, b) = (&ours[..count], &own[..count]);
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn their_sound_is_whole_and_in_its_place() {
    for (name, length, least) in [
        ("media/s24be.mov", 8_000, 0.999),
        ("media/alac.mov", 8_000, 0.999),
        ("media/vorbis.webm", 8_000, 0.97),
        ("media/live.webm", 8_000, 0.85),
        ("media/chain.opus", 16_000, 0.85),
        ("media/stale.mp3", 8_000, 0.0),
    ] {
        let decoded = decode(Source::bytes(bytes(name)));
        let ours = samples(&decoded);
        // What an MP3's own count of padding can't be believed for is heard.
        let slack = if name.ends_with("mp3") { 1_200 } else { 1 };
        assert!(
            ours.len().abs_diff(length) <= slack,
            "{name}: {} samples",
            ours.len()
        );
        assert!(likeness(&ours) > least, "{name}: {}", likeness(&ours));
        assert_eq!(decoded.warnings, [""; 0], "{name}");
    }
    // The second of two files in a row is in its place, too.
    let chained = samples(&decode(Source::bytes(bytes("media/chain.opus"))));
    assert!(
        likeness(&chained[8_000..]) > 0.85,
        "{}",
        likeness(&chained[8_000..])
    );
}

#[test]
fn a_pause_stays_one_and_is_told() {
    let decoded = decode(Source::bytes(bytes("media/pause.webm")));
    let seconds = decoded.audio.duration();
    assert!((44.0..44.6).contains(&seconds), "{seconds}");
    assert!(decoded.lost[0].duration() > 43.0, "{:?}", decoded.lost);
    assert!(
        decoded.warnings[0].contains("paused, or lost"),
        "{:?}",
        decoded.warnings
    );
}

#[test]
fn one_mp3_behind_another_is_heard() {
    for name in ["corpus/mp3_vbr.mp3", "corpus/mp3_cbr.mp3"] {
        let one = decode(Source::bytes(bytes(name))).audio.duration();
        let both = decode(Source::bytes([bytes(name), bytes(name)].concat()));
        let twice = both.audio.duration();
        assert!(
            twice > 1.9 * one && twice < 2.0 * one + 0.3,
            "{name}: {one} s, {twice} s"
        );
    }
}

#[test]
fn a_reader_that_fails_is_no_end_of_file() {
    struct Failing(std::io::Cursor<Vec<u8>>);
    impl std::io::Read for Failing {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            if self.0.position() > 100_000 {
                return Err(std::io::Error::other("the store is gone"));
            }
            self.0.read(buf)
        }
    }
    impl std::io::Seek for Failing {
        fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let source = Source::reader(Failing(std::io::Cursor::new(bytes("jfk.wav"))));
    let ctx = Context::new(&cancel, &sink);
    let error = media::decode(source, &MediaOptions::default(), &ctx).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!((error.code(), cause.as_str()), ("io", "the store is gone"));
}
