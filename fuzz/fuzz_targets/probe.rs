//! Any bytes, as headers.
#![no_main]

use autoproto_core::media::{self, MediaOptions, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: autoproto_fuzz::be_quiet(),
    |data: &[u8]| {
        let probed = media::probe(Source::bytes(data), &MediaOptions::default());
        if let Some(info) = autoproto_fuzz::refuse_internal(probed) {
            assert!(info.selected.iter().all(|&at| at < info.tracks.len()));
            assert!(info.duration.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
        }
    }
);
