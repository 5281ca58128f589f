//! How whisper.cpp is asked to decode.

use whisper_rs::{FullParams, SamplingStrategy};

use crate::cancel::CancelToken;
use crate::types::Language;

/// Which listening this is; each does differently what the one before may have failed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Greedy, with time stamps.
    First,
    /// Greedy on a part alone, without time stamps: those are what made the decoder stop early.
    Again,
    /// Beams.
    Last,
}

pub(super) fn full_params(
    language: Language,
    attempt: Attempt,
    threads: usize,
    cancel: &CancelToken,
) -> FullParams<'static, 'static> {
    let strategy = match attempt {
        Attempt::Last => SamplingStrategy::BeamSearch {
            beam_size: 5,
            patience: -1.0,
        },
        _ => SamplingStrategy::Greedy { best_of: 1 },
    };
    let mut params = FullParams::new(strategy);
    params.set_n_threads(i32::try_from(threads).unwrap_or(1));
    params.set_language(Some(language.code()));
    params.set_translate(false);
    // What was said before must not colour what is heard now: carried context is how a wrong phrase repeats itself.
    params.set_no_context(true);
    params.set_no_timestamps(attempt != Attempt::First);
    params.set_token_timestamps(true);
    params.set_suppress_blank(true);
    params.set_suppress_nst(true);
    params.set_temperature_inc(0.4);
    params.set_print_special(false);
    params.set_print_progress(false);
    params.set_print_realtime(false);
    params.set_print_timestamps(false);
    let cancel = cancel.clone();
    // Exactly this boxed type: whisper-rs 0.16 reads any other closure through the wrong pointer.
    let hook: Box<dyn FnMut() -> bool> = Box::new(move || cancel.is_cancelled());
    params.set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(hook);
    params
}
