//! A recording goes in, its decisions and tasks come out; nothing leaves the machine.
//!
//! `cargo run --release -p autoproto-examples --example offline_minutes -- examples/data/standup-en.flac`

use autoproto_core::{Pipeline, summarize::ExtractiveSummarizer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recording = std::env::args().nth(1).ok_or("name a recording")?;

    let mut pipeline = Pipeline::builder()
        .summarizer(ExtractiveSummarizer::default())
        .build()?;
    let report = pipeline.run(&recording)?;
    for decision in &report.minutes.decisions {
        println!(
            "{} [{:.0} s]",
            decision.text, decision.evidence[0].span.start
        );
    }

    for action in &report.minutes.actions {
        println!(
            "{:?}: {} (by {})",
            action.owner,
            action.task,
            action.due.as_deref().unwrap_or("no date")
        );
    }
    Ok(())
}
