//! What was heard is held against the sound: text that nobody can have said is taken out, and kept aside with the reason.
//!
//! Whisper's decoder always writes something, and on silence, noise and music it writes what its training data had there:
//! credits of subtitles, farewells of videos, one phrase over and over (Koenecke et al., "Careless Whisper", 2024;
//! Barański et al., "Investigation of Whisper ASR Hallucinations Induced by Non-Speech Audio", 2025). All of that may
//! really be said, too, so the sound decides: where speech was detected, how likely the recogniser holds it that nobody
//! speaks, how sure it is of its words, and how much of them fits into the time. A known phrase alone proves nothing.

mod letters;
mod loops;
mod phrases;
mod rate;
mod signs;
mod sound;
mod stretch;

use crate::audio::AudioView;
use crate::types::{Language, RemovalReason, RemovedText, SpeechRegion, TimeSpan, Word};

use signs::{MAYBE_NO_SPEECH, NO_SPEECH, UNSURE, WILD, log_prob, signs_of};
use sound::Sound;
pub(in crate::transcribe) use stretch::ends_sentence;
use stretch::{Stretch, stretches};

/// What an engine heard in one window.
///
/// Its words should have the times that the decoder gave them: times moved into speech prove no longer where they were.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The sound that was decoded, in seconds of the recording.
    pub window: TimeSpan,
    /// By start. A word's confidence is `exp` of the mean log-probability of its tokens.
    pub words: Vec<Word>,
    /// The language it was decoded in, where that is known.
    pub language: Option<Language>,
    /// How likely nobody speaks in the window, 0 to 1; `None` for engines that don't say.
    pub no_speech: Option<f32>,
}

impl Heard {
    /// In `window`, from words by start.
    pub fn new(window: TimeSpan, words: Vec<Word>) -> Self {
        Self {
            window,
            words,
            language: None,
            no_speech: None,
        }
    }

    /// In this language.
    pub fn with_language(mut self, language: Option<Language>) -> Self {
        self.language = language;
        self
    }

    /// With the probability, 0 to 1, that nobody speaks in the window.
    pub fn with_no_speech(mut self, no_speech: Option<f32>) -> Self {
        self.no_speech = no_speech;
        self
    }
}

/// What is left of [`Heard`], and what was taken out of it; together all of its words, in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sifted {
    /// The words that hold, unchanged.
    pub words: Vec<Word>,
    /// The rest: neighbouring words that went for one reason are one entry.
    pub removed: Vec<RemovedText>,
}

/// Takes out what the sound can't have held.
///
/// `speech` are the regions in which voice activity was detected, in any order; with `audio`, words in digital silence
/// go as well. In the order of the rules, each reading only what those before it left:
///
/// 1. a word more than a second from any speech or without any sound, and what else of its phrase lies outside speech:
///    [`NoSpeech`](RemovalReason::NoSpeech);
/// 2. all but the first round of a loop: [`Repeats`](RemovalReason::Repeats); what people do repeat («да, да, да») stays;
/// 3. a known invention with weak evidence: [`KnownPhrase`](RemovalReason::KnownPhrase);
/// 4. a phrase the recogniser is unsure of while it holds that nobody speaks: [`NoSpeech`](RemovalReason::NoSpeech);
/// 5. a phrase it is unsure of that lies mostly outside speech, or is far too short for the speech around it:
///    [`Unsure`](RemovalReason::Unsure);
/// 6. more letters than can be spoken in the time: [`TooFast`](RemovalReason::TooFast).
///
/// ```
/// use autoproto_core::transcribe::evidence::{Heard, sift};
/// use autoproto_core::{RemovalReason, SpeechRegion, TimeSpan, Word};
///
/// let word = |start: f64, text: &str| Word { span: TimeSpan::new(start, start + 0.3), text: text.into(), confidence: 0.9 };
/// let words = vec![word(1.0, "We"), word(1.4, "agreed."), word(9.0, "Thanks"), word(9.4, "for"), word(9.8, "watching!")];
/// let speech = [SpeechRegion { span: TimeSpan::new(0.9, 2.0) }];
///
/// let sifted = sift(Heard::new(TimeSpan::new(0.0, 12.0), words), &speech, None);
/// assert_eq!(sifted.words.len(), 2);
/// assert_eq!(sifted.removed[0].text, "Thanks for watching!");
/// assert_eq!(sifted.removed[0].reason, RemovalReason::NoSpeech);
/// ```
pub fn sift(heard: Heard, speech: &[SpeechRegion], audio: Option<AudioView<'_>>) -> Sifted {
    let sound = Sound::around(heard.window, speech, audio);
    let mut trial = Trial {
        verdicts: vec![None; heard.words.len()],
        heard: &heard,
        sound: &sound,
    };
    trial.far_from_speech();
    loops::condemn(&mut trial);
    phrases::condemn(&mut trial);
    trial.unsure();
    rate::condemn(&mut trial);
    let verdicts = trial.verdicts;
    split(heard.words, &verdicts)
}

