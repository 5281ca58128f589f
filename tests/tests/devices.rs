//! What models run on: a device that is named and not there is an error, and never the processor in silence; an open choice
//! comes to something, and the result says to what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use autoproto_core::diarize::OnnxDiarizer;
use autoproto_core::export::{Format, View, render};
use autoproto_core::models::{DiarizerModels, ModelStore, find};
use autoproto_core::onnx::{OnnxRuntime, offered, trial};
use autoproto_core::testing::{ScriptedTranscriber, word};
use autoproto_core::vad::SileroVad;
use autoproto_core::{
    AudioView, CancelToken, Device, Diarizer, Error, MeetingTranscript, Pipeline, Progress, Stage,
    VoiceActivityDetector,
};
use autoproto_tests::{checkout, library, models, skip, sound};

const NAMED: [Device; 5] = [
    Device::Cuda(0),
    Device::TensorRt(1),
    Device::DirectMl(0),
    Device::CoreMl,
    Device::OpenVino,
];

fn runtime(device: Device) -> OnnxRuntime {
    OnnxRuntime::new(library())
        .with_device(device)
        .with_threads(2)
}

fn load_vad(store: &ModelStore, device: Device) -> Result<SileroVad, Error> {
    let model = store.open(&find("silero-vad-6.2").unwrap()).unwrap();
    SileroVad::load_on(&model, &runtime(device))
}

fn load_diarizer(store: &ModelStore, device: Device) -> Result<OnnxDiarizer, Error> {
    let models = DiarizerModels::open("powerset-ge2e", store).unwrap();
    OnnxDiarizer::load_on(&models, &runtime(device))
}

/// A device of which the loaded library knows nothing; the test `name` is skipped where it knows them all.
fn absent(name: &str) -> Option<Device> {
    let there: Vec<&str> = offered(&library())
        .unwrap()
        .iter()
        .map(|d| d.kind())
        .collect();
    let absent = NAMED.into_iter().find(|d| !there.contains(&d.kind()));
    if absent.is_none() {
        skip(name, "this ONNX Runtime offers every device");
    }
    absent
}

#[test]
fn a_named_device_is_taken_or_refused_and_never_replaced() {
    let Some(store) = models("a_named_device_is_taken_or_refused_and_never_replaced") else {
        return;
    };
    let there = offered(&library()).unwrap();
    assert_eq!(there.last(), Some(&Device::Cpu));
    for device in NAMED {
        let vad = load_vad(&store, device).map(|vad| vad.models());
        let diarizer = load_diarizer(&store, device).map(|diarizer| diarizer.models());
        let tried = trial(&runtime(device)).map(|model| vec![model]);
        for loaded in [vad, diarizer, tried] {
            match loaded {
                Ok(models) => {
                    let on = device.to_string();
                    assert!(models.iter().all(|m| m.device.as_ref() == Some(&on)));
                }
                Err(error @ Error::DeviceUnavailable { .. }) => {
                    let text = error.to_string();
                    let Error::DeviceUnavailable {
                        offered, source, ..
                    } = error
                    else {
                        unreachable!()
                    };
                    assert_eq!(offered, there);
                    let known = there.iter().any(|d| d.kind() == device.kind());
                    assert_eq!(source.is_some(), known, "{text}");
                    assert!(text.contains(&format!("`{device}`")), "{text}");
                    assert!(text.contains("cpu"), "{text}");
                    assert_eq!(text.contains("install one"), !known, "{text}");
                }
                Err(other) => panic!("{device}: {other}"),
            }
        }
    }
}

#[test]
fn a_pipeline_is_not_built_for_a_device_that_is_absent() {
    let name = "a_pipeline_is_not_built_for_a_device_that_is_absent";
    let Some(device) = models(name).and_then(|_| absent(name)) else {
        return;
    };
    let mut builder = Pipeline::builder()
        .models(checkout().join("models"))
        .device(device);
    if let [path] = library().candidates().as_slice() {
        builder = builder.onnx_library(path);
    }
    let error = builder.build_diarization().err().unwrap();
    assert_eq!(error.code(), "device-unavailable");
    assert!(error.to_string().contains(&device.to_string()), "{error}");
}

