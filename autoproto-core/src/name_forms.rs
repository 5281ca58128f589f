//! Common first names, and the base form of Russian names in any case («Марии» → «Мария»).

use std::collections::HashMap;
use std::sync::OnceLock;

const RUSSIAN: &str = "Александр Алексей Анатолий Андрей Антон Аркадий Арсений Артём Артур Богдан Борис Вадим \
    Валентин Валерий Василий Виктор Виталий Владимир Владислав Вячеслав Геннадий Георгий Герман \
    Глеб Григорий Даниил Денис Дмитрий Евгений Егор Захар Иван Игорь Илья Кирилл Константин Лев \
    Леонид Максим Марат Марк Матвей Михаил Никита Николай Олег Павел Пётр Родион Роман Руслан \
    Савелий Семён Сергей Станислав Степан Тарас Тимофей Тимур Фёдор Филипп Эдуард Юрий Яков \
    Ярослав Александра Алёна Алина Алиса Алла Альбина Анастасия Ангелина Анна Антонина Валентина \
    Валерия Варвара Василиса Вера Вероника Виктория Галина Дарья Диана Ева Евгения Екатерина \
    Елена Елизавета Жанна Зинаида Зоя Инна Ирина Карина Кира Клавдия Ксения Лариса Лидия Лилия \
    Любовь Людмила Маргарита Марина Мария Милана Надежда Наталья Наталия Нина Оксана Олеся Ольга \
    Полина Раиса Светлана Софья София Таисия Тамара Татьяна Ульяна Юлия Яна Ярослава Саша Маша \
    Даша Паша Миша Гоша Катя Петя Вася Ваня Коля Толя Оля Юля Таня Аня Лена Ира Света Наташа \
    Настя Дима Серёжа Лёша Женя Слава Вова Костя Юра Витя Рома Тёма Соня Лиза Ксюша Аслан Айгуль \
    Динара Гульнара Камилла Эльвира Рустам Ильдар Том Джон Питер Дэвид Майкл Сара Тимофей Юлиан \
    Нелли Эмма Роберт Альберт Игнат Макар Всеволод Вениамин Снежана Злата Мира Майя";

const ENGLISH: &str = "Aaron Abby Adam Adrian Aisha Alan Albert Alex Alexander Alexandra Alice Alicia Allison \
    Amanda Amber Amy Ana Andrea Andrew Andy Angela Anita Ann Anna Anne Anthony Arthur Ashley \
    Barbara Ben Benjamin Beth Betty Bill Bob Brandon Brenda Brian Bruce Caleb Cameron Carl Carla \
    Carlos Carol Caroline Catherine Charles Charlotte Chloe Chris Christian Christina Christine \
    Christopher Claire Clara Colin Connor Craig Cynthia Daniel Danielle David Deborah Denise \
    Dennis Diana Diane Diego Dmitry Donald Donna Dorothy Douglas Dylan Edward Elena Eli \
    Elizabeth Ella Ellen Emily Emma Eric Erica Ethan Eugene Eva Evan Evelyn Fatima Fiona Frances \
    Francis Frank Fred Gabriel Gary George Gloria Grace Graham Greg Gregory Hannah Harry Heather \
    Helen Henry Howard Hugo Ian Igor Irene Irina Isaac Isabel Isabella Ivan Jack Jacob James \
    Jamie Jan Jane Janet Jason Jeff Jeffrey Jennifer Jenny Jeremy Jerry Jessica Jill Jim Joan \
    Joe John Johnny Jonathan Jordan Jose Joseph Joshua Joyce Juan Judith Judy Julia Julian Julie \
    Justin Karen Karl Kate Katherine Kathleen Kathy Katie Keith Kelly Ken Kenneth Kevin Kim Kyle \
    Laura Lauren Leah Lee Leo Leon Liam Linda Lisa Logan Louis Louise Lucas Lucy Luis Luke Lydia \
    Marc Marcus Margaret Maria Marie Marina Mark Martha Martin Mary Mason Matt Matthew Max Megan \
    Melissa Michael Michelle Mike Mohammed Molly Monica Nadia Nancy Naomi Natalie Natasha Nathan \
    Nicholas Nick Nicole Nina Noah Nora Oleg Olga Oliver Olivia Omar Oscar Owen Pamela Patricia \
    Patrick Paul Paula Peter Philip Phil Priya Rachel Ralph Raymond Rebecca Richard Rita Rob \
    Robert Robin Roger Ronald Rosa Rosie Roy Russell Ruth Ryan Sally Sam Samantha Samuel Sandra \
    Sara Sarah Scott Sean Sergey Sharon Simon Sofia Sophia Sophie Stefan Stephanie Stephen Steve \
    Steven Stuart Susan Svetlana Tanya Tara Ted Teresa Terry Theo Theresa Thomas Tim Timothy \
    Tina Todd Tom Tony Tracy Tyler Vera Victor Victoria Vincent Vladimir Walter Wendy William \
    Yuri Zoe Will Rose Hope Grant Drew";

