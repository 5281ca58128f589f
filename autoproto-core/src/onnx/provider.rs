//! Devices as ONNX Runtime's execution providers.

use ort::ep::{
    self, ArenaExtendStrategy, ExecutionProvider, ExecutionProviderDispatch, coreml, cuda,
};

use super::library::{OnnxLibrary, with_environment};
use crate::error::Result;
use crate::types::Device;

/// The memory of a graphics card that the arena of one model may take, in bytes. Beyond it a run fails; without a bound it
/// would grow to the whole card.
const GPU_MEMORY: usize = 4 << 30;
/// What TensorRT may take besides while it compiles a model, in bytes.
const TENSORRT_WORKSPACE: usize = 1 << 30;

/// What [`Device::Auto`] tries before the processor, in this order.
const AUTO: [Device; 3] = [Device::Cuda(0), Device::CoreMl, Device::DirectMl(0)];
/// And what it leaves to be named: TensorRT compiles each model for minutes; OpenVINO runs on the processor unless told
/// otherwise, where it takes one and a half times to twice as long for the bundled models as ONNX Runtime itself.
const NAMED: [Device; 2] = [Device::TensorRt(0), Device::OpenVino];

/// What the library offers, the processor last: what its build has a provider for, which may yet not start.
///
/// # Errors
/// [`Error::LibraryMissing`](crate::Error::LibraryMissing) if there is no library.
pub fn offered(library: &OnnxLibrary) -> Result<Vec<Device>> {
    with_environment(library, |_, _| Ok(of_the_loaded_library()))
}

/// The same once the library is loaded.
pub(super) fn of_the_loaded_library() -> Vec<Device> {
    let all = [
        (Device::Cuda(0), ep::CUDA::is_available()),
        (Device::TensorRt(0), ep::TensorRT::is_available()),
        (Device::CoreMl, ep::CoreML::is_available()),
        (Device::DirectMl(0), ep::DirectML::is_available()),
        (Device::OpenVino, ep::OpenVINO::is_available()),
        (Device::Cpu, Ok(true)),
    ];
    let there = all.into_iter().filter(|(_, is)| matches!(is, Ok(true)));
    there.map(|(device, _)| device).collect()
}

/// Whether a device of this kind is among them, whatever its number.
pub(super) fn offers(offered: &[Device], device: Device) -> bool {
    offered.iter().any(|d| d.kind() == device.kind())
}

/// What [`Device::Auto`] tries, in order, the processor last; and why it passes over what else is offered.
pub(super) fn auto(offered: &[Device], recurrent: bool) -> (Vec<Device>, Vec<String>) {
    let (mut order, mut notes) = (Vec::new(), Vec::new());
    for device in AUTO.into_iter().filter(|d| offers(offered, *d)) {
        // Its provider has no LSTM: the model would be cut into pieces between it and the processor, and be slower.
        if device == Device::CoreMl && recurrent {
            notes.push("coreml has no recurrent layers".into());
        } else {
            order.push(device);
        }
    }
    for device in NAMED.into_iter().filter(|d| offers(offered, *d)) {
        notes.push(format!("{device} is taken only when named"));
    }
    if notes.is_empty() && order.is_empty() {
        notes.push("ONNX Runtime offers no other device".into());
    }
    order.push(Device::Cpu);
    (order, notes)
}

/// The providers of a device, the preferred first; what none of them takes is the processor's.
pub(super) fn providers(device: Device) -> Vec<ExecutionProviderDispatch> {
    let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let cuda = |n| {
        ep::CUDA::default()
            .with_device_id(number(n))
            .with_memory_limit(GPU_MEMORY)
            .with_arena_extend_strategy(ArenaExtendStrategy::SameAsRequested)
            // The exhaustive search, the default, runs anew for every shape, and batches differ in length.
            .with_conv_algorithm_search(cuda::ConvAlgorithmSearch::Heuristic)
            // Results are to be those of the processor, and its ten bits of mantissa are not.
            .with_tf32(false)
    };
    let wanted = match device {
        Device::Auto | Device::Cpu => Vec::new(),
        Device::Cuda(n) => vec![cuda(n).build()],
        Device::TensorRt(n) => vec![
            ep::TensorRT::default()
                .with_device_id(number(n))
                .with_max_workspace_size(TENSORRT_WORKSPACE)
                .build(),
            cuda(n).build(),
        ],
        Device::DirectMl(n) => vec![ep::DirectML::default().with_device_id(number(n)).build()],
        Device::CoreMl => vec![
            ep::CoreML::default()
                .with_model_format(coreml::ModelFormat::MLProgram)
                .build(),
        ],
        Device::OpenVino => vec![ep::OpenVINO::default().build()],
    };
    // Without this a provider that does not start is passed over in silence.
    wanted
        .into_iter()
        .map(ExecutionProviderDispatch::error_on_failure)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_takes_accelerators_in_their_order_and_ends_at_the_processor() {
        let all = [
            Device::Cpu,
            Device::OpenVino,
            Device::DirectMl(0),
            Device::CoreMl,
            Device::Cuda(0),
        ];
        let (order, notes) = auto(&all, false);
        assert_eq!(order[..3], AUTO);
        assert_eq!(order[3..], [Device::Cpu]);
        assert_eq!(notes, ["openvino is taken only when named"]);
        let (order, notes) = auto(&[Device::Cpu], true);
        assert_eq!(order, [Device::Cpu]);
        assert_eq!(notes, ["ONNX Runtime offers no other device"]);
    }

    #[test]
    fn auto_leaves_what_is_to_be_named_and_coreml_to_models_without_recurrence() {
        let all = [
            Device::TensorRt(0),
            Device::CoreMl,
            Device::OpenVino,
            Device::Cpu,
        ];
        let (order, notes) = auto(&all, true);
        assert_eq!(order, [Device::Cpu]);
        assert_eq!(notes.len(), 3, "{notes:?}");
        let (order, _) = auto(&[Device::CoreMl, Device::Cpu], false);
        assert_eq!(order, [Device::CoreMl, Device::Cpu]);
    }

    #[test]
    fn the_number_of_a_card_does_not_matter_to_whether_its_kind_is_offered() {
        assert!(offers(&[Device::Cuda(0)], Device::Cuda(3)));
        assert!(!offers(&[Device::Cpu], Device::Cuda(0)));
    }
}
