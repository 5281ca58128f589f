//! Arrays of numpy: `.npy` files, and several of them in an `.npz`, which is a ZIP.

use std::io::{Cursor, Read};

use zip::ZipArchive;

/// Numbers in one array at most: what a matrix of 2048 by 2048 has.
const MOST_NUMBERS: usize = 1 << 22;
/// Bytes of a header at most.
const MOST_HEADER: usize = 1 << 14;
/// Files in one archive at most.
const MOST_FILES: usize = 64;

/// Numbers in rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Array {
    /// One length a dimension; at most two.
    pub(super) shape: Vec<usize>,
    /// Row by row, as in C.
    pub(super) values: Vec<f64>,
}

/// The array of that name in an archive.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn from_npz(bytes: &[u8], name: &str) -> Result<Array, String> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|e| format!("it is no .npz archive: {e}"))?;
    if archive.len() > MOST_FILES {
        return Err(format!("it has {} files", archive.len()));
    }
    let file = archive
        .by_name(&format!("{name}.npy"))
        .map_err(|e| format!("it has no array `{name}`: {e}"))?;
    let most = (MOST_NUMBERS * 8 + MOST_HEADER) as u64;
    let mut npy = Vec::new();
    // The size that the archive states is not relied on: reading stops where no array can end.
    file.take(most + 1)
        .read_to_end(&mut npy)
        .map_err(|e| format!("its array `{name}` is damaged: {e}"))?;
    if npy.len() as u64 > most {
        return Err(format!("its array `{name}` is too large"));
    }
    from_npy(&npy).map_err(|reason| format!("its array `{name}` {reason}"))
}

/// The array in a `.npy` file: `f32` or `f64`, little-endian, in the order of C or Fortran.
///
/// # Errors
/// What is wrong with it, in words that follow its name.
pub(super) fn from_npy(bytes: &[u8]) -> Result<Array, String> {
    let (header, data) = split(bytes).ok_or("is not in numpy's format")?;
    let kind = text_after(header, "'descr':").ok_or("does not say its type")?;
    let width = match kind {
        "<f4" => 4,
        "<f8" => 8,
        other => return Err(format!("has numbers of type `{other}`, not `<f4` or `<f8`")),
    };
    let fortran = match word_after(header, "'fortran_order':") {
        Some("True") => true,
        Some("False") => false,
        _ => return Err("does not say its order".into()),
    };
    let shape = shape(header).ok_or("has no shape of one or two dimensions")?;
    let count = shape
        .iter()
        .try_fold(1_usize, |count, n| count.checked_mul(*n))
        .filter(|count| *count <= MOST_NUMBERS)
        .ok_or_else(|| format!("is too large: {shape:?}"))?;
    if data.len() != count * width {
        return Err(format!("has {} bytes for {shape:?}", data.len()));
    }
    let values: Vec<f64> = if width == 4 {
        let (numbers, _) = data.as_chunks::<4>();
        numbers
            .iter()
            .map(|b| f64::from(f32::from_le_bytes(*b)))
            .collect()
    } else {
        let (numbers, _) = data.as_chunks::<8>();
        numbers.iter().map(|b| f64::from_le_bytes(*b)).collect()
    };
    if values.iter().any(|v| !v.is_finite()) {
        return Err("has numbers that are not finite".into());
    }
    let values = match shape[..] {
        [rows, columns] if fortran => (0..rows)
            .flat_map(|r| (0..columns).map(move |c| (r, c)))
            .map(|(r, c)| values[c * rows + r])
            .collect(),
        _ => values,
    };
    Ok(Array { shape, values })
}

/// The header and the numbers: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let rest = bytes.strip_prefix(b"\x93NUMPY")?;
    let (version, rest) = rest.split_first_chunk::<2>()?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
        }
        _ => return None,
    };
    if length > MOST_HEADER {
        return None;
    }
    let (header, data) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(header).ok()?, data))
}

fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let at = header.find(key)?;
    Some(header[at + key.len()..].trim_start())
}

fn text_after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let text = after(header, key)?.strip_prefix('\'')?;
    Some(&text[..text.find('\'')?])
}

fn word_after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let text = after(header, key)?;
    let end = text.find(|c: char| !c.is_ascii_alphabetic())?;
    Some(&text[..end])
}

fn shape(header: &str) -> Option<Vec<usize>> {
    let text = after(header, "'shape':")?.strip_prefix('(')?;
    let lengths = text[..text.find(')')?]
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let shape = lengths
        .map(|part| part.parse().ok())
        .collect::<Option<Vec<usize>>>()?;
    (1..=2).contains(&shape.len()).then_some(shape)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    #[test]
    fn rows_are_as_in_c_whatever_the_order_of_the_file() {
        let data: Vec<u8> = (1..=6_u8)
            .flat_map(|v| f32::from(v).to_le_bytes())
            .collect();
        let read = |fortran: &str| {
            let header =
                format!("{{'descr': '<f4', 'fortran_order': {fortran}, 'shape': (2, 3), }}\n");
            from_npy(&npy(&header, &data)).unwrap().values
        };
        assert_eq!(read("False"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(read("True"), [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    }

    #[test]
    fn what_is_no_array_of_a_plda_is_refused() {
        let header = |descr: &str, shape: &str| {
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}")
        };
        for (descr, shape, data) in [
            ("<i8", "(1,)", &[0; 8][..]),
            (">f8", "(1,)", &[0; 8]),
            ("<f8", "()", &[0; 8]),
            ("<f8", "(1, 1, 1)", &[0; 8]),
            ("<f8", "(2,)", &[0; 8]),
            ("<f8", "(-1,)", &[0; 8]),
            ("<f8", "(99999999999, 99999999999)", &[0; 8]),
            ("<f8", "(18446744073709551615, 2)", &[0; 8]),
            ("<f8", "(1,)", &[0xFF; 8]),
        ] {
            let bytes = npy(&header(descr, shape), data);
            assert!(from_npy(&bytes).is_err(), "{descr} {shape}");
        }
        assert!(from_npy(&npy(&header("<f8", "(1,)"), &[0; 8])).is_ok());
        for bytes in [
            &b""[..],
            b"\x93NUMPY",
            b"\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF",
            b"PK",
        ] {
            assert!(from_npy(bytes).is_err());
            assert!(from_npz(bytes, "mu").is_err());
        }
    }
}
