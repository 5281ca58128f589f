//! How whisper.cpp is asked to decode.

use std::ffi::c_int;

use whisper_rs::{FullParams, SamplingStrategy};

use crate::cancel::CancelToken;
use crate::types::{Language, TimeSpan};

/// Which listening this is; each does differently what the one before may have failed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// With time stamps, and an encoder no longer than the window.
    First,
    /// Greedy on a part alone, without time stamps: those are what made the decoder stop early.
    Again,
    /// Beams.
    Last,
}

/// What is the same for every window of a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) language: Language,
    pub(super) translate: bool,
    pub(super) beams: usize,
    /// The glossary, as tokens.
    pub(super) prompt: &'a [c_int],
    /// What the encoder holds at most, in frames of 20 ms.
    pub(super) audio_context: usize,
    /// The most tokens that the decoder can hold.
    pub(super) text_context: usize,
}

/// Frames of the encoder for each second.
const FRAMES: f64 = 50.0;
/// Silence behind the last word, in frames: without it the decoder does not find its end.
const SPARE: f64 = 128.0;
/// Fewer frames than these and the decoder begins to repeat itself.
const FEWEST: usize = 512;
/// Frames come in steps of this.
const STEP: usize = 64;

/// How much of the encoder a window needs: its work and the decoder's look at it shrink with it.
pub(super) fn frames(window: TimeSpan, most: usize) -> usize {
    let wanted = (window.duration().max(0.0) * FRAMES + SPARE) as usize;
    wanted.max(FEWEST).next_multiple_of(STEP).min(most)
}

/// Tokens of a second of the fastest speech, generously; a loop would fill the decoder otherwise.
const TOKENS: f64 = 16.0;

/// The most tokens of a window, below what the decoder itself stops at.
fn most_tokens(window: TimeSpan, text_context: usize) -> c_int {
    let own = (window.duration().max(0.0) * TOKENS) as usize + 24;
    c_int::try_from(own.min((text_context / 2).saturating_sub(6))).unwrap_or(24)
}

pub(super) fn full_params<'a>(
    wanted: Wanted<'a>,
    window: TimeSpan,
    attempt: Attempt,
    threads: usize,
    cancel: &CancelToken,
) -> FullParams<'static, 'a> {
    let beams = match attempt {
        Attempt::First => wanted.beams,
        Attempt::Again => 1,
        Attempt::Last => wanted.beams.max(5),
    };
    let strategy = if beams > 1 {
        SamplingStrategy::BeamSearch {
            beam_size: beams as c_int,
            patience: -1.0,
        }
    } else {
        SamplingStrategy::Greedy { best_of: 1 }
    };
    let mut params = FullParams::new(strategy);
    params.set_n_threads(i32::try_from(threads).unwrap_or(1));
    params.set_language(Some(wanted.language.code()));
    params.set_translate(wanted.translate);
    // What was said before must not colour what is heard now: carried context is how a wrong phrase repeats itself.
    params.set_no_context(true);
    params.set_tokens(wanted.prompt);
    params.set_no_timestamps(attempt != Attempt::First);
    params.set_token_timestamps(true);
    params.set_suppress_blank(true);
    params.set_suppress_nst(true);
    // Beams are the last resort: what they don't find, chance does not, and it would cost five beams more.
    params.set_temperature_inc(if attempt == Attempt::Last { 0.0 } else { 0.4 });
    // One pass of the encoder a window. Both lines are needed: where a window's end is left to time stamps, or a loop
    // runs into the decoder's own limit, whisper.cpp begins again at the last stamp; and a rest of less than 0.15 s makes
    // the alignment of token times end the process.
    params.set_single_segment(true);
    params.set_max_tokens(most_tokens(window, wanted.text_context));
    if attempt == Attempt::First {
        let frames = frames(window, wanted.audio_context);
        params.set_audio_ctx(c_int::try_from(frames).unwrap_or(0));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_is_as_long_as_the_window_within_bounds() {
        let of = |seconds| frames(TimeSpan::new(3.0, 3.0 + seconds), 1500);
        assert_eq!((of(0.0), of(5.0), of(30.0)), (512, 512, 1500));
        assert_eq!(of(20.0), 1152);
        for tenth in 0..300 {
            let seconds = f64::from(tenth) / 10.0;
            assert!(of(seconds) as f64 >= (seconds * 50.0).min(1500.0));
        }
        assert_eq!(frames(TimeSpan::new(0.0, f64::NAN), 1500), 512);
    }
}
