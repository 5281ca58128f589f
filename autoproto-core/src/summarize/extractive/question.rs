//! Questions that stay open.

use super::pattern::{anywhere, longest};
use super::sentences::Sentence;
use super::{cues_en, cues_ru};

/// How a sentence bears on open questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// States a question that is open; its words.
    Open(String),
    /// Says that what was just asked stays open.
    LeftOpen,
    /// Answers a question with nothing.
    NoAnswer,
}

/// Reads a sentence.
pub(super) fn find(sentence: &Sentence) -> Option<Found> {
    let norms = sentence.norms();
    let (open, left, none, fillers) = if sentence.russian {
        (
            cues_ru::OPEN,
            cues_ru::LEFT_OPEN,
            cues_ru::NO_ANSWER,
            cues_ru::FILLERS,
        )
    } else {
        (
            cues_en::OPEN,
            cues_en::LEFT_OPEN,
            cues_en::NO_ANSWER,
            cues_en::FILLERS,
        )
    };
    let opening = norms.iter().take_while(|w| fillers.contains(w)).count();
    if !sentence.question {
        for at in 0..=opening.max(3).min(norms.len().saturating_sub(1)) {
            let skipped = norms.get(..at).unwrap_or_default();
            let plain = skipped.iter().all(|w| {
                fillers.contains(w) || ["мне", "нам", "у", "нас", "пока", "but", "we"].contains(w)
            });
            let Some(len) = longest(open, norms.get(at..).unwrap_or_default()).filter(|_| plain)
            else {
                continue;
            };
            if let Some(text) = clause(sentence, at + len) {
                return Some(Found::Open(text));
            }
        }
    }
    if let Some(text) = trailing(sentence, &norms) {
        return Some(Found::Open(text));
    }
    if anywhere(left, &norms) && !sentence.question {
        return Some(Found::LeftOpen);
    }
    (!sentence.question && longest(none, norms.get(opening..).unwrap_or_default()).is_some()
        || longest(none, &norms).is_some())
    .then_some(Found::NoAnswer)
}

/// "Whether we need a lawyer is still open.", «Кто поедет, пока неизвестно.»
fn trailing(sentence: &Sentence, norms: &[&str]) -> Option<String> {
    const ENDS: &[&str] = &[
        "is|remains ?still ?not ?yet open|unclear|unknown|undecided|clear|decided",
        "?мне|нам ?пока ?все ?еще ?остается неизвестно|непонятно|неясно",
        "?пока ?еще не решено|решили|ясно|понятно|известно|знаем",
    ];
    let asks = [
        "who",
        "whether",
        "what",
        "how",
        "when",
        "where",
        "which",
        "кто",
        "где",
        "когда",
        "как",
        "сколько",
        "куда",
        "какой",
        "кому",
    ]
    .contains(norms.first()?);
    let at = (3..norms.len())
        .find(|&at| longest(ENDS, norms.get(at..).unwrap_or_default()) == Some(norms.len() - at))?;
    (asks && !sentence.question).then(|| sentence.text(0..at))
}

/// The question after its announcement: it begins with a question word, or a colon stands before it.
fn clause(sentence: &Sentence, start: usize) -> Option<String> {
    let norms = sentence.norms();
    let rest = norms.get(start..)?;
    let colon = start > 0 && sentence.tokens.get(start - 1).is_some_and(|t| t.colon);
    let asks = if sentence.russian {
        rest.iter().take(3).any(|w| {
            *w == "ли"
                || [
                    "кто",
                    "кому",
                    "кого",
                    "кем",
                    "что",
                    "как",
                    "какой",
                    "каком",
                    "какую",
                    "какие",
                    "какая",
                    "каким",
                    "где",
                    "когда",
                    "сколько",
                    "почему",
                    "куда",
                    "чем",
                    "чей",
                ]
                .contains(w)
        })
    } else {
        rest.first().is_some_and(|w| {
            [
                "who", "what", "how", "when", "where", "whether", "which", "if", "why", "whose",
                "on", "about",
            ]
            .contains(w)
        })
    };
    ((asks || colon) && rest.len() >= 2).then(|| sentence.text(start..norms.len()))
}

