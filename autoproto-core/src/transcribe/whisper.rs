//! Whisper through whisper.cpp.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use whisper_rs::{
    DtwMode, DtwModelPreset, DtwParameters, WhisperContext, WhisperContextParameters, WhisperState,
};

use super::coverage::{HOLE, holes};
use super::listener::{Hearing, Listener, failed};
use super::window::windows;
use super::{TranscribeOptions, Transcriber};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::CheckedModel;
use crate::models::ggml::{self, WhisperHeader};
use crate::types::{
    Device, Language, ModelInUse, Segment, SpeechRegion, TimeSpan, Transcript, Word,
};

/// The longest window, in seconds: Whisper hears 30, and the last moments of a full one are heard badly.
const WINDOW: f64 = 28.0;
/// How sure the language must be before no further window is asked.
const SURE: f32 = 0.8;

/// Whisper through whisper.cpp (<https://github.com/ggml-org/whisper.cpp>).
///
/// Its own long-form loop gives up on the rest of a window where the closing time stamp is missing; so each window is
/// cut at silences before, decoded alone, and the speech it left without words is decoded again.
///
/// Windows are heard side by side, each by a state of its own on few threads: whisper.cpp's threads wait for each other
/// by spinning, which on a busy machine costs many times the work.
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
    /// Made when first needed, one for each window heard at once.
    states: Vec<WhisperState>,
    most_states: usize,
    threads: usize,
    aligned: bool,
    model: ModelInUse,
}

impl WhisperTranscriber {
    /// Loads a model after following its whole structure, to run on `threads` threads.
    ///
    /// # Errors
    /// [`Error::ModelDamaged`] if the file is not a whole Whisper, [`Error::Backend`] if whisper.cpp refuses it.
    pub fn load(model: &CheckedModel, threads: usize) -> Result<Self> {
        let damaged = |reason| Error::ModelDamaged {
            path: model.path().to_owned(),
            reason,
        };
        let header = ggml::check(model.bytes()).map_err(damaged)?;
        // Without a log backend this keeps whisper.cpp from writing to stderr.
        whisper_rs::install_logging_hooks();
        let mut params = WhisperContextParameters::default();
        let preset = alignment_heads(&header);
        let aligned = preset.is_some();
        if let Some(model_preset) = preset {
            let mode = DtwMode::ModelPreset { model_preset };
            params.dtw_parameters(DtwParameters {
                mode,
                ..DtwParameters::default()
            });
        }
        // A build with a graphics card in it takes that if it can, and does not say.
        let named = ModelInUse::new(model.name());
        let in_use = if params.use_gpu {
            named
        } else {
            named.on(Device::Cpu)
        };
        let context =
            WhisperContext::new_from_buffer_with_params(model.bytes(), params).map_err(failed)?;
        let (states, most_states) = (Vec::new(), most_states(&header));
        Ok(Self {
            context,
            states,
            most_states,
            threads: threads.max(1),
            aligned,
            model: in_use,
        })
    }

    /// Makes the states that so many windows can use.
    fn prepare(&mut self, windows: usize) -> Result<usize> {
        let wanted = self.threads.min(self.most_states).min(windows).max(1);
        while self.states.len() < wanted {
            self.states
                .push(self.context.create_state().map_err(failed)?);
        }
        Ok(wanted)
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
        let hearing = Hearing {
            context: &self.context,
            aligned: false,
            audio,
            speech: &[],
            cancel: ctx.cancel(),
        };
        let mut sums: Vec<f32> = Vec::new();
        for (i, window) in windows.iter().take(3).enumerate() {
            let Some(state) = self.states.first_mut() else {
                break;
            };
            let probabilities = Listener {
                state,
                threads: self.threads,
                hearing,
            }
            .languages(*window)?;
            ctx.tick(Stage::Transcribe, 0.0)?;
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
        let code = i32::try_from(best).ok().and_then(whisper_rs::get_lang_str);
        Language::new(code.unwrap_or("en"))
    }
}

impl Transcriber for WhisperTranscriber {
    fn id(&self) -> &'static str {
        "whisper"
    }

