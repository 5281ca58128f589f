//! A transcript's words in windows that an aligner takes.

use std::ops::Range;

use super::{Aligned, WordAligner};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::types::{Segment, TimeSpan, Word};

/// How far before its first word and behind its last a window goes, in seconds, if there is so much room to the words
/// beside it: word times are that rough.
const MARGIN: f64 = 1.0;

/// Gives all words of the segments their times, window by window, cut at the longest pauses.
///
/// Segments are in order. Those words that were in order still are, and the segments' spans are those of their words.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled) once the token has fired,
/// [`Error::Backend`](crate::Error::Backend) if the aligner fails; windows that were done by then keep their new times.
pub fn align_words(
    aligner: &mut dyn WordAligner,
    audio: AudioView<'_>,
    segments: &mut [Segment],
    ctx: &Context<'_>,
) -> Result<Aligned> {
    let mut words: Vec<&mut Word> = segments.iter_mut().flat_map(|s| &mut s.words).collect();
    let spans: Vec<TimeSpan> = words.iter().map(|w| w.span).collect();
    let groups = groups(&spans, (aligner.longest() - 2.0 * MARGIN).max(1.0));
    let mut total = Aligned::default();
    let mut free_from = 0.0;
    for (n, group) in groups.iter().enumerate() {
        ctx.tick(Stage::Transcribe, n as f64 / groups.len() as f64)?;
        let Some(window) = window(&spans, group.clone(), free_from, audio.duration()) else {
            continue;
        };
        free_from = window.end;
        let chosen = words.get_mut(group.clone()).unwrap_or_default();
        let mut heard: Vec<Word> = chosen.iter().map(|w| (**w).clone()).collect();
        let found = aligner.align(audio, window, &mut heard)?;
        for (word, heard) in chosen.iter_mut().zip(heard) {
            word.span = heard.span;
        }
        total.heard += found.heard;
        total.unsure += found.unsure;
    }
    for segment in segments {
        if let (Some(first), Some(last)) = (segment.words.first(), segment.words.last()) {
            segment.span = TimeSpan::new(first.span.start, last.span.end);
        }
    }
    ctx.tick(Stage::Transcribe, 1.0)?;
    Ok(total)
}

/// The words of each window: as many as fit into `longest` seconds, cut at the longest pause of the latter half.
fn groups(spans: &[TimeSpan], longest: f64) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut from = 0;
    while let Some(first) = spans.get(from) {
        let rest = spans.get(from..).unwrap_or_default();
        let fit = rest.iter().position(|s| s.end - first.start > longest);
        let fit = fit.unwrap_or(rest.len()).max(1);
        let mut taken = fit;
        if fit < rest.len() {
            let mut widest = f64::NEG_INFINITY;
            for (n, pair) in rest
                .windows(2)
                .enumerate()
                .take(fit)
                .skip((fit / 2).saturating_sub(1))
            {
                let pause = pair[1].start - pair[0].end;
                if pause >= widest {
                    (widest, taken) = (pause, n + 1);
                }
            }
        }
        groups.push(from..from + taken.max(1));
        from += taken.max(1);
    }
    groups
}

