//! How to talk to a Moonshine.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::asr_signature::ModelFile;
use super::file::CheckedModel;
use crate::types::Language;

/// How to talk to a Moonshine: an encoder that takes the sound itself, and a merged decoder as Optimum exports it.
///
/// The encoder has `input_values [1, samples]`, and maybe `attention_mask`, and gives `last_hidden_state`. The decoder has
/// `input_ids`, `encoder_hidden_states`, `use_cache_branch`, maybe `encoder_attention_mask`, and
/// `past_key_values.N.{decoder,encoder}.{key,value} [1, heads, length, head_width]`, and gives `logits`, `present.…` and, if
/// words are to get their times from it, `cross_attentions.N [1, heads, 1, frames]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoonshineSignature {
    /// The encoder.
    pub encoder: ModelFile,
    /// The decoder.
    pub decoder: ModelFile,
    /// The vocabulary: `tokenizer.bin` of Moonshine's package or `tokenizer.json` of Hugging Face's.
    pub tokenizer: ModelFile,
    /// What it understands.
    #[serde(default = "english")]
    pub language: Language,
    /// Seconds that it hears at once, at most.
    #[serde(default = "window")]
    pub window: f64,
    /// Tokens that a second of speech may have: more are a loop.
    #[serde(default = "tokens_per_second")]
    pub tokens_per_second: f64,
    /// The decoder's layers.
    pub layers: usize,
    /// The heads of each.
    pub heads: usize,
    /// How wide a head is.
    pub head_width: usize,
    /// Heads of the cross-attention that follow the sound, each as its layer and its number in that.
    #[serde(default)]
    pub alignment_heads: Vec<[usize; 2]>,
    /// The token that begins a text.
    #[serde(default = "begin")]
    pub begin: usize,
    /// The token that ends it.
    #[serde(default = "end")]
    pub end: usize,
}

fn english() -> Language {
    Language::ENGLISH
}

fn window() -> f64 {
    15.0
}

/// What the authors' own program allows.
fn tokens_per_second() -> f64 {
    6.5
}

fn begin() -> usize {
    1
}

fn end() -> usize {
    2
}

impl MoonshineSignature {
    /// Moonshine tiny for English, as `models/recipes/moonshine_tiny_en.py` makes it of the authors' package.
    ///
    /// The heads are the six whose path through three recordings of read English was nearest to a forced alignment.
    pub fn tiny_en() -> Self {
        Self {
            encoder: ModelFile::new("moonshine-tiny-en-encoder.onnx"),
            decoder: ModelFile::new("moonshine-tiny-en-decoder.onnx"),
            tokenizer: ModelFile::new("moonshine-tiny-en-tokenizer.bin"),
            language: english(),
            window: window(),
            tokens_per_second: tokens_per_second(),
            layers: 6,
            heads: 8,
            head_width: 36,
            alignment_heads: vec![[3, 5], [3, 6], [4, 3], [4, 7], [5, 6], [5, 7]],
            begin: begin(),
            end: end(),
        }
    }

    /// Its files: the encoder, the decoder, the vocabulary.
    pub fn files(&self) -> [&ModelFile; 3] {
        [&self.encoder, &self.decoder, &self.tokenizer]
    }

    /// What of it can't be.
    pub fn fault(&self) -> Option<&'static str> {
        if !(1.0..=60.0).contains(&self.window) {
            return Some("the window must be 1 to 60 seconds");
        }
        if !(1.0..=50.0).contains(&self.tokens_per_second) {
            return Some("there must be 1 to 50 tokens a second");
        }
        let sizes = (1..=64).contains(&self.layers) && (1..=64).contains(&self.heads);
        if !sizes || !(1..=1024).contains(&self.head_width) {
            return Some("there must be 1 to 64 layers of 1 to 64 heads, each 1 to 1024 wide");
        }
        let known = |at: &[usize; 2]| at[0] < self.layers && at[1] < self.heads;
        if !self.alignment_heads.iter().all(known) || self.alignment_heads.len() > 64 {
            return Some("the alignment heads must be among the decoder's, 64 at most");
        }
        if self.begin == self.end || self.begin.max(self.end) >= 1 << 20 {
            return Some("the tokens that begin and end a text must be two, below 1048576");
        }
        None
    }

    /// The layers that have alignment heads, in order.
    #[cfg_attr(not(feature = "onnx"), allow(dead_code))]
    pub(crate) fn looked_at(&self) -> impl Iterator<Item = usize> + use<> {
        let layers: BTreeSet<usize> = self.alignment_heads.iter().map(|at| at[0]).collect();
        layers.into_iter()
    }
}

/// The checked files of a Moonshine and how to talk to them.
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
#[derive(Debug, Clone)]
pub struct MoonshineModels {
    pub(crate) encoder: CheckedModel,
    pub(crate) decoder: CheckedModel,
    pub(crate) tokenizer: CheckedModel,
    pub(crate) signature: MoonshineSignature,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn what_is_written_is_read_and_the_rest_has_defaults() {
        let tiny = MoonshineSignature::tiny_en();
        assert_eq!(tiny.fault(), None);
        let value = serde_json::to_value(&tiny).unwrap();
        assert_eq!(
            serde_json::from_value::<MoonshineSignature>(value).unwrap(),
            tiny
        );
        let least = json!({
            "encoder": { "file": "e.onnx" }, "decoder": { "file": "d.onnx" }, "tokenizer": { "file": "t.json" },
            "layers": 8, "heads": 8, "head_width": 52
        });
        let read: MoonshineSignature = serde_json::from_value(least).unwrap();
        assert_eq!((read.begin, read.end, read.window), (1, 2, 15.0));
        assert!(read.alignment_heads.is_empty() && read.fault().is_none());
    }

    #[test]
    fn what_can_not_be_is_told() {
        let changed = |place: &str, to: Value| {
            let mut value = serde_json::to_value(MoonshineSignature::tiny_en()).unwrap();
            *value.pointer_mut(place).unwrap() = to;
            serde_json::from_value::<MoonshineSignature>(value)
                .unwrap()
                .fault()
        };
        for (place, to) in [
            ("/window", json!(1e9)),
            ("/tokens_per_second", json!(0.0)),
            ("/layers", json!(1_000_000)),
            ("/heads", json!(0)),
            ("/head_width", json!(0)),
            ("/alignment_heads", json!([[6, 0]])),
            ("/end", json!(1)),
        ] {
            assert!(changed(place, to).is_some(), "{place}");
        }
    }

    #[test]
    fn layers_with_alignment_heads_are_named_once_in_order() {
        let layers: Vec<usize> = MoonshineSignature::tiny_en().looked_at().collect();
        assert_eq!(layers, [3, 4, 5]);
    }
}
