//! Speaker classes to what each local speaker does.

/// Local speakers of a window.
pub(super) const LOCAL: usize = 3;

/// Classes of a frame.
pub(super) const CLASSES: usize = 7;

/// The sets of at most two of three local speakers, in the order of the model's classes
/// (Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization", 2023).
const SETS: [[f32; LOCAL]; CLASSES] = [
    [0.0, 0.0, 0.0],
    [1.0, 0.0, 0.0],
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
    [1.0, 1.0, 0.0],
    [1.0, 0.0, 1.0],
    [0.0, 1.0, 1.0],
];

/// What a frame holds, as probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct FrameActivity {
    /// That each local speaker speaks.
    pub(super) local: [f32; LOCAL],
    /// That anyone speaks.
    pub(super) speech: f32,
    /// That two speak at once.
    pub(super) overlap: f32,
}

/// Decodes the log-probabilities of one frame, `[7]`.
pub(super) fn decode(log_probabilities: &[f32]) -> FrameActivity {
    let mut frame = FrameActivity::default();
    for (class, (members, log)) in SETS.iter().zip(log_probabilities).enumerate() {
        let p = log.exp();
        frame
            .local
            .iter_mut()
            .zip(members)
            .for_each(|(sum, member)| *sum += p * member);
        if class > 0 {
            frame.speech += p;
        }
        if class > LOCAL {
            frame.overlap += p;
        }
    }
    frame
}

/// The likeliest set of a frame, `[7]`: bit `k` is local speaker `k`. What is no number is silence.
pub(super) fn hardest(log_probabilities: &[f32]) -> u8 {
    const BITS: [u8; CLASSES] = [0, 1, 2, 4, 3, 5, 6];
    let mut best = (0, f32::NEG_INFINITY);
    for (bits, log) in BITS.iter().zip(log_probabilities) {
        if *log > best.1 {
            best = (*bits, *log);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_counts_for_both_and_as_overlap() {
        let mut log = [f32::NEG_INFINITY; 7];
        log[5] = 0.0;
        assert_eq!(
            decode(&log),
            FrameActivity {
                local: [1.0, 0.0, 1.0],
                speech: 1.0,
                overlap: 1.0
            }
        );
        assert_eq!(hardest(&log), 0b101);
        log[5] = f32::NEG_INFINITY;
        log[0] = 0.0;
        assert_eq!(decode(&log), FrameActivity::default());
        assert_eq!(hardest(&log), 0);
        assert_eq!(hardest(&[f32::NAN; 7]), 0);
    }
}
