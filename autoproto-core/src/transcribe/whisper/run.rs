//! One transcription: windows to what was heard in them, in which language, and to a transcript.

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use whisper_rs::{WhisperContext, WhisperState};

use super::listener::{Heard, Hearing, Listener, failed};
use super::params::Wanted;
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::transcribe::coverage::{HOLE, holes};
use crate::transcribe::glossary::{Mender, PROMPT_TOKENS};
use crate::transcribe::{LanguageTracker, TranscribeOptions};
use crate::types::{Language, Segment, SpeechRegion, TimeSpan, Transcript};

/// How sure the language must be before no further window is asked beforehand.
const SURE: f32 = 0.8;
/// The share of the work that is done before windows of another language are heard again.
const FIRST: f64 = 0.95;

/// What is transcribed, and with what.
#[derive(Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) context: &'a WhisperContext,
    /// Whether token times come from the attention.
    pub(super) aligned: bool,
    /// Of all states together.
    pub(super) threads: usize,
    pub(super) audio: AudioView<'a>,
    pub(super) speech: &'a [SpeechRegion],
    pub(super) windows: &'a [TimeSpan],
    pub(super) options: &'a TranscribeOptions,
}

impl<'a> Run<'a> {
    /// Hears all windows; `only` is the language where it is known.
    pub(super) fn transcript(
        self,
        states: &mut [WhisperState],
        only: Option<Language>,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        let all: Vec<usize> = (0..self.windows.len()).collect();
        let mut notes = Vec::new();
        let assumed = match only {
            Some(language) => language,
            None => self.detect(states, ctx)?,
        };
        let part = ctx.part(0.0, if only.is_some() { 1.0 } else { FIRST });
        let mut heard = self.hear(states, &all, assumed, only.is_none(), &mut notes, &part)?;
        let mut languages = vec![assumed; heard.len()];
        if only.is_none() {
            languages = self.languages(&heard, assumed);
            let mut others: Vec<Language> = Vec::new();
            for language in &languages {
                if *language != assumed && !others.contains(language) {
                    others.push(*language);
                }
            }
            let many = others.len();
            for (i, other) in others.into_iter().enumerate() {
                let which: Vec<usize> = (0..heard.len())
                    .filter(|w| languages[*w] == other)
                    .collect();
                let share = |i: usize| FIRST + (1.0 - FIRST) * i as f64 / many as f64;
                let part = ctx.part(share(i), share(i + 1));
                let again = self.hear(states, &which, other, false, &mut notes, &part)?;
                for (window, again) in which.into_iter().zip(again) {
                    heard[window] = again;
                }
            }
        }
        Ok(self.put_together(heard, &languages, notes))
    }

    /// The language to begin with: that of the first windows, of which more are asked until one answer is sure.
    fn detect(self, states: &mut [WhisperState], ctx: &Context<'_>) -> Result<Language> {
        let Some(state) = states.first_mut() else {
            return Ok(Language::ENGLISH);
        };
        let mut listener = Listener {
            state,
            threads: self.threads,
            hearing: self.hearing(false, ctx),
        };
        let mut sums: Vec<(Language, f32)> = Vec::new();
        for (i, window) in self.windows.iter().take(3).enumerate() {
            let mut likely = listener.languages(*window)?;
            ctx.tick(Stage::Transcribe, 0.0)?;
            likely.retain(|(language, _)| self.options.spoken.allows(*language));
            let whole: f32 = likely.iter().map(|l| l.1).sum();
            if sums.is_empty() {
                sums = likely.iter().map(|l| (l.0, 0.0)).collect();
            }
            for (sum, (_, p)) in sums.iter_mut().zip(&likely) {
                sum.1 += p / whole.max(f32::MIN_POSITIVE);
            }
            if sums.iter().any(|sum| sum.1 / (i + 1) as f32 >= SURE) {
                break;
            }
        }
        let best = sums.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        Ok(best.map_or(Language::ENGLISH, |best| best.0))
    }

    /// The language of each window, by what each tells of it and in their order.
    fn languages(self, heard: &[Heard], assumed: Language) -> Vec<Language> {
        let mut tracker = LanguageTracker::new(self.options.spoken.clone());
        let windows = self.windows.iter().zip(heard);
        windows
            .map(|(window, heard)| {
                let speech = self.seconds(*window);
                tracker.hear(speech, &heard.languages).unwrap_or(assumed)
            })
            .collect()
    }

    /// Seconds of speech in a window.
    fn seconds(self, window: TimeSpan) -> f64 {
        self.speech.iter().map(|r| r.span.overlap(&window)).sum()
    }

