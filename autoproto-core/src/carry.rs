//! Names given to the speakers of one clustering, laid over those of the next.

use std::collections::{BTreeMap, HashMap};

use crate::assignment::heaviest_pairs;
use crate::types::{Speaker, SpeakerId, SpeakerTurn, TimeSpan, merge_spans, shared_seconds};

/// A name goes to a new speaker of whose time at least this share was the old one's, of the time that was anyone's.
const LEAST_OF_NEW: f64 = 0.5;

/// A name goes to a new speaker who has at least this share of the old one's time.
const LEAST_OF_OLD: f64 = 0.1;

/// The speakers of a new clustering with the names of the old one.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CarriedNames {
    /// Everyone who has a turn now, by id; named where a name could be carried over.
    pub speakers: Vec<Speaker>,
    /// Those who had a name that nobody has now, as they were before: the caller says who they are.
    pub dropped: Vec<Speaker>,
}

/// Carries the names of `speakers` over to a new clustering of the same recording, by the seconds that an old and a new
/// speaker share: one old one for one new one, with the most seconds in all.
///
/// A name is not carried, but listed as [dropped](CarriedNames::dropped), where less than half of the new speaker's time
/// was the old one's (of the time that was anyone's), or the new speaker has less than a tenth of the old one's time.
/// So of two who are joined the one who spoke more gives the name, and of a speaker who is split the larger part keeps
/// it. Speakers of one name are one person here: no two have the same name afterwards. Runs no model.
///
/// ```
/// use autoproto_core::{Speaker, SpeakerId, SpeakerTurn, TimeSpan, carry_names};
///
/// let turn = |start, end, id| SpeakerTurn { span: TimeSpan::new(start, end), speaker: SpeakerId(id) };
/// let named = [Speaker { id: SpeakerId(0), name: Some("Maria".into()) }];
/// let before = [turn(0.0, 10.0, 0), turn(10.0, 12.0, 1)];
/// // Clustered again, Maria is two speakers, and has most of the second one's time.
/// let after = [turn(0.0, 3.0, 0), turn(3.0, 10.5, 1), turn(10.5, 12.0, 2)];
///
/// let carried = carry_names(&before, &named, &after);
/// let names: Vec<_> = carried.speakers.iter().map(|s| s.name.as_deref()).collect();
/// assert_eq!(names, [None, Some("Maria"), None]);
/// assert!(carried.dropped.is_empty());
/// ```
pub fn carry_names(old: &[SpeakerTurn], speakers: &[Speaker], new: &[SpeakerTurn]) -> CarriedNames {
    let (old, new) = (times(old), times(new));
    let name_of = |id: SpeakerId| speakers.iter().find(|s| s.id == id)?.name.as_deref();
    // Those without a name have a claim to be someone, too; those of one name are one.
    let mut people: Vec<(Option<&str>, Vec<TimeSpan>)> = Vec::new();
    for (id, times) in &old {
        let name = name_of(*id);
        match people.iter_mut().find(|p| name.is_some() && p.0 == name) {
            Some((_, own)) => {
                own.extend(times);
                *own = merge_spans(own, 0.0);
            }
            None => people.push((name, times.clone())),
        }
    }
    let anyone: Vec<TimeSpan> = old.values().flatten().copied().collect();
    let anyone = merge_spans(&anyone, 0.0);
    let mut weights = HashMap::new();
    for (to, now) in new.values().enumerate() {
        let was_anyones = shared_seconds(now, &anyone);
        for (from, (_, before)) in people.iter().enumerate() {
            let both = shared_seconds(before, now);
            // A hair less, since sums of seconds are rounded.
            let enough = |share: f64, of: f64| both >= share * of - 1e-9;
            if both > 0.0
                && enough(LEAST_OF_NEW, was_anyones)
                && enough(LEAST_OF_OLD, seconds(before))
            {
                weights.insert((from, to), both);
            }
        }
    }
    let of: HashMap<usize, usize> = heaviest_pairs(&weights)
        .into_iter()
        .map(|(from, to)| (to, from))
        .collect();
    let given = |to: usize| people.get(*of.get(&to)?)?.0.map(str::to_owned);
    let now: Vec<Speaker> = new
        .keys()
        .enumerate()
        .map(|(at, id)| Speaker {
            id: *id,
            name: given(at),
        })
        .collect();
    CarriedNames {
        dropped: dropped(speakers, &old, &now),
        speakers: now,
    }
}

