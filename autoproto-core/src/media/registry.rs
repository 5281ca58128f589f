//! The decoders at hand: symphonia's own, and libopus behind the same registry.

use std::sync::OnceLock;

use symphonia::core::codecs::registry::CodecRegistry;

/// Every decoder of this build.
pub(super) fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        #[cfg(feature = "opus")]
        registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    })
}
