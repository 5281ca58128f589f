//! The commands that work on a recording.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::args::{Common, Decode, Probe, Recording};
use super::output::{self, Target};
use super::progress::Reporter;
use super::{sources, voices};
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::export::{Format, View, render};
use crate::media::{self, ChannelMode, SampleFormat, WavFormat};
use crate::pipeline::{Pipeline, PipelineBuilder};
use crate::summarize::ExtractiveSummarizer;
use crate::transcribe::glossary::Glossary;
use crate::transcribe::{Spoken, TranscribeOptions};
use crate::types::Coverage;
use crate::voicebook::VoiceBook;

const TEXTS: [Format; 6] = [
    Format::Markdown,
    Format::Json,
    Format::Text,
    Format::Srt,
    Format::Vtt,
    Format::Rttm,
];

pub(super) fn minutes(args: &Recording, cancel: &CancelToken) -> Result<()> {
    let targets = output::targets(
        first(args),
        &args.output,
        args.format.as_deref(),
        Format::Markdown,
        &TEXTS,
    )?;
    let builder = builder(args)?.summarizer(ExtractiveSummarizer::default());
    let recording = sources::checked(args)?;
    let mut pipeline = builder.build()?;
    let reporter = Reporter::new(args.common.progress);
    let report = pipeline.run_with(recording, cancel, &reporter);
    reporter.finish();
    let mut report = report?;
    voices::tell(&mut report.transcript, args);
    deliver(View::from(&report), &targets, args)
}

pub(super) fn transcript(args: &Recording, cancel: &CancelToken) -> Result<()> {
    let targets = output::targets(
        first(args),
        &args.output,
        args.format.as_deref(),
        Format::Text,
        &TEXTS,
    )?;
    let builder = builder(args)?;
    let recording = sources::checked(args)?;
    let mut pipeline = builder.build()?;
    let reporter = Reporter::new(args.common.progress);
    let transcript = pipeline.run_with(recording, cancel, &reporter);
    reporter.finish();
    let mut transcript = transcript?;
    voices::tell(&mut transcript, args);
    deliver(View::from(&transcript), &targets, args)
}

pub(super) fn diarize(args: &Recording, cancel: &CancelToken) -> Result<()> {
    let possible = [Format::Rttm, Format::Json];
    let targets = output::targets(
        first(args),
        &args.output,
        args.format.as_deref(),
        Format::Rttm,
        &possible,
    )?;
    let builder = builder(args)?;
    let recording = sources::checked(args)?;
    let mut pipeline = builder.build_diarization()?;
    let reporter = Reporter::new(args.common.progress);
    let turns = pipeline.run_with(recording, cancel, &reporter);
    reporter.finish();
    let mut turns = turns?;
    voices::tell(&mut turns, args);
    deliver(View::from(&turns), &targets, args)
}

pub(super) fn probe(args: &Probe) -> Result<()> {
    common(&args.common)?;
    if !["txt", "json"].contains(&args.format.as_str()) {
        return Err(Error::InvalidOption {
            option: "format",
            expected: "txt or json".into(),
            got: format!("`{}`", args.format),
        });
    }
    let source = sources::source(&args.file, &args.media)?;
    let info = media::probe(source, &sources::options(&args.media)?)?;
    if args.format == "json" {
        let json = serde_json::to_string_pretty(&info).map_err(|e| Error::Internal {
            reason: e.to_string(),
        })?;
        return output::print(&format!("{json}\n"));
    }
    let mut text = format!("{}: {}", args.file.display(), info.container);
    if let Some(duration) = info.duration {
        let _ = write!(text, ", {duration:.2} s");
    }
    for (i, track) in info.tracks.iter().enumerate() {
        let _ = write!(
            text,
            "\n  track {}: {} {}",
            track.id, track.kind, track.codec
        );
        if let Some(rate) = track.sample_rate {
            let _ = write!(text, ", {rate} Hz");
        }
        if let Some(channels) = track.channels {
            let _ = write!(text, ", {channels} ch");
        }
        if let Some(language) = &track.language {
            let _ = write!(text, ", {language}");
        }
        if let Some(duration) = track.duration {
            let _ = write!(text, ", {duration:.2} s");
        }
        let marks = [
            (track.default, "default"),
            (info.selected.contains(&i), "taken"),
            (
                track.kind == "audio" && !track.decoded,
                "by an external decoder",
            ),
        ];
        let marks: Vec<&str> = marks.iter().filter(|m| m.0).map(|m| m.1).collect();
        if !marks.is_empty() {
            let _ = write!(text, " ({})", marks.join(", "));
        }
    }
    output::print(&format!("{text}\n"))
}

