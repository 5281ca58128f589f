//! Results against a reference.

use std::collections::{BTreeMap, HashSet};
use std::io::Write as _;
use std::iter::Sum;
use std::path::Path;

use super::args::{Der, Wer};
use super::output::print;
use crate::error::{Error, Result};
use crate::export::rttm;
use crate::metrics::{
    self, DerOptions, DiarizationErrorRate, JaccardErrorRate, LabelledTurn, WordErrorRate,
    guess_language,
};
use crate::types::Language;

/// More speakers than any meeting has: a sign that the file is of another kind.
const MOST_SPEAKERS: usize = 200;

pub(super) fn der(args: &Der) -> Result<()> {
    score(args, metrics::der, der_in_words)
}

pub(super) fn jer(args: &Der) -> Result<()> {
    score(args, metrics::jer, jer_in_words)
}

/// Measures each recording of two RTTM files, and all of them pooled.
fn score<T: Copy + Sum>(
    args: &Der,
    measure: fn(&[LabelledTurn], &[LabelledTurn], &DerOptions) -> T,
    in_words: fn(&T) -> String,
) -> Result<()> {
    if !args.collar.is_finite() || args.collar < 0.0 {
        return Err(Error::InvalidOption {
            option: "collar",
            expected: "seconds, 0 or more".into(),
            got: args.collar.to_string(),
        });
    }
    let options = DerOptions {
        collar: args.collar,
        skip_overlap: args.skip_overlap,
    };
    let (reference, hypothesis) = (turns(&args.reference)?, turns(&args.hypothesis)?);
    if reference.is_empty() {
        return Err(Error::Parse {
            what: args.reference.display().to_string(),
            line: 1,
            reason: "it has no turns".into(),
        });
    }
    let mut each = Vec::new();
    let mut text = String::new();
    // Two files of one recording each are meant for each other, whatever they call it.
    let renamed = match (reference.keys().next(), hypothesis.keys().next()) {
        (Some(r), Some(h)) if reference.len() == 1 && hypothesis.len() == 1 && r != h => {
            let note = format!("note: {h} is taken for {r}");
            let _ = writeln!(std::io::stderr(), "{note}");
            Some(h.clone())
        }
        _ => None,
    };
    let nothing = Vec::new();
    for (recording, truth) in &reference {
        let error = measure(
            truth,
            hypothesis
                .get(renamed.as_ref().unwrap_or(recording))
                .unwrap_or(&nothing),
            &options,
        );
        if reference.len() > 1 {
            text.push_str(&format!("{recording}: {}\n", in_words(&error)));
        }
        each.push(error);
    }
    let stray = |r: &&String| renamed.is_none() && !reference.contains_key(*r);
    for recording in hypothesis.keys().filter(stray) {
        text.push_str(&format!("{recording}: not in the reference, left out\n"));
    }
    let total: T = each.into_iter().sum();
    let overlap = if args.skip_overlap {
        "left out"
    } else {
        "scored"
    };
    print(&format!(
        "{text}{}; collar {} s, overlap {overlap}\n",
        in_words(&total),
        args.collar
    ))
}

fn der_in_words(der: &DiarizationErrorRate) -> String {
    let share = |seconds: f64| {
        if der.total > 0.0 {
            100.0 * seconds / der.total
        } else {
            0.0
        }
    };
    format!(
        "DER {:.2} % (miss {:.2}, false alarm {:.2}, confusion {:.2}) of {:.2} s",
        100.0 * der.rate(),
        share(der.miss),
        share(der.false_alarm),
        share(der.confusion),
        der.total
    )
}

fn jer_in_words(jer: &JaccardErrorRate) -> String {
    let plural = if jer.speakers == 1 { "" } else { "s" };
    let mut text = format!(
        "JER {:.2} % of {} speaker{plural}",
        100.0 * jer.rate(),
        jer.speakers
    );
    if jer.unpaired > 0 {
        text.push_str(&format!(" ({} more found)", jer.unpaired));
    }
    text
}

fn turns(path: &Path) -> Result<BTreeMap<String, Vec<LabelledTurn>>> {
    let text = read(path)?;
    let parsed = rttm::parse(&text).map_err(|error| in_file(path, error))?;
    let mut by_recording: BTreeMap<String, Vec<LabelledTurn>> = BTreeMap::new();
    for (recording, turn) in parsed {
        by_recording.entry(recording).or_default().push(turn);
    }
    Ok(by_recording)
}

/// The error with the name of the file in it.
fn in_file(path: &Path, error: Error) -> Error {
    match error {
        Error::Parse { line, reason, .. } => Error::Parse {
            what: path.display().to_string(),
            line,
            reason,
        },
        other => other,
    }
}

pub(super) fn wer(args: &Wer) -> Result<()> {
    let (reference, hypothesis) = (read(&args.reference)?, read(&args.hypothesis)?);
    let language = language(args, &reference)?;
    let wer = metrics::wer(&reference, &hypothesis, language);
    print(&format!("WER {}\n", words_of(&wer, args)?))
}

pub(super) fn cpwer(args: &Wer) -> Result<()> {
    let (reference, hypothesis) = (said(&args.reference)?, said(&args.hypothesis)?);
    let all: Vec<&str> = reference.iter().map(|(_, text)| text.as_str()).collect();
    let language = language(args, &all.join(" "))?;
    let cpwer = metrics::cpwer(&reference, &hypothesis, language);
    let mut text = format!("cpWER {}\n", words_of(&cpwer.words(), args)?);
    for (truth, found) in &cpwer.mapping {
        let name = |side: &Option<String>| match side.as_deref() {
            None => "no one".to_owned(),
            Some("") => "(no name)".to_owned(),
            Some(name) => name.to_owned(),
        };
        text.push_str(&format!("{}: {}\n", name(truth), name(found)));
    }
    print(&text)
}

fn said(path: &Path) -> Result<Vec<(String, String)>> {
    let said = metrics::who_said_what(&read(path)?).map_err(|error| in_file(path, error))?;
    let speakers = said
        .iter()
        .map(|(who, _)| who)
        .collect::<HashSet<_>>()
        .len();
    if speakers > MOST_SPEAKERS {
        return Err(Error::Parse {
            what: path.display().to_string(),
            line: 1,
            reason: format!("it has {speakers} speakers; {MOST_SPEAKERS} is the most"),
        });
    }
    Ok(said)
}

fn language(args: &Wer, text: &str) -> Result<Language> {
    if args.language == "auto" {
        Ok(guess_language(text))
    } else {
        Language::new(&args.language)
    }
}

fn words_of(wer: &WordErrorRate, args: &Wer) -> Result<String> {
    if wer.reference_words() == 0 {
        return Err(Error::Parse {
            what: args.reference.display().to_string(),
            line: 1,
            reason: "it has no words".into(),
        });
    }
    Ok(format!(
        "{:.2} % ({} substituted, {} deleted, {} inserted) of {} words",
        100.0 * wer.rate(),
        wer.substitutions,
        wer.deletions,
        wer.insertions,
        wer.reference_words()
    ))
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(Error::io("read", path))
}
