//! Who else speaks where two speak at once.

use std::collections::HashMap;

use super::super::powerset::LOCAL;
use super::activity::Activity;
use crate::assignment::heaviest_pairs;

/// Two speak at once from this probability on.
const OVERLAP: f32 = 0.40;
/// And the second is one whose mean activity is over this.
const LEAST: f32 = 0.15;

/// The second speaker of each frame, `[frames]`: the local speakers of every window are matched with the speakers of
/// `path` by the time they share, one to one, and their activity is averaged over the windows.
pub(super) fn second_voices(
    said: &Activity,
    path: &[usize],
    speech: &[bool],
    speakers: usize,
) -> Vec<Option<usize>> {
    let frames = path.len();
    let (mut activity, mut seen) = (vec![0.0_f32; frames * speakers], vec![0.0_f32; frames]);
    for (w, window) in said.windows.iter().enumerate() {
        let start = w * said.step;
        let Some(window) = window else { continue };
        let owners = matched(window, start, path, speech);
        for (t, local) in (start..frames).zip(window) {
            seen[t] += 1.0;
            for &(k, speaker) in &owners {
                activity[t * speakers + speaker] += f32::from(local[k]) / 255.0;
            }
        }
    }
    let second = |t: usize| -> Option<usize> {
        if !speech[t] || said.overlap.get(t).is_none_or(|p| *p <= OVERLAP) {
            return None;
        }
        let of = |s: usize| activity[t * speakers + s] / seen[t].max(1.0);
        let others = (0..speakers).filter(|s| *s != path[t]);
        let best = others.fold(None, |best: Option<usize>, s| {
            if best.is_none_or(|b| of(s) > of(b)) {
                Some(s)
            } else {
                best
            }
        })?;
        (of(best) > LEAST).then_some(best)
    };
    (0..frames).map(second).collect()
}

/// Pairs of local and global speakers.
fn matched(
    window: &[[u8; LOCAL]],
    start: usize,
    path: &[usize],
    speech: &[bool],
) -> Vec<(usize, usize)> {
    let mut shared: HashMap<(usize, usize), f64> = HashMap::new();
    for (t, local) in (start..path.len()).zip(window).filter(|(t, _)| speech[*t]) {
        for (k, p) in local.iter().enumerate().filter(|(_, p)| **p > 0) {
            *shared.entry((k, path[t])).or_default() += f64::from(*p);
        }
    }
    heaviest_pairs(&shared)
}
