//! Whisper through whisper.cpp.

mod heads;
mod listener;
mod params;
mod run;

use whisper_rs::{DtwMode, DtwParameters, WhisperContext, WhisperContextParameters, WhisperState};

use super::window::windows;
use super::{TranscribeOptions, Transcriber};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::models::CheckedModel;
use crate::models::ggml::{self, WhisperHeader};
use crate::types::{Device, Language, ModelInUse, SpeechRegion, Transcript};
use heads::alignment_heads;
use listener::failed;
use run::Run;

/// The longest window, in seconds. Whisper hears 30 at most; shorter windows cost less for each second of theirs, since the
/// encoder's length follows the window's, and those of 15 have more errors at their edges (`benches/README.md`).
const WINDOW: f64 = 20.0;

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
        let only = if self.context.is_multilingual() {
            options.language()
        } else {
            Some(Language::ENGLISH)
        };
        let run = Run {
            context: &self.context,
            aligned: self.aligned,
            threads: self.threads,
            audio,
            speech,
            windows: &windows,
            options,
        };
        run.transcript(&mut self.states[..states], only, ctx)
    }
}

/// How many states memory allows: one costs about 0.25 GB for base, 0.4 for small, and over 0.6 beyond.
fn most_states(header: &WhisperHeader) -> usize {
    match header.n_audio_layer {
        0..=6 => 8,
        7..=12 => 4,
        _ => 2,
    }
}
