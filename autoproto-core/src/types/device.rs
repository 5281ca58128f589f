//! What a model runs on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What ONNX models run on: the processor, or an accelerator that the loaded ONNX Runtime has a provider for.
///
/// A named device is taken or the call fails: nothing falls back to the processor unsaid. Operators that its provider
/// lacks are run by the processor even then; ONNX Runtime divides the model.
///
/// ```
/// use autoproto_core::Device;
///
/// assert_eq!("cuda:1".parse::<Device>()?, Device::Cuda(1));
/// assert_eq!(Device::TensorRt(0).to_string(), "tensorrt");
/// assert!("gpu".parse::<Device>().is_err());
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Device {
    /// The first that is there and takes the model: CUDA, CoreML, DirectML, the processor. Never TensorRT, which compiles each
    /// model for minutes, nor OpenVINO, which on a processor is slower than ONNX Runtime itself; and never CoreML for a
    /// recurrent model, of which it can run only parts.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// An NVIDIA card, by its number.
    Cuda(u32),
    /// An NVIDIA card through TensorRT, by its number.
    TensorRt(u32),
    /// A graphics card of any make on Windows, by its number.
    DirectMl(u32),
    /// Apple's own.
    CoreMl,
    /// Intel's processors and graphics.
    OpenVino,
}

impl Device {
    /// How many inputs to give a model at once: `gpu` where a run costs a trip to a graphics card, `cpu` elsewhere, since a
    /// processor gains nothing from large batches and only holds more memory.
    ///
    /// ```
    /// assert_eq!(autoproto_core::Device::Cuda(0).batch(4, 32), 32);
    /// assert_eq!(autoproto_core::Device::Cpu.batch(4, 32), 4);
    /// ```
    pub fn batch(self, cpu: usize, gpu: usize) -> usize {
        match self {
            Device::Cuda(_) | Device::TensorRt(_) | Device::DirectMl(_) => gpu,
            Device::Auto | Device::Cpu | Device::CoreMl | Device::OpenVino => cpu,
        }
    }

    /// The kind without the number: `"cuda"` of `cuda:1`.
    pub fn kind(self) -> &'static str {
        match self {
            Device::Auto => "auto",
            Device::Cpu => "cpu",
            Device::Cuda(_) => "cuda",
            Device::TensorRt(_) => "tensorrt",
            Device::DirectMl(_) => "directml",
            Device::CoreMl => "coreml",
            Device::OpenVino => "openvino",
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Device::Cuda(n) | Device::TensorRt(n) | Device::DirectMl(n) if *n > 0 => {
                write!(f, ":{n}")
            }
            _ => Ok(()),
        }
    }
}

impl FromStr for Device {
    type Err = Error;

    /// `auto`, `cpu`, `cuda`, `cuda:1`, `tensorrt`, `directml`, `coreml`, `openvino`; capitals or not.
    fn from_str(text: &str) -> Result<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let (kind, number) = match lower.split_once(':') {
            // Digits alone: `parse` would take a sign, too.
            Some((kind, digits)) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                (kind, digits.parse().ok().map(Some))
            }
            Some((kind, _)) => (kind, None),
            None => (lower.as_str(), Some(None)),
        };
        match (kind, number) {
            ("auto", Some(None)) => Ok(Device::Auto),
            ("cpu", Some(None)) => Ok(Device::Cpu),
            ("coreml", Some(None)) => Ok(Device::CoreMl),
            ("openvino", Some(None)) => Ok(Device::OpenVino),
            ("cuda", Some(n)) => Ok(Device::Cuda(n.unwrap_or(0))),
            ("tensorrt", Some(n)) => Ok(Device::TensorRt(n.unwrap_or(0))),
            ("directml", Some(n)) => Ok(Device::DirectMl(n.unwrap_or(0))),
            _ => Err(Error::InvalidOption {
                option: "device",
                expected: "auto, cpu, cuda, tensorrt, directml, coreml or openvino; cuda, tensorrt and directml may have a number, as in cuda:1".into(),
                got: format!("`{text}`"),
            }),
        }
    }
}

impl TryFrom<String> for Device {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_and_written() {
        let named = [
            ("auto", Device::Auto),
            ("cpu", Device::Cpu),
            ("cuda", Device::Cuda(0)),
            ("cuda:1", Device::Cuda(1)),
            ("tensorrt", Device::TensorRt(0)),
            ("tensorrt:2", Device::TensorRt(2)),
            ("directml", Device::DirectMl(0)),
            ("coreml", Device::CoreMl),
            ("openvino", Device::OpenVino),
        ];
        for (name, device) in named {
            assert_eq!(name.parse::<Device>().unwrap(), device);
            assert_eq!(device.to_string(), name);
            let json = serde_json::to_string(&device).unwrap();
            assert_eq!(json, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<Device>(&json).unwrap(), device);
        }
        assert_eq!(" CUDA:0 ".parse::<Device>().unwrap(), Device::Cuda(0));
    }

    #[test]
    fn nonsense_is_an_invalid_option() {
        for text in [
            "",
            "gpu",
            "cuda:",
            "cuda:-1",
            "cuda:+1",
            "cuda:x",
            "cuda:1:2",
            "cuda 1",
            "cpu:0",
            "coreml:1",
            "auto:0",
            ":1",
            "cuda:4294967296",
        ] {
            let error = text.parse::<Device>().unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{text}");
            assert!(error.to_string().contains("`device`"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,20}") {
            if let Ok(device) = text.parse::<Device>() {
                prop_assert_eq!(device.to_string().parse::<Device>().unwrap(), device);
            }
        }
    }
}
