//! Words that stand or fall together.

use crate::types::Word;

/// A pause as long as this parts phrases, in seconds.
const PAUSE: f64 = 1.0;

/// Consecutive words up to the end of a sentence or a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The numbers of its words, in order; never empty.
    pub(super) words: Vec<usize>,
}

/// Whether a sentence ends with this word. An initial («А.») ends none.
pub(in crate::transcribe) fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(['"', '\'', '»', '”', ')', ']']);
    let initial = bare.strip_suffix('.').is_some_and(|letter| {
        let mut chars = letter.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.next().is_none()
    });
    bare.ends_with(['.', '!', '?', '…', '。', '！', '？', '।']) && !initial
}

/// The phrases of the words with these numbers, which are in order.
pub(super) fn stretches(words: &[Word], numbers: &[usize]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut last: Option<&Word> = None;
    for &number in numbers {
        let Some(word) = words.get(number) else {
            continue;
        };
        let apart = last.is_none_or(|last| {
            ends_sentence(&last.text) || word.span.start - last.span.end > PAUSE
        });
        match all.last_mut() {
            Some(stretch) if !apart => stretch.words.push(number),
            _ => all.push(Stretch {
                words: vec![number],
            }),
        }
        last = Some(word);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TimeSpan;

    #[test]
    fn phrases_end_with_sentences_and_at_pauses() {
        let word = |start: f64, text: &str| Word {
            span: TimeSpan::new(start, start + 0.3),
            text: text.into(),
            confidence: 1.0,
        };
        let words = [
            word(0.0, "Да."),
            word(0.4, "Редактор"),
            word(0.8, "А."),
            word(1.2, "Сёмкин"),
            word(5.0, "и"),
        ];
        let got: Vec<Vec<usize>> = stretches(&words, &[0, 1, 2, 3, 4])
            .into_iter()
            .map(|s| s.words)
            .collect();
        assert_eq!(got, [vec![0], vec![1, 2, 3], vec![4]]);
        assert_eq!(stretches(&words, &[1, 4]).len(), 2);
    }
}
