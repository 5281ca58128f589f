//! The JSON schema of the result: as it is committed, and as results are. After a change that is meant, run with
//! `AUTOPROTO_BLESS=1`, review the difference, and raise `RESULT_SCHEMA`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use autoproto_core::export::{Format, View, render, result_schema};
use autoproto_core::testing::{
    ScriptedDiarizer, ScriptedSummarizer, ScriptedTranscriber, ScriptedVad, word,
};
use autoproto_core::{
    ActionItem, AgendaItem, AudioView, CancelToken, Decision, Device, Evidence, MeetingReport,
    MeetingTranscript, Minutes, ModelInUse, Owner, Pipeline, Progress, Question, RESULT_SCHEMA,
    SpeakerId, SpeakerTurn, TimeSpan, UtteranceId,
};
use autoproto_tests::checkout;
use serde_json::{Value, json};

fn validator() -> jsonschema::Validator {
    let schema = result_schema();
    jsonschema::meta::validate(&schema).expect("the schema is one");
    jsonschema::validator_for(&schema).unwrap()
}

/// A small meeting through the whole pipeline, with every kind of item and of owner.
fn report() -> MeetingReport {
    let evidence = || {
        vec![Evidence {
            utterances: vec![UtteranceId(1)],
            span: TimeSpan::new(0.1, 0.9),
            quote: "Ship it.".into(),
        }]
    };
    let action = |owner, due: Option<&str>| ActionItem {
        task: "ship it".into(),
        owner,
        due: due.map(str::to_owned),
        evidence: evidence(),
    };
    let mut minutes = Minutes::default();
    minutes.agenda.push(AgendaItem {
        title: "the release".into(),
        span: TimeSpan::new(0.0, 2.0),
        evidence: evidence(),
    });
    minutes.decisions.push(Decision {
        text: "ship it".into(),
        evidence: evidence(),
    });
    minutes.actions = vec![
        action(Owner::Named("Мария".into()), Some("Tuesday")),
        action(Owner::Speaker(SpeakerId(0)), None),
        action(Owner::Unassigned, None),
    ];
    minutes.questions.push(Question {
        text: "Who?".into(),
        evidence: evidence(),
    });
    let turn = |start, end, id| SpeakerTurn {
        span: TimeSpan::new(start, end),
        speaker: SpeakerId(id),
    };
    let mut pipeline = Pipeline::builder()
        .vad(ScriptedVad::new([TimeSpan::new(0.0, 4.0)]))
        .diarizer(ScriptedDiarizer::new([
            turn(0.0, 1.0, 0),
            turn(0.5, 1.5, 1),
        ]))
        .transcriber(ScriptedTranscriber::new([
            word(0.1, "Ship"),
            word(0.6, "it."),
            word(3.5, "Who?"),
        ]))
        .summarizer(ScriptedSummarizer::new(minutes))
        .build()
        .unwrap();
    let samples = vec![0.1; 64_000];
    let mut report = pipeline
        .run_audio(
            AudioView::new(&samples),
            &CancelToken::new(),
            &|_: Progress| {},
        )
        .unwrap();
    assert_eq!(report.transcript.utterances[1].speaker, None);
    report.transcript.speakers[1].name = Some("Олег".into());
    report.transcript.engines[1].models = vec![
        ModelInUse::new("segmentation.onnx").on(Device::Cuda(1)),
        ModelInUse::new("embedding.onnx")
            .on(Device::Cpu)
            .because(Some("cuda failed: no driver".into())),
        ModelInUse::new("somewhere"),
    ];
    report.transcript.coverage.uncovered = vec![TimeSpan::new(2.0, 3.0)];
    report
}

fn rendered(view: View<'_>) -> Value {
    serde_json::from_str(&render(view, Format::Json).unwrap()).unwrap()
}

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let path = checkout().join("schema/autoproto-result-1.json");
    let got = serde_json::to_string_pretty(&result_schema()).unwrap() + "\n";
    if std::env::var_os("AUTOPROTO_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &got).unwrap();
    }
    let want = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; run with AUTOPROTO_BLESS=1", path.display()));
    assert!(
        want == got,
        "{} is not the schema of the code; if the change is meant, bless it and review the difference; got:\n{got}",
        path.display()
    );
    let major = RESULT_SCHEMA.split(['/', '.']).nth(1).unwrap();
    assert!(
        path.ends_with(format!("schema/autoproto-result-{major}.json")),
        "a new major version has a file of its own"
    );
}

