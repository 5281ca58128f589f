//! A walk over an ONNX file of the caller's own, before ONNX Runtime sees it.
//!
//! Two things are refused: a file that is no ONNX model, and one whose weights lie in other files, by paths of the
//! file's own choice (the subject of several security advisories). The format is protobuf: `onnx.proto`, version 1.

/// The fields of a message that hold further messages, by message.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Node,
    Attribute,
    Tensor,
    Other,
}

impl Message {
    fn child(self, field: u64) -> Option<Message> {
        match (self, field) {
            (Message::Model, 7) => Some(Message::Graph),
            (Message::Model, 25) => Some(Message::Other),
            (Message::Graph, 1) => Some(Message::Node),
            (Message::Graph, 5) => Some(Message::Tensor),
            (Message::Graph, 15) => Some(Message::Other),
            (Message::Node, 5) => Some(Message::Attribute),
            (Message::Attribute, 5 | 10) => Some(Message::Tensor),
            (Message::Attribute, 6 | 11) => Some(Message::Graph),
            _ => None,
        }
    }
}

/// Deeper nesting than any exporter writes.
const DEEPEST: usize = 32;

/// # Errors
/// What is wrong with the file, in words.
///
/// ```
/// assert!(autoproto_core::models::onnx_file::check(b"<!DOCTYPE html>").is_err());
/// ```
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let mut seen = Seen::default();
    walk(bytes, Message::Model, 0, &mut seen)?;
    if seen.graphs == 0 {
        return Err("it is not an ONNX model: it has no graph".into());
    }
    Ok(())
}

/// Whether there is a recurrent layer in it (LSTM, GRU, RNN, and their quantised kin).
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
pub(crate) fn is_recurrent(bytes: &[u8]) -> bool {
    let mut seen = Seen::default();
    walk(bytes, Message::Model, 0, &mut seen).is_ok() && seen.recurrent
}

/// What a walk comes past.
#[derive(Default)]
#[cfg_attr(not(feature = "onnx"), allow(dead_code))]
struct Seen {
    graphs: usize,
    recurrent: bool,
}

fn walk(mut rest: &[u8], message: Message, depth: usize, seen: &mut Seen) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("it is nested too deeply".into());
    }
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let (field, wire) = (key >> 3, key & 7);
        if field == 0 {
            return Err(not_onnx());
        }
        match wire {
            0 => {
                let value = varint(&mut rest)?;
                if matches!(message, Message::Tensor) && field == 14 && value != 0 {
                    return Err("its weights lie in another file".into());
                }
            }
            1 => drop(take(&mut rest, 8)?),
            5 => drop(take(&mut rest, 4)?),
            2 => {
                let length = varint(&mut rest)?;
                let inside = take(&mut rest, length)?;
                if matches!(message, Message::Tensor) && field == 13 {
                    return Err("its weights lie in another file".into());
                }
                if matches!(message, Message::Node) && field == 4 {
                    let kinds: [&[u8]; 3] = [b"LSTM", b"GRU", b"RNN"];
                    seen.recurrent |= kinds.iter().any(|kind| inside.ends_with(kind));
                }
                if let Some(child) = message.child(field) {
                    seen.graphs += usize::from(matches!(child, Message::Graph));
                    walk(inside, child, depth + 1, seen)?;
                }
            }
            _ => return Err(not_onnx()),
        }
    }
    Ok(())
}

/// What a field holds.
#[cfg(feature = "onnx")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Four([u8; 4]),
    Eight,
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers, as far as they can be read.
#[cfg(feature = "onnx")]
pub(super) fn fields(mut rest: &[u8]) -> impl Iterator<Item = (u64, Field<'_>)> {
    std::iter::from_fn(move || {
        let key = varint(&mut rest).ok()?;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut rest).ok()?),
            1 => take(&mut rest, 8).ok().map(|_| Field::Eight)?,
            5 => Field::Four(take(&mut rest, 4).ok()?.try_into().ok()?),
            2 => {
                let length = varint(&mut rest).ok()?;
                Field::Bytes(take(&mut rest, length).ok()?)
            }
            _ => return None,
        };
        Some((key >> 3, field))
    })
}

fn take<'a>(rest: &mut &'a [u8], length: u64) -> Result<&'a [u8], String> {
    let length = usize::try_from(length)
        .ok()
        .filter(|l| *l <= rest.len())
        .ok_or("it is cut short, or no ONNX model")?;
    let (taken, left) = rest.split_at(length);
    *rest = left;
    Ok(taken)
}

pub(super) fn varint(rest: &mut &[u8]) -> Result<u64, String> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, left) = rest
            .split_first()
            .ok_or("it is cut short, or no ONNX model")?;
        *rest = left;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(not_onnx())
}

fn not_onnx() -> String {
    "it is not an ONNX model".into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// A field that holds bytes.
    fn field(number: u8, inside: &[u8]) -> Vec<u8> {
        [
            &[number << 3 | 2, u8::try_from(inside.len()).unwrap()][..],
            inside,
        ]
        .concat()
    }

    #[test]
    fn weights_in_another_file_are_refused() {
        let inline = field(7, &field(5, &field(9, b"weights")));
        assert_eq!(check(&inline), Ok(()));
        let elsewhere = field(7, &field(5, &[14 << 3, 1]));
        assert_eq!(
            check(&elsewhere).unwrap_err(),
            "its weights lie in another file"
        );
        let path = field(7, &field(5, &field(13, b"/etc/passwd")));
        assert_eq!(check(&path).unwrap_err(), "its weights lie in another file");
    }

    #[test]
    fn a_cut_model_and_other_files_are_refused() {
        let whole = field(7, &field(5, &field(9, b"weights")));
        assert!(check(&whole[..whole.len() - 1]).is_err());
        assert!(check(b"").is_err());
        assert!(check(b"version https://git-lfs.github.com/spec/v1\n").is_err());
    }

    #[test]
    fn recurrent_layers_are_found_wherever_they_are() {
        let node = |kind: &[u8]| field(1, &field(4, kind));
        let plain = field(7, &[node(b"Conv"), node(b"Relu")].concat());
        assert!(!is_recurrent(&plain));
        let recurrent = field(7, &[node(b"Conv"), node(b"LSTM")].concat());
        assert!(is_recurrent(&recurrent));
        // In the branch of an `If`: a graph in an attribute of a node.
        let branch = field(5, &field(6, &node(b"DynamicQuantizeLSTM")));
        assert!(is_recurrent(&field(7, &field(1, &branch))));
        assert!(!is_recurrent(b"LSTM"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = check(&bytes);
        }
    }
}
