//! The speakers of one recording against the book: one person is at most one of them.

use std::collections::HashMap;

use super::book::VoiceBook;
use super::identify::{Candidate, IdentifyOptions, Outcome, judge, shown};
use super::score::Score;
use crate::assignment::heaviest_pairs;
use crate::error::Result;
use crate::types::{
    Diarization, Embedding, LikelyPerson, PersonId, Speaker, SpeakerId, SpeakerSuggestion,
    UnknownVoice as Unknown,
};

/// Probabilities are kept this far from 0 and 1 where their odds are added up.
const SUREST: f64 = 1e-9;

/// Alternatives less likely than this are not named in a result: nobody of a book is to be named who is not likely there.
const LIKELY: f64 = 0.25;

/// Who a speaker might be. It changes nothing by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The speaker of the recording.
    pub speaker: SpeakerId,
    /// Who it is, or why nobody is suggested.
    pub outcome: Outcome,
    /// How near that person is; of the nearest one where nobody is suggested, and `None` where there is none.
    pub score: Option<Score>,
    /// Other people it is near to, best first.
    pub alternatives: Vec<Candidate>,
}

impl Suggestion {
    /// Who is suggested.
    pub fn person(&self) -> Option<PersonId> {
        match self.outcome {
            Outcome::Known(person) => Some(person),
            Outcome::Unknown(_) => None,
        }
    }
}

impl VoiceBook {
    /// Who the speakers of a recording might be, by the default [`IdentifyOptions`]: one suggestion for each of
    /// [`Diarization::voices`], in that order.
    pub fn suggest(&self, diarization: &Diarization) -> Vec<Suggestion> {
        self.assign(&voices(diarization), &IdentifyOptions::default())
    }

    /// Who the speakers of a recording might be: one suggestion for each, in their order.
    ///
    /// Nobody is suggested for two speakers. Those who may be a speaker are the nearest person and whoever is within
    /// the [`margin`](IdentifyOptions::margin) of them; of all ways to give people to speakers, the one with the best
    /// odds in all is taken: the sum of log-odds above those of [`threshold`](IdentifyOptions::threshold). Two people
    /// as near stay ambiguous unless one of them is, without doubt, another speaker. The lesser half of a person whom
    /// the diarizer took for two is [`Taken`](Unknown::Taken).
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption) as [`IdentifyOptions::check`].
    pub fn suggest_with(
        &self,
        speakers: &[(SpeakerId, Embedding)],
        options: &IdentifyOptions,
    ) -> Result<Vec<Suggestion>> {
        options.check()?;
        let speakers: Vec<_> = speakers.iter().map(|(id, voice)| (*id, voice)).collect();
        Ok(self.assign(&speakers, options))
    }

    /// The suggestions as a result has them, with names, and with those alternatives alone that are at all likely (from
    /// 0.05 on): a result is read by others, and need not list who is in the book.
    pub fn in_words(&self, suggestions: &[Suggestion]) -> Vec<SpeakerSuggestion> {
        let likely = |id: PersonId, score: Score| {
            let name = self.person(id)?.name().to_owned();
            let probability = score.probability;
            Some(LikelyPerson {
                id,
                name,
                probability,
            })
        };
        let each = suggestions.iter().map(|suggestion| SpeakerSuggestion {
            speaker: suggestion.speaker,
            person: suggestion
                .person()
                .and_then(|id| likely(id, suggestion.score?)),
            unknown: match suggestion.outcome {
                Outcome::Known(_) => None,
                Outcome::Unknown(reason) => Some(reason),
            },
            alternatives: suggestion
                .alternatives
                .iter()
                .filter(|candidate| candidate.score.probability >= LIKELY)
                .filter_map(|candidate| likely(candidate.person, candidate.score))
                .collect(),
        });
        each.collect()
    }

    /// Writes the names of those suggested over speakers that have none; ids, and names given by hand, stay.
    ///
    /// Call it with the suggestions that a person has agreed to.
    pub fn lay_names(&self, agreed: &[Suggestion], speakers: &mut [Speaker]) {
        for speaker in speakers.iter_mut().filter(|s| s.name.is_none()) {
            speaker.name = agreed
                .iter()
                .find(|suggestion| suggestion.speaker == speaker.id)
                .and_then(|suggestion| self.person(suggestion.person()?))
                .map(|person| person.name().to_owned());
        }
    }

    fn assign(
        &self,
        speakers: &[(SpeakerId, &Embedding)],
        options: &IdentifyOptions,
    ) -> Vec<Suggestion> {
        let rankings: Vec<Result<Vec<Candidate>, Unknown>> = speakers
            .iter()
            .map(|(_, voice)| self.ranking(voice, options))
            .collect();
        let of = assignment(&rankings, options);
        // Who is, without doubt, whom: near enough and ahead of everyone, not only of those left over.
        let sure: HashMap<PersonId, usize> = of
            .iter()
            .filter_map(|(&speaker, &person)| {
                let ranking = rankings.get(speaker)?.as_ref().ok()?;
                (judge(ranking, options) == Outcome::Known(person)).then_some((person, speaker))
            })
            .collect();
        let each = speakers.iter().zip(rankings).enumerate();
        each.map(|(at, ((speaker, _), ranking))| {
            let (outcome, first, others) = match ranking {
                Ok(ranking) => outcome(at, ranking, of.get(&at).copied(), &sure, options),
                Err(reason) => (Outcome::Unknown(reason), None, Vec::new()),
            };
            Suggestion {
                speaker: *speaker,
                outcome,
                score: first,
                alternatives: others,
            }
        })
        .collect()
    }
}

