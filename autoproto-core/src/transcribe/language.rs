//! Which language is spoken: what the caller knows of it, and what each chunk of sound tells.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::types::Language;

/// What is known of the languages spoken.
///
/// ```
/// use autoproto_core::Language;
/// use autoproto_core::transcribe::Spoken;
///
/// assert_eq!("auto".parse::<Spoken>()?, Spoken::Auto);
/// assert_eq!("ru".parse::<Spoken>()?, Spoken::One(Language::RUSSIAN));
/// let either: Spoken = "ru|en".parse()?;
/// assert_eq!(either, Spoken::OneOf(vec![Language::RUSSIAN, Language::ENGLISH]));
/// assert_eq!(either.to_string(), "ru|en");
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Spoken {
    /// Any that the recogniser knows.
    #[default]
    Auto,
    /// This one throughout.
    One(Language),
    /// These and no others, in turns; the first where nothing can be told.
    OneOf(Vec<Language>),
}

impl Spoken {
    /// The one language that may be spoken; `None` where sound must tell.
    pub fn only(&self) -> Option<Language> {
        match self {
            Spoken::Auto => None,
            Spoken::One(language) => Some(*language),
            Spoken::OneOf(languages) => match languages.as_slice() {
                [language] => Some(*language),
                _ => None,
            },
        }
    }

    /// Whether `language` may be spoken.
    pub fn allows(&self, language: Language) -> bool {
        match self {
            Spoken::Auto => true,
            Spoken::One(one) => *one == language,
            Spoken::OneOf(languages) => languages.is_empty() || languages.contains(&language),
        }
    }

    /// What to take where nothing was told yet.
    fn fallback(&self) -> Option<Language> {
        match self {
            Spoken::Auto => None,
            Spoken::One(language) => Some(*language),
            Spoken::OneOf(languages) => languages.first().copied(),
        }
    }
}

impl From<Option<Language>> for Spoken {
    fn from(language: Option<Language>) -> Self {
        language.map_or(Spoken::Auto, Spoken::One)
    }
}

impl FromStr for Spoken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Error::InvalidOption {
            option: "language",
            expected: "`auto`, a language code such as en or ru, or several as in ru|en".into(),
            got: format!("`{}`", text.chars().take(40).collect::<String>()),
        };
        if text.trim().eq_ignore_ascii_case("auto") {
            return Ok(Spoken::Auto);
        }
        let mut languages = Vec::new();
        for code in text.split('|') {
            let language = Language::new(code).map_err(|_| invalid())?;
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        Ok(match languages.as_slice() {
            [language] => Spoken::One(*language),
            _ => Spoken::OneOf(languages),
        })
    }
}

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spoken::Auto => f.write_str("auto"),
            Spoken::One(language) => language.fmt(f),
            Spoken::OneOf(languages) => {
                let codes: Vec<&str> = languages.iter().map(Language::code).collect();
                f.write_str(&codes.join("|"))
            }
        }
    }
}

/// A chunk with less speech than this says nothing about its language, in seconds.
const SHORT: f64 = 1.0;
/// A chunk with this much speech says all it can, in seconds.
const FULL: f64 = 5.0;
/// The log-odds against the language so far that it takes to change to another that was spoken before: one full chunk of
/// 10 to 1.
const ODDS: f64 = 2.3;
/// How many times as much a language needs that was not spoken before: a full chunk of 31 to 1, or two of 6 to 1.
const NEWCOMER: f64 = 1.5;
/// No probability is less than this: one chunk, however sure, says only so much.
const LEAST: f64 = 1e-3;

