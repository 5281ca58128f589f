//! Words among emissions made by hand; and sound whose tones spell words, through a model that hears tones
//! (`tests/golden/make_align.py`).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

/// Letters that are heard at given frames of 20 ms, and nothing else.
struct Scripted {
    output: CtcOutput,
}

const LETTERS: &str = "<blk> 0\n▁ 1\nд 2\nа 3\nн 4\nе 5\nт 6\n";

impl Scripted {
    fn hears(frames: usize, letters: &[(usize, usize)]) -> Box<Self> {
        let mut log_probs = vec![-9.0; frames * 7];
        for frame in 0..frames {
            log_probs[frame * 7] = -0.01;
        }
        for (frame, class) in letters {
            log_probs[frame * 7] = -9.0;
            log_probs[frame * 7 + class] = -0.01;
        }
        Box::new(Self {
            output: CtcOutput {
                log_probs,
                classes: 7,
                first: 0.0,
                shift: 0.02,
            },
        })
    }
}

impl CtcModel for Scripted {
    fn listen(&mut self, _: &[f32]) -> Result<CtcOutput> {
        Ok(self.output.clone())
    }
}

fn word(start: f64, end: f64, text: &str) -> Word {
    Word {
        span: TimeSpan::new(start, end),
        text: text.into(),
        confidence: 0.5,
    }
}

fn aligned(model: Box<Scripted>, words: &mut [Word], options: AlignOptions) -> Aligned {
    let vocabulary = Vocabulary::parse(LETTERS, "<blk>", None).unwrap();
    let seconds = model.output.log_probs.len() as f64 / 7.0 * 0.02;
    let mut aligner = CtcAligner::new(model, vocabulary, options);
    let window = TimeSpan::new(10.0, 10.0 + seconds);
    aligner.align(AudioView::new(&[]), window, words).unwrap()
}

fn spans(words: &[Word]) -> Vec<(f64, f64)> {
    let round = |s: f64| (s * 1000.0).round() / 1000.0;
    words
        .iter()
        .map(|w| (round(w.span.start), round(w.span.end)))
        .collect()
}

#[test]
fn words_are_where_their_letters_are_heard() {
    let model = Scripted::hears(50, &[(5, 2), (8, 3), (20, 4), (23, 5), (26, 6)]);
    let mut words = [word(10.0, 10.1, "Да,"), word(10.1, 10.9, "нет.")];
    let found = aligned(model, &mut words, AlignOptions::default());
    assert_eq!(found, Aligned::new(2, 0));
    assert_eq!(spans(&words), [(10.1, 10.18), (10.4, 10.54)]);
    assert_eq!((words[0].text.as_str(), words[0].confidence), ("Да,", 0.5));
}

#[test]
fn edges_go_to_the_middle_of_the_pause_at_most() {
    let model = || Scripted::hears(50, &[(5, 2), (8, 3), (10, 4), (13, 5), (16, 6)]);
    let mut words = [word(10.0, 10.1, "да"), word(10.1, 10.9, "нет")];
    let options = AlignOptions::default().with_edges(0.03, 0.05);
    aligned(model(), &mut words, options);
    assert_eq!(spans(&words), [(10.07, 10.19), (10.19, 10.39)]);
}

#[test]
fn a_word_that_is_not_heard_keeps_its_time_where_that_lies_between() {
    let heard = [(5, 2), (8, 3), (40, 4), (43, 5), (46, 6)];
    let between = |start, end| {
        let mut words = [
            word(10.0, 10.1, "да"),
            word(start, end, "тт"),
            word(10.7, 10.9, "нет"),
        ];
        let model = Scripted::hears(60, &heard);
        let found = aligned(model, &mut words, AlignOptions::default());
        assert_eq!(found, Aligned::new(2, 1));
        spans(&words)
    };
    let kept = between(10.3, 10.5);
    assert_eq!(kept, [(10.1, 10.18), (10.3, 10.5), (10.8, 10.94)]);
    let guessed = between(10.15, 10.5)[1];
    assert!(guessed.0 >= 10.18 && guessed.1 <= 10.8 && guessed.0 < guessed.1);
}

