//! The contract of what makes a diarizer's voices.

use super::{Sound, run, stops, wordless};
use crate::audio::AudioView;
use crate::diarize::{DiarizeOptions, Diarizer};
use crate::error::Stage;
use crate::types::TimeSpan;
use crate::voicebook::{VoiceEncoder, Voiceprint};

/// What a diarizer's [`VoiceEncoder`] keeps to, if it has one.
pub(super) fn voices_hold(engine: &str, diarizer: &mut dyn Diarizer, sound: &Sound<'_>) {
    let Some(encoder) = diarizer.voice_encoder() else {
        return;
    };
    let model = encoder
        .voice_model()
        .unwrap_or_else(|error| panic!("{engine}: the model of its voices: {error}"));
    for (what, samples) in &wordless() {
        let audio = AudioView::new(samples);
        // Times that can't be, and none at all.
        for spans in [
            &[TimeSpan::new(-5.0, 1e9), TimeSpan::new(3.0, 2.0)][..],
            &[],
        ] {
            print_of(engine, what, model.dim(), encoder, audio, spans);
        }
    }
    let spans: Vec<TimeSpan> = sound.speech.iter().map(|region| region.span).collect();
    let first = print_of(engine, "speech", model.dim(), encoder, sound.audio, &spans);
    let twice = [&spans[..], &spans].concat();
    let second = print_of(engine, "speech", model.dim(), encoder, sound.audio, &twice);
    assert!(
        first == second,
        "{engine}: speech: another voice print for the same spans given twice"
    );
    stops(engine, "a voice print, cancelled", Stage::Diarize, |ctx| {
        encoder.voiceprint(sound.audio, &spans, ctx)
    });
    let options = DiarizeOptions::default();
    let found = run(engine, "speech", Stage::Diarize, |ctx| {
        diarizer.diarize(sound.audio, &sound.speech, &options, ctx)
    });
    for voice in found.voices.iter().filter(|voice| !voice.0.is_empty()) {
        assert!(
            voice.0.len() == model.dim(),
            "{engine}: a voice has {} numbers, and its model is {model}",
            voice.0.len()
        );
    }
}

fn print_of(
    engine: &str,
    what: &str,
    dim: usize,
    encoder: &mut dyn VoiceEncoder,
    audio: AudioView<'_>,
    spans: &[TimeSpan],
) -> Option<Voiceprint> {
    let print = run(engine, what, Stage::Diarize, |ctx| {
        encoder.voiceprint(audio, spans, ctx)
    });
    if let Some(Voiceprint { voice, seconds }) = &print {
        let length = voice.similarity(voice).sqrt();
        assert!(
            voice.0.len() == dim && (length - 1.0).abs() < 1e-3,
            "{engine}: {what}: a voice print of {} numbers and length {length}, not {dim} and 1",
            voice.0.len()
        );
        assert!(
            *seconds > 0.0 && *seconds <= audio.duration() + 1e-3,
            "{engine}: {what}: a voice print of {seconds} s"
        );
    }
    print
}
