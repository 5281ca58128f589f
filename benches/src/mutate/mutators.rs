//! From a whole recording to a damaged one.

use crate::fields::{self, Field, Kind, Order};
use crate::rng::Rng;
use crate::seeds::Seed;

/// A damaged recording, and what it was made of.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) bytes: Vec<u8>,
    pub(crate) seed: String,
}

/// No mutant is longer, however often its parts are doubled.
const LONGEST: usize = 1 << 20;

/// The mutant of that index.
pub(crate) fn mutant(seeds: &[Seed], run: u64, index: u64) -> Mutant {
    let mut rng = Rng::new(run, index);
    let seed = rng.one_of(seeds);
    let mut bytes = seed.bytes.clone();
    let times = *rng.one_of(&[1, 1, 1, 2, 2, 3, 5, 8]);
    for _ in 0..times {
        // Fields move with the damage; they are looked up anew each time.
        match rng.below(10) {
            0..=4 => in_a_field(&mut bytes, seed.kind, &mut rng),
            5 if seed.kind == Kind::Ogg => in_a_page(&mut bytes, &mut rng),
            9 => splice(&mut bytes, seeds, seed.kind, &mut rng),
            _ => anywhere(&mut bytes, &mut rng),
        }
        bytes.truncate(LONGEST);
    }
    Mutant {
        bytes,
        seed: seed.name.clone(),
    }
}

fn anywhere(bytes: &mut Vec<u8>, rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = place(bytes.len(), rng);
    let length = rng.length(bytes.len() - at);
    let block = at..at + length;
    match rng.below(8) {
        0 => {
            for _ in 0..rng.length(64) {
                let at = place(bytes.len(), rng);
                bytes[at] ^= 1 << rng.below(8);
            }
        }
        1 => {
            let byte = *rng.one_of(&[0, 0xff, 0x7f, 0x80, b'A']);
            let random = rng.below(2) == 0;
            for slot in &mut bytes[block] {
                *slot = if random { rng.next() as u8 } else { byte };
            }
        }
        2 => bytes.truncate(at),
        3 => {
            bytes.drain(block);
        }
        4 => {
            let copy = bytes[block].to_vec();
            let to = place(bytes.len(), rng);
            bytes.splice(to..to, copy);
        }
        5 => {
            let copy = bytes[block].to_vec();
            let to = place(bytes.len(), rng);
            let end = (to + copy.len()).min(bytes.len());
            bytes.splice(to..end, copy);
        }
        6 => {
            let moved: Vec<u8> = bytes.drain(block).collect();
            let to = rng.below(bytes.len() + 1);
            bytes.splice(to..to, moved);
        }
        _ => {
            let width = *rng.one_of(&[1, 2, 4, 8]);
            let order = *rng.one_of(&[Order::Big, Order::Little]);
            if at + width <= bytes.len() {
                overwrite(bytes, Field { at, width, order }, rng);
            }
        }
    }
}

/// Somewhere; the beginning, where headers are, as likely as all the rest.
fn place(len: usize, rng: &mut Rng) -> usize {
    let reach = if rng.below(2) == 0 { len.min(600) } else { len };
    rng.below(reach)
}

fn in_a_field(bytes: &mut [u8], kind: Kind, rng: &mut Rng) {
    let fields = fields::fields(bytes, kind);
    if fields.is_empty() {
        return;
    }
    let field = *rng.one_of(&fields);
    let page = (kind == Kind::Ogg)
        .then(|| fields::ogg_pages(bytes))
        .and_then(|pages| pages.into_iter().find(|page| page.contains(&field.at)));
    overwrite(bytes, field, rng);
    if let Some(page) = page {
        fields::ogg_checksum(&mut bytes[page]);
    }
}

/// Damage to a page's body under a checksum that holds.
fn in_a_page(bytes: &mut [u8], rng: &mut Rng) {
    let pages = fields::ogg_pages(bytes);
    if pages.is_empty() {
        return;
    }
    let page = rng.one_of(&pages).clone();
    let page = &mut bytes[page];
    for _ in 0..rng.length(32) {
        let at = 27 + rng.below(page.len().saturating_sub(27));
        if let Some(byte) = page.get_mut(at) {
            *byte = rng.next() as u8;
        }
    }
    fields::ogg_checksum(page);
}

fn overwrite(bytes: &mut [u8], field: Field, rng: &mut Rng) {
    let len = bytes.len() as u64;
    let slot = &mut bytes[field.at..field.at + field.width];
    if slot.is_empty() {
        return;
    }
    let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
    let old: u64 = match field.order {
        Order::Little => slot.iter().rev().fold(0, join),
        _ => slot.iter().fold(0, join),
    };
    let bits = match field.order {
        Order::Ebml => 7 * field.width,
        _ => 8 * field.width,
    };
    let mask = if bits >= 64 {
        u64::MAX
    } else {
        (1 << bits) - 1
    };
    let value = match rng.below(14) {
        0 => 0,
        1 => 1,
        2 => mask,
        3 => mask >> 1,
        4 => (mask >> 1) + 1,
        5 => mask - 1,
        6 => len,
        7 => len + 1,
        8 => len - 1,
        9 => old.wrapping_add(1),
        10 => old.wrapping_sub(1),
        11 => old.wrapping_mul(1 + rng.next() % 1_000),
        12 => old ^ 1 << rng.below(bits),
        _ => rng.next() >> rng.below(64),
    } & mask;
    let value = match field.order {
        Order::Ebml => value | 1 << bits,
        _ => value,
    };
    let written = value.to_be_bytes();
    slot.copy_from_slice(&written[8 - field.width..]);
    if field.order == Order::Little {
        slot.reverse();
    }
}

/// Goes on with the rest of another file of its kind.
fn splice(bytes: &mut Vec<u8>, seeds: &[Seed], kind: Kind, rng: &mut Rng) {
    let kin: Vec<&Seed> = seeds.iter().filter(|seed| seed.kind == kind).collect();
    let other = &rng.one_of(&kin).bytes;
    let (at, from) = (rng.below(bytes.len()), rng.below(other.len()));
    bytes.truncate(at);
    bytes.extend_from_slice(&other[from..]);
}
