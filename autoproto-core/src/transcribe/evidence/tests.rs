use proptest::prelude::*;

use super::*;

/// The words of `text`, one every `pace` seconds from `start` on.
pub(super) fn at(start: f64, pace: f64, text: &str, confidence: f32) -> Vec<Word> {
    let word = |(i, text): (usize, &str)| {
        let start = start + pace * i as f64;
        Word {
            span: TimeSpan::new(start, start + 0.9 * pace),
            text: text.into(),
            confidence,
        }
    };
    text.split_whitespace().enumerate().map(word).collect()
}

pub(super) fn speech(spans: &[(f64, f64)]) -> Vec<SpeechRegion> {
    let region = |&(start, end)| SpeechRegion {
        span: TimeSpan::new(start, end),
    };
    spans.iter().map(region).collect()
}

pub(super) fn texts(words: &[Word]) -> String {
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    texts.join(" ")
}

#[test]
fn nothing_is_left_where_nobody_speaks() {
    let words = at(
        0.0,
        0.4,
        "Meine Damen und Herren, the budget is approved.",
        0.99,
    );
    let sifted = sift(Heard::new(TimeSpan::new(0.0, 30.0), words), &[], None);
    assert!(sifted.words.is_empty());
    assert_eq!(sifted.removed.len(), 1);
    assert_eq!(
        sifted.removed[0].text,
        "Meine Damen und Herren, the budget is approved."
    );
    assert_eq!(sifted.removed[0].reason, RemovalReason::NoSpeech);
}

#[test]
fn a_phrase_that_runs_out_of_the_speech_keeps_what_lies_inside() {
    let words = at(
        0.5,
        0.4,
        "we meet on Friday and then some more that nobody said at all",
        0.9,
    );
    let sifted = sift(
        Heard::new(TimeSpan::new(0.0, 9.0), words),
        &speech(&[(0.4, 2.0)]),
        None,
    );
    assert_eq!(texts(&sifted.words), "we meet on Friday");
}

#[test]
fn latin_terms_inside_russian_speech_stay() {
    let text = "По SLA у нас Kubernetes и API, деплой через GitLab CI. OK, DNS починим.";
    for confidence in [0.9, 0.55] {
        let heard = Heard::new(TimeSpan::new(0.0, 7.0), at(0.3, 0.45, text, confidence));
        let heard = heard
            .with_language(Some(Language::RUSSIAN))
            .with_no_speech(Some(0.3));
        assert_eq!(
            texts(&sift(heard, &speech(&[(0.2, 6.5)]), None).words),
            text
        );
    }
}

#[test]
fn what_whisper_writes_for_noise_goes_though_it_is_taken_for_speech() {
    // Whisper base's words, their mean confidence and its no-speech probability.
    for (text, confidence, no_speech) in [
        ("Собираетесь.", 0.12, 0.741),
        ("you", 0.14, 0.741),
        (
            "I'm going to use the same method as the other side.",
            0.15,
            0.793,
        ),
        ("Слышь, я не могу.", 0.08, 0.827),
        ("I'm sorry.", 0.1, 0.733),
        ("I'm going to be a", 0.125, 0.562),
        ("I'm going to have to go through the door.", 0.137, 0.554),
        ("СПОКОЙНАЯ МУЗЫКА", 0.81, 0.687),
    ] {
        let heard = Heard::new(TimeSpan::new(0.0, 12.0), at(0.5, 0.5, text, confidence));
        let sifted = sift(
            heard.with_no_speech(Some(no_speech)),
            &speech(&[(0.0, 12.0)]),
            None,
        );
        assert!(sifted.words.is_empty(), "{text}");
    }
}

#[test]
fn what_whisper_is_least_sure_of_in_real_meetings_stays() {
    // Sentences of AMI cuts, each with the no-speech probability of its window.
    for (text, confidence, no_speech) in [
        ("Oh, Ebenezer, Adam and sorry.", 0.28, 0.511),
        ("Maybe that should be under here.", 0.32, 0.419),
        ("and you say, you're up to it.", 0.33, 0.256),
        ("Does anyone want to see Steve's feedback?", 0.94, 0.583),
        ("with.", 0.05, 0.359),
    ] {
        let heard = Heard::new(TimeSpan::new(0.0, 4.0), at(0.5, 0.4, text, confidence));
        let sifted = sift(
            heard.with_no_speech(Some(no_speech)),
            &speech(&[(0.3, 3.6)]),
            None,
        );
        assert!(sifted.removed.is_empty(), "{:?}", sifted.removed);
    }
}

#[test]
fn an_unsure_phrase_goes_where_the_recogniser_hears_nobody() {
    let heard = |confidence, no_speech| {
        let heard = Heard::new(
            TimeSpan::new(0.0, 6.0),
            at(0.5, 0.4, "I will go there.", confidence),
        );
        let sifted = sift(
            heard.with_no_speech(no_speech),
            &speech(&[(0.4, 3.0)]),
            None,
        );
        sifted.removed.first().map(|r| r.reason)
    };
    assert_eq!(heard(0.3, Some(0.8)), Some(RemovalReason::NoSpeech));
    assert_eq!(heard(0.3, Some(0.2)), None, "someone speaks, indistinctly");
    assert_eq!(heard(0.3, None), None);
    assert_eq!(heard(0.5, Some(0.8)), None, "sure enough");
}

