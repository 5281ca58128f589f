//! What a host is told on the way, and how it stops a run.

use std::sync::Mutex;

use super::*;

/// What a run reports, whatever comes of it.
fn reports<T>(
    run: impl FnOnce(&dyn autoproto_core::ProgressSink) -> Result<T, Error>,
) -> Vec<Progress> {
    let seen = Mutex::new(Vec::new());
    run(&|p: Progress| seen.lock().unwrap().push(p)).unwrap();
    seen.into_inner().unwrap()
}

fn assert_rises_to_one(seen: &[Progress], what: &str) {
    let mut last = 0.0;
    for progress in seen {
        assert!(
            progress.overall >= last,
            "{what}: back from {last} to {}",
            progress.overall
        );
        assert!((0.0..=1.0).contains(&progress.fraction), "{what}");
        assert!(progress.eta.is_none_or(|eta| eta >= 0.0), "{what}");
        last = progress.overall;
    }
    assert!((last - 1.0).abs() < 1e-9, "{what}: ends at {last}");
}

#[test]
fn progress_rises_to_one_through_the_stages_in_order() {
    let sound = sound();
    let (audio, cancel) = (AudioView::new(&sound), CancelToken::new());
    let seen = reports(|sink| cast().pipeline().run_audio(audio, &cancel, sink));
    assert_rises_to_one(&seen, "report");
    let mut stages: Vec<Stage> = seen.iter().map(|p| p.stage).collect();
    stages.dedup();
    assert_eq!(stages, Stage::ALL);

    let parts = cast();
    let mut transcript = Pipeline::builder()
        .vad(parts.vad.clone())
        .diarizer(parts.diarizer.clone())
        .transcriber(parts.transcriber)
        .build()
        .unwrap();
    assert_rises_to_one(
        &reports(|sink| transcript.run_audio(audio, &cancel, sink)),
        "transcript",
    );
    let mut turns = Pipeline::builder()
        .vad(parts.vad)
        .diarizer(parts.diarizer)
        .build_diarization()
        .unwrap();
    assert_rises_to_one(
        &reports(|sink| turns.run_audio(audio, &cancel, sink)),
        "diarization",
    );
}

#[test]
fn progress_of_a_silent_recording_rises_to_one_too() {
    let sound = sound();
    let (audio, cancel) = (AudioView::new(&sound), CancelToken::new());
    let mut silent = cast();
    silent.vad = ScriptedVad::new([]);
    let mut transcript = Pipeline::builder()
        .vad(silent.vad.clone())
        .diarizer(silent.diarizer.clone())
        .transcriber(silent.transcriber.clone())
        .build()
        .unwrap();
    assert_rises_to_one(
        &reports(|sink| transcript.run_audio(audio, &cancel, sink)),
        "transcript",
    );
    let mut silent = silent.pipeline();
    assert_rises_to_one(
        &reports(|sink| silent.run_audio(audio, &cancel, sink)),
        "report",
    );
}

/// Reports progress that jumps about.
struct Restless;

impl Summarizer for Restless {
    fn id(&self) -> &'static str {
        "restless"
    }

    fn summarize(
        &mut self,
        _: &[autoproto_core::Utterance],
        _: &autoproto_core::MinutesOptions,
        ctx: &autoproto_core::Context<'_>,
    ) -> Result<Minutes, Error> {
        for fraction in [0.5, 0.1, 7.0, -3.0, f64::NAN] {
            ctx.tick(Stage::Summarize, fraction)?;
        }
        ctx.tick(Stage::Vad, 0.5)?;
        Ok(Minutes::default())
    }
}

#[test]
fn progress_never_goes_back_whatever_an_engine_reports() {
    let sound = sound();
    let cast = cast();
    let mut pipeline = Pipeline::builder()
        .vad(cast.vad)
        .diarizer(cast.diarizer)
        .transcriber(cast.transcriber)
        .summarizer(Restless)
        .build()
        .unwrap();
    let seen =
        reports(|sink| pipeline.run_audio(AudioView::new(&sound), &CancelToken::new(), sink));
    assert_rises_to_one(&seen, "restless");
}

#[test]
fn a_token_that_fires_at_any_stage_stops_there() {
    for (i, stage) in ENGINES.into_iter().enumerate() {
        let cast = cast().with(stage, Behaviour::WaitForCancel);
        let journal = cast.journal.clone();
        let mut pipeline = cast.pipeline();
        let cancel = CancelToken::new();
        let canceller = {
            let (cancel, journal) = (cancel.clone(), journal.clone());
            std::thread::spawn(move || {
                while journal.count(stage) == 0 {
                    std::thread::sleep(std::time::Duration::from_millis(1));
                }
                cancel.cancel();
            })
        };
        let sound = sound();
        let outcome = pipeline.run_audio(AudioView::new(&sound), &cancel, &|_: Progress| {});
        canceller.join().unwrap();
        assert!(matches!(outcome, Err(Error::Cancelled)), "{stage}");
        assert_eq!(journal.stages(), ENGINES[..=i], "{stage}");
        assert!(run(&mut pipeline).is_ok(), "usable after {stage}");
    }
}

#[test]
fn a_token_fired_before_asks_no_engine() {
    let cast = cast();
    let journal = cast.journal.clone();
    let cancel = CancelToken::new();
    cancel.cancel();
    let sound = sound();
    let outcome = cast
        .pipeline()
        .run_audio(AudioView::new(&sound), &cancel, &|_: Progress| {});
    assert!(matches!(outcome, Err(Error::Cancelled)));
    assert!(journal.calls().is_empty());
}
