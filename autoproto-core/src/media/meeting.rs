//! A meeting's recordings, each decoded by itself, on one time line.

use super::decode::decode as decode_track;
use super::describe;
use super::info::MediaInfo;
use super::lanes::Laid;
use super::pcm::Audio;
use super::probe as headers;
use super::program::{self, by_program};
use super::recording::{Part, Recording, Source};
use super::spill::PcmWriter;
use super::track::Placed;
use super::{ChannelMode, Decoded, MediaOptions, SpeakerTrack, raw};
use crate::audio::SAMPLE_RATE;
use crate::cancel::CancelToken;
use crate::context::Context;
use crate::error::{Error, Result, Stage};
use crate::types::TimeSpan;

/// Samples mixed at a time.
const BLOCK: usize = 1 << 16;

/// Decodes a meeting.
pub(super) fn decode(
    recording: Recording,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<Decoded> {
    ctx.tick(Stage::Decode, 0.0)?;
    check(&recording, options)?;
    let mut whole = Whole::default();
    let count = recording.parts.len();
    let mut end = 0.0;
    for (at, part) in recording.parts.iter().enumerate() {
        let ctx = &ctx.nth(at, count);
        let offset = part.offset.unwrap_or(end);
        let (info, tracks) = decode_source(&part.source, options, ctx)?;
        end = offset;
        for (index, placed) in tracks.into_iter().enumerate() {
            let duration = placed.laid.mix.duration();
            end = f64::max(end, offset + duration);
            if end > options.max_duration {
                return Err(super::track::too_long(
                    part.source.label(),
                    options.max_duration,
                ));
            }
            whole.add(part, offset, index, placed, count > 1);
        }
        whole.files.push(info);
    }
    let decoded = whole.finish(options, ctx)?;
    ctx.tick(Stage::Decode, 1.0)?;
    Ok(decoded)
}

fn invalid<T>(option: &'static str, expected: impl Into<String>, got: String) -> Result<T> {
    let expected = expected.into();
    Err(Error::InvalidOption {
        option,
        expected,
        got,
    })
}

/// Checks what doesn't depend on a recording.
pub(super) fn check_options(options: &MediaOptions) -> Result<()> {
    let most = options.max_duration;
    if most.is_nan() || most <= 0.0 {
        return invalid("max_duration", "more than 0 s", most.to_string());
    }
    if options.threads == Some(0) {
        return invalid("threads", "at least 1", "0".into());
    }
    Ok(())
}

fn check(recording: &Recording, options: &MediaOptions) -> Result<()> {
    check_options(options)?;
    let most = options.max_duration;
    for offset in recording.parts.iter().filter_map(|part| part.offset) {
        if !(0.0..=most).contains(&offset) {
            return invalid("offset", format!("0 to {most} s"), format!("{offset} s"));
        }
    }
    Ok(())
}

/// What one recording says of itself.
pub(super) fn probe(source: &Source, options: &MediaOptions) -> Result<MediaInfo> {
    let cancel = CancelToken::new();
    let info = match source.pcm() {
        Some(format) => raw::describe(source, format)?,
        None => match headers::open(source, options, &cancel) {
            Ok(opened) => opened.info,
            Err(refused) => program::probe(source, refused, options, &cancel)?,
        },
    };
    if let Some(track) = info.selected.first().and_then(|&at| info.tracks.get(at)) {
        super::lanes::check(options.channels, track.channels.unwrap_or(usize::MAX))?;
    }
    Ok(info)
}

/// Decodes the chosen tracks of one recording.
fn decode_source(
    source: &Source,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<(MediaInfo, Vec<Placed>)> {
    if let Some(format) = source.pcm() {
        let (info, placed) = raw::decode(source, format, options, ctx)?;
        return Ok((info, vec![placed]));
    }
    let opened = match headers::open(source, options, ctx.cancel()) {
        Ok(opened) => opened,
        Err(refused) => return by_program(source, refused, None, options, ctx),
    };
    let info = opened.info.clone();
    let undecoded = |at: &&usize| info.tracks.get(**at).is_none_or(|track| !track.decoded);
    if info.selected.is_empty() || info.selected.iter().any(|at| undecoded(&at)) {
        let refused = describe::nothing_to_decode(source.label(), opened.sniffed.container, &info);
        return by_program(source, refused, nth_audio(&info), options, ctx);
    }
    // The core of HE-AAC is decoded here; a program has its upper band, too.
    let dull = opened
        .he_aac
        .iter()
        .any(|(_, found)| found.warning().is_some());
    if dull && options.external_decoder.find().is_some() {
        let refused = headers::unsupported(source.label(), opened.sniffed.container, None);
        match by_program(source, refused, nth_audio(&info), options, ctx) {
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(_) => {}
            whole => return whole,
        }
    }
    let others = info
        .tracks
        .iter()
        .filter(|track| track.kind == "audio")
        .count()
        .saturating_sub(info.selected.len());
    let mut opened = Some(opened);
    let mut tracks = Vec::with_capacity(info.selected.len());
    for (pass, &at) in info.selected.iter().enumerate() {
        // A demuxer goes through its file once.
        let opened = match opened.take() {
            Some(opened) => opened,
            None => headers::open(source, options, ctx.cancel())?,
        };
        let ctx = &ctx.nth(pass, info.selected.len());
        match decode_track(source.label(), opened, at, options, ctx) {
            Ok(placed) => tracks.push(placed),
            // Its decoder looked closer than its headers.
            Err(refused) => {
                return by_program(source, refused, nth_audio(&info), options, ctx);
            }
        }
    }
    if others > 0
        && let Some(first) = tracks.first_mut()
    {
        let words = format!(
            "{} of {} audio tracks is used; the others are left out",
            info.selected.len(),
            others + info.selected.len()
        );
        first.warnings.push(words);
    }
    Ok((info, tracks))
}

/// Which of a file's audio tracks is chosen: a program counts only these.
fn nth_audio(info: &MediaInfo) -> Option<usize> {
    let chosen = *info.selected.first()?;
    let before = info.tracks.iter().take(chosen);
    Some(before.filter(|track| track.kind == "audio").count())
}

/// A recording's place, its name, and what it has become.
#[derive(Default)]
struct Whole {
    mixes: Vec<(u64, Audio)>,
    lanes: Vec<Lane>,
    files: Vec<MediaInfo>,
    promised: Option<f64>,
    unpromised: bool,
    /// Channels of the recordings so far.
    channels: usize,
    lost: Vec<TimeSpan>,
    warnings: Vec<String>,
}

struct Lane {
    /// Its number among the channels of all recordings.
    number: usize,
    at: u64,
    audio: Audio,
    name: Option<String>,
    label: String,
}

impl Whole {
    fn add(&mut self, part: &Part, offset: f64, track: usize, placed: Placed, several: bool) {
        let at = (offset * f64::from(SAMPLE_RATE)).round() as u64;
        let Laid {
            mix,
            each,
            channels,
            ..
        } = placed.laid;
        let alone = each.len() == 1;
        let label = part.source.label();
        let file = label
            .file_name()
            .map_or_else(|| label.to_string_lossy(), |name| name.to_string_lossy());
        for (channel, audio) in each {
            let name = match &part.name {
                Some(name) if alone => Some(name.clone()),
                Some(name) => Some(format!("{name} {}", channel + 1)),
                None => None,
            };
            let label = if alone {
                format!("{file}, track {}", track + 1)
            } else {
                format!("{file}, track {}, channel {}", track + 1, channel + 1)
            };
            self.lanes.push(Lane {
                number: self.channels + channel,
                at,
                audio,
                name,
                label,
            });
        }
        self.channels += channels;
        match placed.promised {
            Some(promised) if !self.unpromised => {
                self.promised = Some(self.promised.unwrap_or(0.0).max(offset + promised));
            }
            Some(_) => {}
            // One recording that doesn't say leaves the whole unsaid.
            None => (self.promised, self.unpromised) = (None, true),
        }
        let moved = |span: &TimeSpan| TimeSpan::new(span.start + offset, span.end + offset);
        self.lost.extend(placed.lost.iter().map(moved));
        self.warnings
            .extend(placed.warnings.into_iter().map(|warning| {
                if several {
                    format!("{file}: {warning}")
                } else {
                    warning
                }
            }));
        self.mixes.push((at, mix));
    }

    fn finish(self, options: &MediaOptions, ctx: &Context<'_>) -> Result<Decoded> {
        let total = self
            .mixes
            .iter()
            .map(|(at, mix)| at + mix.view().len() as u64);
        let total = total.max().unwrap_or(0);
        if let Some(shared) = options
            .shared
            .iter()
            .find(|&&shared| shared >= self.channels)
        {
            let expected = format!("one of the {} channels", self.channels);
            return invalid(
                "shared",
                expected,
                format!("number {}, counted from 1", shared + 1),
            );
        }
        let mut speakers = Vec::new();
        if options.channels == ChannelMode::PerSpeaker {
            for lane in self.lanes {
                speakers.push(SpeakerTrack {
                    label: lane.label,
                    name: lane.name,
                    shared: options.shared.contains(&lane.number),
                    audio: overlay(&[(lane.at, lane.audio)], None, options, ctx)?,
                });
            }
        }
        let mut lost = self.lost;
        lost.sort_by(|a, b| a.start.total_cmp(&b.start));
        Ok(Decoded {
            audio: overlay(&self.mixes, Some(total), options, ctx)?,
            speakers,
            files: self.files,
            promised: self.promised,
            lost,
            warnings: self.warnings,
        })
    }
}

/// Adds up recordings at their places; one alone at the beginning stays as it is.
fn overlay(
    parts: &[(u64, Audio)],
    total: Option<u64>,
    options: &MediaOptions,
    ctx: &Context<'_>,
) -> Result<Audio> {
    if let [(0, audio)] = parts {
        return Ok(audio.clone());
    }
    let ends = parts
        .iter()
        .map(|(at, audio)| at + audio.view().len() as u64);
    let total = total.or(ends.max()).unwrap_or(0);
    let mut pcm = PcmWriter::new(options, 1);
    let mut sum = Vec::with_capacity(BLOCK);
    while pcm.samples() < total {
        let from = pcm.samples();
        let to = total.min(from + BLOCK as u64);
        sum.clear();
        sum.resize((to - from) as usize, 0.0f32);
        for (at, audio) in parts {
            let view = audio.view();
            let end = at + view.len() as u64;
            let (start, stop) = (from.max(*at), to.min(end));
            if start >= stop {
                continue;
            }
            let window = view.window((start - at) as usize..(stop - at) as usize);
            let sums = sum.iter_mut().skip((start - from) as usize);
            sums.zip(window).for_each(|(sum, sample)| *sum += sample);
        }
        pcm.push(&sum)?;
        if from.is_multiple_of(64 * BLOCK as u64) {
            ctx.cancel().check()?;
        }
    }
    pcm.finish()
}
