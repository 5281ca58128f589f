//! Channels that are speakers, and what is diarized of them.

use autoproto_core::audio::SAMPLE_RATE;
use autoproto_core::diarize::DiarizeOptions;
use autoproto_core::media::{self, ChannelMode, Decoded, MediaOptions, Recording, Source};
use autoproto_core::transcribe::TranscribeOptions;
use autoproto_core::vad::{VadOptions, VoiceActivityDetector};
use autoproto_core::{Context, Diarization, Result, Segment, SpeechRegion, Word};

use super::*;

/// Hears speech where there is sound.
struct Loud;

impl VoiceActivityDetector for Loud {
    fn id(&self) -> &'static str {
        "loud"
    }

    fn detect(
        &mut self,
        audio: AudioView<'_>,
        _: &VadOptions,
        ctx: &Context<'_>,
    ) -> Result<Vec<SpeechRegion>> {
        ctx.tick(Stage::Vad, 1.0)?;
        let tenth = SAMPLE_RATE as usize / 10;
        let mut regions: Vec<SpeechRegion> = Vec::new();
        for (at, block) in audio.blocks(tenth).enumerate() {
            if block.iter().all(|s| s.abs() < 1e-4) {
                continue;
            }
            let span = TimeSpan::new(at as f64 / 10.0, (at + 1) as f64 / 10.0);
            match regions.last_mut() {
                Some(last) if span.start - last.span.end < 0.01 => last.span.end = span.end,
                _ => regions.push(SpeechRegion { span }),
            }
        }
        Ok(regions)
    }
}

/// Hears one word in each region: how loud it is, in hundredths.
struct Meter;

impl Transcriber for Meter {
    fn id(&self) -> &'static str {
        "meter"
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        ctx.tick(Stage::Transcribe, 0.5)?;
        let words = speech.iter().map(|region| {
            let peak = audio
                .slice(region.span)
                .iter()
                .fold(0.0f32, |peak, s| peak.max(s.abs()));
            Word {
                span: region.span,
                text: format!("{:.0}.", 100.0 * peak),
                confidence: 1.0,
            }
        });
        let segments = words
            .filter_map(|word| Segment::from_words(vec![word]))
            .collect();
        let language = options.language().unwrap_or(Language::RUSSIAN);
        Ok(Transcript::new(Some(language), segments, Vec::new()))
    }
}

/// Two voices in halves of what it is given; refuses to be asked where `allowed` says so.
struct Halves(bool);

impl Diarizer for Halves {
    fn id(&self) -> &'static str {
        "halves"
    }

    fn diarize(
        &mut self,
        audio: AudioView<'_>,
        _: &[SpeechRegion],
        _: &DiarizeOptions,
        _: &Context<'_>,
    ) -> Result<Diarization> {
        assert!(self.0, "a channel of one speaker is diarized");
        let end = audio.duration();
        Ok(Diarization::from_turns(vec![
            turn(0.0, end / 2.0, 0),
            turn(end / 2.0, end, 1),
        ]))
    }
}

/// Ten seconds of a channel that is this loud in these stretches.
fn channel(loud: &[(f64, f64, f32)]) -> Vec<f32> {
    let at = |seconds: f64| (seconds * f64::from(SAMPLE_RATE)) as usize;
    let mut samples = vec![0.0; at(SECONDS as f64)];
    for &(from, to, level) in loud {
        for (i, sample) in samples[at(from)..at(to)].iter_mut().enumerate() {
            *sample = level * (i as f32 * 0.3).sin();
        }
    }
    samples
}

fn decoded(recording: Recording, options: MediaOptions) -> Decoded {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let options = options.with_channels(ChannelMode::PerSpeaker);
    media::decode(recording, &options, &Context::new(&cancel, &sink)).unwrap()
}

fn call() -> Recording {
    // The second begins while the first still speaks, and is heard a little on the first one's channel.
    let left = channel(&[(1.0, 4.0, 0.5), (6.5, 8.0, 0.01)]);
    let right = channel(&[(3.0, 5.0, 0.25), (6.5, 8.0, 0.4)]);
    let both: Vec<f32> = left
        .iter()
        .zip(&right)
        .flat_map(|(l, r)| [*l, *r])
        .collect();
    Recording::of(Source::samples(&both, SAMPLE_RATE, 2))
}

