//! What only a system with a shell and signals can be asked: programs that take ffmpeg's place and misbehave.

use super::*;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Instant;

/// A WAV header for mono at 16 kHz as `printf` takes it.
const HEADER: &str = r"RIFF\377\377\377\377WAVEfmt \020\0\0\0\003\0\001\0\200\076\0\0\0\372\0\0\004\0\040\0data\377\377\377\377";

/// A program that does what `script` says in place of ffmpeg.
fn stand_in(script: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ffmpeg");
    let text = format!("#!/bin/sh\n[ \"$1\" = ready ] && exit 0\nhead='{HEADER}'\n{script}\n");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A process that another test has just forked may still hold the file open, and then it can't be run.
    while Command::new(&path).arg("ready").status().is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    (folder, path)
}

fn begin(program: &Path, patience: Duration, cancel: &CancelToken) -> Result<External> {
    let input = Path::new("a.avi");
    let command = decoding(program, input, Container::Avi, None)?;
    External::start(command, program, input, patience, cancel)
}

fn run(script: &str) -> Result<(Vec<f32>, Vec<String>)> {
    let (_folder, program) = stand_in(script);
    let mut external = begin(&program, PATIENCE, &CancelToken::new())?;
    let sound = drain(&mut external)?;
    Ok((sound, external.finish()?))
}

