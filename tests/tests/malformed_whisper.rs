//! Damaged Whisper files: each is refused before whisper.cpp sees it, and what is let through ends no process.
//!
//! One set is made here from a whole small model; a larger one by a script beside the repository, where it is there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use autoproto_tests::skip;
use std::path::{Path, PathBuf};
use std::process::Command;

use autoproto_core::models::{CheckedModel, ggml};
use autoproto_core::transcribe::WhisperTranscriber;
use autoproto_core::{
    AudioView, CancelToken, Context, Language, Progress, SpeechRegion, TimeSpan, TranscribeOptions,
    Transcriber,
};

/// Names the model that this process, started again, is to load.
const CHILD: &str = "AUTOPROTO_TEST_LOAD_WHISPER";

/// A folder beside the repository.
fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(path)
}

/// A Whisper of width 64 with one layer each, and where its parts begin.
struct Model {
    bytes: Vec<u8>,
    /// Where the number of tokens stands.
    vocabulary: usize,
    /// Where each tensor's header stands.
    tensors: Vec<usize>,
    /// The next weight as a number of 16 and of 32 bits.
    weight: fn(usize) -> ([u8; 2], [u8; 4]),
}

const WIDTH: i32 = 64;
const VOCABULARY: i32 = 51_865;
const HEADER: [i32; 11] = [VOCABULARY, 1500, WIDTH, 1, 1, 448, WIDTH, 1, 1, 80, 1];

fn model() -> Model {
    model_of(|_| ([0x01, 0x20], 0.01_f32.to_le_bytes()))
}

fn model_of(weight: fn(usize) -> ([u8; 2], [u8; 4])) -> Model {
    let mut made = Model {
        bytes: Vec::new(),
        vocabulary: 0,
        tensors: Vec::new(),
        weight,
    };
    made.numbers(&[0x6767_6d6c]);
    made.numbers(&HEADER);
    made.numbers(&[80, 201]);
    (0..80 * 201).for_each(|i| made.bytes.extend((i as f32 * 1e-6).to_le_bytes()));
    made.vocabulary = made.bytes.len();
    made.numbers(&[50_257]);
    for token in 0..50_257 {
        let text = if token == 220 {
            " ".into()
        } else {
            format!("w{token}")
        };
        made.numbers(&[text.len() as i32]);
        made.bytes.extend(text.as_bytes());
    }
    made.tensor("encoder.positional_embedding", &[WIDTH, 1500], false);
    made.tensor("encoder.conv1.weight", &[3, 80, WIDTH], true);
    made.tensor("encoder.conv1.bias", &[1, WIDTH], false);
    made.tensor("encoder.conv2.weight", &[3, WIDTH, WIDTH], true);
    made.tensor("encoder.conv2.bias", &[1, WIDTH], false);
    made.norm("encoder.ln_post");
    made.block("encoder.blocks.0", &["attn"]);
    made.tensor("decoder.positional_embedding", &[WIDTH, 448], false);
    made.tensor("decoder.token_embedding.weight", &[WIDTH, VOCABULARY], true);
    made.norm("decoder.ln");
    made.block("decoder.blocks.0", &["attn", "cross_attn"]);
    made
}

impl Model {
    fn numbers(&mut self, numbers: &[i32]) {
        numbers
            .iter()
            .for_each(|n| self.bytes.extend(n.to_le_bytes()));
    }

    fn tensor(&mut self, name: &str, shape: &[i32], half: bool) {
        self.tensors.push(self.bytes.len());
        self.numbers(&[shape.len() as i32, name.len() as i32, i32::from(half)]);
        self.numbers(shape);
        self.bytes.extend(name.as_bytes());
        let count: usize = shape.iter().map(|d| *d as usize).product();
        for (short, long) in (0..count).map(self.weight) {
            if half {
                self.bytes.extend(short)
            } else {
                self.bytes.extend(long)
            }
        }
    }

    fn norm(&mut self, name: &str) {
        self.tensor(&format!("{name}.weight"), &[WIDTH], false);
        self.tensor(&format!("{name}.bias"), &[WIDTH], false);
    }

