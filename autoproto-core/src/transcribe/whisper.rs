//! Whisper through whisper.cpp.

use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, WhisperContext, WhisperContextParameters, WhisperError,
    WhisperState,
};

use super::coverage::holes;
use super::whisper_params::{Attempt, full_params};
use super::window::windows;
use super::words::{Token, words_of};
use super::{TranscribeOptions, Transcriber};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::CheckedModel;
use crate::models::ggml::{self, WhisperHeader};
use crate::types::{Language, Segment, SpeechRegion, TimeSpan, Transcript, Word};

/// The longest window, in seconds: Whisper hears 30, and the last moments of a full one are heard badly.
const WINDOW: f64 = 28.0;
/// Speech without words that is worth a second listening, in seconds.
const HOLE: f64 = 1.0;
/// whisper.cpp wants at least a second, in samples.
const SHORTEST: usize = SAMPLE_RATE as usize + 1600;
/// How sure the language must be before no further window is asked.
const SURE: f32 = 0.8;

/// Whisper through whisper.cpp (<https://github.com/ggml-org/whisper.cpp>).
///
/// Its own long-form loop gives up on the rest of a window where the closing time stamp is missing; so each window is
/// cut at silences before, decoded alone, and the speech it left without words is decoded again.
///
/// ```no_run
/// use autoproto_core::models::{ModelStore, find};
/// use autoproto_core::transcribe::WhisperTranscriber;
///
/// let row = find("whisper-base-q8_0").unwrap();
/// let model = ModelStore::standard(None).open(&row)?;
/// let whisper = WhisperTranscriber::load(&model, 4)?;
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct WhisperTranscriber {
    context: WhisperContext,
    state: WhisperState,
    threads: usize,
    aligned: bool,
}

impl WhisperTranscriber {
    /// Loads a model after following its whole structure, to run on `threads` threads.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`] if the file is not a whole Whisper, [`Error::Backend`] if whisper.cpp refuses it.
    pub fn load(model: &CheckedModel, threads: usize) -> Result<Self> {
        let header = ggml::check(model.bytes()).map_err(|reason| Error::ModelDamaged {
            path: model.path().to_owned(),
            reason,
        })?;
        // Without a log backend this keeps whisper.cpp from writing to stderr.
        whisper_rs::install_logging_hooks();
        let mut params = WhisperContextParameters::default();
        let preset = alignment_heads(&header);
        let aligned = preset.is_some();
        if let Some(model_preset) = preset {
            params.dtw_parameters(DtwParameters {
                mode: DtwMode::ModelPreset { model_preset },
                ..DtwParameters::default()
            });
        }
        let context =
            WhisperContext::new_from_buffer_with_params(model.bytes(), params).map_err(failed)?;
        let state = context.create_state().map_err(failed)?;
        Ok(Self {
            context,
            state,
            threads: threads.max(1),
            aligned,
        })
    }

    /// The language of the first windows: more are asked until one answer is sure.
    fn detect(
        &mut self,
        audio: AudioView<'_>,
        windows: &[TimeSpan],
        ctx: &Context<'_>,
    ) -> Result<Language> {
        if !self.context.is_multilingual() {
            return Ok(Language::ENGLISH);
        }
        let mut sums: Vec<f32> = Vec::new();
        for (i, window) in windows.iter().take(3).enumerate() {
            ctx.tick(Stage::Transcribe, 0.0)?;
            self.state
                .pcm_to_mel(&padded(audio.slice(*window)), self.threads)
                .map_err(failed)?;
            let (_, probabilities) = self.state.lang_detect(0, self.threads).map_err(failed)?;
            sums.resize(probabilities.len(), 0.0);
            sums.iter_mut()
                .zip(&probabilities)
                .for_each(|(sum, p)| *sum += p);
            if sums.iter().any(|sum| *sum / (i + 1) as f32 >= SURE) {
                break;
            }
        }
        let best = sums
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(i, _)| i);
        let code = i32::try_from(best)
            .ok()
            .and_then(whisper_rs::get_lang_str)
            .unwrap_or("en");
        Language::new(code)
    }

    /// One listening to `window`.
    fn decode(
        &mut self,
        audio: AudioView<'_>,
        window: TimeSpan,
        language: Language,
        attempt: Attempt,
        ctx: &Context<'_>,
    ) -> Result<Vec<Token>> {
        let params = full_params(language, attempt, self.threads, ctx.cancel());
        let outcome = self.state.full(params, &padded(audio.slice(window)));
        ctx.cancel().check()?;
        outcome.map_err(failed)?;
        let first_special = self.context.token_eot();
        let mut tokens = Vec::new();
        for segment in self.state.as_iter() {
            for i in 0..segment.n_tokens() {
                let Some(token) = segment.get_token(i) else {
                    continue;
                };
                let data = token.token_data();
                if data.id >= first_special {
                    continue;
                }
                let hundredths = if self.aligned && data.t_dtw >= 0 {
                    data.t_dtw
                } else {
                    data.t0
                };
                let bytes = token.to_bytes().map_err(failed)?.to_vec();
                tokens.push(Token {
                    bytes,
                    start: window.start + hundredths as f64 / 100.0,
                    probability: data.p,
                });
            }
        }
        Ok(tokens)
    }

    /// Listens to `window`, then again to what it left without words.
    fn listen(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        window: TimeSpan,
        language: Language,
        ctx: &Context<'_>,
    ) -> Result<Vec<Word>> {
        let mut words = words_of(
            &self.decode(audio, window, language, Attempt::First, ctx)?,
            window,
            speech,
        );
        for attempt in [Attempt::Again, Attempt::Last] {
            for hole in holes(window, speech, &words, HOLE) {
                let wider = TimeSpan::new(
                    (hole.start - 0.2).max(window.start),
                    (hole.end + 0.2).min(window.end),
                );
                let found = words_of(
                    &self.decode(audio, wider, language, attempt, ctx)?,
                    wider,
                    speech,
                );
                insert(&mut words, found, hole);
            }
        }
        Ok(words)
    }
}