#[test]
fn a_word_without_known_letters_is_what_is_heard_between_its_neighbours() {
    let heard = [
        (5, 2),
        (8, 3),
        (20, 6),
        (24, 2),
        (30, 5),
        (40, 4),
        (43, 5),
        (46, 6),
    ];
    let mut words = [
        word(10.0, 10.1, "да"),
        word(10.1, 10.2, "2024"),
        word(10.2, 10.3, "нет"),
    ];
    let found = aligned(
        Scripted::hears(60, &heard),
        &mut words,
        AlignOptions::default(),
    );
    assert_eq!(found, Aligned::new(3, 0));
    assert_eq!(spans(&words), [(10.1, 10.18), (10.4, 10.62), (10.8, 10.94)]);
}

#[test]
fn words_that_cannot_be_in_the_sound_keep_their_times() {
    let before = [word(10.0, 10.01, "дата"), word(10.02, 10.04, "дата")];
    for frames in [0, 3] {
        let mut words = before.clone();
        let found = aligned(
            Scripted::hears(frames, &[]),
            &mut words,
            AlignOptions::default(),
        );
        assert_eq!(found, Aligned::new(0, 2));
        assert_eq!(words, before);
    }
}

#[test]
fn a_word_stretched_over_a_pause_is_not_believed() {
    let model = Scripted::hears(200, &[(5, 2), (150, 3)]);
    let mut words = [word(10.0, 10.3, "да")];
    assert_eq!(
        aligned(model, &mut words, AlignOptions::default()),
        Aligned::new(0, 1)
    );
    assert_eq!(spans(&words), [(10.0, 10.3)]);
}

proptest! {
    #[test]
    fn words_stay_in_order_and_inside_whatever_is_heard(
        heard in proptest::collection::vec((0..150_usize, 1..7_usize), 0..60),
        texts in proptest::collection::vec("[данет2x-]{0,6}", 1..20),
        steps in proptest::collection::vec((0.0..0.1_f64, 0.01..0.1_f64), 20),
    ) {
        let mut at = 10.0;
        let mut words: Vec<Word> = Vec::new();
        for (text, (gap, length)) in texts.iter().zip(&steps) {
            words.push(word(at + gap, at + gap + length, text));
            at += gap + length;
        }
        let end = 10.0 + 150.0 * 0.02;
        prop_assume!(at <= end);
        let count = words.len();
        let found = aligned(Scripted::hears(150, &heard), &mut words, AlignOptions::default());
        prop_assert_eq!(found.heard + found.unsure, count);
        prop_assert!(words.iter().all(|w| w.span.start < w.span.end));
        prop_assert!(words[0].span.start >= 10.0 && words[count - 1].span.end <= end + 1e-9);
        prop_assert!(words.windows(2).all(|w| w[0].span.end <= w[1].span.start + 1e-9));
    }
}

#[cfg(feature = "onnx")]
mod tones {
    use std::f64::consts::TAU;
    use std::path::Path;

    use super::*;
    use crate::error::Error;
    use crate::models::CheckedModel;
    use crate::onnx::{OnnxRuntime, describe};
    use crate::transcribe::align::{CtcSignature, OnnxCtc, align_words};
    use crate::{CancelToken, Context, Progress, Segment};

    /// As `make_align.py` has them; class 0 is the blank.
    const TONES: [(char, f64); 7] = [
        ('|', 350.0),
        ('а', 650.0),
        ('д', 950.0),
        ('и', 1250.0),
        ('е', 1550.0),
        ('н', 1850.0),
        ('т', 2150.0),
    ];

