//! Every engine keeps its contract, on real models and real speech; and the contracts see a breach.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use autoproto_core::diarize::OnnxDiarizer;
use autoproto_core::models::{DiarizerModels, ModelStore, find};
use autoproto_core::summarize::ExtractiveSummarizer;
use autoproto_core::testing::{
    Behaviour, ScriptedDiarizer, ScriptedSummarizer, ScriptedTranscriber, ScriptedVad, Sound,
    diarizer_contract, summarizer_contract, transcriber_contract, vad_contract, word,
};
use autoproto_core::transcribe::WhisperTranscriber;
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Context, Decision, Diarization, Embedding, Evidence, Minutes, Progress,
    Segment, SpeakerId, SpeakerTurn, SpeechRegion, TimeSpan, Transcript, UtteranceId, VadOptions,
    VoiceActivityDetector, Word,
};
use autoproto_tests::{library, models, sound};

fn silero(store: &ModelStore) -> SileroVad {
    let model = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
    SileroVad::load(&model, &library()).unwrap()
}

fn speech(vad: &mut SileroVad, audio: AudioView<'_>) -> Vec<SpeechRegion> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    vad.detect(audio, &VadOptions::default(), &ctx).unwrap()
}

#[test]
fn silero_keeps_the_contract() {
    let Some(store) = models("silero_keeps_the_contract") else {
        return;
    };
    let samples = sound("examples/data/standup-en.flac", 15.0);
    vad_contract(
        &mut silero(&store),
        Some(Sound::new(AudioView::new(&samples))),
    );
}

#[test]
fn the_onnx_diarizer_keeps_the_contract() {
    let Some(store) = models("the_onnx_diarizer_keeps_the_contract") else {
        return;
    };
    let samples = sound("examples/data/standup-en.flac", 15.0);
    let audio = AudioView::new(&samples);
    let speech = speech(&mut silero(&store), audio);
    let files = DiarizerModels::open("powerset-ge2e", &store).unwrap();
    let mut diarizer = OnnxDiarizer::load(&files, &library(), 2).unwrap();
    diarizer_contract(&mut diarizer, Some(Sound::new(audio).with_speech(&speech)));
}

#[test]
fn whisper_keeps_the_contract() {
    let Some(store) = models("whisper_keeps_the_contract") else {
        return;
    };
    let samples = sound("tests/data/jfk.wav", 11.0);
    let audio = AudioView::new(&samples);
    let speech = speech(&mut silero(&store), audio);
    let model = store.open(&find("whisper-base-q8_0").unwrap()).unwrap();
    let mut whisper = WhisperTranscriber::load(&model, 2).unwrap();
    transcriber_contract(&mut whisper, Some(Sound::new(audio).with_speech(&speech)));
}

#[test]
fn the_extractive_summarizer_keeps_the_contract() {
    summarizer_contract(&mut ExtractiveSummarizer::default());
}

#[test]
fn scripted_engines_with_nothing_to_say_keep_the_contracts() {
    vad_contract(&mut ScriptedVad::new([]), None);
    diarizer_contract(&mut ScriptedDiarizer::new([]), None);
    transcriber_contract(&mut ScriptedTranscriber::new([]), None);
    summarizer_contract(&mut ScriptedSummarizer::new(Minutes::default()));
}

/// The words with which a suite fails.
fn breach(suite: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(suite)).expect_err("the contract saw no breach");
    let words = panic.downcast_ref::<String>().cloned();
    words.unwrap_or_else(|| "a panic without words".into())
}

fn assert_breach(words: &str, suite: impl FnOnce()) {
    let got = breach(suite);
    assert!(
        got.starts_with("scripted: ") && got.contains(words),
        "`{words}` is not in `{got}`"
    );
}

#[test]
fn a_vad_that_breaks_the_contract_is_told_how() {
    let span = TimeSpan::new;
    let cases: [(&[TimeSpan], &str); 7] = [
        (&[span(0.0, 0.5)], "finds speech"),
        (&[span(-0.5, 0.5)], "outside the audio"),
        (&[span(0.0, 90.0)], "outside the audio"),
        (&[span(0.5, 0.5)], "has no length"),
        (&[span(f64::NAN, 0.5)], "not finite"),
        (&[span(0.3, 0.4), span(0.1, 0.2)], "not by start"),
        (&[span(0.1, 0.3), span(0.2, 0.4)], "overlaps"),
    ];
    for (regions, words) in cases {
        // On sound, as an answer in silence is a breach by itself.
        let samples = vec![0.1; 16_000];
        let mut vad = Late(ScriptedVad::new(regions.iter().copied()));
        assert_breach(words, || {
            vad_contract(&mut vad, Some(Sound::new(AudioView::new(&samples))));
        });
    }
    let mut deaf = ScriptedVad::new([]);
    let samples = vec![0.1; 16_000];
    assert_breach("finds none", || {
        vad_contract(&mut deaf, Some(Sound::new(AudioView::new(&samples))));
    });
    let mut failing = ScriptedVad::new([]).next(Behaviour::Fail("no memory".into()));
    assert_breach("must give an answer", || vad_contract(&mut failing, None));
    let mut busy = Busy;
    assert_breach("must give `cancelled`", || vad_contract(&mut busy, None));
}

