//! Voices told apart from short pieces of speech: this library's own way, made for embeddings of a second or two.
//!
//! `activity` (windows to speech and overlap) → `spans` (speech to pieces) → `voices` → `cluster` (pieces to speakers) →
//! `resegment` (a path through the similarities) → `second_voice` (where two speak at once) → `reconstruct` (turns).

mod activity;
mod cluster;
#[cfg(test)]
mod edges;
mod reconstruct;
mod resegment;
mod second_voice;
mod spans;
mod voices;

use super::embedding::Embedder;
use super::frames::FrameGrid;
use super::segmentation::{Segmenter, Windows, samples};
use super::{Accuracy, DiarizeOptions};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::Result;
use crate::types::{Diarization, Embedding, SpeechRegion};

use activity::{Activity, Gathering};
use cluster::{Pieces, Tree, speakers};
use reconstruct::turns;
use resegment::resegment;
use second_voice::second_voices;
use spans::{Span, regions, spans};
use voices::{Sound, voices};

/// The share of the stage that segmentation takes.
const SEGMENTATION: f64 = 0.3;

/// Everything of a recording that needed a model, and the tree of its voices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prepared {
    activity: Activity,
    /// Whether each frame is speech.
    speech: Vec<bool>,
    spans: Vec<Span>,
    voices: Vec<Embedding>,
    tree: Tree,
    /// Frames in a whole piece.
    whole: usize,
    duration: f64,
}

/// Runs the models over the recording.
pub(super) fn prepare(
    segmenter: &mut Segmenter,
    embedder: &mut Embedder,
    accuracy: Accuracy,
    audio: AudioView<'_>,
    speech: &[SpeechRegion],
    ctx: &Context<'_>,
) -> Result<Prepared> {
    let (coarser, signature) = (accuracy.coarser(), segmenter.signature());
    let grid = FrameGrid::new(signature.frame_shift, signature.receptive_field);
    // Windows begin on frames, so that the frames of all of them are one grid.
    let length = samples(signature.window);
    let step = step(grid, signature.step, length, coarser);
    let windows = Windows::over(audio.len(), length, step * grid.shift());
    let frames = (audio.len() / grid.shift()).max(1);
    let mut gathering = Gathering::new(grid, frames, grid.frames(signature.window), step);
    let wanted = |window: usize| {
        let span = windows.span(window);
        speech.iter().any(|r| r.span.overlap(&span) > 0.0)
    };
    let listening = ctx.part(0.0, SEGMENTATION);
    segmenter.run(audio, windows, &wanted, &listening, &mut |_, scores| {
        gathering.add(scores);
        Ok(())
    })?;
    let activity = gathering.finish();
    let regions = regions(&activity.speech, grid);
    let whole = grid.frames(embedder.signature().span);
    let spans = spans(
        &regions,
        whole,
        coarser * grid.frames(embedder.signature().hop),
    );
    let sound = Sound {
        audio,
        grid,
        overlap: &activity.overlap,
    };
    let voices = voices(embedder, sound, &spans, &ctx.part(SEGMENTATION, 1.0))?;
    let mut speech = vec![false; activity.speech.len()];
    for (start, end) in regions {
        speech[start..end].fill(true);
    }
    ctx.cancel().check()?;
    let tree = Tree::grow(&Pieces {
        spans: &spans,
        voices: &voices,
        overlap: &activity.overlap,
        grid,
        whole,
    });
    Ok(Prepared {
        activity,
        speech,
        spans,
        voices,
        tree,
        whole,
        duration: audio.duration(),
    })
}

/// Frames from one window of `length` samples to the next, so that no sample lies between two.
fn step(grid: FrameGrid, seconds: f64, length: usize, coarser: usize) -> usize {
    let step = coarser * grid.frames(seconds);
    step.min(length / grid.shift()).max(1)
}

/// Tells the voices apart; runs no model.
pub(super) fn cluster(
    prepared: &Prepared,
    threshold: f32,
    options: &DiarizeOptions,
    ctx: &Context<'_>,
) -> Result<Diarization> {
    let Prepared {
        activity,
        speech,
        spans,
        voices,
        tree,
        whole,
        duration,
    } = prepared;
    let grid = activity.grid;
    ctx.cancel().check()?;
    let pieces = Pieces {
        spans,
        voices,
        overlap: &activity.overlap,
        grid,
        whole: *whole,
    };
    let groups = speakers(&pieces, tree, options.speakers, threshold);
    if groups.is_empty() {
        return Ok(Diarization::default());
    }
    ctx.cancel().check()?;
    let (mut path, means) = resegment(spans, voices, &groups, speech, grid.length());
    if options.speakers.min() > 1 {
        keep_everyone(&mut path, speech, &groups, spans, voices, &means);
    }
    ctx.cancel().check()?;
    let second = second_voices(activity, &path, speech, groups.len());
    let turns = turns(&path, &second, speech, groups.len(), grid, *duration);
    let mut voices = vec![Embedding(Vec::new()); turns.names.iter().flatten().count()];
    for (mean, name) in means.into_iter().zip(&turns.names) {
        // A mean without a direction is no voice.
        if let Some(slot) = name.and_then(|id| voices.get_mut(id.0 as usize))
            && mean.0.iter().any(|v| *v != 0.0)
        {
            *slot = mean;
        }
    }
    Ok(Diarization::from_turns(turns.all)
        .with_exclusive(turns.exclusive)
        .with_voices(voices))
}

/// A speaker that was asked for is not lost to smoothing: it is given the piece that is most its own.
fn keep_everyone(
    path: &mut [usize],
    speech: &[bool],
    groups: &[Vec<usize>],
    spans: &[Span],
    voices: &[Embedding],
    means: &[Embedding],
) {
    for (speaker, group) in groups.iter().enumerate() {
        if path.iter().zip(speech).any(|(p, s)| *s && *p == speaker) {
            continue;
        }
        let own = |i: usize| {
            let others: f32 = means.iter().map(|m| m.similarity(&voices[i])).sum();
            2.0 * means[speaker].similarity(&voices[i]) - others
        };
        if let Some(&piece) = group.iter().max_by(|a, b| own(**a).total_cmp(&own(**b))) {
            let end = spans[piece].end.min(path.len());
            path[spans[piece].start.min(end)..end].fill(speaker);
        }
    }
}