/// Which person each speaker is given, by the speaker's place; one person for one speaker.
fn assignment(
    rankings: &[Result<Vec<Candidate>, Unknown>],
    options: &IdentifyOptions,
) -> HashMap<usize, PersonId> {
    let odds = |p: f64| {
        let p = p.clamp(SUREST, 1.0 - SUREST);
        (p / (1.0 - p)).ln()
    };
    let least = odds(options.threshold);
    let mut weights = HashMap::new();
    for (speaker, ranking) in rankings.iter().enumerate() {
        let near = ranking.as_deref().unwrap_or_default();
        let best = near.first().map_or(0.0, |c| f64::from(c.score.cosine));
        // A voice that is clearly one person's is no other's, even where that person is taken: speakers get split.
        for c in near.iter().filter(|c| {
            c.score.probability >= options.threshold
                && best - f64::from(c.score.cosine) <= options.margin
        }) {
            // A hair above nothing at all, so that what just passes is given out, too.
            let weight = (odds(c.score.probability) - least).max(0.0) + SUREST;
            weights.insert((speaker, c.person.0 as usize), weight);
        }
    }
    let pairs = heaviest_pairs(&weights).into_iter();
    pairs
        .filter_map(|(speaker, person)| Some((speaker, PersonId(u32::try_from(person).ok()?))))
        .collect()
}

/// What is said of one speaker: the outcome, the score it goes with, and the alternatives.
fn outcome(
    at: usize,
    ranking: Vec<Candidate>,
    given: Option<PersonId>,
    sure: &HashMap<PersonId, usize>,
    options: &IdentifyOptions,
) -> (Outcome, Option<Score>, Vec<Candidate>) {
    let alone = judge(&ranking, options);
    let decided = if alone == Outcome::Unknown(Unknown::Ambiguous) {
        let free = |c: &&Candidate| sure.get(&c.person).is_none_or(|&speaker| speaker == at);
        let free: Vec<Candidate> = ranking.iter().filter(free).copied().collect();
        judge(&free, options)
    } else {
        alone
    };
    let outcome = match (decided, alone) {
        (Outcome::Known(person), _) if given == Some(person) => decided,
        (Outcome::Known(_), Outcome::Known(_)) => Outcome::Unknown(Unknown::Taken),
        _ => alone,
    };
    let shown = shown(outcome, options);
    let (score, own) = match outcome {
        Outcome::Known(person) => {
            let found = ranking.iter().find(|c| c.person == person);
            (found.map(|c| c.score), Some(person))
        }
        Outcome::Unknown(_) => (ranking.first().map(|c| c.score), None),
    };
    let mut others = ranking;
    others.retain(|c| Some(c.person) != own);
    others.truncate(shown);
    (outcome, score, others)
}

/// The speakers and their voices; one of no length is unknown and stays in its place.
fn voices(diarization: &Diarization) -> Vec<(SpeakerId, &Embedding)> {
    (0..).map(SpeakerId).zip(&diarization.voices).collect()
}
