//! The number of voices: found, given, and given as one more, with the default recipe.

use std::error::Error;

use autoproto_core::diarize::Prepared;
use autoproto_core::{DiarizeOptions, SpeakerCount};

use crate::Bench;
use crate::der::Errors;
use crate::engine::{self, Heard, Set};
use crate::table::{Table, number};

/// Not given, given, and one more than there are.
type Row = [Errors; 3];

pub fn run(bench: &Bench, sets: &[Set]) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### Number of voices\n\nThe default recipe (pieces), told nothing, told how many voices there are, and told one more, as one \
         might for a quiet participant. DER in per cent; \"found\" are the voices in the result."
    );
    let mut diarizer = engine::pieces(&bench.root)?;
    let mut table = Table::new(&[
        "recording",
        ">true",
        ">found",
        ">DER, not given",
        ">found",
        ">DER, given",
        ">found",
        ">DER, one more",
        ">one more less given",
    ]);
    let mut all = Vec::new();
    for set in sets {
        let mut rows: Vec<(usize, Row)> = Vec::new();
        for heard in &set.heard {
            let prepared =
                engine::with_context(|ctx| diarizer.prepare(heard.audio(), &heard.speech, ctx))?;
            let voices = heard.recording.speakers();
            let with = |speakers: SpeakerCount| told(&diarizer, heard, &prepared, speakers);
            let row = [
                with(SpeakerCount::default())?,
                with(SpeakerCount::exactly(voices)?)?,
                with(SpeakerCount::exactly(voices + 1)?)?,
            ];
            print_row(&mut table, &heard.recording.name, voices, &row);
            rows.push((voices, row));
        }
        let name = format!("**{}, pooled**", set.name);
        print_pooled(&mut table, &name, &rows);
        all.extend(rows);
    }
    if sets.len() > 1 {
        print_pooled(&mut table, "**all, pooled**", &all);
    }
    table.print();
    Ok(())
}

fn told(
    diarizer: &autoproto_core::diarize::OnnxDiarizer,
    heard: &Heard,
    prepared: &Prepared,
    speakers: SpeakerCount,
) -> Result<Errors, Box<dyn Error>> {
    let options = DiarizeOptions::default().with_speakers(speakers);
    let found = engine::with_context(|ctx| diarizer.cluster(prepared, &options, ctx))?;
    Ok(Errors::of(
        &heard.recording.turns,
        &engine::labelled(&found),
    ))
}

fn print_pooled(table: &mut Table, name: &str, rows: &[(usize, Row)]) {
    let pooled = std::array::from_fn(|i| rows.iter().map(|row| row.1[i]).sum());
    print_row(table, name, rows.iter().map(|row| row.0).sum(), &pooled);
}

fn print_row(table: &mut Table, name: &str, voices: usize, row: &Row) {
    let percent = |i: usize| number(Some(row[i].percent()), 2);
    table.row([
        name.to_owned(),
        voices.to_string(),
        row[0].found.to_string(),
        percent(0),
        row[1].found.to_string(),
        percent(1),
        row[2].found.to_string(),
        percent(2),
        format!("{:+.2}", row[2].percent() - row[1].percent()),
    ]);
}
