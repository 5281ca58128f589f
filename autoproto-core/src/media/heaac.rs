//! HE-AAC: a complete AAC-LC stream at half the rate, and beside it a recipe for the band above (spectral band
//! replication, SBR) and, in version 2, for two channels out of one (parametric stereo).
//!
//! Only the core is decoded, at the core's own rate: pitch and time are right, and the sound above the crossover is
//! missing. The recipe is announced in the `AudioSpecificConfig`, or not at all (ISO/IEC 14496-3, 1.6.5); a stream that
//! says nothing of it is told by its packets.

use std::collections::VecDeque;

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::packet::Packet;

use super::aac::{Config, LC};
use super::describe::audio_of;
use super::sbr::{Recipe, Watch};

/// Frames of the core by which an SBR decoder's sound is late; writers count them into the run-in of their edit lists.
///
/// Half of the 962 frames at the full rate that its two filter banks and its look-ahead take.
const SBR_DELAY: i64 = 481;

/// The core of a stream that doesn't announce its recipe runs at 24 kHz at most.
const FASTEST_CORE: u32 = 24_000;

/// The codec parameters with which an AAC-LC decoder decodes the core of an HE-AAC track; none for any other track.
pub(super) fn core_params(params: &AudioCodecParameters) -> Option<AudioCodecParameters> {
    let config = announced(params)?;
    let mut core = params.clone();
    core.with_extra_data(config.core()?.into_boxed_slice())
        .with_sample_rate(config.rate);
    Some(core)
}

/// The config of a track that announces HE-AAC.
pub(super) fn announced(params: &AudioCodecParameters) -> Option<Config> {
    if params.codec != CODEC_ID_AAC {
        return None;
    }
    Config::read(params.extra_data.as_deref()?).filter(|config| config.sbr)
}

/// What the demuxer gave while it was looked ahead; to be taken before it is asked again.
pub(super) type Ahead = VecDeque<Result<Option<Packet>, Failure>>;

/// Hertz up to which the decoded sound goes.
const HEARD: f64 = 8_000.0;

/// Packets looked at, of the tracks to be decoded, before a stream that has nothing but silence is taken for what it claims to be.
const MOST_AHEAD: usize = 512;
const MOST_AHEAD_BYTES: usize = 4 << 20;
/// Packets of other tracks on the way.
const MOST_OTHERS: usize = 4 * MOST_AHEAD;

/// An HE-AAC track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeAac {
    /// Hertz of the core, which is what is decoded.
    core_rate: u32,
    /// Whether the headers say it.
    announced: bool,
    ps: bool,
    /// Whether the packets have the recipe too; headers announce some that never come.
    present: bool,
    recipe: Option<Recipe>,
}

impl HeAac {
    /// Finds out which of the tracks that are to be decoded are HE-AAC, by their headers or else their first packets;
    /// all packets of these tracks that are read on the way are put into `ahead`. Where no track can be, none is read.
    pub(super) fn find(
        tracks: &[Track],
        reader: &mut dyn FormatReader,
        ahead: &mut Ahead,
    ) -> Vec<(u32, Self)> {
        let mut suspects: Vec<Suspect> = tracks.iter().filter_map(Suspect::of).collect();
        let (mut bytes, mut others) = (0, 0);
        while suspects
            .iter()
            .any(|suspect| suspect.watch.verdict().is_none())
            && ahead.len() < MOST_AHEAD
            && bytes < MOST_AHEAD_BYTES
            && others < MOST_OTHERS
        {
            let next = reader.next_packet();
            let Ok(Some(packet)) = &next else {
                ahead.push_back(next);
                break;
            };
            if !tracks.iter().any(|track| track.id == packet.track_id) {
                others += 1;
                continue;
            }
            bytes += packet.data.len();
            if let Some(suspect) = suspects
                .iter_mut()
                .find(|suspect| suspect.track == packet.track_id)
            {
                suspect.watch.see(&packet.data);
            }
            ahead.push_back(next);
        }
        suspects
            .iter()
            .filter_map(|suspect| Some((suspect.track, suspect.verdict()?)))
            .collect()
    }

