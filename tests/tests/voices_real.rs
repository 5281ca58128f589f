//! People known by their voices, with the real models: enrolled from labelled spans of the first half of a meeting, they
//! are recognised in the second one, and strangers are nobody.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use std::collections::BTreeMap;

use autoproto_core::export::rttm;
use autoproto_core::media::{Recording, Source};
use autoproto_core::pipeline::DiarizationPipeline;
use autoproto_core::voicebook::{PersonId, Unknown, VoiceBook, VoiceModel};
use autoproto_core::{
    AudioView, CancelToken, MeetingTranscript, Pipeline, PipelineBuilder, Progress, SAMPLE_RATE,
    SpeakerSuggestion, TimeSpan,
};
use autoproto_tests::{checkout, models, sound};

/// A recording of `examples/data`: the sound, and when each person speaks, overlaps left out.
struct Meeting {
    samples: Vec<f32>,
    people: BTreeMap<String, Vec<TimeSpan>>,
}

impl Meeting {
    fn of(name: &str) -> Self {
        let samples = sound(&format!("examples/data/{name}.flac"), 1e6);
        let path = checkout().join(format!("examples/data/{name}.rttm"));
        let turns = rttm::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let mut people: BTreeMap<String, Vec<TimeSpan>> = BTreeMap::new();
        for (_, turn) in &turns {
            let others = turns.iter().filter(|(_, other)| other.label != turn.label);
            let mut span = turn.span;
            // The recordings overlap at the edges of turns alone.
            for (_, other) in others {
                if other.span.overlap(&span) == 0.0 {
                    continue;
                }
                if other.span.start > span.start {
                    span.end = span.end.min(other.span.start);
                } else {
                    span.start = span.start.max(other.span.end);
                }
            }
            if span.duration() > 0.0 {
                people.entry(turn.label.clone()).or_default().push(span);
            }
        }
        Self { samples, people }
    }

    fn middle(&self) -> f64 {
        0.5 * AudioView::new(&self.samples).duration()
    }

    fn recording(&self) -> Recording {
        Recording::of(Source::samples(&self.samples, SAMPLE_RATE, 1))
    }

    /// The turns of everyone from `from` to `to`.
    fn spans(&self, from: f64, to: f64) -> impl Iterator<Item = (&str, Vec<TimeSpan>)> {
        self.people.iter().map(move |(name, spans)| {
            let cut = spans
                .iter()
                .map(|s| TimeSpan::new(s.start.max(from), s.end.min(to)));
            (name.as_str(), cut.filter(|s| s.duration() > 0.0).collect())
        })
    }

    /// Who speaks in a span of the second half.
    fn speaker_of(&self, turns: &[TimeSpan]) -> &str {
        let shared = |spans: &[TimeSpan]| -> f64 {
            let pairs = spans
                .iter()
                .flat_map(|s| turns.iter().map(|t| s.overlap(t)));
            pairs.sum()
        };
        let people = self.people.iter();
        people
            .max_by(|a, b| shared(a.1).total_cmp(&shared(b.1)))
            .unwrap()
            .0
    }
}

fn builder() -> PipelineBuilder {
    Pipeline::builder().models(checkout().join("models"))
}

fn pipeline() -> DiarizationPipeline {
    builder().build_diarization().unwrap()
}

/// A book of those who speak in the first half of a meeting.
fn book_of(meeting: &Meeting) -> VoiceBook {
    let mut pipeline = pipeline();
    let mut book = VoiceBook::new(pipeline.voice_model().unwrap());
    for (name, spans) in meeting.spans(0.0, meeting.middle()) {
        let print = pipeline.voiceprint(
            meeting.recording(),
            &spans,
            &CancelToken::new(),
            &|_: Progress| {},
        );
        let Some(print) = print.unwrap() else {
            panic!("{name} speaks too little in the first half");
        };
        println!("{name}: {:.1} s", print.seconds);
        let id = book.add(name).unwrap();
        book.enrol(id, &print.voice, print.seconds).unwrap();
    }
    book
}

/// The second half of a meeting, with what the book suggests.
fn second_half(meeting: &Meeting, book: &VoiceBook) -> MeetingTranscript {
    let from = (meeting.middle() * f64::from(SAMPLE_RATE)) as usize;
    let mut pipeline = builder()
        .voice_book(book.clone())
        .build_diarization()
        .unwrap();
    let audio = AudioView::new(&meeting.samples[from..]);
    pipeline
        .run_audio(audio, &CancelToken::new(), &|_: Progress| {})
        .unwrap()
}

/// Who really is each speaker of a second half, how long, and what was suggested.
fn truth<'a>(
    meeting: &'a Meeting,
    found: &'a MeetingTranscript,
) -> Vec<(&'a str, f64, &'a SpeakerSuggestion)> {
    let each = found.suggestions.iter().map(|suggestion| {
        let turns: Vec<TimeSpan> = found
            .turns
            .iter()
            .filter(|turn| turn.speaker == suggestion.speaker)
            .map(|turn| {
                let middle = meeting.middle();
                TimeSpan::new(turn.span.start + middle, turn.span.end + middle)
            })
            .collect();
        let seconds = turns.iter().map(TimeSpan::duration).sum();
        (meeting.speaker_of(&turns), seconds, suggestion)
    });
    each.collect()
}

