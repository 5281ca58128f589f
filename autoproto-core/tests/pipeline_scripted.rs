//! The pipeline with engines that answer what they were told.

#![cfg(feature = "testing")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "decode")]
#[path = "pipeline_scripted/channels.rs"]
mod channels;
#[path = "pipeline_scripted/progress.rs"]
mod progress;
#[path = "pipeline_scripted/voice_book.rs"]
mod voice_book;

use autoproto_core::testing::{
    Behaviour, Call, Journal, ScriptedDiarizer, ScriptedSummarizer, ScriptedTranscriber,
    ScriptedVad, word,
};
use autoproto_core::{
    AudioView, CancelToken, Decision, Diarizer, Error, Evidence, Language, MeetingReport,
    MeetingTranscript, Minutes, Pipeline, Progress, SpeakerCount, SpeakerId, SpeakerTurn, Stage,
    Summarizer, TimeSpan, Transcriber, Transcript, UtteranceId,
};

/// Ten seconds in which two people speak, from 1 to 3 s and from 5 to 8 s.
const SECONDS: usize = 10;

/// The four engines, before anything is asked of them.
struct Cast {
    journal: Journal,
    vad: ScriptedVad,
    diarizer: ScriptedDiarizer,
    transcriber: ScriptedTranscriber,
    summarizer: ScriptedSummarizer,
}

fn turn(start: f64, end: f64, id: u32) -> SpeakerTurn {
    SpeakerTurn {
        span: TimeSpan::new(start, end),
        speaker: SpeakerId(id),
    }
}

fn cast() -> Cast {
    let mut minutes = Minutes::default();
    minutes.decisions.push(Decision {
        text: "ship it".into(),
        evidence: vec![Evidence {
            utterances: vec![UtteranceId(2)],
            span: TimeSpan::new(5.2, 7.3),
            quote: "Ship it.".into(),
        }],
    });
    let words = [
        word(1.1, "Shall"),
        word(1.6, "we?"),
        word(5.2, "Ship"),
        word(7.0, "it."),
    ];
    let journal = Journal::default();
    Cast {
        vad: ScriptedVad::new([TimeSpan::new(1.0, 3.0), TimeSpan::new(5.0, 8.0)]).noting(&journal),
        diarizer: ScriptedDiarizer::new([turn(1.0, 3.0, 0), turn(5.0, 8.0, 1)]).noting(&journal),
        transcriber: ScriptedTranscriber::new(words).noting(&journal),
        summarizer: ScriptedSummarizer::new(minutes).noting(&journal),
        journal,
    }
}

type Scripted = Pipeline<ScriptedDiarizer, ScriptedTranscriber, ScriptedSummarizer>;

impl Cast {
    fn pipeline(self) -> Scripted {
        Pipeline::builder()
            .vad(self.vad)
            .diarizer(self.diarizer)
            .transcriber(self.transcriber)
            .summarizer(self.summarizer)
            .build()
            .unwrap()
    }

    /// With this behaviour of one stage at its first call.
    fn with(mut self, stage: Stage, behaviour: Behaviour) -> Self {
        match stage {
            Stage::Vad => self.vad = self.vad.next(behaviour),
            Stage::Diarize => self.diarizer = self.diarizer.next(behaviour),
            Stage::Transcribe => self.transcriber = self.transcriber.next(behaviour),
            Stage::Summarize => self.summarizer = self.summarizer.next(behaviour),
            _ => panic!("{stage} has no engine"),
        }
        self
    }
}

const ENGINES: [Stage; 4] = [
    Stage::Vad,
    Stage::Diarize,
    Stage::Transcribe,
    Stage::Summarize,
];

fn sound() -> Vec<f32> {
    vec![0.1; SECONDS * 16_000]
}

fn run(pipeline: &mut Scripted) -> Result<MeetingReport, Error> {
    pipeline.run_audio(
        AudioView::new(&sound()),
        &CancelToken::new(),
        &|_: Progress| {},
    )
}

#[test]
fn every_stage_is_asked_once_in_order_and_the_parts_meet() {
    let cast = cast();
    let journal = cast.journal.clone();
    let report = run(&mut cast.pipeline()).unwrap();
    assert_eq!(journal.stages(), ENGINES);
    let said: Vec<(u32, Option<SpeakerId>, &str)> = report
        .transcript
        .utterances
        .iter()
        .map(|u| (u.id.0, u.speaker, u.text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (1, Some(SpeakerId(0)), "Shall we?"),
            (2, Some(SpeakerId(1)), "Ship"),
            (3, Some(SpeakerId(1)), "it."),
        ],
        "a pause of more than 1.2 s ends an utterance"
    );
    assert_eq!(report.minutes.decisions[0].text, "ship it");
    assert_eq!(report.transcript.language, Some(Language::ENGLISH));
    let ids: Vec<SpeakerId> = report.transcript.speakers.iter().map(|s| s.id).collect();
    assert_eq!(ids, [SpeakerId(0), SpeakerId(1)]);
    assert_eq!(
        report.transcript.turns,
        [turn(1.0, 3.0, 0), turn(5.0, 8.0, 1)]
    );
}

