//! What a diarization must be, whatever it was made of.

#![allow(clippy::panic)]

use crate::types::{Diarization, SpeakerId, SpeakerTurn};

/// Panics at the first breach: turns by start, finite, inside `[0, duration]` and each with a length; exclusive ones
/// apart and of speakers that have turns; speakers from 0 in the order of first speech, at most `most`; a voice for each,
/// of unit length or empty.
pub(super) fn assert_valid(found: &Diarization, duration: f64, most: usize) {
    for turns in [&found.turns, &found.exclusive] {
        for turn in turns {
            let (start, end) = (turn.span.start, turn.span.end);
            assert!(start.is_finite() && end.is_finite(), "not finite: {turn:?}");
            assert!(
                start >= 0.0 && start < end && end <= duration,
                "{turn:?} in {duration} s"
            );
        }
        let by_start = |pair: &[SpeakerTurn]| pair[0].span.start <= pair[1].span.start;
        assert!(turns.windows(2).all(by_start), "not by start");
    }
    for pair in found.exclusive.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{pair:?} overlap");
    }
    let mut first: Vec<SpeakerId> = Vec::new();
    for turn in &found.turns {
        if !first.contains(&turn.speaker) {
            first.push(turn.speaker);
        }
    }
    let numbers: Vec<SpeakerId> = (0..).take(first.len()).map(SpeakerId).collect();
    // Two that begin at once may come in either order.
    let mut sorted = first.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, numbers, "speakers have gaps in their numbers");
    let begins = |id: &SpeakerId| {
        let own = found.turns.iter().find(|t| t.speaker == *id);
        own.map_or(f64::NAN, |t| t.span.start)
    };
    for pair in numbers.windows(2) {
        assert!(
            begins(&pair[0]) <= begins(&pair[1]),
            "not by first speech: {pair:?}"
        );
    }
    for turn in &found.exclusive {
        assert!(numbers.contains(&turn.speaker), "{turn:?} is nobody's");
    }
    assert!(first.len() <= most, "{} speakers of {most}", first.len());
    assert_eq!(found.voices.len(), first.len(), "voices and speakers");
    for voice in &found.voices {
        let length = voice.similarity(voice).sqrt();
        assert!(
            voice.0.is_empty() || (length - 1.0).abs() < 1e-3,
            "a voice of length {length}"
        );
    }
}

/// The most memory that this process has held so far, in bytes; `None` where the system doesn't say.
pub(super) fn most_held() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
