//! The file: what comes back, what is refused.

use proptest::prelude::*;

use super::*;

fn some_book(seed: u64, people: usize, dim: usize) -> VoiceBook {
    let mut random = Normal(seed);
    let mut book = VoiceBook::new(model(dim));
    for n in 0..people {
        let id = book.add(&format!("Имя \"{n}\"")).unwrap();
        for _ in 0..n % 12 {
            let seconds = 0.1 + 100.0 * random.uniform();
            book.enrol(id, &embedding(&random.direction(dim)), seconds)
                .unwrap();
        }
    }
    book
}

fn bits(book: &VoiceBook) -> Vec<u64> {
    let prototypes = book.people().iter().flat_map(Person::prototypes);
    prototypes
        .flat_map(|p| {
            let mean = p.mean.iter().map(|v| u64::from(v.to_bits()));
            mean.chain([p.seconds.to_bits()]).collect::<Vec<_>>()
        })
        .collect()
}

fn refused(text: &str) -> String {
    let error = VoiceBook::from_json(text.as_bytes()).unwrap_err();
    assert_eq!(error.code(), "parse", "{error}");
    error.to_string()
}

#[test]
fn a_saved_book_replaces_the_old_one_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voices.json");
    std::fs::write(&path, "old").unwrap();
    let mut book = some_book(1, 5, 16);
    book.save(&path).unwrap();
    let read = VoiceBook::open(&path, &model(16)).unwrap();
    assert_eq!((&read, bits(&read)), (&book, bits(&book)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Deleted people leave the file, and nothing else lies about.
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .contains("PERSON_03")
    );
    assert!(book.delete(PersonId(3)));
    book.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(!text.contains("PERSON_03") && !text.contains("Имя \\\"3"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    // What can't be written leaves no trace.
    let nowhere = folder.path().join("no/voices.json");
    assert_eq!(book.save(nowhere).unwrap_err().code(), "io");
}

#[cfg(unix)]
#[test]
fn a_link_leaves_no_old_book_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (place, link) = (
        folder.path().join("voices.json"),
        folder.path().join("link"),
    );
    let mut book = some_book(1, 3, 4);
    book.save(&place).unwrap();
    std::os::unix::fs::symlink(&place, &link).unwrap();
    book.delete(PersonId(1));
    book.save(&link).unwrap();
    assert!(link.is_symlink());
    let text = std::fs::read_to_string(&place).unwrap();
    assert!(!text.contains("PERSON_01"), "{text}");
}

#[test]
fn the_curve_is_the_models_and_stays_out_of_the_file() {
    let steep = Curve {
        slope: 90.0,
        midpoint: 0.2,
    };
    let mut book = some_book(1, 2, 16);
    assert_eq!(book.model().curve(), Curve::default());
    book.bind(&model(16).with_curve(steep).unwrap()).unwrap();
    let flat = Curve {
        slope: f64::NAN,
        midpoint: 0.2,
    };
    assert!(model(16).with_curve(flat).is_err());
    assert_eq!(book.model().curve(), steep);
    let read = VoiceBook::from_json(book.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(read.model().curve(), Curve::default());
}

#[test]
fn a_book_of_another_model_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voices.json");
    some_book(1, 2, 16).save(&path).unwrap();
    let sha = "b2".repeat(32);
    for other in [
        VoiceModel::new("test", 16, &sha, "none").unwrap(),
        VoiceModel::new("test", 17, model(16).sha256(), "none").unwrap(),
        VoiceModel::new("test", 16, model(16).sha256(), "other").unwrap(),
    ] {
        let error = VoiceBook::open(&path, &other).unwrap_err();
        assert_eq!(error.code(), "invalid-option");
        assert!(error.to_string().contains("one of `test` (16"), "{error}");
    }
    let renamed = VoiceModel::new("other name", 16, model(16).sha256(), "none").unwrap();
    VoiceBook::open(&path, &renamed).unwrap();
    let missing = VoiceBook::open(folder.path().join("none"), &renamed).unwrap_err();
    assert_eq!(missing.code(), "io");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let mut book = VoiceBook::new(model(2));
    for (n, voice) in [[1.0, 0.0], [0.0, 1.0]].iter().enumerate() {
        let id = book.add(&format!("n{n}")).unwrap();
        book.enrol(id, &embedding(voice), 2.5).unwrap();
    }
    let good = book.to_json().unwrap();
    VoiceBook::from_json(good.as_bytes()).unwrap();
    for (from, to, words) in [
        ("voicebook/2", "voicebook/1", "only `autoproto-voicebook/2`"),
        ("PERSON_01", "PERSON_00", "PERSON_00 is there twice"),
        ("PERSON_01", "PERSON_07", "PERSON_07 is there twice or out"),
        ("PERSON_01", "Maria", "PERSON_00"),
        ("[1.0,0.0]", "[1.0]", "1 numbers instead of 2"),
        ("[1.0,0.0]", "[0.0,0.0]", "no mean of unit vectors"),
        ("[1.0,0.0]", "[1.0,0.5]", "no mean of unit vectors"),
        ("[1.0,0.0]", "[1e39,0.0]", ""),
        ("[1.0,0.0]", "[NaN,0.0]", "line 1"),
        ("[1.0,0.0]", "[null,0.0]", "invalid type"),
        ("2.5", "-2.5", "no valid seconds"),
        ("2.5", "0", "no valid seconds"),
        ("2.5", "1e300", "no valid seconds"),
        ("\"n1\"", "\" \"", "no valid name"),
        ("\"n1\"", "\"a\\u0007\"", "no valid name"),
        ("\"dim\":2", "\"dim\":0", "the model's `dim`"),
        ("\"dim\":2", "\"dim\":99999999999", "the model's `dim`"),
        ("a1a1", "A1g1", "the model's `sha256`"),
        ("\"none\"", "\"\"", "the model's `front_end`"),
        (",\"front_end\":\"none\"", "", "missing field"),
        ("\"next\":2", "\"next\":2,\"next\":2", "duplicate field"),
        ("\"next\":2", "\"next\":2,\"more\":1", "unknown field"),
        ("\"next\":2", "\"next\":-1", "invalid value"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = refused(&good.replacen(from, to, 1));
        assert!(error.contains(words), "{from} → {to}: {error}");
    }
    refused("");
    refused("{}");
    refused(&good[..good.len() - 1]);
    refused(&"[".repeat(100_000));
    let long = |n: usize, item: &str| vec![item; n].join(",");
    let numbers = format!("[{}]", long(MOST_DIMENSIONS + 1, "0"));
    assert!(refused(&good.replacen("[1.0,0.0]", &numbers, 1)).contains("at most 4096"));
    let voice = r#"{"seconds":2.5,"mean":[1.0,0.0]}"#;
    let voices = long(MOST_PROTOTYPES + 1, voice);
    assert!(refused(&good.replacen(voice, &voices, 1)).contains("at most 8"));
    let person = r#"{"id":"PERSON_00","name":"a","prototypes":[]}"#;
    let people = format!("\"people\":[{},", long(MOST_PEOPLE, person));
    assert!(refused(&good.replacen("\"people\":[", &people, 1)).contains("at most 1000"));
}

proptest! {
    #[test]
    fn every_book_comes_back_bit_for_bit(seed: u64, people in 0_usize..14, dim in 1_usize..40) {
        let book = some_book(seed, people, dim);
        let text = book.to_json().unwrap();
        let read = VoiceBook::from_json(text.as_bytes()).unwrap();
        prop_assert_eq!(&read, &book);
        prop_assert_eq!(bits(&read), bits(&book));
        prop_assert_eq!(read.to_json().unwrap(), text);
    }

    #[test]
    fn every_float_comes_back(pattern: u32) {
        let value = f32::from_bits(pattern);
        prop_assume!(value.is_finite());
        let read: f32 = serde_json::from_str(&serde_json::to_string(&value).unwrap()).unwrap();
        prop_assert_eq!(read.to_bits(), pattern);
    }

    #[test]
    fn random_bytes_are_no_book(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(VoiceBook::from_json(&bytes).is_err());
    }

    #[test]
    fn a_damaged_book_is_refused_or_still_works(
        seed: u64,
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = some_book(seed, 4, 3).to_json().unwrap().into_bytes();
        for (at, byte) in hits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(mut book) = VoiceBook::from_json(&bytes) {
            let found = book.identify(&Embedding(vec![1.0, 0.0, 0.0]));
            prop_assert!(found.candidates.iter().all(|c| c.score.probability.is_finite()));
            if book.people().len() > 1 {
                let (a, b) = (book.people()[0].id(), book.people()[1].id());
                book.merge(a, b).unwrap();
            }
            let again = VoiceBook::from_json(book.to_json().unwrap().as_bytes());
            prop_assert_eq!(again.unwrap(), book);
        }
    }
}
