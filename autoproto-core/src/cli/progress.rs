//! How far it is, on standard error.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::ProgressForm;
use crate::error::Stage;
use crate::progress::{Progress, ProgressSink};

/// A bar, lines of JSON, or nothing.
pub(super) enum Reporter {
    Bar(ProgressBar),
    Json,
    Silent,
}

impl Reporter {
    pub(super) fn new(form: ProgressForm) -> Self {
        match form {
            ProgressForm::Json => Self::Json,
            ProgressForm::None => Self::Silent,
            ProgressForm::Auto => {
                let bar = ProgressBar::with_draw_target(
                    Some(1000),
                    ProgressDrawTarget::stderr_with_hz(10),
                );
                if let Ok(style) =
                    ProgressStyle::with_template("{msg:14} {bar:30} {percent:>3} % {prefix}")
                {
                    bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
                }
                Self::Bar(bar)
            }
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl ProgressSink for Reporter {
    fn report(&self, progress: Progress) {
        match self {
            Self::Bar(bar) => {
                bar.set_message(doing(progress.stage));
                bar.set_prefix(progress.eta.map_or(String::new(), left));
                bar.set_position((1000.0 * progress.overall) as u64);
            }
            Self::Json => {
                if let Ok(line) = serde_json::to_string(&progress) {
                    let _ = writeln!(std::io::stderr(), "{line}");
                }
            }
            Self::Silent => {}
        }
    }
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "reading",
        Stage::Vad => "finding speech",
        Stage::Diarize => "telling voices",
        Stage::Transcribe => "listening",
        Stage::Attribute | Stage::Summarize => "writing",
    }
}

fn left(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds.clamp(0.0, 360_000.0)).as_secs();
    if whole >= 60 {
        format!("{} min left", whole.div_ceil(60))
    } else {
        format!("{whole} s left")
    }
}
