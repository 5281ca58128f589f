//! Russian times: «к следующему вторнику» → «следующий вторник».

use std::ops::Range;

use super::due::Due;
use super::pattern::longest;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gender {
    Masculine,
    Feminine,
    Neuter,
    Plural,
}
use Gender::{Feminine, Masculine, Neuter, Plural};

/// Base form, gender, and the other forms. The first part may stand as a time without an adjective.
const DAYS: &[(&str, Gender, &str)] = &[
    (
        "понедельник",
        Masculine,
        "понедельника понедельнику понедельником понедельнике",
    ),
    ("вторник", Masculine, "вторника вторнику вторником вторнике"),
    ("среда", Feminine, "среды среде среду средой"),
    ("четверг", Masculine, "четверга четвергу четвергом четверге"),
    ("пятница", Feminine, "пятницы пятнице пятницу пятницей"),
    ("суббота", Feminine, "субботы субботе субботу субботой"),
    (
        "воскресенье",
        Neuter,
        "воскресенья воскресенью воскресеньем",
    ),
];
const MONTHS: &[(&str, Gender, &str)] = &[
    ("январь", Masculine, "января январю январе"),
    ("февраль", Masculine, "февраля февралю феврале"),
    ("март", Masculine, "марта марту марте"),
    ("апрель", Masculine, "апреля апрелю апреле"),
    ("май", Masculine, "мая маю мае"),
    ("июнь", Masculine, "июня июню июне"),
    ("июль", Masculine, "июля июлю июле"),
    ("август", Masculine, "августа августу августе"),
    ("сентябрь", Masculine, "сентября сентябрю сентябре"),
    ("октябрь", Masculine, "октября октябрю октябре"),
    ("ноябрь", Masculine, "ноября ноябрю ноябре"),
    ("декабрь", Masculine, "декабря декабрю декабре"),
];
const PERIODS: &[(&str, Gender, &str)] = &[
    ("неделя", Feminine, "недели неделе неделю"),
    ("месяц", Masculine, "месяца месяцу месяце"),
    ("квартал", Masculine, "квартала кварталу квартале"),
    ("год", Masculine, "года году годе"),
    ("день", Masculine, "дня дню дне"),
    ("спринт", Masculine, "спринта спринту спринте"),
    ("полугодие", Neuter, "полугодия полугодию"),
];
const MEETINGS: &[(&str, Gender, &str)] = &[
    ("встреча", Feminine, "встречи встрече встречу"),
    ("совещание", Neuter, "совещания совещанию"),
    ("собрание", Neuter, "собрания собранию"),
    ("заседание", Neuter, "заседания заседанию"),
    ("планерка", Feminine, "планерки планерке планерку"),
    ("созвон", Masculine, "созвона созвону"),
    ("вечер", Masculine, "вечера вечеру"),
    ("утро", Neuter, "утра утру"),
    ("обед", Masculine, "обеда обеду"),
    ("полдень", Masculine, "полудня полудню"),
    ("выходные", Plural, "выходных выходным"),
    ("лето", Neuter, "лета лету"),
    ("осень", Feminine, "осени"),
    ("зима", Feminine, "зимы зиме"),
    ("весна", Feminine, "весны весне"),
];
const PARTS: &[(&str, Gender, &str)] = &[
    ("конец", Masculine, "конца концу конце"),
    ("начало", Neuter, "начала началу начале"),
    ("середина", Feminine, "середины середине середину"),
];

/// Stems of the adjectives of time, and their endings in the base form: masculine, feminine, neuter, plural.
const ADJECTIVES: &[(&str, [&str; 4])] = &[
    ("следующ", ["ий", "ая", "ее", "ие"]),
    ("будущ", ["ий", "ая", "ее", "ие"]),
    ("ближайш", ["ий", "ая", "ее", "ие"]),
    ("предстоящ", ["ий", "ая", "ее", "ие"]),
    ("текущ", ["ий", "ая", "ее", "ие"]),
    ("нынешн", ["ий", "яя", "ее", "ие"]),
    ("завтрашн", ["ий", "яя", "ее", "ие"]),
    ("сегодняшн", ["ий", "яя", "ее", "ие"]),
    ("рабоч", ["ий", "ая", "ее", "ие"]),
];

const ORDINALS: &str = "первое второе третье четвертое пятое шестое седьмое восьмое девятое десятое одиннадцатое \
    двенадцатое тринадцатое четырнадцатое пятнадцатое шестнадцатое семнадцатое восемнадцатое \
    девятнадцатое двадцатое тридцатое";

