//! Speech probabilities to regions, as Silero's `get_speech_timestamps` does it (silero-vad 6.2, `utils_vad.py`).

use super::VadOptions;
use crate::types::{SpeechRegion, TimeSpan};

/// Turns one probability per `hop` seconds into regions inside `[0, duration)`.
///
/// A region begins where the probability reaches `onset` and ends where it has stayed below `offset` for
/// `min_silence`; too short ones go, and each is padded, two that would then overlap meeting in the middle.
///
/// ```
/// use autoproto_core::{VadOptions, vad::regions_of};
///
/// let probabilities = [0.0, 0.9, 0.9, 0.9, 0.0, 0.0, 0.0];
/// let regions = regions_of(&probabilities, 0.1, 0.7, &VadOptions::default());
/// assert_eq!(regions.len(), 1);
/// assert!((regions[0].span.start - 0.07).abs() < 1e-9 && (regions[0].span.end - 0.43).abs() < 1e-9);
/// ```
pub fn regions_of(
    probabilities: &[f32],
    hop: f64,
    duration: f64,
    options: &VadOptions,
) -> Vec<SpeechRegion> {
    let mut raw: Vec<TimeSpan> = Vec::new();
    let (mut start, mut quiet_since): (Option<f64>, Option<f64>) = (None, None);
    for (i, &p) in probabilities.iter().enumerate() {
        let now = i as f64 * hop;
        if p >= options.onset {
            quiet_since = None;
            start.get_or_insert(now);
        } else if p < options.offset
            && let Some(from) = start
        {
            let quiet = *quiet_since.get_or_insert(now);
            if now - quiet >= options.min_silence {
                raw.push(TimeSpan::new(from, quiet));
                (start, quiet_since) = (None, None);
            }
        }
    }
    if let Some(from) = start {
        raw.push(TimeSpan::new(from, duration));
    }
    raw.retain(|span| span.duration() > options.min_speech);
    pad(&mut raw, duration, options.padding);
    raw.into_iter()
        .map(|span| SpeechRegion { span })
        .filter(|r| r.span.duration() > 0.0)
        .collect()
}

fn pad(spans: &mut [TimeSpan], duration: f64, padding: f64) {
    for i in 0..spans.len() {
        let before = if i == 0 { 0.0 } else { spans[i - 1].end };
        spans[i].start = (spans[i].start - padding).max(before);
        let after = spans.get(i + 1).map(|next| next.start);
        spans[i].end = match after {
            // The next one has not been padded yet: leave it its half of a narrow gap.
            Some(next) if next - spans[i].end < 2.0 * padding => {
                spans[i].end + (next - spans[i].end) / 2.0
            }
            _ => (spans[i].end + padding).min(duration),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dip_between_the_thresholds_does_not_end_a_region() {
        let options = VadOptions {
            padding: 0.0,
            ..VadOptions::default()
        };
        let regions = regions_of(
            &[0.6, 0.6, 0.4, 0.4, 0.4, 0.4, 0.6, 0.6, 0.1, 0.1, 0.1, 0.1],
            0.1,
            1.2,
            &options,
        );
        assert_eq!(
            regions,
            [SpeechRegion {
                span: TimeSpan::new(0.0, 0.8)
            }]
        );
    }

    #[test]
    fn a_click_is_no_speech() {
        assert!(
            regions_of(&[0.0, 0.9, 0.0, 0.0, 0.0], 0.1, 0.5, &VadOptions::default()).is_empty()
        );
    }

    proptest! {
        #[test]
        fn regions_are_ordered_apart_and_inside(probabilities in proptest::collection::vec(0.0_f32..1.0, 0..400)) {
            let duration = probabilities.len() as f64 * 0.032;
            let regions = regions_of(&probabilities, 0.032, duration, &VadOptions::default());
            let mut last = 0.0;
            for region in &regions {
                prop_assert!(region.span.start >= last - 1e-9 && region.span.end > region.span.start);
                last = region.span.end;
            }
            prop_assert!(last <= duration + 1e-9);
        }
    }
}