/// The sound that a group of words is looked for in: up to the middle of the pauses beside it.
fn window(
    spans: &[TimeSpan],
    group: Range<usize>,
    free_from: f64,
    duration: f64,
) -> Option<TimeSpan> {
    let (first, last) = (
        spans.get(group.start)?,
        spans.get(group.end.checked_sub(1)?)?,
    );
    let before = group.start.checked_sub(1).and_then(|n| spans.get(n));
    let pause = |from: f64, to: f64| (0.5 * (to - from)).clamp(0.0, MARGIN);
    let lead = before.map_or(MARGIN, |b| pause(b.end, first.start));
    let tail = spans
        .get(group.end)
        .map_or(MARGIN, |a| pause(last.end, a.start));
    let start = (first.start - lead).max(free_from);
    let end = (last.end + tail).min(duration);
    (start < end).then(|| TimeSpan::new(start, end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::{CancelToken, Error, Progress};

    /// Shares its window out evenly, and keeps what it was given.
    #[derive(Default)]
    struct Even {
        windows: Vec<(TimeSpan, usize)>,
    }

    impl WordAligner for Even {
        fn id(&self) -> &'static str {
            "even"
        }

        fn longest(&self) -> f64 {
            10.0
        }

        fn align(
            &mut self,
            _: AudioView<'_>,
            window: TimeSpan,
            words: &mut [Word],
        ) -> Result<Aligned> {
            self.windows.push((window, words.len()));
            let step = window.duration() / words.len() as f64;
            for (n, word) in words.iter_mut().enumerate() {
                let start = window.start + step * n as f64;
                word.span = TimeSpan::new(start, start + step / 2.0);
            }
            Ok(Aligned::new(words.len(), 0))
        }
    }

    fn segments(spans: &[(f64, f64)]) -> Vec<Segment> {
        let word = |&(start, end): &(f64, f64)| Word {
            span: TimeSpan::new(start, end),
            text: "да".into(),
            confidence: 1.0,
        };
        let words: Vec<Word> = spans.iter().map(word).collect();
        words
            .chunks(3)
            .map(|w| Segment::from_words(w.to_vec()).unwrap())
            .collect()
    }

    fn aligned(segments: &mut [Segment], seconds: f64) -> Even {
        let samples = vec![0.0; (seconds * 16_000.0) as usize];
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let mut even = Even::default();
        let ctx = Context::new(&cancel, &sink);
        let audio = AudioView::new(&samples);
        let words: usize = segments.iter().map(|s| s.words.len()).sum();
        let total = align_words(&mut even, audio, segments, &ctx).unwrap();
        assert!(total.heard <= words);
        even
    }

    #[test]
    fn windows_are_cut_at_the_longest_pause_and_end_in_its_middle() {
        let spans = [
            (0.5, 1.0),
            (2.0, 4.0),
            (5.0, 6.0),
            (6.1, 7.0),
            (7.1, 9.0),
            (9.1, 12.0),
        ];
        let mut segments = segments(&spans);
        let even = aligned(&mut segments, 12.5);
        let wanted = [(TimeSpan::new(0.0, 4.5), 2), (TimeSpan::new(4.5, 12.5), 4)];
        assert_eq!(even.windows, wanted);
        assert_eq!(segments[0].span.start, 0.0);
        assert_eq!(segments[1].span.end, segments[1].words[2].span.end);
    }

    #[test]
    fn a_fired_token_ends_it() {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        cancel.cancel();
        let ctx = Context::new(&cancel, &sink);
        let mut segments = segments(&[(0.0, 1.0)]);
        let error = align_words(
            &mut Even::default(),
            AudioView::new(&[]),
            &mut segments,
            &ctx,
        );
        assert!(matches!(error, Err(Error::Cancelled)));
    }

    proptest! {
        #[test]
        fn words_stay_in_order_and_windows_apart(steps in proptest::collection::vec((0.0_f64..3.0, 0.02_f64..1.5), 1..80)) {
            let (mut at, mut spans) = (0.0, Vec::new());
            for (gap, length) in steps {
                spans.push((at + gap, at + gap + length));
                at += gap + length;
            }
            let mut segments = segments(&spans);
            let even = aligned(&mut segments, at + 1.0);
            prop_assert_eq!(even.windows.iter().map(|w| w.1).sum::<usize>(), spans.len());
            for (window, _) in &even.windows {
                prop_assert!(window.duration() <= 10.0 + 1e-9 && window.duration() > 0.0);
            }
            prop_assert!(even.windows.windows(2).all(|w| w[0].0.end <= w[1].0.start + 1e-9));
            let words: Vec<Word> = segments.into_iter().flat_map(|s| s.words).collect();
            prop_assert!(words.iter().all(|w| w.span.duration() > 0.0));
            prop_assert!(words.windows(2).all(|w| w[0].span.end <= w[1].span.start + 1e-9));
        }
    }
}
