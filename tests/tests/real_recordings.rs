//! Everything at once, with the real models: three meetings and a speech. Each recording is run once for all tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::skip;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use autoproto_benches::{Recording, Score, held_against, recordings};
use autoproto_core::export::{Format, View, render};
use autoproto_core::media::{self, MediaOptions};
use autoproto_core::metrics::{DerOptions, LabelledTurn, der, wer};
use autoproto_core::models::{ModelStore, find};
use autoproto_core::onnx::describe;
use autoproto_core::summarize::ExtractiveSummarizer;
use autoproto_core::{
    AudioView, CancelToken, Context, Language, MeetingReport, Pipeline, Progress, SpeakerId,
    TimeSpan,
};

type Engines = Pipeline<
    Box<dyn autoproto_core::Diarizer>,
    Box<dyn autoproto_core::Transcriber>,
    ExtractiveSummarizer,
>;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Why the real models can't run here.
fn lacking() -> Option<String> {
    let store = ModelStore::standard(Some(&here("../models")));
    for id in [
        "whisper-base-q8_0",
        "silero-vad-6.2",
        "segmentation-powerset",
        "speaker-embedding-ge2e",
    ] {
        if !store.has(&find(id).unwrap()) {
            return Some(format!("the model {id} is missing"));
        }
    }
    describe(&autoproto_tests::library())
        .err()
        .map(|error| error.to_string())
}

/// One set of engines for the whole file, and whoever works holds it: two runs at once would fight for the cores, and
/// whisper.cpp's threads wait for each other by spinning.
static ENGINES: LazyLock<Mutex<Engines>> = LazyLock::new(|| {
    let builder = Pipeline::builder().models(here("../models"));
    Mutex::new(
        builder
            .summarizer(ExtractiveSummarizer::default())
            .build()
            .unwrap(),
    )
});

fn run(path: &Path) -> MeetingReport {
    ENGINES
        .lock()
        .unwrap_or_else(|e| e.into_inner())
        .run(path)
        .unwrap()
}

/// The three meetings, each run once, with how far it is from the truth.
static MEETINGS: LazyLock<Vec<(Recording, MeetingReport, Score)>> = LazyLock::new(|| {
    let all = recordings(&here("../examples/data")).unwrap();
    all.into_iter()
        .map(|recording| {
            let report = run(&recording.path);
            let score = held_against(&recording, &report);
            println!("{}: {score:?}", recording.name);
            (recording, report, score)
        })
        .collect()
});

static SPEECH: LazyLock<MeetingReport> = LazyLock::new(|| run(&here("data/jfk.wav")));

fn can(name: &str) -> bool {
    lacking().is_none_or(|reason| {
        skip(name, &reason);
        false
    })
}

#[test]
fn the_words_of_the_meetings_are_heard() {
    if !can("the_words_of_the_meetings_are_heard") {
        return;
    }
    let most = [
        ("standup-en", 0.04),
        ("planning-ru", 0.13),
        ("rollout-ru", 0.11),
    ];
    assert_eq!(MEETINGS.len(), most.len());
    for (name, most) in most {
        let (_, _, score) = MEETINGS.iter().find(|(r, ..)| r.name == name).unwrap();
        let error = score.wer.unwrap();
        assert!(
            error.rate() <= most,
            "{name}: WER {:.3}, {error:?}",
            error.rate()
        );
        assert!(
            score.uncovered < 2.0,
            "{name}: {} s of speech without words",
            score.uncovered
        );
    }
}

#[test]
fn the_voices_of_the_meetings_are_told_apart() {
    if !can("the_voices_of_the_meetings_are_told_apart") {
        return;
    }
    let pooled: Score = MEETINGS.iter().map(|(.., score)| *score).sum();
    assert!(
        pooled.der.rate() <= 0.22,
        "DER {:.3}, {:?}",
        pooled.der.rate(),
        pooled.der
    );
}

#[test]
fn the_decisions_and_tasks_of_the_meetings_are_found() {
    if !can("the_decisions_and_tasks_of_the_meetings_are_found") {
        return;
    }
    let pooled: Score = MEETINGS.iter().map(|(.., score)| *score).sum();
    let minutes = pooled.minutes.unwrap();
    assert!(minutes.expected >= 15, "{minutes:?}");
    assert!(10 * minutes.found >= 6 * minutes.expected, "{minutes:?}");
    assert!(10 * minutes.found >= 7 * minutes.listed, "{minutes:?}");
}

#[test]
fn the_language_is_told() {
    if !can("the_language_is_told") {
        return;
    }
    for (recording, report, _) in MEETINGS.iter() {
        let language = recording.script.as_ref().unwrap().language;
        assert_eq!(
            report.transcript.language,
            Some(language),
            "{}",
            recording.name
        );
    }
    assert_eq!(SPEECH.transcript.language, Some(Language::ENGLISH));
}

