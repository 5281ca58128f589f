//! Latin terms as a Russian recogniser may write them: «кубернетес» for "Kubernetes".

/// How a Cyrillic word is said, in a Latin spelling of one letter a sound; `None` where it has other letters.
pub(super) fn of_cyrillic(word: &str) -> Option<Vec<char>> {
    let mut sounds = String::new();
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        if letter == 'д' && letters.get(at) == Some(&'ж') {
            at += 1;
            sounds.push('j');
            continue;
        }
        sounds.push_str(match letter {
            'а' | 'я' => "a",
            'б' => "b",
            'в' => "v",
            'г' => "g",
            'д' => "d",
            'е' | 'э' => "e",
            'ё' | 'о' => "o",
            'ж' => "j",
            'з' => "z",
            'и' | 'й' | 'ы' => "i",
            'к' => "k",
            'л' => "l",
            'м' => "m",
            'н' => "n",
            'п' => "p",
            'р' => "r",
            'с' => "s",
            'т' => "t",
            'у' | 'ю' => "u",
            'ф' => "f",
            'х' => "h",
            'ц' => "ts",
            'ч' => "c",
            'ш' | 'щ' => "x",
            'ь' | 'ъ' | '-' => "",
            _ => return None,
        });
    }
    Some(without_doubles(&sounds))
}

/// How a Latin word is said, in the same spelling; `None` where it has other letters, or so many capitals that it is
/// spelt out.
pub(super) fn of_latin(word: &str) -> Option<Vec<char>> {
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    if 2 * capitals > word.chars().count() || !word.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    // Longer spellings first; what stands for the sounds is in capitals, so that none is read twice.
    const SPELLINGS: &[(&str, &str)] = &[
        ("sch", "X"),
        ("sh", "X"),
        ("tch", "C"),
        ("ch", "C"),
        ("ph", "F"),
        ("th", "T"),
        ("wh", "V"),
        ("ck", "K"),
        ("qu", "KV"),
        ("x", "KS"),
        ("ce", "SE"),
        ("ci", "SI"),
        ("cy", "SI"),
        ("c", "K"),
        ("q", "K"),
        ("w", "V"),
        ("ee", "I"),
        ("ea", "I"),
        ("oo", "U"),
        ("ou", "U"),
        ("ay", "EI"),
        ("ai", "EI"),
        ("y", "I"),
    ];
    let mut sounds = word.to_lowercase();
    for (spelling, sound) in SPELLINGS {
        sounds = sounds.replace(spelling, sound);
    }
    Some(without_doubles(&sounds.to_lowercase()))
}

/// The word itself, and what is left of it without an ending of a Russian case.
pub(super) fn stems(word: &str) -> impl Iterator<Item = &str> {
    const ENDINGS: [&str; 12] = [
        "ами", "ах", "ам", "ом", "ем", "ов", "а", "у", "е", "ы", "и", "я",
    ];
    let stems = ENDINGS
        .iter()
        .filter_map(|ending| word.strip_suffix(ending));
    std::iter::once(word).chain(stems)
}

fn without_doubles(sounds: &str) -> Vec<char> {
    let mut letters: Vec<char> = sounds.chars().collect();
    letters.dedup();
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_what_is_heard_of_them_are_spelt_alike() {
        for (heard, term) in [
            ("кубернетес", "Kubernetes"),
            ("докер", "Docker"),
            ("джира", "Jira"),
            ("постгрес", "Postgres"),
            ("гитлаб", "GitLab"),
            ("редис", "Redis"),
            ("кафка", "Kafka"),
        ] {
            assert_eq!(of_cyrillic(heard), of_latin(term), "{heard}");
        }
        assert_eq!(of_latin("SLA"), None, "spelt out");
        assert_eq!(of_latin("vue.js"), None);
        assert_eq!(of_cyrillic("docker"), None);
    }

    #[test]
    fn endings_are_taken_off() {
        assert!(stems("кубернетесом").any(|s| s == "кубернетес"));
        assert_eq!(stems("докер").next(), Some("докер"));
    }
}
