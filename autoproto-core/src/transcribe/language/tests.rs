#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const RU: Language = Language::RUSSIAN;
const EN: Language = Language::ENGLISH;

/// The codes decided for chunks of so many seconds and so much probability of Russian, the rest English.
fn decided(spoken: &str, chunks: &[(f64, f32)]) -> String {
    let mut tracker = LanguageTracker::new(spoken.parse().unwrap());
    let mut hear = |(seconds, ru): &(f64, f32)| {
        let language = tracker.hear(*seconds, &[(RU, *ru), (EN, 1.0 - ru)]);
        language.map_or("?", |l| l.code())
    };
    chunks.iter().map(&mut hear).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_meeting_in_two_languages_changes_with_its_speakers() {
    let chunks = [
        (25.0, 0.97),
        (28.0, 0.99),
        (20.0, 0.02),
        (27.0, 0.01),
        (24.0, 0.98),
        (9.0, 0.01),
    ];
    assert_eq!(decided("ru|en", &chunks), "ru ru en en ru en");
    assert_eq!(decided("auto", &chunks), "ru ru en en ru en");
}

#[test]
fn one_doubtful_chunk_changes_nothing_and_two_that_agree_do() {
    assert_eq!(
        decided("ru|en", &[(25.0, 0.95), (25.0, 0.25), (25.0, 0.9)]),
        "ru ru ru"
    );
    assert_eq!(
        decided("ru|en", &[(25.0, 0.95), (25.0, 0.12), (25.0, 0.12)]),
        "ru ru en"
    );
    // Doubt that comes and goes does not add up.
    assert_eq!(
        decided(
            "ru|en",
            &[
                (25.0, 0.95),
                (25.0, 0.2),
                (25.0, 0.8),
                (25.0, 0.2),
                (25.0, 0.8)
            ]
        ),
        "ru ru ru ru ru"
    );
}

#[test]
fn short_chunks_inherit() {
    assert_eq!(
        decided(
            "ru|en",
            &[(25.0, 0.9), (0.6, 0.001), (0.9, 0.001), (2.0, 0.05)]
        ),
        "ru ru ru ru"
    );
    let many = [
        (25.0, 0.9),
        (2.0, 0.02),
        (2.0, 0.02),
        (2.0, 0.02),
        (2.0, 0.02),
    ];
    assert_eq!(decided("ru|en", &many), "ru ru ru en en", "but they add up");
}

#[test]
fn a_short_beginning_binds_nobody() {
    assert_eq!(
        decided("ru|en", &[(0.5, 0.2), (0.7, 0.9), (12.0, 0.9), (0.5, 0.01)]),
        "en en ru ru"
    );
}

#[test]
fn going_back_takes_less_than_coming_first() {
    // 0.06 is 16 to 1: enough for a language that was spoken before, not for a new one.
    assert_eq!(decided("ru|en", &[(25.0, 0.9), (25.0, 0.06)]), "ru ru");
    assert_eq!(
        decided("ru|en", &[(25.0, 0.1), (25.0, 0.999), (25.0, 0.06)]),
        "en ru en"
    );
}

#[test]
fn what_is_not_allowed_is_not_spoken() {
    let uk = Language::new("uk").unwrap();
    let mut tracker = LanguageTracker::new("ru|en".parse().unwrap());
    assert_eq!(
        tracker.hear(20.0, &[(uk, 0.9), (RU, 0.08), (EN, 0.02)]),
        Some(RU)
    );
    let mut tracker = LanguageTracker::new("en".parse().unwrap());
    assert_eq!(tracker.hear(20.0, &[(uk, 0.9), (RU, 0.1)]), Some(EN));
    let mut tracker = LanguageTracker::new(Spoken::Auto);
    assert_eq!(tracker.hear(20.0, &[(uk, 0.9), (RU, 0.1)]), Some(uk));
}

#[test]
fn without_an_answer_it_stays_as_it_was() {
    let mut tracker = LanguageTracker::new(Spoken::Auto);
    assert_eq!(tracker.hear(20.0, &[]), None);
    assert_eq!(tracker.hear(20.0, &[(EN, f32::NAN)]), None);
    assert_eq!(tracker.hear(20.0, &[(EN, 0.7)]), Some(EN));
    assert_eq!(tracker.hear(20.0, &[]), Some(EN));
    let mut tracker = LanguageTracker::new("ru|en".parse().unwrap());
    assert_eq!(
        tracker.hear(20.0, &[]),
        Some(RU),
        "the first that was named"
    );
    assert_eq!(
        tracker.hear(20.0, &[(EN, 0.9), (RU, 0.1)]),
        Some(EN),
        "which was no evidence"
    );
}

#[test]
fn the_option_is_read_and_written() {
    for text in ["auto", "ru", "ru|en", "en|ru|de"] {
        assert_eq!(text.parse::<Spoken>().unwrap().to_string(), text);
    }
    assert_eq!(" RU | en ".parse::<Spoken>().unwrap().to_string(), "ru|en");
    assert_eq!("ru|ru".parse::<Spoken>().unwrap(), Spoken::One(RU));
    for bad in ["", "|", "ru|", "auto|ru", "klingon", "ru,en", "ru\0"] {
        let error = bad.parse::<Spoken>().unwrap_err();
        assert_eq!(error.code(), "invalid-option", "{bad}");
    }
}

proptest! {
    #[test]
    fn what_is_decided_was_allowed_and_heard(chunks in proptest::collection::vec((0.0_f64..30.0, 0.0_f32..1.0, 0.0_f32..1.0), 0..40)) {
        let uk = Language::new("uk").unwrap();
        let mut tracker = LanguageTracker::new("ru|en".parse().unwrap());
        for (seconds, ru, other) in chunks {
            let decided = tracker.hear(seconds, &[(RU, ru), (EN, 1.0 - ru), (uk, other)]);
            prop_assert!(decided == Some(RU) || decided == Some(EN));
            prop_assert_eq!(tracker.now(), decided);
        }
    }

    #[test]
    fn noise_around_one_language_never_changes_it(noise in proptest::collection::vec((0.0_f64..30.0, 0.5_f32..1.0), 1..60)) {
        let mut chunks = vec![(20.0, 0.95)];
        chunks.extend(noise);
        let codes = decided("ru|en", &chunks);
        prop_assert!(codes.split(' ').all(|c| c == "ru"));
    }
}
