//! One voice of whisper.cpp: a state that hears windows one after the other.

use whisper_rs::{WhisperContext, WhisperError, WhisperState};

use super::params::{Attempt, Wanted, full_params};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::cancel::CancelToken;
use crate::error::{Error, Result, Stage};
use crate::transcribe::coverage::{HOLE, holes};
use crate::transcribe::evidence::{self, sift};
use crate::transcribe::fill::fill;
use crate::transcribe::words::{LAG, Token, settled, spoken};
use crate::types::{Language, RemovedText, SpeechRegion, TimeSpan, Word};

/// whisper.cpp wants at least a second, in samples.
const SHORTEST: usize = SAMPLE_RATE as usize + 1600;

/// What all listeners of a run share.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a> {
    pub(super) context: &'a WhisperContext,
    /// Whether token times come from the attention.
    pub(super) aligned: bool,
    pub(super) audio: AudioView<'a>,
    pub(super) speech: &'a [SpeechRegion],
    /// Whether each window is asked for its language.
    pub(super) languages: bool,
    pub(super) cancel: &'a CancelToken,
}

/// What was heard in a window.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Heard {
    pub(super) words: Vec<Word>,
    pub(super) removed: Vec<RemovedText>,
    /// How likely each language is; empty where that was not asked.
    pub(super) languages: Vec<(Language, f32)>,
}

/// A state at work.
pub(super) struct Listener<'a> {
    pub(super) state: &'a mut WhisperState,
    pub(super) threads: usize,
    pub(super) hearing: Hearing<'a>,
}

impl Listener<'_> {
    /// How likely each language is in `window`.
    pub(super) fn languages(&mut self, window: TimeSpan) -> Result<Vec<(Language, f32)>> {
        self.hearing.cancel.check()?;
        let samples = padded(self.hearing.audio.slice(window));
        self.state
            .pcm_to_mel(&samples, self.threads)
            .map_err(failed)?;
        self.state.encode(0, self.threads).map_err(failed)?;
        self.likely()
    }

    /// How likely each language is in what was encoded last: one step of the decoder.
    fn likely(&mut self) -> Result<Vec<(Language, f32)>> {
        let context = self.hearing.context;
        let begin = context.token_sot();
        self.state
            .decode(&[begin], 0, self.threads)
            .map_err(failed)?;
        let logits = self.state.get_logits().map_err(failed)?;
        // The tokens of the languages end where those of the tasks begin.
        let numbers = 0..context.token_translate() - context.token_lang(0);
        let mut found: Vec<(Language, f32)> = numbers
            .filter_map(|number| {
                let token = usize::try_from(context.token_lang(number)).ok()?;
                let code = whisper_rs::get_lang_str(number)?;
                Some((Language::new(code).ok()?, *logits.get(token)?))
            })
            .collect();
        let highest = found.iter().map(|l| l.1).fold(f32::NEG_INFINITY, f32::max);
        found.iter_mut().for_each(|l| l.1 = (l.1 - highest).exp());
        let sum: f32 = found.iter().map(|l| l.1).sum();
        found.iter_mut().for_each(|l| l.1 /= sum);
        Ok(found)
    }

    /// Listens to `window`, then again to what it left without words.
    pub(super) fn listen(&mut self, window: TimeSpan, wanted: Wanted<'_>) -> Result<Heard> {
        let speech = self.hearing.speech;
        let mut heard = self.hear(window, wanted, Attempt::First)?;
        if self.hearing.languages {
            heard.languages = self.likely()?;
        }
        for attempt in [Attempt::Again, Attempt::Last] {
            for hole in holes(window, speech, &heard.words, HOLE) {
                let wider = TimeSpan::new(
                    (hole.start - 0.2).max(window.start),
                    (hole.end + 0.2).min(window.end),
                );
                let again = self.hear(wider, wanted, attempt)?;
                fill(&mut heard.words, again.words, hole);
                for removed in again.removed {
                    let known = |r: &RemovedText| {
                        r.text == removed.text && r.span.overlap(&removed.span) > 0.0
                    };
                    if !heard.removed.iter().any(known) {
                        heard.removed.push(removed);
                    }
                }
            }
        }
        Ok(heard)
    }

    /// One listening, without what the sound does not bear out.
    fn hear(&mut self, window: TimeSpan, wanted: Wanted<'_>, attempt: Attempt) -> Result<Heard> {
        let Hearing { audio, speech, .. } = self.hearing;
        let (tokens, no_speech) = self.decode(window, wanted, attempt)?;
        // Held against the sound before they are moved into speech, which hides where they were.
        let words = spoken(&tokens, window, LAG);
        let written = if wanted.translate {
            Language::ENGLISH
        } else {
            wanted.language
        };
        let said = evidence::Heard::new(window, words)
            .with_language(Some(written))
            .with_no_speech(no_speech);
        let sifted = sift(said, speech, Some(audio));
        Ok(Heard {
            words: settled(sifted.words, window, speech),
            removed: sifted.removed,
            languages: Vec::new(),
        })
    }

    /// The text of a window, and how likely nobody speaks in it.
    fn decode(
        &mut self,
        window: TimeSpan,
        wanted: Wanted<'_>,
        attempt: Attempt,
    ) -> Result<(Vec<Token>, Option<f32>)> {
        let Hearing {
            context,
            aligned,
            audio,
            cancel,
            ..
        } = self.hearing;
        let params = full_params(wanted, window, attempt, self.threads, cancel);
        let outcome = self.state.full(params, &padded(audio.slice(window)));
        cancel.check()?; // an abort looks like a failure
        outcome.map_err(failed)?;
        let first_special = context.token_eot();
        let (mut tokens, mut no_speech) = (Vec::new(), None);
        for segment in self.state.as_iter() {
            no_speech = no_speech.or(Some(segment.no_speech_probability()));
            for token in (0..segment.n_tokens()).filter_map(|i| segment.get_token(i)) {
                let data = token.token_data();
                if data.id >= first_special {
                    continue;
                }
                let hundredths = if aligned && data.t_dtw >= 0 {
                    data.t_dtw
                } else {
                    data.t0
                };
                tokens.push(Token {
                    bytes: token.to_bytes().map_err(failed)?.to_vec(),
                    start: window.start + hundredths as f64 / 100.0,
                    probability: data.p,
                });
            }
        }
        Ok((tokens, no_speech))
    }
}

fn padded(samples: &[f32]) -> std::borrow::Cow<'_, [f32]> {
    if samples.len() >= SHORTEST && samples.iter().all(|s| s.is_finite()) {
        return samples.into();
    }
    let mut samples: Vec<f32> = samples
        .iter()
        .map(|s| if s.is_finite() { *s } else { 0.0 })
        .collect();
    samples.resize(samples.len().max(SHORTEST), 0.0);
    samples.into()
}

/// The one place where whisper.cpp's errors become ours.
pub(super) fn failed(error: WhisperError) -> Error {
    Error::backend(Stage::Transcribe, "whisper", error)
}
