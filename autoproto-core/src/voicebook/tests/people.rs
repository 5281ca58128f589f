//! People: enrolled, recognised, forgotten, told apart within one recording.

use proptest::prelude::*;

use super::*;
use crate::types::{Diarization, Speaker, SpeakerId, SpeakerTurn, TimeSpan};

/// A vector of the plane at this angle in degrees.
fn at(degrees: f64) -> Embedding {
    embedding(&[degrees.to_radians().cos(), degrees.to_radians().sin()])
}

/// A book of the plane with a person at each of these angles.
fn plane(angles: &[f64]) -> VoiceBook {
    let mut book = VoiceBook::new(model(2));
    for (n, angle) in angles.iter().enumerate() {
        let id = book.add(&format!("n{n}")).unwrap();
        book.enrol(id, &at(*angle), 10.0).unwrap();
    }
    book
}

/// What is suggested for speakers at these angles.
fn suggested(book: &VoiceBook, angles: &[f64]) -> Vec<Outcome> {
    let voices = angles.iter().map(|a| at(*a)).collect();
    let found = Diarization::from_turns(Vec::new()).with_voices(voices);
    book.suggest(&found)
        .into_iter()
        .map(|s| s.outcome)
        .collect()
}

const fn known(id: u32) -> Outcome {
    Outcome::Known(PersonId(id))
}

#[test]
fn a_voice_is_known_unknown_or_between_two() {
    let book = plane(&[0.0, 90.0]);
    assert_eq!(book.identify(&at(10.0)).outcome, known(0));
    assert_eq!(book.identify(&at(80.0)).outcome, known(1));
    let far = book.identify(&at(-100.0));
    assert_eq!(far.outcome, Outcome::Unknown(Unknown::TooFar));
    assert_eq!(far.candidates[0].person, PersonId(0));
    let between = book
        .identify_with(&at(45.0), &IdentifyOptions::default().with_alternatives(0))
        .unwrap();
    assert_eq!(between.outcome, Outcome::Unknown(Unknown::Ambiguous));
    assert_eq!(between.candidates.len(), 2);
    for odd in [
        vec![],
        vec![1.0],
        vec![0.0, 0.0],
        vec![f32::NAN, 1.0],
        vec![f32::INFINITY, 1.0],
    ] {
        let found = book.identify(&Embedding(odd));
        assert_eq!(found.outcome, Outcome::Unknown(Unknown::NoVoice));
    }
    let mut nobody = VoiceBook::new(model(2));
    nobody.add("without a voice").unwrap();
    let found = nobody.identify(&at(0.0));
    assert_eq!(found.outcome, Outcome::Unknown(Unknown::NobodyEnrolled));
}

#[test]
fn two_with_the_same_voice_are_ambiguous_whatever_the_margin() {
    let book = plane(&[0.0, 0.0]);
    let keen = IdentifyOptions::default().with_margin(0.0);
    let found = book.identify_with(&at(0.0), &keen).unwrap();
    assert_eq!(found.outcome, Outcome::Unknown(Unknown::Ambiguous));
}

#[test]
fn prototypes_stay_few_and_their_mean_is_kept() {
    let mut random = Normal(5);
    let mut book = VoiceBook::new(model(64));
    let id = book.add("Maria").unwrap();
    let (mut sum, mut all) = (vec![0.0; 64], 0.0);
    for n in 1..=60 {
        let voice = random.direction(64);
        let seconds = f64::from(n);
        book.enrol(id, &embedding(&voice), seconds).unwrap();
        sum.iter_mut()
            .zip(&voice)
            .for_each(|(s, v)| *s += seconds * v);
        all += seconds;
    }
    let person = book.person(id).unwrap();
    assert_eq!(person.prototypes().len(), MOST_PROTOTYPES);
    assert!((person.seconds() - all).abs() < 1e-6);
    for (i, total) in sum.iter().enumerate() {
        let kept = person.prototypes().iter();
        let kept: f64 = kept.map(|p| p.seconds * f64::from(p.mean[i])).sum();
        assert!((kept - total).abs() < 1e-3, "{kept} {total}");
    }
}

#[test]
fn the_nearest_prototypes_become_one_by_their_seconds() {
    let mut book = VoiceBook::new(model(2));
    let id = book.add("Maria").unwrap();
    for n in 0..8 {
        book.enrol(id, &at(f64::from(n) * 40.0), 10.0).unwrap();
    }
    book.enrol(id, &at(41.0), 30.0).unwrap();
    let person = book.person(id).unwrap();
    let merged = person.prototypes().iter().find(|p| p.seconds() == 40.0);
    let mean = &merged.unwrap().mean;
    let angle = f64::from(mean[1]).atan2(f64::from(mean[0])).to_degrees();
    assert!((angle - 40.75).abs() < 1e-3, "{angle}");
}

