//! Which speaker each frame is, by the voices around it.

use super::spans::Span;
use crate::types::Embedding;

/// What it costs to change the speaker, in similarity × seconds: within speech, and in a pause.
const SWITCH: f64 = 0.06;
const SWITCH_IN_PAUSE: f64 = 0.02;
/// A piece that lies so far in one speaker says how that one sounds.
const PURE: f64 = 0.9;

/// The speaker of each frame, `[frames]`: the likeliest path through the similarities of the pieces to the speakers'
/// mean voices, with a price on every change (Viterbi), then once more with the means of what that found.
pub(super) fn resegment(
    spans: &[Span],
    voices: &[Embedding],
    groups: &[Vec<usize>],
    speech: &[bool],
    frame_length: f64,
) -> (Vec<usize>, Vec<Embedding>) {
    let weighted = |group: &Vec<usize>| mean(voices, group.iter().map(|&i| (i, 1.0)));
    let first: Vec<Embedding> = groups.iter().map(weighted).collect();
    let price: Vec<f64> = speech
        .iter()
        .map(|s| if *s { SWITCH } else { SWITCH_IN_PAUSE } / frame_length)
        .collect();
    let path = viterbi(
        &emissions(spans, voices, &first, speech.len()),
        first.len(),
        &price,
    );
    let second = recentre(spans, voices, &path, &first);
    let again = viterbi(
        &emissions(spans, voices, &second, speech.len()),
        second.len(),
        &price,
    );
    // The second pass may refine the first, but not lose a speaker.
    if heard(&again, speech) >= heard(&path, speech) {
        (again, second)
    } else {
        (path, first)
    }
}

fn heard(path: &[usize], speech: &[bool]) -> usize {
    let mut speakers: Vec<usize> = path
        .iter()
        .zip(speech)
        .filter(|(_, s)| **s)
        .map(|(p, _)| *p)
        .collect();
    speakers.sort_unstable();
    speakers.dedup();
    speakers.len()
}

fn mean(voices: &[Embedding], weights: impl Iterator<Item = (usize, f64)>) -> Embedding {
    let dim = voices.first().map_or(0, |v| v.0.len());
    let mut sum = vec![0.0_f32; dim];
    for (i, weight) in weights {
        sum.iter_mut()
            .zip(&voices[i].0)
            .for_each(|(s, v)| *s += weight as f32 * v);
    }
    Embedding::normalised(sum).unwrap_or_else(|| Embedding(vec![0.0; dim]))
}

/// How much each frame sounds like each speaker, `[frames × speakers]`: the mean over the pieces that hold it, those
/// weighing most whose middle it is; 0 outside speech.
fn emissions(spans: &[Span], voices: &[Embedding], means: &[Embedding], frames: usize) -> Vec<f32> {
    let k = means.len();
    let (mut sums, mut weights) = (vec![0.0_f32; frames * k], vec![0.0_f32; frames]);
    for (span, voice) in spans.iter().zip(voices) {
        let similarity: Vec<f32> = means.iter().map(|m| m.similarity(voice)).collect();
        for t in span.start..span.end.min(frames) {
            let weight = (t - span.start + 1).min(span.end - t) as f32;
            weights[t] += weight;
            sums[t * k..(t + 1) * k]
                .iter_mut()
                .zip(&similarity)
                .for_each(|(s, v)| *s += weight * v);
        }
    }
    for (frame, weight) in sums.chunks_mut(k.max(1)).zip(&weights) {
        frame.iter_mut().for_each(|s| *s /= weight.max(1e-9));
    }
    sums
}

fn viterbi(emissions: &[f32], k: usize, price: &[f64]) -> Vec<usize> {
    let frames = price.len();
    if frames == 0 || k == 0 {
        return Vec::new();
    }
    let emission = |t: usize, s: usize| f64::from(emissions[t * k + s]);
    let mut score: Vec<f64> = (0..k).map(|s| emission(0, s)).collect();
    let best = |score: &[f64]| {
        score
            .iter()
            .enumerate()
            .fold(0, |b, (s, v)| if *v > score[b] { s } else { b })
    };
    let mut back: Vec<u8> = Vec::with_capacity(frames * k);
    back.extend((0..k).map(|s| s as u8));
    for (t, price) in price.iter().enumerate().skip(1) {
        let from = best(&score);
        let jump = score[from] - price;
        for (s, value) in score.iter_mut().enumerate() {
            back.push(if *value < jump { from } else { s } as u8);
            *value = value.max(jump) + emission(t, s);
        }
    }
    let mut path = vec![0; frames];
    path[frames - 1] = best(&score);
    for t in (1..frames).rev() {
        path[t - 1] = usize::from(back[t * k + path[t]]);
    }
    path
}

/// The mean voice of each speaker over the pieces that lie in it, weighted by length; where none does, over all by share.
fn recentre(
    spans: &[Span],
    voices: &[Embedding],
    path: &[usize],
    before: &[Embedding],
) -> Vec<Embedding> {
    let share = |span: &Span, speaker: usize| -> f64 {
        let inside = path
            .get(span.start..span.end.min(path.len()))
            .unwrap_or_default();
        inside.iter().filter(|s| **s == speaker).count() as f64 / inside.len().max(1) as f64
    };
    (0..before.len())
        .map(|speaker| {
            let shares: Vec<f64> = spans.iter().map(|span| share(span, speaker)).collect();
            let any_pure = shares.iter().any(|s| *s >= PURE);
            let weight = |i: usize| {
                let length = spans[i].len() as f64;
                if any_pure {
                    if shares[i] >= PURE { length } else { 0.0 }
                } else {
                    shares[i] * length
                }
            };
            if shares.iter().all(|s| *s <= 0.0) {
                return before[speaker].clone();
            }
            mean(
                voices,
                (0..spans.len())
                    .map(|i| (i, weight(i)))
                    .filter(|(_, w)| *w > 0.0),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flicker_is_not_worth_its_price_and_a_real_change_is() {
        let mut emissions = Vec::new();
        for t in 0..300 {
            let second = (150..155).contains(&t) || t >= 200;
            emissions.extend(if second { [0.5, 0.8] } else { [0.8, 0.5] });
        }
        let path = viterbi(&emissions, 2, &[0.06 / 0.016_875; 300]);
        assert_eq!(path[152], 0);
        assert!(path[..199].iter().all(|s| *s == 0) && path[201..].iter().all(|s| *s == 1));
    }
}
