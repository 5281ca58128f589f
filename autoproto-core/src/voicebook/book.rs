//! The book: people added, enrolled, renamed, merged, deleted.

use std::fmt;

use super::model::VoiceModel;
use super::person::{Person, Prototype, SHORTEST};
use crate::error::{Error, Result};
use crate::types::{Embedding, PersonId};

/// People in a book at most.
pub const MOST_PEOPLE: usize = 1000;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// The most seconds of speech one prototype stands for: a year, so that no sum of them loses a second.
pub(super) const MOST_SECONDS: f64 = 366.0 * 86_400.0;

/// People known by their voices, all from one embedding model; see the [module](super).
///
/// It does not print voices.
#[derive(Clone, PartialEq)]
pub struct VoiceBook {
    pub(super) model: VoiceModel,
    /// By id.
    pub(super) people: Vec<Person>,
    /// The id of the next person; above all that were ever given.
    pub(super) next: u32,
}

impl fmt::Debug for VoiceBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoiceBook")
            .field("model", &self.model)
            .field("people", &self.people.len())
            .finish()
    }
}

impl VoiceBook {
    /// A book of nobody yet.
    pub fn new(model: VoiceModel) -> Self {
        Self {
            model,
            people: Vec::new(),
            next: 0,
        }
    }

    /// The model its voices come from.
    pub fn model(&self) -> &VoiceModel {
        &self.model
    }

    /// Everyone, by id.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The person with this id.
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Adds a person of whose voice nothing is known yet.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a name that is blank, longer than 200 characters or has control characters, and for
    /// more than [`MOST_PEOPLE`].
    pub fn add(&mut self, name: &str) -> Result<PersonId> {
        let name = valid(name)?;
        let next = self.next.checked_add(1);
        let (Some(next), true) = (next, self.people.len() < MOST_PEOPLE) else {
            return Err(Error::InvalidOption {
                option: "person",
                expected: format!("one of at most {MOST_PEOPLE} in a book"),
                got: "one more".into(),
            });
        };
        let id = PersonId(self.next);
        self.next = next;
        self.people.push(Person {
            id,
            name,
            prototypes: Vec::new(),
        });
        Ok(id)
    }

    /// Learns a person's voice from an embedding that stands for `seconds` of their speech.
    ///
    /// Call it once for each occasion or stretch of speech: 5 s or more of them alone, better 30 s. Only its direction
    /// counts.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for nobody's id, an embedding of another length than the model's or without a
    /// direction, and for seconds that are not above 0 and at most a year. The book is then as before.
    pub fn enrol(&mut self, person: PersonId, voice: &Embedding, seconds: f64) -> Result<()> {
        let dim = self.model.dim();
        let known = self.person_mut(person)?;
        if !(seconds > 0.0 && seconds <= MOST_SECONDS) {
            return Err(Error::InvalidOption {
                option: "seconds",
                expected: "above 0 and at most a year".into(),
                got: seconds.to_string(),
            });
        }
        let mean = unit(voice, dim).ok_or_else(|| Error::InvalidOption {
            option: "voice",
            expected: format!("{dim} finite numbers, not all 0"),
            got: format!("{} numbers", voice.0.len()),
        })?;
        let mean = mean.into_iter().map(|v| v as f32).collect();
        known.learn([Prototype { mean, seconds }]);
        Ok(())
    }

    /// Gives a person another name; their id stays.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for nobody's id, and for a name as in [`add`](Self::add).
    pub fn rename(&mut self, person: PersonId, name: &str) -> Result<()> {
        let name = valid(name)?;
        self.person_mut(person)?.name = name;
        Ok(())
    }

    /// Makes one person of two: `from` is gone, and `into` has both voices.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for nobody's id and for twice the same. The book is then as before.
    pub fn merge(&mut self, from: PersonId, into: PersonId) -> Result<()> {
        self.person_mut(from)?;
        if from == into {
            return Err(nobody("another one than the first", into));
        }
        self.person_mut(into)?;
        if let Some(at) = self.people.iter().position(|person| person.id == from) {
            let gone = self.people.remove(at);
            self.person_mut(into)?.learn(gone.prototypes);
        }
        Ok(())
    }

    /// Forgets a person: their name and all of their voice; `false` where there was nobody of this id.
    ///
    /// A file has them until the book is saved to it. What is left is a number that nobody will have again.
    pub fn delete(&mut self, person: PersonId) -> bool {
        let before = self.people.len();
        self.people.retain(|known| known.id != person);
        self.people.len() < before
    }

    fn person_mut(&mut self, id: PersonId) -> Result<&mut Person> {
        self.people
            .iter_mut()
            .find(|person| person.id == id)
            .ok_or_else(|| nobody("someone in the book", id))
    }
}

fn nobody(expected: &str, id: PersonId) -> Error {
    Error::InvalidOption {
        option: "person",
        expected: expected.into(),
        got: id.to_string(),
    }
}

/// The name without blanks around it.
pub(super) fn valid(name: &str) -> Result<String> {
    let name = name.trim();
    let count = name.chars().count();
    if count == 0 || count > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::InvalidOption {
            option: "name",
            expected: format!("1 to {LONGEST_NAME} characters, none of them control characters"),
            got: format!("{count} characters"),
        });
    }
    Ok(name.into())
}

/// The direction of a voice; `None` where it has another length than `dim`, or no direction.
pub(super) fn unit(voice: &Embedding, dim: usize) -> Option<Vec<f64>> {
    let mut values = super::person::wide(&voice.0);
    let length = super::person::length(&values);
    if values.len() != dim || !length.is_finite() || length < SHORTEST {
        return None;
    }
    values.iter_mut().for_each(|v| *v /= length);
    Some(values)
}
