use super::super::tests::{at, speech, texts};
use super::super::{Heard, Sifted, sift};
use crate::types::{RemovalReason, RemovedText, TimeSpan};

/// What stays of `text` after a sentence that was said, and the removed text.
fn after_talk(text: &str, start: f64, confidence: f32, no_speech: f32) -> Sifted {
    let mut words = at(0.5, 0.4, "Встречаемся завтра.", 0.9);
    words.extend(at(start, 0.4, text, confidence));
    let heard = Heard::new(TimeSpan::new(0.0, 20.0), words).with_no_speech(Some(no_speech));
    sift(heard, &speech(&[(0.4, 1.6), (3.0, 5.0)]), None)
}

const KNOWN: [&str; 9] = [
    "Субтитры сделал DimaTorzok",
    "Субтитры создавал DimaTorzok.",
    "Редактор субтитров А.Семкин Корректор А.Егорова",
    "Продолжение следует...",
    "Спасибо за просмотр!",
    "Подписывайтесь на канал",
    "Thanks for watching!",
    "Please subscribe.",
    "Subtitles by the Amara.org community",
];

#[test]
fn known_phrases_go_where_the_evidence_is_weak() {
    for text in KNOWN {
        // Beyond the speech but not far; and over speech that the recogniser takes for none.
        for (start, confidence, no_speech) in [(5.3, 0.9, 0.1), (3.1, 0.9, 0.9), (3.1, 0.3, 0.1)] {
            let sifted = after_talk(text, start, confidence, no_speech);
            assert_eq!(
                texts(&sifted.words),
                "Встречаемся завтра.",
                "{text} at {start}"
            );
            let removed: Vec<_> = sifted.removed.iter().map(|r| r.text.as_str()).collect();
            assert_eq!(removed.join(" "), text);
            let known = |r: &RemovedText| r.reason == RemovalReason::KnownPhrase;
            assert!(start > 5.0 || sifted.removed.iter().all(known));
        }
    }
}

#[test]
fn a_known_phrase_that_is_clearly_said_stays() {
    for text in KNOWN {
        let sifted = after_talk(text, 3.1, 0.95, 0.05);
        assert!(sifted.removed.is_empty(), "{text}: {:?}", sifted.removed);
    }
}

#[test]
fn of_a_sentence_only_the_credit_goes() {
    let text = "До встречи Субтитры сделал DimaTorzok Коллеги, начинаем";
    let sifted = after_talk(text, 3.0, 0.75, 0.1);
    assert_eq!(
        texts(&sifted.words),
        "Встречаемся завтра. До встречи Коллеги, начинаем"
    );
    let sifted = after_talk("Кто у нас редактор субтитров для ролика?", 3.1, 0.9, 0.1);
    assert!(sifted.removed.is_empty(), "a real question");
}

#[test]
fn everyday_words_need_more_against_them() {
    let heard = |text: &str, confidence, no_speech| {
        let heard = Heard::new(TimeSpan::new(0.0, 4.0), at(1.0, 0.4, text, confidence));
        let heard = heard.with_no_speech(Some(no_speech));
        texts(&sift(heard, &speech(&[(0.8, 2.0)]), None).words)
    };
    assert_eq!(heard("Thank you.", 0.45, 0.1), "Thank you.");
    assert_eq!(heard("Thank you.", 0.9, 0.9), "Thank you.");
    assert_eq!(heard("Thank you.", 0.45, 0.9), "");
    assert_eq!(heard("you", 0.45, 0.9), "");
    assert_eq!(heard("Принято.", 0.45, 0.9), "Принято.");
}

#[test]
fn the_name_of_a_sound_is_no_word() {
    let heard = Heard::new(TimeSpan::new(0.0, 4.0), at(1.0, 0.4, "[Music]", 0.95));
    assert!(sift(heard, &speech(&[(0.8, 2.0)]), None).words.is_empty());
    let heard = Heard::new(TimeSpan::new(0.0, 4.0), at(1.0, 0.4, "Музыка", 0.95));
    assert_eq!(sift(heard, &speech(&[(0.8, 2.0)]), None).words.len(), 1);
}
