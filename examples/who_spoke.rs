//! Who speaks how long, with a bar of its own and a way to stop; loads no speech recognition.
//!
//! `cargo run --release -p autoproto-examples --example who_spoke -- examples/data/planning-ru.flac`

use std::collections::BTreeMap;

use autoproto_core::{CancelToken, Pipeline, Progress, SpeakerCount};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recording = std::env::args().nth(1).ok_or("name a recording")?;

    let mut pipeline = Pipeline::builder()
        .speakers(SpeakerCount::between(1, 8)?)
        .build_diarization()?;
    let stop = CancelToken::new(); // a clone of it stops the run from another thread
    let report = |p: Progress| eprint!("\r{} {:>3.0} %", p.stage, 100.0 * p.overall);
    let result = pipeline.run_with(&recording, &stop, &report)?;
    eprintln!();

    let mut seconds = BTreeMap::new();
    for turn in &result.turns {
        *seconds.entry(turn.speaker).or_insert(0.0) += turn.span.duration();
    }
    for (speaker, seconds) in seconds {
        println!("{speaker}: {seconds:.1} s");
    }
    Ok(())
}
