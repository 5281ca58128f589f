//! The pooling at the end of a speaker embedding network, found in its ONNX file.
//!
//! WeSpeaker's residual networks are a trunk, statistics over time, and one linear layer; as published they take a sound
//! and give its vector. The voices of several speakers in one sound differ only in which frames the statistics are taken
//! over, so the trunk need run but once: its output is made an output of the graph, and the rest is done outside.
//! pyannote.audio does the same with weights of its own format (`forward_frames`, `forward_embedding`).

use std::collections::HashMap;

use super::onnx_file::{Field, fields};

/// How far the search goes back from the end of the network.
const FURTHEST: usize = 64;

/// The end of an embedding network: statistics over the frames of `trunk`, then a linear layer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pooling {
    /// The tensor before the statistics, `[pieces, …, frames]`.
    pub(crate) trunk: String,
    /// `[dim, 2 × channels]`: first those of the means, then those of the standard deviations.
    pub(crate) weight: Vec<f32>,
    /// `[dim]`.
    pub(crate) bias: Vec<f32>,
}

impl Pooling {
    /// Numbers in a vector.
    pub(crate) fn dim(&self) -> usize {
        self.bias.len()
    }

    /// Numbers in a frame of the trunk.
    pub(crate) fn channels(&self) -> usize {
        self.weight.len() / (2 * self.dim().max(1))
    }
}

/// The pooling that ends in `output`; `None` where the network ends in another way.
pub(crate) fn pooling(model: &[u8], output: &str) -> Option<Pooling> {
    let graph = Graph::read(model)?;
    let mut name = output;
    // WeSpeaker takes the mean of its training voices off where it has one.
    let mut offset: Option<Vec<f32>> = None;
    let linear = loop {
        let node = graph.maker(name)?;
        match node.kind {
            "Identity" => name = node.inputs.first()?,
            "Sub" if offset.is_none() => {
                offset = Some(graph.numbers(node.inputs.get(1)?)?.1);
                name = node.inputs.first()?;
            }
            "Gemm" => break node,
            _ => return None,
        }
    };
    let (shape, weight) = graph.numbers(linear.inputs.get(1)?)?;
    let [rows, columns] = shape[..] else {
        return None;
    };
    let turned = linear.flag("transB");
    let (dim, width) = if turned {
        (rows, columns)
    } else {
        (columns, rows)
    };
    let weight = if turned {
        weight
    } else {
        let at = |i: usize| weight.get((i % width) * dim + i / width).copied();
        (0..dim * width).map(at).collect::<Option<_>>()?
    };
    let mut bias = match linear.inputs.get(2) {
        Some(name) => graph.numbers(name)?.1,
        None => vec![0.0; dim],
    };
    if let Some(offset) = offset {
        if offset.len() != bias.len() {
            return None;
        }
        bias.iter_mut().zip(offset).for_each(|(b, o)| *b -= o);
    }
    let whole = bias.len() == dim && dim > 0 && width % 2 == 0 && weight.len() == dim * width;
    let plain = !linear.flag("transA") && linear.scales.iter().all(|s| *s == 1.0);
    let trunk = graph.before_statistics(linear.inputs.first()?)?;
    (whole && plain).then(|| Pooling {
        trunk: trunk.to_owned(),
        weight,
        bias,
    })
}

/// The model with the tensor `name` as one more output: protobuf messages that follow each other are one.
pub(crate) fn with_output(model: &[u8], name: &str) -> Vec<u8> {
    let info = message(1, name.as_bytes());
    let graph = message(12, &info);
    [model, &message(7, &graph)].concat()
}

/// A field that holds bytes.
fn message(number: u8, inside: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = inside.len();
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        out.push(if length > 0 { low | 0x80 } else { low });
        if length == 0 {
            break;
        }
    }
    out.extend_from_slice(inside);
    out
}

struct Node<'a> {
    kind: &'a str,
    inputs: Vec<&'a str>,
    /// The whole numbers among its attributes.
    whole: HashMap<&'a str, u64>,
    /// `alpha` and `beta`.
    scales: Vec<f32>,
    tensor: Option<&'a [u8]>,
}

impl Node<'_> {
    fn flag(&self, name: &str) -> bool {
        self.whole.get(name).is_some_and(|v| *v != 0)
    }
}

struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    /// Which node makes a tensor.
    makers: HashMap<&'a str, usize>,
    tensors: HashMap<&'a str, &'a [u8]>,
}

impl<'a> Graph<'a> {
    fn read(model: &'a [u8]) -> Option<Self> {
        let mut graph = Self {
            nodes: Vec::new(),
            makers: HashMap::new(),
            tensors: HashMap::new(),
        };
        for (number, field) in fields(model) {
            let (7, Field::Bytes(inside)) = (number, field) else {
                continue;
            };
            for (number, field) in fields(inside) {
                match (number, field) {
                    (1, Field::Bytes(node)) => graph.take_node(node),
                    (5, Field::Bytes(tensor)) => {
                        if let Some(name) = text(tensor, 8) {
                            graph.tensors.insert(name, tensor);
                        }
                    }
                    _ => {}
                }
            }
        }
        (!graph.nodes.is_empty()).then_some(graph)
    }

