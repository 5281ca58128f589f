//! Silero VAD, version 5 and 6, over ONNX Runtime.

use super::{VadOptions, VoiceActivityDetector, regions_of};
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::context::Context;
use crate::error::{Result, Stage};
use crate::models::CheckedModel;
use crate::onnx::{OnnxLibrary, OnnxRuntime, OnnxSession, Tensor};
use crate::types::{Device, ModelInUse, SpeechRegion};

/// Samples a step: 32 ms.
const HOP: usize = 512;
/// Samples of the step before that the model wants in front; without them its output degrades in silence.
const CONTEXT: usize = 64;
/// The recurrent state, `[2, 1, 128]`.
const STATE: [usize; 3] = [2, 1, 128];
/// Steps between two looks at the cancel token: a bit over a second of sound.
const TICK: usize = 40;

/// Silero VAD (<https://github.com/snakers4/silero-vad>): small, fast, and good at telling speech from noise.
///
/// ```no_run
/// use autoproto_core::models::{ModelStore, find};
/// use autoproto_core::onnx::OnnxLibrary;
/// use autoproto_core::vad::SileroVad;
///
/// let model = ModelStore::standard(None).open(&find("silero-vad-6.2").unwrap())?;
/// let vad = SileroVad::load(&model, &OnnxLibrary::default())?;
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct SileroVad {
    session: OnnxSession,
    /// Why it runs on what it runs on, where the choice was open.
    note: Option<String>,
}

impl SileroVad {
    /// Loads it on the processor.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`](crate::Error::LibraryMissing) without ONNX Runtime,
    /// [`Error::Backend`](crate::Error::Backend) if that refuses the model.
    pub fn load(model: &CheckedModel, library: &OnnxLibrary) -> Result<Self> {
        let runtime = OnnxRuntime::new(library.clone()).with_device(Device::Cpu);
        Self::load_on(model, &runtime)
    }

    /// Loads it on a device, with one thread: its steps are too small to share. For that reason
    /// [`Device::Auto`](crate::Device::Auto) is the processor here: each step would be a trip to the device and back.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::DeviceUnavailable`](crate::Error::DeviceUnavailable) for a device that is named
    /// and not there.
    pub fn load_on(model: &CheckedModel, runtime: &OnnxRuntime) -> Result<Self> {
        let mut runtime = runtime.clone().with_threads(1);
        let mut note = None;
        if runtime.device == Device::Auto {
            runtime.device = Device::Cpu;
            note = Some("its steps are too small to send elsewhere".into());
        }
        Ok(Self {
            session: OnnxSession::load(model, &runtime, Stage::Vad, "silero")?,
            note,
        })
    }

    /// With the reason why it runs on what it runs on, for the report.
    pub(crate) fn because(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }

    /// The probability of speech in each 32 ms of the audio, the last step filled up with silence.
    ///
    /// # Errors
    /// As [`VoiceActivityDetector::detect`].
    pub fn probabilities(&mut self, audio: AudioView<'_>, ctx: &Context<'_>) -> Result<Vec<f32>> {
        let mut state = vec![0.0_f32; STATE.iter().product()];
        let mut input = [0.0_f32; CONTEXT + HOP];
        let mut probabilities = Vec::with_capacity(audio.len() / HOP + 1);
        for (step, chunk) in audio.blocks(HOP).enumerate() {
            if step % TICK == 0 {
                ctx.tick(Stage::Vad, (step * HOP) as f64 / audio.len() as f64)?;
            }
            input.copy_within(HOP.., 0);
            input[CONTEXT..CONTEXT + chunk.len()].copy_from_slice(chunk);
            input[CONTEXT + chunk.len()..].fill(0.0);
            let fed = [
                ("input", Tensor::F32(&[1, CONTEXT + HOP], &input)),
                ("state", Tensor::F32(&STATE, &state)),
                ("sr", Tensor::I64(&[], &[SAMPLE_RATE as i64])),
            ];
            let mut out = self.session.run(&fed, &["output", "stateN"])?.into_iter();
            probabilities.push(
                out.next()
                    .and_then(|(_, p)| p.first().copied())
                    .unwrap_or(0.0),
            );
            if let Some((_, next)) = out.next() {
                state = next;
            }
        }
        ctx.tick(Stage::Vad, 1.0)?;
        Ok(probabilities)
    }
}

impl VoiceActivityDetector for SileroVad {
    fn id(&self) -> &'static str {
        "silero"
    }

    fn models(&self) -> Vec<ModelInUse> {
        vec![self.session.in_use().because(self.note.clone())]
    }

    fn detect(
        &mut self,
        audio: AudioView<'_>,
        options: &VadOptions,
        ctx: &Context<'_>,
    ) -> Result<Vec<SpeechRegion>> {
        let probabilities = self.probabilities(audio, ctx)?;
        Ok(regions_of(
            &probabilities,
            HOP as f64 / f64::from(SAMPLE_RATE),
            audio.duration(),
            options,
        ))
    }
}