/// Whether a process still has an entry, be it as a zombie.
#[cfg(target_os = "linux")]
fn is_there(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[test]
fn path_is_searched_in_absolute_folders_for_programs_only() {
    let (folder, program) = stand_in("");
    let (other, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(other.path().join("ffmpeg")).unwrap();
    std::fs::write(plain.path().join("ffmpeg"), "").unwrap();
    let list = |folders: &[&Path]| std::env::join_paths(folders).unwrap();
    let empty = Path::new("");
    assert_eq!(
        search(&list(&[
            empty,
            Path::new("bin"),
            other.path(),
            plain.path(),
            folder.path()
        ])),
        Some(program)
    );
    assert_eq!(search(&list(&[empty, other.path(), plain.path()])), None);
    assert_eq!(search(OsStr::new("")), None);
    assert_eq!(ExternalDecoder::Never.find(), None);
    let bare = ExternalDecoder::At("ffmpeg".into()).find().unwrap();
    assert!(bare.is_absolute(), "{}", bare.display());
}

#[test]
fn sound_comes_through_whole() {
    // Two samples and half of one, in pieces.
    let (sound, complaints) =
        run(r#"printf "$head\0\0"; sleep 0.1; printf '\200\077\0\0\0\277\0\0'"#).unwrap();
    assert_eq!(sound, [1.0, -0.5]);
    assert_eq!(complaints, [""; 0]);
}

#[test]
fn garbage_is_told_from_a_recording() {
    for script in [
        "echo usage: something else",
        "exec cat /dev/zero",
        "exit 0",
        "printf 'RIFF\\0\\0\\0\\0WAVE'; exec cat /dev/zero",
    ] {
        let error = run(script).unwrap_err();
        assert_eq!(error.code(), "io", "{script}: {error}");
        assert!(
            told(&error).contains("not what ffmpeg would write"),
            "{}",
            told(&error)
        );
    }
    let (_folder, program) = stand_in("echo usage: something else");
    let error = probe(
        &program,
        Path::new("a"),
        Container::Avi,
        &CancelToken::new(),
    );
    assert_eq!(error.unwrap_err().code(), "io");
}

#[test]
fn a_failure_before_any_sound_is_an_error_in_its_words() {
    let error = run(
        "printf '\\033[31m[avi @ 0x55d] [error] no index\\a\\033[0m\\n[fatal] Error opening input files: x' >&2; exit 187",
    )
    .unwrap_err();
    assert_eq!(error.code(), "damaged-media");
    assert!(
        error
            .to_string()
            .ends_with("ffmpeg failed with exit code 187: no index"),
        "{error}"
    );
    let error = run(r#"printf "$head"; kill -9 $$"#).unwrap_err();
    assert!(error.to_string().ends_with("ended by signal 9"), "{error}");
    let error = run(r#"printf "$head""#).unwrap_err();
    assert!(
        error.to_string().ends_with("found no sound in it"),
        "{error}"
    );
}

#[test]
fn a_failure_after_sound_is_a_complaint() {
    let script = r#"printf "$head\0\0\200\077"; echo '[aac @ 0x5] [error] out of data' >&2"#;
    let (sound, complaints) = run(&format!("{script}; exit 69")).unwrap();
    assert_eq!(sound, [1.0]);
    assert_eq!(
        complaints,
        [
            "ffmpeg failed with exit code 69: out of data",
            "ffmpeg: out of data"
        ]
    );
    let (sound, complaints) = run(&format!("{script}; kill -11 $$")).unwrap();
    assert_eq!(sound, [1.0]);
    assert!(
        complaints.first().unwrap().contains("signal 11"),
        "{complaints:?}"
    );
}

#[test]
fn endless_complaints_stop_nothing_and_fill_nothing() {
    // More than a pipe holds, before the first sound.
    let (sound, complaints) = run(
        r#"i=0; while [ $i -lt 20000 ]; do echo "[error] complaint $i" >&2; i=$((i+1)); done; printf "$head\0\0\200\077""#,
    )
    .unwrap();
    assert_eq!(sound, [1.0]);
    assert_eq!(complaints, ["ffmpeg: complaint 0 (20000 times, or alike)"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_cancelled_wait_ends_at_once_and_leaves_no_process() {
    let (folder, program) =
        stand_in(r#"echo $$ > "$(dirname "$0")/id"; printf "$head\0\0\200\077"; exec sleep 1000"#);
    for at_once in [true, false] {
        let cancel = CancelToken::new();
        let mut external = begin(&program, PATIENCE, &cancel).unwrap();
        let id = external.running.id();
        let mut block = Vec::new();
        assert!(external.next(&mut block).unwrap());
        let (from_elsewhere, begun) = (cancel.clone(), Instant::now());
        let button = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(if at_once { 0 } else { 300 }));
            from_elsewhere.cancel();
        });
        let error = external.next(&mut block).unwrap_err();
        assert_eq!(error.code(), "cancelled");
        assert!(begun.elapsed() < Duration::from_secs(20));
        button.join().unwrap();
        drop(external);
        assert!(!is_there(id));
    }
    let id = std::fs::read_to_string(folder.path().join("id")).unwrap();
    assert!(!is_there(id.trim().parse().unwrap()));
    // And before the first sound, where the caller holds nothing to drop.
    let (folder, program) = stand_in(r#"echo $$ > "$(dirname "$0")/id"; exec sleep 1000"#);
    let cancel = CancelToken::new();
    let button = std::thread::spawn({
        let (cancel, id) = (cancel.clone(), folder.path().join("id"));
        move || {
            while !std::fs::read(&id).is_ok_and(|id| id.ends_with(b"\n")) {
                std::thread::sleep(Duration::from_millis(10));
            }
            cancel.cancel();
        }
    });
    assert_eq!(
        begin(&program, PATIENCE, &cancel).unwrap_err().code(),
        "cancelled"
    );
    button.join().unwrap();
    let id = std::fs::read_to_string(folder.path().join("id")).unwrap();
    assert!(!is_there(id.trim().parse().unwrap()));
}

#[test]
fn one_that_is_stuck_is_stopped() {
    let patience = Duration::from_millis(300);
    let (_folder, program) = stand_in("exec sleep 1000");
    let error = begin(&program, patience, &CancelToken::new()).unwrap_err();
    assert!(
        error.to_string().contains("gave nothing for too long"),
        "{error}"
    );
    // One that closes its output and then doesn't end.
    let (_folder, program) = stand_in(r#"printf "$head\0\0\200\077"; exec sleep 1000 >&- 2>&-"#);
    let mut external = begin(&program, patience, &CancelToken::new()).unwrap();
    assert_eq!(drain(&mut external).unwrap(), [1.0]);
    let complaints = external.finish().unwrap();
    assert_eq!(complaints, ["ffmpeg didn't end and was stopped"]);
}

#[test]
#[cfg(target_os = "linux")]
fn endless_sound_can_be_left() {
    for is_finished in [true, false] {
        let (_folder, program) = stand_in(r#"printf "$head"; exec cat /dev/zero"#);
        let mut external = begin(&program, PATIENCE, &CancelToken::new()).unwrap();
        let id = external.running.id();
        let mut block = Vec::new();
        for _ in 0..50 {
            assert!(external.next(&mut block).unwrap());
        }
        if is_finished {
            assert_eq!(external.finish().unwrap(), [""; 0]);
        } else {
            drop(external);
        }
        assert!(!is_there(id));
    }
}

#[test]
fn files_of_any_name_are_found_and_nothing_else_happens() {
    let Some((program, shared)) = real("files_of_any_name_are_found_and_nothing_else_happens")
    else {
        return;
    };
    let cancel = CancelToken::new();
    for name in [
        &b"-y.wma"[..],
        b"-",
        b"pipe:0",
        b"concat:a|b.wma",
        b"http:x.wma",
        b"file:a.wma",
        b"subfile,,start,0,end,9,,:a",
        b"%03d.wma",
        b"a\nb.wma",
        b"$(touch x) `touch x` ';&\".wma",
        b"q?x=1#f.wma",
        "протокол ☺.wma".as_bytes(),
        b"\xff\xfe.wma",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let name = Path::new(OsStr::from_bytes(name));
        std::fs::copy(shared.join("wma.wma"), folder.path().join(name)).unwrap();
        for input in [name.to_path_buf(), folder.path().join(name)] {
            let mut command = decoding(&program, &input, Container::Asf, None).unwrap();
            command.current_dir(folder.path());
            let mut external =
                External::start(command, &program, &input, PATIENCE, &cancel).unwrap();
            assert_eq!(drain(&mut external).unwrap().len(), 63_488, "{name:?}");
            assert_eq!(external.finish().unwrap(), [""; 0], "{name:?}");
        }
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "{name:?}"
        );
    }
}
