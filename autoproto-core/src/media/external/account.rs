//! Reads ffmpeg's account of a file, the lines that `ffmpeg -i FILE` prints.
//!
//! They are meant for people and differ from version to version: what isn't understood is left out.

use crate::media::info::{MediaInfo, TrackInfo};

/// Tracks that are listed at most.
const MOST_TRACKS: usize = 1_000;

/// What the lines say; `None` if they speak of no input.
pub(super) fn read(lines: &[String], container: &str) -> Option<MediaInfo> {
    let mut lines = lines
        .iter()
        .map(|line| line.strip_prefix("[info] ").unwrap_or(line));
    lines.find(|line| line.starts_with("Input #0"))?;
    let mut info = MediaInfo {
        container: container.into(),
        duration: None,
        tracks: Vec::new(),
        selected: Vec::new(),
    };
    // Tags are the file's own words, and may look like anything.
    let mut tags = None;
    for line in lines {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if tags.is_some_and(|tags| indent > tags) {
            continue;
        }
        tags = text.starts_with("Metadata:").then_some(indent);
        if let Some(rest) = text.strip_prefix("Duration: ") {
            info.duration = info.duration.or_else(|| seconds(rest));
        } else if let Some(track) = text.strip_prefix("Stream #0").and_then(stream) {
            // A stream is listed under each program of a broadcast that has it.
            let listed = info.tracks.iter().any(|other| other.id == track.id);
            if !listed && info.tracks.len() < MOST_TRACKS {
                info.tracks.push(track);
            }
        }
    }
    info.tracks.sort_by_key(|track| track.id);
    Some(info)
}

/// `00:00:11.02, start: …` in seconds.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.split(',').next()?.trim().split(':');
    let (hours, minutes, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let seconds: f64 = rest.parse().ok()?;
    let total = f64::from(hours.parse::<u32>().ok()?) * 3600.0
        + f64::from(minutes.parse::<u8>().ok()?) * 60.0
        + seconds;
    (total.is_finite() && total > 0.0).then_some(total)
}

/// `:1[0x101](eng): Audio: aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, mono, fltp, 73 kb/s (default)`.
fn stream(text: &str) -> Option<TrackInfo> {
    let text = text.strip_prefix([':', '.'])?;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, text) = text.split_at_checked(digits)?;
    let (name, text) = text.split_once(": ")?;
    let (kind, text) = text.split_once(": ").unwrap_or((text, ""));
    let language = name
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(language, _)| language)
        .filter(|language| *language != "und" && is_language(language));
    let fields = fields(text);
    let coding = fields.first().copied().unwrap_or_default();
    let kind = match kind {
        "Audio" => "audio",
        "Video" => "video",
        "Subtitle" => "subtitle",
        _ => "other",
    };
    let at = fields.iter().position(|field| field.ends_with(" Hz"));
    let rate = at.and_then(|at| fields.get(at)?.trim_end_matches(" Hz").parse().ok());
    let layout = at.and_then(|at| fields.get(at + 1));
    Some(TrackInfo {
        id: number.parse().ok()?,
        kind: kind.into(),
        codec: codec(coding),
        sample_rate: rate.filter(|_| kind == "audio"),
        channels: layout
            .filter(|_| kind == "audio")
            .and_then(|layout| channels(layout)),
        language: language.map(Into::into),
        duration: None,
        default: text.contains("(default)"),
        decoded: false,
    })
}

fn is_language(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (2..=35).contains(&text.len()) && text.chars().all(letter)
}

