//! People known by their voices: enrolled, listed, forgotten, and told of beside a result.

use std::fmt::Write as _;
use std::path::Path;

use super::args::{Enrol, Forget, List, Recording};
use super::output::print;
use super::progress::Reporter;
use super::recording::{common, first, note, with_models};
use super::sources;
use crate::cancel::CancelToken;
use crate::error::{Error, Result};
use crate::media::{self, ChannelMode};
use crate::pipeline::Pipeline;
use crate::types::{LikelyPerson, MeetingTranscript, PersonId, TimeSpan, UnknownVoice};
use crate::voicebook::{VoiceBook, VoiceModel, Voiceprint};

/// Said whenever someone's voice is kept for the first time.
const NOTICE: &str = "a voice print is biometric data: keep it only of people who agreed to it; \
                      `autoproto voices forget` takes it out of the book again";

/// A second speaker with this share of the speech is no slip of the diarizer.
const SECOND: f64 = 0.1;

pub(super) fn enrol(args: &Enrol, cancel: &CancelToken) -> Result<()> {
    let (_, threads) = common(&args.common)?;
    let spans = args
        .span
        .iter()
        .map(|text| span(text))
        .collect::<Result<Vec<TimeSpan>>>()?;
    let options = sources::options(&args.media)?;
    if options.channels == ChannelMode::PerSpeaker {
        return Err(Error::InvalidOption {
            option: "channels",
            expected: "mix, or the number of a channel".into(),
            got: "per-speaker".into(),
        });
    }
    let known = read(&args.book)?;
    if known.is_none() {
        has_a_folder(&args.book)?;
    }
    // Whoever can't be meant is told before there is any work.
    let person = match &known {
        Some(book) => find(book, &args.name)?,
        None => None,
    };
    if person.is_none() && PersonId::parse(&args.name).is_some() {
        return Err(nobody(&args.book, &args.name));
    }
    media::probe(sources::source(&args.file, &args.media)?, &options)?;
    let mut builder = with_models(Pipeline::builder(), &args.common)?.media(match threads {
        Some(threads) => options.with_threads(threads),
        None => options,
    });
    if let Some(threads) = threads {
        builder = builder.threads(threads);
    }
    if let Some(diarizer) = &args.diarizer {
        builder = builder.diarizer_model(diarizer);
    }
    let mut pipeline = builder.build_diarization()?;
    let model = pipeline.voice_model()?;
    // So is a book of another model, and a name that can't be.
    let mut book = opened(known, &model)?;
    if person.is_none() {
        book.add(&args.name)?;
    }
    let reporter = Reporter::new(args.common.progress);
    let source = || sources::source(&args.file, &args.media);
    // A file of several people would give someone's name to others, who may not have agreed to be known.
    let others = match spans.as_slice() {
        [] => pipeline
            .run_with(source()?, cancel, &reporter)
            .map(|found| speakers(&found)),
        _ => Ok(1),
    };
    let found = match others {
        Ok(0 | 1) => pipeline.voiceprint(source()?, &spans, cancel, &reporter),
        Ok(several) => Err(Error::InvalidOption {
            option: "file",
            expected: "one in which one person speaks; with --span, where they do".into(),
            got: format!("{several} speakers in {}", args.file.display()),
        }),
        Err(error) => Err(error),
    };
    reporter.finish();
    let found = found?.ok_or_else(|| too_little(args))?;
    let Voiceprint { voice, seconds } = found;
    // Whoever was added or forgotten while this went on stays so.
    let mut book = opened(read(&args.book)?, &model)?;
    let known = find(&book, &args.name)?;
    let new = known.is_none();
    let person = match (known, person) {
        (Some(known), _) => known,
        (None, None) => book.add(&args.name)?,
        (None, Some(_)) => return Err(nobody(&args.book, &args.name)),
    };
    book.enrol(person, &voice, seconds)?;
    book.save(&args.book)?;
    if new {
        note(NOTICE);
    }
    let all = book.person(person).map_or(0.0, |known| known.seconds());
    note(&format!(
        "{}: learned from {seconds:.0} s of speech, {all:.0} s in all",
        args.name
    ));
    Ok(())
}

