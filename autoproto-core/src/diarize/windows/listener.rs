//! The voice under each mask of a window, by the way that the model and the wanted accuracy allow.

use super::super::Accuracy;
use super::super::embedding::Embedder;
use super::super::powerset::LOCAL;
use super::super::segmentation::{Windows, copy};
use super::activity::Activity;
use super::cut;
use super::mel::Mel;
use super::shared::{Place, SharedCuts, SharedTrunk};
use super::trunk;
use super::voices::Sound;
use crate::audio::{AudioView, SAMPLE_RATE};
use crate::error::Result;
use crate::models::{FrontEnd, Pooling};

/// Listens to windows, which come in order.
pub(super) struct Listener<'a> {
    embedder: &'a mut Embedder,
    way: Way<'a>,
    windows: Windows,
    sound: Vec<f32>,
}

enum Way<'a> {
    /// The trunk once a window.
    Trunk(&'a Pooling, Mel),
    /// The trunk once a few windows.
    SharedTrunk(&'a Pooling, Mel, SharedTrunk),
    /// What is under each mask by itself.
    Cut,
    /// The same, but what an earlier window heard already.
    SharedCut(SharedCuts),
}

impl<'a> Listener<'a> {
    pub(super) fn new(
        embedder: &'a mut Embedder,
        pooling: Option<&'a Pooling>,
        windows: Windows,
        accuracy: Accuracy,
    ) -> Self {
        let way = match (&embedder.signature().front_end, pooling, accuracy) {
            (FrontEnd::Fbank(fbank), Some(pooling), Accuracy::Exact) => {
                Way::Trunk(pooling, Mel::new(fbank))
            }
            (FrontEnd::Fbank(fbank), Some(pooling), Accuracy::Fast) => {
                Way::SharedTrunk(pooling, Mel::new(fbank), SharedTrunk::default())
            }
            (_, None, Accuracy::Fast) => Way::SharedCut(SharedCuts::default()),
            _ => Way::Cut,
        };
        Self {
            embedder,
            way,
            windows,
            sound: vec![0.0; windows.length],
        }
    }

    /// Frames of a window that a mask must have more of to say anything, `ceil(frames × least ÷ length)`.
    fn least(&self, frames: usize) -> usize {
        let samples = self.embedder.signature().least * f64::from(SAMPLE_RATE);
        (frames as f64 * samples.round() / self.windows.length as f64).ceil() as usize
    }

    /// Of each local speaker that is not silent its vector, if there is enough sound for one.
    pub(super) fn hear(
        &mut self,
        audio: AudioView<'_>,
        activity: &Activity,
        window: usize,
    ) -> Result<[Sound; LOCAL]> {
        let least = self.least(activity.frames);
        let mut voices = [const { None }; LOCAL];
        let masks: [Option<Vec<bool>>; LOCAL] =
            std::array::from_fn(|local| activity.mask(window, local, least));
        if masks.iter().all(Option::is_none) {
            return Ok(voices);
        }
        let (start, length) = (self.windows.start(window), self.windows.length);
        let frames = match &mut self.way {
            Way::Trunk(pooling, mel) => {
                let bins = mel.bins();
                let features = mel.window(audio, start, length);
                Some(trunk::run(self.embedder, pooling, &features, bins)?)
            }
            Way::Cut | Way::SharedCut(_) => {
                copy(audio, start, &mut self.sound);
                None
            }
            Way::SharedTrunk(..) => None,
        };
        for (voice, mask) in voices.iter_mut().zip(masks) {
            let Some(mask) = mask else { continue };
            *voice = Some(match &mut self.way {
                Way::Trunk(pooling, _) => frames
                    .as_ref()
                    .map(|frames| trunk::voice(pooling, frames, &mask)),
                Way::SharedTrunk(pooling, mel, shared) => {
                    let ear = (&mut *self.embedder, *pooling, mel);
                    let place = Place {
                        window,
                        step: self.windows.step,
                        length,
                        count: self.windows.count,
                    };
                    Some(shared.voice(ear, audio, place, &mask)?)
                }
                Way::Cut => cut::voice(self.embedder, &self.sound, &mask)?,
                Way::SharedCut(shared) => {
                    let first = activity.first(window);
                    match shared.voice(first, &mask) {
                        Some(voice) => voice,
                        None => {
                            let voice = cut::voice(self.embedder, &self.sound, &mask)?;
                            shared.keep(first, mask, voice.clone());
                            voice
                        }
                    }
                }
            });
        }
        Ok(voices)
    }
}
