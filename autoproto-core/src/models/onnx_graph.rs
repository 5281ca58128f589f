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
    let mut linear = None;
    // What makes a tensor may be made of it, in a file that is no network.
    for _ in 0..FURTHEST {
        let node = graph.maker(name)?;
        match node.kind {
            "Identity" => name = node.inputs.first()?,
            "Sub" if offset.is_none() => {
                offset = Some(graph.numbers(node.inputs.get(1)?)?.1);
                name = node.inputs.first()?;
            }
            "Gemm" => {
                linear = Some(node);
                break;
            }
            _ => return None,
        }
    }
    let linear = linear?;
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
    if dim == 0 || width == 0 || width % 2 != 0 {
        return None;
    }
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
    let whole = bias.len() == dim && weight.len() == dim * width;
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
    fn numbers(&self, mut name: &'a str) -> Option<(Vec<usize>, Vec<f32>)> {
        for _ in 0..FURTHEST {
            if let Some(tensor) = self.tensors.get(name) {
                return numbers(tensor);
            }
            let node = self.maker(name)?;
            match node.kind {
                "Constant" => return numbers(node.tensor?),
                "Identity" => name = node.inputs.first()?,
                _ => return None,
            }
        }
        None
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// A node of the graph.
    fn node(kind: &str, inputs: &[&str], output: &str) -> Vec<u8> {
        let mut inside: Vec<u8> = inputs
            .iter()
            .flat_map(|name| message(1, name.as_bytes()))
            .collect();
        inside.extend(message(2, output.as_bytes()));
        inside.extend(message(4, kind.as_bytes()));
        message(1, &inside)
    }

    /// A tensor of floats, of a shape that is told in single bytes but for those of ten.
    fn tensor(name: &str, dims: &[&[u8]], values: &[f32]) -> Vec<u8> {
        let mut inside: Vec<u8> = dims.iter().flat_map(|d| [&[8], *d].concat()).collect();
        inside.extend([2 << 3, 1]);
        inside.extend(message(8, name.as_bytes()));
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        inside.extend(message(9, &bytes));
        message(5, &inside)
    }

    fn model(parts: &[Vec<u8>]) -> Vec<u8> {
        message(7, &parts.concat())
    }

    /// `x` pooled to mean and deviation, and a layer of one number over it.
    fn network(weight: Vec<u8>, end: &[Vec<u8>]) -> Vec<u8> {
        let mut parts = vec![
            node("Conv", &["x"], "frames"),
            node("ReduceMean", &["frames"], "mean"),
            node("Sqrt", &["frames"], "deviation"),
            node("Concat", &["mean", "deviation"], "statistics"),
            node("Gemm", &["statistics", "w"], "voice"),
            weight,
        ];
        parts.extend_from_slice(end);
        model(&parts)
    }

    #[test]
    fn the_layer_behind_statistics_is_found_and_its_offset_taken_off() {
        let weight = tensor("w", &[&[2], &[1]], &[3.0, 4.0]);
        let end = [
            tensor("training", &[&[1]], &[0.5]),
            node("Identity", &["training"], "offset"),
            node("Sub", &["voice", "offset"], "y"),
        ];
        let found = pooling(&network(weight, &end), "y").unwrap();
        assert_eq!(found.trunk, "frames");
        assert_eq!((found.weight, found.bias), (vec![3.0, 4.0], vec![-0.5]));
    }

    #[test]
    fn tensors_made_of_themselves_end_the_search() {
        let ring = [node("Identity", &["b"], "a"), node("Identity", &["a"], "b")];
        assert_eq!(pooling(&model(&ring), "a"), None);
        let weight = tensor("w", &[&[2], &[1]], &[3.0, 4.0]);
        let of_a_ring = [ring.concat(), node("Sub", &["voice", "a"], "y")];
        assert_eq!(pooling(&network(weight, &of_a_ring), "y"), None);
        let ring_of_weights = [node("Identity", &["w"], "w")];
        assert_eq!(
            pooling(&network(Vec::new(), &ring_of_weights), "voice"),
            None
        );
        // Long, and of no use, but no ring.
        let long: Vec<Vec<u8>> = (0..100_000)
            .map(|i| node("Identity", &[&format!("{}", i + 1)], &format!("{i}")))
            .chain([node("Sub", &["voice", "0"], "y")])
            .collect();
        let weight = tensor("w", &[&[2], &[1]], &[3.0, 4.0]);
        assert_eq!(pooling(&network(weight, &long), "y"), None);
    }

    #[test]
    fn a_layer_of_no_numbers_however_wide_is_none() {
        let huge: &[u8] = &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
        for dims in [[&[0][..], huge], [huge, &[0]]] {
            assert_eq!(
                pooling(&network(tensor("w", &dims, &[]), &[]), "voice"),
                None
            );
        }
    }
}
