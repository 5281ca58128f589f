//! pyannote.audio's recipe: the local speakers of overlapping windows, clustered over the recording
//! (Bredin, "pyannote.audio 2.1 speaker diarization pipeline", 2023; Plaquet and Bredin, 2023; with VBx as in the
//! pipeline community-1).
//!
//! `activity` (windows to who speaks in each frame) → `listener` (the voice under each mask: `trunk` for networks that
//! end in statistics, `cut` for others, `shared` for what overlapping windows have in common) → `speakers` (voices to
//! clusters, clusters to local speakers) → `reconstruct` (turns). Windows are taken one by one and in order up to
//! `voices`, so that they might as well come from a microphone.

mod activity;
mod cut;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod golden_arrays;
#[cfg(test)]
mod goldens;
mod listener;
mod mel;
mod reconstruct;
mod shared;
mod speakers;
mod trunk;
#[cfg(test)]
mod trunk_goldens;
mod voices;

use super::Accuracy;
use super::clustering::levels::centroid_linkage;
use super::clustering::linkage::Linkage;
use super::clustering::vectors::Vectors;
use super::embedding::Embedder;
use super::frames::FrameGrid;
use super::segmentation::{Segmenter, Windows, samples};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::models::Pooling;
use crate::types::{Diarization, Embedding, SpeechRegion};

use activity::Activity;
use listener::Listener;
pub(super) use speakers::Rules;
use voices::{Heard, Voices};

/// What listens.
pub(super) struct Models<'a> {
    pub(super) segmenter: &'a mut Segmenter,
    pub(super) embedder: &'a mut Embedder,
    pub(super) pooling: Option<&'a Pooling>,
    /// For the tree of voices.
    pub(super) threads: usize,
}

/// The voice of a whole sound, by a session that ends in the trunk.
pub(super) fn voice_of(
    embedder: &mut Embedder,
    pooling: &Pooling,
    sound: &[f32],
) -> Result<Vec<f32>> {
    let features = embedder
        .fbank()
        .map(|fbank| (fbank.bins(), fbank.features(sound).1));
    let Some((bins, features)) = features else {
        return Ok(Vec::new());
    };
    let frames = trunk::run(embedder, pooling, &features, bins)?;
    let all: Vec<&[f32]> = (0..frames.count()).map(|t| frames.frame(t)).collect();
    Ok(trunk::pooled(pooling, &all))
}

/// Whether trunk and pooling together give what the network gives; tried on two seconds of noise.
pub(super) fn pools(embedder: &mut Embedder, pooling: &Pooling) -> bool {
    let mut state = 1_u32;
    let noise: Vec<f32> = (0..samples(2.0))
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / f32::from(u16::MAX) / 2560.0 - 0.05
        })
        .collect();
    let Some((bins, features)) = embedder
        .fbank()
        .map(|fbank| (fbank.bins(), fbank.features(&noise).1))
    else {
        return false;
    };
    trunk::is_so(embedder, pooling, &features, bins)
}

/// Everything of a recording that needed a model, and the tree of its voices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    activity: Activity,
    voices: Voices,
    /// The numbers of the vectors that speakers are told by.
    telling: Vec<u32>,
    linkage: Linkage,
    duration: f64,
}

/// Shares of the stage: segmentation, and the tree of voices at the end.
const SEGMENTATION: f64 = 0.2;
const TREE: f64 = 0.95;

