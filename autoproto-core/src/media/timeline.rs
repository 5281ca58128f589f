//! Where each packet's sound goes, by its time stamp: lost sound becomes silence, so that nothing behind it is early.

/// A longer hole than this, in seconds, is a jump of the clock and not lost sound; nobody wants hours of silence. Where the
/// file's own length has room for it, it is a pause: someone was muted.
const LONGEST_HOLE: i64 = 600;
/// And such a pause is no longer than this.
const LONGEST_PAUSE: i64 = 2 * 3_600;
/// A recording whose first stamp is later than this, in seconds, counts from elsewhere: a cut out of a longer stream. Where
/// the file's own length has room for it, the track begins late.
const LATEST_START: i64 = 10;

/// The clock of one track, in frames of its sample rate.
#[derive(Debug)]
pub(super) struct Timeline {
    rate: i64,
    /// Stamps this far off are as good as exact.
    tolerance: i64,
    /// Added to a stamp.
    offset: i64,
    /// Nothing is heard before this.
    floor: i64,
    /// Or from this on.
    end: Option<i64>,
    /// The length that the file says it has; stamps up to there are to be believed.
    length: i64,
    /// Where the clock has jumped, and by how much.
    pub(super) jumps: Vec<(i64, i64)>,
    /// Frames that begin the track and are not for hearing, wherever their stamps say that they belong.
    run_in: i64,
    /// How many of them are still to come.
    left: i64,
    written: i64,
    began: bool,
}

/// What to do with a packet's frames.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
pub(super) struct Place {
    /// Frames of silence first.
    pub(super) silence: u64,
    /// Whether that silence stands for sound that was lost.
    pub(super) lost: bool,
    /// Frames of the packet to leave out at its beginning.
    pub(super) skip: usize,
    /// And then to take.
    pub(super) take: usize,
}

impl Timeline {
    /// For a track of `rate` frames a second, whose stamps are `exact` to the frame or rounded to milliseconds.
    pub(super) fn new(rate: u32, exact: bool) -> Self {
        let rate = i64::from(rate);
        // Rounded stamps come from live recorders too, whose packets are never quite on time.
        let tolerance = if exact { rate / 200 } else { rate * 6 / 100 };
        Self {
            rate,
            tolerance,
            offset: 0,
            floor: 0,
            end: None,
            length: 0,
            jumps: Vec::new(),
            run_in: 0,
            left: 0,
            written: 0,
            began: false,
        }
    }

    /// Leaves out the first `skip` frames of the track, puts `silence` before it, and ends it after `length` frames.
    pub(super) fn edit(&mut self, silence: i64, skip: i64, length: Option<i64>) {
        self.floor = silence.clamp(0, self.rate * LONGEST_HOLE);
        self.offset = self.floor.saturating_sub(skip);
        self.end = length.map(|length| self.floor.saturating_add(length));
    }

    /// Tells how long the file says it is.
    pub(super) fn length(&mut self, frames: i64) {
        self.length = frames.max(0);
    }

    /// The longest stretch of silence that a stamp which ends its packet at `end` can stand for.
    fn longest(&self, end: i64, else_this: i64) -> i64 {
        if end <= self.length.saturating_add(self.tolerance) {
            self.rate * LONGEST_PAUSE
        } else {
            self.rate * else_this
        }
    }

    /// Leaves out the first `frames` of a track that begins at time zero, or before it by about as much.
    ///
    /// Stamps don't say it well: Ogg counts on from zero, and Matroska rounds to milliseconds.
    pub(super) fn run_in(&mut self, frames: i64) {
        self.run_in = frames.clamp(0, self.rate);
    }

