//! People known by their voices: enrolled, suggested, named, forgotten.

use autoproto_core::MeetingTranscript;
use serde_json::Value;

use super::{Bench, Ran, checkout, engines};

/// Where two of the three speak alone in `standup-en`, up to its middle.
const DAVID: [&str; 4] = ["--span", "0:01-0:13.5", "--span", "29.1-31.3"];
const MARIA: [&str; 2] = ["--span", "13.9-23.5"];

fn enrol(bench: &Bench, name: &str, spans: &[&str]) -> Ran {
    let standup = checkout().join("examples/data/standup-en.flac");
    let standup = standup.to_str().unwrap();
    bench.run(
        &[
            &["voices", "enrol", "voices.json", name, standup][..],
            spans,
        ]
        .concat(),
    )
}

fn diarized(bench: &Bench, options: &[&str]) -> (MeetingTranscript, String) {
    let standup = checkout().join("examples/data/standup-en.flac");
    let standup = standup.to_str().unwrap();
    let args = [&["diarize", standup, "--format", "json"][..], options].concat();
    let ran = bench.run(&args).succeeded("diarize");
    (serde_json::from_str(&ran.out).unwrap(), ran.err)
}

fn names(found: &MeetingTranscript) -> Vec<&str> {
    let mut names: Vec<&str> = found
        .speakers
        .iter()
        .filter_map(|s| s.name.as_deref())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn people_are_enrolled_suggested_named_and_forgotten() {
    let Some(_one) = engines("people_are_enrolled_suggested_named_and_forgotten") else {
        return;
    };
    let bench = Bench::new();
    for (name, spans) in [("David", &DAVID[..]), ("Maria", &MARIA)] {
        let ran = enrol(&bench, name, spans).succeeded("enrol");
        assert!(
            ran.out.is_empty() && ran.err.contains("biometric data"),
            "{}",
            ran.err
        );
    }
    let again = enrol(&bench, "Maria", &["--span", "0:13.9-0:20"]).succeeded("enrol");
    assert!(!again.err.contains("biometric"), "{}", again.err);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let book = std::fs::metadata(bench.path("voices.json")).unwrap();
        assert_eq!(book.permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(bench.names(), ["voices.json"]);
    let list = bench
        .run(&["voices", "list", "voices.json"])
        .succeeded("list");
    let rows: Vec<&str> = list.out.lines().collect();
    assert!(rows[0].starts_with("PERSON_00 David: 1") && rows[0].ends_with("1 voice print"));
    assert!(rows[1].starts_with("PERSON_01 Maria: ") && rows[1].ends_with("2 voice prints"));
    assert!(rows[2].contains("speaker-embedding-ge2e"), "{}", list.out);

    // Suggested, and only then named.
    let (found, err) = diarized(&bench, &["--voice-book", "voices.json"]);
    assert_eq!(names(&found), [""; 0]);
    let mut suggested: Vec<&str> = (found.suggestions.iter())
        .filter_map(|s| s.person.as_ref().map(|p| p.name.as_str()))
        .collect();
    suggested.sort_unstable();
    assert_eq!(suggested, ["David", "Maria"]);
    assert!(
        err.contains("may be David") && err.contains("nobody known"),
        "{err}"
    );
    let (found, err) = diarized(&bench, &["--voice-book", "voices.json", "--use-names"]);
    assert_eq!(names(&found), ["David", "Maria"]);
    assert!(err.contains("is Maria"), "{err}");
    let (found, err) = diarized(&bench, &[]);
    assert!(
        found.suggestions.is_empty() && !err.contains("Maria"),
        "{err}"
    );

    // Forgotten: the file has nothing of them.
    let ran = bench
        .run(&["voices", "forget", "voices.json", "Maria"])
        .succeeded("forget");
    assert!(ran.err.contains("Maria is forgotten"), "{}", ran.err);
    let text = std::fs::read_to_string(bench.path("voices.json")).unwrap();
    let book: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(book["people"].as_array().unwrap().len(), 1);
    assert!(
        !text.contains("Maria") && !text.contains("PERSON_01"),
        "{text}"
    );
    let (found, _) = diarized(&bench, &["--voice-book", "voices.json", "--use-names"]);
    assert_eq!(names(&found), ["David"]);

    // What can't be enrolled changes nothing; nor does a book of another model.
    let ran = enrol(&bench, "Tom", &["--span", "24-25"]);
    ran.refused("too short", 2, "at least 3 s");
    enrol(&bench, "Tom", &["--progress", "none"]).refused("of three", 2, "--span");
    assert_eq!(
        std::fs::read_to_string(bench.path("voices.json")).unwrap(),
        text
    );
    let sha256 = book["model"]["sha256"].as_str().unwrap();
    bench.file("other.json", text.replace(sha256, &"0".repeat(64)));
    bench.wav("silence.wav", &[0.0; 16_000]);
    bench
        .run(&["diarize", "silence.wav", "--voice-book", "other.json"])
        .refused(
            "another model",
            2,
            "a book of the model `speaker-embedding-ge2e`",
        );
}

#[test]
fn what_cannot_be_meant_of_voices_is_refused() {
    let bench = Bench::new();
    bench.silence();
    bench.file("notes.json", "{}");
    let before = bench.names();
    let enrol = ["voices", "enrol", "new.json", "Maria", "silence.wav"];
    let cases: &[(&[&str], i32, &str)] = &[
        (&["voices", "list", "none.json"], 1, "none.json"),
        (&["voices", "list", "notes.json"], 1, "notes.json"),
        (&["voices", "forget", "none.json", "Maria"], 1, "none.json"),
        (&["voices", "forget", "none.json"], 2, "<NAME>"),
        (
            &["diarize", "silence.wav", "--use-names"],
            2,
            "--voice-book",
        ),
        (
            &["diarize", "silence.wav", "--voice-book", "none.json"],
            1,
            "none.json",
        ),
        (
            &["diarize", "silence.wav", "--voice-book", "notes.json"],
            1,
            "notes.json",
        ),
        (&[&enrol[..], &["--span", "7-5"]].concat(), 2, "`7-5`"),
        (
            &[&enrol[..], &["--channels", "per-speaker"]].concat(),
            2,
            "`channels`",
        ),
        (
            &["voices", "enrol", "notes.json", "Maria", "silence.wav"],
            1,
            "notes.json",
        ),
        (
            &["voices", "enrol", "no/new.json", "Maria", "silence.wav"],
            1,
            "no/new.json",
        ),
        (
            &["voices", "enrol", "new.json", "PERSON_03", "silence.wav"],
            2,
            "`PERSON_03`",
        ),
        (
            &["voices", "enrol", "new.json", "Maria", "none.wav"],
            1,
            "none.wav",
        ),
    ];
    for (args, code, words) in cases {
        bench.run(args).refused(&format!("{args:?}"), *code, words);
    }
    assert_eq!(bench.names(), before);
}