const WEAK_SPANS: &[&str] = &[
    "через ?одну|один|полторы|две|два|три|четыре|пять|шесть|семь|десять|пару|несколько|#number ?рабочих|рабочий неделю|недели|недель|день|дня|дней|месяц|месяца|месяцев|час|часа|часов|квартал",
    "в течение ?одной|двух|трех|пяти|этой|следующей|ближайшей|#number ?рабочих недели|недель|дня|дней|месяца|месяцев|квартала|часа|суток",
    "за ?эту|одну|две|три|пару|#number ?рабочих неделю|недели|дня|дней|день",
];

/// The time that begins at `at`.
pub(super) fn at(
    norms: &[&str],
    at: usize,
    as_heard: &impl Fn(Range<usize>) -> String,
) -> Option<Due> {
    let rest = norms.get(at..)?;
    let before = at
        .checked_sub(1)
        .and_then(|b| norms.get(b))
        .copied()
        .unwrap_or_default();
    let due = |text: String, len: usize, deadline: bool| {
        Some(Due {
            text,
            tokens: at..at + len,
            deadline,
        })
    };
    if let Some(skip) = longest(
        &[
            "к|ко|до",
            "не позднее|позже",
            "крайний срок ?до",
            "срок ?до|к",
            "срок исполнения ?до|к",
        ],
        rest,
    ) {
        let words = rest.get(skip..)?;
        let named = time(words, true).or_else(|| {
            let len = longest(&["#number|часу|двум|трем|четырем|пяти|шести|десяти|двенадцати|двух|трех|четырех часам|часов|часа|часу ?утра|дня|вечера", "обеда|конца"], words)?;
            Some((as_heard(at + skip..at + skip + len), len))
        });
        let (text, len) = named?;
        return due(text, skip + len, true);
    }
    if let Some(len) = longest(WEAK_SPANS, rest) {
        let deadline = rest.first() != Some(&"через");
        return due(as_heard(at..at + len), len, deadline);
    }
    let first = rest.first().copied()?;
    if ["завтра", "послезавтра", "сегодня"].contains(&first) {
        let len = 1 + usize::from(
            rest.get(1)
                .is_some_and(|w| ["утром", "днем", "вечером", "же"].contains(w)),
        );
        let weak = ["на", "с", "до", "со"].contains(&before);
        return if weak {
            None
        } else {
            due(as_heard(at..at + len), len, false)
        };
    }
    if ["в", "во", "на"].contains(&first) {
        let words = rest.get(1..)?;
        let (text, len) = time(words, false)?;
        // «на пятницу» is what something is for; «на следующей неделе» is when.
        let when = first != "на"
            || adjective(words.first()?).is_some()
            || ["этой"].contains(words.first()?);
        let len = len
            + usize::from(
                words
                    .get(len)
                    .is_some_and(|w| ["утром", "днем", "вечером"].contains(w)),
            );
        return if when {
            due(text, len + 1, false)
        } else {
            None
        };
    }
    None
}

/// The base form of a time, and how many words it takes; `strong` after «к» or «до», where more nouns are times.
fn time(words: &[&str], strong: bool) -> Option<(String, usize)> {
    let first = words.first().copied()?;
    if let Some((part, _)) = noun(PARTS, first) {
        let mut len = 1;
        while words
            .get(len)
            .is_some_and(|w| adjective(w).is_some() || ["этого", "этой", "того"].contains(w))
        {
            len += 1;
        }
        let of = words.get(len)?;
        noun(PERIODS, of)
            .or_else(|| noun(MONTHS, of))
            .or_else(|| noun(MEETINGS, of))?;
        let tail = words.get(1..=len)?.join(" ");
        return Some((format!("{part} {tail}"), len + 1));
    }
    if let Some((text, len)) = date(words) {
        return Some((text, len));
    }
    if let Some((stem, endings)) = adjective(first) {
        let second = words.get(1)?;
        let (base, gender) = [DAYS, MONTHS, PERIODS, MEETINGS]
            .iter()
            .find_map(|t| noun(t, second))?;
        let ending = endings.get(gender as usize).copied().unwrap_or_default();
        return Some((format!("{stem}{ending} {base}"), 2));
    }
    if ["этому", "этой", "этого", "эту", "этот", "этом", "это"].contains(&first)
    {
        let (base, gender) = [DAYS, MONTHS, PERIODS, MEETINGS]
            .iter()
            .find_map(|t| noun(t, words.get(1)?))?;
        let this = ["этот", "эта", "это", "эти"]
            .get(gender as usize)
            .copied()
            .unwrap_or_default();
        return Some((format!("{this} {base}"), 2));
    }
    if strong && ["завтра", "послезавтра", "сегодня"].contains(&first) {
        return Some((first.to_string(), 1));
    }
    let days = noun(DAYS, first).or_else(|| noun(MONTHS, first));
    let (base, _) = if strong {
        days.or_else(|| noun(MEETINGS, first))
    } else {
        days
    }?;
    let part = words
        .get(1)
        .filter(|w| ["утра", "утром", "вечера", "вечером", "обеда"].contains(w));
    Some(part.map_or((base.to_string(), 1), |p| (format!("{base} {p}"), 2)))
}

