//! Which word is whose.

mod overlap;
mod smooth;

pub use overlap::speaker_of;

use crate::types::{Diarization, SpeakerId, TimeSpan, Transcript, Utterance, UtteranceId, Word};

/// How words become utterances.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AttributeOptions {
    /// A word that no turn touches goes to the nearest turn within this many seconds. Default: `0.5`.
    pub max_gap: f64,
    /// A pause this long ends an utterance, in seconds. Default: `1.2`.
    pub pause: f64,
    /// An utterance this long ends with its sentence, in seconds. Default: `12`.
    pub long: f64,
}

impl Default for AttributeOptions {
    fn default() -> Self {
        Self {
            max_gap: 0.5,
            pause: 1.2,
            long: 12.0,
        }
    }
}

impl AttributeOptions {
    /// Sets [`max_gap`](Self::max_gap).
    pub fn with_max_gap(mut self, max_gap: f64) -> Self {
        self.max_gap = max_gap;
        self
    }

    /// Sets [`pause`](Self::pause).
    pub fn with_pause(mut self, pause: f64) -> Self {
        self.pause = pause;
        self
    }

    /// Sets [`long`](Self::long).
    pub fn with_long(mut self, long: f64) -> Self {
        self.long = long;
        self
    }
}

/// Gives every word its speaker and joins consecutive words of one speaker to utterances, numbered from 1.
///
/// Words are owned one by one; where a sentence changes hands for a word or two at its edge, which is the error of the
/// word's time or of the turn's border, the sentence wins.
///
/// ```
/// use autoproto_core::attribute::{AttributeOptions, attribute};
/// use autoproto_core::{Diarization, Segment, SpeakerId, SpeakerTurn, TimeSpan, Transcript, Word};
///
/// let word = |start, text: &str| Word { span: TimeSpan::new(start, start + 0.4), text: text.into(), confidence: 0.9 };
/// let segment = Segment::from_words(vec![word(0.1, "Agreed?"), word(2.1, "Agreed.")]).unwrap();
/// let turn = |start, end, id| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerId(id) };
/// let who = Diarization::from_turns(vec![turn(0.0, 1.0, 0), turn(2.0, 3.0, 1)]);
/// let said = attribute(&Transcript::new(None, vec![segment], vec![]), &who, &AttributeOptions::default());
/// assert_eq!(said[1].speaker, Some(SpeakerId(1)));
/// ```
pub fn attribute(
    transcript: &Transcript,
    diarization: &Diarization,
    options: &AttributeOptions,
) -> Vec<Utterance> {
    let mut words: Vec<Word> = transcript
        .words()
        .filter(|w| w.span.duration() > 0.0)
        .cloned()
        .collect();
    words.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
    let mut owners: Vec<Option<SpeakerId>> = words
        .iter()
        .map(|w| speaker_of(w.span, &diarization.exclusive, options.max_gap))
        .collect();
    smooth::settle_sentences(&words, &mut owners);
    utterances(words, &owners, options)
}

fn utterances(
    words: Vec<Word>,
    owners: &[Option<SpeakerId>],
    options: &AttributeOptions,
) -> Vec<Utterance> {
    let mut all: Vec<Utterance> = Vec::new();
    let mut current: Vec<Word> = Vec::new();
    let mut speaker = None;
    for (word, &owner) in words.into_iter().zip(owners) {
        if ends(&current, speaker, &word, owner, options) {
            finish(&mut all, speaker, &mut current);
        }
        speaker = owner;
        current.push(word);
    }
    finish(&mut all, speaker, &mut current);
    all
}

/// Whether the utterance so far is over before `word`.
fn ends(
    current: &[Word],
    speaker: Option<SpeakerId>,
    word: &Word,
    owner: Option<SpeakerId>,
    options: &AttributeOptions,
) -> bool {
    let (Some(first), Some(last)) = (current.first(), current.last()) else {
        return false;
    };
    let so_far = TimeSpan::new(first.span.start, last.span.end);
    speaker != owner
        || word.span.start - last.span.end >= options.pause
        || (so_far.duration() >= options.long && smooth::ends_sentence(&last.text))
}

fn finish(all: &mut Vec<Utterance>, speaker: Option<SpeakerId>, words: &mut Vec<Word>) {
    let id = UtteranceId(u32::try_from(all.len() + 1).unwrap_or(u32::MAX));
    all.extend(Utterance::from_words(id, speaker, std::mem::take(words)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::types::{Segment, SpeakerTurn};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_word_is_lost_and_ids_count_up(
            words in proptest::collection::vec((0.0_f64..60.0, 0.05_f64..1.0), 1..80),
            turns in proptest::collection::vec((0.0_f64..60.0, 0.1_f64..9.0, 0_u32..4), 0..12),
        ) {
            let words: Vec<Word> = words.iter().enumerate()
                .map(|(i, (s, d))| Word { span: TimeSpan::new(*s, s + d), text: format!("w{i}"), confidence: 1.0 }).collect();
            let turns = turns.iter().map(|(s, d, id)| SpeakerTurn { span: TimeSpan::new(*s, s + d), speaker: SpeakerId(*id) }).collect();
            let transcript = Transcript::new(None, vec![Segment::from_words(words.clone()).unwrap()], vec![]);
            let said = attribute(&transcript, &Diarization::from_turns(turns), &AttributeOptions::default());
            let mut got: Vec<&str> = said.iter().flat_map(|u| u.words.iter().map(|w| w.text.as_str())).collect();
            let mut want: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
            got.sort_unstable();
            want.sort_unstable();
            prop_assert_eq!(got, want);
            for (i, u) in said.iter().enumerate() {
                prop_assert_eq!(u.id.0 as usize, i + 1);
                prop_assert!(u.span.start < u.span.end);
            }
        }
    }
}
