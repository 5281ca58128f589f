//! A meeting with a channel for each participant, with the real engines: nobody has to be told apart.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout
)]

use std::collections::BTreeSet;
use std::path::Path;

use autoproto_benches::recordings;
use autoproto_core::diarize::DiarizeOptions;
use autoproto_core::media::{self, ChannelMode, MediaOptions, Recording, Source};
use autoproto_core::metrics::{DerOptions, LabelledTurn, der, wer};
use autoproto_core::{
    AudioView, Context, Diarization, Diarizer, Language, Pipeline, Result, SpeechRegion,
};
use autoproto_tests::models;

/// Must not be asked.
struct Nobody;

impl Diarizer for Nobody {
    fn id(&self) -> &'static str {
        "nobody"
    }

    fn diarize(
        &mut self,
        _: AudioView<'_>,
        _: &[SpeechRegion],
        _: &DiarizeOptions,
        _: &Context<'_>,
    ) -> Result<Diarization> {
        panic!("channels that are speakers are diarized");
    }
}

#[test]
fn a_channel_for_each_participant_needs_no_diarization() {
    let Some(_) = models("a_channel_for_each_participant_needs_no_diarization") else {
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let meetings = recordings(&folder).unwrap();
    let meeting = meetings.iter().find(|m| m.name == "standup-en").unwrap();
    let whole = autoproto_tests::sound("examples/data/standup-en.flac", 1e6);
    let labels: BTreeSet<&str> = meeting.turns.iter().map(|t| t.label.as_str()).collect();
    assert_eq!(labels.len(), 3);

    // Each hears himself alone; the second's file begins ten seconds late, with nothing lost, as he speaks later.
    let channel = |label: &str| {
        let mut own = vec![0.0; whole.len()];
        for turn in meeting.turns.iter().filter(|turn| turn.label == label) {
            let at = |seconds: f64| ((seconds * 16_000.0) as usize).min(whole.len());
            let span = at(turn.span.start)..at(turn.span.end);
            own[span.clone()].copy_from_slice(&whole[span]);
        }
        own
    };
    let mut recording: Option<Recording> = None;
    for label in &labels {
        let own = channel(label);
        let late = own.iter().take(160_000).all(|s| *s == 0.0);
        let (skip, offset) = if late { (160_000, 10.0) } else { (0, 0.0) };
        let source = Source::samples(&own[skip..], 16_000, 1).named(label);
        recording = Some(
            match recording {
                None => Recording::at(source, offset),
                Some(before) => before.with(source, offset),
            }
            .named(*label),
        );
    }
    let mut pipeline = Pipeline::builder()
        .models(Path::new(env!("CARGO_MANIFEST_DIR")).join("../models"))
        .diarizer(Nobody)
        .media(MediaOptions::default().with_channels(ChannelMode::PerSpeaker))
        .build()
        .unwrap();
    let found = pipeline.run(recording.unwrap()).unwrap();

    // Names are given by the caller, so the labels must be the same, and not only the partition.
    let name = |id| found.name_of(id).unwrap_or("nobody").to_owned();
    for turn in &found.turns {
        let label = name(turn.speaker);
        let own: f64 = meeting
            .turns
            .iter()
            .filter(|t| t.label == label)
            .map(|t| t.span.overlap(&turn.span))
            .sum();
        assert!(
            own > 0.5 * turn.span.duration(),
            "{label} does not speak in {turn:?}"
        );
    }
    let turns: Vec<LabelledTurn> = found.turns.iter().map(LabelledTurn::from).collect();
    let error = der(&meeting.turns, &turns, &DerOptions::default());
    println!("DER {:.3}, {error:?}", error.rate());
    assert!(error.rate() <= 0.06, "DER {:.3}, {error:?}", error.rate());
    assert!(error.confusion < 0.01, "{error:?}");
    let script = meeting.script.as_ref().unwrap();
    let heard: Vec<&str> = found.utterances.iter().map(|u| u.text.as_str()).collect();
    let words = wer(&script.text(), &heard.join(" "), Language::ENGLISH);
    println!("WER {:.3}, {words:?}", words.rate());
    assert!(words.rate() <= 0.06, "WER {:.3}, {words:?}", words.rate());
    let said_by = |label: &str| {
        script
            .utterances
            .iter()
            .filter(|said| said.speaker == label)
            .count()
    };
    assert!(labels.iter().all(|label| said_by(label) > 0));
}

/// The shared recording of one voice a channel.
#[test]
fn two_voices_by_channel_are_two_speakers() {
    let name = "two_voices_by_channel_are_two_speakers";
    let file = "audio/media/stereo_two_speakers_by_channel.flac";
    let (Some(_), Some(path)) = (models(name), autoproto_tests::shared(name, file)) else {
        return;
    };
    let mut pipeline = Pipeline::builder()
        .models(Path::new(env!("CARGO_MANIFEST_DIR")).join("../models"))
        .diarizer(Nobody)
        .media(MediaOptions::default().with_channels(ChannelMode::PerSpeaker))
        .build()
        .unwrap();
    let found = pipeline.run(&path).unwrap();
    assert_eq!(found.speakers.len(), 2);
    let speakers: BTreeSet<_> = found.utterances.iter().map(|u| u.speaker).collect();
    assert_eq!(speakers.len(), 2, "{:?}", found.utterances);
    // In the mix one would have to be told from the other.
    let mixed = media::probe(&path, &MediaOptions::default()).unwrap();
    assert_eq!(mixed.tracks[0].channels, Some(2));
}