fn noun(table: &[(&'static str, Gender, &str)], word: &str) -> Option<(&'static str, Gender)> {
    table
        .iter()
        .find(|(base, _, forms)| *base == word || forms.split(' ').any(|f| f == word))
        .map(|(base, gender, _)| (*base, *gender))
}

fn adjective(word: &str) -> Option<(&'static str, [&'static str; 4])> {
    const ENDINGS: &[&str] = &[
        "ему", "ей", "его", "ую", "юю", "ий", "ая", "яя", "ее", "ем", "их", "им", "ие",
    ];
    ADJECTIVES
        .iter()
        .find(|(stem, _)| {
            word.strip_prefix(stem)
                .is_some_and(|e| ENDINGS.contains(&e))
        })
        .copied()
}

/// «десятому марта» → «десятое марта», «10 марта», «пятнадцатому числу» → «пятнадцатое число».
fn date(words: &[&str]) -> Option<(String, usize)> {
    let mut text: Vec<String> = Vec::new();
    let mut at = 0;
    if let Some(tens) = words
        .first()
        .filter(|w| ["двадцать", "тридцать"].contains(w))
    {
        text.push((*tens).to_string());
        at = 1;
    }
    let day = words.get(at)?;
    let digits = day.split('-').next().unwrap_or_default();
    if digits.parse::<u8>().is_ok_and(|d| (1..=31).contains(&d)) {
        text.push(digits.to_string());
    } else {
        text.push(ordinal(day)?.to_string());
    }
    let of = words.get(at + 1)?;
    if ["числа", "числу", "число"].contains(of) {
        text.push("число".to_string());
    } else {
        noun(MONTHS, of)?;
        text.push((*of).to_string());
    }
    Some((text.join(" "), at + 2))
}

fn ordinal(word: &str) -> Option<&'static str> {
    let stem = ["ему", "его", "ому", "ого", "ое", "ье"]
        .iter()
        .find_map(|e| word.strip_suffix(e))?;
    ORDINALS.split_whitespace().find(|o| {
        let base = o.strip_suffix("ое").or(o.strip_suffix("ье")).unwrap_or(o);
        base == stem || stem.strip_suffix('ь') == Some(base)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::summarize::extractive::due::tests::due;

    #[test]
    fn times_come_in_their_base_form() {
        for (text, want, deadline) in [
            ("Ирина исправит ошибку к пятнице.", "пятница", true),
            (
                "Составьте список к следующему вторнику.",
                "следующий вторник",
                true,
            ),
            ("Отправить договор до конца недели.", "конец недели", true),
            (
                "Отправить договор до конца следующей недели.",
                "конец следующей недели",
                true,
            ),
            ("Уточните остатки на складе завтра.", "завтра", false),
            ("Сдать отчёт до десятого марта.", "десятое марта", true),
            (
                "Сдать отчёт к двадцать пятому мая.",
                "двадцать пятое мая",
                true,
            ),
            ("Сдать отчёт к 15 числу.", "15 число", true),
            ("Сдать отчёт не позднее четверга.", "четверг", true),
            (
                "Подготовим макет на следующей неделе.",
                "следующая неделя",
                false,
            ),
            ("Позвоните поставщику в среду.", "среда", false),
            (
                "Отправлю письмо через две недели.",
                "через две недели",
                false,
            ),
            (
                "Проверить до следующего совещания.",
                "следующее совещание",
                true,
            ),
            ("К понедельнику Олег проверит сервер.", "понедельник", true),
            ("Проверить к третьему апреля.", "третье апреля", true),
        ] {
            assert_eq!(due(text).unwrap(), (want.to_string(), deadline), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_stays_where_it_is() {
        for text in [
            "Подойти к директору.",
            "Съездить на склад.",
            "Довести до ума.",
            "Подготовить доклад на пятницу.",
            "Войти в систему.",
        ] {
            assert_eq!(due(text), None, "{text}");
        }
    }
}