    fn signature(output: &str) -> CtcSignature {
        let json = format!(
            r#"{{ "input": "sound", "output": "{output}", "blank": "<blk>", "separator": "|" }}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    fn vocabulary() -> Vocabulary {
        let letters: Vec<String> = TONES.iter().map(|(c, _)| c.to_string()).collect();
        let text = format!("<blk>\n{}", letters.join("\n"));
        Vocabulary::parse(&text, "<blk>", Some("|")).unwrap()
    }

    fn file() -> CheckedModel {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/align/tones.onnx");
        CheckedModel::open(&path).unwrap()
    }

    /// Sounds each letter for 60 ms, with 45 ms of silence after it; gives the time of the whole.
    fn sound(samples: &mut Vec<f32>, letters: &str) -> TimeSpan {
        let start = samples.len();
        let mut end = start;
        for letter in letters.chars() {
            let hertz = TONES.iter().find(|t| t.0 == letter).unwrap().1;
            let tone = |n: usize| (0.3 * (TAU * hertz * n as f64 / 16_000.0).sin()) as f32;
            samples.extend((0..960).map(tone));
            end = samples.len();
            samples.extend([0.0; 720]);
        }
        TimeSpan::new(start as f64 / 16_000.0, end as f64 / 16_000.0)
    }

    /// A meeting of what is written and what sounds, `rounds` times over, with a pause of its own before each word.
    fn meeting(rounds: usize) -> (Vec<f32>, Vec<(&'static str, TimeSpan)>) {
        let script = [
            ("Да,", "да"),
            ("инна,", "инна"),
            ("2024", "ететна"),
            ("Дата", "дата"),
            ("и", "и"),
            ("НЕТ.", "нет"),
        ];
        let (mut samples, mut truth) = (vec![0.0; 8_000], Vec::new());
        for n in 0..rounds {
            for (i, (written, letters)) in script.into_iter().enumerate() {
                samples.extend(vec![0.0; 1_000 + 531 * ((i * 7 + n * 3) % 11)]);
                sound(&mut samples, "|");
                truth.push((written, sound(&mut samples, letters)));
            }
        }
        samples.extend([0.0; 8_000]);
        (samples, truth)
    }

    #[test]
    fn words_are_found_where_their_tones_sound() {
        if let Err(error) = describe(&Default::default()) {
            crate::skipped::skipped(
                "words_are_found_where_their_tones_sound",
                &error.to_string(),
            );
            return;
        }
        let (samples, truth) = meeting(12);
        for output in ["log_probs", "logits"] {
            // What a recogniser said: each word late, early, or too long.
            let word = |(n, (text, span)): (usize, &(&str, TimeSpan))| {
                let off = 0.03 * ((n * 5) % 9) as f64 - 0.12;
                word(span.start + off, span.end + off, text)
            };
            let words: Vec<Word> = truth.iter().enumerate().map(word).collect();
            let mut segments: Vec<Segment> = words
                .chunks(9)
                .map(|w| Segment::from_words(w.to_vec()).unwrap())
                .collect();
            let signature = signature(output);
            let vocabulary = vocabulary();
            let classes = vocabulary.classes();
            let model =
                OnnxCtc::load(&file(), signature, classes, &OnnxRuntime::default()).unwrap();
            let options = AlignOptions::default().with_longest(15.0);
            let mut aligner = CtcAligner::new(Box::new(model), vocabulary, options);
            let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
            let ctx = Context::new(&cancel, &sink);
            let audio = AudioView::new(&samples);
            assert!(audio.duration() > 30.0, "several windows");
            let found = align_words(&mut aligner, audio, &mut segments, &ctx).unwrap();
            let words: Vec<&Word> = segments.iter().flat_map(|s| &s.words).collect();
            for (word, (text, span)) in words.iter().zip(&truth) {
                assert_eq!(word.text, *text);
                let off = (word.span.start - span.start)
                    .abs()
                    .max((word.span.end - span.end).abs());
                assert!(off < 0.02, "{word:?} is at {span:?}");
            }
            assert_eq!(found, Aligned::new(truth.len(), 0), "{output}");
        }
    }

    #[test]
    fn a_model_that_does_not_fit_its_signature_is_refused() {
        if let Err(error) = describe(&Default::default()) {
            crate::skipped::skipped(
                "a_model_that_does_not_fit_its_signature_is_refused",
                &error.to_string(),
            );
            return;
        }
        let load = |signature| OnnxCtc::load(&file(), signature, 8, &OnnxRuntime::default()).err();
        let error = load(signature("scores")).unwrap();
        assert!(matches!(error, Error::InvalidOption { .. }), "{error}");
        assert!(error.to_string().contains("`scores`"), "{error}");
        let mut stretched = signature("logits");
        stretched.receptive_field = 100;
        assert!(load(stretched).unwrap().to_string().contains("receptive"));
        // More letters than it has classes.
        let runtime = OnnxRuntime::default();
        let mut model = OnnxCtc::load(&file(), signature("logits"), 30, &runtime).unwrap();
        let error = model.listen(&[0.0; 16_000]).unwrap_err();
        assert_eq!(error.code(), "backend");
        // And sound that is too short for a frame.
        assert!(model.listen(&[0.0; 399]).unwrap().log_probs.is_empty());
    }
}
