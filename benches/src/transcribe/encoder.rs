//! One pass of our build's encoder.

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::time::Instant;

use autoproto_benches::long::decoded;
use serde::{Deserialize, Serialize};
use whisper_rs::{WhisperContext, WhisperContextParameters};

use crate::child;

/// The fastest pass.
#[derive(Serialize, Deserialize)]
pub struct Passes {
    pub encode_s: f64,
    /// Of the processor, all threads.
    pub encode_cpu_s: Option<f64>,
    /// What the build was made with.
    pub system: String,
}

/// Times passes over the begin of a recording after one that is not counted.
pub fn passes(
    root: &Path,
    threads: usize,
    flash: &OsString,
    passes: &OsString,
    file: &Path,
) -> Result<Passes, Box<dyn Error>> {
    let count: usize = passes.to_str().unwrap_or_default().parse()?;
    whisper_rs::install_logging_hooks();
    let mut params = WhisperContextParameters::default();
    params.use_gpu(false).flash_attn(flash == "flash");
    let model = root.join("models/ggml-base-q8_0.bin");
    let model = model.to_str().ok_or("a folder's name is not UTF-8")?;
    let context = WhisperContext::new_with_params(model, params)?;
    let mut state = context.create_state()?;
    state.pcm_to_mel(&decoded(file)?, threads)?;
    state.encode(0, threads)?;
    let mut best: Option<(f64, Option<f64>)> = None;
    for _ in 0..count.max(1) {
        let (begun, busy) = (Instant::now(), child::busy());
        state.encode(0, threads)?;
        let taken = begun.elapsed().as_secs_f64();
        if best.is_none_or(|best| taken < best.0) {
            let busy = child::busy()
                .zip(busy)
                .map(|(after, before)| after - before);
            best = Some((taken, busy));
        }
    }
    let (encode_s, encode_cpu_s) = best.ok_or("no pass")?;
    Ok(Passes {
        encode_s,
        encode_cpu_s,
        system: whisper_rs::print_system_info().trim().to_owned(),
    })
}
