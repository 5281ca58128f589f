//! A voice book beside the pipeline: it suggests, and changes nothing by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use autoproto_core::diarize::DiarizeOptions;
use autoproto_core::voicebook::{
    IdentifyOptions, Unknown, VoiceBook, VoiceEncoder, VoiceModel, Voiceprint,
};
use autoproto_core::{Context, Diarization, Embedding, Result, SpeechRegion};

use super::*;

/// Voices of the plane: the first speaker's at 0°, the second one's at 60°. What it embeds by itself is as the first.
#[derive(Default)]
struct Plane {
    /// Times that it was asked for a voice or its model.
    asked: Arc<AtomicUsize>,
}

fn model(front_end: &str) -> VoiceModel {
    VoiceModel::new("plane", 2, &"ab".repeat(32), front_end).unwrap()
}

fn at(degrees: f32) -> Embedding {
    Embedding(vec![degrees.to_radians().cos(), degrees.to_radians().sin()])
}

impl Diarizer for Plane {
    fn id(&self) -> &'static str {
        "plane"
    }

    fn diarize(
        &mut self,
        _: AudioView<'_>,
        _: &[SpeechRegion],
        _: &DiarizeOptions,
        _: &Context<'_>,
    ) -> Result<Diarization> {
        let turns = vec![turn(1.0, 3.0, 0), turn(5.0, 8.0, 1)];
        Ok(Diarization::from_turns(turns).with_voices(vec![at(0.0), at(60.0)]))
    }

    fn voice_encoder(&mut self) -> Option<&mut dyn VoiceEncoder> {
        Some(self)
    }
}

impl VoiceEncoder for Plane {
    fn voice_model(&mut self) -> Result<VoiceModel> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(model("paper"))
    }

    fn voiceprint(
        &mut self,
        _: AudioView<'_>,
        spans: &[TimeSpan],
        _: &Context<'_>,
    ) -> Result<Option<Voiceprint>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let seconds = spans.iter().map(TimeSpan::duration).sum();
        Ok((seconds >= 3.0).then_some(Voiceprint {
            voice: at(0.0),
            seconds,
        }))
    }
}

/// A book with this person at 5°.
fn book(name: &str) -> VoiceBook {
    let mut book = VoiceBook::new(model("paper"));
    let id = book.add(name).unwrap();
    book.enrol(id, &at(5.0), 30.0).unwrap();
    book
}

fn builder() -> autoproto_core::PipelineBuilder<Plane, ScriptedTranscriber> {
    let cast = cast();
    Pipeline::builder()
        .vad(cast.vad)
        .diarizer(Plane::default())
        .transcriber(cast.transcriber)
}

fn heard(
    builder: autoproto_core::PipelineBuilder<impl Diarizer + 'static, ScriptedTranscriber>,
) -> MeetingTranscript {
    let sink = |_: Progress| {};
    let mut pipeline = builder.build().unwrap();
    pipeline
        .run_audio(AudioView::new(&sound()), &CancelToken::new(), &sink)
        .unwrap()
}

fn names(transcript: &MeetingTranscript) -> Vec<Option<&str>> {
    let speakers = transcript.speakers.iter();
    speakers.map(|s| s.name.as_deref()).collect()
}

#[test]
fn a_book_suggests_and_names_nobody_by_itself() {
    let mut found = heard(builder().voice_book(book("Maria")));
    assert_eq!(names(&found), [None, None]);
    let [first, second] = &found.suggestions[..] else {
        panic!("{:?}", found.suggestions);
    };
    let maria = first.person.as_ref().unwrap();
    assert_eq!(
        (first.speaker, maria.name.as_str()),
        (SpeakerId(0), "Maria")
    );
    assert!(maria.probability > 0.95 && first.unknown.is_none());
    assert_eq!(
        (&second.person, second.unknown),
        (&None, Some(Unknown::TooFar))
    );
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json["suggestions"][0]["person"]["id"], "PERSON_00");
    assert_eq!(json["suggestions"][1]["unknown"], "too-far");

    found.lay_suggested_names();
    assert_eq!(names(&found), [Some("Maria"), None]);
    // A name that someone gave is not written over.
    found.speakers[0].name = Some("Mary".into());
    found.lay_suggested_names();
    assert_eq!(names(&found), [Some("Mary"), None]);
}

#[test]
fn people_who_are_hardly_meant_are_not_named_in_a_result() {
    // At 60° the probability is about even, at 80° it is next to nothing.
    for (degrees, listed) in [(120.0, 1), (150.0, 0)] {
        let mut book = VoiceBook::new(model("paper"));
        let id = book.add("Maria").unwrap();
        book.enrol(id, &at(degrees), 30.0).unwrap();
        let found = heard(builder().voice_book(book));
        assert_eq!(found.suggestions[1].alternatives.len(), listed, "{degrees}");
    }
}