#[test]
fn results_are_valid() {
    let validator = validator();
    let (report, silence) = (report(), MeetingTranscript::silent(3.0));
    let results = [
        ("report", View::from(&report)),
        ("transcript", View::from(&report.transcript)),
        ("silence", View::from(&silence)),
    ];
    for (what, view) in results {
        let errors: Vec<String> = validator
            .iter_errors(&rendered(view))
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}");
    }
}

#[test]
fn a_result_of_the_first_version_is_valid() {
    let mut result = rendered(View::from(&report()));
    result["schema"] = json!("autoproto-result/1.0");
    result.as_object_mut().unwrap().remove("engines").unwrap();
    let coverage = result["coverage"].as_object_mut().unwrap();
    for field in ["lost", "lost_spans", "warnings"] {
        coverage.remove(field).unwrap();
    }
    let errors: Vec<String> = validator()
        .iter_errors(&result)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn what_no_result_can_be_is_not_valid() {
    let validator = validator();
    let good = rendered(View::from(&report()));
    let wrong = [
        ("/schema", json!("autoproto-result/2.0")),
        ("/schema", json!(1)),
        ("/language", json!("English")),
        ("/duration", json!("3 s")),
        ("/speakers/0/id", json!("Maria")),
        ("/speakers/0/id", json!(null)),
        ("/speakers/0/name", json!(7)),
        ("/turns/0/speaker", json!(0)),
        ("/turns/0/start", json!(null)),
        ("/utterances/0/id", json!(-1)),
        ("/utterances/0/id", json!("1")),
        ("/utterances/0/speaker", json!("SPEAKER_X")),
        ("/utterances/0/words/0/confidence", json!("high")),
        ("/utterances/0/words", json!(null)),
        ("/coverage/uncovered/0/end", json!("late")),
        ("/coverage/utterances", json!(1.5)),
        ("/minutes/actions/0/owner", json!(["Maria"])),
        ("/minutes/actions/0/due", json!(20_260_101)),
        ("/minutes/decisions/0/evidence", json!("Ship it.")),
        ("/minutes/decisions/0/evidence", json!([])),
        ("/minutes/decisions/0/evidence/0/utterances", json!([])),
        ("/minutes/agenda/0/start", json!({})),
        ("/engines", json!({})),
        ("/engines/0/stage", json!("listening")),
        ("/engines/0/id", json!(null)),
        ("/engines/1/models", json!(null)),
        ("/engines/1/models/0/model", json!(7)),
        ("/engines/1/models/0/device", json!(0)),
        ("/minutes", json!(null)),
    ];
    for (place, value) in wrong {
        let mut result = good.clone();
        *result
            .pointer_mut(place)
            .unwrap_or_else(|| panic!("no {place}")) = value.clone();
        assert!(!validator.is_valid(&result), "{place} may not be {value}");
    }
    for field in ["schema", "duration", "turns", "utterances", "coverage"] {
        let mut result = good.clone();
        result.as_object_mut().unwrap().remove(field);
        assert!(!validator.is_valid(&result), "{field} may not be absent");
    }
}

#[test]
fn every_field_says_what_it_is() {
    fn walk(at: &str, schema: &Value) {
        if let Some(fields) = schema["properties"].as_object() {
            for (name, field) in fields {
                let said = field["description"].as_str().unwrap_or_default();
                assert!(!said.is_empty(), "{at}/{name} has no description");
                for code in ["[`", "`None`", "`Some"] {
                    assert!(!said.contains(code), "{at}/{name} speaks of code: {said}");
                }
            }
        }
    }
    let schema = result_schema();
    walk("", &schema);
    for (name, part) in schema["$defs"].as_object().unwrap() {
        walk(name, part);
    }
}