/// The words of one window, and what is held against each.
struct Trial<'a> {
    heard: &'a Heard,
    sound: &'a Sound<'a>,
    /// One for each word; `None` while it stands.
    verdicts: Vec<Option<RemovalReason>>,
}

impl Trial<'_> {
    /// The numbers of the words that still stand.
    fn standing(&self) -> Vec<usize> {
        let stands = |(i, v): (usize, &Option<RemovalReason>)| v.is_none().then_some(i);
        self.verdicts
            .iter()
            .enumerate()
            .filter_map(stands)
            .collect()
    }

    fn stretches(&self) -> Vec<Stretch> {
        stretches(&self.heard.words, &self.standing())
    }

    /// The words with these numbers.
    fn words(&self, numbers: &[usize]) -> Vec<&Word> {
        numbers
            .iter()
            .filter_map(|i| self.heard.words.get(*i))
            .collect()
    }

    fn condemn(&mut self, numbers: &[usize], reason: RemovalReason) {
        for number in numbers {
            if let Some(verdict) = self.verdicts.get_mut(*number) {
                *verdict = Some(reason);
            }
        }
    }

    /// Of a phrase that runs out of reach, only the words inside speech may be the end of what was said.
    fn far_from_speech(&mut self) {
        for stretch in self.stretches() {
            let words = self.words(&stretch.words);
            if words.iter().all(|w| self.sound.speaks_near(w.span)) {
                continue;
            }
            let stray = |w: &Word| !self.sound.speaks_near(w.span) || !self.sound.holds(w.span);
            let strays = stretch.words.iter().zip(words);
            let strays = strays.filter(|(_, w)| stray(w));
            let strays: Vec<usize> = strays.map(|(number, _)| *number).collect();
            self.condemn(&strays, RemovalReason::NoSpeech);
        }
    }

    fn unsure(&mut self) {
        let wild = log_prob(&self.words(&self.standing())) < WILD;
        let limit = if wild { MAYBE_NO_SPEECH } else { NO_SPEECH };
        let nobody = self.heard.no_speech.is_some_and(|p| p > limit);
        for stretch in self.stretches() {
            let signs = signs_of(self, &stretch.words);
            if signs.log_prob < UNSURE && nobody {
                self.condemn(&stretch.words, RemovalReason::NoSpeech);
            } else if signs.log_prob < UNSURE && signs.outside || signs.doubted && signs.sparse {
                self.condemn(&stretch.words, RemovalReason::Unsure);
            }
        }
    }
}

fn split(words: Vec<Word>, verdicts: &[Option<RemovalReason>]) -> Sifted {
    let mut sifted = Sifted::default();
    let mut open = None;
    for (word, verdict) in words.into_iter().zip(verdicts) {
        match (*verdict, sifted.removed.last_mut()) {
            (None, _) => sifted.words.push(word),
            (Some(reason), Some(last)) if open == Some(reason) => {
                last.span.end = last.span.end.max(word.span.end);
                last.text.push(' ');
                last.text.push_str(&word.text);
            }
            (Some(reason), _) => sifted.removed.push(RemovedText {
                span: word.span,
                text: word.text,
                reason,
            }),
        }
        open = *verdict;
    }
    sifted
}

#[cfg(test)]
mod tests;
