//! A walk over a Whisper file of the caller's own, before whisper.cpp sees it.
//!
//! whisper.cpp trusts the file: it reads past its end without noticing, sizes its tables by the header, and ends the
//! process where they don't fit. So every length is followed here first, and every tensor's name, shape and type is
//! held against what the header promises.

use std::collections::HashMap;

/// What the header says of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhisperHeader {
    /// Tokens, the special ones included: 51864 for English only, 51865 or 51866 for many languages.
    pub n_vocab: usize,
    /// Width of the encoder.
    pub n_audio_state: usize,
    /// Attention heads of the encoder.
    pub n_audio_head: usize,
    /// Layers of the encoder.
    pub n_audio_layer: usize,
    /// Width of the decoder.
    pub n_text_state: usize,
    /// Attention heads of the decoder.
    pub n_text_head: usize,
    /// Layers of the decoder.
    pub n_text_layer: usize,
    /// Mel bands, 80 or 128.
    pub n_mels: usize,
    /// The type of the large matrices.
    ftype: usize,
}

impl WhisperHeader {
    /// Whether the model knows other languages than English.
    pub fn is_multilingual(&self) -> bool {
        self.n_vocab >= 51_865
    }
}

const MAGIC: u32 = 0x6767_6d6c;
/// Frames of 20 ms in 30 s, and the longest text; the same for every Whisper.
const N_AUDIO_CTX: usize = 1500;
const N_TEXT_CTX: usize = 448;
const F32: usize = 0;
const F16: usize = 1;

/// Follows the whole file.
///
/// # Errors
/// What is wrong with the file, in words.
///
/// ```
/// assert!(autoproto_core::models::ggml::check(b"lmgg").is_err());
/// ```
pub fn check(bytes: &[u8]) -> Result<WhisperHeader, String> {
    let mut reader = Reader { rest: bytes };
    if reader.u32()? != MAGIC {
        return Err("it is not a whisper.cpp model".into());
    }
    let header = header(&mut reader)?;
    if reader.size(512)? != header.n_mels || reader.size(512)? != 201 {
        return Err("its mel filters don't fit its header".into());
    }
    reader.take(header.n_mels * 201 * 4)?;
    let tokens = reader.size(100_000)?;
    if tokens > header.n_vocab || tokens < 50_256 {
        return Err(format!("its vocabulary of {tokens} doesn't fit its header"));
    }
    let mut has_space = false;
    for _ in 0..tokens {
        let length = reader.size(1024)?;
        has_space |= reader.take(length)? == b" ";
    }
    // whisper.cpp looks it up when it decodes, and ends the process where it isn't.
    if !has_space {
        return Err("its vocabulary has no space".into());
    }
    let mut missing = tensors(&header);
    while !reader.rest.is_empty() {
        tensor(&mut reader, &mut missing)?;
    }
    match missing.into_keys().min() {
        Some(name) => Err(format!("it is cut short: `{name}` is missing")),
        None => Ok(header),
    }
}

fn header(reader: &mut Reader<'_>) -> Result<WhisperHeader, String> {
    let mut h = [0_usize; 11];
    for value in &mut h {
        *value = reader.size(1 << 20)?;
    }
    let header = WhisperHeader {
        n_vocab: h[0],
        n_audio_state: h[2],
        n_audio_head: h[3],
        n_audio_layer: h[4],
        n_text_state: h[6],
        n_text_head: h[7],
        n_text_layer: h[8],
        n_mels: h[9],
        ftype: h[10] % 1000, // the thousands count the quantisation format's version
    };
    let sane = (51_864..=51_866).contains(&header.n_vocab)
        && h[1] == N_AUDIO_CTX
        && h[5] == N_TEXT_CTX
        && (1..=2048).contains(&header.n_audio_state)
        && header.n_audio_state == header.n_text_state // the cross-attention joins them
        && header.n_audio_head * 64 == header.n_audio_state
        && header.n_text_head * 64 == header.n_text_state
        && (1..=64).contains(&header.n_audio_layer)
        && (1..=64).contains(&header.n_text_layer)
        && [80, 128].contains(&header.n_mels)
        && h[10] / 1000 <= 2;
    if !sane || header.ftype == 0 || matrix_type(header.ftype).is_none() {
        return Err("its header is not that of any Whisper".into());
    }
    Ok(header)
}

/// The tensor type that a file type stands for (`ggml_ftype_to_ggml_type`).
fn matrix_type(ftype: usize) -> Option<usize> {
    Some(match ftype {
        1 => F16,
        2 => 2,
        3 => 3,
        7 => 8,
        8 => 6,
        9 => 7,
        10..=14 => ftype,
        _ => return None,
    })
}