/// Whether a question is put, and not one that only runs the meeting («Есть ли вопросы?», "Can you hear me?").
pub(super) fn asks(sentence: &Sentence) -> bool {
    const RUNNING: &[&str] = &[
        "are|is|do|does ?there|anyone|you|we ?have any|more ?other questions|comments|objections|remarks",
        "any questions|objections|comments|other",
        "can you hear",
        "is that|this clear|ok|okay",
        "agreed",
        "right",
        "shall we",
        "есть ?ли ?еще ?какие-то|какие-нибудь ?у ?кого-то вопросы|возражения|замечания|дополнения",
        "кто за|против",
        "все согласны",
        "вопросы|возражения",
        "договорились",
        "меня слышно",
        "все понятно",
        "согласны",
        "нет ?ли возражений|вопросов",
        "правильно",
        "начнем",
    ];
    sentence.question && sentence.tokens.len() > 1 && longest(RUNNING, &sentence.norms()).is_none()
}

/// Whether a plain sentence holds a question («Надо понять, кто…»), for "this stays open" to point at.
pub(super) fn holds_question(sentence: &Sentence) -> bool {
    let norms = sentence.norms();
    norms
        .iter()
        .enumerate()
        .any(|(n, w)| n > 0 && ["кто", "whether", "who", "сколько", "ли"].contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summarize::extractive::tests::sentence;

    #[test]
    fn open_questions_lose_their_announcement() {
        for (text, want) in [
            (
                "Осталось непонятным, кто будет поддерживать пользователей после запуска.",
                "кто будет поддерживать пользователей после запуска",
            ),
            (
                "Пока неясно, когда придёт оборудование.",
                "когда придёт оборудование",
            ),
            (
                "Мы ещё не решили, кто поедет на выставку.",
                "кто поедет на выставку",
            ),
            ("Открытый вопрос: где хранить архив.", "где хранить архив"),
            (
                "We still don't know who will support the users.",
                "who will support the users",
            ),
            (
                "It is still unclear when the hardware arrives.",
                "when the hardware arrives",
            ),
            (
                "The open question is how to pay for it.",
                "how to pay for it",
            ),
            (
                "We need to figure out who owns the server.",
                "who owns the server",
            ),
            ("We haven't decided who will present.", "who will present"),
            (
                "Whether we need a lawyer is still open.",
                "Whether we need a lawyer",
            ),
            (
                "Кто поедет на выставку, пока неизвестно.",
                "Кто поедет на выставку",
            ),
        ] {
            assert_eq!(
                find(&sentence(text)),
                Some(Found::Open(want.into())),
                "{text}"
            );
        }
    }

    #[test]
    fn remarks_leave_open_or_answer_nothing() {
        for text in [
            "Этот вопрос пока открыт, вернёмся к нему на следующей встрече.",
            "Вернёмся к этому позже.",
            "Let's come back to this next week.",
            "That question stays open.",
        ] {
            assert_eq!(find(&sentence(text)), Some(Found::LeftOpen), "{text}");
        }
        for text in [
            "Не знаю.",
            "I don't know.",
            "Good question.",
            "Пока никто не знает.",
        ] {
            assert_eq!(find(&sentence(text)), Some(Found::NoAnswer), "{text}");
        }
        for text in [
            "The mobile app is ready.",
            "Договор ещё не готов.",
            "We agreed to wait.",
            "Клиент доволен.",
        ] {
            assert_eq!(find(&sentence(text)), None, "{text}");
        }
        assert!(
            !asks(&sentence("Есть ли вопросы?"))
                && !asks(&sentence("Are there any questions?"))
                && !asks(&sentence("Кто за?"))
        );
        assert!(asks(&sentence("А сколько времени это займёт?")));
    }
}
