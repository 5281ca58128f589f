//! Russian names in all their cases: what a name of a list may sound like in speech.

use crate::name_forms::{first_name_forms, is_nominative};

/// The forms of a name or term in lower case, itself first; only itself where it is not Russian or is not declined.
///
/// Both of «Иванов» and «Иванова», each as a name of its own; of a surname that only men decline («Шевчук») the declined
/// forms, too. «ё» stays where it stood.
pub(crate) fn forms(base: &str) -> Vec<String> {
    let mut all = vec![base.to_owned()];
    if base.is_empty() || !base.chars().all(|c| is_russian(c) || c == '-') {
        return all;
    }
    // Of «Петров-Водкин» the last part; the others are declined by few speakers.
    let (head, last) = base.rsplit_once('-').map_or(("", base), |(head, last)| {
        (base.get(..head.len() + 1).unwrap_or_default(), last)
    });
    let declined = if is_nominative(&last.replace('ё', "е")) {
        first_name_forms(last)
    } else {
        by_ending(last)
    };
    for form in declined {
        let form = format!("{head}{form}");
        if !all.contains(&form) {
            all.push(form);
        }
    }
    all
}

pub(crate) fn is_russian(c: char) -> bool {
    matches!(c, 'а'..='я' | 'ё')
}

/// Endings of names, what stays of the name before them, and what takes their place in the other cases; the first that
/// fits holds.
const PARADIGMS: &[(&str, &[&str])] = &[
    // Endings that are never declined.
    ("ых", &[]),
    ("их", &[]),
    ("ко", &["ко"]),
    ("о", &["о"]),
    ("е", &["е"]),
    ("э", &["э"]),
    ("и", &["и"]),
    ("у", &["у"]),
    ("ю", &["ю"]),
    // Patronymics.
    ("ович", &["ович", "овича", "овичу", "овичем", "овиче"]),
    ("евич", &["евич", "евича", "евичу", "евичем", "евиче"]),
    ("вна", &["вна", "вны", "вне", "вну", "вной"]),
    ("ична", &["ична", "ичны", "ичне", "ичну", "ичной"]),
    // Surnames that were possessives: Иванов, Сергеев, Ильин, Голицын.
    (
        "ов",
        &["ов", "ова", "ову", "овым", "ове", "овы", "овых", "овыми"],
    ),
    (
        "ев",
        &["ев", "ева", "еву", "евым", "еве", "евы", "евых", "евыми"],
    ),
    (
        "ёв",
        &["ёв", "ёва", "ёву", "ёвым", "ёве", "ёвы", "ёвых", "ёвыми"],
    ),
    (
        "ин",
        &["ин", "ина", "ину", "иным", "ином", "ине", "ины", "иных"],
    ),
    ("ын", &["ын", "ына", "ыну", "ыным", "ыне", "ыны", "ыных"]),
    ("ова", &["ова", "овой", "ову", "овою"]),
    ("ева", &["ева", "евой", "еву", "евою"]),
    ("ёва", &["ёва", "ёвой", "ёву", "ёвою"]),
    ("ина", &["ина", "иной", "ину", "ины", "ине"]),
    ("ына", &["ына", "ыной", "ыну"]),
    // Surnames that were adjectives.
    (
        "ский",
        &["ский", "ского", "скому", "ским", "ском", "ские", "ских"],
    ),
    (
        "цкий",
        &["цкий", "цкого", "цкому", "цким", "цком", "цкие", "цких"],
    ),
    ("ый", &["ый", "ого", "ому", "ым", "ом"]),
    ("ой", &["ой", "ого", "ому", "ым", "ом"]),
    ("кий", &["кий", "кого", "кому", "ким", "ком"]),
    ("ая", &["ая", "ой", "ую"]),
    ("яя", &["яя", "ей", "юю"]),
    // The rest as nouns.
    ("ия", &["ия", "ии", "ию", "ией"]),
    ("ий", &["ий", "ия", "ию", "ием", "ии"]),
    ("й", &["й", "я", "ю", "ем", "е"]),
    ("ь", &["ь", "я", "ю", "ем", "е", "и", "ью"]),
    ("я", &["я", "и", "е", "ю", "ей"]),
];

fn by_ending(name: &str) -> Vec<String> {
    for (ending, endings) in PARADIGMS {
        if let Some(stem) = name.strip_suffix(ending).filter(|s| !s.is_empty()) {
            return endings.iter().map(|e| format!("{stem}{e}")).collect();
        }
    }
    let hushed = |stem: &str| stem.ends_with(['г', 'к', 'х', 'ж', 'ч', 'ш', 'щ']);
    if let Some(stem) = name.strip_suffix('а') {
        let genitive = if hushed(stem) { "и" } else { "ы" };
        return ["а", genitive, "е", "у", "ой", "ей"]
            .iter()
            .map(|e| format!("{stem}{e}"))
            .collect();
    }
    let instrumental = if name.ends_with(['ж', 'ч', 'ш', 'щ', 'ц']) {
        "ем"
    } else {
        "ом"
    };
    ["", "а", "у", instrumental, "е"]
        .iter()
        .map(|e| format!("{name}{e}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surnames_are_declined_by_their_kind() {
        for (base, wanted) in [
            ("иванов", "иванова иванову ивановым иванове ивановых"),
            ("иванова", "ивановой иванову"),
            ("соловьёв", "соловьёва соловьёвым"),
            ("пушкин", "пушкина пушкину пушкиным"),
            (
                "ковальский",
                "ковальского ковальскому ковальским ковальском",
            ),
            ("ковальская", "ковальской ковальскую"),
            ("шевчук", "шевчука шевчуку шевчуком шевчуке"),
            ("толстой", "толстого толстому толстым"),
            ("гайдай", "гайдая гайдаю гайдаем"),
            ("сковорода", "сковороды сковороде сковороду сковородой"),
            ("сергеевна", "сергеевны сергеевне сергеевну сергеевной"),
            ("иванович", "ивановича ивановичу ивановичем"),
            ("пётр", "петра петру петром"),
            ("мария", "марии марию марией"),
            ("петров-водкин", "петров-водкина петров-водкиным"),
            ("битрикс", "битрикса битриксе"),
        ] {
            let forms = forms(base);
            assert_eq!(forms.first().map(String::as_str), Some(base));
            for form in wanted.split(' ') {
                assert!(
                    forms.iter().any(|f| f == form),
                    "{form} of {base}: {forms:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_declined_has_one_form() {
        for base in [
            "шевченко",
            "черных",
            "кубицки",
            "kubernetes",
            "дюма2",
            "ли",
            "",
        ] {
            assert!(
                forms(base).iter().all(|f| f == base),
                "{base}: {:?}",
                forms(base)
            );
        }
    }
}
