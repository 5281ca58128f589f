//! The sound that words are held against.

use crate::audio::AudioView;
use crate::types::{SpeechRegion, TimeSpan, covered, merge_spans};

/// A word may lie this far from the speech it belongs to, in seconds: decoders tell times no better.
const REACH: f64 = 1.0;
/// Voice activity begins late and ends early by this much, in seconds.
const EDGE: f64 = 0.2;
/// What has less than this part of its time in speech lies outside of it.
pub(super) const INSIDE: f64 = 0.5;
/// Sound below this is none: -75 dB, six steps of 16-bit sound.
const INAUDIBLE: f32 = 1.8e-4;

/// Where anyone speaks in and around a window.
pub(super) struct Sound<'a> {
    /// The window that was decoded.
    window: TimeSpan,
    /// Widened by [`EDGE`], in order, without overlap.
    speech: Vec<TimeSpan>,
    audio: Option<AudioView<'a>>,
}

impl<'a> Sound<'a> {
    pub(super) fn around(
        window: TimeSpan,
        speech: &[SpeechRegion],
        audio: Option<AudioView<'a>>,
    ) -> Self {
        let near: Vec<TimeSpan> = speech
            .iter()
            .filter(|r| r.span.duration() > 0.0 && r.span.gap(&window) <= REACH)
            .map(|r| TimeSpan::new(r.span.start - EDGE, r.span.end + EDGE))
            .collect();
        Self {
            window,
            speech: merge_spans(&near, 0.0),
            audio,
        }
    }

    pub(super) fn window(&self) -> TimeSpan {
        self.window
    }

    /// Whether anyone speaks, audibly, within reach of `span`. A span that is no time at all is nowhere.
    pub(super) fn speaks_near(&self, span: TimeSpan) -> bool {
        span.start.is_finite()
            && span.end.is_finite()
            && self.speech.iter().any(|s| s.gap(&span) <= REACH - EDGE)
            && self.audible(TimeSpan::new(span.start - REACH, span.end + REACH))
    }

    fn audible(&self, span: TimeSpan) -> bool {
        // Samples that are no numbers count as sound: what they hide is unknown.
        self.audio.is_none_or(|audio| {
            let silent = |s: &f32| s.abs() < INAUDIBLE;
            !audio.slice(span).iter().all(silent)
        })
    }

    /// Seconds of speech in `span`.
    pub(super) fn seconds(&self, span: TimeSpan) -> f64 {
        covered(span, &self.speech)
    }

    /// Whether most of `span` is in speech.
    pub(super) fn holds(&self, span: TimeSpan) -> bool {
        self.share(std::iter::once(span)) >= INSIDE
    }

    /// Which part of the spans' time is in speech, 0 to 1.
    pub(super) fn share(&self, spans: impl Iterator<Item = TimeSpan>) -> f64 {
        let (mut inside, mut all) = (0.0, 0.0);
        for span in spans {
            // A word without a length still lies somewhere.
            let span = TimeSpan::new(span.start, span.end.max(span.start + 0.02));
            inside += self.seconds(span);
            all += span.duration();
        }
        if all > 0.0 { inside / all } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(start: f64, end: f64) -> SpeechRegion {
        SpeechRegion {
            span: TimeSpan::new(start, end),
        }
    }

    #[test]
    fn speech_far_from_the_window_is_not_looked_at() {
        let sound = Sound::around(
            TimeSpan::new(10.0, 20.0),
            &[region(0.0, 5.0), region(18.0, 19.0), region(9.0, 9.5)],
            None,
        );
        assert_eq!(sound.speech.len(), 2);
        assert!((sound.seconds(TimeSpan::new(10.0, 20.0)) - 1.4).abs() < 1e-9);
    }

    #[test]
    fn digital_silence_is_no_speech_whatever_the_detector_says() {
        let mut samples = vec![0.0; 10 * 16_000];
        samples[..2 * 16_000].fill(0.01);
        let sound = Sound::around(
            TimeSpan::new(0.0, 10.0),
            &[region(0.0, 10.0)],
            Some(AudioView::new(&samples)),
        );
        assert!(sound.speaks_near(TimeSpan::new(1.0, 1.5)));
        assert!(!sound.speaks_near(TimeSpan::new(6.0, 6.5)));
    }

    #[test]
    fn a_word_without_a_time_is_nowhere() {
        let sound = Sound::around(TimeSpan::new(0.0, 10.0), &[region(0.0, 10.0)], None);
        assert!(!sound.speaks_near(TimeSpan::new(f64::NAN, 1.0)));
        assert!(!sound.speaks_near(TimeSpan::new(1.0, f64::INFINITY)));
    }
}