/// What stands between commas outside brackets.
fn fields(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    text.split(|c| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

/// The number of channels in `mono`, `5.1(side)`, `3 channels (FL+FR+LFE)`, …
fn channels(layout: &str) -> Option<usize> {
    let name = layout.split('(').next().unwrap_or_default().trim();
    if let Some((count, _)) = name.split_once(" channels") {
        return count.parse().ok().filter(|count| *count > 0);
    }
    if let Some(order) = name.strip_prefix("ambisonic ") {
        let order: usize = order.parse().ok().filter(|order| *order < 16)?;
        return Some((order + 1) * (order + 1));
    }
    match name {
        "mono" => Some(1),
        "stereo" | "downmix" | "binaural" => Some(2),
        "quad" => Some(4),
        "hexagonal" => Some(6),
        "octagonal" | "cube" => Some(8),
        "hexadecagonal" => Some(16),
        // Places in front, bass channels, places above: the sum, as in 5.1.2.
        _ => {
            let counts: Option<Vec<usize>> = name
                .split('.')
                .map(|part| part.parse().ok().filter(|n| *n < 100))
                .collect();
            Some(counts?.iter().sum()).filter(|count| *count > 0)
        }
    }
}

/// The name of a codec as ffmpeg describes it: `aac (LC) ([15][0][0][0] / 0x000F)`.
fn codec(coding: &str) -> String {
    let (id, rest) = coding.split_once(' ').unwrap_or((coding, ""));
    let profile = rest
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
        .map_or("", |(profile, _)| profile);
    let name = match id {
        "aac" | "aac_latm" => match profile {
            "LC" => "AAC-LC",
            "HE-AAC" | "HE-AACv2" => "HE-AAC",
            "Main" => "AAC Main",
            "SSR" => "AAC-SSR",
            "LTP" => "AAC-LTP",
            "LD" => "AAC-LD",
            "ELD" => "AAC-ELD",
            "xHE-AAC" => "xHE-AAC",
            _ => "AAC",
        },
        "mp1" => "MP1",
        "mp2" => "MP2",
        "mp3" | "mp3adu" | "mp3on4" => "MP3",
        "ac3" => "AC-3",
        "eac3" => "E-AC-3",
        "ac4" => "AC-4",
        "dts" => "DTS",
        "truehd" => "TrueHD",
        "wmav1" | "wmav2" => "WMA",
        "wmapro" => "WMA Pro",
        "wmalossless" => "WMA Lossless",
        "wmavoice" => "WMA Voice",
        "amr_nb" => "AMR-NB",
        "amr_wb" => "AMR-WB",
        "opus" => "Opus",
        "vorbis" => "Vorbis",
        "flac" => "FLAC",
        "alac" => "ALAC",
        "speex" => "Speex",
        "ape" => "Monkey's Audio",
        "wavpack" => "WavPack",
        "cook" => "Cook",
        "nellymoser" => "Nellymoser",
        "gsm" | "gsm_ms" => "GSM 6.10",
        "g723_1" => "G.723.1",
        "g729" => "G.729",
        "pcm_alaw" => "A-law",
        "pcm_mulaw" => "µ-law",
        "adpcm_ms" => "Microsoft ADPCM",
        "adpcm_g722" => "G.722",
        "adpcm_g726" | "adpcm_g726le" => "G.726",
        "h264" => "H.264",
        "hevc" => "HEVC",
        "vvc" => "VVC",
        "vp8" => "VP8",
        "vp9" => "VP9",
        "av1" => "AV1",
        "mpeg1video" => "MPEG-1 video",
        "mpeg2video" => "MPEG-2 video",
        "mpeg4" => "MPEG-4 video",
        "theora" => "Theora",
        "mjpeg" => "Motion JPEG",
        "" | "none" | "unknown" => "unknown",
        id if id.starts_with("pcm_") => "PCM",
        id if id.starts_with("dsd_") => "DSD",
        id if id.starts_with("adpcm_ima_") => "IMA ADPCM",
        id => return id.to_ascii_uppercase(),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn told(text: &str) -> Option<MediaInfo> {
        let lines: Vec<String> = text.lines().map(Into::into).collect();
        read(&lines, "MPEG-TS")
    }

    fn track(line: &str) -> TrackInfo {
        stream(line).unwrap()
    }

    #[test]
    fn a_broadcast_is_read_in_both_styles() {
        // ffmpeg 9 and ffmpeg 4.2.
        let new = "Input #0, mpegts, from 'file:a.ts':\n  Duration: 01:02:11.50, start: 1.400000, bitrate: 179 kb/s\n  \
            Program 1 \n    Metadata:\n      service_name    : Service01\n  \
            Stream #0:0[0x100]: Video: h264 (Constrained Baseline) ([27][0][0][0] / 0x001B), yuv420p(progressive), 160x120 [SAR 1:1 DAR 4:3], 10 fps\n  \
            Stream #0:1[0x101](rus): Audio: aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, mono, fltp, 73 kb/s, start 1.400000\n\
            At least one output file must be specified\n";
        let old = "Input #0, mpegts, from 'file:a.ts':\n  Duration: 01:02:11.50, start: 1.400000, bitrate: 179 kb/s\n  \
            Program 1 \n    Metadata:\n      service_name    : Service01\n    \
            Stream #0:0[0x100]: Video: h264 (Constrained Baseline) ([27][0][0][0] / 0x001B), yuv420p(progressive), 160x120, 10 fps\n    \
            Stream #0:1[0x101](rus): Audio: aac (LC) ([15][0][0][0] / 0x000F), 48000 Hz, mono, fltp, 73 kb/s\n";
        for text in [new, old] {
            let info = told(text).unwrap();
            assert_eq!(info.container, "MPEG-TS");
            assert_eq!(info.duration, Some(3731.5));
            assert_eq!(info.tracks[1].kind, "audio");
            let codecs: Vec<_> = info.tracks.iter().map(|t| t.codec.as_str()).collect();
            assert_eq!(codecs, ["H.264", "AAC-LC"]);
            let sound = info.tracks.get(1).unwrap();
            assert_eq!((sound.id, sound.kind.as_str()), (1, "audio"));
            assert_eq!((sound.sample_rate, sound.channels), (Some(48_000), Some(1)));
            assert_eq!(sound.language.as_deref(), Some("rus"));
            let picture = info.tracks.first().unwrap();
            assert_eq!((picture.sample_rate, picture.channels), (None, None));
        }
    }

    #[test]
    fn tags_are_not_taken_for_tracks() {
        let info = told(
            "Input #0, asf, from 'file:a':\n  Metadata:\n    Stream #0:7: Audio: mp3, 44100 Hz, mono\n    \
             Duration: 99:00:00.00\n  Duration: N/A, start: 0.0\n  Stream #0:0(eng): Audio: wmav2, 8000 Hz, stereo, fltp\n    \
             Metadata:\n      title           : x\n                      : Stream #0:8: Audio: mp3\n  Stream #0:1: Data: none\n",
        )
        .unwrap();
        assert_eq!(info.duration, None);
        let ids: Vec<_> = info
            .tracks
            .iter()
            .map(|t| (t.id, t.kind.as_str(), t.codec.as_str()))
            .collect();
        assert_eq!(ids, [(0, "audio", "WMA"), (1, "other", "unknown")]);
    }

    #[test]
    fn the_default_track_is_selected_and_a_shared_one_listed_once() {
        let info = told(
            "Input #0, x, from 'a':\n  Stream #0:2: Audio: ac3, 48000 Hz, 5.1(side), fltp (default)\n  \
             Stream #0:1: Audio: mp2, 48000 Hz, stereo\n  Stream #0:2: Audio: ac3, 48000 Hz, 5.1(side)\n",
        )
        .unwrap();
        let codecs: Vec<_> = info.tracks.iter().map(|t| t.codec.as_str()).collect();
        assert_eq!(codecs, ["MP2", "AC-3"]);
        let defaults: Vec<bool> = info.tracks.iter().map(|track| track.default).collect();
        assert!(defaults[1], "{defaults:?}");
    }

    #[test]
    fn codecs_have_the_names_of_the_other_readers() {
        for (text, name) in [
            ("aac (HE-AACv2) (mp4a / 0x6134706D)", "HE-AAC"),
            ("aac ([15][0][0][0] / 0x000F)", "AAC"),
            ("mp3 (mp3float) (U[0][0][0] / 0x0055)", "MP3"),
            ("amr_nb (amrnb)", "AMR-NB"),
            ("pcm_s24le ([1][0][0][0] / 0x0001)", "PCM"),
            ("adpcm_ima_wav", "IMA ADPCM"),
            ("qcelp", "QCELP"),
        ] {
            assert_eq!(codec(text), name);
        }
    }

    #[test]
    fn layouts_are_counted() {
        for (layout, count) in [
            ("5.1(side)", Some(6)),
            ("5.1.2", Some(8)),
            ("3 channels (FL+FR+LFE)", Some(3)),
            ("ambisonic 2", Some(9)),
            ("fltp", None),
            ("0 channels", None),
        ] {
            assert_eq!(channels(layout), count, "{layout}");
        }
        let odd = track(":3: Audio: mp3, 4294967296 Hz, 1 channels (FC, x), fltp");
        assert_eq!((odd.sample_rate, odd.channels), (None, Some(1)));
    }

    proptest::proptest! {
        #[test]
        fn any_lines_are_read(lines in proptest::collection::vec("(  |    )?(Stream #0:[0-9]{1,11}|Duration: |Metadata:)?[ -~а-я]{0,40}", 0..8)) {
            let lines = [vec!["Input #0, x".to_owned()], lines].concat();
            let info = read(&lines, "AVI").unwrap();
            proptest::prop_assert!(info.tracks.len() <= MOST_TRACKS);
        }
    }
}
