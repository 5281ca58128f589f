//! Many channels to one.

use symphonia::core::audio::{ChannelLabel, Channels, Position};

/// The weight of each channel in the mean; they add up to 1.
///
/// Channels without a known place count alike, so stereo becomes its mean. In surround sound the front carries the
/// talk: left, right and centre count alike, what is beside, behind or above half, and the bass effects not at all.
pub(super) fn weights(channels: &Channels) -> Vec<f32> {
    let places: Vec<Option<Position>> = match channels {
        Channels::Positioned(places) => places.iter().map(Some).collect(),
        Channels::Custom(labels) => labels
            .iter()
            .map(|label| match label {
                ChannelLabel::Positioned(place) => Some(*place),
                _ => None,
            })
            .collect(),
        other => vec![None; other.count()],
    };
    let front = Position::FRONT_LEFT
        | Position::FRONT_RIGHT
        | Position::FRONT_CENTER
        | Position::FRONT_LEFT_CENTER
        | Position::FRONT_RIGHT_CENTER
        | Position::FRONT_LEFT_WIDE
        | Position::FRONT_RIGHT_WIDE;
    let bass = Position::LFE1 | Position::LFE2;
    let mut weights: Vec<f32> = places
        .iter()
        .map(|place| match place {
            Some(place) if bass.contains(*place) => 0.0,
            Some(place) if !front.contains(*place) => 0.5,
            _ => 1.0,
        })
        .collect();
    let mut total: f32 = weights.iter().sum();
    if total == 0.0 {
        weights.fill(1.0);
        total = weights.len() as f32;
    }
    weights.iter_mut().for_each(|w| *w /= total);
    weights
}

/// Mixes channels into `mono`, replacing what it held; the second channel is heard as `turn` says.
pub(super) fn mix(planes: &[&[f32]], weights: &[f32], turn: Turn, mono: &mut Vec<f32>) {
    let frames = planes.first().map_or(0, |plane| plane.len());
    mono.clear();
    mono.resize(frames, 0.0);
    for (channel, (plane, &weight)) in planes.iter().zip(weights).enumerate() {
        if weight == 0.0 {
            continue;
        }
        let turn = if channel == 1 { turn } else { Turn::NONE };
        if turn.from == turn.to {
            let gain = weight * turn.from;
            // One at a time, for one broken channel must not silence the others; and the resampler would smear a NaN.
            for (sum, s) in mono.iter_mut().zip(*plane) {
                *sum += tamed(*s) * gain;
            }
        } else {
            let step = (turn.to - turn.from) / frames as f32;
            for (at, (sum, s)) in mono.iter_mut().zip(*plane).enumerate() {
                let gain = weight * (turn.from + step * at as f32);
                *sum += tamed(*s) * gain;
            }
        }
    }
}

/// A sample that the resampler can take: one that is no number would be smeared, and so would one that is enormous.
fn tamed(sample: f32) -> f32 {
    if sample.is_finite() {
        sample.clamp(-8.0, 8.0)
    } else {
        0.0
    }
}

/// The gain of a channel over a block, from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    pub(super) from: f32,
    pub(super) to: f32,
}

impl Turn {
    pub(super) const NONE: Turn = Turn { from: 1.0, to: 1.0 };
}

/// Watches two channels that would cancel each other, and says when the second is to be turned around.
///
/// A cable soldered the wrong way gives one channel upside down: the mean of both is silence. The correlation over the
/// last second or so decides, with room between the two decisions; in between the channel fades through zero, so that
/// nothing clicks.
#[derive(Debug, Default)]
pub(super) struct Phase {
    left: f64,
    right: f64,
    both: f64,
    turned: bool,
    began: bool,
    /// Frames for which the channel was turned.
    pub(super) frames: u64,
}

impl Phase {
    /// Below this correlation channels cancel, above the other they don't.
    const CANCELS: f64 = -0.7;
    const ADDS: f64 = 0.2;

    /// Looks at a block of `rate` hertz, and says how its second channel is to be heard.
    pub(super) fn look(&mut self, left: &[f32], right: &[f32], rate: u32) -> Turn {
        let frames = left.len().min(right.len());
        let (ll, rr, lr) = (dot(left, left), dot(right, right), dot(left, right));
        if (ll + rr + lr).is_finite() {
            let keep = (-(frames as f64) / f64::from(rate)).exp();
            self.left = self.left * keep + f64::from(ll);
            self.right = self.right * keep + f64::from(rr);
            self.both = self.both * keep + f64::from(lr);
        }
        let loud = (self.left * self.right).sqrt();
        let before = self.turned;
        // Noise of 90 dB below full scale has no phase to speak of.
        if loud > 1e-9 * f64::from(rate) {
            let correlation = self.both / loud;
            if correlation < Self::CANCELS {
                self.turned = true;
            } else if correlation > Self::ADDS {
                self.turned = false;
            }
        }
        let gain = |turned: bool| if turned { -1.0 } else { 1.0 };
        let from = gain(if self.began { before } else { self.turned });
        self.began |= loud > 0.0;
        if self.turned {
            self.frames += frames as u64;
        }
        Turn {
            from,
            to: gain(self.turned),
        }
    }
}

