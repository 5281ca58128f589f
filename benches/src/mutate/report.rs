//! What came of the mutants.

use std::collections::BTreeMap;
use std::fmt::Write;

/// How many of the slowest are named.
const SLOWEST: usize = 5;

/// What a child said of one mutant, or what its death says.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) index: u64,
    outcome: String,
    seconds: f64,
    peak: usize,
    panics: Vec<String>,
}

impl Line {
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut parts = line.strip_prefix("< ")?.split('\t');
        Some(Self {
            index: parts.next()?.parse().ok()?,
            outcome: parts.next()?.into(),
            seconds: parts.next()?.parse().ok()?,
            peak: parts.next()?.parse().ok()?,
            panics: parts
                .next()?
                .split(',')
                .filter(|place| !place.is_empty())
                .map(Into::into)
                .collect(),
        })
    }

    pub(crate) fn dead(index: u64, outcome: String) -> Self {
        Self {
            index,
            outcome,
            seconds: 0.0,
            peak: 0,
            panics: Vec::new(),
        }
    }
}

/// The sums.
#[derive(Debug, Default)]
pub(crate) struct Report {
    tried: u64,
    outcomes: BTreeMap<String, u64>,
    /// Mutants that made a reader panic inside the library, and where.
    contained: u64,
    places: BTreeMap<String, u64>,
    slowest: Vec<Line>,
    largest: Option<Line>,
    violations: Vec<Line>,
}

impl Report {
    pub(crate) fn add(&mut self, line: Line) {
        self.tried += 1;
        let kind = line.outcome.split(": ").next().unwrap_or_default();
        *self.outcomes.entry(kind.to_owned()).or_default() += 1;
        if line.outcome.starts_with("violation") {
            self.violations.push(line.clone());
        } else if !line.panics.is_empty() {
            self.contained += 1;
        }
        for place in &line.panics {
            *self.places.entry(place.clone()).or_default() += 1;
        }
        if self
            .largest
            .as_ref()
            .is_none_or(|most| line.peak > most.peak)
        {
            self.largest = Some(line.clone());
        }
        self.slowest.push(line);
        self.slowest
            .sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then(a.index.cmp(&b.index)));
        self.slowest.truncate(SLOWEST);
    }

    /// Where it stands, in one line.
    pub(crate) fn progress(&self, of: u64) -> String {
        format!(
            "{} of {of}, {} violations",
            self.tried,
            self.violations.len()
        )
    }

    /// The violating ones, each with its kind.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (u64, String)> {
        self.violations.iter().map(|line| {
            let places = line.panics.join(", ");
            let what = line.outcome.trim_start_matches("violation ");
            (line.index, format!("{what} {places}").trim_end().to_owned())
        })
    }

    /// The outcome of a run of one.
    pub(crate) fn only(&self) -> String {
        self.slowest.first().map_or_else(
            || "nothing".into(),
            |line| {
                format!(
                    "{}, {:.2} s, {:.1} MiB{}{}",
                    line.outcome,
                    line.seconds,
                    mebibytes(line.peak),
                    if line.panics.is_empty() {
                        ""
                    } else {
                        ", panics at "
                    },
                    line.panics.join(", ")
                )
            },
        )
    }

    /// The table, where `seed_of` names the seed of a mutant.
    pub(crate) fn table(&self, seed_of: &dyn Fn(u64) -> String) -> String {
        let count = |kind: &str| self.outcomes.get(kind).copied().unwrap_or(0);
        let mut text = String::from("| what | mutants |\n|---|---|\n");
        let mut row = |name: &str, value: u64| {
            let _ = writeln!(text, "| {name} | {value} |");
        };
        row("tried", self.tried);
        row("whole", count("whole"));
        row("with warnings", count("warned"));
        for (kind, &value) in &self.outcomes {
            if let Some(code) = kind.strip_prefix("error ") {
                row(&format!("`{code}`"), value);
            }
        }
        row("panics of readers, contained", self.contained);
        let expected = ["panic", "abort", "memory", "time"];
        let names = [
            "violations: panics",
            "violations: aborts",
            "violations: over 512 MiB",
            "violations: over 10 s",
        ];
        for (kind, name) in expected.iter().zip(names) {
            row(name, count(&format!("violation {kind}")));
        }
        for (kind, &value) in &self.outcomes {
            if let Some(other) = kind.strip_prefix("violation ")
                && !expected.contains(&other)
            {
                row(&format!("violations: {other}"), value);
            }
        }
        text.push('\n');
        for line in &self.slowest {
            let _ = writeln!(
                text,
                "slow: {:.2} s, {} #{}, {}",
                line.seconds,
                seed_of(line.index),
                line.index,
                line.outcome
            );
        }
        if let Some(line) = &self.largest {
            let _ = writeln!(
                text,
                "large: {:.1} MiB, {} #{}",
                mebibytes(line.peak),
                seed_of(line.index),
                line.index
            );
        }
        for (place, count) in &self.places {
            let _ = writeln!(text, "panic at {place}: {count}");
        }
        text
    }
}

fn mebibytes(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