/// Names that are also common words: only with a capital.
const ALSO_WORDS: &[&str] = &[
    "will",
    "rose",
    "hope",
    "grant",
    "drew",
    "grace",
    "mark",
    "bill",
    "frank",
    "rob",
    "max",
    "jack",
    "sue",
    "mason",
    "ken",
    "jan",
    "мира",
    "майя",
    "вера",
    "слава",
    "роман",
    "лев",
    "надежда",
    "любовь",
    "света",
    "марк",
    "лилия",
    "рома",
    "соня",
    "костя",
    "ира",
    "степан",
];

fn normal(name: &str) -> String {
    name.to_lowercase().replace('ё', "е")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Case {
    Nominative,
    Dative,
    Accusative,
    Genitive,
    Other,
}

fn forms() -> &'static HashMap<String, Vec<(Case, &'static str)>> {
    static FORMS: OnceLock<HashMap<String, Vec<(Case, &'static str)>>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms: HashMap<String, Vec<(Case, &'static str)>> = HashMap::new();
        for base in RUSSIAN.split_whitespace() {
            for (case, form) in declined(&normal(base)) {
                forms.entry(form).or_default().push((case, base));
            }
        }
        forms
            .values_mut()
            .for_each(|v| v.sort_by_key(|(case, _)| *case));
        forms
    })
}

fn declined(base: &str) -> Vec<(Case, String)> {
    use Case::{Accusative, Dative, Genitive, Nominative, Other};
    let with = |stem: &str, endings: [&str; 5]| {
        let cases = [Genitive, Dative, Accusative, Other, Other];
        let mut all = vec![(Nominative, base.to_string())];
        all.extend(
            cases
                .into_iter()
                .zip(endings)
                .map(|(case, ending)| (case, format!("{stem}{ending}"))),
        );
        all
    };
    match base {
        "пётр" => return with("петр", ["а", "у", "а", "ом", "е"]),
        "павел" => return with("павл", ["а", "у", "а", "ом", "е"]),
        "лев" => return with("льв", ["а", "у", "а", "ом", "е"]),
        "любовь" => return with("любов", ["и", "и", "ь", "ью", "и"]),
        _ => {}
    }
    let soft = |stem: &str| stem.ends_with(['г', 'к', 'х', 'ж', 'ч', 'ш', 'щ']);
    if let Some(stem) = base.strip_suffix("ия") {
        with(stem, ["ии", "ии", "ию", "ией", "ии"])
    } else if let Some(stem) = base.strip_suffix("ий") {
        with(stem, ["ия", "ию", "ия", "ием", "ии"])
    } else if let Some(stem) = base.strip_suffix(['й', 'ь']) {
        with(stem, ["я", "ю", "я", "ем", "е"])
    } else if let Some(stem) = base.strip_suffix('я') {
        with(stem, ["и", "е", "ю", "ей", "е"])
    } else if let Some(stem) = base.strip_suffix('а') {
        with(
            stem,
            [if soft(stem) { "и" } else { "ы" }, "е", "у", "ой", "е"],
        )
    } else {
        with(base, ["а", "у", "а", "ом", "е"])
    }
}

/// A Russian first name, in lower case, in all its forms, itself included; «ё» stays where it is spoken.
pub(crate) fn first_name_forms(base: &str) -> Vec<String> {
    declined(base).into_iter().map(|(_, form)| form).collect()
}

/// The base form of a Russian first name in any case, the nominative reading first.
pub(crate) fn russian(norm: &str) -> Option<&'static str> {
    forms().get(norm)?.first().map(|(_, base)| *base)
}

/// The same where someone is assigned or addressed in an oblique case («поручить Александре»).
pub(crate) fn russian_oblique(norm: &str) -> Option<&'static str> {
    let readings = forms().get(norm)?;
    readings
        .iter()
        .find(|(case, _)| *case != Case::Nominative)
        .or(readings.first())
        .map(|(_, base)| *base)
}

pub(crate) fn is_dative(norm: &str) -> bool {
    forms()
        .get(norm)
        .is_some_and(|r| r.iter().any(|(case, _)| *case == Case::Dative))
}

pub(crate) fn is_nominative(norm: &str) -> bool {
    forms()
        .get(norm)
        .is_some_and(|r| r.iter().any(|(case, _)| *case == Case::Nominative))
}

