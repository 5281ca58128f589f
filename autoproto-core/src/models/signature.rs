//! How to talk to a model, so that code needs to know none by name.

use serde::{Deserialize, Serialize};

/// How to talk to a model: its tensors, units and windows, so that code needs to know no model by name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Signature {
    /// Silero's, version 5 and 6.
    Silero,
    /// A window of sound to frames of speaker classes.
    Segmentation(SegmentationSignature),
    /// Sound of one voice to a vector.
    Embedding(EmbeddingSignature),
    /// numpy's arrays, as pyannote.audio's community-1 has them.
    Plda,
    /// whisper.cpp's file format.
    Whisper,
    /// One of the files of a transcriber, which says how to talk to them together.
    Part,
}

/// How to talk to a powerset segmentation model: `[1, 1, samples]` in, `[1, frames, classes]` log-probabilities out.
///
/// The classes are the sets of at most two of three local speakers: none, 0, 1, 2, 01, 02, 12
/// (Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization", 2023).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentationSignature {
    /// Seconds in a window.
    pub window: f64,
    /// Seconds from one window to the next.
    pub step: f64,
    /// Samples from one frame of the output to the next.
    pub frame_shift: usize,
    /// Samples that a frame looks at.
    pub receptive_field: usize,
    /// The input tensor's name.
    pub input: String,
    /// The output tensor's name.
    pub output: String,
}

impl SegmentationSignature {
    /// What of it can't be.
    #[cfg(feature = "onnx")]
    pub(super) fn fault(&self) -> Option<&'static str> {
        if !(1.0..=60.0).contains(&self.window) || !(0.1..=self.window).contains(&self.step) {
            return Some(
                "the window must be 1 to 60 seconds, and the step 0.1 seconds up to the window",
            );
        }
        let field = self.frame_shift..=160_000;
        (!(1..=16_000).contains(&self.frame_shift) || !field.contains(&self.receptive_field))
            .then_some("the frame shift must be 1 to 16000 samples, and the receptive field as long or longer")
    }
}

/// How to talk to a speaker embedding model: one vector per piece of sound, shape `[pieces, dim]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingSignature {
    /// What the model is given.
    pub front_end: FrontEnd,
    /// Seconds of sound it is given at once.
    pub span: f64,
    /// Seconds from one such piece to the next, at most.
    pub hop: f64,
    /// The least seconds of sound that it says anything of.
    #[serde(default = "least")]
    pub least: f64,
    /// The input tensor's name.
    pub input: String,
    /// The output tensor's name.
    pub output: String,
    /// How sure a cosine makes that two voices are one person's; `None` where nobody has measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<Curve>,
}

/// The probability that two voices are one person's, by their cosine: `1 / (1 + exp(-slope × (cosine - midpoint)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// How fast it rises; above 0.
    pub slope: f64,
    /// The cosine at which both are as likely, -1 to 1.
    pub midpoint: f64,
}

fn least() -> f64 {
    0.5
}

impl EmbeddingSignature {
    /// What of it can't be.
    #[cfg(feature = "onnx")]
    pub(super) fn fault(&self) -> Option<&'static str> {
        if !(0.1..=60.0).contains(&self.span)
            || !(0.05..=self.span).contains(&self.hop)
            || !(0.0..=10.0).contains(&self.least)
        {
            return Some(
                "the span must be 0.1 to 60 seconds, the hop 0.05 seconds up to the span, and the least 0 to 10 seconds",
            );
        }
        if self.curve.is_some_and(|curve| curve.check().is_err()) {
            return Some("the curve's slope must be above 0, and its midpoint -1 to 1");
        }
        match &self.front_end {
            FrontEnd::Fbank(fbank) => fbank.fault(),
            FrontEnd::Waveform { level } => (!(-100.0..=0.0).contains(level))
                .then_some("the level must be -100 to 0 dB of full scale"),
        }
    }
}