impl Transcriber for WhisperTranscriber {
    fn id(&self) -> &'static str {
        "whisper"
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        let windows = windows(audio, speech, WINDOW);
        ctx.tick(Stage::Transcribe, 0.0)?;
        if windows.is_empty() {
            return Ok(Transcript::default());
        }
        let language = match options.language {
            Some(language) => language,
            None => self.detect(audio, &windows, ctx)?,
        };
        let total: f64 = windows.iter().map(TimeSpan::duration).sum();
        let (mut segments, mut uncovered, mut done) = (Vec::new(), Vec::new(), 0.0);
        for window in windows {
            let words = self.listen(audio, speech, window, language, ctx)?;
            uncovered.extend(holes(window, speech, &words, HOLE));
            segments.extend(Segment::from_words(words));
            done += window.duration();
            ctx.tick(Stage::Transcribe, done / total)?;
        }
        Ok(Transcript::new(Some(language), segments, uncovered))
    }
}

/// Puts the words found in a hole into place, except those that only repeat their new neighbours.
fn insert(words: &mut Vec<Word>, found: Vec<Word>, hole: TimeSpan) {
    let at = words.partition_point(|w| w.span.start < hole.middle());
    let plain = |w: &Word| {
        w.text
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let before: Vec<String> = words[..at]
        .iter()
        .rev()
        .take(found.len())
        .map(plain)
        .collect();
    let after: Vec<String> = words[at..].iter().take(found.len()).map(plain).collect();
    let mut found: Vec<Word> = found
        .into_iter()
        .filter(|w| w.span.middle() > hole.start - 0.3 && w.span.middle() < hole.end + 0.3)
        .collect();
    // The wider cut may have heard the word on either side once more.
    let repeated = (1..=found.len().min(before.len()))
        .rev()
        .find(|&n| (0..n).all(|i| before[n - 1 - i] == plain(&found[i])))
        .unwrap_or(0);
    found.drain(..repeated);
    let repeated = (1..=found.len().min(after.len()))
        .rev()
        .find(|&n| (0..n).all(|i| plain(&found[found.len() - n + i]) == after[i]))
        .unwrap_or(0);
    found.truncate(found.len() - repeated);
    let earliest = at
        .checked_sub(1)
        .map_or(f64::NEG_INFINITY, |i| words[i].span.end);
    let latest = words.get(at).map_or(f64::INFINITY, |w| w.span.start);
    found.retain_mut(|w| {
        w.span = TimeSpan::new(w.span.start.max(earliest), w.span.end.min(latest));
        w.span.duration() > 0.0
    });
    words.splice(at..at, found);
}

fn padded(samples: &[f32]) -> std::borrow::Cow<'_, [f32]> {
    let finite = samples.iter().all(|s| s.is_finite());
    if finite && samples.len() >= SHORTEST {
        return samples.into();
    }
    let mut samples: Vec<f32> = samples
        .iter()
        .map(|s| if s.is_finite() { *s } else { 0.0 })
        .collect();
    samples.resize(samples.len().max(SHORTEST), 0.0);
    samples.into()
}

/// The heads whose attention follows the sound, by the shape of the model.
fn alignment_heads(header: &WhisperHeader) -> Option<DtwModelPreset> {
    let many = header.is_multilingual();
    Some(
        match (header.n_audio_layer, header.n_text_layer, header.n_mels) {
            (4, 4, 80) => {
                if many {
                    DtwModelPreset::Tiny
                } else {
                    DtwModelPreset::TinyEn
                }
            }
            (6, 6, 80) => {
                if many {
                    DtwModelPreset::Base
                } else {
                    DtwModelPreset::BaseEn
                }
            }
            (12, 12, 80) => {
                if many {
                    DtwModelPreset::Small
                } else {
                    DtwModelPreset::SmallEn
                }
            }
            (24, 24, 80) => {
                if many {
                    DtwModelPreset::Medium
                } else {
                    DtwModelPreset::MediumEn
                }
            }
            (32, 32, 80) => DtwModelPreset::LargeV2,
            (32, 32, 128) => DtwModelPreset::LargeV3,
            (32, 4, 128) => DtwModelPreset::LargeV3Turbo,
            _ => return None,
        },
    )
}

fn failed(error: WhisperError) -> Error {
    Error::backend(Stage::Transcribe, "whisper", error)
}