pub(crate) fn english(norm: &str) -> Option<&'static str> {
    static NAMES: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    NAMES
        .get_or_init(|| {
            ENGLISH
                .split_whitespace()
                .map(|n| (n.to_lowercase(), n))
                .collect()
        })
        .get(norm)
        .copied()
}

/// Whether a common first name, in any case.
pub(crate) fn is_name(norm: &str) -> bool {
    (forms().contains_key(norm) || english(norm).is_some()) && !ALSO_WORDS.contains(&norm)
}

pub(crate) fn table_name(norm: &str, capital: bool) -> bool {
    (forms().contains_key(norm) || english(norm).is_some())
        && (capital || !ALSO_WORDS.contains(&norm))
}

/// The base form of a Russian surname or patronymic; `None` for what doesn't look like one.
pub(crate) fn surname(norm: &str, feminine: bool) -> Option<String> {
    const ENDINGS: &[(&str, &str)] = &[
        ("овичу", "ович"),
        ("евичу", "евич"),
        ("овича", "ович"),
        ("евича", "евич"),
        ("ович", "ович"),
        ("евич", "евич"),
        ("овне", "овна"),
        ("евне", "евна"),
        ("овну", "овна"),
        ("евну", "евна"),
        ("овна", "овна"),
        ("евна", "евна"),
        ("скому", "ский"),
        ("ского", "ский"),
        ("ской", "ская"),
        ("скую", "ская"),
        ("ский", "ский"),
        ("ская", "ская"),
        ("овой", "ова"),
        ("евой", "ева"),
        ("иной", "ина"),
        ("ова", "ова"),
        ("ева", "ева"),
        ("ов", "ов"),
        ("ев", "ев"),
        ("ин", "ин"),
    ];
    for stem in ["ов", "ев", "ин"] {
        if norm.strip_suffix('у').is_some_and(|s| s.ends_with(stem)) {
            let masculine = norm.strip_suffix('у')?.to_string();
            return Some(if feminine {
                format!("{masculine}а")
            } else {
                masculine
            });
        }
    }
    let (ending, base) = ENDINGS.iter().find(|(ending, _)| {
        norm.ends_with(ending) && norm.chars().count() > ending.chars().count() + 1
    })?;
    Some(format!("{}{base}", norm.strip_suffix(ending)?))
}

/// A base form for a name no table has; what isn't plain stays as it was said.
pub(crate) fn guessed_base(norm: &str) -> String {
    let vowel = |c: char| "аеиоуыэюя".contains(c);
    if let Some(stem) = norm.strip_suffix("ии") {
        return format!("{stem}ия");
    }
    for (ending, hard, soft) in [('у', "", ""), ('е', "а", "а"), ('ю', "ь", "й")] {
        if let Some(stem) = norm.strip_suffix(ending)
            && let Some(last) = stem.chars().last()
        {
            return format!("{stem}{}", if vowel(last) { soft } else { hard });
        }
    }
    norm.to_string()
}

pub(crate) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_names_find_their_base_form() {
        for (form, base) in [
            ("марии", "Мария"),
            ("марию", "Мария"),
            ("ивану", "Иван"),
            ("елене", "Елена"),
            ("анне", "Анна"),
            ("олегу", "Олег"),
            ("ольге", "Ольга"),
            ("сергею", "Сергей"),
            ("дмитрию", "Дмитрий"),
            ("игорю", "Игорь"),
            ("павлу", "Павел"),
            ("петру", "Пётр"),
            ("наталье", "Наталья"),
            ("илье", "Илья"),
            ("льву", "Лев"),
            ("артему", "Артём"),
            ("юлии", "Юлия"),
        ] {
            assert_eq!(russian_oblique(form), Some(base), "{form}");
        }
        assert_eq!(
            (russian("александра"), russian_oblique("александру")),
            (Some("Александра"), Some("Александр"))
        );
        assert_eq!(russian_oblique("александре"), Some("Александра"));
        assert_eq!(russian("смета"), None);
    }

    #[test]
    fn surnames_and_patronymics_follow_the_first_name() {
        for (form, feminine, base) in [
            ("петровой", true, Some("петрова")),
            ("петрову", false, Some("петров")),
            ("петрову", true, Some("петрова")),
            ("ивановичу", false, Some("иванович")),
            ("сергеевне", true, Some("сергеевна")),
            ("ковальскому", false, Some("ковальский")),
            ("отчет", false, None),
        ] {
            assert_eq!(surname(form, feminine).as_deref(), base, "{form}");
        }
    }

    #[test]
    fn unknown_names_get_a_base_form_only_where_it_is_plain() {
        for (form, base) in [
            ("фархаду", "фархад"),
            ("лейле", "лейла"),
            ("элии", "элия"),
            ("фархад", "фархад"),
        ] {
            assert_eq!(guessed_base(form), base);
        }
    }
}
