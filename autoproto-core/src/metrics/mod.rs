//! How far a result is from the truth: who spoke when (DER, JER), what was said (WER), and who said it (cpWER).

mod cpwer;
mod der;
mod jer;
mod normalise;
mod numbers;
mod said;
mod sweep;
mod wer;

pub use cpwer::{CpWordErrorRate, cpwer};
pub use der::{DerOptions, DiarizationErrorRate, LabelledTurn, der};
pub use jer::{JaccardErrorRate, jer};
pub use normalise::{guess_language, normalise};
pub use numbers::cardinal;
pub use said::who_said_what;
pub use wer::{WordErrorRate, wer};

/// Errors per unit of reference; where there is no reference, 0 without errors and 1 with any.
fn rate(errors: f64, reference: f64) -> f64 {
    if reference > 0.0 {
        errors / reference
    } else if errors > 0.0 {
        1.0
    } else {
        0.0
    }
}
