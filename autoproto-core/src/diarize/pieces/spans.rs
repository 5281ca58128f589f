//! Speech to the pieces whose voice is looked at.

use super::super::frames::{FrameGrid, Run, join, runs};

/// A frame is speech from this probability on.
const ONSET: f32 = 0.45;
/// Where nothing reaches that: the share of the highest probability that is taken instead, and the least that may be.
const SPARSE: (f32, f32) = (0.6, 0.30);
/// Regions less than this apart are joined, and shorter ones dropped, in seconds.
const SHORTEST: f64 = 0.10;

/// A piece of speech whose voice is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The number of the speech region it lies in.
    pub(super) region: usize,
}

impl Span {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Stretches of speech, in frames.
pub(super) fn regions(speech: &[f32], grid: FrameGrid) -> Vec<Run> {
    let shortest = grid.frames(SHORTEST);
    let over = |least: f32| join(&runs(speech.iter().map(|p| *p > least)), shortest, shortest);
    let found = over(ONSET);
    let highest = speech.iter().copied().fold(0.0, f32::max);
    if found.is_empty() && highest > SPARSE.1 {
        over(SPARSE.0 * highest)
    } else {
        found
    }
}

/// Spreads pieces of `length` frames, at most `hop` apart, evenly over each region, the first and the last flush with its
/// ends; a shorter region is one piece.
pub(super) fn spans(regions: &[Run], length: usize, hop: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    for (region, &(start, end)) in regions.iter().enumerate() {
        if end - start <= length {
            spans.push(Span { start, end, region });
            continue;
        }
        let slack = end - start - length;
        let hops = slack.div_ceil(hop.max(1));
        spans.extend((0..=hops).map(|j| {
            let start = start + (2 * j * slack + hops) / (2 * hops);
            Span {
                start,
                end: start + length,
                region,
            }
        }));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quiet_speech_is_not_lost() {
        let grid = FrameGrid::new(270, 991);
        let mut speech = vec![0.1; 100];
        speech[20..60].fill(0.4);
        assert_eq!(regions(&speech, grid), [(20, 60)]);
        speech[20..60].fill(0.2);
        assert!(regions(&speech, grid).is_empty());
    }

    proptest! {
        #[test]
        fn spans_cover_their_region_evenly(start in 0_usize..500, length in 1_usize..2000) {
            let got = spans(&[(start, start + length)], 95, 24);
            prop_assert_eq!(got.first().map(|s| s.start), Some(start));
            prop_assert_eq!(got.last().map(|s| s.end), Some(start + length));
            for pair in got.windows(2) {
                prop_assert!(pair[1].start > pair[0].start && pair[1].start - pair[0].start <= 25);
            }
            prop_assert!(got.iter().all(|s| s.len() == length.min(95)));
        }
    }
}
