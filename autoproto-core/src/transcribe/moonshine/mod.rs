//! Moonshine through ONNX Runtime.

mod attention;
mod decoder;
mod evidence;
mod limits;
mod listener;
mod tokenizer;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use decoder::{ID, Networks};
use listener::{Heard, Hearing, Listener};
use tokenizer::Tokenizer;

use super::coverage::{HOLE, holes};
use super::window::windows;
use super::{TranscribeOptions, Transcriber};
use crate::audio::AudioView;
use crate::context::Context;
use crate::error::{Error, Result, Stage, contain};
use crate::models::MoonshineModels;
use crate::onnx::{OnnxLibrary, OnnxRuntime};
use crate::types::{Device, ModelInUse, Segment, SpeechRegion, TimeSpan, Transcript};

/// How many windows are heard at once, at most: each takes its own copy of the weights, 45 MB for the tiny model.
const MOST: usize = 8;

/// Moonshine: Jeffries et al., "Moonshine: Speech Recognition for Live Transcription and Voice Commands", 2024.
///
/// A small encoder and decoder for one language, whose work grows with the length of the sound: Whisper's is that of 30
/// seconds at least. Each window is cut at silences before, decoded greedily and alone, and the speech it left without
/// words is decoded again. Where the model says what its decoder looks at (outputs `cross_attentions.N`), words get their
/// times from it, and words that rest on no sound are taken out; one that doesn't say so spreads words evenly over the
/// speech.
///
/// Windows are heard side by side, each by a pair of sessions of its own on one thread: a step of the decoder is too
/// little work for more.
///
/// ```no_run
/// use autoproto_core::models::{ModelStore, TranscriberModels};
/// use autoproto_core::onnx::OnnxLibrary;
/// use autoproto_core::transcribe::MoonshineTranscriber;
///
/// let models = TranscriberModels::open("moonshine-tiny-en", &ModelStore::standard(None))?;
/// if let TranscriberModels::Moonshine(models) = models {
///     let moonshine = MoonshineTranscriber::load(&models, &OnnxLibrary::default(), 4)?;
/// }
/// # Ok::<(), autoproto_core::Error>(())
/// ```
pub struct MoonshineTranscriber {
    models: MoonshineModels,
    runtime: OnnxRuntime,
    tokenizer: Tokenizer,
    /// The first is there from the beginning; further ones are made when there are windows for them.
    networks: Vec<Networks>,
    threads: usize,
    note: Option<String>,
}

impl MoonshineTranscriber {
    /// Loads the models, to run on `threads` threads of the processor.
    ///
    /// # Errors
    /// [`Error::LibraryMissing`] without ONNX Runtime; [`Error::Backend`] if that refuses a model, or a model lacks the
    /// tensors of a Moonshine; [`Error::ModelDamaged`] for a vocabulary that is none.
    pub fn load(models: &MoonshineModels, library: &OnnxLibrary, threads: usize) -> Result<Self> {
        let runtime = OnnxRuntime::new(library.clone())
            .with_device(Device::Cpu)
            .with_threads(threads);
        Self::load_on(models, &runtime)
    }

    /// Loads the models, to run on a device. [`Device::Auto`] is the processor: the layers of the published models are
    /// 8-bit integers, which other devices hand back to it one by one.
    ///
    /// # Errors
    /// As [`load`](Self::load); [`Error::DeviceUnavailable`] for a device that is named and not there, or that refuses a
    /// model.
    pub fn load_on(models: &MoonshineModels, runtime: &OnnxRuntime) -> Result<Self> {
        let tokenizer = Tokenizer::read(models.tokenizer.bytes())
            .and_then(
                |read| match models.signature.begin.max(models.signature.end) {
                    special if special < read.len() => Ok(read),
                    special => Err(format!("it has no token {special}")),
                },
            )
            .map_err(|reason| Error::ModelDamaged {
                path: models.tokenizer.path().to_owned(),
                reason,
            })?;
        let threads = match runtime.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let (device, note) = match runtime.device {
            Device::Auto => (
                Device::Cpu,
                Some("layers of 8-bit integers run on the processor alone".to_owned()),
            ),
            device => (device, None),
        };
        let runtime = runtime.clone().with_device(device).with_threads(1);
        let first = Networks::load(models, &runtime)?;
        Ok(Self {
            models: models.clone(),
            runtime,
            tokenizer,
            networks: vec![first],
            threads,
            note,
        })
    }