#[test]
fn what_cannot_be_enrolled_leaves_the_book_as_it_was() {
    let mut book = plane(&[0.0, 90.0]);
    let before = book.clone();
    let (a, b, nobody) = (PersonId(0), PersonId(1), PersonId(9));
    for seconds in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(book.enrol(a, &at(1.0), seconds).is_err());
    }
    for voice in [vec![1.0], vec![0.0, 0.0], vec![f32::NAN, 0.0]] {
        assert!(book.enrol(a, &Embedding(voice), 1.0).is_err());
    }
    assert!(book.enrol(nobody, &at(1.0), 1.0).is_err());
    assert!(book.rename(nobody, "x").is_err());
    for name in ["", "  ", "a\nb", &"x".repeat(201)] {
        assert!(book.rename(a, name).is_err() && book.add(name).is_err());
    }
    assert!(book.merge(a, a).is_err());
    assert!(book.merge(a, nobody).is_err() && book.merge(nobody, b).is_err());
    assert!(!book.delete(nobody));
    assert_eq!(book, before);
    for options in [
        IdentifyOptions::default().with_threshold(f64::NAN),
        IdentifyOptions::default().with_threshold(1.1),
        IdentifyOptions::default().with_margin(-0.1),
        IdentifyOptions::default().with_curve(Curve {
            slope: 0.0,
            midpoint: 0.5,
        }),
        IdentifyOptions::default().with_curve(Curve {
            slope: 1.0,
            midpoint: f64::NAN,
        }),
    ] {
        let error = book.identify_with(&at(0.0), &options).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
    }
}

#[test]
fn ids_outlive_names_and_are_not_given_again() {
    let mut book = plane(&[0.0, 90.0, 180.0]);
    book.rename(PersonId(1), "  Анна ").unwrap();
    assert_eq!(book.person(PersonId(1)).unwrap().name(), "Анна");
    book.merge(PersonId(2), PersonId(1)).unwrap();
    assert_eq!(book.person(PersonId(2)), None);
    assert_eq!(book.identify(&at(180.0)).outcome, known(1));
    assert_eq!(book.identify(&at(90.0)).outcome, known(1));
    assert!(book.delete(PersonId(1)));
    assert_eq!(
        book.identify(&at(90.0)).outcome,
        Outcome::Unknown(Unknown::TooFar)
    );
    assert_eq!(book.add("again").unwrap(), PersonId(3));
    assert!(!format!("{book:?} {:?}", book.people()).contains("mean"));
}

#[test]
fn one_person_is_one_speaker_and_the_better_one_wins() {
    let book = plane(&[0.0, 90.0]);
    assert_eq!(suggested(&book, &[80.0, 5.0]), [known(1), known(0)]);
    // The diarizer made two of one: the other is nobody else.
    let taken = Outcome::Unknown(Unknown::Taken);
    assert_eq!(suggested(&book, &[15.0, 3.0]), [taken, known(0)]);
    assert_eq!(
        suggested(&book, &[3.0, 15.0, 88.0]),
        [known(0), taken, known(1)]
    );
}

#[test]
fn a_doubt_is_settled_only_by_someone_without_doubt() {
    let ambiguous = Outcome::Unknown(Unknown::Ambiguous);
    let book = plane(&[0.0, 30.0]);
    assert_eq!(suggested(&book, &[16.0]), [ambiguous]);
    assert_eq!(suggested(&book, &[16.0, 31.0]), [known(0), known(1)]);
    // Each is as much the one as the other.
    assert_eq!(suggested(&book, &[14.0, 16.0]), [ambiguous, ambiguous]);
}

#[test]
fn names_are_laid_over_nameless_speakers_only() {
    let book = plane(&[0.0, 90.0]);
    let voices = vec![at(0.0), at(90.0), at(-120.0), Embedding(Vec::new())];
    let found = Diarization::from_turns(Vec::new()).with_voices(voices);
    let suggestions = book.suggest(&found);
    assert_eq!(suggestions[3].outcome, Outcome::Unknown(Unknown::NoVoice));
    assert_eq!(suggestions[0].alternatives[0].person, PersonId(1));
    let mut speakers: Vec<Speaker> = (0..4)
        .map(|n| Speaker {
            id: SpeakerId(n),
            name: (n == 1).then(|| "by hand".into()),
        })
        .collect();
    book.lay_names(&suggestions, &mut speakers);
    let names: Vec<_> = speakers.iter().map(|s| s.name.as_deref()).collect();
    assert_eq!(names, [Some("n0"), Some("by hand"), None, None]);
    assert!(speakers.iter().zip(0..).all(|(s, n)| s.id == SpeakerId(n)));
}

fn near(a: &Identification, b: &Identification) -> bool {
    let pairs = a.candidates.iter().zip(&b.candidates);
    a.outcome == b.outcome
        && a.candidates.len() == b.candidates.len()
        && pairs
            .into_iter()
            .all(|(a, b)| a.person == b.person && (a.score.cosine - b.score.cosine).abs() < 1e-5)
}

