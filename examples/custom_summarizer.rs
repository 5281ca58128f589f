//! A summarizer of one's own: here every utterance with a number in it is put down as a decision.
//!
//! `cargo run --release -p autoproto-examples --example custom_summarizer -- examples/data/standup-en.flac`

use autoproto_core::export::{Format, View, render};
use autoproto_core::summarize::{MinutesOptions, Summarizer};
use autoproto_core::{Context, Decision, Evidence, Minutes, Pipeline, Result, Utterance};

struct Figures;

impl Summarizer for Figures {
    fn id(&self) -> &'static str {
        "figures"
    }

    fn summarize(
        &mut self,
        utterances: &[Utterance],
        _: &MinutesOptions,
        ctx: &Context<'_>,
    ) -> Result<Minutes> {
        let mut minutes = Minutes::default();
        for utterance in utterances {
            ctx.cancel().check()?;
            minutes.utterances_read += 1;
            if utterance.text.chars().any(|c| c.is_ascii_digit()) {
                let evidence = Evidence {
                    utterances: vec![utterance.id],
                    span: utterance.span,
                    quote: utterance.text.clone(),
                };
                minutes.decisions.push(Decision {
                    text: utterance.text.clone(),
                    evidence: vec![evidence],
                });
            }
        }
        Ok(minutes)
    }
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let recording = std::env::args().nth(1).ok_or("name a recording")?;
    let report = Pipeline::builder()
        .summarizer(Figures)
        .build()?
        .run(&recording)?;
    print!("{}", render(View::from(&report), Format::Markdown)?);
    Ok(())
}
