//! Whatever the windows and voices are, the timeline is valid; and eight hours of them take neither long nor much memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

use std::path::Path;

use proptest::prelude::*;

use super::super::SpeakerCount;
use super::super::clustering::levels::centroid_linkage;
use super::super::clustering::plda::Plda;
use super::super::frames::FrameGrid;
use super::super::made_up::{self, Random, Sizes, scores, sizes};
use super::super::powerset::CLASSES;
use super::super::segmentation::{Windows, samples};
use super::super::validity::{assert_valid, most_held};
use super::activity::Activity;
use super::golden_arrays::golden;
use super::speakers::Rules;
use super::voices::Voices;
use super::{Prepared, chosen, cluster, telling};
use crate::models::Recipe;
use crate::{CancelToken, Context, Error, Progress};

fn quiet<T>(work: impl FnOnce(&Context<'_>) -> T) -> T {
    let cancel = CancelToken::new();
    work(&Context::new(&cancel, &|_: Progress| {}))
}

/// As [`made_up::voice`], or what a network may give instead of one.
fn voice(random: &mut Random, dim: usize, people: usize) -> Option<Vec<f32>> {
    let mut voice = made_up::voice(random, dim, people);
    match random.below(40) {
        0 => return None,
        1 => voice[random.below(dim)] = f32::NAN,
        2 => voice[random.below(dim)] = f32::NEG_INFINITY,
        3 => voice.fill(0.0),
        4 => voice.fill(f32::MAX),
        5 => voice.fill(1e-30),
        6 => voice.clear(),
        _ => {}
    }
    Some(voice)
}

fn prepared(case: &Sizes) -> Prepared {
    let mut random = Random(case.seed);
    let grid = FrameGrid::new(case.shift, case.field);
    let windows = Windows::over(case.samples, samples(case.window), samples(case.step));
    let frames = (windows.length / case.shift)
        .saturating_add_signed(case.more)
        .max(1);
    let mut activity = Activity::new(grid, windows);
    for _ in 0..windows.count {
        let heard = random.below(8) > 0;
        let scores = heard.then(|| scores(&mut random, frames, case.people));
        activity.add(scores.as_deref());
    }
    let mut voices = Voices::default();
    for window in 0..windows.count {
        voices.add(std::array::from_fn(|local| {
            (activity.spoken(window, local).0 > 0)
                .then(|| voice(&mut random, case.dim, case.people))
        }));
    }
    let telling = telling(&activity, &voices);
    let vectors = chosen(&voices, &telling).normalised();
    Prepared {
        linkage: quiet(|ctx| centroid_linkage(&vectors, 1, ctx)).unwrap(),
        telling,
        activity,
        voices,
        duration: case.samples as f64 / 16_000.0,
    }
}

fn plda(test: &str) -> Option<Plda> {
    golden(test, "index.json")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/diarization_windows");
    let read = |file: &str| (folder.join(file), std::fs::read(folder.join(file)).unwrap());
    let (transform, model) = (read("xvec_transform.npz"), read("plda.npz"));
    Some(Plda::read((&transform.0, &transform.1), (&model.0, &model.1)).unwrap())
}

fn check(case: &Sizes, prepared: &Prepared, recipe: &Recipe, plda: Option<&Plda>) {
    let (min, max) = case.speakers;
    let rules = Rules {
        recipe,
        plda,
        threshold: case.threshold,
        speakers: SpeakerCount::between(min, max).unwrap(),
        threads: 1,
    };
    let found = quiet(|ctx| cluster(prepared, rules, ctx)).unwrap();
    assert_valid(&found, prepared.duration, max);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn trees_give_valid_timelines(case in sizes(), least in 1_usize..20) {
        let recipe = Recipe::Ahc { threshold: 0.7, min_cluster_size: least };
        check(&case, &prepared(&case), &recipe, None);
    }
}

#[test]
fn bayesian_models_give_valid_timelines() {
    let Some(plda) = plda("bayesian_models_give_valid_timelines") else {
        return;
    };
    let recipe = Recipe::Vbx {
        threshold: 0.6,
        fa: 0.07,
        fb: 0.8,
    };
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let all = (sizes(), 1e-6..1e3_f64, 1e-6..1e3_f64, any::<bool>());
    let done = runner.run(&all, |(case, fa, fb, usual)| {
        let case = Sizes {
            dim: plda.dim(),
            samples: case.samples / 2,
            ..case
        };
        let odd = Recipe::Vbx {
            threshold: 0.6,
            fa,
            fb,
        };
        check(
            &case,
            &prepared(&case),
            if usual { &recipe } else { &odd },
            Some(&plda),
        );
        Ok(())
    });
    done.unwrap_or_else(|error| panic!("{error}"));
}

/// A mixture begins with no more clusters than it can hold, and says so.
#[test]
fn more_clusters_than_a_mixture_begins_with_are_told() {
    let name = "more_clusters_than_a_mixture_begins_with_are_told";
    let Some(plda) = plda(name) else { return };
    let case = Sizes {
        samples: 16_000 * 1800,
        dim: plda.dim(),
        ..Sizes::default()
    };
    let prepared = prepared(&case);
    assert!(prepared.telling.len() > 600);
    let recipe = Recipe::Vbx {
        threshold: 0.6,
        fa: 0.07,
        fb: 0.8,
    };
    let told = |threshold: f32| {
        let rules = Rules {
            recipe: &recipe,
            plda: Some(&plda),
            threshold,
            speakers: SpeakerCount::default(),
            threads: 2,
        };
        quiet(|ctx| cluster(&prepared, rules, ctx)).unwrap().notes
    };
    let all = told(0.0);
    assert!(all.len() == 1 && all[0].contains("VBx began"), "{all:?}");
    assert!(told(2.0).is_empty());
}

/// More windows over a frame than a byte counts, and more than two bytes do where the frames are said to be further apart
/// than they are.
#[test]
fn many_windows_over_a_frame_are_counted() {
    let recipe = Recipe::Ahc {
        threshold: 0.7,
        min_cluster_size: 2,
    };
    let long = Sizes {
        window: 60.0,
        step: 0.1,
        samples: 16_000 * 100,
        ..Sizes::default()
    };
    check(&long, &prepared(&long), &recipe, None);
    let grid = FrameGrid::new(16_000, 16_000);
    let windows = Windows::over(16_000 * 4000, 16_000 * 60, 1600);
    let mut activity = Activity::new(grid, windows);
    let mut scores = vec![-9.0; 3600 * CLASSES];
    scores.chunks_mut(CLASSES).for_each(|row| row[4] = 0.0);
    for _ in 0..windows.count {
        activity.add(Some(&scores));
    }
    assert_eq!(activity.speakers()[3500], 2);
}

#[test]
fn a_token_that_has_fired_ends_it_at_once() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let ctx = Context::new(&cancel, &|_: Progress| {});
    for people in [0, 3] {
        let case = Sizes {
            people,
            ..Sizes::default()
        };
        let recipe = Recipe::Ahc {
            threshold: 0.7,
            min_cluster_size: 2,
        };
        let rules = Rules {
            recipe: &recipe,
            plda: None,
            threshold: 0.7,
            speakers: SpeakerCount::default(),
            threads: 1,
        };
        let found = cluster(&prepared(&case), rules, &ctx);
        assert!(matches!(found, Err(Error::Cancelled)), "{people} people");
    }
}

