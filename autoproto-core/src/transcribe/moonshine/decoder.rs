//! The two networks: sound to states, states to tokens one at a time.

use super::attention::Attention;
use super::limits::{looped, most_tokens};
use crate::audio::SAMPLE_RATE;
use crate::cancel::CancelToken;
use crate::error::{Error, Result, Stage};
use crate::models::MoonshineModels;
use crate::models::MoonshineSignature;
use crate::onnx::{OnnxRuntime, OnnxSession, Tensor};
use crate::types::ModelInUse;

/// The engine's id in errors.
pub(super) const ID: &str = "moonshine";
/// The encoder's three strides at once, in samples a frame.
const STRIDE: usize = 64 * 3 * 2;
/// The least that the encoder's convolutions take, with some silence behind, in samples.
const SHORTEST: usize = SAMPLE_RATE as usize / 4;

/// Seconds from one frame of the encoder to the next.
pub(super) const FRAME: f64 = STRIDE as f64 / SAMPLE_RATE as f64;

/// What the decoder said of a sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) tokens: Vec<usize>,
    /// How sure it was of each, 0 to 1.
    pub(super) probabilities: Vec<f32>,
    /// `None` where the model does not give it.
    pub(super) attention: Option<Attention>,
    /// Tokens at the end that say what was said before, over and over; they are not among `tokens`.
    pub(super) repeats: Vec<usize>,
}

/// A pair of sessions.
pub(super) struct Networks {
    encoder: OnnxSession,
    decoder: OnnxSession,
    signature: MoonshineSignature,
    inputs: Inputs,
    outputs: Vec<String>,
    /// Inputs of what the decoder remembers: of what was said, and of the sound.
    memory: [Vec<String>; 2],
}

/// Which of the inputs that some exports have and others not are there.
struct Inputs {
    encoder_mask: bool,
    decoder_mask: bool,
    /// Whether it says what it looks at.
    attention: bool,
}

/// A tensor of the decoder's memory.
type Kept = (Vec<usize>, Vec<f32>);

impl Networks {
    pub(super) fn load(models: &MoonshineModels, runtime: &OnnxRuntime) -> Result<Self> {
        let load = |model| OnnxSession::load(model, runtime, Stage::Transcribe, ID);
        let signature = models.signature.clone();
        let (encoder, decoder) = (load(&models.encoder)?, load(&models.decoder)?);
        let (of_encoder, _) = encoder.names();
        let (of_decoder, given) = decoder.names();
        let layers = 0..signature.layers;
        let names = |of: &str, what: &str| -> Vec<String> {
            let each = |layer| ["key", "value"].map(|kind| format!("{of}.{layer}.{what}.{kind}"));
            layers.clone().flat_map(each).collect()
        };
        let memory = ["decoder", "encoder"].map(|what| names("past_key_values", what));
        let looked: Vec<String> = signature.looked_at().map(attended).collect();
        let attention = !looked.is_empty() && looked.iter().all(|name| given.contains(name));
        let mut outputs = vec!["logits".to_owned()];
        outputs.extend(names("present", "decoder"));
        if attention {
            outputs.extend(looked);
        }
        let mut needed = memory.concat();
        needed.extend(["input_ids", "encoder_hidden_states", "use_cache_branch"].map(String::from));
        let lacks = |wanted: &[String], have: &[String]| {
            wanted.iter().find(|name| !have.contains(name)).cloned()
        };
        let missing = lacks(&["input_values".into()], &of_encoder)
            .or_else(|| lacks(&needed, &of_decoder))
            .or_else(|| lacks(&outputs, &given))
            .or_else(|| lacks(&names("present", "encoder"), &given));
        if let Some(name) = missing {
            let reason = format!("the model has no `{name}`: it is no Moonshine of this size");
            return Err(failed(reason));
        }
        let has = |names: &[String], name: &str| names.iter().any(|n| n == name);
        Ok(Self {
            inputs: Inputs {
                encoder_mask: has(&of_encoder, "attention_mask"),
                decoder_mask: has(&of_decoder, "encoder_attention_mask"),
                attention,
            },
            encoder,
            decoder,
            signature,
            outputs,
            memory,
        })
    }

    /// The models and what they run on, for the report.
    pub(super) fn in_use(&self) -> Vec<ModelInUse> {
        vec![self.encoder.in_use(), self.decoder.in_use()]
    }

    /// Writes down a sound, at 16 kHz, greedily.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Backend`].
    pub(super) fn hear(&mut self, sound: &[f32], cancel: &CancelToken) -> Result<Said> {
        let sound = padded(sound);
        let most = most_tokens(
            sound.len() as f64 / f64::from(SAMPLE_RATE),
            self.signature.tokens_per_second,
        );
        cancel.check()?;
        let mask = vec![1_i64; sound.len()];
        let states = self.encode(&sound, &mask)?;
        self.decode(&states, &mask, most, cancel)
    }

    /// The states of a sound, `[1, frames, width]`.
    pub(super) fn encode(&mut self, sound: &[f32], mask: &[i64]) -> Result<Kept> {
        let shape = [1, sound.len()];
        let mut inputs = vec![("input_values", Tensor::F32(&shape, sound))];
        if self.inputs.encoder_mask {
            inputs.push(("attention_mask", Tensor::I64(&shape, mask)));
        }
        let states = self.encoder.run(&inputs, &["last_hidden_state"])?;
        let states = states.into_iter().next().unwrap_or_default();
        match states.0[..] {
            [1, frames, width] if frames > 0 && frames * width == states.1.len() => Ok(states),
            _ => Err(failed(format!("the encoder gave {:?}", states.0))),
        }
    }

