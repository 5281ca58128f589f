//! Where a caption or a line may end.

/// What lies between two words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// A sentence ends.
    Sentence,
    /// A comma, a colon or a dash.
    Clause,
    /// A word follows that opens a clause or a phrase.
    Opening,
    /// Nothing.
    Plain,
    /// The first word belongs to the second: an article, a preposition, an initial.
    Bound,
}

/// Words that open a clause, or the second part of one.
const OPENING: &str = "и а но или либо что чтобы потому поэтому если когда где куда как хотя зато который которая которое \
    которые пока ли and but or so because that which who if when where while as than then whether until \
    unless before after since though";

/// Words before which a line may well end, and after which none does.
const PREPOSITIONS: &str = "в во на с со к ко по о об от до из за у для без под над при про через между перед of to in on at for \
    with by from into about";

/// Other words after which no line ends.
const BOUND: &str = "не ни и а но или что чтобы если как очень мой наш ваш этот эта это эти a an the and or but so if \
    that my your our their his her its no not is are was were be very i we you they this these";

/// Abbreviations that a name or an explanation follows.
const SHORT: &str = "mr mrs ms dr e.g i.e т т.е т.к г ул им";

impl Break {
    pub(super) fn between(word: &str, next: &str) -> Self {
        let bare = word.trim_end_matches(['"', '”', '»', ')', '\'', '’']);
        if bare.ends_with('.') && is_short(bare) {
            return Self::Bound;
        }
        if bare.ends_with(['.', '?', '!', '…']) {
            return Self::Sentence;
        }
        if bare.ends_with([',', ';', ':', '–', '—']) {
            return Self::Clause;
        }
        let (first, second) = (core(word), core(next));
        let one_of = |table: &str, core: &String| table.split(' ').any(|w| w == core);
        if ["–", "—", "-"].contains(&next) || one_of(BOUND, &first) || one_of(PREPOSITIONS, &first)
        {
            return Self::Bound;
        }
        if one_of(OPENING, &second) || one_of(PREPOSITIONS, &second) {
            return Self::Opening;
        }
        Self::Plain
    }
}

/// An initial, or an abbreviation before a name.
fn is_short(word: &str) -> bool {
    let core = core(word);
    let one = core.chars().count() == 1;
    (one && word.chars().any(char::is_uppercase)) || SHORT.split(' ').any(|w| w == core)
}

fn core(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// What it costs to end a caption there, before so many milliseconds of silence.
pub(super) fn break_cost(kind: Break, pause: u64) -> f64 {
    let cost = match kind {
        Break::Sentence => 0.0,
        Break::Clause => 6.0,
        Break::Opening => 12.0,
        Break::Plain => 22.0,
        Break::Bound => 36.0,
    };
    cost * (1.0 - pause.min(800) as f64 / 1000.0)
}

/// One line where it fits, else two, cut where it costs least: where nothing is torn apart, and evenly. Lines longer than
/// `longest` are given only where there is no other way; and what it cost.
pub(super) fn lines(words: &[&str], longest: usize) -> (Vec<String>, f64) {
    let whole = words.join(" ");
    let length = whole.chars().count();
    if length <= longest {
        return (vec![whole], 0.0);
    }
    let mut best: Option<(f64, usize)> = None;
    let mut before = 0;
    for (at, pair) in words.windows(2).enumerate() {
        before += pair[0].chars().count() + usize::from(at > 0);
        let after = length - before - 1;
        let over = before.max(after).saturating_sub(longest);
        let mut cost = break_cost(Break::between(pair[0], pair[1]), 0);
        let uneven = before.abs_diff(after) as f64;
        cost += 0.6 * uneven + 0.01 * uneven * uneven + 1000.0 * over as f64;
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, at + 1));
        }
    }
    match best.and_then(|(cost, at)| Some((cost, words.split_at_checked(at)?))) {
        Some((cost, (first, second))) => (vec![first.join(" "), second.join(" ")], cost),
        None => (vec![whole], 0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_is_known_by_the_words_beside_it() {
        for (word, next, kind) in [
            ("четверг.", "Мария", Break::Sentence),
            ("выпуск»?", "да", Break::Sentence),
            ("А.", "Смирнов", Break::Bound),
            ("Mr.", "Lee", Break::Bound),
            ("четверг,", "и", Break::Clause),
            ("четверг", "и", Break::Opening),
            ("status", "of", Break::Opening),
            ("на", "четверг", Break::Bound),
            ("The", "price", Break::Bound),
            ("четверг", "—", Break::Bound),
            ("выпуск", "переносим", Break::Plain),
        ] {
            assert_eq!(Break::between(word, next), kind, "{word} {next}");
        }
    }

    #[test]
    fn lines_are_even_and_tear_nothing_apart() {
        let split = |text: &str| lines(&text.split(' ').collect::<Vec<_>>(), 42).0;
        assert_eq!(
            split("Перенесём выпуск на четверг и предупредим об этом заказчика"),
            [
                "Перенесём выпуск на четверг",
                "и предупредим об этом заказчика"
            ]
        );
        assert_eq!(
            split("We move the release to Thursday, and the price stays."),
            ["We move the release to Thursday,", "and the price stays."]
        );
        assert_eq!(split(&"x".repeat(60)), ["x".repeat(60)]);
    }
}