/// `cargo test --release -p autoproto-core --features onnx eight_hours -- --ignored`
#[test]
#[ignore = "eight hours of sound take half a minute in a release build and many in a debug one, so it is run by hand"]
fn eight_hours_of_windows_are_put_together() {
    let name = "eight_hours_of_windows_are_put_together";
    let Some(plda) = plda(name) else { return };
    let case = Sizes {
        samples: 16_000 * 3600 * 8,
        dim: plda.dim(),
        people: 12,
        ..Sizes::default()
    };
    let prepared = prepared(&case);
    assert!(prepared.activity.windows.count > 28_700);
    let recipes = [
        Recipe::Ahc {
            threshold: 0.7,
            min_cluster_size: 12,
        },
        Recipe::Vbx {
            threshold: 0.6,
            fa: 0.07,
            fb: 0.8,
        },
    ];
    for recipe in &recipes {
        for speakers in [(1, 100), (12, 12)] {
            eprintln!("{name}: {recipe:?}, {speakers:?} speakers");
            let case = Sizes {
                speakers,
                threshold: 0.7,
                ..case.clone()
            };
            check(&case, &prepared, recipe, Some(&plda));
        }
    }
    if let Some(most) = most_held() {
        eprintln!(
            "{name}: {} MB, {} voices",
            most / 1_000_000,
            prepared.telling.len()
        );
        assert!(most < 1_000_000_000, "{most} bytes");
    }
}