/// The book in a file, if there is one.
fn read(book: &Path) -> Result<Option<VoiceBook>> {
    if std::fs::exists(book).map_err(Error::io("read", book))? {
        VoiceBook::read(book).map(Some)
    } else {
        Ok(None)
    }
}

/// A book for voices of this model: the one there is, or a new one.
fn opened(book: Option<VoiceBook>, model: &VoiceModel) -> Result<VoiceBook> {
    match book {
        Some(mut book) => {
            book.bind(model)?;
            Ok(book)
        }
        None => Ok(VoiceBook::new(model.clone())),
    }
}

/// Refuses a book that could not be written later.
fn has_a_folder(book: &Path) -> Result<()> {
    match book.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
            Err(Error::io("create", book)(missing))
        }
        _ => Ok(()),
    }
}

/// How many speakers have a good part of the turns.
fn speakers(found: &MeetingTranscript) -> usize {
    let of = |id| -> f64 {
        let own = found.turns.iter().filter(|turn| turn.speaker == id);
        own.map(|turn| turn.span.duration()).sum()
    };
    let each: Vec<f64> = found.speakers.iter().map(|s| of(s.id)).collect();
    let all: f64 = each.iter().sum();
    each.iter().filter(|own| **own >= SECOND * all).count()
}

fn too_little(args: &Enrol) -> Error {
    let (option, got) = match args.span.as_slice() {
        [] => ("file", format!("less in {}", args.file.display())),
        spans => ("span", format!("less in {}", spans.join(", "))),
    };
    Error::InvalidOption {
        option,
        expected: "at least 3 s of speech of one person".into(),
        got,
    }
}

pub(super) fn list(args: &List) -> Result<()> {
    let book = VoiceBook::read(&args.book)?;
    let mut text = String::new();
    for person in book.people() {
        let occasions = person.prototypes().len();
        let _ = writeln!(
            text,
            "{} {}: {:.0} s of speech, {occasions} voice print{}",
            person.id(),
            person.name(),
            person.seconds(),
            if occasions == 1 { "" } else { "s" }
        );
    }
    let _ = writeln!(text, "model: {}", book.model());
    print(&text)
}

pub(super) fn forget(args: &Forget) -> Result<()> {
    let mut book = VoiceBook::read(&args.book)?;
    let person = find(&book, &args.name)?.ok_or_else(|| nobody(&args.book, &args.name))?;
    book.delete(person);
    book.save(&args.book)?;
    note(&format!(
        "{} is forgotten in {}; copies of it made elsewhere are not changed",
        args.name,
        args.book.display()
    ));
    Ok(())
}

/// Who is meant by a name or an id.
fn find(book: &VoiceBook, name: &str) -> Result<Option<PersonId>> {
    if let Some(id) = PersonId::parse(name) {
        return Ok(book.person(id).map(|person| person.id()));
    }
    let of_name = |person: &&crate::voicebook::Person| person.name() == name.trim();
    let ids: Vec<String> = book
        .people()
        .iter()
        .filter(of_name)
        .map(|person| person.id().to_string())
        .collect();
    if ids.len() > 1 {
        return Err(Error::InvalidOption {
            option: "name",
            expected: format!("one of {}, who have the same name", ids.join(", ")),
            got: format!("`{name}`"),
        });
    }
    Ok(ids.first().and_then(|id| PersonId::parse(id)))
}

fn nobody(book: &Path, name: &str) -> Error {
    Error::InvalidOption {
        option: "name",
        expected: format!("someone in {}", book.display()),
        got: format!("`{name}`"),
    }
}

