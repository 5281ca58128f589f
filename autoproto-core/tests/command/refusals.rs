//! What can't be meant or can't be read is refused in one line, and leaves nothing behind.

use super::{Bench, COMMAND, Ran, checkout, engines};

/// Recordings that can't be read: what is wrong, and words of the refusal.
fn unreadable(bench: &Bench) -> Vec<(&'static str, String, &'static str)> {
    // Looks random, and is the same every time.
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..65_536)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let flac = std::fs::read(checkout().join("examples/data/standup-en.flac")).unwrap();
    std::fs::create_dir(bench.path("folder.wav")).unwrap();
    let path = |p: std::path::PathBuf| p.to_str().unwrap().to_owned();
    vec![
        ("missing", path(bench.path("none.wav")), "none.wav"),
        ("a folder", path(bench.path("folder.wav")), "folder.wav"),
        ("empty", path(bench.file("empty.wav", "")), "empty"),
        (
            "text named as a recording",
            path(bench.file("notes.mp3", "Minutes of Monday\n".repeat(400))),
            "notes.mp3",
        ),
        ("noise", path(bench.file("noise.bin", &noise)), "noise.bin"),
        (
            "noise named as a film",
            path(bench.file("noise.mp4", &noise)),
            "noise.mp4",
        ),
        (
            "a FLAC cut in its header",
            path(bench.file("cut.flac", &flac[..20])),
            "cut.flac",
        ),
    ]
}

#[test]
fn recordings_that_cannot_be_read() {
    let bench = Bench::new();
    for (what, file, words) in unreadable(&bench) {
        let before = bench.names();
        for command in ["minutes", "transcript", "diarize"] {
            let out = ["-o", "out.json"];
            let ran = bench.run(&[&[command, &file][..], &out].concat());
            ran.refused(&format!("{command}: {what}"), 1, words);
        }
        bench
            .run(&["probe", &file])
            .refused(&format!("probe: {what}"), 1, words);
        bench.run(&["decode", &file, "-o", "out.wav"]).refused(
            &format!("decode: {what}"),
            1,
            words,
        );
        assert_eq!(bench.names(), before, "{what}");
    }
}

#[test]
fn options_that_cannot_be_meant() {
    let bench = Bench::new();
    bench.silence();
    bench.file("notes.txt", "x");
    bench.file("here.md", "mine");
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--language", "klingon"], 2, "`klingon`"),
        (&["--language", ""], 2, "`language`"),
        (&["--speakers", "0"], 2, "`speakers`"),
        (&["--speakers", "-1"], 2, "`speakers`"),
        (&["--speakers", "5..2"], 2, "`speakers`"),
        (&["--speakers", "abc"], 2, "`abc`"),
        (&["--speakers", "101"], 2, "`speakers`"),
        (&["--speakers", "99999999999999999999"], 2, "`speakers`"),
        (&["--speakers", ".."], 2, "`speakers`"),
        (&["--threads", "0"], 2, "`threads`"),
        (&["--threads", "-3"], 2, "`threads`"),
        (&["--threads", "257"], 2, "`threads`"),
        (&["--threads", "two"], 2, "`two`"),
        (&["--device", "gpu"], 2, "`gpu`"),
        (&["--device", "cuda:-1"], 2, "`cuda:-1`"),
        (&["--device", "cpu:0"], 2, "`device`"),
        (&["--format", "docx"], 2, "`docx`"),
        (&["-o", "out.docx"], 2, "out.docx"),
        (&["-o", "out"], 2, "--format"),
        (&["-o", "out.md", "-o", "out.md"], 2, "once"),
        (&["-o", "nowhere/out.md"], 1, "nowhere"),
        (&["-o", "."], 2, "`.`"),
        (&["-o", "silence.wav", "--format", "md"], 2, "recording"),
        (&["--models", "nowhere"], 2, "`models`"),
        (&["--models", "notes.txt"], 2, "`models`"),
        (&["--progress", "loud"], 2, "loud"),
        (&["--no-such-option"], 2, "--no-such-option"),
        (&["second.wav"], 1, "second.wav"),
        (&["--channels", "left"], 2, "`left`"),
        (&["--channels", "7"], 2, "`channels`"),
        (&["--track", "9"], 2, "`track`"),
        (&["--raw", "s24:1:1"], 2, "`s24:1:1`"),
        (&["--raw", "s16:10:1"], 2, "1000 to 400000 Hz"),
        (&["--offset", "-1"], 2, "`offset`"),
        (&["--offset", "1", "--offset", "2"], 2, "`offset`"),
        (&["--shared", "0"], 2, "`shared`"),
        (&["--temp-dir", "nowhere"], 2, "`temp-dir`"),
        (&["-o"], 2, "-o"),
    ];
    let before = bench.names();
    for (options, code, words) in cases {
        for command in ["minutes", "transcript"] {
            let ran = bench.run(&[&[command, "silence.wav"][..], options].concat());
            ran.refused(&format!("{command} {options:?}"), *code, words);
        }
    }
    assert_eq!(bench.names(), before);
    assert_eq!(std::fs::read(bench.path("here.md")).unwrap(), b"mine");
    let commands: &[(&[&str], i32, &str)] = &[
        (&["frobnicate"], 2, "frobnicate"),
        (&["minutes", ""], 2, "<FILE>"),
        (&["minutes"], 2, "<FILE>"),
        (&["diarize", "silence.wav", "--format", "srt"], 2, "rttm"),
        (&["diarize", "silence.wav", "-o", "out.md"], 2, "rttm"),
        (&["probe", "silence.wav", "--format", "xml"], 2, "`xml`"),
        (&["decode", "silence.wav"], 2, "--output"),
        (
            &["decode", "silence.wav", "-o", "silence.wav"],
            2,
            "recording",
        ),
        (
            &["decode", "silence.wav", "-o", "nowhere/out.wav"],
            1,
            "nowhere",
        ),
    ];
    for (args, code, words) in commands {
        bench.run(args).refused(&format!("{args:?}"), *code, words);
    }
    assert_eq!(bench.names(), before);
}

