//! Words to sentences, in Russian and in English.
//!
//! A full stop is the end of a sentence, but not after "Mr.", in «т. е.» or between initials; where a recogniser gives no
//! punctuation, pauses are all there is.

use std::ops::Range;

use crate::types::Word;

/// Before which nothing ends: titles, places, what a name or an explanation follows.
const NEVER: &str = "mr mrs ms dr prof rev gen gov capt sgt messrs e.g i.e vs cf approx eq т.е т.к т.н т.о г-н г-жа проф \
    акад доц им ул просп пр-т наб обл р-н пос дер напр тов св ред зам зав гл нач инж рук отв исп долж \
    тел доб соотв ориент преим букв англ рус лат нем франц греч итал яп";

/// With which a sentence may end: it does where a capital follows.
const MAYBE: &str = "etc inc ltd co corp jr sr st dept a.m p.m u.s u.k u.n ph.d min max sec hr hrs т.д т.п др проч пр г \
    гг в вв н.э руб коп тыс млн млрд трлн мин сек ч чел шт экз кв куб км м см мм кг л га эт д стр пер \
    корп оф ст р долл";

/// Before a number nothing ends.
const NUMBERED: &str = "no nos p pp fig figs art ch vol п пп с стр рис табл гл ст ч т д кв корп оф вып разд прил ок см ред";

/// What a single capital after them names: not a person's initial.
const LETTERED: &str = "plan option item group class part type vitamin grade team step point план вариант пункт группа \
    группы группе класс часть тип блок категория секция корпус зал варианта плана пункта плане";

/// A pause that ends a sentence where there is no punctuation, in seconds.
const PAUSE: f64 = 0.8;
/// What is longer than so many words is no sentence, and is cut at its longest pause if that lasts so many seconds.
const LONGEST: usize = 40;
const BREATH: f64 = 0.25;

/// The sentences of words by start: ranges that hold every word once, in order.
///
/// ```
/// use autoproto_core::transcribe::sentences::sentences;
/// use autoproto_core::{TimeSpan, Word};
///
/// let words: Vec<Word> = "Ask Mr. Lee, e.g. by 3 p.m. He knows."
///     .split(' ')
///     .map(|text| Word { span: TimeSpan::new(0.0, 0.4), text: text.into(), confidence: 1.0 })
///     .collect();
/// assert_eq!(sentences(&words), [0..7, 7..9]);
/// ```
pub fn sentences(words: &[Word]) -> Vec<Range<usize>> {
    let punctuated = is_punctuated(words);
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..words.len() {
        let last = at + 1 == words.len();
        if last || ends_sentence(words, from, at) {
            let piece = from..at + 1;
            if punctuated && piece.len() <= LONGEST {
                found.push(piece);
            } else {
                by_pauses(words, piece, !punctuated, &mut found);
            }
            from = at + 1;
        }
    }
    found
}

/// Whether the words have any punctuation; a recogniser that gives none leaves only apostrophes and hyphens.
///
/// Decimals and times (3.5, 10:30) are none.
pub fn is_punctuated(words: &[Word]) -> bool {
    words.iter().any(|w| {
        closed(&w.text).ends_with(['.', ',', '?', '!', '…', ';', ':']) && has_letters(&w.text)
    })
}

/// Whether the word at `at` is the last of a sentence that begins at `from`; the last of all is.
fn ends_sentence(words: &[Word], from: usize, at: usize) -> bool {
    let text = |at: usize| words.get(at).map_or("", |w| w.text.as_str());
    let (word, bare) = (text(at), closed(text(at)));
    if at + 1 >= words.len() {
        return true;
    }
    // A dash that stands alone before the next word belongs to it.
    let next = [at + 1, at + 2].map(text);
    let next = next.into_iter().find(|t| has_letters(t)).unwrap_or("");
    let small = first_letter(next).is_some_and(char::is_lowercase);
    let quoted = bare.len() < word.len();
    if bare.ends_with(['?', '!']) {
        // «Когда?» спросил он.
        return !(quoted && small);
    }
    if bare.ends_with('…') || bare.ends_with("..") {
        return !small;
    }
    let Some(stem) = bare.strip_suffix('.') else {
        return false;
    };
    !goes_on(words, from, at, stem, next)
}