/// `10.5-25`, `0:42-1:10` or `1:02:03-1:02:40`.
fn span(text: &str) -> Result<TimeSpan> {
    let (start, end) = text.split_once('-').unwrap_or_default();
    match (seconds(start), seconds(end)) {
        (Some(start), Some(end)) if start < end => Ok(TimeSpan::new(start, end)),
        _ => Err(Error::InvalidOption {
            option: "span",
            expected: "two times in seconds or h:mm:ss, such as 10.5-25 or 0:42-1:10".into(),
            got: format!("`{text}`"),
        }),
    }
}

fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.trim().rsplit(':');
    let number = |part: &str| {
        let plain = part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        plain.then(|| part.parse::<f64>().ok()).flatten()
    };
    let mut total = number(parts.next()?)?;
    let larger: Vec<&str> = parts.collect();
    if larger.len() > 2 || (!larger.is_empty() && total >= 60.0) {
        return None;
    }
    for (part, unit) in larger.iter().zip([60.0, 3600.0]) {
        total += f64::from(part.parse::<u16>().ok()?) * unit;
    }
    total.is_finite().then_some(total)
}

/// Says on standard error who the speakers might be, and names them so where that was asked for.
pub(super) fn tell(transcript: &mut MeetingTranscript, args: &Recording) {
    if args.use_names {
        transcript.lay_suggested_names();
    }
    let file = first(args).display();
    for suggestion in &transcript.suggestions {
        let speaker = suggestion.speaker;
        let others = or(&suggestion.alternatives);
        let text = match (&suggestion.person, suggestion.unknown) {
            (Some(person), _) => {
                let named = transcript.name_of(speaker) == Some(person.name.as_str());
                let verb = if named { "is" } else { "may be" };
                format!("{speaker} {verb} {}", likely(person))
            }
            (None, Some(UnknownVoice::Ambiguous)) => {
                format!("{speaker} may be {others}, which could not be told")
            }
            (None, Some(UnknownVoice::Taken)) => {
                format!("{speaker} sounds like {others}, who is another speaker")
            }
            (None, Some(UnknownVoice::NoVoice)) => {
                format!("{speaker} speaks too little to be compared with the voice book")
            }
            (None, _) => format!("{speaker} is nobody known to the voice book"),
        };
        note(&format!("{file}: {text}"));
    }
}

fn likely(person: &LikelyPerson) -> String {
    format!("{} ({:.2})", person.name, person.probability)
}

fn or(people: &[LikelyPerson]) -> String {
    let all: Vec<String> = people.iter().map(likely).collect();
    all.join(" or ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spans_are_seconds_or_clock_times() {
        for (text, start, end) in [
            ("10.0-25.5", 10.0, 25.5),
            ("0:42-1:10", 42.0, 70.0),
            ("1:02:03.5-2:00:00", 3723.5, 7200.0),
        ] {
            assert_eq!(span(text).unwrap(), TimeSpan::new(start, end), "{text}");
        }
        for text in [
            "",
            "-",
            "5",
            "5-",
            "-5-7",
            "7-5",
            "5-5",
            "a-b",
            "1:75-2:00",
            "nan-5",
            "1e3-2e3",
            "0-inf",
            "1:2:3:4-5:0:0:0",
        ] {
            assert_eq!(span(text).unwrap_err().code(), "invalid-option", "{text}");
        }
    }

    #[test]
    fn two_of_one_name_are_told_by_their_ids() {
        let model = crate::voicebook::VoiceModel::new("m", 2, &"0".repeat(64), "none").unwrap();
        let mut book = VoiceBook::new(model);
        let first = book.add("Maria").unwrap();
        assert_eq!(find(&book, " Maria ").unwrap(), Some(first));
        book.add("Maria").unwrap();
        let error = find(&book, "Maria").unwrap_err().to_string();
        assert!(error.contains("PERSON_00, PERSON_01"), "{error}");
        assert_eq!(find(&book, "PERSON_01").unwrap(), Some(PersonId(1)));
        assert_eq!(find(&book, "PERSON_07").unwrap(), None);
        assert_eq!(find(&book, "maria").unwrap(), None);
    }
}
