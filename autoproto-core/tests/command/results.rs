//! What the command gives.

use autoproto_core::export::rttm;
use autoproto_core::{MeetingReport, MeetingTranscript};
use serde_json::Value;

use super::{Bench, Ran, checkout, engines, skipped};

#[test]
fn it_tells_what_it_is() {
    let bench = Bench::new();
    for args in [
        &["--help"][..],
        &["minutes", "--help"],
        &["eval", "der", "--help"],
    ] {
        let ran = bench.run(args).succeeded("help");
        assert!(ran.out.contains("Usage:") && ran.err.is_empty(), "{args:?}");
    }
    let ran = bench.run(&["--version"]).succeeded("version");
    assert_eq!(
        ran.out,
        format!("autoproto {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn probe_tells_what_is_in_a_file() {
    let bench = Bench::new();
    bench.speech();
    let ran = bench.run(&["probe", "speech.wav"]).succeeded("probe");
    assert!(
        ran.out.starts_with("speech.wav: WAV, 11.00 s\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("16000 Hz, 1 ch, 11.00 s (taken)"),
        "{}",
        ran.out
    );
    let json: Value = serde_json::from_str(
        &bench
            .run(&["probe", "speech.wav", "--format", "json"])
            .succeeded("probe")
            .out,
    )
    .unwrap();
    assert_eq!(json["container"], "WAV");
    assert_eq!(json["tracks"][0]["sample_rate"], 16_000);
}

#[test]
fn decode_writes_wav_with_every_sample() {
    let bench = Bench::new();
    bench.speech();
    let ran = bench
        .run(&["decode", "speech.wav", "-o", "out.wav"])
        .succeeded("decode");
    assert!(ran.out.is_empty() && ran.err.is_empty(), "{}", ran.err);
    assert_eq!(bench.names(), ["out.wav", "speech.wav"]);
    // 16 kHz mono in, 16 kHz mono out: the samples are those that were there.
    let (before, after) = (
        std::fs::read(bench.path("speech.wav")).unwrap(),
        std::fs::read(bench.path("out.wav")).unwrap(),
    );
    let data = |wav: &[u8]| {
        let at = wav.windows(4).position(|w| w == b"data").unwrap();
        wav[at + 8..].to_vec()
    };
    assert!(data(&before).starts_with(&data(&after)) && data(&after).len() == 2 * 176_000);
}

#[test]
fn decode_writes_and_reads_samples_without_a_header() {
    let bench = Bench::new();
    bench.speech();
    bench
        .run(&["decode", "speech.wav", "-o", "a.s16"])
        .succeeded("s16");
    bench
        .run(&["decode", "speech.wav", "-o", "a.f32"])
        .succeeded("f32");
    let args = ["decode", "a.s16", "--raw", "s16:16000:1", "-o", "b.f32"];
    bench.run(&args).succeeded("raw in, raw out");
    let read = |name: &str| std::fs::read(bench.path(name)).unwrap();
    assert_eq!(read("a.s16").len(), 2 * 176_000);
    assert_eq!(read("a.f32"), read("b.f32"));
    let args = ["decode", "speech.wav", "--float", "-o", "c.wav"];
    bench.run(&args).succeeded("floats");
    assert!(read("c.wav").ends_with(&read("a.f32")));
    let args = ["probe", "a.s16", "--raw", "s16:8000:2"];
    let probed = bench.run(&args).succeeded("probe").out;
    assert!(
        probed.contains("raw PCM, 11.00 s") && probed.contains("8000 Hz, 2 ch"),
        "{probed}"
    );
}

#[test]
fn one_channel_of_a_recording_can_be_taken() {
    let bench = Bench::new();
    let stereo: Vec<u8> = (0..1_600i16)
        .flat_map(|i| [[0, 0], i.to_le_bytes()].concat())
        .collect();
    bench.file("stereo.s16", &stereo);
    let take = |channel: &str| {
        let args = [
            "--raw",
            "s16:16000:2",
            "--channels",
            channel,
            "-o",
            "out.s16",
        ];
        bench
            .run(&[&["decode", "stereo.s16"][..], &args].concat())
            .succeeded(channel);
        std::fs::read(bench.path("out.s16")).unwrap()
    };
    assert_eq!(take("1"), vec![0; 3_200]);
    assert_eq!(take("2")[2..4], 1i16.to_le_bytes());
    let args = [
        "decode",
        "stereo.s16",
        "--raw",
        "s16:16000:2",
        "--channels",
        "3",
        "-o",
        "out.s16",
    ];
    bench.run(&args).refused("a third channel", 2, "`channels`");
}

#[test]
fn an_ffmpeg_reads_what_is_not_read_here_unless_it_is_forbidden() {
    let bench = Bench::new();
    let film = checkout().join("tests/data/media/aac.ts");
    std::fs::copy(film, bench.path("film.ts")).unwrap();
    let args = ["probe", "film.ts", "--external-decoder", "none"];
    bench.run(&args).refused("none", 1, "MPEG-TS");
    let Some(program) = std::env::var_os("AUTOPROTO_FFMPEG") else {
        let reason = "AUTOPROTO_FFMPEG names no ffmpeg";
        return skipped(
            "an_ffmpeg_reads_what_is_not_read_here_unless_it_is_forbidden",
            reason,
        );
    };
    let program = program.to_str().unwrap();
    let ran = bench
        .run(&["probe", "film.ts", "--external-decoder", program])
        .succeeded("probe");
    assert!(
        ran.out.contains("audio AAC-LC") && ran.out.contains("external decoder"),
        "{}",
        ran.out
    );
    let args = [
        "decode",
        "film.ts",
        "--external-decoder",
        program,
        "-o",
        "film.s16",
    ];
    let ran = bench.run(&args).succeeded("decode");
    assert!(ran.err.is_empty(), "{}", ran.err);
    assert_eq!(std::fs::read(bench.path("film.s16")).unwrap().len(), 20_480);
}

#[test]
fn a_file_against_itself_has_no_errors() {
    let bench = Bench::new();
    let rttm = checkout().join("examples/data/standup-en.rttm");
    let rttm = rttm.to_str().unwrap();
    let ran = bench.run(&["eval", "der", rttm, rttm]).succeeded("der");
    assert!(
        ran.out
            .starts_with("DER 0.00 % (miss 0.00, false alarm 0.00, confusion 0.00)"),
        "{}",
        ran.out
    );
    bench.file("said.txt", "We agreed to ship it on Tuesday.\n");
    let ran = bench
        .run(&["eval", "wer", "said.txt", "said.txt"])
        .succeeded("wer");
    assert_eq!(
        ran.out,
        "WER 0.00 % (0 substituted, 0 deleted, 0 inserted) of 7 words\n"
    );
    bench.file("heard.txt", "We agreed to sip it Tuesday.\n");
    let ran = bench
        .run(&["eval", "wer", "said.txt", "heard.txt"])
        .succeeded("wer");
    assert_eq!(
        ran.out,
        "WER 28.57 % (1 substituted, 1 deleted, 0 inserted) of 7 words\n"
    );
}

#[test]
fn speakers_are_measured_by_time_and_by_words() {
    let bench = Bench::new();
    let rttm = checkout().join("examples/data/standup-en.rttm");
    let rttm = rttm.to_str().unwrap();
    let ran = bench.run(&["eval", "jer", rttm, rttm]).succeeded("jer");
    assert_eq!(
        ran.out,
        "JER 0.00 % of 3 speakers; collar 0 s, overlap scored\n"
    );
    bench.file(
        "true.rttm",
        "SPEAKER a 1 0 8 <NA> <NA> Anna <NA> <NA>\nSPEAKER a 1 8 2 <NA> <NA> Boris <NA> <NA>\n\
         SPEAKER b 1 0 5 <NA> <NA> Anna <NA> <NA>\n",
    );
    bench.file(
        "found.rttm",
        "SPEAKER a 1 0 8 <NA> <NA> x <NA> <NA>\nSPEAKER b 1 0 5 <NA> <NA> y <NA> <NA>\n\
         SPEAKER b 1 7 5 <NA> <NA> z <NA> <NA>\n",
    );
    let args = ["eval", "jer", "true.rttm", "found.rttm", "--skip-overlap"];
    assert_eq!(
        bench.run(&args).succeeded("jer").out,
        "a: JER 50.00 % of 2 speakers\nb: JER 0.00 % of 1 speaker (1 more found)\n\
         JER 33.33 % of 3 speakers (1 more found); collar 0 s, overlap left out\n"
    );

    let json = checkout().join("examples/data/rollout-ru.json");
    let json = json.to_str().unwrap();
    let ran = bench.run(&["eval", "cpwer", json, json]).succeeded("cpwer");
    assert!(
        ran.out
            .starts_with("cpWER 0.00 % (0 substituted, 0 deleted, 0 inserted) of "),
        "{}",
        ran.out
    );
    bench.file(
        "said.txt",
        "Anna\tShall we ship it?\nBoris\tOn Friday.\nAnna\tAgreed.\n",
    );
    bench.file(
        "heard.json",
        r#"{"utterances": [
            {"speaker": "SPEAKER_00", "text": "Shall we ship it?"},
            {"speaker": "SPEAKER_01", "text": "On Friday. Agreed."},
            {"speaker": null, "text": "Well."}
        ]}"#,
    );
    assert_eq!(
        bench
            .run(&["eval", "cpwer", "said.txt", "heard.json"])
            .succeeded("cpwer")
            .out,
        "cpWER 42.86 % (0 substituted, 1 deleted, 2 inserted) of 7 words\n\
         Anna: SPEAKER_00\nBoris: SPEAKER_01\nno one: (no name)\n"
    );
}

#[test]
fn minutes_in_every_format_from_one_run() {
    let Some(_engines) = engines("minutes_in_every_format_from_one_run") else {
        return;
    };
    let bench = Bench::new();
    bench.speech();
    let files = ["a.md", "a.json", "a.txt", "a.srt", "a.vtt", "a.rttm"];
    let mut args = vec![
        "minutes",
        "speech.wav",
        "--progress",
        "json",
        "--language",
        "en",
    ];
    args.extend(files.iter().flat_map(|file| ["-o", file]));
    args.extend(["-o", "-", "--threads", "2"]);
    let ran = bench.run(&args).succeeded("minutes");
    let text = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    // Standard output has the document and nothing else.
    assert_eq!(ran.out, text("a.md"));
    // Standard error has progress and nothing else, from 0 to 1.
    let mut last = 0.0;
    for line in ran.err.lines() {
        let progress: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        let overall = progress["overall"].as_f64().unwrap();
        assert!(overall >= last, "{line} after {last}");
        last = overall;
    }
    assert!((last - 1.0).abs() < 1e-9, "{}", ran.err);

    let report: MeetingReport = serde_json::from_str(&text("a.json")).unwrap();
    let said: Vec<&str> = report
        .transcript
        .utterances
        .iter()
        .map(|u| u.text.as_str())
        .collect();
    let said = said.join(" ").to_lowercase();
    assert!(
        said.contains("ask not what your country can do for you"),
        "{said}"
    );
    assert_eq!(report.transcript.speakers.len(), 1);
    assert_eq!(
        report.transcript.language,
        Some(autoproto_core::Language::ENGLISH)
    );
    for file in ["a.md", "a.txt", "a.srt", "a.vtt"] {
        let flat = text(file).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.to_lowercase().contains("country"), "{file}: {flat}");
    }
    assert!(text("a.vtt").starts_with("WEBVTT\n"));
    assert!(text("a.srt").starts_with("1\n00:00:0"));
    let turns = rttm::parse(&text("a.rttm")).unwrap();
    assert_eq!(turns.len(), report.transcript.turns.len());
    assert!(turns.iter().all(|(recording, _)| recording == "speech"));
    let mut expected: Vec<&str> = files.to_vec();
    expected.push("speech.wav");
    expected.sort_unstable();
    assert_eq!(bench.names(), expected);
}

