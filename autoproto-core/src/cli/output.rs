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
        let place = place_of(path);
        let same = |t: &Target| t.path.as_deref().map(place_of).as_ref() == Some(&place);
        if is_file(path) && targets.iter().any(same) {
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
    if output.is_dir() || output.as_os_str().to_string_lossy().ends_with('/') {
        return Err(invalid(output, "a file, not a folder"));
    }
    if !is_file(output) {
        return Ok(());
    }
    let place = place_of(output);
    if input.canonicalize().is_ok_and(|input| input == place) {
        return Err(invalid(output, "another file than the recording"));
    }
    let folder = folder_of(&place);
    let failed = |source| Error::Io {
        action: "write",
        path: output.to_owned(),
        source,
    };
    if !folder.is_dir() {
        let reason = format!("there is no folder {}; make it first", folder.display());
        return Err(failed(io::Error::new(io::ErrorKind::NotFound, reason)));
    }
    // The surest way to know whether a file can be made there is to make one.
    let probe = builder().tempfile_in(folder);
    probe.map(drop).map_err(|e| failed(e.kind().into()))
}

/// Whether a result is moved into place there; devices and pipes are written to.
fn is_file(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Where a result ends up: links are followed, even one to a file that is not there yet.
fn place_of(path: &Path) -> PathBuf {
    if let Ok(place) = path.canonicalize() {
        return place;
    }
    if let Ok(target) = path.read_link() {
        return place_of(&folder_of(path).join(target));
    }
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".autoproto-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the user's mask, as any new file
    builder
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

/// Writes every result: first all files beside their places, then each into place; a failure before that leaves nothing
/// behind. Pipes, devices and standard output come last.
pub(super) fn write_all(results: &[(&Target, String)]) -> Result<()> {
    let placed = |target: &Target| target.path.as_deref().is_some_and(is_file);
    let whole = super::interrupt::placing();
    let mut staged = Vec::new();
    for (target, text) in results.iter().filter(|(target, _)| placed(target)) {
        if let Some(path) = &target.path {
            staged.push(stage(path, |file| file.write_all(text.as_bytes()))?);
        }
    }
    for file in staged {
        file.publish()?;
    }
    drop(whole);
    for (target, text) in results {
        match &target.path {
            None => print(text)?,
            Some(path) if !is_file(path) => {
                write_device(path, |device| device.write_all(text.as_bytes()))?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Writes one result that is too large to be held as a text.
pub(super) fn write_one(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    if !is_file(path) {
        return write_device(path, write);
    }
    let _whole = super::interrupt::placing();
    stage(path, write)?.publish()
}

fn write_device(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let device = std::fs::OpenOptions::new().write(true).open(path);
    let mut device = io::BufWriter::new(device.map_err(Error::io("write", path))?);
    match write(&mut device).and_then(|()| device.flush()) {
        // A reader that has gone away is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::io("write", path)(error))
        }
        _ => Ok(()),
    }
}

/// A file that is written, but not yet in place.
struct Staged {
    file: NamedTempFile,
    place: PathBuf,
}

/// Writes a file beside its place; one that is replaced keeps its permissions.
fn stage(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Staged> {
    let failed = || Error::io("write", path);
    let place = place_of(path);
    let mut file = builder()
        .tempfile_in(folder_of(&place))
        .map_err(|e| failed()(e.kind().into()))?;
    if let Ok(before) = std::fs::metadata(&place) {
        let kept = file.as_file().set_permissions(before.permissions());
        kept.map_err(failed())?;
    }
    {
        let mut buffered = io::BufWriter::new(file.as_file_mut());
        write(&mut buffered).map_err(failed())?;
        buffered.flush().map_err(failed())?;
    }
    file.as_file().sync_all().map_err(failed())?;
    Ok(Staged { file, place })
}

impl Staged {
    /// Moves it into place.
    fn publish(self) -> Result<()> {
        let Staged { file, place } = self;
        let moved = file.persist(&place);
        moved.map_err(|e| Error::io("write", &place)(e.error))?;
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
    fn one_file_by_two_names_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("x.md");
        let roundabout = folder.path().join("./x.md");
        let both = [plain, roundabout];
        let refused = targets(Path::new("in.wav"), &both, None, Format::Markdown, &ALL);
        assert_eq!(refused.unwrap_err().code(), "invalid-option");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.md"), folder.path().join("link.md"));
        symlink("real.md", &link).unwrap();
        let write =
            |text: &'static str| write_one(&link, move |out| out.write_all(text.as_bytes()));
        write("first").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "first");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        write("second").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "second");
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(link.is_symlink());
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
