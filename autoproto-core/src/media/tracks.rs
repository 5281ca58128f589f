//! Which of a file's tracks is taken.

use std::cmp::Reverse;
use std::path::Path;

use super::TrackChoice;
use super::info::TrackInfo;
use crate::error::{Error, Result};

/// Chooses among a file's tracks: indices of audio tracks, in the file's order. One that can't be decoded here is chosen
/// only where it was asked for, or where no other can be.
///
/// # Errors
/// [`Error::InvalidOption`] for a track or a language that the file doesn't have.
pub(super) fn choose(
    path: &Path,
    tracks: &[TrackInfo],
    choice: &TrackChoice,
) -> Result<Vec<usize>> {
    let audio: Vec<usize> = (0..tracks.len())
        .filter(|&at| tracks.get(at).is_some_and(|track| track.kind == "audio"))
        .collect();
    let of = |wanted: &dyn Fn(&TrackInfo) -> bool| -> Vec<usize> {
        let fits = |at: &usize| tracks.get(*at).is_some_and(wanted);
        audio.iter().copied().filter(fits).collect()
    };
    let missing = |expected: String, got: String| {
        let expected = format!("{expected} of {}", path.display());
        Err(Error::InvalidOption {
            option: "track",
            expected,
            got,
        })
    };
    match choice {
        TrackChoice::All => {
            let decoded = of(&|track| track.decoded);
            Ok(if decoded.is_empty() { audio } else { decoded })
        }
        TrackChoice::Best => Ok(best(tracks, &audio).into_iter().collect()),
        TrackChoice::Id(id) => {
            let found = of(&|track| track.id == *id);
            if found.is_empty() && !audio.is_empty() {
                let ids = listed(tracks, &audio, |track| Some(track.id.to_string()));
                return missing(format!("an audio track ({ids})"), id.to_string());
            }
            Ok(found)
        }
        TrackChoice::Language(language) => {
            let spoken = |track: &TrackInfo| {
                let own = track.language.as_deref();
                own.is_some_and(|own| same_language(own, language))
            };
            let found = of(&spoken);
            if found.is_empty() && !audio.is_empty() {
                let known = listed(tracks, &audio, |track| track.language.clone());
                let known = if known.is_empty() {
                    "none is named".to_owned()
                } else {
                    known
                };
                let expected = format!("a language of the audio tracks ({known})");
                return missing(expected, format!("`{language}`"));
            }
            Ok(best(tracks, &found).into_iter().collect())
        }
    }
}

/// The best of some tracks: what can be decoded, then the file's default, then the longest, then the most channels, then
/// the first.
fn best(tracks: &[TrackInfo], among: &[usize]) -> Option<usize> {
    let rank = |at: &usize| {
        let track = tracks.get(*at);
        let millis = track.and_then(|track| track.duration).unwrap_or(0.0) * 1_000.0;
        (
            track.is_some_and(|track| track.decoded),
            track.is_some_and(|track| track.default),
            millis as u64,
            track.and_then(|track| track.channels).unwrap_or(0),
            Reverse(*at),
        )
    };
    among.iter().copied().max_by_key(rank)
}

fn listed(
    tracks: &[TrackInfo],
    among: &[usize],
    name: impl Fn(&TrackInfo) -> Option<String>,
) -> String {
    let names: Vec<String> = among
        .iter()
        .filter_map(|&at| tracks.get(at).and_then(&name))
        .collect();
    names.join(", ")
}

/// Whether two language tags mean the same language: `ru`, `rus`, `ru-RU`.
fn same_language(a: &str, b: &str) -> bool {
    // ISO 639-2's letters, the older ones of libraries too, and ISO 639-1's.
    const LETTERS: [(&str, &str); 38] = [
        ("ara", "ar"),
        ("bel", "be"),
        ("bul", "bg"),
        ("cat", "ca"),
        ("ces", "cs"),
        ("chi", "zh"),
        ("cze", "cs"),
        ("dan", "da"),
        ("deu", "de"),
        ("dut", "nl"),
        ("ell", "el"),
        ("eng", "en"),
        ("est", "et"),
        ("fin", "fi"),
        ("fra", "fr"),
        ("fre", "fr"),
        ("ger", "de"),
        ("gre", "el"),
        ("heb", "he"),
        ("hin", "hi"),
        ("hun", "hu"),
        ("ita", "it"),
        ("jpn", "ja"),
        ("kaz", "kk"),
        ("kor", "ko"),
        ("lav", "lv"),
        ("lit", "lt"),
        ("nld", "nl"),
        ("nor", "no"),
        ("pol", "pl"),
        ("por", "pt"),
        ("rus", "ru"),
        ("spa", "es"),
        ("swe", "sv"),
        ("tur", "tr"),
        ("ukr", "uk"),
        ("vie", "vi"),
        ("zho", "zh"),
    ];
    let short = |tag: &str| {
        let first = tag
            .split(['-', '_'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        LETTERS
            .iter()
            .find(|(long, _)| *long == first)
            .map_or(first, |(_, short)| (*short).to_owned())
    };
    !a.is_empty() && short(a) == short(b)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn track(id: u32, kind: &str, language: Option<&str>, seconds: f64) -> TrackInfo {
        TrackInfo {
            id,
            kind: kind.into(),
            codec: "AAC-LC".into(),
            sample_rate: Some(48_000),
            channels: Some(2),
            language: language.map(Into::into),
            duration: Some(seconds),
            default: false,
            decoded: true,
        }
    }

    fn film() -> Vec<TrackInfo> {
        vec![
            track(1, "video", None, 60.0),
            track(2, "audio", Some("eng"), 50.0),
            track(3, "audio", Some("rus"), 60.0),
            track(4, "audio", Some("ru-RU"), 60.0),
        ]
    }

    fn chosen(tracks: &[TrackInfo], choice: TrackChoice) -> Vec<usize> {
        choose(Path::new("film.mkv"), tracks, &choice).unwrap()
    }

    #[test]
    fn the_default_comes_first_then_the_most_sound() {
        let mut tracks = film();
        assert_eq!(chosen(&tracks, TrackChoice::Best), [2]);
        tracks[3].channels = Some(6);
        assert_eq!(chosen(&tracks, TrackChoice::Best), [3]);
        tracks[1].default = true;
        assert_eq!(chosen(&tracks, TrackChoice::Best), [1]);
        tracks[1].decoded = false;
        assert_eq!(chosen(&tracks, TrackChoice::Best), [3]);
    }

    #[test]
    fn tracks_are_named_by_id_and_by_language() {
        let tracks = film();
        assert_eq!(chosen(&tracks, TrackChoice::Id(2)), [1]);
        assert_eq!(chosen(&tracks, TrackChoice::Language("ru".into())), [2]);
        assert_eq!(chosen(&tracks, TrackChoice::Language("en-GB".into())), [1]);
        assert_eq!(chosen(&tracks, TrackChoice::All), [1, 2, 3]);
        assert_eq!(chosen(&tracks[..1], TrackChoice::Id(7)), [0; 0]);
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        for (choice, words) in [
            (TrackChoice::Id(1), "an audio track (2, 3, 4)"),
            (TrackChoice::Language("de".into()), "(eng, rus, ru-RU)"),
        ] {
            let error = choose(Path::new("film.mkv"), &film(), &choice).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
