//! Results to files, whole or not at all, or to standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::export::Format;

/// Where one result goes.
#[derive(Debug, PartialEq)]
pub(super) struct Target {
    /// `None`: standard output.
    pub(super) path: Option<PathBuf>,
    pub(super) format: Format,
}

/// The targets that `-o` and `--format` ask for; all that can be wrong with them is found here, before any work.
pub(super) fn targets(
    input: &Path,
    outputs: &[PathBuf],
    format: Option<&str>,
    default: Format,
    possible: &[Format],
) -> Result<Vec<Target>> {
    let given = format.map(str::parse::<Format>).transpose()?;
    let mut targets = Vec::new();
    for path in outputs {
        if path.as_os_str() == "-" {
            targets.push(Target {
                path: None,
                format: given.unwrap_or(default),
            });
            continue;
        }
        let format = given.or_else(|| Format::from_path(path)).ok_or_else(|| {
            invalid(
                path,
                "a file that ends in .md, .json, .txt, .srt, .vtt or .rttm, or given with --format",
            )
        })?;
        writable(input, path)?;
        if targets
            .iter()
            .any(|t: &Target| t.path.as_deref() == Some(path))
        {
            return Err(invalid(path, "given once"));
        }
        targets.push(Target {
            path: Some(path.clone()),
            format,
        });
    }
    if targets.is_empty() {
        targets.push(Target {
            path: None,
            format: given.unwrap_or(default),
        });
    }
    match targets.iter().find(|t| !possible.contains(&t.format)) {
        Some(target) => Err(Error::InvalidOption {
            option: "format",
            expected: possible
                .iter()
                .map(|f| f.extension())
                .collect::<Vec<_>>()
                .join(" or "),
            got: target.format.extension().into(),
        }),
        None => Ok(targets),
    }
}

/// Refuses what could not be written later, and the recording itself.
pub(super) fn writable(input: &Path, output: &Path) -> Result<()> {
    if output.is_dir() {
        return Err(invalid(output, "a file, not a folder"));
    }
    let folder = folder_of(output);
    if !folder.is_dir() {
        let source = io::Error::new(
            io::ErrorKind::NotFound,
            format!("there is no folder {}; make it first", folder.display()),
        );
        return Err(Error::Io {
            action: "write",
            path: output.to_owned(),
            source,
        });
    }
    if let (Ok(a), Ok(b)) = (input.canonicalize(), output.canonicalize())
        && a == b
    {
        return Err(invalid(output, "another file than the recording"));
    }
    Ok(())
}

fn invalid(path: &Path, expected: &str) -> Error {
    Error::InvalidOption {
        option: "-o",
        expected: expected.into(),
        got: format!("`{}`", path.display()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Writes every result: first all into temporary files beside their places, then each into place; a failure before
/// that leaves nothing behind.
pub(super) fn write_all(results: &[(&Target, String)]) -> Result<()> {
    super::interrupt::finishing();
    let mut staged = Vec::new();
    for (target, text) in results {
        if let Some(path) = &target.path {
            staged.extend(stage(path, |file| file.write_all(text.as_bytes()))?);
        }
    }
    for file in staged {
        file.publish()?;
    }
    for (target, text) in results {
        if target.path.is_none() {
            print(text)?;
        }
    }
    Ok(())
}

/// A file that is written, but not yet in place.
pub(super) struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

/// Writes a file beside its place. A device or a pipe is written at once, as there is nothing to move into place.
pub(super) fn stage(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<Option<Staged>> {
    let failed = || Error::io("write", path);
    if path.exists() && !path.is_file() {
        let mut device = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(failed())?;
        write(&mut device).map_err(failed())?;
        return Ok(None);
    }
    // A link is written through, not replaced.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's mask, as any new file
    let mut file = builder
        .prefix(".autoproto-")
        .tempfile_in(folder_of(&place))
        .map_err(failed())?;
    {
        let mut buffered = io::BufWriter::new(file.as_file_mut());
        write(&mut buffered).map_err(failed())?;
        buffered.flush().map_err(failed())?;
    }
    file.as_file().sync_all().map_err(failed())?;
    Ok(Some(Staged { file, path: place }))
}

impl Staged {
    /// Moves it into place.
    pub(super) fn publish(self) -> Result<()> {
        let Staged { file, path } = self;
        file.persist(&path).map_err(|e| Error::Io {
            action: "write",
            path,
            source: e.error,
        })?;
        Ok(())
    }
}

/// To standard output; a reader that has gone away is no error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::io("write", "standard output")(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ALL: [Format; 2] = [Format::Markdown, Format::Json];

    fn targets_of(outputs: &[&str], format: Option<&str>) -> Result<Vec<Target>> {
        let outputs: Vec<PathBuf> = outputs.iter().map(PathBuf::from).collect();
        targets(
            Path::new("in.wav"),
            &outputs,
            format,
            Format::Markdown,
            &ALL,
        )
    }

    #[test]
    fn the_suffix_chooses_and_the_format_overrides_it() {
        assert_eq!(
            targets_of(&["a.json"], None).unwrap()[0].format,
            Format::Json
        );
        assert_eq!(
            targets_of(&["a.json"], Some("md")).unwrap()[0].format,
            Format::Markdown
        );
        assert_eq!(
            targets_of(&[], None).unwrap(),
            [Target {
                path: None,
                format: Format::Markdown
            }]
        );
    }

    #[test]
    fn what_cannot_be_written_is_refused_before_the_work() {
        assert_eq!(
            targets_of(&["a.docx"], None).unwrap_err().code(),
            "invalid-option"
        );
        assert_eq!(
            targets_of(&["a.srt"], None).unwrap_err().code(),
            "invalid-option"
        );
        assert_eq!(
            targets_of(&["no/such/folder/a.md"], None)
                .unwrap_err()
                .code(),
            "io"
        );
        assert_eq!(
            targets_of(&["a.md", "a.md"], None).unwrap_err().code(),
            "invalid-option"
        );
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.md");
        std::fs::write(&path, "before").unwrap();
        let failing = stage(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failing.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