    fn linear(&mut self, name: &str, from: i32, to: i32, bias: bool) {
        self.tensor(&format!("{name}.weight"), &[from, to], true);
        if bias {
            self.tensor(&format!("{name}.bias"), &[to], false);
        }
    }

    fn block(&mut self, name: &str, attentions: &[&str]) {
        self.norm(&format!("{name}.mlp_ln"));
        self.linear(&format!("{name}.mlp.0"), WIDTH, 4 * WIDTH, true);
        self.linear(&format!("{name}.mlp.2"), 4 * WIDTH, WIDTH, true);
        for attention in attentions {
            self.norm(&format!("{name}.{attention}_ln"));
            for part in ["query", "key", "value", "out"] {
                self.linear(
                    &format!("{name}.{attention}.{part}"),
                    WIDTH,
                    WIDTH,
                    part != "key",
                );
            }
        }
    }

    /// With the number at `at` changed.
    fn with(&self, at: usize, number: i32) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    }
}

#[test]
fn a_whole_small_model_passes() {
    let header = ggml::check(&model().bytes).unwrap();
    assert_eq!(
        (header.n_audio_state, header.n_text_layer, header.n_vocab),
        (64, 1, 51_865)
    );
    assert!(header.is_multilingual());
}

#[test]
fn a_model_damaged_anywhere_is_refused_with_the_reason() {
    let model = model();
    let whole = &model.bytes;
    let (first, last) = (model.tensors[0], *model.tensors.last().unwrap());
    let mut damaged: Vec<(String, Vec<u8>)> = Vec::new();
    for length in [
        0,
        3,
        4,
        47,
        56,
        model.vocabulary + 2,
        first - 1,
        first,
        first + 5,
        last + 8,
        whole.len() - 1,
    ] {
        damaged.push((format!("cut to {length}"), whole[..length].to_vec()));
    }
    damaged.push((
        "one tensor lost".into(),
        [&whole[..first], &whole[model.tensors[1]..]].concat(),
    ));
    damaged.push(("one tensor twice".into(), [whole, &whole[last..]].concat()));
    damaged.push(("more at its end".into(), [whole, &[7][..]].concat()));
    damaged.push(("another magic".into(), model.with(0, 0x4655_4747)));
    for field in 0..HEADER.len() {
        for number in [0, -1, 3, 1 << 20, i32::MAX, i32::MIN] {
            damaged.push((
                format!("header field {field} = {number}"),
                model.with(4 + 4 * field, number),
            ));
        }
    }
    for at in [48, 52, model.vocabulary, model.vocabulary + 4] {
        for number in [0, -1, 1 << 28, i32::MAX] {
            // An empty token shifts the rest of the vocabulary, and so everything behind it.
            damaged.push((format!("{number} at {at}"), model.with(at, number)));
        }
    }
    for at in (0..20).step_by(4) {
        for number in [0, -1, 5, 2000, i32::MAX] {
            damaged.push((
                format!("{number} at {at} of a tensor"),
                model.with(first + at, number),
            ));
        }
    }
    damaged.push(("a name of no text".into(), model.with(first + 20, -1)));
    let space = [&1_i32.to_le_bytes()[..], b" "].concat();
    let at = whole.windows(5).position(|bytes| bytes == space).unwrap();
    let mut without = whole.clone();
    without[at + 4] = b'_';
    damaged.push(("a vocabulary without space".into(), without));
    damaged.retain(|(_, bytes)| bytes != whole); // the number may have been that one before
    assert!(damaged.len() > 100);
    for (name, bytes) in &damaged {
        let reason = ggml::check(bytes).expect_err(name);
        assert!(!reason.is_empty(), "{name}");
    }
}

#[test]
fn a_whole_small_model_is_loaded_and_listens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.bin");
    std::fs::write(&path, model().bytes).unwrap();
    assert_eq!(loaded_elsewhere(&path), "transcribed");
}

