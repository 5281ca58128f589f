//! Channels as speakers: who speaks when is where a channel has speech, and only shared channels are diarized.

use super::Options;
use super::run::Findings;
use super::voice_book::voice_of_channel;
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::diarize::Diarizer;
use crate::error::{Result, Stage};
use crate::media::SpeakerTrack;
use crate::types::{
    Diarization, Embedding, Speaker, SpeakerId, SpeakerTurn, SpeechRegion, TimeSpan, Transcript,
    Utterance, UtteranceId, merge_spans,
};
use crate::vad::VoiceActivityDetector;

/// Speech that has leaked over from another channel is this much weaker than there, 20 dB,
const LEAK: f64 = 0.01;
/// rises and falls with it to this correlation,
const ALIKE: f64 = 0.7;
/// and so many hundredths of a second later at most.
const ECHO: usize = 30;
/// Seconds around a stretch that are compared, too.
const MARGIN: f64 = 0.5;

/// A channel and what is known of it.
pub(super) struct Voice<'a> {
    pub(super) audio: AudioView<'a>,
    pub(super) speech: Vec<SpeechRegion>,
    /// Its turns; speakers are numbered within the channel.
    pub(super) who: Diarization,
    pub(super) what: Transcript,
    pub(super) utterances: Vec<Utterance>,
    /// Whether the diarizer was asked.
    pub(super) diarized: bool,
    name: Option<String>,
}

impl Voice<'_> {
    /// Seconds of speech.
    pub(super) fn seconds(&self) -> f64 {
        self.speech
            .iter()
            .map(|region| region.span.duration())
            .sum()
    }
}

/// Finds the speech of every channel, and the turns in it; channels without speech are left out.
pub(super) fn voices<'a, D: Diarizer>(
    vad: &mut dyn VoiceActivityDetector,
    diarizer: &mut D,
    tracks: &'a [SpeakerTrack],
    options: &Options,
    warnings: &mut Vec<String>,
    ctx: &Context<'_>,
) -> Result<Vec<Voice<'a>>> {
    let mut speech = Vec::with_capacity(tracks.len());
    for (at, track) in tracks.iter().enumerate() {
        let part = ctx.nth(at, tracks.len());
        speech.push(vad.detect(track.audio.view(), &options.vad, &part)?);
    }
    ctx.tick(Stage::Vad, 1.0)?;
    let mut voices = Vec::new();
    for (at, (track, regions)) in tracks.iter().zip(&speech).enumerate() {
        let part = ctx.nth(at, tracks.len());
        let audio = track.audio.view();
        let (leaked, own): (Vec<SpeechRegion>, Vec<SpeechRegion>) = regions
            .iter()
            .partition(|region| has_leaked(at, region.span, tracks));
        let seconds: f64 = leaked.iter().map(|region| region.span.duration()).sum();
        if seconds > 0.0 {
            warnings.push(format!(
                "{}: {seconds:.1} s of speech are left out there, being heard louder on another channel",
                track.label
            ));
        }
        part.tick(Stage::Diarize, 0.0)?;
        if own.is_empty() {
            continue;
        }
        let who = if track.shared {
            diarizer.diarize(audio, &own, &options.diarize, &part)?
        } else {
            let turns = own.iter().map(|region| SpeakerTurn {
                span: region.span,
                speaker: SpeakerId(0),
            });
            // A word at the edge of a region, or a little beyond, is nobody else's.
            let whole = SpeakerTurn {
                span: TimeSpan::new(0.0, audio.duration().max(f64::MIN_POSITIVE)),
                speaker: SpeakerId(0),
            };
            let print = voice_of_channel(options, diarizer, audio, &own, &part)?;
            Diarization::from_turns(turns.collect())
                .with_exclusive(vec![whole])
                .with_voices(print.map(|print| print.voice).into_iter().collect())
        };
        voices.push(Voice {
            audio,
            speech: own,
            who,
            what: Transcript::default(),
            utterances: Vec::new(),
            diarized: track.shared,
            name: track.name.clone(),
        });
    }
    Ok(voices)
}

/// Whether what is heard here has leaked over from another channel: there it is so much louder, and rises and falls alike. A
/// quiet speaker beside a loud one is neither of both.
fn has_leaked(at: usize, span: TimeSpan, tracks: &[SpeakerTrack]) -> bool {
    // With a little around it, so that a beginning or an end is in it.
    let wide = TimeSpan::new((span.start - MARGIN).max(0.0), span.end + MARGIN);
    let Some(own) = tracks.get(at) else {
        return false;
    };
    let (own_power, own_shape) = (power(own, span), levels(own, wide));
    let others = tracks.iter().enumerate().filter(|(other, _)| *other != at);
    others.map(|(_, track)| track).any(|other| {
        own_power < power(other, span) * LEAK && alike(&own_shape, &levels(other, wide))
    })
}

