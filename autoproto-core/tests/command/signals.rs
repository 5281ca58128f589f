//! Interrupts, and readers and writers that go away.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Bench, checkout, engines};

/// Interrupts `minutes` once it reports that it is at `stage`; gives what standard error said after that.
fn interrupt_at(stage: &str) {
    let bench = Bench::new();
    let recording = checkout().join("examples/data/planning-ru.flac");
    let mut child = bench
        .command(&[
            "minutes",
            recording.to_str().unwrap(),
            "-o",
            "out.md",
            "-o",
            "out.json",
        ])
        .args(["--progress", "json", "--language", "ru"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let wanted = format!("\"stage\":\"{stage}\"");
    let reached = lines.by_ref().any(|line| line.unwrap().contains(&wanted));
    assert!(reached, "never at {stage}");
    let sent = Instant::now();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    // The command leaves within a second, whatever whisper.cpp is at; the rest is room for a busy machine. Without that a
    // pass of the encoder holds it up for tens of seconds there.
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if sent.elapsed() > Duration::from_secs(5) {
            child.kill().unwrap();
            panic!("{stage}: still running five seconds after the interrupt");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(130), "{stage}");
    let rest: Vec<String> = lines
        .map(Result::unwrap)
        .filter(|l| !l.starts_with('{'))
        .collect();
    assert_eq!(rest, ["error: cancelled"], "{stage}");
    let mut out = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    assert_eq!(out, "", "{stage}");
    assert!(
        bench.names().is_empty(),
        "{stage}: left {:?}",
        bench.names()
    );
}

#[test]
fn an_interrupt_stops_the_run_and_leaves_nothing() {
    let Some(_engines) = engines("an_interrupt_stops_the_run_and_leaves_nothing") else {
        return;
    };
    for stage in ["decode", "diarize", "transcribe"] {
        interrupt_at(stage);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let bench = Bench::new();
    bench.silence();
    let rttm = checkout().join("examples/data/standup-en.rttm");
    let rttm = rttm.to_str().unwrap();
    let cases: [&[&str]; 3] = [
        &["probe", "silence.wav"],
        &["eval", "der", rttm, rttm],
        &["minutes", "--help"],
    ];
    for args in cases {
        // The reader has gone before the first byte is written.
        let mut gone = Command::new("true").stdin(Stdio::piped()).spawn().unwrap();
        let pipe = gone.stdin.take().unwrap();
        gone.wait().unwrap();
        let ended = bench
            .command(args)
            .stdout(Stdio::from(pipe))
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(0), "{args:?}: {err}");
        assert!(err.is_empty(), "{args:?}: {err}");
    }
}

#[test]
fn it_needs_no_standard_input_and_no_standard_error() {
    let bench = Bench::new();
    bench.silence();
    // `>&-` closes a stream altogether.
    let script = format!("exec '{}' probe silence.wav <&- 2>&-", super::COMMAND);
    let ended = Command::new("sh")
        .args(["-c", &script])
        .current_dir(bench.folder.path())
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stdout.starts_with(b"silence.wav: WAV"));
}