#[test]
fn a_pipeline_on_a_device_that_is_there_is_on_that_device() {
    let name = "a_pipeline_on_a_device_that_is_there_is_on_that_device";
    if models(name).is_none() {
        return;
    }
    let there = offered(&library()).unwrap();
    for device in there.into_iter().filter(|d| *d != Device::Cpu) {
        if trial(&runtime(device)).is_err() {
            continue;
        }
        let mut builder = Pipeline::builder()
            .models(checkout().join("models"))
            .device(device);
        if let [path] = library().candidates().as_slice() {
            builder = builder.onnx_library(path);
        }
        let samples = sound("examples/data/standup-en.flac", 15.0);
        let result = builder
            .build_diarization()
            .unwrap()
            .run_audio(
                AudioView::new(&samples),
                &CancelToken::new(),
                &|_: Progress| {},
            )
            .unwrap();
        for engine in &result.engines {
            for model in &engine.models {
                let elsewhere = engine.stage == Stage::Vad && model.note.is_some();
                let on = model.device.as_deref();
                assert!(on == Some(&*device.to_string()) || elsewhere, "{model:?}");
            }
        }
    }
}

#[test]
fn an_open_choice_comes_to_what_is_there_and_says_why() {
    let Some(store) = models("an_open_choice_comes_to_what_is_there_and_says_why") else {
        return;
    };
    let there = offered(&library()).unwrap();
    let diarizer = load_diarizer(&store, Device::Auto).unwrap();
    let taken = diarizer.models();
    assert_eq!(taken.len(), 2);
    for model in &taken {
        let device: Device = model.device.as_ref().unwrap().parse().unwrap();
        assert!(there.contains(&device), "{model:?}");
        let to_be_named = matches!(device, Device::TensorRt(_) | Device::OpenVino);
        assert!(!to_be_named, "{model:?}");
        if there == [Device::Cpu] {
            assert_eq!(device, Device::Cpu);
            let note = model.note.as_deref();
            assert_eq!(note, Some("ONNX Runtime offers no other device"));
        }
    }
    let vad = load_vad(&store, Device::Auto).unwrap().models();
    assert_eq!(vad[0].device.as_deref(), Some("cpu"));
    assert!(vad[0].note.is_some());
    // Nothing is explained where nothing was left open.
    let named = load_diarizer(&store, Device::Cpu).unwrap().models();
    assert!(named.iter().all(|m| m.device.as_deref() == Some("cpu")));
    assert!(named.iter().all(|m| m.note.is_none()), "{named:?}");
}

#[test]
fn the_result_says_what_ran_on_what() {
    let Some(store) = models("the_result_says_what_ran_on_what") else {
        return;
    };
    let mut pipeline = Pipeline::builder()
        .vad(load_vad(&store, Device::Cpu).unwrap())
        .diarizer(load_diarizer(&store, Device::Cpu).unwrap())
        .transcriber(ScriptedTranscriber::new([word(2.0, "Hello.")]))
        .build()
        .unwrap();
    let samples = sound("examples/data/standup-en.flac", 15.0);
    let mut run = |samples: &[f32]| {
        let audio = AudioView::new(samples);
        pipeline
            .run_audio(audio, &CancelToken::new(), &|_: Progress| {})
            .unwrap()
    };
    let result = run(&samples);
    let stages: Vec<Stage> = result.engines.iter().map(|e| e.stage).collect();
    assert_eq!(stages, [Stage::Vad, Stage::Diarize, Stage::Transcribe]);
    let [vad, diarizer, transcriber] = result.engines.as_slice() else {
        unreachable!()
    };
    assert_eq!(vad.models[0].model, "silero_vad.onnx");
    assert_eq!(diarizer.id, "onnx");
    let files: Vec<&str> = diarizer.models.iter().map(|m| m.model.as_str()).collect();
    assert_eq!(
        files,
        ["segmentation-powerset.onnx", "speaker-embedding-ge2e.onnx"]
    );
    let on_cpu = |m: &autoproto_core::ModelInUse| m.device.as_deref() == Some("cpu");
    assert!(vad.models.iter().chain(&diarizer.models).all(on_cpu));
    // An engine of the caller's own says nothing, and nothing is said for it.
    assert!(transcriber.models.is_empty());
    let json = render(View::from(&result), Format::Json).unwrap();
    let read: MeetingTranscript = serde_json::from_str(&json).unwrap();
    assert_eq!(read.engines, result.engines);

    let silence = run(&[0.0; 32_000]);
    let stages: Vec<Stage> = silence.engines.iter().map(|e| e.stage).collect();
    assert_eq!(stages, [Stage::Vad], "nobody else was asked");
}