fn power(track: &SpeakerTrack, span: TimeSpan) -> f64 {
    let window = track.audio.view().slice(span);
    let sum: f64 = window.iter().map(|s| f64::from(s * s)).sum();
    sum / window.len().max(1) as f64
}

/// The level of each hundredth of a second, in dB, silence being 100 dB below full scale.
fn levels(track: &SpeakerTrack, span: TimeSpan) -> Vec<f64> {
    let window = track.audio.view().slice(span);
    let blocks = window.chunks(SAMPLE_RATE as usize / 100);
    blocks
        .map(|block| {
            let sum: f64 = block.iter().map(|s| f64::from(s * s)).sum();
            10.0 * (sum / block.len() as f64 + 1e-10).log10()
        })
        .collect()
}

/// Whether the first curve follows the second, at once or as late as an echo in a room.
fn alike(leak: &[f64], source: &[f64]) -> bool {
    let best = (0..=ECHO).filter_map(|lag| correlation(leak.get(lag..)?, source));
    best.fold(0.0, f64::max) >= ALIKE
}

/// Pearson's, over the length of the shorter; none where one of them doesn't move.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let count = a.len().min(b.len());
    let (a, b) = (a.get(..count)?, b.get(..count)?);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count.max(1) as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(x, y)| f(x - mean_a, y - mean_b)).sum()
    };
    let (aa, bb, ab) = (sum(&|x, _| x * x), sum(&|_, y| y * y), sum(&|x, y| x * y));
    (aa > 0.0 && bb > 0.0).then(|| ab / (aa * bb).sqrt())
}

/// Puts the channels on one time line; overlaps stay, and speakers are numbered by who speaks first.
pub(super) fn add_up(voices: Vec<Voice<'_>>) -> Findings {
    let mut found = Findings {
        what: Transcript {
            language: voices.iter().find_map(|voice| voice.what.language),
            ..Transcript::default()
        },
        ..Findings::default()
    };
    // A speaker is a channel and a number within it.
    let mut first: Vec<(f64, usize, SpeakerId)> = Vec::new();
    for (channel, voice) in voices.iter().enumerate() {
        for id in voice.who.speakers() {
            let turns = voice.who.turns.iter().filter(|turn| turn.speaker == id);
            let start = turns.map(|turn| turn.span.start).fold(f64::MAX, f64::min);
            first.push((start, channel, id));
        }
    }
    first.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    let number = |channel: usize, id: SpeakerId| {
        first
            .iter()
            .position(|(_, of, own)| (*of, *own) == (channel, id))
            .and_then(|at| u32::try_from(at).ok())
            .map(SpeakerId)
    };
    // One of no length where a channel gives none.
    let heard: Vec<Embedding> = first
        .iter()
        .map(|(_, channel, id)| {
            let own = voices
                .get(*channel)
                .and_then(|voice| voice.who.voices.get(id.0 as usize));
            own.cloned().unwrap_or_else(|| Embedding(Vec::new()))
        })
        .collect();
    let (mut turns, mut speech, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (channel, voice) in voices.into_iter().enumerate() {
        let alone = voice.who.speakers().len() == 1;
        for id in voice.who.speakers() {
            let Some(id) = number(channel, id) else {
                continue;
            };
            found.names.push(Speaker {
                id,
                name: voice.name.clone().filter(|_| alone),
            });
        }
        let renamed = |turn: SpeakerTurn| {
            number(channel, turn.speaker).map(|speaker| SpeakerTurn { speaker, ..turn })
        };
        turns.extend(voice.who.turns.iter().copied().filter_map(renamed));
        notes.extend(voice.who.notes);
        speech.extend(voice.speech.iter().map(|region| region.span));
        found.what.uncovered.extend(voice.what.uncovered);
        found.what.segments.extend(voice.what.segments);
        found.what.removed.extend(voice.what.removed);
        found.what.corrections.extend(voice.what.corrections);
        for note in voice.what.notes {
            if !found.what.notes.contains(&note) {
                found.what.notes.push(note);
            }
        }
        found
            .utterances
            .extend(voice.utterances.into_iter().map(|mut said| {
                said.speaker = said.speaker.and_then(|id| number(channel, id));
                said
            }));
    }
    found.names.sort_by_key(|speaker| speaker.id);
    found
        .what
        .segments
        .sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
    found.utterances.sort_by(|a, b| {
        let by_start = a.span.start.total_cmp(&b.span.start);
        by_start.then(a.speaker.cmp(&b.speaker))
    });
    for (at, said) in found.utterances.iter_mut().enumerate() {
        said.id = UtteranceId(u32::try_from(at + 1).unwrap_or(u32::MAX));
    }
    found.speech = merge_spans(&speech, 0.0)
        .into_iter()
        .map(|span| SpeechRegion { span })
        .collect();
    found.who = Diarization::from_turns(turns);
    found.who.notes = notes;
    if heard.iter().any(|voice| !voice.0.is_empty()) {
        found.who.voices = heard;
    }
    found
}
