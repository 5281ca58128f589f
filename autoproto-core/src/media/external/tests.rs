#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(unix)]
mod stand_ins;

use super::*;
use crate::skipped::skipped;

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/audio/media");

/// The ffmpeg to test with, and the folder of recordings; or a note that the test `name` is skipped.
fn real(name: &str) -> Option<(PathBuf, PathBuf)> {
    let named = std::env::var_os("AUTOPROTO_FFMPEG").map(|path| ExternalDecoder::At(path.into()));
    let program = named.unwrap_or(ExternalDecoder::OnPath).find();
    let folder = PathBuf::from(SHARED);
    let reason = match program {
        Some(program) if folder.is_dir() => return Some((program, folder)),
        Some(_) => "the folder shared/audio/media is absent",
        None => "no ffmpeg on PATH and none named by AUTOPROTO_FFMPEG",
    };
    skipped(name, reason);
    None
}

fn drain(external: &mut External) -> Result<Vec<f32>> {
    let (mut all, mut block) = (Vec::new(), Vec::new());
    while external.next(&mut block)? {
        let width = external.channels.count();
        assert!(!block.is_empty() && block.len() <= 70_000 && block.len().is_multiple_of(width));
        all.extend_from_slice(&block);
    }
    Ok(all)
}

fn told(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(source) = std::error::Error::source(error) {
        text += &format!(": {source}");
    }
    text
}

#[test]
fn no_name_is_an_option_a_protocol_or_a_pattern() {
    for name in ["-y.avi", "-", "http://x", "concat:a|b", "%03d.png", "a\nb"] {
        let command = decoding(
            Path::new("ffmpeg"),
            Path::new(name),
            Container::Avi,
            Some(2),
        )
        .unwrap();
        let arguments: Vec<_> = command.get_args().collect();
        let named = OsString::from(format!("file:{name}"));
        assert!(arguments.contains(&named.as_os_str()));
        assert!(!arguments.contains(&OsStr::new(name)));
        assert!(arguments.windows(2).any(|pair| pair == ["-f", "avi"]));
        assert!(arguments.windows(2).any(|pair| pair == ["-map", "0:a:2"]));
        let hushed = |name| {
            command
                .get_envs()
                .any(|(key, value)| key == name && value.is_none())
        };
        assert!(hushed("FFREPORT") && hushed("AV_LOG_FORCE_COLOR"));
    }
}

#[test]
fn what_has_no_demuxer_is_not_shown_to_ffmpeg() {
    let cancel = CancelToken::new();
    let (program, input) = (Path::new("/none/ffmpeg"), Path::new("list.m3u8"));
    for container in [Container::Text, Container::Unknown] {
        let error = open(program, input, container, None, &cancel).unwrap_err();
        assert_eq!(error.code(), "unsupported-media");
        let error = probe(program, input, container, &cancel).unwrap_err();
        assert_eq!(error.code(), "unsupported-media");
    }
}

#[test]
fn a_program_that_cannot_be_started_is_named() {
    let cancel = CancelToken::new();
    let (program, input) = (Path::new("/none/ffmpeg"), Path::new("a.avi"));
    for error in [
        open(program, input, Container::Avi, None, &cancel).unwrap_err(),
        probe(program, input, Container::Avi, &cancel).unwrap_err(),
    ] {
        assert_eq!(error.code(), "io");
        assert!(error.to_string().contains("/none/ffmpeg"), "{error}");
    }
}

#[test]
fn the_three_kinds_decode_whole() {
    let Some((program, folder)) = real("the_three_kinds_decode_whole") else {
        return;
    };
    let cancel = CancelToken::new();
    for (name, container, codec, rate, samples) in [
        (
            "video_h264_aac.ts",
            Container::MpegTs,
            "AAC-LC",
            48_000,
            529_408,
        ),
        (
            "video_mpeg4_mp3.avi",
            Container::Avi,
            "MP3",
            44_100,
            487_296,
        ),
        ("wma.wma", Container::Asf, "WMA", 16_000, 63_488),
    ] {
        let path = folder.join(name);
        let info = probe(&program, &path, container, &cancel).unwrap();
        assert_eq!(info.container, container.name());
        let track = info
            .tracks
            .iter()
            .find(|track| track.kind == "audio")
            .unwrap();
        assert_eq!(
            (track.kind.as_str(), track.codec.as_str()),
            ("audio", codec)
        );
        assert_eq!((track.sample_rate, track.channels), (Some(rate), Some(1)));
        let seconds = f64::from(samples) / f64::from(rate);
        assert!((info.duration.unwrap() - seconds).abs() < 0.2, "{info:?}");

        let mut external = open(&program, &path, container, None, &cancel).unwrap();
        assert_eq!((external.rate, external.channels.count()), (rate, 1));
        let sound = drain(&mut external).unwrap();
        let energy = sound.iter().map(|s| s * s).sum::<f32>() / sound.len() as f32;
        assert!((1e-4..0.5).contains(&energy), "{name}: {energy}");
        assert_eq!(external.finish().unwrap(), [""; 0], "{name}");
        assert_eq!(sound.len(), samples as usize, "{name}");
    }
}

#[test]
fn surround_sound_keeps_its_places_and_a_missing_track_is_told() {
    let Some((program, folder)) =
        real("surround_sound_keeps_its_places_and_a_missing_track_is_told")
    else {
        return;
    };
    let cancel = CancelToken::new();
    let path = folder.join("wav_5_1_48k.wav");
    let mut external = open(&program, &path, Container::Wav, Some(0), &cancel).unwrap();
    assert_eq!(
        external.channels,
        symphonia::core::audio::layouts::CHANNEL_LAYOUT_5P1
    );
    assert_eq!(drain(&mut external).unwrap().len(), 6 * 4 * 48_000);

    let error = open(&program, &path, Container::Wav, Some(1), &cancel).unwrap_err();
    assert_eq!(error.code(), "damaged-media");
    assert!(error.to_string().contains("matches no streams"), "{error}");
}

