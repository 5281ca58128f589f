//! What is taken where the choice is open, and what happens when that refuses.

#![allow(clippy::unwrap_used)]

use super::super::library::{OnnxLibrary, describe};
use super::super::trial::{DOUBLE, double};
use super::*;
use crate::skipped::skipped;

/// Whether ONNX Runtime is here; else the test `name` is noted as skipped.
fn library(name: &str) -> bool {
    let Err(error) = describe(&OnnxLibrary::default()) else {
        return true;
    };
    skipped(name, &error.to_string());
    false
}

fn refuse(wanted: Device) -> impl Fn(Device) -> Result<Device, Cause> {
    move |device| {
        if device == wanted {
            Ok(device)
        } else {
            Err(format!("no driver\n  for {device}").into())
        }
    }
}

#[test]
fn an_open_choice_falls_to_the_next_and_notes_what_refused() {
    let devices = [Device::Cuda(0), Device::OpenVino, Device::Cpu];
    let taken = first(devices.into(), Vec::new(), refuse(Device::OpenVino)).unwrap();
    assert_eq!((taken.0, taken.1), (Device::OpenVino, Device::OpenVino));
    assert_eq!(taken.2, [Device::Cpu], "what is left for the first run");
    assert_eq!(taken.3, ["cuda failed: no driver for cuda"]);
}

#[test]
fn where_nothing_opens_the_last_one_says_why() {
    let devices = [Device::Cuda(0), Device::Cpu];
    let error = first(devices.into(), Vec::new(), refuse(Device::Auto));
    assert_eq!(error.unwrap_err().to_string(), "no driver\n  for cpu");
    assert!(first(VecDeque::new(), Vec::new(), refuse(Device::Cpu)).is_err());
}

#[test]
fn a_refusal_is_short_ends_with_the_reason_and_names_no_folder() {
    let why: Cause = "ы".repeat(10_000).into();
    assert!(refusal(Device::Cpu, &why).chars().count() < WORDS + 20);
    let where_it_was = "Provider& ProviderLibrary::Get() ".repeat(10);
    let why: Cause = format!(
        "{where_it_was}Failed to load /home/anna/lib/libcuda.so: no\nsuch C:\\Users\\Anna\\driver.dll"
    )
    .into();
    let told = refusal(Device::Cuda(1), &why);
    assert!(told.starts_with("cuda:1 failed: …"), "{told}");
    let end = "Failed to load libcuda.so: no such driver.dll";
    assert!(told.ends_with(end), "{told}");
}

/// A session that takes three numbers and so refuses two; what it is to turn to takes two.
fn refusing(left: &[Device]) -> OnnxSession {
    let runtime = OnnxRuntime::default();
    let three = CheckedModel::built_in("three", &double(3)).unwrap();
    let cpu = runtime.clone().with_device(Device::Cpu);
    let session = OnnxSession::load(&three, &cpu, Stage::Vad, "test").unwrap();
    let untried = Untried {
        model: CheckedModel::built_in("two", &double(2)).unwrap(),
        runtime,
        devices: left.to_vec().into(),
    };
    OnnxSession {
        untried: Some(untried).filter(|_| !left.is_empty()),
        ..session
    }
}

fn two(session: &mut OnnxSession) -> Result<Vec<f32>> {
    let out = session.run(&[("x", Tensor::F32(&[2], &[1.0, 2.0]))], &["y"])?;
    Ok(out.into_iter().next().unwrap().1)
}

#[test]
fn a_device_that_refuses_the_first_run_is_left_for_the_next() {
    if !library("a_device_that_refuses_the_first_run_is_left_for_the_next") {
        return;
    }
    let mut session = refusing(&[Device::Cpu]);
    assert_eq!(two(&mut session).unwrap(), [2.0, 4.0]);
    let note = session.in_use().note.unwrap();
    assert!(note.starts_with("cpu failed: "), "{note}");
    // One that has run once is not left any more: what it refuses now is the input's fault.
    let three = session.run(&[("x", Tensor::F32(&[3], &[0.0; 3]))], &["y"]);
    assert_eq!(three.unwrap_err().code(), "backend");
    assert_eq!(session.in_use().note.unwrap(), note);
}

#[test]
fn with_nothing_to_turn_to_a_refusal_is_an_error() {
    if !library("with_nothing_to_turn_to_a_refusal_is_an_error") {
        return;
    }
    let error = two(&mut refusing(&[])).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Backend {
                backend: "test",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_open_choice_is_open_until_the_first_run_and_a_named_one_never() {
    if !library("an_open_choice_is_open_until_the_first_run_and_a_named_one_never") {
        return;
    }
    let model = CheckedModel::built_in("two", DOUBLE).unwrap();
    let load = |device| {
        let runtime = OnnxRuntime::default().with_device(device);
        OnnxSession::load(&model, &runtime, Stage::Vad, "test").unwrap()
    };
    assert!(load(Device::Cpu).untried.is_none());
    let mut session = load(Device::Auto);
    let left = session.untried.as_ref().map_or(0, |u| u.devices.len());
    assert_eq!(left == 0, session.device() == Device::Cpu);
    two(&mut session).unwrap();
    assert!(session.untried.is_none());
}