#[test]
fn what_the_host_knows_reaches_the_engines() {
    let cast = cast();
    let journal = cast.journal.clone();
    let count = SpeakerCount::between(2, 4).unwrap();
    let mut pipeline = Pipeline::builder()
        .vad(cast.vad)
        .diarizer(cast.diarizer)
        .transcriber(cast.transcriber)
        .summarizer(cast.summarizer)
        .speakers(count)
        .language(Language::RUSSIAN)
        .build()
        .unwrap();
    run(&mut pipeline).unwrap();
    let calls = journal.calls();
    let regions = [(1.0, 3.0), (5.0, 8.0)];
    match &calls[1] {
        Call::Diarize(speech, options) => {
            assert_eq!(options.speakers, count);
            assert!(
                speech
                    .iter()
                    .map(|r| (r.span.start, r.span.end))
                    .eq(regions)
            );
        }
        other => panic!("{other:?}"),
    }
    match &calls[2] {
        Call::Transcribe(speech, options) => {
            assert_eq!(options.language(), Some(Language::RUSSIAN));
            assert!(
                speech
                    .iter()
                    .map(|r| (r.span.start, r.span.end))
                    .eq(regions)
            );
        }
        other => panic!("{other:?}"),
    }
    match &calls[3] {
        Call::Summarize(3, options) => assert_eq!(options.language, Some(Language::RUSSIAN)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_failing_engine_is_an_error_with_its_words_and_the_pipeline_stays_usable() {
    for stage in ENGINES {
        let mut pipeline = cast()
            .with(stage, Behaviour::Fail("no memory".into()))
            .pipeline();
        match run(&mut pipeline) {
            Err(
                ref error @ Error::Backend {
                    stage: at,
                    backend: "scripted",
                    ref source,
                },
            ) => {
                assert_eq!(at, stage);
                assert_eq!(source.to_string(), "no memory");
                assert!(error.to_string().contains(stage.name()), "{error}");
            }
            other => panic!("{stage}: {other:?}"),
        }
        assert!(run(&mut pipeline).is_ok(), "usable after {stage}");
    }
}

#[test]
fn a_panicking_engine_is_an_error_with_its_words_and_the_pipeline_stays_usable() {
    for stage in ENGINES {
        let mut pipeline = cast()
            .with(stage, Behaviour::Panic("index out of bounds".into()))
            .pipeline();
        match run(&mut pipeline) {
            Err(Error::Internal { reason }) => assert_eq!(reason, "index out of bounds"),
            other => panic!("{stage}: {other:?}"),
        }
        assert!(run(&mut pipeline).is_ok(), "usable after {stage}");
    }
}

#[test]
fn a_panicking_progress_sink_is_an_error_too() {
    let sound = sound();
    let outcome = cast().pipeline().run_audio(
        AudioView::new(&sound),
        &CancelToken::new(),
        &|_: Progress| panic!("closed window"),
    );
    assert!(matches!(outcome, Err(Error::Internal { reason }) if reason == "closed window"));
}

#[test]
fn in_silence_only_the_voice_activity_detector_is_asked() {
    let mut silent = cast();
    silent.vad = ScriptedVad::new([]).noting(&silent.journal);
    let journal = silent.journal.clone();
    let report = run(&mut silent.pipeline()).unwrap();
    assert_eq!(journal.stages(), [Stage::Vad]);
    assert!(report.transcript.is_silent() && report.transcript.turns.is_empty());
    assert_eq!(report.minutes, Minutes::default());
    let coverage = &report.transcript.coverage;
    assert_eq!((coverage.decoded, coverage.speech), (10.0, 0.0));
    assert_eq!(coverage.utterances_read, Some(0));
}

#[test]
fn no_audio_at_all_is_silence() {
    let mut silent = cast();
    silent.vad = ScriptedVad::new([]);
    let report = silent
        .pipeline()
        .run_audio(AudioView::new(&[]), &CancelToken::new(), &|_: Progress| {})
        .unwrap();
    let mut silence = MeetingTranscript::silent(0.0);
    silence.coverage.utterances_read = Some(0);
    // Somebody listened for speech; nobody else was asked.
    let stages: Vec<Stage> = report.transcript.engines.iter().map(|e| e.stage).collect();
    assert_eq!(stages, [Stage::Vad]);
    silence.engines.clone_from(&report.transcript.engines);
    assert_eq!(report.transcript, silence);
}

#[test]
fn coverage_counts_what_each_stage_left_out() {
    let mut parts = cast();
    // Of 5 s of speech: 1.5 s are nobody's, 2 s are without words.
    parts.diarizer =
        ScriptedDiarizer::new([turn(1.0, 2.5, 0), turn(5.0, 7.0, 1), turn(6.5, 7.0, 0)]);
    let heard = Transcript::new(
        None,
        autoproto_core::Segment::from_words(vec![word(1.1, "Well.")])
            .into_iter()
            .collect(),
        vec![TimeSpan::new(5.5, 7.0), TimeSpan::new(6.0, 7.5)],
    );
    parts.transcriber = ScriptedTranscriber::answering(heard);
    let coverage = run(&mut parts.pipeline()).unwrap().transcript.coverage;
    assert_eq!(coverage.decoded, 10.0);
    assert_eq!(coverage.promised, None);
    assert_eq!(coverage.speech, 5.0);
    assert_eq!(coverage.diarized, 3.5);
    assert_eq!(coverage.transcribed, 3.0);
    assert_eq!(coverage.uncovered, [TimeSpan::new(5.5, 7.5)]);
    assert_eq!(coverage.utterances, 1);
    assert_eq!(coverage.utterances_read, Some(1));
}

#[test]
fn a_report_comes_back_from_json_as_it_went() {
    let report = run(&mut cast().pipeline()).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::from_str::<MeetingReport>(&json).unwrap(),
        report
    );
    let json = serde_json::to_string(&report.transcript).unwrap();
    assert_eq!(
        serde_json::from_str::<MeetingTranscript>(&json).unwrap(),
        report.transcript
    );
}

/// Without a summarizer the result is a transcript, and boxed engines fit where named ones do: both by type.
#[test]
fn without_a_summarizer_the_result_is_a_transcript() {
    let cast = cast();
    let journal = cast.journal.clone();
    let diarizer: Box<dyn Diarizer> = Box::new(cast.diarizer);
    let transcriber: Box<dyn Transcriber> = Box::new(cast.transcriber);
    let mut pipeline = Pipeline::builder()
        .vad(cast.vad)
        .diarizer(diarizer)
        .transcriber(transcriber)
        .build()
        .unwrap();
    let sound = sound();
    let transcript: MeetingTranscript = pipeline
        .run_audio(
            AudioView::new(&sound),
            &CancelToken::new(),
            &|_: Progress| {},
        )
        .unwrap();
    assert_eq!(transcript.utterances.len(), 3);
    assert_eq!(transcript.coverage.utterances_read, None);
    assert_eq!(
        journal.stages(),
        [Stage::Vad, Stage::Diarize, Stage::Transcribe]
    );
}

#[test]
fn options_out_of_range_are_refused_before_any_engine_is_loaded() {
    for threads in [0, 257, usize::MAX] {
        let cast = cast();
        let outcome = Pipeline::builder()
            .vad(cast.vad)
            .diarizer(cast.diarizer)
            .transcriber(cast.transcriber)
            .threads(threads)
            .build();
        match outcome {
            Err(Error::InvalidOption { option, .. }) => assert_eq!(option, "threads"),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("{threads} threads were taken"),
        }
    }
}

#[cfg(feature = "decode")]
#[test]
fn a_file_goes_the_same_way_as_its_samples() {
    use autoproto_core::media::{WavFormat, write_wav};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meeting.wav");
    let mut file = std::fs::File::create(&path).unwrap();
    write_wav(AudioView::new(&sound()), WavFormat::Float32, &mut file).unwrap();
    let mut pipeline = cast().pipeline();
    let from_file = pipeline.run(&path).unwrap();
    let mut from_samples = run(&mut pipeline).unwrap();
    from_samples.transcript.coverage.promised = from_file.transcript.coverage.promised;
    assert_eq!(from_file, from_samples);
    assert_eq!(from_file.transcript.coverage.promised, Some(10.0));
    let missing = pipeline.run(folder.path().join("none.wav")).unwrap_err();
    assert_eq!(missing.code(), "io");
}

#[cfg(feature = "decode")]
#[test]
fn what_the_recording_lacks_is_told_in_the_result() {
    use autoproto_core::media::{WavFormat, write_wav};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.wav");
    let mut wav = Vec::new();
    write_wav(AudioView::new(&sound()), WavFormat::Pcm16, &mut wav).unwrap();
    wav.truncate(wav.len() - 3 * 32_000); // the header still claims ten seconds
    std::fs::write(&path, wav).unwrap();
    let coverage = cast().pipeline().run(&path).unwrap().transcript.coverage;
    assert!((coverage.decoded - 7.0).abs() < 0.01, "{coverage:?}");
    assert_eq!(coverage.promised, Some(10.0));
    assert!(coverage.warnings[0].contains("only 7.0 s"), "{coverage:?}");
}

#[test]
fn a_claim_without_a_proof_is_an_error_of_its_engine() {
    let mut minutes = Minutes::default();
    minutes.decisions.push(Decision {
        text: "move the release".into(),
        evidence: Vec::new(),
    });
    let mut cast = cast();
    cast.summarizer = ScriptedSummarizer::new(minutes);
    let error = run(&mut cast.pipeline()).unwrap_err();
    assert_eq!(error.code(), "backend");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("move the release"), "{cause}");
}
