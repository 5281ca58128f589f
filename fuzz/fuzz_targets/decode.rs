//! Any bytes, decoded to the end.
#![no_main]

use autoproto_core::media::{self, MediaOptions, Source};
use autoproto_core::{CancelToken, Context, Progress};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: autoproto_fuzz::be_quiet(),
    |data: &[u8]| {
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        // A minute at most: silence that headers claim is cheap to ask for and costs as much as sound.
        let options = MediaOptions::default().with_max_duration(60.0).with_threads(1);
        let decoded = media::decode(Source::bytes(data), &options, &Context::new(&cancel, &sink));
        if let Some(decoded) = autoproto_fuzz::refuse_internal(decoded) {
            let samples = decoded.audio.view().samples();
            assert!(samples.iter().all(|s| s.is_finite() && s.abs() <= 1.0));
            assert!(decoded.lost_seconds() <= decoded.audio.duration() + 0.001);
            assert!(decoded.promised.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
        }
    }
);