    /// Makes the networks that so many windows can use.
    fn prepare(&mut self, windows: usize) -> Result<usize> {
        let wanted = self.threads.min(MOST).min(windows).max(1);
        while self.networks.len() < wanted {
            self.networks
                .push(Networks::load(&self.models, &self.runtime)?);
        }
        Ok(wanted)
    }
}

impl Transcriber for MoonshineTranscriber {
    fn id(&self) -> &'static str {
        ID
    }

    fn models(&self) -> Vec<ModelInUse> {
        let in_use = self.networks.first().map(Networks::in_use);
        let noted = |model: ModelInUse| match &self.note {
            Some(note) => model.because(Some(note.clone())),
            None => model,
        };
        in_use.into_iter().flatten().map(noted).collect()
    }

    fn transcribe(
        &mut self,
        audio: AudioView<'_>,
        speech: &[SpeechRegion],
        options: &TranscribeOptions,
        ctx: &Context<'_>,
    ) -> Result<Transcript> {
        let language = self.models.signature.language;
        if let Some(wanted) = options.language().filter(|wanted| *wanted != language) {
            return Err(Error::InvalidOption {
                option: "language",
                expected: format!("`{language}`, which is what this model understands"),
                got: format!("`{wanted}`"),
            });
        }
        let windows = windows(audio, speech, self.models.signature.window);
        ctx.tick(Stage::Transcribe, 0.0)?;
        if windows.is_empty() {
            return Ok(Transcript::default());
        }
        let count = self.prepare(windows.len())?;
        let hearing = Hearing {
            audio,
            speech,
            tokenizer: &self.tokenizer,
            cancel: ctx.cancel(),
        };
        let networks = &mut self.networks[..count];
        let heard = hear(hearing, networks, &windows, ctx)?;
        let (mut segments, mut uncovered, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for (window, heard) in windows.iter().zip(heard) {
            uncovered.extend(holes(*window, speech, &heard.words, HOLE));
            removed.extend(heard.removed);
            if let Some(mut segment) = Segment::from_words(heard.words) {
                segment.language = Some(language);
                segments.push(segment);
            }
        }
        removed.sort_by(|a, b| a.span.start.total_cmp(&b.span.start));
        let mut transcript = Transcript::new(Some(language), segments, uncovered);
        transcript.removed = removed;
        Ok(transcript)
    }
}

/// What every window has. Each pair of networks takes the next window that nobody has taken; progress is told from here.
fn hear(
    hearing: Hearing<'_>,
    networks: &mut [Networks],
    windows: &[TimeSpan],
    ctx: &Context<'_>,
) -> Result<Vec<Heard>> {
    let next = AtomicUsize::new(0);
    let total: f64 = windows.iter().map(TimeSpan::duration).sum();
    let mut heard = vec![Heard::default(); windows.len()];
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for networks in networks {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                let mut listener = Listener { networks, hearing };
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(window) = windows.get(i) else { break };
                    let found = contain(|| listener.listen(*window));
                    let failed = found.is_err();
                    if send.send((i, found)).is_err() || failed {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut done = 0.0;
        for (i, found) in receive {
            let stop = |_: &Error| next.store(windows.len(), Ordering::Relaxed);
            heard[i] = found.inspect_err(stop)?;
            done += windows[i].duration();
            ctx.tick(Stage::Transcribe, done / total)
                .inspect_err(stop)?;
        }
        Ok(heard)
    })
}

#[cfg(test)]
mod goldens;