#[test]
fn without_a_book_nobody_is_asked() {
    let plane = Plane::default();
    let asked = Arc::clone(&plane.asked);
    let cast = cast();
    let builder = Pipeline::builder().vad(cast.vad).diarizer(plane);
    let found = heard(builder.transcriber(cast.transcriber));
    assert_eq!(found.suggestions, []);
    assert!(
        !serde_json::to_string(&found)
            .unwrap()
            .contains("suggestions")
    );
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn a_book_of_another_model_is_refused_before_any_work() {
    let other = VoiceBook::new(model("parchment"));
    let error = builder().voice_book(other.clone()).build().err().unwrap();
    assert_eq!(error.code(), "invalid-option");
    let text = error.to_string();
    assert!(
        text.contains("`voice-book`") && text.contains("parchment"),
        "{text}"
    );
    let error = builder().voice_book(other).build_diarization().err();
    assert_eq!(error.unwrap().code(), "invalid-option");
    let odd = IdentifyOptions::default().with_threshold(7.0);
    let error = builder().voice_book_with(book("Maria"), odd).build().err();
    assert_eq!(error.unwrap().code(), "invalid-option");
}

#[test]
fn a_diarizer_without_voices_gets_no_suggestions_and_that_is_said() {
    let cast = cast();
    let builder = Pipeline::builder().vad(cast.vad).diarizer(cast.diarizer);
    let found = heard(
        builder
            .transcriber(cast.transcriber)
            .voice_book(book("Maria")),
    );
    assert_eq!(found.suggestions, []);
    let told = found.coverage.warnings.join("\n");
    assert!(told.contains("the voice book was not asked"), "{told}");
    let cast = self::cast();
    let builder = Pipeline::builder().vad(cast.vad).diarizer(cast.diarizer);
    let mut pipeline = builder.build_diarization().unwrap();
    assert_eq!(pipeline.voice_model().unwrap_err().code(), "invalid-option");
}

#[cfg(feature = "decode")]
mod recordings {
    use super::*;
    use autoproto_core::audio::SAMPLE_RATE;
    use autoproto_core::media::{self, ChannelMode, MediaOptions, Recording, Source};

    fn samples() -> Recording {
        Recording::of(Source::samples(&sound(), SAMPLE_RATE, 1))
    }

    fn print(spans: &[TimeSpan]) -> Result<Option<Voiceprint>> {
        let mut pipeline = builder().build_diarization().unwrap();
        pipeline.voiceprint(samples(), spans, &CancelToken::new(), &|_: Progress| {})
    }

    #[test]
    fn a_voice_print_is_of_the_speech_in_the_spans() {
        // Speech is from 1 to 3 s and from 5 to 8 s.
        let of = |spans: &[TimeSpan]| print(spans).unwrap().map(|print| print.seconds);
        assert_eq!(of(&[]), Some(5.0));
        assert_eq!(of(&[TimeSpan::new(2.0, 7.5)]), Some(3.5));
        assert_eq!(of(&[TimeSpan::new(0.0, 5.0)]), None);
        for (start, end) in [(3.0, 2.0), (-1.0, 2.0), (f64::NAN, 2.0), (10.5, 20.0)] {
            let error = print(&[TimeSpan::new(start, end)]).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{start}-{end}");
        }
    }

    #[test]
    fn a_channel_of_one_speaker_has_a_voice_too() {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        let both: Vec<f32> = sound().iter().flat_map(|s| [*s, -0.5 * s]).collect();
        let recording = Recording::of(Source::samples(&both, SAMPLE_RATE, 2)).named("Oleg");
        let options = MediaOptions::default().with_channels(ChannelMode::PerSpeaker);
        let decoded = media::decode(recording, &options, &Context::new(&cancel, &sink)).unwrap();
        let mut pipeline = builder().voice_book(book("Maria")).build().unwrap();
        let found = pipeline.run_decoded(&decoded, &cancel, &sink).unwrap();
        let named = |s: &autoproto_core::SpeakerSuggestion| s.person.is_some();
        assert_eq!(
            found.suggestions.iter().filter(|s| named(s)).count(),
            1,
            "{:?}: one person is one speaker",
            found.suggestions
        );
        assert!(
            found
                .suggestions
                .iter()
                .all(|s| s.unknown != Some(Unknown::NoVoice))
        );
    }
}