/// What an embedding model is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum FrontEnd {
    /// The samples, `[pieces, samples]`, brought to this level.
    Waveform {
        /// The level, in decibels of full scale (root mean square).
        level: f32,
    },
    /// Log-mel features as Kaldi computes them, `[pieces, frames, bins]`, 25 ms every 10 ms.
    Fbank(FbankSignature),
}

/// Which of Kaldi's filter banks a model was trained on; the default is what pyannote.audio gives WeSpeaker's models.
///
/// ```
/// use autoproto_core::models::{FbankSignature, FrameWindow};
///
/// // 3D-Speaker's CAM++ and ERes2Net, as sherpa-onnx feeds them.
/// let campplus = FbankSignature {
///     window: FrameWindow::Povey,
///     snip_edges: false,
///     highest: -400.0,
///     scale: 1.0,
///     ..FbankSignature::default()
/// };
/// assert_eq!(campplus.bins, 80);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FbankSignature {
    /// The number of mel bins.
    pub bins: usize,
    /// What frames are weighted by.
    pub window: FrameWindow,
    /// Whether only frames that lie wholly within the sound are taken; else the sound is mirrored at its ends.
    pub snip_edges: bool,
    /// The upper end of the highest filter in hertz; 0 and below count down from half the sample rate.
    pub highest: f64,
    /// What samples of -1 to 1 are multiplied by.
    pub scale: f32,
    /// Whether the mean of each bin over the sound is removed.
    pub centred: bool,
}

impl Default for FbankSignature {
    fn default() -> Self {
        Self {
            bins: 80,
            window: FrameWindow::Hamming,
            snip_edges: true,
            highest: 0.0,
            scale: 32_768.0,
            centred: true,
        }
    }
}

impl FbankSignature {
    #[cfg(feature = "onnx")]
    fn fault(&self) -> Option<&'static str> {
        let highest = if self.highest > 0.0 {
            self.highest
        } else {
            8000.0 + self.highest
        };
        if !(8..=256).contains(&self.bins) {
            Some("there must be 8 to 256 mel bins")
        } else if !(100.0..=8000.0).contains(&highest) {
            Some("the filters must end between 100 and 8000 Hz")
        } else if !(1e-3..=1e6).contains(&self.scale) {
            Some("samples must be scaled by 0.001 to a million")
        } else {
            None
        }
    }
}

/// What the samples of a frame are weighted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FrameWindow {
    /// Hamming's, 0.54 and 0.46.
    Hamming,
    /// Kaldi's own: Hann's to the power of 0.85.
    Povey,
}

/// How voices are put together to speakers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
#[non_exhaustive]
pub enum Recipe {
    /// Short pieces of speech, average linkage, and a path through the similarities: this library's own.
    Pieces {
        /// Voices whose cosine distance is below this are one speaker.
        threshold: f32,
    },
    /// pyannote.audio 3: the local speakers of every window, centroid linkage.
    Ahc {
        /// Voices of unit length whose Euclidean distance is below this are one speaker.
        threshold: f32,
        /// Clusters of fewer voices are given to the nearest larger one.
        min_cluster_size: usize,
    },
    /// pyannote.audio 4, community-1: the same, and then a Bayesian model of the speakers, which needs a PLDA of the
    /// embedding (Landini et al., "Bayesian HMM clustering of x-vector sequences (VBx) in speaker diarization", 2022).
    Vbx {
        /// As for `Ahc`; too many speakers are better than too few, since the model only removes some.
        threshold: f32,
        /// How much a voice counts.
        fa: f64,
        /// How hard it is to be a speaker.
        fb: f64,
    },
}

impl Recipe {
    /// The threshold that is taken where the caller names none.
    pub fn threshold(&self) -> f32 {
        match self {
            Self::Pieces { threshold }
            | Self::Ahc { threshold, .. }
            | Self::Vbx { threshold, .. } => *threshold,
        }
    }
}
