//! A word to the turn it lies in.

use crate::types::{SpeakerId, SpeakerTurn, TimeSpan};

/// Names the speaker of one word: the turn that shares the most time with it, the earlier one on a tie.
///
/// A word no turn touches goes to the nearest turn within `max_gap` seconds, and to `None` beyond it. `turns` are
/// by start and don't overlap, as [`Diarization::exclusive`](crate::Diarization::exclusive) has them.
///
/// ```
/// # use autoproto_core::{SpeakerId, SpeakerTurn, TimeSpan, attribute::speaker_of};
/// let turns = [SpeakerTurn { span: TimeSpan::new(0.0, 2.0), speaker: SpeakerId(0) }];
/// assert_eq!(speaker_of(TimeSpan::new(1.5, 1.9), &turns, 0.5), Some(SpeakerId(0)));
/// assert_eq!(speaker_of(TimeSpan::new(3.5, 3.9), &turns, 0.5), None);
/// ```
pub fn speaker_of(word: TimeSpan, turns: &[SpeakerTurn], max_gap: f64) -> Option<SpeakerId> {
    // Turns before the first that ends near the word can't matter, nor any that begins after it.
    let first = turns.partition_point(|t| t.span.end < word.start - max_gap);
    let near = || {
        turns[first..]
            .iter()
            .take_while(|t| t.span.start <= word.end + max_gap)
    };
    let mut best: Option<(f64, SpeakerId)> = None;
    for turn in near() {
        let shared = turn.span.overlap(&word);
        if shared > 0.0 && best.is_none_or(|(most, _)| shared > most) {
            best = Some((shared, turn.speaker));
        }
    }
    if best.is_none() {
        for turn in near() {
            let gap = turn.span.gap(&word);
            if gap <= max_gap && best.is_none_or(|(least, _)| gap < least) {
                best = Some((gap, turn.speaker));
            }
        }
    }
    best.map(|(_, speaker)| speaker)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(start: f64, end: f64, id: u32) -> SpeakerTurn {
        SpeakerTurn {
            span: TimeSpan::new(start, end),
            speaker: SpeakerId(id),
        }
    }

    #[test]
    fn the_larger_share_wins_and_the_nearer_turn_takes_a_lone_word() {
        let turns = [turn(0.0, 1.0, 0), turn(1.0, 2.0, 1), turn(5.0, 6.0, 2)];
        assert_eq!(
            speaker_of(TimeSpan::new(0.8, 1.5), &turns, 0.5),
            Some(SpeakerId(1))
        );
        assert_eq!(
            speaker_of(TimeSpan::new(4.3, 4.7), &turns, 0.5),
            Some(SpeakerId(2))
        );
        assert_eq!(speaker_of(TimeSpan::new(3.2, 3.6), &turns, 0.5), None);
    }
}