#[test]
fn without_a_command_it_says_what_there_is() {
    let bench = Bench::new();
    for (args, words) in [(&[][..], "minutes"), (&["eval"], "wer")] {
        let ran = bench.run(args);
        assert_eq!(ran.code, Some(2), "{args:?}");
        assert!(ran.out.is_empty(), "{args:?}: {}", ran.out);
        assert!(
            ran.err.contains("Usage:") && ran.err.contains(words),
            "{args:?}: {}",
            ran.err
        );
    }
}

#[test]
fn models_that_are_not_what_they_should_be() {
    let Some(_engines) = engines("models_that_are_not_what_they_should_be") else {
        return;
    };
    let bench = Bench::new();
    let speech = bench.speech();
    let speech = speech.to_str().unwrap();
    let whisper = std::fs::read(super::models().join("ggml-base-q8_0.bin")).unwrap();
    bench.file("cut.bin", &whisper[..whisper.len() / 3]);
    bench.file("header.bin", &whisper[..40]);
    bench.file("text.bin", "This is no model.\n".repeat(100));
    bench.file("empty.bin", "");
    std::fs::create_dir(bench.path("pair")).unwrap();
    std::fs::create_dir(bench.path("broken")).unwrap();
    bench.file("broken/diarizer.json", "{ \"segmentation\": 3 }");
    let cases: &[(&str, &str, i32, &str)] = &[
        ("--transcriber", "cut.bin", 1, "cut.bin"),
        ("--transcriber", "header.bin", 1, "header.bin"),
        ("--transcriber", "text.bin", 1, "text.bin"),
        ("--transcriber", "empty.bin", 1, "empty"),
        ("--transcriber", "pair", 1, "pair"),
        ("--transcriber", "no-such-model", 2, "no-such-model"),
        (
            "--transcriber",
            "whisper-small-q8_0",
            1,
            "whisper-small-q8_0",
        ),
        ("--diarizer", "no-such-pair", 2, "no-such-pair"),
        ("--device", "directml:1", 1, "`directml:1`"),
        ("--diarizer", "pair", 1, "pair"),
        ("--diarizer", "broken", 1, "diarizer.json"),
    ];
    let before = bench.names();
    for (option, value, code, words) in cases {
        if *value == "whisper-small-q8_0" && super::models().join("ggml-small-q8_0.bin").exists() {
            continue;
        }
        let ran = bench.run(&["minutes", speech, "-o", "out.md", option, value]);
        ran.refused(&format!("{option} {value}"), *code, words);
    }
    assert_eq!(bench.names(), before);
}

/// A copy of the command far from any checkout, with no cache: no model is to be found.
#[cfg(unix)]
#[test]
fn without_models_it_says_what_is_missing_and_where_it_looked() {
    let bench = Bench::new();
    bench.silence();
    std::fs::create_dir(bench.path("mine")).unwrap();
    let alone = bench.path("autoproto");
    std::fs::copy(COMMAND, &alone).unwrap();
    let alone = |options: &[&str]| {
        let mut command = std::process::Command::new(&alone);
        command
            .args(["minutes", "silence.wav", "-o", "out.md"])
            .args(options)
            .current_dir(bench.folder.path())
            .env("HOME", bench.path("home"))
            .env_remove("XDG_CACHE_HOME")
            .env_remove("AUTOPROTO_MODELS");
        Ran::of(command.output().unwrap())
    };
    for (options, folder) in [(&["--models", "mine"][..], "mine"), (&[], "models")] {
        let ran = alone(options);
        ran.refused("no models", 1, "silero-vad-6.2");
        for said in ["make models", folder, "home"] {
            assert!(ran.err.contains(said), "{said}: {}", ran.err);
        }
    }
    // The first model that is there is cut.
    bench.file("mine/silero_vad.onnx", [0; 1000]);
    alone(&["--models", "mine"]).refused("a cut model", 1, "silero_vad.onnx");
    assert!(!bench.path("out.md").exists());
}