/// Answers only where there is a sound of a second or more, all of it on one level.
struct Late(ScriptedVad);

impl VoiceActivityDetector for Late {
    fn id(&self) -> &'static str {
        "scripted"
    }

    fn detect(
        &mut self,
        audio: AudioView<'_>,
        options: &VadOptions,
        ctx: &Context<'_>,
    ) -> autoproto_core::Result<Vec<SpeechRegion>> {
        let level = audio.samples().iter().all(|s| *s == 0.1);
        let silent = audio.samples().iter().all(|s| *s == 0.0);
        let regions = self.0.detect(audio, options, ctx)?;
        // The first of the cases is a breach in silence alone.
        let first = regions.len() == 1 && regions[0].span == TimeSpan::new(0.0, 0.5);
        if (level && !silent) || (first && audio.duration() == 1.0) {
            Ok(regions)
        } else {
            Ok(Vec::new())
        }
    }
}

/// Hears nothing, cancellation included.
struct Busy;

impl VoiceActivityDetector for Busy {
    fn id(&self) -> &'static str {
        "scripted"
    }

    fn detect(
        &mut self,
        _: AudioView<'_>,
        _: &VadOptions,
        _: &Context<'_>,
    ) -> autoproto_core::Result<Vec<SpeechRegion>> {
        Ok(Vec::new())
    }
}

fn turn(start: f64, end: f64, id: u32) -> SpeakerTurn {
    SpeakerTurn {
        span: TimeSpan::new(start, end),
        speaker: SpeakerId(id),
    }
}

/// Answers only where the audio is long enough for the script.
struct Long<E>(E, f64);

impl<D: autoproto_core::Diarizer> autoproto_core::Diarizer for Long<D> {
    fn id(&self) -> &'static str {
        self.0.id()
    }

    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &autoproto_core::DiarizeOptions,
        ctx: &Context<'_>,
    ) -> autoproto_core::Result<Diarization> {
        let answer = self.0.diarize(audio, speech, options, ctx)?;
        Ok(if audio.duration() >= self.1 {
            answer
        } else {
            Diarization::default()
        })
    }
}

impl<T: autoproto_core::Transcriber> autoproto_core::Transcriber for Long<T> {
    fn id(&self) -> &'static str {
        self.0.id()
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &autoproto_core::TranscribeOptions,
        ctx: &Context<'_>,
    ) -> autoproto_core::Result<Transcript> {
        let answer = self.0.transcribe(audio, speech, options, ctx)?;
        Ok(if audio.duration() >= self.1 {
            answer
        } else {
            Transcript::default()
        })
    }
}

#[test]
fn a_diarizer_that_breaks_the_contract_is_told_how() {
    let samples = vec![0.1; 160_000];
    let two = vec![turn(0.0, 2.0, 0), turn(3.0, 5.0, 1)];
    let good = Diarization::from_turns(two.clone());
    let cases: Vec<(Diarization, &str)> = vec![
        (
            Diarization::from_turns(vec![turn(9.0, 10.5, 0)]),
            "outside the audio",
        ),
        (
            Diarization::from_turns(vec![turn(0.0, 1.0, 1)]),
            "without gaps",
        ),
        (
            Diarization::from_turns(vec![turn(0.0, 1.0, 1), turn(2.0, 3.0, 0)]),
            "by first speech",
        ),
        (
            good.clone()
                .with_exclusive(vec![turn(0.0, 2.0, 0), turn(1.0, 3.0, 1)]),
            "overlaps",
        ),
        (
            good.clone().with_exclusive(vec![turn(0.0, 2.0, 7)]),
            "has no turn",
        ),
        (
            good.clone().with_voices(vec![Embedding(vec![1.0, 0.0])]),
            "1 voices for 2 speakers",
        ),
        (
            good.clone().with_voices(vec![Embedding(vec![2.0, 0.0]); 2]),
            "of length 2",
        ),
        (good, "told that there are at most 1"),
        (Diarization::default(), "hears nobody"),
        (
            Diarization::from_turns(vec![turn(0.0, 2.0, 0)]),
            "exactly two speakers",
        ),
    ];
    for (answer, words) in cases {
        let mut diarizer = Long(ScriptedDiarizer::answering(answer), 10.0);
        assert_breach(words, || {
            diarizer_contract(&mut diarizer, Some(Sound::new(AudioView::new(&samples))));
        });
    }
}

