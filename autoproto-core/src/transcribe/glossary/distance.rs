//! How far apart two words sound, by their letters.

/// What a recogniser's ear confuses: letters of one group stand for sounds that are close, or fall together where they are
/// not stressed or at a word's end.
const CLOSE: &[&str] = &[
    "бп", "вф", "гк", "гх", "дт", "жш", "зс", "щш", "чщ", "цс", "оа", "еи", "еэ", "иы", "яе", "яи",
    "ий", "ую", "ая", "юу", "pb", "td", "kg", "kc", "cs", "sz", "vf", "vw", "ei", "iy", "ou", "ao",
    "ae", "gj", "qk",
];
/// What it costs to take one such letter for another; any other letter costs 1.
const CLOSE_COST: f64 = 0.3;
/// What it costs to leave out or add a letter that is hardly heard.
const MUTE_COST: f64 = 0.15;

/// The least cost of turning `a` into `b`, letter by letter (Levenshtein), or more than `most` if it is more.
pub(super) fn distance(a: &[char], b: &[char], most: f64) -> f64 {
    if a.len().abs_diff(b.len()) as f64 > most / MUTE_COST {
        return f64::INFINITY;
    }
    let mut above: Vec<f64> = vec![0.0];
    for (j, letter) in b.iter().enumerate() {
        let so_far = above.last().copied().unwrap_or_default();
        above.push(so_far + alone(*letter, before(b, j)));
    }
    for (i, &x) in a.iter().enumerate() {
        let gone = alone(x, before(a, i));
        let mut row = vec![above.first().copied().unwrap_or_default() + gone];
        for (j, &y) in b.iter().enumerate() {
            let at = |row: &[f64], j: usize| row.get(j).copied().unwrap_or(f64::INFINITY);
            let best = (at(&above, j) + instead(x, y))
                .min(at(&above, j + 1) + gone)
                .min(at(&row, j) + alone(y, before(b, j)));
            row.push(best);
        }
        if row.iter().all(|cost| *cost > most) {
            return f64::INFINITY;
        }
        above = row;
    }
    above.last().copied().unwrap_or(f64::INFINITY)
}

/// Whether two letters may be taken for one another.
pub(super) fn close(x: char, y: char) -> bool {
    x == y
        || CLOSE
            .iter()
            .any(|pair| pair.contains(x) && pair.contains(y))
}

fn before(letters: &[char], at: usize) -> Option<char> {
    at.checked_sub(1).and_then(|i| letters.get(i)).copied()
}

fn instead(x: char, y: char) -> f64 {
    if x == y {
        0.0
    } else if close(x, y) {
        CLOSE_COST
    } else {
        1.0
    }
}

/// What a letter costs that only one of the words has.
fn alone(letter: char, before: Option<char>) -> f64 {
    let mute = matches!(letter, 'ь' | 'ъ' | 'h' | '\'' | '-' | '’');
    if mute || before == Some(letter) {
        MUTE_COST
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn apart(a: &str, b: &str) -> f64 {
        let letters = |s: &str| s.chars().collect::<Vec<_>>();
        distance(&letters(a), &letters(b), 3.0)
    }

    #[test]
    fn what_sounds_alike_is_near() {
        for (a, b, cost) in [
            ("иваноф", "иванов", 0.3),
            ("каваленко", "коваленко", 0.3),
            ("филипов", "филиппов", 0.15),
            ("catherine", "katherine", 0.3),
            ("соловев", "соловьев", 0.15),
            ("иванцов", "иванов", 1.0),
            ("марина", "мария", 1.3),
        ] {
            assert!(
                (apart(a, b) - cost).abs() < 1e-9,
                "{a} {b}: {}",
                apart(a, b)
            );
        }
        assert!(apart("петров", "сидоренко") > 3.0);
    }

    proptest! {
        #[test]
        fn it_is_the_same_both_ways_and_zero_only_for_itself(a in "[а-я]{0,9}", b in "[а-я]{0,9}") {
            let there = apart(&a, &b);
            let back = apart(&b, &a);
            prop_assert!(there == back || (there - back).abs() < 1e-9 || there > 3.0 && back > 3.0);
            prop_assert_eq!(there == 0.0, a == b);
        }
    }
}
