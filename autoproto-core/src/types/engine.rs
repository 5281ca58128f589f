//! Which engine did what, and on what.

use serde::{Deserialize, Serialize};

use crate::error::Stage;

/// An engine that worked on a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Engine {
    /// The stage it was at.
    pub stage: Stage,
    /// Its id.
    pub id: String,
    /// The models it ran; empty where it has none or does not say.
    pub models: Vec<ModelInUse>,
}

impl Engine {
    /// The engine `id` at this stage, with its models.
    pub fn new(stage: Stage, id: impl Into<String>, models: Vec<ModelInUse>) -> Self {
        Self {
            stage,
            id: id.into(),
            models,
        }
    }
}

/// A model that an engine runs, and what on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModelInUse {
    /// Its file's name, or what the engine calls it.
    pub model: String,
    /// What it runs on: cpu, cuda, cuda:1, tensorrt, directml, coreml, openvino, or an engine's own word; null where that is
    /// not known.
    pub device: Option<String>,
    /// Why it is this device and no other, where the choice was left open.
    pub note: Option<String>,
}

impl ModelInUse {
    /// A model of which no more is known.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            device: None,
            note: None,
        }
    }

    /// With what it runs on, as a [`Device`](crate::Device) is written or in the engine's own word.
    pub fn on(mut self, device: impl ToString) -> Self {
        self.device = Some(device.to_string());
        self
    }

    /// With the reason for that.
    pub fn because(mut self, note: Option<String>) -> Self {
        self.note = note;
        self
    }
}
