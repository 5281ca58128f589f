//! The contract of diarizers.

use super::voices::voices_hold;
use super::{Sound, run, second, spans_hold, spans_lie_apart, stops, whole, wordless};
use crate::audio::AudioView;
use crate::diarize::{DiarizeOptions, Diarizer, SpeakerCount};
use crate::error::{Result, Stage};
use crate::types::{Diarization, SpeakerId, SpeechRegion, TimeSpan};

/// Speech for each speaker asked for, in seconds, above which a diarizer must tell that many.
const ENOUGH: f64 = 4.0;

/// What every [`Diarizer`] keeps to; `sound` is a recording in which someone speaks.
///
/// - It answers for audio of any length, none included, with speech in it or not.
/// - Turns lie inside the audio, by start, each with a length; the exclusive timeline has no overlap and no other
///   speakers; speakers are numbered from 0 by first speech; voices are as many as speakers, each of unit length.
/// - It finds at most as many speakers as it is told, and where there are four seconds of speech for each one asked for,
///   at least as many.
/// - It finds someone in `sound`, and the same the second time.
/// - Its [`voice_encoder`](Diarizer::voice_encoder), if it has one, makes voices of the length that its model says, of unit
///   length, the same for the same spans, and none of more seconds than there are.
/// - Its progress is that of [`Stage::Diarize`] and never goes back; a fired token stops it.
///
/// # Panics
/// At the first breach, naming the engine and what it broke.
pub fn diarizer_contract(diarizer: &mut dyn Diarizer, sound: Option<Sound<'_>>) {
    let engine = diarizer.id();
    let mut diarize =
        |what: &str, audio: AudioView<'_>, speech: &[SpeechRegion], count: SpeakerCount| {
            let options = DiarizeOptions::default().with_speakers(count);
            let found = run(engine, what, Stage::Diarize, |ctx| {
                diarizer.diarize(audio, speech, &options, ctx)
            });
            holds(engine, what, audio.duration(), &found);
            let speakers = found.speakers().len();
            assert!(
                speakers <= count.max(),
                "{engine}: {what}: finds {speakers} speakers, told that there are at most {}",
                count.max()
            );
            found
        };
    let any = SpeakerCount::default();
    for (what, samples) in &wordless() {
        let audio = AudioView::new(samples);
        diarize(what, audio, &whole(audio), any);
        diarize(what, audio, &[], any);
    }
    if let Some(Sound { audio, speech }) = &sound {
        let what = "speech";
        let first = diarize(what, *audio, speech, any);
        assert!(!first.turns.is_empty(), "{engine}: {what}: hears nobody");
        let silence = second();
        let silence = AudioView::new(&silence);
        diarize(
            "a second of silence in between",
            silence,
            &whole(silence),
            any,
        );
        assert!(
            diarize(what, *audio, speech, any) == first,
            "{engine}: {what}: finds something else the second time"
        );
        let seconds: f64 = speech.iter().map(|r| r.span.duration()).sum();
        for (what, count) in bounds() {
            let Ok(count) = count else { continue };
            let speakers = diarize(what, *audio, speech, count).speakers().len();
            assert!(
                speakers >= count.min() || seconds < ENOUGH * count.min() as f64,
                "{engine}: {what}: finds {speakers} in {seconds:.1} s of speech"
            );
        }
    }
    let silence = second();
    let sound = sound.unwrap_or_else(|| Sound::new(AudioView::new(&silence)));
    stops(engine, "cancellation", Stage::Diarize, |ctx| {
        diarizer.diarize(sound.audio, &sound.speech, &DiarizeOptions::default(), ctx)
    });
    voices_hold(engine, diarizer, &sound);
}

fn bounds() -> [(&'static str, Result<SpeakerCount>); 3] {
    [
        ("exactly one speaker", SpeakerCount::exactly(1)),
        ("exactly two speakers", SpeakerCount::exactly(2)),
        ("two or three speakers", SpeakerCount::between(2, 3)),
    ]
}

fn holds(engine: &str, what: &str, duration: f64, found: &Diarization) {
    spans_hold(engine, what, duration, found.turns.iter().map(|t| &t.span));
    let exclusive: Vec<TimeSpan> = found.exclusive.iter().map(|t| t.span).collect();
    spans_lie_apart(
        engine,
        &format!("{what}, the exclusive timeline"),
        duration,
        &exclusive,
    );
    let speakers = found.speakers();
    for turn in &found.exclusive {
        assert!(
            speakers.contains(&turn.speaker),
            "{engine}: {what}: {} is in the exclusive timeline and has no turn",
            turn.speaker
        );
    }
    let mut last = f64::NEG_INFINITY;
    for (number, id) in (0..).zip(&speakers) {
        assert!(
            *id == SpeakerId(number),
            "{engine}: {what}: speakers are numbered from 0 without gaps, and {id} is number {number}"
        );
        let first = found
            .turns
            .iter()
            .filter(|t| t.speaker == *id)
            .map(|t| t.span.start)
            .fold(f64::INFINITY, f64::min);
        assert!(
            first >= last,
            "{engine}: {what}: speakers are numbered by first speech, and {id} speaks at {first}, before the one before"
        );
        last = first;
    }
    assert!(
        found.voices.is_empty() || found.voices.len() == speakers.len(),
        "{engine}: {what}: {} voices for {} speakers",
        found.voices.len(),
        speakers.len()
    );
    for voice in &found.voices {
        let norm = voice.similarity(voice).sqrt();
        assert!(
            voice.0.is_empty() || (norm - 1.0).abs() < 1e-3,
            "{engine}: {what}: a voice is of length {norm}, not 1"
        );
    }
}