    /// Places `frames` that are stamped `stamp`, or that follow what came before where there is no stamp.
    pub(super) fn place(&mut self, stamp: Option<i64>, frames: usize) -> Place {
        let mut place = Place::default();
        if frames == 0 {
            return place;
        }
        let count = i64::try_from(frames).unwrap_or(i64::MAX);
        let mut start = stamp.map_or(self.written, |stamp| stamp.saturating_add(self.offset));
        let mut from = 0;
        if !self.began && self.run_in > 0 {
            if start.saturating_abs() <= self.run_in + self.tolerance {
                self.offset = self
                    .offset
                    .saturating_sub(start)
                    .saturating_sub(self.run_in);
                self.began = true;
            }
            // Else it begins late, and with its run-in.
            self.left = std::mem::take(&mut self.run_in);
        }
        if self.left > 0 {
            // Counted, for later stamps are no better than the first.
            from = self.left.min(count);
            self.left -= from;
            if from == count {
                return place;
            }
            if self.began {
                start = self.written;
            }
        }
        if !self.began {
            let latest = self.longest(start.saturating_add(count), LATEST_START);
            if start > self.floor.saturating_add(latest) {
                self.offset = self.offset.saturating_sub(start).saturating_add(self.floor);
                start = self.floor;
            }
            from = from.max(self.floor.saturating_sub(start));
            if from >= count {
                // Run-in of the encoder, all of it.
                return place;
            }
            start = start.saturating_add(from);
            self.began = true;
            place.silence = start.saturating_sub(self.written).max(0).cast_unsigned();
            if self.floor == 0 && start <= self.tolerance {
                place.silence = 0;
            }
        } else {
            let hole = start.saturating_sub(self.written);
            let longest = self.longest(start.saturating_add(count), LONGEST_HOLE);
            if hole > self.tolerance && hole <= longest {
                place.silence = hole.cast_unsigned();
                place.lost = true;
            } else if hole.saturating_abs() > self.tolerance {
                if self.jumps.len() < 100 {
                    self.jumps.push((self.written, hole));
                }
                self.offset = self.offset.saturating_sub(hole);
            }
        }
        if let Some(end) = self.end {
            let left = end.saturating_sub(self.written).max(0);
            place.silence = place.silence.min(left.cast_unsigned());
            place.lost &= place.silence > 0;
        }
        self.written = self.written.saturating_add_unsigned(place.silence);
        let left = self
            .end
            .map_or(i64::MAX, |end| end.saturating_sub(self.written).max(0));
        let take = count.saturating_sub(from).min(left);
        self.written = self.written.saturating_add(take);
        place.skip = usize::try_from(from).unwrap_or(usize::MAX);
        place.take = usize::try_from(take).unwrap_or(0);
        place
    }
}

