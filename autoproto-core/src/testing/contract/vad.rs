//! The contract of voice activity detectors.

use super::{Sound, run, second, spans_lie_apart, stops, wordless};
use crate::audio::AudioView;
use crate::error::Stage;
use crate::types::{SpeechRegion, TimeSpan};
use crate::vad::{VadOptions, VoiceActivityDetector};

/// What every [`VoiceActivityDetector`] keeps to; `sound` is a recording in which someone speaks.
///
/// - It answers for audio of any length, none included, and finds nothing in silence.
/// - Regions lie inside the audio, by start, apart from each other, each with a length.
/// - It finds speech in `sound`, and the same the second time: it keeps nothing from one recording to the next.
/// - Its progress is that of [`Stage::Vad`] and never goes back; a fired token stops it.
///
/// # Panics
/// At the first breach, naming the engine and what it broke.
pub fn vad_contract(vad: &mut dyn VoiceActivityDetector, sound: Option<Sound<'_>>) {
    let engine = vad.id();
    let options = VadOptions::default();
    let mut detect = |what: &str, audio: AudioView<'_>| {
        let regions = run(engine, what, Stage::Vad, |ctx| {
            vad.detect(audio, &options, ctx)
        });
        let spans: Vec<TimeSpan> = regions.iter().map(|r: &SpeechRegion| r.span).collect();
        spans_lie_apart(engine, what, audio.duration(), &spans);
        regions
    };
    for (what, samples) in &wordless() {
        let regions = detect(what, AudioView::new(samples));
        assert!(
            regions.is_empty() || samples.iter().any(|s| *s != 0.0),
            "{engine}: {what}: finds speech at {:?}",
            regions.first()
        );
    }
    if let Some(sound) = &sound {
        let what = "speech";
        let first = detect(what, sound.audio);
        assert!(!first.is_empty(), "{engine}: {what}: finds none");
        detect("a second of silence in between", AudioView::new(&second()));
        assert!(
            detect(what, sound.audio) == first,
            "{engine}: {what}: finds something else the second time"
        );
    }
    let silence = second();
    let audio = sound.map_or(AudioView::new(&silence), |s| s.audio);
    stops(engine, "cancellation", Stage::Vad, |ctx| {
        vad.detect(audio, &options, ctx)
    });
}