    fn models(&self) -> Vec<ModelInUse> {
        vec![self.model.clone()]
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
        let states = self.prepare(windows.len())?;
        let language = match options.language {
            Some(language) => language,
            None => self.detect(audio, &windows, ctx)?,
        };
        let hearing = Hearing {
            context: &self.context,
            aligned: self.aligned,
            audio,
            speech,
            cancel: ctx.cancel(),
        };
        let heard = hear(
            hearing,
            &mut self.states[..states],
            self.threads / states,
            &windows,
            language,
            ctx,
        )?;
        let uncovered = windows
            .iter()
            .zip(&heard)
            .flat_map(|(window, words)| holes(*window, speech, words, HOLE))
            .collect();
        let segments = heard.into_iter().filter_map(Segment::from_words).collect();
        Ok(Transcript::new(Some(language), segments, uncovered))
    }
}

/// The words of every window. Each state takes the next window that nobody has taken; progress is told from here.
fn hear(
    hearing: Hearing<'_>,
    states: &mut [WhisperState],
    threads: usize,
    windows: &[TimeSpan],
    language: Language,
    ctx: &Context<'_>,
) -> Result<Vec<Vec<Word>>> {
    let next = AtomicUsize::new(0);
    let total: f64 = windows.iter().map(TimeSpan::duration).sum();
    let mut heard: Vec<Vec<Word>> = vec![Vec::new(); windows.len()];
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for state in states {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let mut listener = Listener {
                    state,
                    threads,
                    hearing,
                };
                while let Some((i, window)) = take(next, windows) {
                    let words = crate::error::contain(|| listener.listen(window, language));
                    let failed = words.is_err();
                    if send.send((i, words)).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut done = 0.0;
        for (i, words) in receive {
            let words = words.inspect_err(|_| next.store(windows.len(), Ordering::Relaxed))?;
            done += windows[i].duration();
            heard[i] = words;
            ctx.tick(Stage::Transcribe, done / total)?;
        }
        Ok(heard)
    })
}

fn take(next: &AtomicUsize, windows: &[TimeSpan]) -> Option<(usize, TimeSpan)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    windows.get(i).map(|window| (i, *window))
}

/// How many states memory allows: one costs about 0.25 GB for base, 0.4 for small, and over 0.6 beyond.
fn most_states(header: &WhisperHeader) -> usize {
    match header.n_audio_layer {
        0..=6 => 8,
        7..=12 => 4,
        _ => 2,
    }
}

/// The heads whose attention follows the sound, by the shape of the model: whisper.cpp reads past the end of one that has
/// fewer heads than its preset numbers.
fn alignment_heads(header: &WhisperHeader) -> Option<DtwModelPreset> {
    let of = |many, english| {
        if header.is_multilingual() {
            many
        } else {
            english
        }
    };
    let WhisperHeader {
        n_audio_layer,
        n_text_layer,
        n_text_head,
        n_mels,
        ..
    } = *header;
    Some(match (n_audio_layer, n_text_layer, n_text_head, n_mels) {
        (4, 4, 6, 80) => of(DtwModelPreset::Tiny, DtwModelPreset::TinyEn),
        (6, 6, 8, 80) => of(DtwModelPreset::Base, DtwModelPreset::BaseEn),
        (12, 12, 12, 80) => of(DtwModelPreset::Small, DtwModelPreset::SmallEn),
        (24, 24, 16, 80) => of(DtwModelPreset::Medium, DtwModelPreset::MediumEn),
        (32, 32, 20, 80) => DtwModelPreset::LargeV2,
        (32, 32, 20, 128) => DtwModelPreset::LargeV3,
        (32, 4, 20, 128) => DtwModelPreset::LargeV3Turbo,
        _ => return None,
    })
}