    fn hearing<'b>(self, languages: bool, ctx: &'b Context<'_>) -> Hearing<'b>
    where
        'a: 'b,
    {
        Hearing {
            context: self.context,
            aligned: self.aligned,
            audio: self.audio,
            speech: self.speech,
            languages,
            cancel: ctx.cancel(),
        }
    }

    /// The names and terms of the options for this language, as tokens.
    fn prompt(self, language: Language, notes: &mut Vec<String>) -> Result<Vec<c_int>> {
        let glossary = &self.options.glossary;
        if glossary.is_empty() {
            return Ok(Vec::new());
        }
        // A token has at least a byte: with less room than that whisper-rs would read past its list.
        let tokens = |text: &str| self.context.tokenize(text, text.len() + 16);
        let count = |text: &str| tokens(text).map_or(usize::MAX, |tokens| tokens.len());
        let room = usize::try_from(self.context.n_text_ctx()).unwrap_or(0) / 2;
        let prompt = glossary.prompt(Some(language), PROMPT_TOKENS.min(room), count);
        if let Some(note) = prompt.note().filter(|note| !notes.contains(note)) {
            notes.push(note);
        }
        tokens(&prompt.text).map_err(failed)
    }

    /// Hears these windows. Each state takes the next one that nobody has taken; progress is told from here.
    fn hear(
        self,
        states: &mut [WhisperState],
        which: &[usize],
        language: Language,
        languages: bool,
        notes: &mut Vec<String>,
        ctx: &Context<'_>,
    ) -> Result<Vec<Heard>> {
        let prompt = self.prompt(language, notes)?;
        let wanted = Wanted {
            language,
            translate: self.options.translate,
            beams: self.options.beams,
            prompt: &prompt,
            audio_context: usize::try_from(self.context.n_audio_ctx()).unwrap_or(0),
            text_context: usize::try_from(self.context.n_text_ctx()).unwrap_or(0),
        };
        let (next, hearing) = (AtomicUsize::new(0), self.hearing(languages, ctx));
        let threads = (self.threads / states.len().max(1)).max(1);
        let windows: Vec<TimeSpan> = which.iter().map(|w| self.windows[*w]).collect();
        let total: f64 = windows.iter().map(TimeSpan::duration).sum();
        let mut heard: Vec<Heard> = vec![Heard::default(); which.len()];
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::channel();
            for state in states {
                let (send, next, windows) = (send.clone(), &next, &windows);
                scope.spawn(move || {
                    let mut listener = Listener {
                        state,
                        threads,
                        hearing,
                    };
                    while let Some((i, window)) = take(next, windows) {
                        let heard = crate::error::contain(|| listener.listen(window, wanted));
                        let failed = heard.is_err();
                        if send.send((i, heard)).is_err() || failed {
                            break;
                        }
                    }
                });
            }
            drop(send);
            let mut done = 0.0;
            for (i, found) in receive {
                let found = found.inspect_err(|_| next.store(windows.len(), Ordering::Relaxed))?;
                done += windows[i].duration();
                heard[i] = found;
                ctx.tick(Stage::Transcribe, done / total)?;
            }
            Ok(heard)
        })
    }

    fn put_together(
        self,
        heard: Vec<Heard>,
        languages: &[Language],
        notes: Vec<String>,
    ) -> Transcript {
        let mender = Mender::new(&self.options.glossary);
        let (mut uncovered, mut removed) = (Vec::new(), Vec::new());
        let (mut segments, mut corrections) = (Vec::new(), Vec::new());
        let mut spoken: Vec<(Language, f64)> = Vec::new();
        for ((window, heard), language) in self.windows.iter().zip(heard).zip(languages) {
            match spoken.iter_mut().find(|(known, _)| known == language) {
                Some((_, seconds)) => *seconds += self.seconds(*window),
                None => spoken.push((*language, self.seconds(*window))),
            }
            let Heard {
                mut words,
                removed: more,
                ..
            } = heard;
            uncovered.extend(holes(*window, self.speech, &words, HOLE));
            removed.extend(more);
            let written = if self.options.translate {
                Language::ENGLISH
            } else {
                *language
            };
            corrections.extend(mender.mend(&mut words, Some(written)));
            segments.extend(Segment::from_words(words).map(|s| s.with_language(Some(written))));
        }
        let most = spoken.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        Transcript::new(most.map(|(language, _)| *language), segments, uncovered)
            .with_removed(removed)
            .with_corrections(corrections)
            .with_notes(notes)
    }
}

fn take(next: &AtomicUsize, windows: &[TimeSpan]) -> Option<(usize, TimeSpan)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    windows.get(i).map(|window| (i, *window))
}
