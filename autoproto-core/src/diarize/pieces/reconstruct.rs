//! Frames to turns.

use super::super::frames::{FrameGrid, Run, join, runs};
use crate::types::{SpeakerId, SpeakerTurn, TimeSpan};

/// Gaps of one speaker shorter than this are filled, and shorter turns dropped, in seconds.
const GAP: f64 = 0.20;
const SHORTEST: f64 = 0.10;

/// The turns of each speaker, overlaps kept, and the exclusive ones, both by start; `names` are the speakers' numbers in
/// order of first speech.
pub(super) struct Turns {
    pub(super) all: Vec<SpeakerTurn>,
    pub(super) exclusive: Vec<SpeakerTurn>,
    pub(super) names: Vec<Option<SpeakerId>>,
}

/// Puts turns together from the speaker of each frame of speech, and the second one where there is one.
pub(super) fn turns(
    path: &[usize],
    second: &[Option<usize>],
    speech: &[bool],
    speakers: usize,
    grid: FrameGrid,
    duration: f64,
) -> Turns {
    let (gap, shortest) = (grid.frames(GAP), grid.frames(SHORTEST));
    let found = |active: &dyn Fn(usize, usize) -> bool| -> Vec<(Run, usize)> {
        let of = |k: usize| join(&runs((0..path.len()).map(|t| active(t, k))), gap, shortest);
        let mut all: Vec<(Run, usize)> = (0..speakers)
            .flat_map(|k| of(k).into_iter().map(move |run| (run, k)))
            .collect();
        all.sort_unstable();
        all
    };
    let all = found(&|t, k| speech[t] && (path[t] == k || second[t] == Some(k)));
    // Rounding may go past the end, where nothing is left of a run's last frames.
    let seconds = |frame: usize| ((grid.seconds(frame) * 1000.0).round() / 1000.0).min(duration);
    let span = |(start, end): Run| {
        let span = TimeSpan::new(seconds(start), seconds(end));
        (span.duration() > 0.0).then_some(span)
    };
    let mut names = vec![None; speakers];
    let mut next = 0;
    for (_, k) in all.iter().filter(|(run, _)| span(*run).is_some()) {
        names[*k].get_or_insert_with(|| {
            next += 1;
            SpeakerId(next - 1)
        });
    }
    let turn = |(run, k): (Run, usize)| -> Option<SpeakerTurn> {
        let (span, speaker) = (span(run)?, names[k]?);
        Some(SpeakerTurn { span, speaker })
    };
    let exclusive = cut(found(&|t, k| speech[t] && path[t] == k))
        .into_iter()
        .filter_map(turn)
        .collect();
    let all = all.into_iter().filter_map(turn).collect();
    Turns {
        all,
        exclusive,
        names,
    }
}

/// Filled gaps may reach into another's turn: there the later one begins.
fn cut(mut runs: Vec<(Run, usize)>) -> Vec<(Run, usize)> {
    for i in 1..runs.len() {
        let next = runs[i].0.0;
        runs[i - 1].0.1 = runs[i - 1].0.1.min(next);
    }
    runs.retain(|((start, end), _)| end > start);
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_are_numbered_by_first_speech_and_overlap_is_kept() {
        let grid = FrameGrid::new(270, 991);
        let path: Vec<usize> = (0..200).map(|t| usize::from(t < 100)).collect();
        let second: Vec<Option<usize>> = (0..200)
            .map(|t| (90..100).contains(&t).then_some(0))
            .collect();
        let got = turns(&path, &second, &[true; 200], 2, grid, 60.0);
        assert_eq!(got.names, [Some(SpeakerId(1)), Some(SpeakerId(0))]);
        assert_eq!(got.all.len(), 2);
        assert!(got.all[0].span.overlap(&got.all[1].span) > 0.15);
        assert_eq!(got.exclusive[0].span.overlap(&got.exclusive[1].span), 0.0);
    }
}
