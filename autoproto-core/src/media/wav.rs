//! Writing sound out as WAV, a block at a time.

use std::io::{self, Write};

use super::recording::SampleFormat;
use crate::audio::{AudioView, SAMPLE_RATE};

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WavFormat {
    /// 16-bit integers, which everything plays.
    #[default]
    Pcm16,
    /// 32-bit floats, which lose nothing.
    Float32,
}

/// Writes `audio` as a WAV file: 16 kHz, mono.
///
/// ```
/// use autoproto_core::AudioView;
/// use autoproto_core::media::{WavFormat, write_wav};
///
/// let mut wav = Vec::new();
/// write_wav(AudioView::new(&[0.0, 0.5]), WavFormat::Pcm16, &mut wav)?;
/// assert_eq!(wav.len(), 44 + 4);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// Those of `out`; and [`io::ErrorKind::InvalidInput`] for more than a WAV file can hold, 4 GiB (18 hours of floats).
pub fn write_wav(audio: AudioView<'_>, format: WavFormat, out: &mut impl Write) -> io::Result<()> {
    let (tag, width) = match format {
        WavFormat::Pcm16 => (1u16, 2u16),
        WavFormat::Float32 => (3, 4),
    };
    let too_long = || {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            "more than the 4 GiB that a WAV file can hold",
        )
    };
    let bytes = u32::try_from(audio.len() as u64 * u64::from(width)).map_err(|_| too_long())?;
    // Readers of floats ask for the number of samples in a chunk of its own, and for the size of an empty extension.
    let float = matches!(format, WavFormat::Float32);
    let format_size: u32 = if float { 18 } else { 16 };
    let before_data = 4 + 8 + format_size + if float { 12 } else { 0 } + 8;

    let mut head = Vec::with_capacity(64);
    head.extend(b"RIFF");
    head.extend(
        before_data
            .checked_add(bytes)
            .ok_or_else(too_long)?
            .to_le_bytes(),
    );
    head.extend(b"WAVEfmt ");
    head.extend(format_size.to_le_bytes());
    head.extend(tag.to_le_bytes());
    head.extend(1u16.to_le_bytes());
    head.extend(SAMPLE_RATE.to_le_bytes());
    head.extend((SAMPLE_RATE * u32::from(width)).to_le_bytes());
    head.extend(width.to_le_bytes());
    head.extend((width * 8).to_le_bytes());
    if float {
        head.extend(0u16.to_le_bytes());
        head.extend(b"fact");
        head.extend(4u32.to_le_bytes());
        head.extend((audio.len() as u32).to_le_bytes());
    }
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    out.write_all(&head)?;

    let sample = match format {
        WavFormat::Pcm16 => SampleFormat::I16,
        WavFormat::Float32 => SampleFormat::F32,
    };
    write_pcm(audio, sample, out)
}

/// Writes the samples of `audio` without a header: 16 kHz, mono, little-endian.
///
/// # Errors
/// Those of `out`.
pub fn write_pcm(
    audio: AudioView<'_>,
    format: SampleFormat,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut block = Vec::with_capacity(4 * 4096);
    for samples in audio.blocks(4096) {
        block.clear();
        for &sample in samples {
            match format {
                // Readers divide by 2^15, so this gives 16-bit samples back as they were; the conversion saturates.
                SampleFormat::I16 => {
                    block.extend(((sample * 32_768.0).round() as i16).to_le_bytes());
                }
                SampleFormat::F32 => block.extend(sample.to_le_bytes()),
            }
        }
        out.write_all(&block)?;
    }
    out.flush()
}
