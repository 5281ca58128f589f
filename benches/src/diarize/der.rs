//! Errors against the truth: ours by pyannote.audio's recipe, pyannote.audio itself on the same weights, ours by default.

use std::error::Error;
use std::iter::Sum;
use std::ops::Add;
use std::path::PathBuf;

use autoproto_benches::arguments;
use autoproto_core::DiarizeOptions;
use autoproto_core::diarize::{Accuracy, OnnxDiarizer};
use autoproto_core::metrics::{
    DerOptions, DiarizationErrorRate, JaccardErrorRate, LabelledTurn, der, jer,
};

use crate::engine::{self, Heard, Set, VOICE_ENCODER};
use crate::table::{Table, number};
use crate::{Bench, peers};

/// How far apart the exact recipe and pyannote.audio may be, and how much worse the fast one: points of DER, pooled.
const EXACT: f64 = 0.05;
const FAST: f64 = 0.2;

/// The systems in the order of the columns.
const SYSTEMS: [&str; 4] = [
    "pyannote.audio",
    "windows, exact",
    "windows, fast",
    "pieces (default)",
];

/// One system on one recording; add those of several to pool them.
#[derive(Clone, Copy, Default)]
pub struct Errors {
    pub der: DiarizationErrorRate,
    pub jer: JaccardErrorRate,
    /// Voices found.
    pub found: usize,
}

impl Errors {
    pub fn of(truth: &[LabelledTurn], found: &[LabelledTurn]) -> Self {
        let options = DerOptions::default();
        Self {
            der: der(truth, found, &options),
            jer: jer(truth, found, &options),
            found: engine::voices(found),
        }
    }

    /// DER in per cent.
    pub fn percent(&self) -> f64 {
        100.0 * self.der.rate()
    }

    fn part(&self, seconds: f64) -> String {
        number(Some(100.0 * seconds / self.der.total.max(1e-9)), 2)
    }
}

impl Add for Errors {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            der: self.der + other.der,
            jer: self.jer + other.jer,
            found: self.found + other.found,
        }
    }
}

impl Sum for Errors {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}

/// A row of every system; pyannote.audio may be left out.
type Row = [Option<Errors>; 4];

pub fn run(bench: &mut Bench, sets: &[Set]) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Errors\n\nDER in per cent without collar, overlap scored, the number of voices not given. pyannote.audio and the two \
         columns after it run the same weights (segmentation-powerset, GE2E) by the same recipe: windows of 10 s every 1 s, \
         centroid linkage cut at {}, clusters of {} or more, overlap left out of the embeddings. A difference is ours less \
         pyannote.audio's, in points; pooled over a set at most {EXACT} either way where exact, at most {FAST} where fast.",
        VOICE_ENCODER.threshold, VOICE_ENCODER.min_cluster_size
    );
    let theirs = pyannote(bench, sets)?;
    let folder = tempfile::tempdir()?;
    engine::with_voice_encoder(&bench.root, folder.path())?;
    let mut ours = [
        engine::windows(folder.path(), Accuracy::Exact)?,
        engine::windows(folder.path(), Accuracy::Fast)?,
        engine::pieces(&bench.root)?,
    ];
    let mut table = Table::new(&[
        "recording",
        ">s",
        ">pyannote.audio",
        ">exact",
        ">less pyannote",
        ">fast",
        ">less pyannote",
        ">pieces",
        "voices true: pyannote, exact, fast, pieces",
        "verdict",
    ]);
    let mut pooled: Vec<(&str, Row)> = Vec::new();
    for set in sets {
        let mut rows: Vec<(f64, usize, Row)> = Vec::new();
        for heard in &set.heard {
            let recording = &heard.recording;
            let mut row = Row::default();
            if let Some(folder) = &theirs {
                let mut found = peers::turns(folder, &recording.name)?;
                // Its last window reaches past the end of the sound, and so do its turns; ours end with it.
                let end = heard.audio().duration();
                for turn in &mut found {
                    turn.span.end = turn.span.end.min(end);
                }
                found.retain(|turn| turn.span.duration() > 0.0);
                row[0] = Some(Errors::of(&recording.turns, &found));
            }
            for (diarizer, cell) in ours.iter_mut().zip(&mut row[1..]) {
                *cell = Some(errors(diarizer, heard)?);
            }
            let (seconds, voices) = (heard.audio().duration(), recording.speakers());
            print_row(
                &mut table,
                &recording.name,
                seconds,
                voices,
                &row,
                "–".into(),
            );
            rows.push((seconds, voices, row));
        }
        let all: Row =
            std::array::from_fn(|i| rows.iter().map(|row| row.2[i]).sum::<Option<Errors>>());
        let verdict = judged(bench, set, &all);
        let seconds = rows.iter().map(|row| row.0).sum();
        let voices = rows.iter().map(|row| row.1).sum();
        let name = format!("**{}, pooled**", set.name);
        print_row(&mut table, &name, seconds, voices, &all, verdict);
        pooled.push((set.name, all));
    }
    table.print();
    print_parts(&pooled);
    Ok(())
}

