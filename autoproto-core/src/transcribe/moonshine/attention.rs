//! What the decoder looked at while it said each token: where that is in the sound, and whether it is anywhere.
//!
//! Heads of the cross-attention follow the sound as it is written down. A path through their mean, one token after the
//! other, gives the tokens' times; how much of the attention lies by that path says whether the sound was heard at all:
//! what is made up looks everywhere and nowhere.

/// How far from a token's begin on the path its attention may lie, in frames before it and after.
const NEAR: (usize, usize) = (6, 12);

/// The attention of the tokens said, one row of frames for each, the closing token's included where there was one.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Attention {
    frames: usize,
    rows: Vec<f32>,
}

/// A token in the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// The frame it begins at.
    pub(super) frame: usize,
    /// How much more of its attention lies there than by chance: 1 for all of it, 0 and below for none.
    pub(super) grounded: f32,
}

impl Attention {
    /// Of so many frames, no row yet.
    pub(super) fn over(frames: usize) -> Self {
        Self {
            frames,
            rows: Vec::new(),
        }
    }

    /// Adds a row; what is no number counts for nothing.
    pub(super) fn push(&mut self, row: impl Iterator<Item = f32>) {
        let wanted = self.rows.len() + self.frames;
        self.rows
            .extend(row.map(|a| if a.is_finite() { a } else { 0.0 }));
        self.rows.resize(wanted, 0.0);
    }

    /// How many frames there are.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    fn row(&self, i: usize) -> &[f32] {
        self.rows
            .get(i * self.frames..(i + 1) * self.frames)
            .unwrap_or_default()
    }

    /// Where the first `count` tokens lie.
    pub(super) fn places(&self, count: usize) -> Vec<Place> {
        let begins = self.path();
        let place = |(i, &frame): (usize, &usize)| Place {
            frame,
            grounded: self.grounded(i, frame),
        };
        begins.iter().enumerate().take(count).map(place).collect()
    }

    fn grounded(&self, row: usize, frame: usize) -> f32 {
        let near = frame.saturating_sub(NEAR.0)..(frame + NEAR.1).min(self.frames);
        let chance = near.len() as f32 / self.frames.max(1) as f32;
        if chance >= 1.0 {
            return 1.0; // too short to tell
        }
        let there: f32 = self.row(row).get(near).map_or(0.0, |a| a.iter().sum());
        (there - chance) / (1.0 - chance)
    }

    /// The frame at which each row begins, where every frame belongs to one row, they follow each other, and the
    /// attention on the way is the most (Viterbi's algorithm).
    fn path(&self) -> Vec<usize> {
        let rows = self.rows.len() / self.frames.max(1);
        if rows == 0 {
            return Vec::new();
        }
        if self.frames < rows {
            return (0..rows).map(|i| i * self.frames / rows).collect();
        }
        let mut best = vec![f32::NEG_INFINITY; rows];
        best[0] = self.row(0)[0];
        // Whether the best way to a row at a frame comes from the row before.
        let mut entered = vec![false; rows * self.frames];
        for frame in 1..self.frames {
            for row in (0..rows.min(frame + 1)).rev() {
                let before = row.checked_sub(1).map_or(f32::NEG_INFINITY, |i| best[i]);
                let enters = before > best[row];
                entered[frame * rows + row] = enters;
                best[row] = self.row(row)[frame] + if enters { before } else { best[row] };
            }
        }
        let mut begins = vec![0; rows];
        let mut row = rows - 1;
        for frame in (1..self.frames).rev() {
            // With as many frames left as rows there is no choice.
            if row > 0 && (entered[frame * rows + row] || frame == row) {
                begins[row] = frame;
                row -= 1;
            }
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each token looks at a tenth of the frames from its own on.
    fn steps(frames: usize, begins: &[usize]) -> Attention {
        let mut attention = Attention::over(frames);
        for &begin in begins {
            attention.push((0..frames).map(|f| {
                if (begin..begin + frames / 10).contains(&f) {
                    10.0 / frames as f32
                } else {
                    0.0
                }
            }));
        }
        attention
    }

    #[test]
    fn tokens_begin_where_they_look_and_are_grounded() {
        let begins = [0, 12, 30, 55, 80];
        let places = steps(100, &begins).places(4);
        assert_eq!(places.len(), 4);
        for (place, begin) in places.iter().zip(begins) {
            assert!(place.frame.abs_diff(begin) <= 8, "{place:?} {begin}");
            assert!(place.grounded > 0.7, "{place:?}");
        }
    }

    #[test]
    fn who_looks_everywhere_is_not_grounded() {
        let mut attention = Attention::over(400);
        for _ in 0..30 {
            attention.push((0..400).map(|_| 1.0 / 400.0));
        }
        assert!(attention.places(30).iter().all(|p| p.grounded < 0.05));
    }

    #[test]
    fn rows_that_are_short_or_no_numbers_are_no_attention() {
        let mut attention = Attention::over(50);
        attention.push([f32::NAN, f32::INFINITY].into_iter());
        attention.push(std::iter::empty());
        assert_eq!(attention.rows, vec![0.0; 100]);
        assert_eq!(attention.places(9).len(), 2);
    }

    proptest! {
        #[test]
        fn begins_are_in_order_and_inside(frames in 1_usize..60, values in proptest::collection::vec(0.0_f32..1.0, 0..900)) {
            let mut attention = Attention::over(frames);
            for row in values.chunks(frames) {
                attention.push(row.iter().copied());
            }
            let rows = values.len().div_ceil(frames);
            let places = attention.places(rows);
            prop_assert_eq!(places.len(), rows);
            let strict = frames >= rows;
            for pair in places.windows(2) {
                prop_assert!(pair[0].frame < pair[1].frame || (!strict && pair[0].frame <= pair[1].frame));
            }
            prop_assert!(places.iter().all(|p| p.frame < frames && p.grounded.is_finite()));
        }
    }
}
