//! Results against a reference.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use super::args::{Der, Wer};
use super::output::print;
use crate::error::{Error, Result};
use crate::export::rttm;
use crate::metrics::{DerOptions, DiarizationErrorRate, LabelledTurn, guess_language};
use crate::types::Language;

pub(super) fn der(args: &Der) -> Result<()> {
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
        let der = crate::metrics::der(
            truth,
            hypothesis
                .get(renamed.as_ref().unwrap_or(recording))
                .unwrap_or(&nothing),
            &options,
        );
        if reference.len() > 1 {
            text.push_str(&format!("{recording}: {}\n", describe(&der)));
        }
        each.push(der);
    }
    let stray = |r: &&String| renamed.is_none() && !reference.contains_key(*r);
    for recording in hypothesis.keys().filter(stray) {
        text.push_str(&format!("{recording}: not in the reference, left out\n"));
    }
    let total: DiarizationErrorRate = each.into_iter().sum();
    let overlap = if args.skip_overlap {
        "left out"
    } else {
        "scored"
    };
    print(&format!(
        "{text}{}; collar {} s, overlap {overlap}\n",
        describe(&total),
        args.collar
    ))
}

fn describe(der: &DiarizationErrorRate) -> String {
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

fn turns(path: &Path) -> Result<BTreeMap<String, Vec<LabelledTurn>>> {
    let text = read(path)?;
    let parsed = rttm::parse(&text).map_err(|error| match error {
        Error::Parse { line, reason, .. } => Error::Parse {
            what: path.display().to_string(),
            line,
            reason,
        },
        other => other,
    })?;
    let mut by_recording: BTreeMap<String, Vec<LabelledTurn>> = BTreeMap::new();
    for (recording, turn) in parsed {
        by_recording.entry(recording).or_default().push(turn);
    }
    Ok(by_recording)
}

pub(super) fn wer(args: &Wer) -> Result<()> {
    let (reference, hypothesis) = (read(&args.reference)?, read(&args.hypothesis)?);
    let language = if args.language == "auto" {
        guess_language(&reference)
    } else {
        Language::new(&args.language)?
    };
    let wer = crate::metrics::wer(&reference, &hypothesis, language);
    if wer.reference_words() == 0 {
        return Err(Error::Parse {
            what: args.reference.display().to_string(),
            line: 1,
            reason: "it has no words".into(),
        });
    }
    print(&format!(
        "WER {:.2} % ({} substituted, {} deleted, {} inserted) of {} words\n",
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