/// Runs the models over the recording.
pub(super) fn prepare(
    models: Models<'_>,
    accuracy: Accuracy,
    audio: AudioView<'_>,
    speech: &[SpeechRegion],
    ctx: &Context<'_>,
) -> Result<Prepared> {
    let signature = models.segmenter.signature();
    let grid = FrameGrid::new(signature.frame_shift, signature.receptive_field);
    let (length, step) = (samples(signature.window), samples(signature.step));
    let shared = accuracy == Accuracy::Fast && models.pooling.is_some();
    let step = if shared {
        aligned(step).min(length)
    } else {
        step
    };
    let windows = Windows::over(audio.len(), length, step);
    let mut activity = Activity::new(grid, windows);
    let wanted = |window: usize| {
        let span = windows.span(window);
        accuracy == Accuracy::Exact || speech.iter().any(|r| r.span.overlap(&span) > 0.0)
    };
    let part = ctx.part(0.0, SEGMENTATION);
    models
        .segmenter
        .run(audio, windows, &wanted, &part, &mut |_, scores| {
            activity.add(scores);
            Ok(())
        })?;
    let part = ctx.part(SEGMENTATION, TREE);
    let mut listener = Listener::new(models.embedder, models.pooling, windows, accuracy);
    let mut voices = Voices::default();
    for window in 0..windows.count {
        part.tick(Stage::Diarize, window as f64 / windows.count as f64)?;
        voices.add(listener.hear(audio, &activity, window)?);
    }
    let telling = telling(&activity, &voices);
    let vectors = chosen(&voices, &telling).normalised();
    let linkage = centroid_linkage(&vectors, models.threads, &ctx.part(TREE, 1.0))?;
    Ok(Prepared {
        activity,
        voices,
        telling,
        linkage,
        duration: audio.duration(),
    })
}

/// Samples from one frame of a trunk to the next: WeSpeaker's networks take every eighth of 10 ms.
const STRIDE: usize = 1280;

/// The nearest step after which a window begins on a frame of the trunk.
fn aligned(step: usize) -> usize {
    ((step + STRIDE / 2) / STRIDE).max(1) * STRIDE
}

/// The vectors of local speakers that speak long enough alone.
fn telling(activity: &Activity, voices: &Voices) -> Vec<u32> {
    let mut rows = Vec::new();
    for (window, locals) in voices.windows().iter().enumerate() {
        for (local, heard) in locals.iter().enumerate() {
            if let Heard::Voice(row) = heard
                && activity.tells(window, local)
            {
                rows.push(*row);
            }
        }
    }
    rows
}

fn chosen(voices: &Voices, rows: &[u32]) -> Vectors {
    voices
        .vectors()
        .chosen(rows.iter().map(|row| *row as usize))
}

/// Tells the voices apart; runs no model.
pub(super) fn cluster(
    prepared: &Prepared,
    rules: Rules<'_>,
    ctx: &Context<'_>,
) -> Result<Diarization> {
    let Prepared {
        activity, duration, ..
    } = prepared;
    ctx.cancel().check()?;
    let mut speaking = activity.speakers();
    if speaking.iter().all(|n| *n == 0) {
        return Ok(Diarization::default());
    }
    let most = u8::try_from(rules.speakers.max()).unwrap_or(u8::MAX);
    speaking.iter_mut().for_each(|n| *n = (*n).min(most));
    let found = speakers::find(prepared, rules, ctx)?;
    let turns = reconstruct::turns(
        activity,
        &found.clusters,
        &speaking,
        found.centroids.len(),
        *duration,
    );
    let mut voices = vec![Embedding(Vec::new()); turns.names.iter().flatten().count()];
    for (cluster, name) in turns.names.iter().enumerate() {
        if let Some(slot) = name.and_then(|id| voices.get_mut(id.0 as usize)) {
            let centroid = found.centroids.row(cluster).to_vec();
            *slot = Embedding::normalised(centroid).unwrap_or_else(|| Embedding(Vec::new()));
        }
    }
    let mut said = Diarization::from_turns(turns.all)
        .with_exclusive(turns.exclusive)
        .with_voices(voices);
    if let Some(note) = found.note {
        said = said.with_note(note);
    }
    if !prepared.linkage.exact {
        said = said.with_note(format!(
            "{} voices are more than are compared each with each: they were joined within stretches of time first",
            prepared.telling.len()
        ));
    }
    Ok(said)
}