pub(super) fn decode(args: &Decode, cancel: &CancelToken) -> Result<()> {
    common(&args.common)?;
    output::writable(&args.file, &args.output)?;
    let suffix = args.output.extension().map(|x| x.to_ascii_lowercase());
    if args.output.as_os_str() == "-" {
        return Err(Error::InvalidOption {
            option: "-o",
            expected: "a file".into(),
            got: "`-`".into(),
        });
    }
    let raw = match suffix.as_ref().and_then(|x| x.to_str()) {
        None | Some("wav") => None,
        Some("s16") => Some(SampleFormat::I16),
        Some("f32") => Some(SampleFormat::F32),
        _ => {
            return Err(Error::InvalidOption {
                option: "-o",
                expected: "a file that ends in .wav, .s16 or .f32".into(),
                got: format!("`{}`", args.output.display()),
            });
        }
    };
    let options = sources::options(&args.media)?;
    if options.channels == ChannelMode::PerSpeaker {
        return Err(Error::InvalidOption {
            option: "channels",
            expected: "mix, or the number of a channel".into(),
            got: "per-speaker".into(),
        });
    }
    let source = sources::source(&args.file, &args.media)?;
    let reporter = Reporter::new(args.common.progress);
    let ctx = Context::for_stages(cancel, &reporter, &[Stage::Decode]);
    let decoded = media::decode(source, &options, &ctx);
    reporter.finish();
    let decoded = decoded?;
    for warning in &decoded.warnings {
        note(&format!("{}: {warning}", args.file.display()));
    }
    let format = if args.float {
        WavFormat::Float32
    } else {
        WavFormat::Pcm16
    };
    output::write_one(&args.output, |mut file| match raw {
        None => media::write_wav(decoded.audio.view(), format, &mut file),
        Some(sample) => media::write_pcm(decoded.audio.view(), sample, &mut file),
    })
}

pub(super) fn first(args: &Recording) -> &Path {
    args.files.first().map_or(Path::new(""), PathBuf::as_path)
}

/// Checks what every command takes, whether it needs it or not.
pub(super) fn common(common: &Common) -> Result<(Spoken, Option<usize>)> {
    let spoken = common.language.parse::<Spoken>()?;
    let invalid = |got: &str| Error::InvalidOption {
        option: "threads",
        expected: "a number from 1 to 256".into(),
        got: format!("`{got}`"),
    };
    let threads = match &common.threads {
        None => None,
        Some(text) => Some(
            text.parse::<usize>()
                .ok()
                .filter(|n| (1..=256).contains(n))
                .ok_or_else(|| invalid(text))?,
        ),
    };
    Ok((spoken, threads))
}

fn builder(args: &Recording) -> Result<PipelineBuilder> {
    let (spoken, threads) = common(&args.common)?;
    let glossary = Glossary::new()
        .with_people(&args.person)?
        .with_terms(&args.term)?;
    let listening = TranscribeOptions::default()
        .with_spoken(spoken)
        .with_glossary(glossary)
        .with_translate(args.translate)
        .with_beams(args.beams.into());
    let mut builder = Pipeline::builder()
        .transcribe_options(listening)
        .device(args.device.parse()?)
        .accuracy(args.accuracy.parse()?);
    if let Some(threads) = threads {
        builder = builder.threads(threads);
    }
    let media = sources::options(&args.media)?.with_shared(sources::shared(args)?);
    builder = builder.media(match threads {
        Some(threads) => media.with_threads(threads),
        None => media,
    });
    if let Some(speakers) = &args.speakers {
        builder = builder.speakers(speakers.parse()?);
    }
    builder = with_models(builder, &args.common)?;
    if let Some(transcriber) = &args.transcriber {
        builder = builder.transcriber_model(transcriber);
    }
    if let Some(diarizer) = &args.diarizer {
        builder = builder.diarizer_model(diarizer);
    }
    if let Some(book) = &args.voice_book {
        builder = builder.voice_book(VoiceBook::read(book)?);
    }
    Ok(builder)
}

pub(super) fn with_models(builder: PipelineBuilder, common: &Common) -> Result<PipelineBuilder> {
    match &common.models {
        None => Ok(builder),
        Some(models) if models.is_dir() => Ok(builder.models(models)),
        Some(models) => Err(Error::InvalidOption {
            option: "models",
            expected: "a folder that exists".into(),
            got: format!("`{}`", models.display()),
        }),
    }
}

fn deliver(view: View<'_>, targets: &[Target], args: &Recording) -> Result<()> {
    let name = first(args).file_stem().map_or_else(
        || "recording".into(),
        |stem| stem.to_string_lossy().into_owned(),
    );
    let view = view.with_recording(&name);
    let silent = view.transcript.turns.is_empty() && view.transcript.is_silent();
    let mut results = Vec::new();
    for target in targets {
        let text = render(view, target.format)?;
        // Nobody spoke: a reader of standard output gets nothing rather than a document about nothing.
        let text = if silent && target.path.is_none() && target.format == Format::Markdown {
            String::new()
        } else {
            text
        };
        results.push((target, text));
    }
    output::write_all(&results)?;
    if silent {
        note(&format!("{}: no speech was found", first(args).display()));
    }
    warn(&view.transcript.coverage, args);
    Ok(())
}

/// Says on standard error what the result lacks.
fn warn(coverage: &Coverage, args: &Recording) {
    let file = first(args).display();
    for warning in &coverage.warnings {
        note(&format!("{file}: {warning}"));
    }
    let lost: f64 = coverage.uncovered.iter().map(|span| span.duration()).sum();
    if lost > 0.0 {
        note(&format!(
            "{file}: no words were found in {lost:.0} s of {:.0} s of speech",
            coverage.speech
        ));
    }
}

pub(super) fn note(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "note: {text}");
}
