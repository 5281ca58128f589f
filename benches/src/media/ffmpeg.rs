//! ffmpeg: the decode that ours is held against, and the maker of test files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use autoproto_core::SAMPLE_RATE;

/// An ffmpeg that runs.
pub struct Ffmpeg {
    pub path: PathBuf,
    version: String,
}

impl Ffmpeg {
    /// `given`, else `AUTOPROTO_FFMPEG`, else the one on the PATH.
    pub fn find(given: Option<PathBuf>) -> Result<Self, String> {
        let path = given
            .or_else(|| std::env::var_os("AUTOPROTO_FFMPEG").map(PathBuf::from))
            .unwrap_or_else(|| "ffmpeg".into());
        let output = Command::new(&path)
            .arg("-version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot run {}: {error}", path.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().nth(2).unwrap_or("of no version");
        Ok(Self {
            path,
            version: version.to_owned(),
        })
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    /// The PATH of a child that shall find this ffmpeg as `ffmpeg`; `None` where it can't.
    pub fn search_path(&self) -> Option<std::ffi::OsString> {
        let folder = self.path.parent().filter(|f| !f.as_os_str().is_empty())?;
        if self.path.file_stem() != Some(OsStr::new("ffmpeg")) {
            return None;
        }
        let old = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(
            std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&old)),
        )
        .ok()
    }

    /// The command of the race, which writes to `out`.
    pub fn racing(&self, file: &Path, out: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(["-v", "error", "-nostdin", "-threads", "1", "-i"])
            .arg(file)
            .args(["-ac", "1", "-ar", "16000", "-f", "f32le", "-y"])
            .arg(out);
        command
    }

    /// Runs with `arguments` between `-v error -nostdin -y` and `out`, and puts the whole file there at the end.
    pub fn make<S: AsRef<OsStr>>(&self, arguments: &[S], out: &Path) -> Result<(), String> {
        let (Some(folder), Some(name)) = (out.parent(), out.file_name()) else {
            return Err(format!("{} names no file", out.display()));
        };
        // In front, for ffmpeg goes by the suffix.
        let part = folder.join([OsStr::new("part-"), name].join(OsStr::new("")));
        let output = Command::new(&self.path)
            .args(["-v", "error", "-nostdin", "-y"])
            .args(arguments)
            .arg(&part)
            .output()
            .map_err(|error| error.to_string())?;
        let made = part.metadata().is_ok_and(|m| m.len() > 0);
        if !output.status.success() || !made {
            let _ = std::fs::remove_file(&part);
            return Err(format!(
                "cannot make {}: {}",
                out.display(),
                last_line(&output.stderr)
            ));
        }
        std::fs::rename(&part, out).map_err(|error| error.to_string())
    }

    /// The audio track number `track` as 16 kHz mono.
    ///
    /// Resampled by soxr at 28 bits, for ffmpeg's own resampler would be most of the difference; and mixed down here
    /// with our weights, since `-ac 1` weighs channels by other rules. `decoder` is one of ffmpeg's, else its choice.
    pub fn decode(
        &self,
        file: &Path,
        track: usize,
        decoder: Option<&str>,
    ) -> Result<Vec<f32>, String> {
        let output = Command::new(&self.path)
            .args(["-v", "error", "-nostdin"])
            .args(decoder.map(|_| "-c:a"))
            .args(decoder)
            .arg("-i")
            .arg(file)
            .args(["-map", &format!("0:a:{track}")])
            .args(["-af", "aresample=16000:resampler=soxr:precision=28"])
            .args(["-c:a", "pcm_f32be", "-f", "au", "pipe:1"]) // AU, whose head is six numbers
            .output()
            .map_err(|error| error.to_string())?;
        let bytes = output.stdout;
        let word = |at: usize| -> Option<u32> {
            Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
        };
        let (Some(start), Some(encoding), Some(rate), Some(channels)) =
            (word(4), word(12), word(16), word(20))
        else {
            return Err(last_line(&output.stderr));
        };
        if (encoding, rate) != (6, SAMPLE_RATE) || channels == 0 {
            return Err(format!(
                "encoding {encoding} at {rate} Hz, {channels} channels"
            ));
        }
        let samples: Vec<f32> = bytes
            .get(start as usize..)
            .unwrap_or_default()
            .chunks_exact(4)
            .map(|b| f32::from_be_bytes([b[0], b[1], b[2], b[3]]))
            .map(|s| if s.is_finite() { s } else { 0.0 })
            .collect();
        let weights = weights(channels as usize);
        Ok(samples
            .chunks_exact(weights.len())
            .map(|frame| frame.iter().zip(&weights).map(|(s, w)| s * w).sum())
            .collect())
    }
}

/// The library's weights for the usual layouts: 5.1 and 7.1 without the bass, the surround at half; else the mean.
fn weights(channels: usize) -> Vec<f32> {
    let raw = match channels {
        6 => vec![1.0, 1.0, 1.0, 0.0, 0.5, 0.5],
        8 => vec![1.0, 1.0, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5],
        _ => vec![1.0; channels],
    };
    let total: f32 = raw.iter().sum();
    raw.iter().map(|w| w / total).collect()
}

fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    line.unwrap_or("no sound").trim().to_owned()
}
