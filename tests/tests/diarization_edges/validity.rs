//! What a diarization must be, whatever it was made of.

use autoproto_core::{Diarization, SpeakerCount, SpeakerId, SpeakerTurn};

/// As the contract has it, and to the last digit.
pub(super) fn assert_valid(what: &str, found: &Diarization, duration: f64, count: SpeakerCount) {
    for turns in [&found.turns, &found.exclusive] {
        for SpeakerTurn { span, .. } in turns {
            assert!(
                span.start.is_finite() && span.end.is_finite(),
                "{what}: {span:?}"
            );
            assert!(
                0.0 <= span.start && span.start < span.end && span.end <= duration,
                "{what}: {span:?} in {duration} s"
            );
        }
        let by_start = |pair: &[SpeakerTurn]| pair[0].span.start <= pair[1].span.start;
        assert!(turns.windows(2).all(by_start), "{what}: not by start");
    }
    for pair in found.exclusive.windows(2) {
        assert!(pair[0].span.end <= pair[1].span.start, "{what}: {pair:?}");
    }
    let speakers = found.speakers();
    let numbers: Vec<SpeakerId> = (0..).take(speakers.len()).map(SpeakerId).collect();
    assert_eq!(speakers, numbers, "{what}");
    let begins = |id: &SpeakerId| {
        let own = found.turns.iter().find(|t| t.speaker == *id);
        own.map(|t| t.span.start).unwrap()
    };
    assert!(
        numbers
            .windows(2)
            .all(|pair| begins(&pair[0]) <= begins(&pair[1])),
        "{what}: not by first speech"
    );
    assert!(
        found
            .exclusive
            .iter()
            .all(|t| speakers.contains(&t.speaker)),
        "{what}"
    );
    assert!(
        speakers.len() <= count.max(),
        "{what}: {} speakers",
        speakers.len()
    );
    assert_eq!(found.voices.len(), speakers.len(), "{what}: voices");
    for voice in &found.voices {
        let length = voice.similarity(voice).sqrt();
        assert!(
            voice.0.is_empty() || (length - 1.0).abs() < 1e-3,
            "{what}: {length}"
        );
    }
}
