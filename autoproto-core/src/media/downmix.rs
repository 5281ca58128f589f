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

/// Mixes interleaved frames into `mono`, replacing what it held; samples that are no numbers become silence.
pub(super) fn mix(interleaved: &[f32], weights: &[f32], mono: &mut Vec<f32>) {
    mono.clear();
    if weights.is_empty() {
        return;
    }
    mono.extend(interleaved.chunks_exact(weights.len()).map(|frame| {
        // One at a time, for one broken channel must not silence the others; and the resampler would smear a NaN.
        frame
            .iter()
            .zip(weights)
            .map(|(s, w)| if s.is_finite() { s * w } else { 0.0 })
            .sum::<f32>()
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::audio::layouts;

    fn mixed(frame: &[f32], channels: &Channels) -> f32 {
        let mut mono = Vec::new();
        mix(frame, &weights(channels), &mut mono);
        mono.iter().sum()
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