/// A time stamp in ticks of `numerator / denominator` seconds as frames of `rate`, rounded.
pub(super) fn frames_at(ticks: i64, numerator: u32, denominator: u32, rate: u32) -> i64 {
    let (ticks, denominator) = (i128::from(ticks), i128::from(denominator.max(1)));
    let scaled = ticks * i128::from(numerator) * i128::from(rate);
    let rounded = (2 * scaled + denominator).div_euclid(2 * denominator);
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(silence: u64, lost: bool, skip: usize, take: usize) -> Place {
        Place {
            silence,
            lost,
            skip,
            take,
        }
    }

    #[test]
    fn packets_in_a_row_are_taken_whole() {
        let mut timeline = Timeline::new(48_000, true);
        assert_eq!(timeline.place(Some(0), 1_000), place(0, false, 0, 1_000));
        assert_eq!(
            timeline.place(Some(1_000), 1_000),
            place(0, false, 0, 1_000)
        );
        assert_eq!(timeline.place(None, 10), place(0, false, 0, 10));
    }

    #[test]
    fn run_in_before_time_zero_is_left_out() {
        let mut timeline = Timeline::new(48_000, true);
        assert_eq!(timeline.place(Some(-1_105), 1_000), place(0, false, 0, 0));
        assert_eq!(timeline.place(Some(-105), 1_000), place(0, false, 105, 895));
        assert_eq!(timeline.written, 895);
    }

    #[test]
    fn a_run_in_is_left_out_whatever_its_stamp() {
        // Ogg, and Matroska with 6.5 ms rounded up; then a run-in longer than a packet.
        for (first, exact, run_in) in [(0, true, 312), (-336, false, 312), (0, true, 1_200)] {
            let mut timeline = Timeline::new(48_000, exact);
            timeline.run_in(run_in);
            let mut heard = 0;
            for packet in 0..10 {
                let place = timeline.place(Some(first + packet * 960), 960);
                assert_eq!((place.silence, place.lost), (0, false), "{first} {packet}");
                heard += place.take as i64;
            }
            assert_eq!(heard, 9_600 - run_in, "{first}");
        }
    }

    #[test]
    fn a_lost_packet_becomes_silence() {
        let mut timeline = Timeline::new(48_000, true);
        timeline.place(Some(0), 4_096);
        assert_eq!(
            timeline.place(Some(8_192), 4_096),
            place(4_096, true, 0, 4_096)
        );
        assert_eq!(timeline.written, 12_288);
    }

    #[test]
    fn stamps_of_whole_milliseconds_make_no_holes() {
        let mut timeline = Timeline::new(44_100, false);
        let mut heard = 0;
        for packet in 0..1_000i64 {
            let stamp = frames_at(packet * 1_024 * 1_000 / 44_100, 1, 1_000, 44_100);
            let place = timeline.place(Some(stamp), 1_024);
            assert_eq!(place.silence, 0);
            heard += place.take;
        }
        assert_eq!(heard, 1_024_000);
    }

    #[test]
    fn a_jump_of_the_clock_is_no_hole() {
        let mut timeline = Timeline::new(8_000, true);
        timeline.place(Some(0), 800);
        assert_eq!(
            timeline.place(Some(8_000 * 3_600), 800),
            place(0, false, 0, 800)
        );
        assert_eq!(
            timeline.place(Some(8_000 * 3_600 + 800), 800),
            place(0, false, 0, 800)
        );
        // And back.
        assert_eq!(timeline.place(Some(0), 800), place(0, false, 0, 800));
        assert_eq!(timeline.place(Some(800), 800), place(0, false, 0, 800));
    }

    #[test]
    fn a_pause_that_the_length_has_room_for_is_kept() {
        let mut timeline = Timeline::new(8_000, true);
        timeline.length(8_000 * 3_700);
        timeline.place(Some(0), 800);
        let at = 8_000 * 3_600;
        assert_eq!(
            timeline.place(Some(at), 800),
            place(at as u64 - 800, true, 0, 800)
        );
        assert!(timeline.jumps.is_empty());
        // Beyond it the clock jumps.
        assert_eq!(timeline.place(Some(2 * at), 800), place(0, false, 0, 800));
        assert_eq!(timeline.jumps.len(), 1);
        let mut late = Timeline::new(8_000, true);
        late.length(8_000 * 60);
        late.run_in(300);
        assert_eq!(
            late.place(Some(160_000), 800),
            place(160_300, false, 300, 500)
        );
    }

    #[test]
    fn a_late_start_is_silence_unless_the_clock_is_another() {
        assert_eq!(
            Timeline::new(8_000, true).place(Some(4_000), 80),
            place(4_000, false, 0, 80)
        );
        assert_eq!(
            Timeline::new(8_000, true).place(Some(8_000_000), 80),
            place(0, false, 0, 80)
        );
    }

    #[test]
    fn an_edit_cuts_both_ends() {
        let mut timeline = Timeline::new(1_000, true);
        timeline.edit(50, 100, Some(150));
        assert_eq!(timeline.place(Some(0), 120), place(50, false, 100, 20));
        assert_eq!(timeline.place(Some(120), 120), place(0, false, 0, 120));
        assert_eq!(timeline.place(Some(240), 120), place(0, false, 0, 10));
        assert_eq!(timeline.place(Some(360), 120), place(0, false, 0, 0));
    }

    proptest! {
        #[test]
        fn no_stamp_can_take_more_than_there_is(
            packets in proptest::collection::vec((any::<i64>(), 0usize..10_000), 0..50), exact: bool,
        ) {
            let mut timeline = Timeline::new(48_000, exact);
            let mut sum = 0;
            for (stamp, frames) in packets {
                let place = timeline.place(Some(stamp), frames);
                prop_assert!(place.skip + place.take <= frames);
                prop_assert!(place.silence <= 48_000 * 600);
                sum += place.take as i64 + place.silence as i64;
            }
            prop_assert_eq!(sum, timeline.written);
        }
    }
}