/// The walk follows lengths and shapes; what the weights are it can't judge.
#[test]
fn weights_that_are_no_numbers_or_noise_end_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let not_numbers: fn(usize) -> _ = |_| ([0x00, 0x7e], f32::NAN.to_le_bytes());
    let endless: fn(usize) -> _ = |_| ([0x00, 0x7c], f32::INFINITY.to_le_bytes());
    let noise: fn(usize) -> _ = |i| {
        let bits = (i as u64 + 1)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_le_bytes();
        // Below 2 in both widths.
        (
            [bits[0], bits[1] & 0xbf],
            [bits[2], bits[3], bits[4], bits[5] & 0xbf],
        )
    };
    for (name, weight) in [
        ("not numbers", not_numbers),
        ("endless", endless),
        ("noise", noise),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, model_of(weight).bytes).unwrap();
        println!("{name}: {}", loaded_elsewhere(&path));
    }
}

#[test]
fn files_damaged_by_script_end_no_process() {
    let name = "files_damaged_by_script_end_no_process";
    let (script, models) = (shared("tools/malformed_whisper.py"), shared("models"));
    if !script.is_file() || !models.join("ggml-for-tests-tiny.bin").is_file() {
        return skip(
            name,
            "the script that damages models is not beside the repository",
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("python3")
        .arg(&script)
        .arg(&models)
        .arg(folder.path())
        .output();
    match ran {
        Err(error) => return skip(name, &format!("no python3: {error}")),
        Ok(ran) => assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        ),
    }
    let list = std::fs::read_to_string(folder.path().join("list.txt")).unwrap();
    let files: Vec<&Path> = list.lines().map(Path::new).collect();
    let is_good = |path: &&Path| {
        path.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("good__")
    };
    let passes = |path: &Path| ggml::check(&std::fs::read(path).unwrap()).is_ok();
    let good = files.iter().copied().find(is_good).unwrap();
    assert!(passes(good), "the whole model is refused");
    let bad: Vec<&Path> = files
        .iter()
        .copied()
        .filter(|path| !is_good(path))
        .collect();
    let passed: Vec<&Path> = bad.iter().copied().filter(|path| passes(path)).collect();
    println!(
        "refused {} of {} damaged files",
        bad.len() - passed.len(),
        bad.len()
    );
    println!("let through: {passed:?}");
    assert!(bad.len() >= 200, "only {} files", bad.len());
    assert!(
        100 * passed.len() <= 2 * bad.len(),
        "{} of {} let through",
        passed.len(),
        bad.len()
    );
    for path in passed.into_iter().chain([good]) {
        println!("{}: {}", path.display(), loaded_elsewhere(path));
    }
}

/// Loads the model in another process; fails if that is ended by a signal.
fn loaded_elsewhere(path: &Path) -> String {
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_other_process", "--nocapture"])
        .env(CHILD, path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.success(),
        "{}: {}\n{said}\n{errors}",
        path.display(),
        run.status
    );
    let outcome = said
        .lines()
        .find_map(|line| line.split_once("outcome: "))
        .expect("no outcome");
    outcome.1.to_owned()
}

/// What [`loaded_elsewhere`] starts; among the tests it does nothing.
#[test]
fn the_other_process() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let heard = CheckedModel::open(Path::new(&path)).and_then(|model| {
        let mut whisper = WhisperTranscriber::load(&model, 1)?;
        let samples: Vec<f32> = (0..16_000).map(|i| (i as f32 * 0.2).sin() * 0.3).collect();
        let speech = [SpeechRegion {
            span: TimeSpan::new(0.0, 1.0),
        }];
        let (cancel, sink) = (CancelToken::new(), |_: Progress| {});
        // Given, so that the small vocabulary's languages are not asked for.
        let options = TranscribeOptions::default().with_language(Some(Language::ENGLISH));
        whisper.transcribe(
            AudioView::new(&samples),
            &speech,
            &options,
            &Context::new(&cancel, &sink),
        )
    });
    match heard {
        Ok(_) => println!("outcome: transcribed"),
        Err(error) => println!("outcome: {}", error.code()),
    }
}