/// pyannote.audio's turns, from this run or an earlier one.
fn pyannote(bench: &Bench, sets: &[Set]) -> Result<Option<PathBuf>, Box<dyn Error>> {
    let Some(python) = &bench.python else {
        return Ok(None);
    };
    let heard = sets.iter().flat_map(|set| &set.heard);
    let mut arguments: Vec<_> = heard
        .map(|heard| heard.recording.path.clone().into_os_string())
        .collect();
    let embedding = bench.root.join("models/speaker-embedding-ge2e.onnx");
    arguments.extend(peers::pyannote(bench, &embedding, VOICE_ENCODER));
    let (folder, made) = peers::kept(bench, &arguments);
    if made {
        println!(
            "\npyannote.audio's turns are those of an earlier run (`--fresh` makes them again)."
        );
    } else {
        arguments.extend(arguments!["--out", &folder]);
        peers::script(bench, python, peers::PYANNOTE, &arguments)?;
    }
    Ok(Some(folder))
}

fn errors(diarizer: &mut OnnxDiarizer, heard: &Heard) -> Result<Errors, Box<dyn Error>> {
    let found = engine::with_context(|ctx| {
        let prepared = diarizer.prepare(heard.audio(), &heard.speech, ctx)?;
        diarizer.cluster(&prepared, &DiarizeOptions::default(), ctx)
    })?;
    Ok(Errors::of(
        &heard.recording.turns,
        &engine::labelled(&found),
    ))
}

/// Points that ours is worse than theirs.
fn worse(ours: Option<Errors>, theirs: Option<Errors>) -> Option<f64> {
    Some(ours?.percent() - theirs?.percent())
}

fn judged(bench: &mut Bench, set: &Set, all: &Row) -> String {
    let mut missed = Vec::new();
    if let Some(points) = worse(all[1], all[0]).filter(|points| points.abs() > EXACT) {
        missed.push(format!("exact is {points:+.3} points from pyannote.audio"));
    }
    if let Some(points) = worse(all[2], all[0]).filter(|points| *points > FAST) {
        missed.push(format!(
            "fast is {points:+.3} points worse than pyannote.audio"
        ));
    }
    let pieces = all[3].map_or(f64::NAN, |errors| errors.percent());
    if pieces > set.bound || pieces.is_nan() {
        missed.push(format!("pieces has {pieces:.2} %, above {} %", set.bound));
    }
    let row = format!("errors, {}", set.name);
    bench.verdict(&row, missed.is_empty(), || missed.join("; "))
}

fn print_row(
    table: &mut Table,
    name: &str,
    seconds: f64,
    voices: usize,
    row: &Row,
    verdict: String,
) {
    let percent = |i: usize| number(row[i].map(|errors| errors.percent()), 2);
    let less = |i: usize| {
        worse(row[i], row[0]).map_or_else(|| "–".into(), |points| format!("{points:+.3}"))
    };
    let found = row.map(|errors| errors.map_or_else(|| "–".into(), |e| e.found.to_string()));
    table.row([
        name.to_owned(),
        format!("{seconds:.0}"),
        percent(0),
        percent(1),
        less(1),
        percent(2),
        less(2),
        percent(3),
        format!("{voices}: {}", found.join(", ")),
        verdict,
    ]);
}

/// What kinds of error the pooled figures are made of.
fn print_parts(pooled: &[(&str, Row)]) {
    println!(
        "\nOf what the pooled figures are made, in per cent of the speech; JER is the mean error of the true voices."
    );
    let mut table = Table::new(&[
        "set",
        "system",
        ">DER",
        ">miss",
        ">false alarm",
        ">confusion",
        ">JER",
    ]);
    for (set, row) in pooled {
        for (system, errors) in SYSTEMS.iter().zip(row) {
            let Some(errors) = errors else { continue };
            table.row([
                (*set).to_owned(),
                (*system).to_owned(),
                number(Some(errors.percent()), 2),
                errors.part(errors.der.miss),
                errors.part(errors.der.false_alarm),
                errors.part(errors.der.confusion),
                number(Some(100.0 * errors.jer.rate()), 2),
            ]);
        }
    }
    table.print();
}
