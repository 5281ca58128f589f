//! The subjects of the meeting: what announces them, and how long they last.

use super::pattern::{longest, matched};
use super::sentences::Sentence;
use super::{cues_en, cues_ru};

/// The longest title in words; more is no title but a talk about it.
const LONGEST_TITLE: usize = 10;

/// Words that belong to a talk about something, not to its name.
const NO_NAMES: [&str; 12] = [
    "я", "мы", "вы", "он", "она", "они", "уже", "это", "был", "была", "было", "были",
];

/// The title that this sentence announces; where it only announces one («Второй вопрос.»), the next sentence names it.
///
/// Returns the title and whether the next sentence was needed.
pub(super) fn title(sentence: &Sentence, next: Option<&Sentence>) -> Option<(String, bool)> {
    let norms = sentence.norms();
    let (table, fillers, empty) = if sentence.russian {
        (cues_ru::AGENDA, cues_ru::FILLERS, cues_ru::NO_TITLE)
    } else {
        (cues_en::AGENDA, cues_en::FILLERS, cues_en::NO_TITLE)
    };
    if let Some(title) = bare(sentence, &norms) {
        return Some((title, false));
    }
    let (at, len) = (0..norms.len().min(6)).find_map(|at| {
        let skipped = norms.get(..at)?.iter().all(|w| fillers.contains(w));
        (skipped).then(|| longest(table, norms.get(at..)?).map(|len| (at, len)))?
    })?;
    // The article belongs to the title.
    let start = at + len - usize::from(norms.get(at + len - 1) == Some(&"the"));
    let rest = norms.get(start..).unwrap_or_default();
    if rest.is_empty() || (longest(empty, rest) == Some(rest.len()) && !sentence.question) {
        let next = next.filter(|n| {
            n.speaker == sentence.speaker
                && !n.question
                && (1..=LONGEST_TITLE).contains(&n.tokens.len())
        })?;
        let norms = next.norms();
        let named = longest(empty, &norms).is_none()
            && super::decision::find(next).is_none()
            && longest(table, &norms).is_none();
        return named.then(|| (shortened(next, 0), true));
    }
    if longest(empty, rest).is_some() {
        return None;
    }
    let title = shortened(sentence, start);
    let words = title.split_whitespace().count();
    // A question that only follows the title ("… is the release, Maria, what is the status?") leaves it one.
    if sentence.question && rest.len() > 3 && words >= rest.len() {
        return None;
    }
    // Where neither a pause nor "is" parts the announcement from what follows, only a short rest is a title.
    let parted = sentence
        .tokens
        .get(start.saturating_sub(1))
        .is_some_and(|t| t.pause)
        || norms
            .get(start.saturating_sub(1))
            .is_some_and(|w| !w.starts_with("вопрос"));
    let verbless = !norms
        .iter()
        .skip(start)
        .take(words)
        .any(|w| super::verbs_ru::is_form(w) || NO_NAMES.contains(w));
    let most = match (parted, at == 0 && sentence.russian && verbless) {
        (true, _) => LONGEST_TITLE,
        (false, true) => 6,
        (false, false) => 3,
    };
    (words > 0 && words <= most).then_some((title, false))
}

/// "Finally, the parking spaces.": a short name without a verb after a word that goes on.
fn bare(sentence: &Sentence, norms: &[&str]) -> Option<String> {
    let goes_on = ["finally", "lastly", "next", "наконец", "далее"].contains(norms.first()?)
        && sentence.tokens.first()?.pause;
    let verbless = !norms.iter().any(|w| {
        ["is", "are", "was", "were", "will", "has", "have", "can"].contains(w)
            || super::verbs_ru::is_form(w)
    });
    let named = ["the", "our"].contains(norms.get(1)?) || sentence.russian && norms.len() <= 3;
    (goes_on && verbless && named && norms.len() <= 6 && !sentence.question)
        .then(|| sentence.text(1..norms.len()))
}

/// The title up to its first comma, without a "today" at its end.
fn shortened(sentence: &Sentence, start: usize) -> String {
    let mut end = sentence.tokens.len();
    if let Some(comma) = sentence
        .tokens
        .iter()
        .enumerate()
        .skip(start)
        .find(|(n, t)| t.pause && !t.colon && *n >= start)
        .map(|(n, _)| n + 1)
    {
        end = comma;
    }
    let norms = sentence.norms();
    while end > start + 1
        && norms.get(end - 1).is_some_and(|w| {
            ["today", "now", "сегодня", "then", "please", "пожалуйста"].contains(w)
        })
    {
        end -= 1;
    }
    let mut start = start;
    while start + 1 < end
        && norms
            .get(start)
            .is_some_and(|w| ["это", "about", "now", "is", "we", "have", "о", "об"].contains(w))
    {
        start += 1;
    }
    if matched("вопрос*", norms.get(start..end).unwrap_or_default()).is_some()
        && end - start > 2
        && norms
            .get(start + 1)
            .is_some_and(|w| ["о", "об", "про", "по"].contains(w))
    {
        start += 2;
    }
    sentence.text(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summarize::extractive::tests::sentence;

    fn titled(text: &str) -> Option<String> {
        title(&sentence(text), None).map(|(title, _)| title)
    }

    #[test]
    fn announcements_give_titles() {
        for (text, want) in [
            ("Первый вопрос повестки, релиз.", "релиз"),
            ("Следующий вопрос — бюджет.", "бюджет"),
            ("Третий вопрос, бюджет.", "бюджет"),
            ("Следующий вопрос бюджет", "бюджет"),
            ("Последний вопрос, договор.", "договор"),
            ("Переходим к следующему пункту", ""),
            ("Хорошо, теперь перейдём к бюджету.", "бюджету"),
            (
                "The first item on the agenda is the release.",
                "the release",
            ),
            ("The next item is the budget.", "the budget"),
            ("The last item on the agenda is hiring.", "hiring"),
            ("Okay, let's move on to hiring.", "hiring"),
            ("Next up, the office move.", "the office move"),
            ("Item two: the website.", "the website"),
            (
                "The first item on the agenda is the release, Maria, what is the status?",
                "the release",
            ),
            (
                "Первый вопрос перенос данных со старого сервера, Елена, расскажите, пожалуйста.",
                "перенос данных со старого сервера",
            ),
        ] {
            assert_eq!(titled(text).unwrap_or_default(), want, "{text}");
        }
        let (announced, named) = (
            sentence("Второй вопрос."),
            sentence("Обучение сотрудников."),
        );
        assert_eq!(
            title(&announced, Some(&named)),
            Some(("Обучение сотрудников".into(), true))
        );
    }

    #[test]
    fn passing_mentions_announce_nothing() {
        for text in [
            "На повестке три вопроса.",
            "We have three items on the agenda.",
            "Второй вопрос был сложный.",
            "Это хороший вопрос.",
            "Первый вопрос мы уже обсудили вчера вечером.",
            "The first item is who will do it by Friday?",
            "That is the first time.",
            "Let's move on.",
            "The next meeting is on Friday.",
            "Следующая встреча в четверг.",
            "Есть ли вопросы?",
            "Let's start the meeting.",
            "Начнём совещание.",
        ] {
            assert_eq!(titled(text), None, "{text}");
        }
    }
}