/// The sum of products. Several sums side by side, for one alone would have each addition wait for the last.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, rest_a) = a.as_chunks::<16>();
    let (b, rest_b) = b.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for (a, b) in a.iter().zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    let rest: f32 = rest_a.iter().zip(rest_b).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::audio::layouts;

    fn mixed(frame: &[f32], channels: &Channels) -> f32 {
        let mut mono = Vec::new();
        let planes: Vec<&[f32]> = frame.chunks(1).collect();
        mix(&planes, &weights(channels), Turn::NONE, &mut mono);
        mono.iter().sum()
    }

    /// Peaks of the mean of a tone and the same at `gain`, block by block.
    fn peaks(gains: &[f32]) -> (Vec<f32>, u64) {
        let mut phase = Phase::default();
        let mut mono = Vec::new();
        let peaks = gains.iter().enumerate().map(|(block, gain)| {
            let at = |i: usize| (((block * 960 + i) as f32) * 0.05).sin() * 0.5;
            let left: Vec<f32> = (0..960).map(at).collect();
            let right: Vec<f32> = left.iter().map(|s| s * gain).collect();
            let turn = phase.look(&left, &right, 48_000);
            mix(&[&left, &right], &[0.5, 0.5], turn, &mut mono);
            mono.iter().fold(0.0f32, |peak, s| peak.max(s.abs()))
        });
        (peaks.collect(), phase.frames)
    }

    #[test]
    fn opposite_channels_are_heard_from_the_first_block_on() {
        let (peaks, frames) = peaks(&[-1.0; 10]);
        assert!(peaks.iter().all(|peak| *peak > 0.49), "{peaks:?}");
        assert_eq!(frames, 9_600);
    }

    #[test]
    fn channels_that_agree_are_left_alone() {
        for gain in [1.0, 0.3, 0.0, -0.0] {
            assert_eq!(peaks(&[gain; 10]).1, 0, "{gain}");
        }
    }

    #[test]
    fn a_turn_in_the_middle_is_heard_and_fades() {
        let gains = [[1.0; 200], [-1.0; 200], [1.0; 200]].concat();
        let (peaks, frames) = peaks(&gains);
        assert!(
            peaks[300..400]
                .iter()
                .chain(&peaks[500..])
                .all(|peak| *peak > 0.49)
        );
        assert!(frames > 0);
    }

    #[test]
    fn noise_that_has_nothing_to_do_with_itself_is_not_turned() {
        let mut seed = 1u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / 16_777_216.0 - 0.5
        };
        let mut phase = Phase::default();
        for _ in 0..500 {
            let (left, right): (Vec<f32>, Vec<f32>) = (0..960).map(|_| (noise(), noise())).unzip();
            assert_eq!(phase.look(&left, &right, 48_000), Turn::NONE);
        }
    }

    #[test]
    fn stereo_is_its_mean() {
        assert_eq!(mixed(&[0.5, -0.25], &layouts::CHANNEL_LAYOUT_STEREO), 0.125);
        assert_eq!(mixed(&[0.5, -0.25], &Channels::Discrete(2)), 0.125);
    }

    #[test]
    fn surround_keeps_the_front_and_drops_the_bass() {
        // Left, right, centre, bass effects, rear left, rear right.
        let only = |channel: usize| {
            let mut frame = [0.0; 6];
            if let Some(sample) = frame.get_mut(channel) {
                *sample = 1.0;
            }
            mixed(&frame, &layouts::CHANNEL_LAYOUT_5P1)
        };
        assert_eq!(
            [only(0), only(2), only(3), only(4)],
            [0.25, 0.25, 0.0, 0.125]
        );
    }

    #[test]
    fn no_number_in_one_channel_leaves_the_other() {
        assert_eq!(
            mixed(&[f32::NAN, 0.5], &layouts::CHANNEL_LAYOUT_STEREO),
            0.25
        );
        assert_eq!(
            mixed(&[f32::NEG_INFINITY, 0.5], &layouts::CHANNEL_LAYOUT_STEREO),
            0.25
        );
    }

    #[test]
    fn a_lone_bass_channel_is_still_heard() {
        assert_eq!(mixed(&[0.5], &Channels::Positioned(Position::LFE1)), 0.5);
    }
}