    /// Its name. Version 2 is known where it is announced; else it passes for version 1, of which it is a kind.
    pub(super) fn name(&self) -> &'static str {
        name(self.ps)
    }

    /// How many frames of the core to leave out where an edit list leaves out `skip`, also in frames of the core.
    ///
    /// Edit lists count what comes out of an SBR decoder, which is late by its delay. Only where nothing is announced and
    /// the clock counts the core's frames do they count what comes out of the core.
    pub(super) fn skip(&self, skip: i64, timescale: u32) -> i64 {
        if !self.announced && timescale <= self.core_rate {
            return skip;
        }
        // A list that leaves out less than the delay says nothing of the run-in.
        if skip < SBR_DELAY {
            skip
        } else {
            skip - SBR_DELAY
        }
    }

    /// How many frames of the core to leave out where Matroska's `CodecDelay` counts `delay`: that, too, is of what comes
    /// out of an SBR decoder.
    pub(super) fn run_in(&self, delay: i64) -> i64 {
        if delay < SBR_DELAY {
            delay
        } else {
            delay - SBR_DELAY
        }
    }

    /// What is missing, for people to read; none where it lies above what 16 kHz can hold.
    pub(super) fn warning(&self) -> Option<String> {
        let name = self.name();
        match self.recipe {
            Some(recipe) => {
                let edge = recipe.crossover(self.core_rate)?;
                (edge < HEARD).then(|| {
                    let edge = edge / 1_000.0;
                    format!("this {name} is decoded without its upper band: sound above about {edge:.1} kHz is missing")
                })
            }
            None => self
                .present
                .then(|| format!("this {name} is decoded without its upper band")),
        }
    }
}

/// A track that is HE-AAC by its headers, or may be without their saying so.
struct Suspect {
    track: u32,
    core_rate: u32,
    announced: Option<Config>,
    watch: Watch,
}

impl Suspect {
    fn of(track: &Track) -> Option<Self> {
        let params = audio_of(track).filter(|params| params.codec == CODEC_ID_AAC)?;
        let announced = announced(params);
        let data = params.extra_data.as_deref().filter(|data| !data.is_empty());
        let core_rate = match (announced, data) {
            (Some(config), _) => config.rate,
            (None, Some(data)) => {
                Config::read(data)
                    .filter(|config| config.object == LC && config.rate <= FASTEST_CORE)?
                    .rate
            }
            (None, None) => params.sample_rate.filter(|&rate| rate <= FASTEST_CORE)?,
        };
        Some(Self {
            track: track.id,
            core_rate,
            announced,
            watch: Watch::default(),
        })
    }

    fn verdict(&self) -> Option<HeAac> {
        (self.announced.is_some() || self.watch.at_end()).then(|| HeAac {
            core_rate: self.core_rate,
            announced: self.announced.is_some(),
            ps: self.announced.is_some_and(|config| config.ps),
            present: self.watch.mostly(),
            recipe: self.watch.recipe(),
        })
    }
}

/// The name of HE-AAC with or without parametric stereo.
pub(super) fn name(ps: bool) -> &'static str {
    if ps { "HE-AAC v2" } else { "HE-AAC" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn found(start: u32, announced: bool) -> HeAac {
        HeAac {
            core_rate: 24_000,
            announced,
            ps: false,
            present: true,
            recipe: Some(Recipe { start, stop: 0 }),
        }
    }

    #[test]
    fn what_is_missing_is_said_unless_nothing_is() {
        let warning = found(5, true).warning().unwrap();
        assert!(warning.contains("above about 4.9 kHz"), "{warning}");
        assert_eq!(found(12, true).warning(), None);
        let unknown = HeAac {
            recipe: None,
            ..found(0, true)
        };
        assert!(unknown.warning().is_some());
        let absent = HeAac {
            present: false,
            ..unknown
        };
        assert_eq!(absent.warning(), None);
    }

    #[test]
    fn the_run_in_is_shorter_without_the_recipe() {
        assert_eq!(found(0, true).skip(2_529, 48_000), 2_048);
        assert_eq!(found(0, false).skip(2_529, 48_000), 2_048);
        // The core's own clock, and nobody said that there is more.
        assert_eq!(found(0, false).skip(2_048, 24_000), 2_048);
        assert_eq!(found(0, true).skip(0, 48_000), 0);
        // The same in Matroska.
        assert_eq!(found(0, false).run_in(2_529), 2_048);
        assert_eq!(found(0, true).run_in(0), 0);
    }
}
