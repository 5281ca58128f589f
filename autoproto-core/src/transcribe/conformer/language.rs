//! Which language a text is in, for models that understand several and don't say which they heard.

use crate::types::{Language, Word};

/// The commonest short words of each language, those that few others share.
const COMMON: [(&str, &str); 25] = [
    (
        "en",
        "the and of to is that it was for you with this have are be not we",
    ),
    (
        "ru",
        "и в не на что я с это как но а мы по у к он то так вы было",
    ),
    (
        "uk",
        "і в не на що я з це як але та ми до у він й є ви було так",
    ),
    (
        "bg",
        "и в не на че аз с това как но а ние по от той е са да ще за",
    ),
    (
        "de",
        "der die und das ist nicht ich wir zu mit den ein es sie auf auch für",
    ),
    (
        "fr",
        "le la les et est des un une que pas pour dans il nous vous je ce",
    ),
    (
        "es",
        "el la los y es que de no un una por con para se lo las nosotros pero",
    ),
    (
        "it",
        "il la che e è di non un una per con sono ci si gli ma del questo",
    ),
    (
        "pt",
        "o a os e é que de não um uma por com para se do da em mas isso",
    ),
    (
        "nl",
        "de het een en is dat niet ik we van op te zijn voor met maar ook",
    ),
    (
        "pl",
        "i w nie na że się to jest z do jak ale my o po co czy tak są",
    ),
    (
        "cs",
        "a v ne na že se to je s do jak ale my o po co jsem jsme ten",
    ),
    (
        "sk",
        "a v nie na že sa to je s do ako ale my o po čo som sme ten",
    ),
    (
        "sl",
        "in v ne na da se to je z do kako ampak mi o po kaj sem smo",
    ),
    (
        "hr",
        "i u ne na da se to je s do kako ali mi o po što sam smo",
    ),
    (
        "ro",
        "și în nu pe că se este cu de la un o sunt dar noi ce mai pentru",
    ),
    (
        "hu",
        "a az és nem hogy is egy van ez meg de mi csak volt már kell",
    ),
    (
        "fi",
        "ja on ei se että ne mutta me oli hän niin kun tämä ole myös",
    ),
    (
        "et",
        "ja on ei see et me oli ta aga kui ma siis ning ka seda",
    ),
    (
        "sv",
        "och är inte det att en som vi på för med den har till jag av",
    ),
    (
        "da",
        "og er ikke det at en som vi på for med den har til jeg af",
    ),
    (
        "lv",
        "un ir nav tas ka ne ar mēs no uz par bet kā viņš arī es",
    ),
    (
        "lt",
        "ir yra ne tai kad su mes iš į bet kaip jis taip aš buvo",
    ),
    (
        "el",
        "και το να είναι δεν η ο που με για από θα τα αυτό στο",
    ),
    (
        "mt",
        "u li ma huwa il ta dan hija biex għal minn kien imma fuq",
    ),
];

/// The one of `known` that most of the common words belong to; where none does, what the letters suggest. `None` if there
/// are no words.
pub(super) fn of<'w>(
    words: impl IntoIterator<Item = &'w Word>,
    known: &[Language],
) -> Option<Language> {
    let (mut votes, mut letters) = ([0_usize; COMMON.len()], [0_usize; 3]);
    let mut heard = false;
    for word in words {
        heard = true;
        let lower = word.text.to_lowercase();
        let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
        for (votes, (_, common)) in votes.iter_mut().zip(COMMON) {
            *votes += usize::from(!bare.is_empty() && common.split(' ').any(|c| c == bare));
        }
        for letter in bare.chars() {
            letters[script(letter)] += 1;
        }
    }
    let allowed = |code: &str| {
        let language = Language::new(code).ok()?;
        (known.is_empty() || known.contains(&language)).then_some(language)
    };
    let most = COMMON
        .iter()
        .zip(votes)
        .filter(|(_, votes)| *votes > 0)
        .filter_map(|((code, _), votes)| Some((allowed(code)?, votes)))
        // The first of equals: they stand in the order of their speakers' number.
        .reduce(|most, next| if next.1 > most.1 { next } else { most });
    let by_letters = ["en", "ru", "el"]
        .into_iter()
        .zip(letters)
        .filter_map(|(code, count)| Some((allowed(code)?, count)))
        .reduce(|most, next| if next.1 > most.1 { next } else { most });
    heard
        .then(|| most.or(by_letters).map(|(language, _)| language))
        .flatten()
        .or_else(|| known.first().copied().filter(|_| heard))
}

/// 0 for Latin and any other, 1 for Cyrillic, 2 for Greek.
fn script(letter: char) -> usize {
    match letter {
        '\u{400}'..='\u{52f}' => 1,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::types::TimeSpan;

    fn told(text: &str, known: &[&str]) -> Option<&'static str> {
        let word = |text: &str| Word {
            span: TimeSpan::new(0.0, 1.0),
            text: text.into(),
            confidence: 1.0,
        };
        let words: Vec<Word> = text.split_whitespace().map(word).collect();
        let known: Vec<_> = known.iter().map(|c| Language::new(c).unwrap()).collect();
        of(&words, &known).map(|language| language.code())
    }

    #[test]
    fn common_words_tell_languages_apart() {
        for (text, code) in [
            (
                "We agreed that the release is on Friday, and it was not moved.",
                "en",
            ),
            (
                "Мы решили, что релиз в пятницу, и это не обсуждается.",
                "ru",
            ),
            (
                "Ми вирішили, що реліз у п'ятницю, і це не обговорюється, але так є.",
                "uk",
            ),
            (
                "Wir haben das nicht vereinbart, und ich bin auch für den Freitag.",
                "de",
            ),
            (
                "Nous avons décidé que ce n'est pas pour les vendredis, et il le sait.",
                "fr",
            ),
            (
                "Hemos decidido que no se cambia el plan y los plazos para el viernes.",
                "es",
            ),
            (
                "Zdecydowaliśmy, że się nie zmienia, ale to jest w piątek.",
                "pl",
            ),
            (
                "Vi har bestämt att det inte är på fredag och jag har en plan.",
                "sv",
            ),
            ("Αποφασίσαμε να είναι την Παρασκευή και δεν αλλάζει.", "el"),
        ] {
            assert_eq!(told(text, &[]), Some(code), "{text}");
        }
    }

    #[test]
    fn where_no_word_tells_the_letters_do() {
        assert_eq!(told("Kubernetes", &[]), Some("en"));
        assert_eq!(told("Релиз", &[]), Some("ru"));
        assert_eq!(told("Релиз", &["uk"]), Some("uk"), "the only one it can be");
        assert_eq!(told("и так не было", &["en", "uk"]), Some("uk"));
        assert_eq!(told("", &["ru"]), None);
    }
}