    fn decode(
        &mut self,
        states: &Kept,
        mask: &[i64],
        most: usize,
        cancel: &CancelToken,
    ) -> Result<Said> {
        let mut said = Said {
            tokens: Vec::new(),
            probabilities: Vec::new(),
            attention: None,
            repeats: Vec::new(),
        };
        let frames = states.0.get(1).copied().unwrap_or(0);
        let mut attention = Attention::over(frames);
        let (heads, width) = (self.signature.heads, self.signature.head_width);
        let nothing: Kept = (vec![1, heads, 0, width], Vec::new());
        let count = self.memory[0].len();
        let mut of_said: Vec<Kept> = vec![nothing.clone(); count];
        let mut of_sound: Vec<Kept> = vec![nothing; count];
        let mut last = self.signature.begin;
        for step in 0..most {
            cancel.check()?;
            let mut outputs: Vec<&str> = self.outputs.iter().map(String::as_str).collect();
            let presents: Vec<String> = match step {
                0 => self.memory[1]
                    .iter()
                    .map(|name| name.replacen("past_key_values", "present", 1))
                    .collect(),
                _ => Vec::new(), // what the sound is to the decoder stays as it was
            };
            outputs.extend(presents.iter().map(String::as_str));
            let token = [last as i64];
            let cached = [step > 0];
            let shape = [1, mask.len()];
            let mut inputs = vec![
                ("input_ids", Tensor::I64(&[1, 1], &token)),
                ("encoder_hidden_states", Tensor::F32(&states.0, &states.1)),
                ("use_cache_branch", Tensor::Bool(&[1], &cached)),
            ];
            if self.inputs.decoder_mask {
                inputs.push(("encoder_attention_mask", Tensor::I64(&shape, mask)));
            }
            let names = self.memory.iter().flatten();
            for (name, (shape, values)) in names.zip(of_said.iter().chain(&of_sound)) {
                inputs.push((name, Tensor::F32(shape, values)));
            }
            let mut given = self.decoder.run(&inputs, &outputs)?;
            if step == 0 {
                of_sound = given.split_off(given.len().saturating_sub(count));
            }
            let looked = given.split_off((1 + count).min(given.len()));
            of_said = given.split_off(1.min(given.len()));
            let scores = given.pop().unwrap_or_default().1;
            let (best, probability) = best(&scores)
                .ok_or_else(|| failed(format!("no token of {} has a score", scores.len())))?;
            if self.inputs.attention {
                self.look(&looked, frames, &mut attention);
            }
            if best == self.signature.end {
                break;
            }
            said.tokens.push(best);
            said.probabilities.push(probability);
            if let Some(kept) = looped(&said.tokens) {
                said.repeats = said.tokens.split_off(kept);
                said.probabilities.truncate(kept);
                break;
            }
            last = best;
        }
        said.attention = self.inputs.attention.then_some(attention);
        Ok(said)
    }

    /// Takes the mean of the heads that follow the sound.
    fn look(&self, looked: &[Kept], frames: usize, attention: &mut Attention) {
        let layers: Vec<usize> = self.signature.looked_at().collect();
        let row = |[layer, head]: [usize; 2]| -> &[f32] {
            let at = layers.iter().position(|l| *l == layer);
            let values = at.and_then(|i| looked.get(i)).map_or(&[][..], |(_, v)| v);
            let from = head.saturating_mul(frames);
            values.get(from..from + frames).unwrap_or_default()
        };
        let heads = &self.signature.alignment_heads;
        let rows: Vec<&[f32]> = heads.iter().map(|at| row(*at)).collect();
        let share = 1.0 / rows.len().max(1) as f32;
        let at = |f: usize| rows.iter().filter_map(|row| row.get(f)).sum::<f32>() * share;
        attention.push((0..frames).map(at));
    }
}

/// The output that says what a layer looks at, `[1, heads, 1, frames]`.
fn attended(layer: usize) -> String {
    format!("cross_attentions.{layer}")
}

/// The likeliest token and its probability; what is no number is none.
fn best(scores: &[f32]) -> Option<(usize, f32)> {
    let finite = || scores.iter().enumerate().filter(|(_, s)| s.is_finite());
    let (token, top) = finite().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    let all: f64 = finite().map(|(_, s)| f64::from(s - top).exp()).sum();
    Some((token, (1.0 / all) as f32))
}

/// The sound, with silence behind where it is too short, and in place of what is no number.
fn padded(sound: &[f32]) -> Vec<f32> {
    let mut sound: Vec<f32> = sound
        .iter()
        .map(|s| if s.is_finite() { *s } else { 0.0 })
        .collect();
    sound.resize(sound.len().max(SHORTEST), 0.0);
    sound
}

/// The one place where what the networks give is called wrong.
fn failed(reason: String) -> Error {
    Error::backend(Stage::Transcribe, ID, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_token_is_the_first_of_the_likeliest_and_a_number() {
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[f32::NAN, f32::INFINITY]), None);
        assert_eq!(best(&[f32::NAN, 1.0, 1.0]), Some((1, 0.5)));
        let (token, sure) = best(&[-50.0, 40.0, 0.0]).unwrap_or_default();
        assert!(token == 1 && sure > 0.999);
    }

    #[test]
    fn a_short_sound_is_made_longer_and_numbers_stay() {
        let sound = padded(&[0.5, f32::NAN]);
        assert_eq!(sound.len(), SHORTEST);
        assert_eq!(sound[..2], [0.5, 0.0]);
    }
}