/// Who had a name and is nobody now: all who had it where no one has it, else all but the one who spoke most.
fn dropped(
    speakers: &[Speaker],
    old: &BTreeMap<SpeakerId, Vec<TimeSpan>>,
    now: &[Speaker],
) -> Vec<Speaker> {
    let spoke = |speaker: &Speaker| old.get(&speaker.id).map_or(0.0, |own| seconds(own));
    let mut lost: Vec<Speaker> = speakers
        .iter()
        .filter(|speaker| speaker.name.is_some())
        .filter(|speaker| {
            let kept = now.iter().any(|s| s.name == speaker.name);
            let ahead = |other: &&Speaker| {
                let (more, own) = (spoke(other), spoke(speaker));
                other.name == speaker.name
                    && other.id != speaker.id
                    && (more > own || (more == own && other.id < speaker.id))
            };
            !kept || speakers.iter().find(ahead).is_some()
        })
        .cloned()
        .collect();
    lost.sort_by_key(|speaker| speaker.id);
    lost.dedup();
    lost
}

/// When each speaker speaks, in order and without overlap.
fn times(turns: &[SpeakerTurn]) -> BTreeMap<SpeakerId, Vec<TimeSpan>> {
    let mut of: BTreeMap<SpeakerId, Vec<TimeSpan>> = BTreeMap::new();
    for turn in turns {
        let times = of.entry(turn.speaker).or_default();
        if turn.span.start.is_finite() && turn.span.end.is_finite() {
            times.push(turn.span);
        }
    }
    of.values_mut()
        .for_each(|spans| *spans = merge_spans(spans, 0.0));
    of
}