fn transcript(decoded: &Decoded, diarizes: bool) -> MeetingTranscript {
    let mut pipeline = Pipeline::builder()
        .vad(Loud)
        .diarizer(Halves(diarizes))
        .transcriber(Meter)
        .build()
        .unwrap();
    let sink = |_: Progress| {};
    pipeline
        .run_decoded(decoded, &CancelToken::new(), &sink)
        .unwrap()
}

fn said(transcript: &MeetingTranscript) -> Vec<(u32, Option<u32>, &str)> {
    let row = |u: &autoproto_core::Utterance| (u.id.0, u.speaker.map(|s| s.0));
    let utterances = transcript.utterances.iter();
    utterances
        .map(|u| (row(u).0, row(u).1, u.text.as_str()))
        .collect()
}

#[test]
fn each_channel_is_a_speaker_and_overlaps_stay() {
    let transcript = transcript(&decoded(call(), MediaOptions::default()), false);
    assert_eq!(
        said(&transcript),
        [
            (1, Some(0), "50."),
            (2, Some(1), "25."),
            (3, Some(1), "40.")
        ],
        "what leaks over is not heard twice"
    );
    let told = transcript.coverage.warnings.join("\n");
    assert!(told.contains("1.5 s of speech are left out"), "{told}");
    assert_eq!(
        transcript.turns,
        [turn(1.0, 4.0, 0), turn(3.0, 5.0, 1), turn(6.5, 8.0, 1)]
    );
    assert_eq!(transcript.coverage.speech, 5.5, "overlaps count once");
    assert_eq!(transcript.language, Some(Language::RUSSIAN));
}

#[test]
fn a_quiet_speaker_beside_a_loud_one_stays() {
    let loud = channel(&[(0.0, 10.0, 0.5)]);
    let quiet = channel(&[(3.0, 5.0, 0.02)]);
    let both: Vec<f32> = loud
        .iter()
        .zip(&quiet)
        .flat_map(|(l, q)| [*l, *q])
        .collect();
    let recording = Recording::of(Source::samples(&both, SAMPLE_RATE, 2));
    let transcript = transcript(&decoded(recording, MediaOptions::default()), false);
    assert_eq!(said(&transcript), [(1, Some(0), "50."), (2, Some(1), "2.")]);
    assert_eq!(transcript.coverage.warnings, [""; 0]);
}

#[test]
fn only_a_shared_channel_is_diarized() {
    let decoded = decoded(call(), MediaOptions::default().with_shared([1]));
    let transcript = transcript(&decoded, true);
    // The shared channel's first voice has the turn from 0 on, so it comes first.
    assert_eq!(
        said(&transcript),
        [
            (1, Some(1), "50."),
            (2, Some(0), "25."),
            (3, Some(2), "40.")
        ]
    );
    assert_eq!(transcript.speakers.len(), 3);
}

#[test]
fn names_of_participants_are_in_the_result() {
    let first = channel(&[(5.0, 6.0, 0.5)]);
    let second = channel(&[(1.0, 2.0, 0.3)]);
    let silent = channel(&[]);
    let source = |samples: &[f32]| Source::samples(samples, SAMPLE_RATE, 1);
    let recording = Recording::of(source(&first))
        .named("Anna")
        .with(source(&silent), 0.0)
        .named("Nobody")
        .with(source(&second), 1.0)
        .named("Oleg");
    let transcript = transcript(&decoded(recording, MediaOptions::default()), false);
    let names: Vec<Option<&str>> = transcript
        .speakers
        .iter()
        .map(|s| s.name.as_deref())
        .collect();
    assert_eq!(names, [Some("Oleg"), Some("Anna")], "by who speaks first");
    assert_eq!(
        said(&transcript),
        [(1, Some(0), "30."), (2, Some(1), "50.")]
    );
    assert_eq!(transcript.turns[0], turn(2.0, 3.0, 0));
}

#[test]
fn turns_alone_come_from_the_channels_too() {
    let mut pipeline = Pipeline::builder()
        .vad(Loud)
        .diarizer(Halves(false))
        .transcriber(Meter)
        .build_diarization()
        .unwrap();
    let decoded = decoded(call(), MediaOptions::default());
    let sink = |_: Progress| {};
    let found = pipeline
        .run_decoded(&decoded, &CancelToken::new(), &sink)
        .unwrap();
    assert_eq!(
        found.turns,
        [turn(1.0, 4.0, 0), turn(3.0, 5.0, 1), turn(6.5, 8.0, 1)]
    );
}