#[test]
fn transcript_and_diarize_agree_on_who_speaks_when() {
    let Some(_engines) = engines("transcript_and_diarize_agree_on_who_speaks_when") else {
        return;
    };
    let bench = Bench::new();
    bench.speech();
    let json = |args: &[&str]| -> Ran { bench.run(args).succeeded("json") };
    let heard = json(&[
        "transcript",
        "speech.wav",
        "--format",
        "json",
        "--progress",
        "none",
    ]);
    assert!(heard.err.is_empty(), "{}", heard.err);
    assert!(!heard.out.contains("\"minutes\""));
    let transcript: MeetingTranscript = serde_json::from_str(&heard.out).unwrap();
    let who = json(&["diarize", "speech.wav", "--format", "json"]);
    let turns: MeetingTranscript = serde_json::from_str(&who.out).unwrap();
    assert_eq!(turns.turns, transcript.turns);
    assert!(turns.utterances.is_empty() && !transcript.utterances.is_empty());
    let rttm = json(&["diarize", "speech.wav", "-o", "who.rttm"]);
    assert!(rttm.out.is_empty());
    let ran = bench
        .run(&["eval", "der", "who.rttm", "who.rttm"])
        .succeeded("der");
    assert!(ran.out.starts_with("DER 0.00 %"), "{}", ran.out);
}