fn seconds(spans: &[TimeSpan]) -> f64 {
    spans.iter().map(TimeSpan::duration).sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn turn(start: f64, end: f64, id: u32) -> SpeakerTurn {
        SpeakerTurn {
            span: TimeSpan::new(start, end),
            speaker: SpeakerId(id),
        }
    }

    fn named(names: &[(u32, &str)]) -> Vec<Speaker> {
        let speaker = |(id, name): &(u32, &str)| Speaker {
            id: SpeakerId(*id),
            name: (!name.is_empty()).then(|| (*name).to_owned()),
        };
        names.iter().map(speaker).collect()
    }

    /// Names by place, "" for none, and the ids of those dropped.
    fn carried(
        old: &[SpeakerTurn],
        names: &[(u32, &str)],
        new: &[SpeakerTurn],
    ) -> (Vec<String>, Vec<u32>) {
        let found = carry_names(old, &named(names), new);
        let names = found.speakers.into_iter();
        (
            names.map(|s| s.name.unwrap_or_default()).collect(),
            found.dropped.iter().map(|s| s.id.0).collect(),
        )
    }

    fn is(found: (Vec<String>, Vec<u32>), names: &[&str], dropped: &[u32]) {
        assert_eq!(
            found,
            (
                names.iter().map(|n| (*n).to_owned()).collect(),
                dropped.to_vec()
            )
        );
    }

    #[test]
    fn who_is_joined_to_one_who_spoke_more_is_dropped() {
        let old = [turn(0.0, 6.0, 0), turn(6.0, 10.0, 1)];
        let new = [turn(0.0, 10.0, 0)];
        is(
            carried(&old, &[(0, "Ann"), (1, "Bo")], &new),
            &["Ann"],
            &[1],
        );
        // Though the one who spoke more has no name: the new speaker is not Bo for the greater part.
        is(carried(&old, &[(1, "Bo")], &new), &[""], &[1]);
    }

    #[test]
    fn a_scrap_is_nobody() {
        let old = [turn(0.0, 50.0, 0), turn(50.0, 150.0, 1)];
        let new = [turn(0.0, 4.0, 0), turn(4.0, 150.0, 1)];
        is(
            carried(&old, &[(0, "Ann"), (1, "Bo")], &new),
            &["", "Bo"],
            &[0],
        );
        let new = [turn(0.0, 6.0, 0), turn(6.0, 150.0, 1)];
        is(
            carried(&old, &[(0, "Ann"), (1, "Bo")], &new),
            &["Ann", "Bo"],
            &[],
        );
    }

    #[test]
    fn speech_that_was_nobodys_takes_no_name_away() {
        let old = [turn(0.0, 4.0, 0)];
        let new = [turn(0.0, 30.0, 3)];
        is(carried(&old, &[(0, "Ann")], &new), &["Ann"], &[]);
    }

    #[test]
    fn one_name_for_two_is_one_persons() {
        let old = [turn(0.0, 4.0, 0), turn(4.0, 10.0, 1)];
        is(
            carried(&old, &[(0, "Ann"), (1, "Ann")], &old),
            &["", "Ann"],
            &[0],
        );
        let joined = [turn(0.0, 10.0, 0)];
        is(
            carried(&old, &[(0, "Ann"), (1, "Ann")], &joined),
            &["Ann"],
            &[0],
        );
    }

    #[test]
    fn nothing_at_all_and_times_that_cannot_be_are_no_trouble() {
        is(carried(&[], &[], &[]), &[], &[]);
        is(carried(&[], &[(7, "Ann"), (8, "")], &[]), &[], &[7]);
        let odd = [
            turn(f64::NAN, 1.0, 0),
            turn(0.0, f64::INFINITY, 0),
            turn(5.0, 2.0, 0),
        ];
        is(
            carried(&odd, &[(0, "Ann")], &[turn(0.0, 1.0, 0)]),
            &[""],
            &[0],
        );
        is(
            carried(&[turn(0.0, 1.0, 0)], &[(0, "Ann")], &odd),
            &[""],
            &[0],
        );
    }

    /// Turns of up to five speakers, overlapping as they like.
    fn meeting() -> impl Strategy<Value = Vec<SpeakerTurn>> {
        let turns = (0.0..100.0_f64, 0.1..20.0_f64, 0..5_u32)
            .prop_map(|(start, length, id)| turn(start, start + length, id));
        proptest::collection::vec(turns, 0..30)
    }

    fn names_of(turns: &[SpeakerTurn], bits: u32) -> Vec<Speaker> {
        times(turns)
            .into_keys()
            .map(|id| Speaker {
                id,
                name: (bits >> id.0 & 1 == 1).then(|| format!("n{}", id.0)),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn other_numbers_carry_every_name(old in meeting(), bits: u32, order in Just([3_u32, 9, 0, 2, 1]).prop_shuffle()) {
            let names = names_of(&old, bits);
            let new: Vec<SpeakerTurn> = old
                .iter()
                .map(|t| turn(t.span.start, t.span.end, order[t.speaker.0 as usize]))
                .collect();
            let carried = carry_names(&old, &names, &new);
            prop_assert_eq!(&carried.dropped, &[]);
            for speaker in names {
                let to = SpeakerId(order[speaker.id.0 as usize]);
                let now = carried.speakers.iter().find(|s| s.id == to).unwrap();
                // Two who speak at the very same times are the same to anyone.
                let own = times(&old);
                let alone = own.values().filter(|t| **t == own[&speaker.id]).count() == 1;
                if alone {
                    prop_assert_eq!(&now.name, &speaker.name);
                }
            }
        }

        #[test]
        fn the_larger_half_keeps_the_name(cut in 0.01..0.99_f64, other in 1.0..50.0_f64) {
            prop_assume!((cut - 0.5).abs() > 1e-6);
            let old = [turn(0.0, 10.0, 0), turn(10.0, 10.0 + other, 1)];
            let new = [turn(0.0, 10.0 * cut, 4), turn(10.0 * cut, 10.0, 5), turn(10.0, 10.0 + other, 6)];
            let (names, dropped) = carried(&old, &[(0, "Ann"), (1, "Bo")], &new);
            let want = if cut > 0.5 { ["Ann", "", "Bo"] } else { ["", "Ann", "Bo"] };
            prop_assert_eq!((names, dropped), (want.map(str::to_owned).to_vec(), vec![]));
        }

        #[test]
        fn a_name_is_carried_once_or_dropped(old in meeting(), new in meeting(), bits: u32) {
            let names = names_of(&old, bits);
            let carried = carry_names(&old, &names, &new);
            let of = times(&new);
            prop_assert_eq!(carried.speakers.iter().map(|s| s.id).collect::<Vec<_>>(), of.keys().copied().collect::<Vec<_>>());
            let mut after: Vec<String> = carried.speakers.iter().filter_map(|s| s.name.clone()).collect();
            after.extend(carried.dropped.iter().filter_map(|s| s.name.clone()));
            after.sort();
            let mut before: Vec<String> = names.iter().filter_map(|s| s.name.clone()).collect();
            before.sort();
            prop_assert_eq!(after, before);
        }

        #[test]
        fn never_two_of_one_name(old in meeting(), new in meeting(), letters in proptest::collection::vec(0..3_u8, 5)) {
            let mut names = names_of(&old, u32::MAX);
            for (speaker, letter) in names.iter_mut().zip(letters) {
                speaker.name = Some(letter.to_string());
            }
            let carried = carry_names(&old, &names, &new);
            let mut after: Vec<&String> = carried.speakers.iter().filter_map(|s| s.name.as_ref()).collect();
            let count = after.len();
            after.sort();
            after.dedup();
            prop_assert_eq!(after.len(), count);
            prop_assert_eq!(count + carried.dropped.len(), names.len());
        }
    }
}
