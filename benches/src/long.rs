//! Long recordings, made of short ones.

use std::error::Error;
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

use autoproto_core::media::{self, MediaOptions};
use autoproto_core::{AudioView, CancelToken, Context, Progress, SAMPLE_RATE};

use crate::truth::recordings;

/// Seconds of silence between two recordings.
const GAP: f64 = 4.0;

/// A recording as 16 kHz mono.
///
/// # Errors
/// Where it can't be read.
pub fn decoded(path: &Path) -> Result<Vec<f32>, Box<dyn Error>> {
    let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
    let ctx = Context::new(&cancel, &sink);
    let decoded = media::decode(path, &MediaOptions::default(), &ctx)?;
    Ok(decoded.audio.view().samples().to_vec())
}

/// The recordings of a folder.
///
/// # Errors
/// Where there is none, or one can't be read.
pub fn sounds(folder: &Path) -> Result<Vec<Vec<f32>>, Box<dyn Error>> {
    let mut sounds = Vec::new();
    for recording in recordings(folder)? {
        sounds.push(decoded(&recording.path)?);
    }
    if sounds.is_empty() {
        return Err(format!("{} holds no recordings", folder.display()).into());
    }
    Ok(sounds)
}

/// One after another, again and again, with gaps of silence, for about so many seconds: 16-bit WAV, written as it goes;
/// whole recordings only.
///
/// # Errors
/// Where it can't be written, or is too long for a WAV file.
pub fn write_long(path: &Path, sounds: &[Vec<f32>], seconds: f64) -> Result<(), Box<dyn Error>> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    media::write_wav(AudioView::new(&[]), media::WavFormat::Pcm16, &mut file)?;
    let gap = vec![0_u8; 2 * (GAP * f64::from(SAMPLE_RATE)) as usize];
    let mut bytes = 0_u64;
    for sound in sounds.iter().cycle() {
        if bytes as f64 / 2.0 >= seconds * f64::from(SAMPLE_RATE) {
            break;
        }
        for sample in sound {
            file.write_all(&((sample * 32_767.0) as i16).to_le_bytes())?;
        }
        file.write_all(&gap)?;
        bytes += 2 * sound.len() as u64 + gap.len() as u64;
    }
    // The two lengths of the header, now that they are known.
    let length = u32::try_from(bytes).map_err(|_| "too long for a WAV file")?;
    file.seek(std::io::SeekFrom::Start(4))?;
    file.write_all(&(36 + length).to_le_bytes())?;
    file.seek(std::io::SeekFrom::Start(40))?;
    file.write_all(&length.to_le_bytes())?;
    file.flush()?;
    Ok(())
}