#[test]
fn who_was_enrolled_in_the_first_half_is_recognised_in_the_second() {
    if models("who_was_enrolled_in_the_first_half_is_recognised_in_the_second").is_none() {
        return;
    }
    let (mut right, mut all) = (0.0, 0.0);
    for name in ["standup-en", "planning-ru", "rollout-ru"] {
        let meeting = Meeting::of(name);
        let book = book_of(&meeting);
        let mut found = second_half(&meeting, &book);
        assert_eq!(found.suggestions.len(), found.speakers.len());
        assert!(found.speakers.iter().all(|s| s.name.is_none()));
        let rows = truth(&meeting, &found);
        for (who, seconds, suggestion) in &rows {
            println!("{name}: {who} {seconds:.1} s: {suggestion:?}");
            all += seconds;
            if let Some(person) = &suggestion.person {
                assert_eq!(&person.name, who, "{name}: someone is taken for another");
                right += seconds;
            }
        }
        let mut named: Vec<PersonId> = (found.suggestions.iter())
            .filter_map(|s| s.person.as_ref().map(|p| p.id))
            .collect();
        let count = named.len();
        named.sort();
        named.dedup();
        assert_eq!(named.len(), count, "{name}: one person is suggested twice");
        let wanted: Vec<Option<String>> = (found.suggestions.iter())
            .map(|s| s.person.as_ref().map(|p| p.name.clone()))
            .collect();
        found.lay_suggested_names();
        let names: Vec<Option<String>> = found.speakers.into_iter().map(|s| s.name).collect();
        assert_eq!(names, wanted);
    }
    assert!(
        right >= 0.85 * all,
        "{right:.1} s of {all:.1} s have a name"
    );
}

#[test]
fn strangers_are_unknown() {
    if models("strangers_are_unknown").is_none() {
        return;
    }
    // The two Russian meetings have voices in common, and share none with the English one.
    let (english, russian) = (Meeting::of("standup-en"), Meeting::of("rollout-ru"));
    for (known, meeting) in [(&english, &russian), (&russian, &english)] {
        let found = second_half(meeting, &book_of(known));
        assert!(found.suggestions.len() >= 2);
        for suggestion in &found.suggestions {
            assert_eq!(suggestion.person, None);
            assert_eq!(suggestion.unknown, Some(Unknown::TooFar), "{suggestion:?}");
        }
    }
}

#[test]
fn a_person_who_was_deleted_is_a_stranger() {
    if models("a_person_who_was_deleted_is_a_stranger").is_none() {
        return;
    }
    let meeting = Meeting::of("standup-en");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voices.json");
    let mut book = book_of(&meeting);
    book.save(&path).unwrap();
    let maria = book
        .people()
        .iter()
        .find(|p| p.name() == "Maria")
        .unwrap()
        .id();
    assert!(book.delete(maria));
    book.save(&path).unwrap();
    assert!(!std::fs::read_to_string(&path).unwrap().contains("Maria"));
    let found = second_half(&meeting, &VoiceBook::read(&path).unwrap());
    let rows = truth(&meeting, &found);
    let (.., suggestion) = rows.iter().find(|(who, ..)| *who == "Maria").unwrap();
    assert_eq!(suggestion.person, None, "{suggestion:?}");
    let named = |who: &str| {
        rows.iter()
            .any(|(is, _, s)| *is == who && s.person.is_some())
    };
    assert!(named("David") && named("Tom"), "{rows:?}");
}

#[test]
fn a_book_of_another_model_is_refused_before_any_work() {
    if models("a_book_of_another_model_is_refused_before_any_work").is_none() {
        return;
    }
    let own = pipeline().voice_model().unwrap();
    assert_eq!((own.id(), own.dim()), ("speaker-embedding-ge2e", 256));
    for other in [
        VoiceModel::new(own.id(), own.dim(), &"0".repeat(64), own.front_end()).unwrap(),
        VoiceModel::new(
            own.id(),
            own.dim(),
            own.sha256(),
            "kaldi-fbank 80 hamming cmn",
        )
        .unwrap(),
        VoiceModel::new(own.id(), 192, own.sha256(), own.front_end()).unwrap(),
    ] {
        let refused = builder().voice_book(VoiceBook::new(other.clone()));
        let error = refused.build_diarization().err().unwrap();
        assert_eq!(error.code(), "invalid-option");
        let text = error.to_string();
        let (want, got) = (own.to_string(), other.to_string());
        assert!(text.contains(&want) && text.contains(&got), "{text}");
    }
}

#[test]
fn too_little_speech_makes_no_voice_print() {
    if models("too_little_speech_makes_no_voice_print").is_none() {
        return;
    }
    let meeting = Meeting::of("standup-en");
    let mut pipeline = pipeline();
    let mut print = |spans: &[TimeSpan]| {
        let cancel = CancelToken::new();
        let found = pipeline.voiceprint(meeting.recording(), spans, &cancel, &|_: Progress| {});
        found.unwrap().map(|print| print.seconds)
    };
    let turns = &meeting.people["David"];
    let long = turns.iter().find(|turn| turn.duration() > 2.0).unwrap();
    assert_eq!(
        print(&[*long, *long]),
        None,
        "twice the same is not twice as much"
    );
    assert!(print(turns).unwrap() > 30.0);
    // The same again, to the bit.
    assert_eq!(print(turns), print(turns));
    let cancel = CancelToken::new();
    cancel.cancel();
    let stopped = pipeline.voiceprint(meeting.recording(), turns, &cancel, &|_: Progress| {});
    assert_eq!(stopped.unwrap_err().code(), "cancelled");
}