/// Whether this full stop is one inside a sentence.
fn goes_on(words: &[Word], from: usize, at: usize, stem: &str, next: &str) -> bool {
    let before = at.checked_sub(1).filter(|n| *n >= from);
    let before = before.and_then(|n| words.get(n)).map_or("", |w| &w.text);
    let key = normal(stem);
    // «т. е.», "e. g.": a letter alone, and another after it.
    let first = normal(before.strip_suffix('.').unwrap_or(""));
    let pair = if is_letter(&key) && is_letter(&first) {
        format!("{first}.{key}")
    } else {
        key.clone()
    };
    let followed = normal(next.strip_suffix('.').unwrap_or(""));
    let opens = format!("{key}.{followed}");
    if is_letter(&key) && is_letter(&followed) && (known(NEVER, &opens) || known(MAYBE, &opens)) {
        return true;
    }
    let numbered = next.starts_with(|c: char| c.is_ascii_digit());
    let capital = first_letter(next).is_some_and(char::is_uppercase);
    if known(NEVER, &pair) || (numbered && (known(NUMBERED, &key) || known(MAYBE, &key))) {
        return true;
    }
    if key.contains('.') && known(MAYBE, &key) {
        return !capital;
    }
    if is_initial(stem) {
        return capital && !known(LETTERED, &normal(before));
    }
    if key == "г" && !before.ends_with(|c: char| c.is_ascii_digit()) {
        return true; // a town, not a year
    }
    if known(MAYBE, &pair) {
        return !capital;
    }
    // "2. The budget", and an ordinal.
    let number = stem.chars().all(|c| c.is_ascii_digit()) && !stem.is_empty();
    let small = first_letter(next).is_some_and(char::is_lowercase);
    number && ((at == from && stem.len() <= 2) || small)
}

/// `А`, `A.S`: capitals with full stops between; "I" is a word.
fn is_initial(stem: &str) -> bool {
    let mut parts = stem.trim_start_matches(opens).split('.');
    stem != "I" && parts.all(|p| is_letter(p) && p.chars().all(char::is_uppercase))
}

