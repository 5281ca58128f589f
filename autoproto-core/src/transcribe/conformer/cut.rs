//! Speech to the windows that a Conformer hears at once, and what is listened to again.

use super::super::window::windows;
use crate::audio::AudioView;
use crate::types::{SpeechRegion, TimeSpan};

/// A silence longer than this, in seconds, is left out: unlike Whisper's, these windows cost what they last.
const SILENCE: f64 = 1.5;
/// What is heard of the silence around a window, at most, in seconds: a word's first sounds are soft.
const MARGIN: f64 = 0.2;
/// How much further than the hole itself a second listening goes, in seconds.
const FURTHER: f64 = 0.5;
/// The longest window of a second listening, in seconds: another cut than the first, whatever that was.
const AGAIN: f64 = 8.0;

/// Windows of at most `longest` seconds, in order and apart from each other, that together hold all speech.
pub(super) fn cut(audio: AudioView<'_>, speech: &[SpeechRegion], longest: f64) -> Vec<TimeSpan> {
    let end = audio.duration();
    let mut groups: Vec<Vec<SpeechRegion>> = Vec::new();
    for region in speech {
        let span = TimeSpan::new(region.span.start.max(0.0), region.span.end.min(end));
        let length = span.end - span.start;
        if length.is_nan() || length <= 0.0 {
            continue;
        }
        let region = SpeechRegion { span };
        match groups.last_mut() {
            Some(group)
                if group
                    .last()
                    .is_some_and(|last| span.start - last.span.end <= SILENCE) =>
            {
                group.push(region);
            }
            _ => groups.push(vec![region]),
        }
    }
    let longest = (longest - 2.0 * MARGIN).max(1.0);
    let inner: Vec<TimeSpan> = groups
        .iter()
        .flat_map(|group| windows(audio, group, longest))
        .collect();
    let mut outer = inner.clone();
    for (i, window) in outer.iter_mut().enumerate() {
        let before = match i.checked_sub(1).and_then(|b| inner.get(b)) {
            Some(last) => 0.5 * (last.end + window.start),
            None => 0.0,
        };
        let after = match inner.get(i + 1) {
            Some(next) => 0.5 * (window.end + next.start),
            None => end,
        };
        window.start = (window.start - MARGIN).max(before).min(window.start);
        window.end = (window.end + MARGIN).min(after).max(window.end);
    }
    outer
}

/// The windows of a second listening to a hole.
pub(super) fn cut_again(audio: AudioView<'_>, hole: TimeSpan, longest: f64) -> Vec<TimeSpan> {
    let span = TimeSpan::new(
        (hole.start - FURTHER).max(0.0),
        (hole.end + FURTHER).min(audio.duration()),
    );
    windows(audio, &[SpeechRegion { span }], longest.min(AGAIN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(start: f64, end: f64) -> SpeechRegion {
        SpeechRegion {
            span: TimeSpan::new(start, end),
        }
    }

    #[test]
    fn long_silences_are_left_out_and_windows_have_margins_but_no_overlap() {
        let samples = vec![0.1; 40 * 16_000];
        let speech = [region(0.1, 5.0), region(6.0, 9.0), region(12.0, 39.95)];
        let got = cut(AudioView::new(&samples), &speech, 25.0);
        assert_eq!(got.len(), 3, "{got:?}");
        assert_eq!(got[0], TimeSpan::new(0.0, 9.2));
        assert!((got[1].start - 11.8).abs() < 1e-9);
        assert_eq!(got[1].end, got[2].start, "cut within speech");
        assert_eq!(got[2].end, 40.0);
    }

    #[test]
    fn a_second_listening_is_cut_otherwise() {
        let samples = vec![0.1; 30 * 16_000];
        let audio = AudioView::new(&samples);
        let got = cut_again(audio, TimeSpan::new(3.0, 5.0), 25.0);
        assert_eq!(got, [TimeSpan::new(2.5, 5.5)]);
        assert!(cut_again(audio, TimeSpan::new(0.0, 24.0), 25.0).len() >= 3);
    }

    proptest! {
        #[test]
        fn windows_hold_all_speech_in_order_and_are_short(lengths in proptest::collection::vec((0.0_f64..5.0, 0.05_f64..70.0), 0..9), longest in 5.0_f64..30.0) {
            let (mut at, mut speech) = (0.0, Vec::new());
            for (gap, length) in lengths {
                speech.push(region(at + gap, at + gap + length));
                at += gap + length;
            }
            let samples = vec![0.0; (at * 16_000.0) as usize];
            let audio = AudioView::new(&samples);
            let got = cut(audio, &speech, longest);
            for window in &got {
                prop_assert!(window.duration() > 0.0 && window.duration() <= longest + 1e-9);
                prop_assert!(window.start >= 0.0 && window.end <= audio.duration());
            }
            prop_assert!(got.windows(2).all(|w| w[0].end <= w[1].start + 1e-9));
            for region in &speech {
                let shared = crate::types::covered(region.span, &got);
                prop_assert!((shared - region.span.duration()).abs() < 1e-3);
            }
        }
    }
}