/// Elements and bytes of a block of a tensor type.
fn block(kind: usize) -> Option<(usize, usize)> {
    Some(match kind {
        F32 => (1, 4),
        F16 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => return None,
    })
}

type Shape = (Vec<usize>, usize);

/// Every tensor the header promises: name → (shape, type).
fn tensors(header: &WhisperHeader) -> HashMap<String, Shape> {
    let matrix = matrix_type(header.ftype).unwrap_or(F16);
    let width = header.n_audio_state;
    let mut all = HashMap::new();
    let mut add = |name: String, shape: &[usize], kind: usize| {
        all.insert(name, (shape.to_vec(), kind));
    };
    add(
        "encoder.positional_embedding".into(),
        &[width, N_AUDIO_CTX],
        F32,
    );
    add(
        "encoder.conv1.weight".into(),
        &[3, header.n_mels, width],
        F16,
    );
    add("encoder.conv2.weight".into(), &[3, width, width], F16);
    add("encoder.conv1.bias".into(), &[1, width], F32);
    add("encoder.conv2.bias".into(), &[1, width], F32);
    add(
        "decoder.positional_embedding".into(),
        &[width, N_TEXT_CTX],
        F32,
    );
    add(
        "decoder.token_embedding.weight".into(),
        &[width, header.n_vocab],
        matrix,
    );
    let mut block_of = |at: String, cross: bool| {
        let mut norms = vec!["mlp_ln", "attn_ln"];
        let mut attentions = vec!["attn"];
        if cross {
            norms.push("cross_attn_ln");
            attentions.push("cross_attn");
        }
        for norm in norms {
            add(format!("{at}.{norm}.weight"), &[width], F32);
            add(format!("{at}.{norm}.bias"), &[width], F32);
        }
        for (mlp, from, to) in [("mlp.0", width, 4 * width), ("mlp.2", 4 * width, width)] {
            add(format!("{at}.{mlp}.weight"), &[from, to], matrix);
            add(format!("{at}.{mlp}.bias"), &[to], F32);
        }
        for attention in attentions {
            for part in ["query", "key", "value", "out"] {
                add(
                    format!("{at}.{attention}.{part}.weight"),
                    &[width, width],
                    matrix,
                );
                if part != "key" {
                    add(format!("{at}.{attention}.{part}.bias"), &[width], F32);
                }
            }
        }
    };
    (0..header.n_audio_layer).for_each(|i| block_of(format!("encoder.blocks.{i}"), false));
    (0..header.n_text_layer).for_each(|i| block_of(format!("decoder.blocks.{i}"), true));
    for norm in ["encoder.ln_post", "decoder.ln"] {
        add(format!("{norm}.weight"), &[width], F32);
        add(format!("{norm}.bias"), &[width], F32);
    }
    all
}

fn tensor(reader: &mut Reader<'_>, missing: &mut HashMap<String, Shape>) -> Result<(), String> {
    let (dimensions, length, kind) = (reader.size(4)?, reader.size(128)?, reader.size(64)?);
    let mut shape = Vec::with_capacity(4);
    for _ in 0..dimensions {
        shape.push(reader.size(1 << 24)?);
    }
    let name =
        std::str::from_utf8(reader.take(length)?).map_err(|_| "it has a tensor without a name")?;
    let (promised, promised_kind) = missing
        .remove(name)
        .ok_or_else(|| format!("its tensor `{name}` is unknown or doubled"))?;
    if shape != promised || kind != promised_kind {
        return Err(format!("its tensor `{name}` doesn't fit its header"));
    }
    let (elements, bytes) =
        block(kind).ok_or_else(|| format!("its tensor `{name}` is of an unknown type"))?;
    let count: usize = shape.iter().product();
    if !count.is_multiple_of(elements) {
        return Err(format!("its tensor `{name}` is not made of whole blocks"));
    }
    reader
        .take(count / elements * bytes)
        .map_err(|_| format!("it is cut short in `{name}`"))?;
    Ok(())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        if length > self.rest.len() {
            return Err("it is cut short".into());
        }
        let (taken, left) = self.rest.split_at(length);
        self.rest = left;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A number from 0 to `most`.
    fn size(&mut self, most: usize) -> Result<usize, String> {
        let value = self.u32()? as usize;
        if value > most {
            Err(format!(
                "it holds the number {value} where {most} is the most"
            ))
        } else {
            Ok(value)
        }
    }
}
