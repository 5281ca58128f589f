//! How models are to be run.

use super::library::OnnxLibrary;
use crate::types::Device;

/// Which library runs ONNX models, on what, and on how many threads.
///
/// ```
/// use autoproto_core::Device;
/// use autoproto_core::onnx::{OnnxLibrary, OnnxRuntime};
///
/// let runtime = OnnxRuntime::new(OnnxLibrary::default()).with_device(Device::Cpu).with_threads(2);
/// assert_eq!(runtime.device, Device::Cpu);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OnnxRuntime {
    /// The library. Default: looked for.
    pub library: OnnxLibrary,
    /// What models run on. Default: [`Device::Auto`].
    pub device: Device,
    /// Threads of the processor for each model; 0 leaves their number to ONNX Runtime. Default: 0.
    pub threads: usize,
}

impl OnnxRuntime {
    /// This library, and the rest by default.
    pub fn new(library: OnnxLibrary) -> Self {
        Self {
            library,
            ..Self::default()
        }
    }

    pub(super) fn to_load(&self) -> &OnnxLibrary {
        let Self { library, .. } = self;
        library
    }

    /// Sets [`device`](Self::device).
    pub fn with_device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Sets [`threads`](Self::threads).
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }
}
