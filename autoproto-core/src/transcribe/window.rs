//! Speech regions to the windows that Whisper hears at once.

use crate::audio::{AudioView, SAMPLE_RATE};
use crate::types::{SpeechRegion, TimeSpan};

/// A silence this long ends a window, in seconds: recognisers take it for the end, and give up on what follows.
const PAUSE: f64 = 3.0;

/// Joins regions to windows of at most `longest` seconds, cut in the silences between them, and in every long one; a region
/// longer than that is cut where it is quietest in its last third.
///
/// Windows don't overlap, lie inside the audio, and together hold every region
/// ("cut and merge": Bain et al., "WhisperX", 2023).
pub(super) fn windows(
    audio: AudioView<'_>,
    speech: &[SpeechRegion],
    longest: f64,
) -> Vec<TimeSpan> {
    let mut windows: Vec<TimeSpan> = Vec::new();
    for region in speech {
        for piece in pieces(audio, region.span, longest) {
            match windows.last_mut() {
                Some(window)
                    if piece.end - window.start <= longest && piece.start - window.end < PAUSE =>
                {
                    window.end = piece.end;
                }
                _ => windows.push(piece),
            }
        }
    }
    windows
}

fn pieces(audio: AudioView<'_>, mut span: TimeSpan, longest: f64) -> Vec<TimeSpan> {
    let mut pieces = Vec::new();
    while span.duration() > longest {
        let cut = quietest(
            audio,
            TimeSpan::new(span.start + longest * 2.0 / 3.0, span.start + longest),
        );
        pieces.push(TimeSpan::new(span.start, cut));
        span.start = cut;
    }
    pieces.push(span);
    pieces
}

/// The middle of the quietest tenth of a second of `span`.
fn quietest(audio: AudioView<'_>, span: TimeSpan) -> f64 {
    let frame = SAMPLE_RATE as usize / 10;
    let energies = audio
        .slice(span)
        .chunks(frame)
        .map(|f| f.iter().map(|s| s * s).sum::<f32>() / f.len() as f32);
    let quietest = energies
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(i, _)| i);
    (span.start + 0.1 * quietest as f64 + 0.05).clamp(span.start, span.end)
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
    fn windows_are_cut_in_the_silence_before_they_grow_too_long() {
        let samples = vec![0.1; 60 * 16_000];
        let speech = [region(0.0, 12.0), region(13.0, 20.0), region(21.0, 40.0)];
        let got = windows(AudioView::new(&samples), &speech, 28.0);
        assert_eq!(got, [TimeSpan::new(0.0, 20.0), TimeSpan::new(21.0, 40.0)]);
    }

    #[test]
    fn speech_without_a_silence_is_cut_where_it_is_quietest() {
        let mut samples = vec![0.1; 40 * 16_000];
        samples[25 * 16_000..25 * 16_000 + 3_200].fill(0.0);
        let got = windows(AudioView::new(&samples), &[region(0.0, 40.0)], 28.0);
        assert_eq!(got.len(), 2);
        assert!(
            (got[0].end - 25.05).abs() < 0.15 && got[0].end == got[1].start,
            "{got:?}"
        );
    }

    #[test]
    fn a_long_silence_ends_a_window() {
        let speech = [region(0.0, 2.0), region(4.0, 5.0), region(8.0, 9.0)];
        let got = windows(AudioView::new(&[]), &speech, 28.0);
        assert_eq!(got, [TimeSpan::new(0.0, 5.0), TimeSpan::new(8.0, 9.0)]);
    }

    proptest! {
        #[test]
        fn windows_hold_every_region_and_are_short(lengths in proptest::collection::vec((0.0_f64..5.0, 0.1_f64..70.0), 0..12)) {
            let (mut at, mut speech) = (0.0, Vec::new());
            for (gap, length) in lengths {
                speech.push(region(at + gap, at + gap + length));
                at += gap + length;
            }
            let got = windows(AudioView::new(&[]), &speech, 28.0);
            for window in &got {
                prop_assert!(window.duration() > 0.0 && window.duration() <= 28.0 + 1e-9);
            }
            prop_assert!(got.windows(2).all(|w| w[0].end <= w[1].start + 1e-9));
            for r in &speech {
                prop_assert!((crate::types::covered(r.span, &got) - r.span.duration()).abs() < 1e-6);
            }
        }
    }
}
