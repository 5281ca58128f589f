//! The contract of transcribers.

use super::{Sound, run, second, spans_hold, stops, whole, wordless};
use crate::audio::AudioView;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Stage};
use crate::progress::Progress;
use crate::transcribe::{TranscribeOptions, Transcriber};
use crate::types::{Language, SpeechRegion, TimeSpan, Transcript};

/// A word may lie this far from the speech it belongs to, in seconds: engines tell times no better.
const REACH: f64 = 1.0;
/// Speech this long has words in it, or is named as uncovered, in seconds.
const LONG: f64 = 4.0;

/// What every [`Transcriber`] keeps to; `sound` is a recording in which someone speaks.
///
/// - It answers for audio of any length, none included, and hears no word where it is told of no speech.
/// - Segments and their words lie inside the audio, by start, each with a length; a segment has words and spans them;
///   a word has letters without spaces around them and a confidence of 0 to 1, and lies within a second of speech.
/// - Speech of more than four seconds has words in it or is named in [`Transcript::uncovered`].
/// - Where it hears words, it says in which language; in the one it was told, if it was. One that it does not understand it
///   may refuse by [`Error::InvalidOption`].
/// - It hears words in `sound`, and the same the second time.
/// - Its progress is that of [`Stage::Transcribe`] and never goes back; a fired token stops it.
///
/// # Panics
/// At the first breach, naming the engine and what it broke.
pub fn transcriber_contract(transcriber: &mut dyn Transcriber, sound: Option<Sound<'_>>) {
    let engine = transcriber.id();
    let english = understood(transcriber, Language::ENGLISH);
    let mut transcribe =
        |what: &str, audio: AudioView<'_>, speech: &[SpeechRegion], language: Option<Language>| {
            let options = TranscribeOptions::default().with_language(language);
            let heard = run(engine, what, Stage::Transcribe, |ctx| {
                transcriber.transcribe(audio, speech, &options, ctx)
            });
            holds(engine, what, audio.duration(), speech, &heard);
            assert!(
                heard.words().next().is_none() || heard.language.is_some(),
                "{engine}: {what}: hears words and names no language"
            );
            assert!(
                language.is_none() || heard.language.is_none() || heard.language == language,
                "{engine}: {what}: told {language:?}, says {:?}",
                heard.language
            );
            heard
        };
    for (what, samples) in &wordless() {
        let audio = AudioView::new(samples);
        transcribe(what, audio, &whole(audio), english);
        let heard = transcribe(what, audio, &[], english);
        assert!(
            heard.segments.is_empty(),
            "{engine}: {what}: hears `{}` where there is no speech",
            words(&heard)
        );
    }
    if let Some(Sound { audio, speech }) = &sound {
        let what = "speech";
        let first = transcribe(what, *audio, speech, None);
        assert!(
            !first.segments.is_empty(),
            "{engine}: {what}: hears no word"
        );
        let silence = second();
        transcribe(
            "a second of silence in between",
            AudioView::new(&silence),
            &[],
            None,
        );
        let again = transcribe(what, *audio, speech, None);
        assert!(
            again == first,
            "{engine}: {what}: hears something else the second time: `{}`, then `{}`",
            words(&first),
            words(&again)
        );
    }
    let silence = second();
    let sound = sound.unwrap_or_else(|| Sound::new(AudioView::new(&silence)));
    stops(engine, "cancellation", Stage::Transcribe, |ctx| {
        transcriber.transcribe(
            sound.audio,
            &sound.speech,
            &TranscribeOptions::default(),
            ctx,
        )
    });
}

/// The language, unless it is refused as one that the engine does not understand.
fn understood(transcriber: &mut dyn Transcriber, language: Language) -> Option<Language> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::for_stages(&cancel, &sink, &[Stage::Transcribe]);
    let options = TranscribeOptions::default().with_language(Some(language));
    let refused = matches!(
        transcriber.transcribe(AudioView::new(&[]), &[], &options, &ctx),
        Err(Error::InvalidOption {
            option: "language",
            ..
        })
    );
    (!refused).then_some(language)
}

fn words(heard: &Transcript) -> String {
    heard
        .words()
        .map(|w| w.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn holds(engine: &str, what: &str, duration: f64, speech: &[SpeechRegion], heard: &Transcript) {
    let segments = heard.segments.iter().map(|s| &s.span);
    spans_hold(engine, &format!("{what}, segments"), duration, segments);
    let uncovered = heard.uncovered.iter();
    spans_hold(
        engine,
        &format!("{what}, uncovered speech"),
        duration,
        uncovered,
    );
    for segment in &heard.segments {
        let within = segment.words.iter().map(|w| &w.span);
        spans_hold(engine, &format!("{what}, words"), duration, within);
        assert!(
            !segment.words.is_empty(),
            "{engine}: {what}: the segment at {} has no words",
            segment.span.start
        );
        for word in &segment.words {
            assert!(
                word.span.start >= segment.span.start && word.span.end <= segment.span.end,
                "{engine}: {what}: `{}` lies outside its segment",
                word.text
            );
            assert!(
                !word.text.is_empty() && word.text.trim() == word.text,
                "{engine}: {what}: the word `{}` is empty or has spaces around it",
                word.text
            );
            assert!(
                (0.0..=1.0).contains(&word.confidence),
                "{engine}: {what}: `{}` has a confidence of {}, outside 0 to 1",
                word.text,
                word.confidence
            );
            assert!(
                speech.iter().any(|r| r.span.gap(&word.span) <= REACH),
                "{engine}: {what}: `{}` at {} is nowhere near speech",
                word.text,
                word.span.start
            );
        }
    }
    for region in speech.iter().filter(|r| r.span.duration() > LONG) {
        let touches = |span: &TimeSpan| span.overlap(&region.span) > 0.0;
        assert!(
            heard.words().any(|w| touches(&w.span)) || heard.uncovered.iter().any(touches),
            "{engine}: {what}: no word in the speech from {} to {}, and nothing said of it",
            region.span.start,
            region.span.end
        );
    }
}