#[test]
fn times_are_ordered_and_inside_the_recording() {
    if !can("times_are_ordered_and_inside_the_recording") {
        return;
    }
    for report in MEETINGS
        .iter()
        .map(|(_, report, _)| report)
        .chain([&*SPEECH])
    {
        let transcript = &report.transcript;
        let inside = |span: TimeSpan| {
            assert!(0.0 <= span.start && span.start < span.end, "{span:?}");
            assert!(
                span.end <= transcript.duration + 1e-6,
                "{span:?} of {} s",
                transcript.duration
            );
        };
        transcript.turns.iter().for_each(|turn| inside(turn.span));
        let known: Vec<SpeakerId> = transcript.speakers.iter().map(|s| s.id).collect();
        for pair in transcript.utterances.windows(2) {
            assert!(pair[0].span.start <= pair[1].span.start && pair[0].id < pair[1].id);
        }
        for utterance in &transcript.utterances {
            inside(utterance.span);
            assert!(
                utterance.speaker.is_none_or(|id| known.contains(&id)),
                "{:?}",
                utterance.speaker
            );
            utterance.words.iter().for_each(|word| inside(word.span));
            for pair in utterance.words.windows(2) {
                assert!(pair[0].span.start <= pair[1].span.start, "{pair:?}");
            }
        }
    }
}

#[test]
fn every_claim_of_the_minutes_quotes_what_was_said() {
    if !can("every_claim_of_the_minutes_quotes_what_was_said") {
        return;
    }
    for (recording, report, _) in MEETINGS.iter() {
        let minutes = &report.minutes;
        let claims = minutes.decisions.iter().map(|d| &d.evidence);
        for evidence in claims.chain(minutes.actions.iter().map(|a| &a.evidence)) {
            assert!(!evidence.is_empty());
            for proof in evidence {
                let said: Vec<&str> = (report.transcript.utterances.iter())
                    .filter(|u| proof.utterances.contains(&u.id))
                    .map(|u| u.text.as_str())
                    .collect();
                assert_eq!(said.len(), proof.utterances.len(), "{}", recording.name);
                assert!(
                    said.join(" ").contains(&proof.quote),
                    "{:?} is not in {said:?}",
                    proof.quote
                );
            }
        }
        assert_eq!(minutes.utterances_read, report.transcript.utterances.len());
    }
}

#[test]
fn a_clear_speech_is_heard_word_for_word() {
    if !can("a_clear_speech_is_heard_word_for_word") {
        return;
    }
    let said = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";
    let heard: Vec<&str> = SPEECH
        .transcript
        .utterances
        .iter()
        .map(|u| u.text.as_str())
        .collect();
    let error = wer(said, &heard.join(" "), Language::ENGLISH);
    assert_eq!(error.edits(), 0, "{heard:?}");
    assert_eq!(SPEECH.transcript.speakers.len(), 1);
}

#[test]
fn the_same_sound_gives_the_same_result() {
    if !can("the_same_sound_gives_the_same_result") {
        return;
    }
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let path = here("../examples/data/standup-en.flac");
    let decoded = media::decode(&path, &MediaOptions::default(), &ctx).unwrap();
    let cut = AudioView::new(decoded.audio.view().slice(TimeSpan::new(36.5, 48.5)));
    let once = || {
        let mut engines = ENGINES.lock().unwrap_or_else(|e| e.into_inner());
        let report = engines.run_audio(cut, &cancel, &sink).unwrap();
        assert!(!report.transcript.is_silent());
        render(View::from(&report), Format::Json).unwrap()
    };
    assert_eq!(once(), once());
}

/// Cuts of real meetings (the AMI corpus), with far microphones, interruptions and laughter; not in the repository.
#[test]
fn voices_of_real_meetings_are_told_apart() {
    let name = "voices_of_real_meetings_are_told_apart";
    if !can(name) {
        return;
    }
    let folder = here("../../shared/audio/ami");
    if !folder.is_dir() {
        return skip(
            name,
            "the cuts of the AMI corpus are not beside the repository",
        );
    }
    let _alone = ENGINES.lock().unwrap_or_else(|e| e.into_inner());
    let mut diarizer = Pipeline::builder()
        .models(here("../models"))
        .build_diarization()
        .unwrap();
    let mut pooled = autoproto_core::metrics::DiarizationErrorRate::default();
    let cuts = recordings(&folder).unwrap();
    assert!(!cuts.is_empty());
    for cut in cuts {
        let found = diarizer
            .run_with(&cut.path, &CancelToken::new(), &|_: Progress| {})
            .unwrap();
        let turns: Vec<LabelledTurn> = found.turns.iter().map(LabelledTurn::from).collect();
        let error = der(&cut.turns, &turns, &DerOptions::default());
        println!("{}: DER {:.3}", cut.name, error.rate());
        pooled += error;
    }
    assert!(
        pooled.rate() <= 0.34,
        "DER {:.3}, {pooled:?}",
        pooled.rate()
    );
}