/// Five people with four voices each, enrolled in this order and at this scale.
fn enrolled(seed: u64, order: &[usize], scale: f64) -> (VoiceBook, Embedding) {
    let mut random = Normal(seed);
    let people: Vec<_> = (0..5).map(|_| random.direction(32)).collect();
    let voices: Vec<_> = (0..20).map(|n| random.near(&people[n % 5], 0.8)).collect();
    let heard = embedding(&random.near(&people[0], 0.9));
    let mut book = VoiceBook::new(model(32));
    for n in 0..5 {
        book.add(&format!("n{n}")).unwrap();
    }
    for &n in order {
        let scaled: Vec<f64> = voices[n].iter().map(|v| v * scale).collect();
        let id = PersonId((n % 5) as u32);
        book.enrol(id, &embedding(&scaled), 1.0 + n as f64).unwrap();
    }
    (book, heard)
}

proptest! {
    #[test]
    fn neither_scale_nor_order_matters(
        seed: u64,
        order in Just((0..20).collect::<Vec<usize>>()).prop_shuffle(),
        scale in 1e-3..1e3_f64,
    ) {
        let (book, heard) = enrolled(seed, &(0..20).collect::<Vec<_>>(), 1.0);
        let (other, _) = enrolled(seed, &order, scale);
        let found = book.identify(&heard);
        prop_assert!(near(&found, &other.identify(&heard)));
        let louder = Embedding(heard.0.iter().map(|v| v * scale as f32).collect());
        prop_assert!(near(&found, &book.identify(&louder)));
    }

    #[test]
    fn who_is_deleted_and_enrolled_again_is_found_as_before(seed: u64, gone in 0_usize..5) {
        let all: Vec<usize> = (0..20).collect();
        let (book, heard) = enrolled(seed, &all, 1.0);
        let (mut other, _) = enrolled(seed, &all, 1.0);
        let id = PersonId(gone as u32);
        let voices = other.person(id).unwrap().prototypes().to_vec();
        other.delete(id);
        let left = other.identify(&heard);
        prop_assert!(left.candidates.iter().all(|c| c.person != id));
        prop_assert!(!other.to_json().unwrap().contains(&id.to_string()));
        let again = other.add("again").unwrap();
        for voice in voices {
            other.enrol(again, &Embedding(voice.mean.clone()), voice.seconds).unwrap();
        }
        let mut found = other.identify(&heard);
        for candidate in &mut found.candidates {
            if candidate.person == again { candidate.person = id; }
        }
        if found.outcome == Outcome::Known(again) { found.outcome = Outcome::Known(id); }
        prop_assert!(near(&book.identify(&heard), &found));
    }

    #[test]
    fn nobody_is_suggested_twice(
        people in proptest::collection::vec(0.0..360.0_f64, 1..8),
        speakers in proptest::collection::vec(0.0..360.0_f64, 0..10),
    ) {
        let outcomes = suggested(&plane(&people), &speakers);
        prop_assert_eq!(outcomes.len(), speakers.len());
        let mut named: Vec<PersonId> = outcomes
            .iter()
            .filter_map(|o| match o { Outcome::Known(id) => Some(*id), Outcome::Unknown(_) => None })
            .collect();
        let count = named.len();
        named.sort_unstable();
        named.dedup();
        prop_assert_eq!(named.len(), count);
    }
}

#[test]
fn a_speaker_is_enrolled_by_the_seconds_they_speak_alone() {
    let turn = |start, end, id| SpeakerTurn {
        span: TimeSpan::new(start, end),
        speaker: SpeakerId(id),
    };
    // The third is never alone, and the fourth has no voice.
    let turns = vec![
        turn(0.0, 10.0, 0),
        turn(6.0, 12.0, 1),
        turn(8.0, 9.0, 2),
        turn(20.0, 25.0, 3),
        turn(30.0, 34.0, 0),
    ];
    let found = Diarization::from_turns(turns).with_voices(vec![
        at(0.0),
        at(90.0),
        at(45.0),
        Embedding(Vec::new()),
    ]);
    let mut book = VoiceBook::new(model(2));
    let (ann, bo) = (book.add("Ann").unwrap(), book.add("Bo").unwrap());
    book.enrol_speaker(ann, &found, SpeakerId(0)).unwrap();
    book.enrol_speaker(bo, &found, SpeakerId(1)).unwrap();
    let seconds = |id| book.person(id).unwrap().seconds();
    assert_eq!((seconds(ann), seconds(bo)), (10.0, 2.0));
    assert_eq!(book.identify(&at(88.0)).outcome, known(1));
    for nobody in [2, 3, 7] {
        let before = book.clone();
        let error = book.enrol_speaker(ann, &found, SpeakerId(nobody));
        assert_eq!(error.unwrap_err().code(), "invalid-option", "{nobody}");
        assert_eq!(book, before);
    }
}
