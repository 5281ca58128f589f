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
use super::super::powerset::CLASSES;
use super::super::segmentation::{Windows, samples};
use super::super::validity::{Random, assert_valid, most_held};
use super::super::{DiarizeOptions, SpeakerCount};
use super::activity::Gathering;
use super::cluster::{Pieces, Tree};
use super::spans::{regions, spans};
use super::{Prepared, cluster};
use crate::types::Embedding;
use crate::{CancelToken, Context, Error, Progress};

/// Sizes of everything that the rest is made of.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    samples: usize,
    /// Seconds.
    window: f64,
    step: f64,
    span: f64,
    hop: f64,
    /// Samples.
    shift: usize,
    field: usize,
    /// Frames that the model gives beside what the window has.
    more: isize,
    dim: usize,
    people: usize,
    speakers: (usize, usize),
    threshold: f32,
}

fn cases() -> impl Strategy<Value = Case> {
    let shape = (
        1.0..20.0_f64,
        0.1..1.0_f64,
        1_usize..16_000,
        0_usize..20_000,
    );
    let usual = (Just(10.0), Just(0.1), Just(270), Just(721));
    let threshold = prop_oneof![Just(0.0_f32), Just(2.0), Just(f32::NAN), 0.0..2.0_f32];
    let voices = (1_usize..6, 0_usize..8, 1_usize..20, 0_usize..8, threshold);
    (
        any::<u64>(),
        0_usize..500_000,
        prop_oneof![shape, usual],
        prop_oneof![Just(0_isize), -600..600_isize],
        prop_oneof![Just((1.6, 0.25)), (0.1..5.0_f64, 0.02..1.0_f64)],
        voices,
    )
        .prop_map(|(seed, samples, shape, more, (span, hop), voices)| {
            let (window, step, shift, field) = shape;
            let (dim, people, min, more_speakers, threshold) = voices;
            let shift = shift.max(160);
            Case {
                seed,
                samples,
                window,
                step: (step * window).max(0.1),
                span,
                hop: (span * hop).max(0.05),
                shift,
                field: shift + field,
                more,
                dim,
                people,
                speakers: (min, min + more_speakers),
                threshold,
            }
        })
}

fn scores(random: &mut Random, frames: usize, people: usize) -> Vec<f32> {
    let mut scores = Vec::with_capacity(frames * CLASSES);
    let (mut class, mut left) = (0, 0);
    for _ in 0..frames {
        if left == 0 {
            class = random.below(if people == 0 { 1 } else { CLASSES });
            left = 1 + random.below(200);
        }
        left -= 1;
        let mut row = [-3.0_f32; CLASSES];
        row[class] = -0.1;
        if random.below(500) == 0 {
            row[random.below(CLASSES)] = [f32::NAN, f32::INFINITY, 80.0][random.below(3)];
        }
        scores.extend(row);
    }
    scores
}

fn voice(random: &mut Random, dim: usize, people: usize) -> Embedding {
    let who = random.below(people.max(1));
    let mut voice: Vec<f32> = (0..dim)
        .map(|i| 0.2 * random.number() + f32::from(u8::from(i == who % dim)))
        .collect();
    if random.below(30) == 0 {
        voice.fill([0.0, f32::NAN, f32::MAX][random.below(3)]);
    }
    Embedding::normalised(voice).unwrap_or_else(|| Embedding(vec![0.0; dim]))
}

/// As `super::prepare` puts it together, of other models.
fn prepared(case: &Case) -> Prepared {
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
    let whole = grid.frames(case.span);
    let spans = spans(&regions, whole, grid.frames(case.hop));
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

fn check(case: &Case, prepared: &Prepared) {
    let (min, max) = case.speakers;
    let options = DiarizeOptions::default().with_speakers(SpeakerCount::between(min, max).unwrap());
    let cancel = CancelToken::new();
    let ctx = Context::new(&cancel, &|_: Progress| {});
    let found = cluster(prepared, case.threshold, &options, &ctx).unwrap();
    assert_valid(&found, prepared.duration, max);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn pieces_give_valid_timelines(case in cases()) {
        check(&case, &prepared(&case));
    }
}

fn common() -> Case {
    Case {
        seed: 1,
        samples: 400_000,
        window: 10.0,
        step: 1.0,
        span: 1.6,
        hop: 0.4,
        shift: 270,
        field: 991,
        more: -3,
        dim: 4,
        people: 3,
        speakers: (1, 100),
        threshold: 0.27,
    }
}

#[test]
fn a_token_that_has_fired_ends_it_at_once() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let ctx = Context::new(&cancel, &|_: Progress| {});
    let found = cluster(&prepared(&common()), 0.27, &DiarizeOptions::default(), &ctx);
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
// A minute in a release build, many in a debug one: by hand.
#[ignore = "eight hours, by hand in a release build"]
fn eight_hours_of_pieces_are_put_together() {
    let name = "eight_hours_of_pieces_are_put_together";
    let case = Case {
        samples: 16_000 * 3600 * 8,
        dim: 256,
        people: 12,
        ..common()
    };
    let prepared = prepared(&case);
    assert!(prepared.spans.len() > 50_000);
    for speakers in [(1, 100), (12, 12), (30, 100)] {
        check(
            &Case {
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