#[test]
fn a_library_that_cannot_be_loaded_is_named() {
    let bench = Bench::new();
    bench.silence();
    bench.file("not-a-library.so", "text");
    let mut command = bench.command(&["minutes", "silence.wav"]);
    command.env("ORT_DYLIB_PATH", bench.path("not-a-library.so"));
    Ran::of(command.output().unwrap()).refused("no library", 1, "not-a-library.so");
}

#[test]
fn references_that_cannot_be_scored() {
    let bench = Bench::new();
    bench.file("good.rttm", "SPEAKER a 1 0.0 1.0 <NA> <NA> x <NA> <NA>\n");
    bench.file("words.rttm", "once upon a time\n");
    bench.file("short.rttm", "SPEAKER a 1 0.0\n");
    bench.file(
        "number.rttm",
        "SPEAKER a 1 0.0 1.0 <NA> <NA> x <NA> <NA>\nSPEAKER a 1 zero one <NA> <NA> x <NA> <NA>\n",
    );
    bench.file("minus.rttm", "SPEAKER a 1 0.0 -1.0 <NA> <NA> x <NA> <NA>\n");
    bench.file("nan.rttm", "SPEAKER a 1 nan inf <NA> <NA> x <NA> <NA>\n");
    bench.file("bytes.rttm", [0xFF, 0xFE, 0x00, 0x80]);
    bench.file("empty.rttm", "");
    bench.file("good.txt", "Anna\tWe agreed.\n");
    bench.file("untabbed.txt", "Anna\tWe agreed.\nBoris On Friday.\n");
    bench.file("other.json", "{\"text\": \"We agreed.\"}");
    let crowd: Vec<String> = (0..201).map(|i| format!("{i}\tyes\n")).collect();
    bench.file("crowd.txt", crowd.concat());
    let cases: &[(&[&str], i32, &str)] = &[
        (&["der", "words.rttm", "good.rttm"], 1, "words.rttm, line 1"),
        (&["der", "short.rttm", "good.rttm"], 1, "short.rttm, line 1"),
        (
            &["der", "good.rttm", "number.rttm"],
            1,
            "number.rttm, line 2",
        ),
        (&["der", "good.rttm", "minus.rttm"], 1, "minus.rttm, line 1"),
        (&["der", "good.rttm", "nan.rttm"], 1, "nan.rttm, line 1"),
        (&["der", "good.rttm", "bytes.rttm"], 1, "bytes.rttm"),
        (&["der", "empty.rttm", "good.rttm"], 1, "empty.rttm"),
        (&["der", "none.rttm", "good.rttm"], 1, "none.rttm"),
        (
            &["der", "good.rttm", "good.rttm", "--collar", "-1"],
            2,
            "`collar`",
        ),
        (
            &["der", "good.rttm", "good.rttm", "--collar", "nan"],
            2,
            "`collar`",
        ),
        (
            &["der", "good.rttm", "good.rttm", "--collar", "x"],
            2,
            "--collar",
        ),
        (&["der", "good.rttm"], 2, "<HYPOTHESIS>"),
        (&["jer", "empty.rttm", "good.rttm"], 1, "empty.rttm"),
        (
            &["jer", "good.rttm", "number.rttm"],
            1,
            "number.rttm, line 2",
        ),
        (
            &["jer", "good.rttm", "good.rttm", "--collar", "-1"],
            2,
            "`collar`",
        ),
        (
            &["cpwer", "good.txt", "untabbed.txt"],
            1,
            "untabbed.txt, line 2",
        ),
        (&["cpwer", "other.json", "good.txt"], 1, "utterances"),
        (&["cpwer", "good.txt", "crowd.txt"], 1, "201 speakers"),
        (&["cpwer", "empty.rttm", "good.txt"], 1, "no words"),
        (&["cpwer", "none.txt", "good.txt"], 1, "none.txt"),
        (&["wer", "none.txt", "good.rttm"], 1, "none.txt"),
        (&["wer", "bytes.rttm", "good.rttm"], 1, "bytes.rttm"),
        (&["wer", "empty.rttm", "good.rttm"], 1, "empty.rttm"),
        (
            &["wer", "good.rttm", "good.rttm", "--language", "xx"],
            2,
            "`xx`",
        ),
    ];
    for (args, code, words) in cases {
        let ran = bench.run(&[&["eval"][..], args].concat());
        ran.refused(&format!("{args:?}"), *code, words);
    }
}
