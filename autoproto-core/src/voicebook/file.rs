//! The book as a file: one version, one model, read with bounds and written whole or not at all.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::marker::PhantomData;
use std::path::Path;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::book::{MOST_PEOPLE, MOST_SECONDS, VoiceBook, valid};
use super::model::{MOST_DIMENSIONS, VoiceModel};
use super::person::{MOST_PROTOTYPES, Person, Prototype, SHORTEST, length, wide};
use crate::error::{Error, Result};
use crate::types::PersonId;

/// What the file says it is. Version 1, of no release, did not say which front end its voices come from, so they can be
/// compared with none, and it is refused.
const FORMAT: &str = "autoproto-voicebook/2";

/// The longest file: a full book of 256 dimensions is about 25 MB.
const MOST_BYTES: u64 = 64 << 20;

/// A mean of unit vectors is no longer than this, rounding and all.
const LONGEST: f64 = 1.001;

/// Only the version: the rest may be anything in another one.
#[derive(Deserialize)]
struct Head {
    format: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    format: String,
    model: VoiceModel,
    next: u32,
    people: AtMost<Entry, MOST_PEOPLE>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: PersonId,
    name: String,
    prototypes: AtMost<Voice, MOST_PROTOTYPES>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Voice {
    seconds: f64,
    mean: AtMost<f32, MOST_DIMENSIONS>,
}

/// A list that stops being read once it is too long.
struct AtMost<T, const N: usize>(Vec<T>);

impl<T: Serialize, const N: usize> Serialize for AtMost<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for List<T, N> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N}")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    if values.len() == N {
                        return Err(de::Error::invalid_length(N + 1, &self));
                    }
                    values.push(value);
                }
                Ok(values)
            }
        }
        let list = List::<T, N>(PhantomData);
        deserializer.deserialize_seq(list).map(AtMost)
    }
}

impl VoiceBook {
    /// Reads the book in a file, for use with voices of `model`.
    ///
    /// # Errors
    /// As [`read`](Self::read), and as [`bind`](Self::bind).
    pub fn open(path: impl AsRef<Path>, model: &VoiceModel) -> Result<Self> {
        let mut book = Self::read(path)?;
        book.bind(model)?;
        Ok(book)
    }

    /// Reads the book in a file, of whatever [model](Self::model).
    ///
    /// # Errors
    /// [`Error::Io`] if it can't be read; [`Error::Parse`] if it is no such book, of another version, or has what can't be.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(Error::io("read", path))?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(Error::io("read", path))?;
        let what = path.display().to_string();
        parse(&bytes).map_err(|(line, reason)| Error::Parse { what, line, reason })
    }

    /// Holds the book against the model whose voices it is asked about, and learns that model's curve.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if its voices come from another model or front end.
    pub fn bind(&mut self, model: &VoiceModel) -> Result<()> {
        if !self.model.matches(model) {
            return Err(Error::InvalidOption {
                option: "voice-book",
                expected: format!("a book of the model {model}"),
                got: format!("one of {}", self.model),
            });
        }
        self.model.learn_from(model);
        Ok(())
    }

    /// Reads a book from the bytes of its file, of whatever [model](Self::model).
    ///
    /// # Errors
    /// [`Error::Parse`] as [`open`](Self::open).
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        parse(bytes).map_err(|(line, reason)| Error::Parse {
            what: "voice book".into(),
            line,
            reason,
        })
    }

    /// The book as the text of its file; numbers come back from it as they went.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if it is longer than 64 MiB, and so than is read back.
    pub fn to_json(&self) -> Result<String> {
        let people = self.people.iter().map(|person| Entry {
            id: person.id,
            name: person.name.clone(),
            prototypes: AtMost(person.prototypes.iter().map(voice).collect()),
        });
        let book = Book {
            format: FORMAT.into(),
            model: self.model.clone(),
            next: self.next,
            people: AtMost(people.collect()),
        };
        let text = serde_json::to_string(&book).map_err(|error| Error::Internal {
            reason: format!("a voice book can't be written: {error}"),
        })?;
        if text.len() as u64 > MOST_BYTES {
            return Err(Error::InvalidOption {
                option: "voice-book",
                expected: format!("at most {MOST_BYTES} bytes as a file"),
                got: text.len().to_string(),
            });
        }
        Ok(text)
    }

    /// Writes the book to a file, in place of what was there: whole, or not at all. On Unix only the owner may read it,
    /// whoever could read the one before. A link is followed, so that no book stays behind it.
    ///
    /// # Errors
    /// [`Error::Io`] if it can't be written, and as [`to_json`](Self::to_json). The file is then as before.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let text = self.to_json()?;
        let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let path = place.as_path();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Beside the file, since a rename works only within a file system; made readable by the owner alone on Unix.
        let mut file =
            tempfile::NamedTempFile::new_in(folder).map_err(Error::io("create", path))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.as_file().sync_all())
            .map_err(Error::io("write", path))?;
        file.persist(path)
            .map_err(|error| Error::io("write", path)(error.error))?;
        Ok(())
    }
}

fn voice(prototype: &Prototype) -> Voice {
    Voice {
        seconds: prototype.seconds,
        mean: AtMost(prototype.mean.clone()),
    }
}

type Fault = (usize, String);

fn parse(bytes: &[u8]) -> Result<VoiceBook, Fault> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err((1, format!("it is longer than {MOST_BYTES} bytes")));
    }
    let unread = |error: serde_json::Error| (error.line().max(1), error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(unread)?;
    if head.format != FORMAT {
        let found: String = head.format.chars().take(40).collect();
        let reason = format!("its format is {found:?}, and only `{FORMAT}` is read");
        return Err((1, reason));
    }
    let Book {
        model,
        next,
        people,
        ..
    } = serde_json::from_slice(bytes).map_err(unread)?;
    if let Some((field, expected)) = model.fault() {
        return Err((1, format!("the model's `{field}` is not {expected}")));
    }
    let mut known: Vec<Person> = Vec::with_capacity(people.0.len());
    for entry in people.0 {
        let person = person(entry, model.dim()).map_err(|reason| (1, reason))?;
        if known.last().is_some_and(|last| last.id >= person.id) || person.id.0 >= next {
            let reason = format!("{} is there twice or out of order", person.id);
            return Err((1, reason));
        }
        known.push(person);
    }
    Ok(VoiceBook {
        model,
        people: known,
        next,
    })
}

fn person(entry: Entry, dim: usize) -> Result<Person, String> {
    let Entry {
        id,
        name,
        prototypes,
    } = entry;
    if valid(&name).ok().as_deref() != Some(&name) {
        return Err(format!("{id} has no valid name"));
    }
    let mut voices = Vec::with_capacity(prototypes.0.len());
    for Voice { seconds, mean } in prototypes.0 {
        let long = length(&wide(&mean.0));
        if mean.0.len() != dim {
            return Err(format!(
                "a voice of {id} has {} numbers instead of {dim}",
                mean.0.len()
            ));
        }
        if !(SHORTEST..=LONGEST).contains(&long) {
            return Err(format!("a voice of {id} is no mean of unit vectors"));
        }
        // Merged ones add up.
        if !(seconds > 0.0 && seconds <= MOST_SECONDS * MOST_SECONDS) {
            return Err(format!("a voice of {id} has no valid seconds"));
        }
        voices.push(Prototype {
            mean: mean.0,
            seconds,
        });
    }
    Ok(Person {
        id,
        name,
        prototypes: voices,
    })
}
