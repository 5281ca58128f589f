//! Names and terms of a meeting: told to the decoder beforehand, and mended afterwards in what it heard.

mod clean;
mod distance;
mod mend;
mod prompt;
mod sounds;
mod target;

pub use crate::types::Correction;
pub use clean::clean;
pub use mend::Mender;
pub use prompt::{PROMPT_TOKENS, Prompt};

use crate::error::{Error, Result};

/// The longest name or term, in characters.
const LONGEST: usize = 100;
/// The most names and terms; far more than any prompt holds.
const MOST: usize = 2_000;

/// Names of people and terms that are likely to be said.
///
/// Each list is in order of importance. What is added twice stays once.
///
/// ```
/// use autoproto_core::transcribe::glossary::Glossary;
/// use autoproto_core::Language;
///
/// let glossary = Glossary::new()
///     .with_people(["Иванов И. И. (председатель)", "Мария Петрова"])?
///     .with_terms(["Kubernetes", "SLA"])?;
/// let prompt = glossary.prompt(Some(Language::RUSSIAN), 224, |text| text.chars().count());
/// assert_eq!(prompt.text, "Участники: Иванов, Мария Петрова. Термины: Kubernetes, SLA.");
/// assert!(prompt.dropped.is_empty());
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glossary {
    people: Vec<String>,
    terms: Vec<String>,
}

impl Glossary {
    /// Without names and terms.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these people, as a roster has them: initials and what stands in brackets are left out.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a name that has no letters or more than 100 characters, and for more than 2,000
    /// names and terms.
    pub fn with_people<S: AsRef<str>>(
        mut self,
        people: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        for person in people {
            let name = checked(person.as_ref(), called)?;
            self.room()?;
            add(&mut self.people, name);
        }
        Ok(self)
    }

    /// With these terms, written as they shall be.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a term that has no letters or more than 100 characters, and for more than 2,000
    /// names and terms.
    pub fn with_terms<S: AsRef<str>>(mut self, terms: impl IntoIterator<Item = S>) -> Result<Self> {
        for term in terms {
            let term = checked(term.as_ref(), str::to_owned)?;
            self.room()?;
            add(&mut self.terms, term);
        }
        Ok(self)
    }

    /// The names of people, the most important first.
    pub fn people(&self) -> &[String] {
        &self.people
    }

    /// The terms, the most important first.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether there are neither names nor terms.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty() && self.terms.is_empty()
    }

    fn room(&self) -> Result<()> {
        if self.people.len() + self.terms.len() < MOST {
            return Ok(());
        }
        Err(Error::InvalidOption {
            option: "glossary",
            expected: format!("at most {MOST} names and terms"),
            got: "more".into(),
        })
    }
}

fn add(list: &mut Vec<String>, entry: String) {
    let same = |other: &String| other.to_lowercase() == entry.to_lowercase();
    if !list.iter().any(same) {
        list.push(entry);
    }
}

fn checked(text: &str, read: impl Fn(&str) -> String) -> Result<String> {
    // What is too long is not even cleaned.
    let short = text.chars().nth(4 * LONGEST).is_none();
    let entry = if short {
        read(&clean(text))
    } else {
        String::new()
    };
    let letters = entry.chars().any(char::is_alphanumeric);
    if short && letters && entry.chars().count() <= LONGEST {
        return Ok(entry);
    }
    Err(Error::InvalidOption {
        option: "glossary",
        expected: format!("names and terms with letters, of at most {LONGEST} characters"),
        got: format!("`{}`", clean(&text.chars().take(40).collect::<String>())),
    })
}

/// A name as people say it: «Иванов И. И. (председатель)» is called «Иванов».
fn called(name: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for c in name.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    // «Иванов, секретарь» has a post, "Lee, Anna" a first name.
    let lists = |piece: &&str| !piece.trim_start().starts_with(char::is_lowercase);
    let outside: Vec<&str> = outside.split([',', ';']).filter(lists).collect();
    let outside = outside.join(" ");
    let initials = |part: &&str| {
        let letters = part.split('.').filter(|p| !p.is_empty());
        part.contains('.') && letters.clone().all(|p| p.chars().count() <= 2)
    };
    let parts = outside.split_whitespace().filter(|p| !initials(p));
    let name = parts.collect::<Vec<_>>().join(" ");
    name.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_of_a_roster_is_read_as_it_is_said() {
        for (written, said) in [
            ("Иванов И. И. (председатель)", "Иванов"),
            ("Иванов И.И., секретарь", "Иванов"),
            ("Lee, Anna", "Lee Anna"),
            ("А. С. Петрова", "Петрова"),
            ("Dr. Jane Q. Public", "Jane Public"),
            ("  Мария\u{a0}Ивановна Сидорова ", "Мария Ивановна Сидорова"),
            ("Петров-Водкин", "Петров-Водкин"),
        ] {
            assert_eq!(called(&clean(written)), said, "{written}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "а".repeat(101);
        for bad in ["", "  ", "\0", "—", "(председатель)", "И. И.", &long] {
            let error = Glossary::new().with_people([bad]).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{bad}");
        }
        assert!(Glossary::new().with_terms([&"x".repeat(1 << 20)]).is_err());
        let many = (0..=MOST).map(|i| format!("term{i}"));
        assert!(Glossary::new().with_terms(many).is_err());
    }

    #[test]
    fn what_is_named_twice_stays_once() {
        let glossary = Glossary::new().with_terms(["SLA", "API", "sla"]).unwrap();
        assert_eq!(glossary.terms(), ["SLA", "API"]);
    }
}