#[test]
fn silence_gives_nothing_and_is_no_error() {
    let Some(_engines) = engines("silence_gives_nothing_and_is_no_error") else {
        return;
    };
    let bench = Bench::new();
    bench.silence();
    let note = "note: silence.wav: no speech was found\n";
    for format in ["txt", "md"] {
        let ran = bench
            .run(&["minutes", "silence.wav", "--format", format])
            .succeeded(format);
        assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", note), "{format}");
    }
    let files = ["a.txt", "a.srt", "a.rttm", "a.json"];
    let mut args = vec!["minutes", "silence.wav"];
    args.extend(files.iter().flat_map(|file| ["-o", file]));
    let ran = bench.run(&args).succeeded("files");
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", note));
    let text = |name: &str| std::fs::read_to_string(bench.path(name)).unwrap();
    for file in &files[..3] {
        assert_eq!(text(file), "", "{file}");
    }
    let report: MeetingReport = serde_json::from_str(&text("a.json")).unwrap();
    assert_eq!(report.transcript.duration, 3.0);
    assert!(report.transcript.is_silent() && report.minutes.decisions.is_empty());
}

#[test]
fn a_result_that_is_there_is_replaced_whole() {
    let Some(_engines) = engines("a_result_that_is_there_is_replaced_whole") else {
        return;
    };
    let bench = Bench::new();
    bench.silence();
    bench.file("out.json", "x".repeat(100_000));
    bench
        .run(&["minutes", "silence.wav", "-o", "out.json"])
        .succeeded("minutes");
    let text = std::fs::read_to_string(bench.path("out.json")).unwrap();
    serde_json::from_str::<MeetingReport>(&text).unwrap();
    assert_eq!(bench.names(), ["out.json", "silence.wav"]);
}

#[test]
fn doctor_finds_everything_where_everything_is() {
    let Some(_engines) = engines("doctor_finds_everything_where_everything_is") else {
        return;
    };
    let bench = Bench::new();
    let ran = bench.run(&["doctor"]).succeeded("doctor");
    assert!(
        ran.out.contains("ONNX Runtime: ") && !ran.out.contains("MISSING"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("whisper-base-q8_0: "), "{}", ran.out);
    assert!(ran.out.contains("\n  cpu: works\n"), "{}", ran.out);
    assert!(ran.out.contains("\n  auto: "), "{}", ran.out);
}