#[test]
fn an_unsure_phrase_goes_outside_speech_and_where_it_is_all_there_is_of_much() {
    let reason = |start, regions: &[(f64, f64)], confidence| {
        let heard = Heard::new(
            TimeSpan::new(0.0, 20.0),
            at(start, 0.4, "I will go there.", confidence),
        );
        let sifted = sift(heard, &speech(regions), None);
        sifted.removed.first().map(|r| r.reason)
    };
    assert_eq!(reason(1.9, &[(0.5, 2.3)], 0.3), Some(RemovalReason::Unsure));
    assert_eq!(reason(1.9, &[(0.5, 2.3)], 0.6), None);
    assert_eq!(
        reason(2.0, &[(0.5, 18.0)], 0.4),
        Some(RemovalReason::Unsure)
    );
    assert_eq!(reason(2.0, &[(0.5, 18.0)], 0.9), None);
    assert_eq!(reason(2.0, &[(0.5, 4.0)], 0.4), None);
}

#[test]
fn words_in_digital_silence_go() {
    let mut samples = vec![0.0; 12 * 16_000];
    samples[..4 * 16_000].fill(0.02);
    let mut words = at(0.5, 0.4, "We agreed.", 0.9);
    words.extend(at(8.0, 0.4, "We agreed.", 0.9));
    let heard = Heard::new(TimeSpan::new(0.0, 12.0), words);
    let sifted = sift(
        heard,
        &speech(&[(0.0, 12.0)]),
        Some(AudioView::new(&samples)),
    );
    assert_eq!((sifted.words.len(), sifted.removed.len()), (2, 1));
    assert_eq!(sifted.removed[0].reason, RemovalReason::NoSpeech);
}

#[test]
fn neighbours_that_go_for_different_reasons_are_told_apart() {
    let mut words = at(0.2, 0.3, &["and then"; 9].join(" "), 0.9);
    words.extend(at(9.0, 0.3, "Goodbye.", 0.9));
    let heard = Heard::new(TimeSpan::new(0.0, 12.0), words);
    let sifted = sift(heard, &speech(&[(0.0, 6.0)]), None);
    let reasons: Vec<_> = sifted.removed.iter().map(|r| r.reason).collect();
    assert_eq!(reasons, [RemovalReason::Repeats, RemovalReason::NoSpeech]);
    assert!((sifted.removed[0].span.start - 0.8).abs() < 1e-9);
    assert_eq!(texts(&sifted.words), "and then");
}

/// Words as a decoder may give them, sensible or not.
fn any_words() -> impl Strategy<Value = Vec<Word>> {
    let text = prop_oneof![
        "[а-яa-z]{1,9}[.,!?]?",
        Just("да".to_owned()),
        Just("Субтитры".to_owned()),
        Just("сделал".to_owned()),
        Just("you".to_owned()),
    ];
    let time = prop_oneof![9 => -1.0_f64..31.0, 1 => Just(f64::NAN)];
    let confidence = prop_oneof![9 => 0.0_f32..1.0, 1 => Just(f32::NAN)];
    let word =
        (time, 0.0_f64..3.0, text, confidence).prop_map(|(start, length, text, confidence)| Word {
            span: TimeSpan::new(start, start + length),
            text,
            confidence,
        });
    proptest::collection::vec(word, 0..80).prop_map(|mut words| {
        words.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        words
    })
}

fn any_speech() -> impl Strategy<Value = Vec<SpeechRegion>> {
    proptest::collection::vec((-5.0_f64..35.0, 0.0_f64..12.0), 0..6)
        .prop_map(|spans| speech(&spans.iter().map(|(s, l)| (*s, s + l)).collect::<Vec<_>>()))
}

proptest! {
    #[test]
    fn what_is_kept_and_what_is_removed_are_all_words_in_order(
        words in any_words(), speech in any_speech(), no_speech in proptest::option::of(0.0_f32..1.0)
    ) {
        let all: Vec<String> = words.iter().map(|w| w.text.clone()).collect();
        let heard = Heard::new(TimeSpan::new(0.0, 30.0), words.clone()).with_no_speech(no_speech);
        let sifted = sift(heard, &speech, None);
        // The kept words and the removed texts, taken in turn, spell what was heard.
        let (mut kept, mut removed) = (sifted.words.iter().peekable(), Vec::new());
        let mut gone = sifted.removed.iter().flat_map(|r| r.text.split(' '));
        for (word, text) in words.iter().zip(&all) {
            // By its bits: a time may be no number.
            let same = |k: &&Word| k.text == *text && k.span.start.to_bits() == word.span.start.to_bits()
                && k.confidence.to_bits() == word.confidence.to_bits();
            if kept.peek().is_some_and(same) {
                kept.next();
            } else {
                removed.push(text.clone());
                prop_assert_eq!(gone.next(), Some(text.as_str()));
            }
        }
        prop_assert!(kept.next().is_none() && gone.next().is_none());
    }

    #[test]
    fn words_with_strong_evidence_stay(
        texts in proptest::collection::vec("[а-яa-z]{2,12}", 1..60), confidence in 0.8_f32..1.0, no_speech in 0.0_f32..0.6,
        pace in 0.25_f64..0.6,
    ) {
        let mut texts = texts;
        texts.dedup();
        let words = at(0.5, pace, &texts.join(" "), confidence);
        let end = words.last().map_or(1.0, |w| w.span.end) + 0.3;
        prop_assume!(texts.iter().collect::<std::collections::HashSet<_>>().len() == texts.len());
        let heard = Heard::new(TimeSpan::new(0.0, end), words.clone()).with_no_speech(Some(no_speech));
        let sifted = sift(heard, &speech(&[(0.3, end)]), None);
        prop_assert_eq!(sifted.words, words);
    }

    #[test]
    fn without_speech_all_goes(words in any_words(), no_speech in proptest::option::of(0.0_f32..1.0)) {
        let heard = Heard::new(TimeSpan::new(0.0, 30.0), words).with_no_speech(no_speech);
        prop_assert!(sift(heard, &[], None).words.is_empty());
    }
}