fn is_letter(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

fn known(table: &str, key: &str) -> bool {
    table.split(' ').any(|k| k == key)
}

/// Lower case without what surrounds it.
fn normal(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
        .replace('ё', "е")
}

fn opens(c: char) -> bool {
    matches!(
        c,
        '"' | '«' | '“' | '„' | '(' | '[' | '—' | '–' | '-' | '\''
    )
}

/// Without the quotes and brackets that close after it.
fn closed(word: &str) -> &str {
    word.trim_end_matches(['"', '»', '”', '“', ')', ']', '\'', '’'])
}

fn has_letters(word: &str) -> bool {
    word.contains(char::is_alphanumeric)
}

fn first_letter(word: &str) -> Option<char> {
    word.chars().find(|c| c.is_alphanumeric())
}

/// Cuts where nobody speaks: at every long pause if there is nothing else to go by, and else only what is too long.
fn by_pauses(words: &[Word], piece: Range<usize>, every: bool, found: &mut Vec<Range<usize>>) {
    let pause = |at: usize| match (words.get(at - 1), words.get(at)) {
        (Some(before), Some(after)) => after.span.start - before.span.end,
        _ => 0.0,
    };
    let mut from = piece.start;
    let mut pieces = Vec::new();
    for at in piece.start + 1..piece.end {
        if every && pause(at) >= PAUSE {
            pieces.push(from..at);
            from = at;
        }
    }
    pieces.push(from..piece.end);
    // Each cut leaves two shorter pieces, the first of which is looked at next.
    pieces.reverse();
    while let Some(piece) = pieces.pop() {
        let widest = (piece.start + 1..piece.end).max_by(|a, b| pause(*a).total_cmp(&pause(*b)));
        match widest {
            Some(at) if piece.len() > LONGEST && pause(at) >= BREATH => {
                pieces.push(at..piece.end);
                pieces.push(piece.start..at);
            }
            _ => found.push(piece),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::types::TimeSpan;

    fn words(text: &str) -> Vec<Word> {
        let word = |(n, text): (usize, &str)| Word {
            span: TimeSpan::new(n as f64 * 0.5, n as f64 * 0.5 + 0.4),
            text: text.into(),
            confidence: 1.0,
        };
        text.split_whitespace().enumerate().map(word).collect()
    }

    /// Sentences are parted by `|`.
    fn check(text: &str) {
        let words = words(&text.replace('|', " "));
        let found: Vec<String> = sentences(&words)
            .into_iter()
            .map(|s| {
                words[s]
                    .iter()
                    .map(|w| w.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        let wanted: Vec<String> = text
            .split('|')
            .map(|s| s.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn russian_sentences() {
        for text in [
            "Решили. | Переносим выпуск на четверг, т. е. на два дня. | Всё.",
            "Нужны серверы, диски и т. д. | Кто закажет?",
            "Нужны серверы, диски и т.д. и стойка. | Кто закажет?",
            "Это было в 2024 г. | Потом всё изменилось.",
            "Офис в г. Москве, на ул. Ленина, д. 5, кв. 7. | Адрес верный.",
            "Поручить А. С. Смирнову и И.И. Петровой. | Срок до пятницы.",
            "Выручка 3.5 млн. рублей, расходы 2,1 млн. | Итог хороший.",
            "См. п. 3 и рис. 5 договора. | Там всё есть.",
            "Ну… не знаю. | Может быть… | Давайте дальше!",
            "«Когда?» спросил Иван. | «Завтра!» | Все согласились.",
            "Так? | Нет! | Почему?! | Потому.",
            "Принят вариант Б. | Мы его и делаем.",
            "1. Бюджет. | 2. Сроки.",
            "Это сделаю я. | Потом ты.",
            "Доклад проф. Иванова (им. Баумана). | Вопросы.",
            "Задача простая. — Какая? | Обычная.",
        ] {
            check(&text.replace(". — ", ". | — "));
        }
    }

    #[test]
    fn english_sentences() {
        for text in [
            "Mr. Smith and Dr. J. R. Lee agreed. | Good.",
            "We need disks, cables, etc. | Who buys them?",
            "We need disks, cables, etc. by noon. | Who buys them?",
            "See fig. 3, e.g. the top. | It is clear, i.e. done.",
            "See no. 5. | No. | Why not?",
            "It starts at 3 p.m. | Be there.",
            "It starts at 3 p.m. on Monday. | Be there.",
            "He and I. | Nobody else.",
            "Version 2.5 costs $3.50. | Fine.",
            "Plan B. | Let's go.",
            "She said \"we ship.\" | Then she left.",
            "Well... maybe. | So...",
            "The U.S. team ships. | In the U.S. | They agreed.",
        ] {
            check(text);
        }
    }

    #[test]
    fn without_punctuation_pauses_part_sentences() {
        let mut said = words("решили переносим выпуск кто закажет серверы");
        for word in &mut said[3..] {
            word.span = TimeSpan::new(word.span.start + 1.0, word.span.end + 1.0);
        }
        assert!(!is_punctuated(&said));
        assert_eq!(sentences(&said), [0..3, 3..6]);
        said[1].text = "переносим,".into();
        assert!(is_punctuated(&said));
        assert_eq!(sentences(&said).len(), 1);
        for (text, punctuated) in [
            ("don't rock-n-roll 3.5 10:30", false),
            ("да", false),
            ("да…", true),
            ("-", false),
            ("сказал:", true),
        ] {
            assert_eq!(is_punctuated(&words(text)), punctuated, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_at_its_longest_pause() {
        let mut said = words(&"слово ".repeat(60));
        for word in &mut said[25..] {
            word.span = TimeSpan::new(word.span.start + 0.3, word.span.end + 0.3);
        }
        assert_eq!(sentences(&said), [0..25, 25..60]);
        assert_eq!(sentences(&words(&"слово ".repeat(60))).len(), 1);
        assert_eq!(sentences(&[]), Vec::<Range<usize>>::new());
    }

    proptest! {
        #[test]
        fn every_word_is_in_one_sentence(
            texts in proptest::collection::vec("(т|е|г|Mr|I|А|5|[a-zа-яё]{1,4})?[.?!…,»\"]{0,2}", 0..120),
            gaps in proptest::collection::vec(-0.5..3.0_f64, 120),
        ) {
            let mut at = 0.0;
            let words: Vec<Word> = texts.into_iter().zip(gaps).map(|(text, gap)| {
                at += gap;
                Word { span: TimeSpan::new(at, at + 0.3), text, confidence: 1.0 }
            }).collect();
            let mut next = 0;
            for sentence in sentences(&words) {
                prop_assert_eq!(sentence.start, next);
                prop_assert!(sentence.end > sentence.start);
                next = sentence.end;
            }
            prop_assert_eq!(next, words.len());
        }
    }
}
