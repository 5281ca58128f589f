//! Whole numbers as they are spoken.

use crate::types::Language;

const EN_ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const EN_SCALES: [&str; 11] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
    "sextillion",
    "septillion",
    "octillion",
    "nonillion",
];

const RU_ONES: [&str; 20] = [
    "ноль",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];
const RU_TENS: [&str; 10] = [
    "",
    "",
    "двадцать",
    "тридцать",
    "сорок",
    "пятьдесят",
    "шестьдесят",
    "семьдесят",
    "восемьдесят",
    "девяносто",
];
const RU_HUNDREDS: [&str; 10] = [
    "",
    "сто",
    "двести",
    "триста",
    "четыреста",
    "пятьсот",
    "шестьсот",
    "семьсот",
    "восемьсот",
    "девятьсот",
];
/// With one, with two to four, and with more.
const RU_SCALES: [[&str; 3]; 11] = [
    ["", "", ""],
    ["тысяча", "тысячи", "тысяч"],
    ["миллион", "миллиона", "миллионов"],
    ["миллиард", "миллиарда", "миллиардов"],
    ["триллион", "триллиона", "триллионов"],
    ["квадриллион", "квадриллиона", "квадриллионов"],
    ["квинтиллион", "квинтиллиона", "квинтиллионов"],
    ["секстиллион", "секстиллиона", "секстиллионов"],
    ["септиллион", "септиллиона", "септиллионов"],
    ["октиллион", "октиллиона", "октиллионов"],
    ["нониллион", "нониллиона", "нониллионов"],
];

/// The cardinal number in words, as `num2words` gives them, without hyphens, commas and the English "and".
///
/// English and Russian below 10^33; `None` beyond it and in other languages.
///
/// ```
/// use autoproto_core::{Language, metrics::cardinal};
///
/// assert_eq!(cardinal(1_342, Language::ENGLISH).unwrap(), "one thousand three hundred forty two");
/// assert_eq!(cardinal(21_002, Language::RUSSIAN).unwrap(), "двадцать одна тысяча два");
/// ```
pub fn cardinal(number: u128, language: Language) -> Option<String> {
    let (zero, words_of): (_, fn(usize, usize) -> Vec<&'static str>) = match language {
        Language::ENGLISH => (EN_ONES.first()?, english),
        Language::RUSSIAN => (RU_ONES.first()?, russian),
        _ => return None,
    };
    if number == 0 {
        return Some((*zero).into());
    }
    if number >= 10_u128.pow(3 * EN_SCALES.len() as u32) {
        return None;
    }
    // Three digits at a time, the last ones first.
    let groups = (0..EN_SCALES.len()).map(|scale| {
        (
            scale,
            (number / 10_u128.pow(3 * scale as u32) % 1000) as usize,
        )
    });
    let words: Vec<&str> = groups
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .filter(|(_, group)| *group > 0)
        .flat_map(|(scale, group)| words_of(group, scale))
        .filter(|w| !w.is_empty())
        .collect();
    Some(words.join(" "))
}

/// 1 to 999 and the name of the scale, with empty words where there is nothing to say.
fn english(group: usize, scale: usize) -> Vec<&'static str> {
    let (hundreds, rest) = (group / 100, group % 100);
    let mut words = if hundreds > 0 {
        vec![EN_ONES[hundreds], "hundred"]
    } else {
        vec![]
    };
    if rest >= 20 {
        words.push(EN_TENS[rest / 10]);
    }
    let ones = if rest >= 20 { rest % 10 } else { rest };
    if ones > 0 {
        words.push(EN_ONES[ones]);
    }
    words.push(EN_SCALES[scale]);
    words
}

/// The same in the nominative; thousands are feminine, the other scales masculine.
fn russian(group: usize, scale: usize) -> Vec<&'static str> {
    let rest = group % 100;
    let mut words = vec![RU_HUNDREDS[group / 100]];
    if rest >= 20 {
        words.push(RU_TENS[rest / 10]);
    }
    let ones = if rest >= 20 { rest % 10 } else { rest };
    words.push(match (ones, scale) {
        (0, _) => "",
        (1, 1) => "одна",
        (2, 1) => "две",
        _ => RU_ONES[ones],
    });
    let [one, few, many] = RU_SCALES[scale];
    words.push(match ones {
        1 => one,
        2..=4 => few,
        _ => many,
    });
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn numbers_are_spoken() {
        let en = |n| cardinal(n, Language::ENGLISH).unwrap();
        let ru = |n| cardinal(n, Language::RUSSIAN).unwrap();
        assert_eq!(en(0), "zero");
        assert_eq!(en(1_000_013), "one million thirteen");
        assert_eq!(en(110), "one hundred ten");
        assert_eq!(ru(0), "ноль");
        assert_eq!(ru(111_000), "сто одиннадцать тысяч");
        assert_eq!(ru(2_000_000_000_000), "два триллиона");
        assert_eq!(ru(3_004), "три тысячи четыре");
    }

    #[test]
    fn beyond_the_names_there_are_no_words() {
        assert!(cardinal(10_u128.pow(33) - 1, Language::ENGLISH).is_some());
        assert_eq!(cardinal(10_u128.pow(33), Language::ENGLISH), None);
        assert_eq!(cardinal(u128::MAX, Language::RUSSIAN), None);
        assert_eq!(cardinal(1, Language::new("de").unwrap()), None);
    }
}