    fn take_node(&mut self, bytes: &'a [u8]) {
        let mut node = Node {
            kind: "",
            inputs: Vec::new(),
            whole: HashMap::new(),
            scales: Vec::new(),
            tensor: None,
        };
        for (number, field) in fields(bytes) {
            let Field::Bytes(inside) = field else {
                continue;
            };
            let word = std::str::from_utf8(inside);
            match (number, word) {
                (1, Ok(name)) => node.inputs.push(name),
                (2, Ok(name)) => {
                    self.makers.insert(name, self.nodes.len());
                }
                (4, Ok(kind)) => node.kind = kind,
                (5, _) => node.take_attribute(inside),
                _ => {}
            }
        }
        self.nodes.push(node);
    }

    fn maker(&self, tensor: &str) -> Option<&Node<'a>> {
        self.nodes.get(*self.makers.get(tensor)?)
    }

    /// A constant's shape and numbers.
    fn numbers(&self, name: &str) -> Option<(Vec<usize>, Vec<f32>)> {
        if let Some(tensor) = self.tensors.get(name) {
            return numbers(tensor);
        }
        let node = self.maker(name)?;
        match node.kind {
            "Constant" => numbers(node.tensor?),
            "Identity" => self.numbers(node.inputs.first()?),
            _ => None,
        }
    }

    /// Goes back from `name` through what makes up statistics, to the one tensor that they are of.
    fn before_statistics(&self, name: &'a str) -> Option<&'a str> {
        const STATISTICS: [&str; 27] = [
            "Concat",
            "Flatten",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Transpose",
            "Identity",
            "ReduceMean",
            "ReduceSum",
            "ReduceSumSquare",
            "Sub",
            "Add",
            "Mul",
            "Div",
            "Pow",
            "Sqrt",
            "Shape",
            "Gather",
            "Slice",
            "Cast",
            "Constant",
            "ConstantOfShape",
            "ReduceProd",
            "Clip",
            "Max",
            "Expand",
            "Size",
        ];
        let (mut open, mut seen) = (vec![name], Vec::new());
        let mut ends = Vec::new();
        while let Some(name) = open.pop() {
            if seen.len() > FURTHEST {
                return None;
            }
            if name.is_empty() || seen.contains(&name) || self.tensors.contains_key(name) {
                continue;
            }
            seen.push(name);
            match self.maker(name) {
                Some(node) if STATISTICS.contains(&node.kind) => open.extend(&node.inputs),
                _ => ends.push(name),
            }
        }
        match ends[..] {
            [trunk] => Some(trunk),
            _ => None,
        }
    }
}

impl<'a> Node<'a> {
    fn take_attribute(&mut self, bytes: &'a [u8]) {
        let Some(name) = text(bytes, 1) else { return };
        for (number, field) in fields(bytes) {
            match (number, field) {
                (2, Field::Four(value)) => self.scales.push(f32::from_le_bytes(value)),
                (3, Field::Varint(value)) => {
                    self.whole.insert(name, value);
                }
                (5, Field::Bytes(tensor)) => self.tensor = Some(tensor),
                _ => {}
            }
        }
    }
}

fn text(message: &[u8], field: u64) -> Option<&str> {
    fields(message).find_map(|(number, value)| match value {
        Field::Bytes(inside) if number == field => std::str::from_utf8(inside).ok(),
        _ => None,
    })
}

/// A tensor of 32-bit floats.
fn numbers(tensor: &[u8]) -> Option<(Vec<usize>, Vec<f32>)> {
    let (mut shape, mut values) = (Vec::new(), Vec::new());
    let mut kind = 0;
    let floats = |bytes: &[u8]| -> Vec<f32> {
        bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|b| f32::from_le_bytes(*b))
            .collect()
    };
    for (number, field) in fields(tensor) {
        match (number, field) {
            (1, Field::Varint(dim)) => shape.push(usize::try_from(dim).ok()?),
            (1, Field::Bytes(packed)) => {
                let mut rest = packed;
                while !rest.is_empty() {
                    let dim = super::onnx_file::varint(&mut rest).ok()?;
                    shape.push(usize::try_from(dim).ok()?);
                }
            }
            (2, Field::Varint(of)) => kind = of,
            (4, Field::Bytes(packed)) | (9, Field::Bytes(packed)) => values = floats(packed),
            _ => {}
        }
    }
    let length = shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d))?;
    (kind == 1 && length == values.len()).then_some((shape, values))
}