/// The file without the packets of its sound in the third fifth.
fn with_a_hole(transport: &[u8]) -> Vec<u8> {
    const SOUND: u16 = 0x101;
    let count = transport.len() / 188;
    let is_kept = |(at, packet): &(usize, &[u8])| {
        let identifier = packet.get(1..).and_then(|rest| rest.first_chunk());
        let is_sound = identifier.is_some_and(|id| u16::from_be_bytes(*id) & 0x1fff == SOUND);
        !(is_sound && (2 * count / 5..3 * count / 5).contains(at))
    };
    let packets = transport.chunks_exact(188).enumerate().filter(is_kept);
    packets.flat_map(|(_, packet)| packet).copied().collect()
}

#[test]
fn lost_packets_become_silence_and_a_complaint() {
    let Some((program, folder)) = real("lost_packets_become_silence_and_a_complaint") else {
        return;
    };
    let cancel = CancelToken::new();
    let whole = std::fs::read(folder.join("video_h264_aac.ts")).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("a.ts");
    std::fs::write(&path, with_a_hole(&whole)).unwrap();
    let mut external = open(&program, &path, Container::MpegTs, None, &cancel).unwrap();
    let sound = drain(&mut external).unwrap();
    assert!(sound.len().abs_diff(529_408) < 2_048, "{}", sound.len());
    assert!(!external.finish().unwrap().is_empty());
}

/// A Flash video of eleven seconds whose sound begins three seconds after the picture.
fn late_sound(program: &Path, folder: &Path) -> Option<Vec<u8>> {
    let source = folder.join("video_mpeg4_mp3.avi");
    let made = Command::new(program)
        .args(["-nostdin", "-v", "error", "-i"])
        .arg(&source)
        .args(["-itsoffset", "3", "-i"])
        .arg(&source)
        .args([
            "-map",
            "0:v",
            "-map",
            "1:a",
            "-c:v",
            "flv",
            "-c:a",
            "adpcm_swf",
        ])
        .args(["-ar", "22050", "-f", "flv", "pipe:1"])
        .output()
        .unwrap();
    made.status.success().then_some(made.stdout)
}

/// Moves the stamp of the `number`-th tag of sound to `stamp` milliseconds.
fn damage_stamp(flash: &mut [u8], number: usize, stamp: u32) {
    let (mut at, mut seen) = (13, 0);
    while let Some(&[kind, a, b, c]) = flash.get(at..).and_then(|rest| rest.first_chunk()) {
        seen += usize::from(kind == 8);
        if kind == 8 && seen == number {
            let [high, stamp @ ..] = stamp.to_be_bytes();
            flash[at + 4..at + 7].copy_from_slice(&stamp);
            flash[at + 7] = high;
            return;
        }
        at += 11 + u32::from_be_bytes([0, a, b, c]) as usize + 4;
    }
    panic!("there are only {seen} tags of sound");
}

#[test]
fn sound_stands_where_its_stamps_say_unless_they_are_damaged() {
    const NAME: &str = "sound_stands_where_its_stamps_say_unless_they_are_damaged";
    let Some((program, folder)) = real(NAME) else {
        return;
    };
    let Some(mut flash) = late_sound(&program, &folder) else {
        skipped(NAME, "this ffmpeg can't write Flash video");
        return;
    };
    let (cancel, scratch) = (CancelToken::new(), tempfile::tempdir().unwrap());
    let path = scratch.path().join("a.flv");
    for stamp in [None, Some(5_000_000)] {
        if let Some(stamp) = stamp {
            damage_stamp(&mut flash, 60, stamp);
        }
        std::fs::write(&path, &flash).unwrap();
        let mut external = open(&program, &path, Container::Flv, None, &cancel).unwrap();
        assert_eq!(external.rate, 22_050);
        let sound = drain(&mut external).unwrap();
        let silent = sound.iter().take_while(|s| s.abs() < 1e-3).count();
        assert!((65_000..75_000).contains(&silent), "{stamp:?}: {silent}");
        let seconds = sound.len() as f64 / 22_050.0;
        assert!((seconds - 14.05).abs() < 0.2, "{stamp:?}: {seconds}");
        let complaints = external.finish().unwrap();
        assert_eq!(complaints.is_empty(), stamp.is_none(), "{complaints:?}");
    }
}

#[test]
fn a_list_of_files_is_not_followed() {
    let Some((program, folder)) = real("a_list_of_files_is_not_followed") else {
        return;
    };
    let cancel = CancelToken::new();
    let scratch = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("wma.wma"), scratch.path().join("other.wma")).unwrap();
    let path = scratch.path().join("list.avi");
    for list in [
        "#EXTM3U\n#EXTINF:4,\nother.wma\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile other.wma\n",
    ] {
        std::fs::write(&path, list).unwrap();
        for container in [Container::Avi, Container::Asf, Container::Ac3] {
            let error = open(&program, &path, container, None, &cancel).unwrap_err();
            assert_eq!(error.code(), "damaged-media", "{error}");
            let error = probe(&program, &path, container, &cancel).unwrap_err();
            assert_eq!(error.code(), "damaged-media", "{error}");
        }
    }
}