/// Decides chunk by chunk which language is spoken, and doesn't change it on a whim.
///
/// The evidence for a rival, its log-odds against the language so far in proportion to the seconds of speech, adds up
/// over chunks in a row, and is forgotten once a chunk speaks for the language so far: a sequential test (Wald, 1945).
/// So it takes one long chunk that is very sure, or several that agree; a short one inherits.
///
/// ```
/// use autoproto_core::Language;
/// use autoproto_core::transcribe::{LanguageTracker, Spoken};
///
/// let (ru, en) = (Language::RUSSIAN, Language::ENGLISH);
/// let mut tracker = LanguageTracker::new("ru|en".parse::<Spoken>()?);
/// assert_eq!(tracker.hear(20.0, &[(ru, 0.9), (en, 0.1)]), Some(ru));
/// assert_eq!(tracker.hear(1.5, &[(ru, 0.2), (en, 0.8)]), Some(ru), "too short to believe");
/// assert_eq!(tracker.hear(20.0, &[(ru, 0.01), (en, 0.99)]), Some(en));
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LanguageTracker {
    spoken: Spoken,
    now: Option<Language>,
    /// Whether `now` was told by a chunk long enough to tell.
    founded: bool,
    before: Vec<Language>,
    /// What speaks for each rival since the last chunk that spoke against it.
    evidence: Vec<(Language, f64)>,
}

impl LanguageTracker {
    /// Before anything was heard.
    pub fn new(spoken: Spoken) -> Self {
        Self {
            spoken,
            now: None,
            founded: false,
            before: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// The language so far; `None` before anything was heard.
    pub fn now(&self) -> Option<Language> {
        self.now
    }

    /// The language of the next chunk, which has `seconds` of speech, from how likely each language is in it.
    ///
    /// The probabilities need not add up to 1; languages that are not allowed are left out, and what is no probability
    /// says nothing. `None` only with [`Spoken::Auto`], as long as no chunk said anything.
    pub fn hear(&mut self, seconds: f64, probabilities: &[(Language, f32)]) -> Option<Language> {
        if let Some(only) = self.spoken.only() {
            self.now = Some(only);
            return self.now;
        }
        let heard = self.allowed(probabilities);
        let weight = if seconds >= SHORT {
            seconds.min(FULL) / FULL
        } else {
            0.0
        };
        let likeliest = heard.iter().max_by(|a, b| a.1.total_cmp(&b.1)).copied();
        let Some((best, _)) = likeliest else {
            return self.now.or_else(|| self.spoken.fallback());
        };
        let Some(now) = self.now.filter(|_| self.founded || weight == 0.0) else {
            // Until a chunk was long enough to tell, each is its own best guess.
            self.settle(best, weight > 0.0);
            return self.now;
        };
        if weight == 0.0 {
            return Some(now);
        }
        let of = |language: Language| {
            let own = heard.iter().find(|(l, _)| *l == language);
            own.map_or(LEAST, |(_, p)| p.max(LEAST))
        };
        let mine = of(now);
        let rivals: Vec<Language> = heard
            .iter()
            .map(|(l, _)| *l)
            .filter(|l| *l != now)
            .collect();
        self.evidence.retain(|(l, _)| rivals.contains(l));
        for rival in rivals {
            let odds = weight * (of(rival) / mine).ln();
            match self.evidence.iter_mut().find(|(l, _)| *l == rival) {
                Some((_, sum)) if odds > 0.0 => *sum += odds,
                Some((_, sum)) => *sum = 0.0,
                None => self.evidence.push((rival, odds.max(0.0))),
            }
        }
        let strongest = self
            .evidence
            .iter()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .copied();
        if let Some((rival, sum)) = strongest {
            let known = self.before.contains(&rival);
            if sum >= if known { ODDS } else { ODDS * NEWCOMER } {
                self.settle(rival, true);
            }
        }
        self.now
    }

    fn settle(&mut self, language: Language, founded: bool) {
        self.now = Some(language);
        self.founded |= founded;
        self.evidence.clear();
        if founded && !self.before.contains(&language) {
            self.before.push(language);
        }
    }

    /// What is allowed and has a probability, scaled to a sum of 1; each language once.
    fn allowed(&self, probabilities: &[(Language, f32)]) -> Vec<(Language, f64)> {
        let mut heard: Vec<(Language, f64)> = Vec::new();
        for &(language, p) in probabilities {
            let p = f64::from(p);
            let fresh = !heard.iter().any(|(l, _)| *l == language);
            if fresh && p > 0.0 && p.is_finite() && self.spoken.allows(language) {
                heard.push((language, p));
            }
        }
        let sum: f64 = heard.iter().map(|(_, p)| p).sum();
        heard.iter_mut().for_each(|(_, p)| *p /= sum);
        heard
    }
}

#[cfg(test)]
mod tests;