#[test]
fn a_transcriber_that_breaks_the_contract_is_told_how() {
    let samples = vec![0.1; 160_000];
    let speech = [SpeechRegion {
        span: TimeSpan::new(0.0, 6.0),
    }];
    let heard = |words: Vec<Word>| {
        let segments = Segment::from_words(words).into_iter().collect();
        Transcript::new(None, segments, Vec::new())
    };
    let unsure = Word {
        confidence: 1.5,
        ..word(1.0, "Well")
    };
    let mut empty = Transcript::new(None, Vec::new(), Vec::new());
    empty
        .segments
        .extend(Segment::from_words(vec![word(1.0, "x")]));
    empty.segments[0].words.clear();
    let mut narrow = heard(vec![word(1.0, "Well")]);
    narrow.segments[0].span = TimeSpan::new(1.2, 1.3);
    let mut uncovered = heard(vec![word(1.0, "Well")]);
    uncovered.uncovered = vec![TimeSpan::new(5.0, 50.0)];
    let cases: Vec<(Transcript, &str)> = vec![
        (heard(vec![word(9.9, "late")]), "outside the audio"),
        (
            heard(vec![word(2.0, "b"), word(1.0, "a"), word(3.0, "c")]),
            "not by start",
        ),
        (heard(vec![word(1.0, " a")]), "spaces around it"),
        (heard(vec![word(1.0, "")]), "empty"),
        (heard(vec![unsure]), "confidence of 1.5"),
        (heard(vec![word(8.0, "far")]), "nowhere near speech"),
        (empty, "has no words"),
        (narrow, "outside its segment"),
        (uncovered, "outside the audio"),
        (Transcript::default(), "nothing said of it"),
    ];
    for (answer, words) in cases {
        let mut transcriber = Long(ScriptedTranscriber::answering(answer), 10.0);
        assert_breach(words, || {
            let sound = Sound::new(AudioView::new(&samples)).with_speech(&speech);
            transcriber_contract(&mut transcriber, Some(sound));
        });
    }
    // Words in silence without a region.
    let mut inventive = Long(ScriptedTranscriber::new([word(0.1, "Thanks.")]), 1.0);
    assert_breach("nowhere near speech", || {
        transcriber_contract(&mut inventive, None);
    });
}

/// Answers only where something was said.
struct Attentive(ScriptedSummarizer);

impl autoproto_core::Summarizer for Attentive {
    fn id(&self) -> &'static str {
        self.0.id()
    }

    fn summarize(
        &mut self,
        utterances: &[autoproto_core::Utterance],
        options: &autoproto_core::MinutesOptions,
        ctx: &Context<'_>,
    ) -> autoproto_core::Result<Minutes> {
        if utterances.is_empty() {
            return Ok(Minutes::default());
        }
        self.0.summarize(utterances, options, ctx)
    }
}

#[test]
fn a_summarizer_that_breaks_the_contract_is_told_how() {
    let evidence = |id, start: f64, quote: &str| Evidence {
        utterances: vec![UtteranceId(id)],
        span: TimeSpan::new(start, start + 1.0),
        quote: quote.into(),
    };
    let decided = |text: &str, evidence: Vec<Evidence>| {
        let mut minutes = Minutes::default();
        minutes.decisions.push(Decision {
            text: text.into(),
            evidence,
        });
        minutes
    };
    let cases: Vec<(Minutes, &str)> = vec![
        (decided("ship it", vec![]), "has no evidence"),
        (
            decided(" ", vec![evidence(1, 5.0, "The first item")]),
            "has no words",
        ),
        (
            decided("ship it", vec![evidence(99, 5.0, "The first item")]),
            "99, which was not given",
        ),
        (
            decided("ship it", vec![evidence(1, 500.0, "The first item")]),
            "outside its utterances",
        ),
        (
            decided("ship it", vec![evidence(1, 5.0, "buy a yacht")]),
            "`buy a yacht` is not in",
        ),
        (decided("ship it", vec![evidence(1, 5.0, "")]), "is not in"),
    ];
    for (minutes, words) in cases {
        let mut summarizer = Attentive(ScriptedSummarizer::new(minutes));
        assert_breach(words, || summarizer_contract(&mut summarizer));
    }
    // Evidence for what was never said, then a count of what was never there.
    let minutes = decided("ship it", vec![evidence(1, 5.0, "The first item")]);
    assert_breach("nothing said", || {
        summarizer_contract(&mut ScriptedSummarizer::new(minutes));
    });
}
