//! Every format of a small meeting in Russian and in English, to the byte. After a change that is meant, run with
//! `AUTOPROTO_BLESS=1` and review the difference.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use autoproto_core::export::{Format, View, render, rttm};
use autoproto_core::metrics::LabelledTurn;
use autoproto_core::{
    ActionItem, AgendaItem, Decision, Device, Engine, Evidence, Language, MeetingReport,
    MeetingTranscript, Minutes, ModelInUse, Owner, Question, Speaker, SpeakerId, SpeakerTurn,
    Stage, TimeSpan, Utterance, UtteranceId, Word,
};
use subtp::srt::SubRip;
use subtp::vtt::{VttBlock, WebVtt};

fn golden(name: &str, got: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("golden/export")
        .join(name);
    if std::env::var_os("AUTOPROTO_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, got).expect("golden folder is writable");
    }
    let want = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; run with AUTOPROTO_BLESS=1", path.display()));
    assert!(
        want == got,
        "{} differs; if meant, bless it and review the diff; got:\n{got}",
        path.display()
    );
}

/// A line of the script: who, when it begins, and the words, 0.4 s each.
type Line = (Option<u32>, f64, &'static str);

fn transcript(language: Language, name: &str, lines: &[Line]) -> MeetingTranscript {
    let mut utterances = Vec::new();
    for (id, (speaker, start, text)) in (1..).zip(lines) {
        let word = |(i, text): (usize, &str)| {
            // Rounded, so that JSON readers of any precision give the same number back.
            let at = |s: f64| (s * 1000.0).round() / 1000.0;
            let start = start + 0.4 * i as f64;
            Word {
                span: TimeSpan::new(at(start), at(start + 0.35)),
                text: text.into(),
                confidence: 0.9,
            }
        };
        let words = text.split(' ').enumerate().map(word).collect();
        utterances.extend(Utterance::from_words(
            UtteranceId(id),
            speaker.map(SpeakerId),
            words,
        ));
    }
    let mut transcript = MeetingTranscript::silent(312.4);
    transcript.language = Some(language);
    transcript.speakers = [(0, None), (1, Some(name.into()))]
        .map(|(id, name)| Speaker {
            id: SpeakerId(id),
            name,
        })
        .into();
    transcript.turns = utterances
        .iter()
        .filter_map(|u| {
            Some(SpeakerTurn {
                span: u.span,
                speaker: u.speaker?,
            })
        })
        .collect();
    transcript.coverage.speech = 60.0;
    transcript.coverage.diarized = 60.0;
    transcript.coverage.transcribed = 58.0;
    transcript.coverage.uncovered = vec![TimeSpan::new(200.2, 202.0), TimeSpan::new(301.5, 301.9)];
    transcript.coverage.utterances = utterances.len();
    transcript.coverage.utterances_read = Some(utterances.len());
    transcript.engines = vec![
        Engine::new(
            Stage::Diarize,
            "onnx",
            vec![
                ModelInUse::new("segmentation.onnx").on(Device::Cuda(1)),
                ModelInUse::new("embedding.onnx")
                    .on(Device::Cpu)
                    .because(Some("cuda:1 failed: no memory".into())),
            ],
        ),
        Engine::new(Stage::Summarize, "extractive", Vec::new()),
    ];
    transcript.utterances = utterances;
    transcript
}

/// Evidence: the whole of one utterance.
fn proof(transcript: &MeetingTranscript, id: u32) -> Vec<Evidence> {
    let said = &transcript.utterances[id as usize - 1];
    vec![Evidence {
        utterances: vec![said.id],
        span: said.span,
        quote: said.text.clone(),
    }]
}

fn english() -> MeetingReport {
    let lines: [Line; 8] = [
        (Some(0), 0.8, "Good morning, everyone."),
        (
            Some(0),
            12.0,
            "First, the release. QA found a memory leak in the import of large_files, so shipping on Tuesday is off the table.",
        ),
        (
            Some(1),
            24.6,
            "Then we agreed: we move the release to Thursday and we don't touch the price.",
        ),
        (Some(0), 36.0, "I will fix the memory leak by Tuesday."),
        (
            Some(1),
            45.0,
            "Next, the budget. Anna, please send the figures <draft> to finance | legal by 5 pm.",
        ),
        (None, 61.0, "Sure."),
        (Some(1), 130.5, "Who pays for the second server?"),
        (
            Some(0),
            250.0,
            "Let's find out. Supercalifragilisticexpialidocious-and-then-some, as they say. Thanks, bye!",
        ),
    ];
    let transcript = transcript(Language::ENGLISH, "Maria", &lines);
    let at = |id| proof(&transcript, id);
    let mut minutes = Minutes::default();
    minutes.agenda = vec![
        AgendaItem {
            title: "the release".into(),
            span: TimeSpan::new(12.0, 45.0),
            evidence: at(2),
        },
        AgendaItem {
            title: "the budget".into(),
            span: TimeSpan::new(45.0, 256.0),
            evidence: at(5),
        },
    ];
    minutes.decisions = vec![
        Decision {
            text: "move the release to Thursday".into(),
            evidence: at(3),
        },
        Decision {
            text: "don't touch the price".into(),
            evidence: at(3),
        },
    ];
    minutes.actions = vec![
        ActionItem {
            task: "fix the memory leak".into(),
            owner: Owner::Speaker(SpeakerId(0)),
            due: Some("Tuesday".into()),
            evidence: at(4),
        },
        ActionItem {
            task: "send the figures <draft> to finance | legal".into(),
            owner: Owner::Named("Anna".into()),
            due: Some("5 pm".into()),
            evidence: at(5),
        },
        ActionItem {
            task: "find out who pays".into(),
            owner: Owner::Unassigned,
            due: None,
            evidence: at(8),
        },
    ];
    minutes.questions = vec![Question {
        text: "Who pays for the second server?".into(),
        evidence: at(7),
    }];
    minutes.utterances_read = lines.len();
    MeetingReport::new(transcript, minutes)
}

fn russian() -> MeetingReport {
    let lines: [Line; 6] = [
        (Some(0), 1.0, "Доброе утро, начнём с выпуска."),
        (
            Some(1),
            6.0,
            "Тестировщики нашли утечку памяти при загрузке больших файлов, поэтому во вторник выпускать нельзя. Предлагаю четверг.",
        ),
        (
            Some(0),
            20.0,
            "Хорошо, решили: выпуск переносим на четверг.",
        ),
        (Some(1), 30.0, "Утечку исправлю до вторника."),
        (
            Some(0),
            60.0,
            "Теперь бюджет. Кто оплачивает второй сервер?",
        ),
        (None, 70.0, "Пока неясно."),
    ];
    let transcript = transcript(Language::RUSSIAN, "Мария", &lines);
    let at = |id| proof(&transcript, id);
    let mut minutes = Minutes::default();
    minutes.agenda = vec![
        AgendaItem {
            title: "выпуск".into(),
            span: TimeSpan::new(1.0, 60.0),
            evidence: at(1),
        },
        AgendaItem {
            title: "бюджет".into(),
            span: TimeSpan::new(60.0, 72.0),
            evidence: at(5),
        },
    ];
    minutes.decisions = vec![Decision {
        text: "выпуск переносим на четверг".into(),
        evidence: at(3),
    }];
    minutes.actions = vec![
        ActionItem {
            task: "исправить утечку".into(),
            owner: Owner::Speaker(SpeakerId(1)),
            due: Some("до вторника".into()),
            evidence: at(4),
        },
        ActionItem {
            task: "узнать, кто платит".into(),
            owner: Owner::Unassigned,
            due: None,
            evidence: at(5),
        },
    ];
    minutes.questions = vec![Question {
        text: "Кто оплачивает второй сервер?".into(),
        evidence: at(5),
    }];
    minutes.utterances_read = lines.len();
    MeetingReport::new(transcript, minutes)
}

fn meetings() -> [(&'static str, MeetingReport); 2] {
    [("en", english()), ("ru", russian())]
}

#[test]
fn every_format_is_as_reviewed() {
    for (language, report) in meetings() {
        for format in Format::ALL {
            let got = render(View::from(&report).with_recording("monday call"), format).unwrap();
            golden(&format!("{language}.{format}"), &got);
        }
        let got = render(View::from(&report.transcript), Format::Markdown).unwrap();
        golden(&format!("{language}.transcript.md"), &got);
    }
}

#[test]
fn json_is_read_back_as_it_was() {
    for (_, report) in meetings() {
        let json = render(View::from(&report), Format::Json).unwrap();
        assert_eq!(
            serde_json::from_str::<MeetingReport>(&json).unwrap(),
            report
        );
        let json = render(View::from(&report.transcript), Format::Json).unwrap();
        assert_eq!(
            serde_json::from_str::<MeetingTranscript>(&json).unwrap(),
            report.transcript
        );
        assert!(
            serde_json::from_str::<serde_json::Value>(&json)
                .unwrap()
                .get("minutes")
                .is_none()
        );
    }
}

#[test]
fn subtitles_are_read_by_another_parser() {
    for (_, report) in meetings() {
        let spoken: Vec<String> = report
            .transcript
            .utterances
            .iter()
            .flat_map(|u| u.text.split(' '))
            .map(Into::into)
            .collect();

        let srt = SubRip::parse(&render(View::from(&report), Format::Srt).unwrap()).unwrap();
        let numbers: Vec<u32> = srt.subtitles.iter().map(|s| s.sequence).collect();
        assert_eq!(
            numbers,
            (1..=srt.subtitles.len() as u32).collect::<Vec<_>>()
        );
        assert!(srt.subtitles.windows(2).all(|w| w[0].start <= w[1].start));
        assert!(
            srt.subtitles
                .iter()
                .all(|s| s.start < s.end && (1..=2).contains(&s.text.len()))
        );
        let text = srt
            .subtitles
            .iter()
            .flat_map(|s| &s.text)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        for name in ["Speaker 1: ", "Maria: ", "Unknown speaker: "]
            .into_iter()
            .chain(["Участник 1: ", "Мария: ", "Неизвестный: "])
        {
            assert!(
                text.contains(name)
                    || !report
                        .transcript
                        .language
                        .is_some_and(|l| l == language_of(name)),
                "{name}"
            );
        }
        for word in &spoken {
            assert!(text.contains(word), "{word} is not in {text}");
        }

        let vtt = WebVtt::parse(&render(View::from(&report), Format::Vtt).unwrap()).unwrap();
        let cues: Vec<_> = vtt
            .blocks
            .iter()
            .filter(|b| matches!(b, VttBlock::Que(_)))
            .collect();
        assert!(cues.len() >= report.transcript.utterances.len());
    }
}

fn language_of(name: &str) -> Language {
    if name.is_ascii() {
        Language::ENGLISH
    } else {
        Language::RUSSIAN
    }
}

#[test]
fn rttm_is_read_back_as_it_was() {
    for (_, report) in meetings() {
        let text = render(
            View::from(&report).with_recording("monday call"),
            Format::Rttm,
        )
        .unwrap();
        let read = rttm::parse(&text).unwrap();
        assert_eq!(read.len(), report.transcript.turns.len());
        for ((recording, turn), want) in read.iter().zip(&report.transcript.turns) {
            assert_eq!(recording, "monday_call");
            let want = LabelledTurn::from(want);
            assert_eq!(turn.label, want.label);
            assert!(
                (turn.span.start - want.span.start).abs() < 1e-3
                    && (turn.span.end - want.span.end).abs() < 1e-3
            );
        }
    }
}

#[test]
fn silence_is_said_in_so_many_words() {
    let silence = MeetingReport::new(MeetingTranscript::silent(4.0), Minutes::default());
    let got = Format::ALL.map(|format| render(View::from(&silence), format).unwrap());
    let [markdown, json, text, srt, vtt, rttm] = got.each_ref().map(String::as_str);
    assert_eq!(markdown, "# Minutes\n\nNo speech was found.\n");
    assert_eq!(
        serde_json::from_str::<MeetingReport>(json).unwrap(),
        silence
    );
    assert_eq!([text, srt, vtt, rttm], ["", "", "WEBVTT\n", ""]);
}
