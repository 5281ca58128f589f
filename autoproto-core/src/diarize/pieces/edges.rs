//! Whatever the segmentation and the voices are, the timeline is valid; and eight hours of them take neither long nor
//! much memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use proptest::prelude::*;

use super::super::frames::FrameGrid;
use super::super::made_up::{self, Random, Sizes, scores, sizes};
use super::super::segmentation::{Windows, samples};
use super::super::validity::{assert_valid, most_held};
use super::super::{DiarizeOptions, SpeakerCount};
use super::activity::Gathering;
use super::cluster::{Pieces, Tree};
use super::spans::{regions, spans};
use super::{Prepared, cluster};
use crate::types::Embedding;
use crate::{CancelToken, Context, Error, Progress};

/// As [`made_up::voice`], or what a network may give instead of one.
fn voice(random: &mut Random, dim: usize, people: usize) -> Embedding {
    let mut voice = made_up::voice(random, dim, people);
    if random.below(30) == 0 {
        voice.fill([0.0, f32::NAN, f32::MAX][random.below(3)]);
    }
    Embedding::normalised(voice).unwrap_or_else(|| Embedding(vec![0.0; dim]))
}

/// As `super::prepare` puts it together, of other models; pieces are of `span` seconds every `hop`.
fn prepared(case: &Sizes, (span, hop): (f64, f64)) -> Prepared {
    let mut random = Random(case.seed);
    let grid = FrameGrid::new(case.shift, case.field);
    let length = samples(case.window);
    let step = super::step(grid, case.step, length, 1);
    let windows = Windows::over(case.samples, length, step * grid.shift());
    let frames = (case.samples / grid.shift()).max(1);
    let given = (length / case.shift)
        .saturating_add_signed(case.more)
        .max(1);
    let mut gathering = Gathering::new(grid, frames, grid.frames(case.window), step);
    for _ in 0..windows.count {
        let heard = random.below(8) > 0;
        let scores = heard.then(|| scores(&mut random, given, case.people));
        gathering.add(scores.as_deref());
    }
    let activity = gathering.finish();
    let regions = regions(&activity.speech, grid);
    let whole = grid.frames(span);
    let spans = spans(&regions, whole, grid.frames(hop));
    let voices: Vec<Embedding> = spans
        .iter()
        .map(|_| voice(&mut random, case.dim, case.people))
        .collect();
    let mut speech = vec![false; activity.speech.len()];
    for (start, end) in regions {
        speech[start..end].fill(true);
    }
    let tree = Tree::grow(&Pieces {
        spans: &spans,
        voices: &voices,
        overlap: &activity.overlap,
        grid,
        whole,
    });
    Prepared {
        activity,
        speech,
        spans,
        voices,
        tree,
        whole,
        duration: case.samples as f64 / 16_000.0,
    }
}

fn check(case: &Sizes, prepared: &Prepared) {
    let (min, max) = case.speakers;
    let options = DiarizeOptions::default().with_speakers(SpeakerCount::between(min, max).unwrap());
    let cancel = CancelToken::new();
    let ctx = Context::new(&cancel, &|_: Progress| {});
    let found = cluster(prepared, case.threshold, &options, &ctx).unwrap();
    assert_valid(&found, prepared.duration, max);
}

/// How the bundled models cut pieces, in seconds.
const USUAL: (f64, f64) = (1.6, 0.4);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pieces_give_valid_timelines(
        case in sizes(),
        usual in any::<bool>(),
        span in 0.1..5.0_f64,
        hop in 0.02..1.0_f64,
    ) {
        let cut = if usual { USUAL } else { (span, (span * hop).max(0.05)) };
        check(&case, &prepared(&case, cut));
    }
}

#[test]
fn a_token_that_has_fired_ends_it_at_once() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let ctx = Context::new(&cancel, &|_: Progress| {});
    let prepared = prepared(&Sizes::default(), USUAL);
    let found = cluster(&prepared, 0.27, &DiarizeOptions::default(), &ctx);
    assert!(matches!(found, Err(Error::Cancelled)));
}

/// However coarse the steps, windows leave nothing of the recording out.
#[test]
fn windows_leave_no_gaps() {
    for (shift, step, window) in [(270, 10.0, 10.0), (16_000, 1.5, 1.5), (9000, 0.1, 1.0)] {
        for coarser in [1, 2] {
            let (grid, length) = (FrameGrid::new(shift, shift), samples(window));
            let frames = super::step(grid, step, length, coarser);
            assert!(frames >= 1 && frames * shift <= length.max(shift));
        }
    }
}

/// `cargo test --release -p autoproto-core --features onnx eight_hours -- --ignored`
#[test]
#[ignore = "eight hours of sound take half a minute in a release build and many in a debug one, so it is run by hand"]
fn eight_hours_of_pieces_are_put_together() {
    let name = "eight_hours_of_pieces_are_put_together";
    let case = Sizes {
        samples: 16_000 * 3600 * 8,
        dim: 256,
        people: 12,
        threshold: 0.27,
        ..Sizes::default()
    };
    let prepared = prepared(&case, USUAL);
    assert!(prepared.spans.len() > 50_000);
    for speakers in [(1, 100), (12, 12), (30, 100)] {
        check(
            &Sizes {
                speakers,
                ..case.clone()
            },
            &prepared,
        );
    }
    if let Some(most) = most_held() {
        eprintln!(
            "{name}: {} MB, {} pieces",
            most / 1_000_000,
            prepared.spans.len()
        );
        assert!(most < 1_000_000_000, "{most} bytes");
    }
}
