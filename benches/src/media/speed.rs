//! An hour in each of the common formats, ours and ffmpeg in turn.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use autoproto_benches::recordings;

use crate::Bench;
use crate::ffmpeg::Ffmpeg;
use crate::race;
use crate::table::{Table, number};

const HOUR: f64 = 3_600.0;

/// A format of the race.
struct Format {
    name: &'static str,
    file: &'static str,
    encoder: &'static [&'static str],
    /// The most that our time may be of ffmpeg's.
    bound: f64,
}

const FORMATS: [Format; 6] = [
    Format {
        name: "AAC in MP4, 128 kbit/s",
        file: "hour.m4a",
        encoder: &["-c:a", "aac", "-b:a", "128k"],
        bound: 1.0,
    },
    Format {
        name: "MP3, 128 kbit/s",
        file: "hour.mp3",
        encoder: &["-c:a", "libmp3lame", "-b:a", "128k"],
        bound: 1.0,
    },
    Format {
        name: "FLAC",
        file: "hour.flac",
        encoder: &["-c:a", "flac"],
        bound: 0.7,
    },
    Format {
        name: "Opus in Ogg, 64 kbit/s",
        file: "hour.opus",
        encoder: &["-c:a", "libopus", "-b:a", "64k"],
        bound: 1.0,
    },
    Format {
        name: "Vorbis in Ogg",
        file: "hour.ogg",
        encoder: &["-c:a", "libvorbis", "-q:a", "3"],
        bound: 1.0,
    },
    Format {
        name: "WAV, 16 bits",
        file: "hour.wav",
        encoder: &["-c:a", "pcm_s16le"],
        bound: 0.7,
    },
];

/// Prints the table of the hour; `meetings` holds the recordings that are looped.
pub fn run(bench: &mut Bench, meetings: &Path) -> Result<(), Box<dyn Error>> {
    println!(
        "\n### An hour of 48 kHz stereo\n\nOurs and `ffmpeg -v error -threads 1 -i F -ac 1 -ar 16000 -f f32le` in turn, {} \
         rounds; each a process, each writing 16 kHz mono `f32` to a file in the same folder. The ratio is that of the \
         fastest rounds.",
        bench.rounds
    );
    let mut table = Table::new(&[
        "format",
        ">ours s",
        ">median",
        ">ffmpeg s",
        ">median",
        ">ratio",
        ">at most",
        ">× real time",
        ">CPU s, ours",
        ">CPU s, ffmpeg",
        "verdict",
    ]);
    for format in FORMATS {
        let file = hour(bench, meetings, &format)?;
        let raced = race::race(bench, &file).and_then(|race| {
            if (race.seconds - HOUR).abs() < 0.2 {
                Ok(race)
            } else {
                Err(format!("{:.2} s came out", race.seconds))
            }
        });
        let mut cells = [(); 11].map(|()| String::from("–"));
        cells[0] = format.name.into();
        cells[6] = format!("{:.1}", format.bound);
        cells[10] = match raced {
            Ok(race) => {
                cells[1] = format!("{:.2}", race.ours.best());
                cells[2] = format!("{:.2}", race.ours.median());
                cells[3] = format!("{:.2}", race.theirs.best());
                cells[4] = format!("{:.2}", race.theirs.median());
                cells[5] = format!("{:.2}", race.ratio());
                cells[7] = format!("{:.0}", race.seconds / race.ours.best());
                cells[8] = number(race.ours.cpu(), 2);
                cells[9] = number(race.theirs.cpu(), 2);
                match race.ratio() <= format.bound {
                    true => "ok".into(),
                    false => format!("{:.2} times ffmpeg", race.ratio()),
                }
            }
            Err(reason) => reason,
        };
        if cells[10] != "ok" {
            bench
                .failures
                .push(format!("hour of {}: {}", format.name, cells[10]));
        }
        table.row(cells);
    }
    table.print();
    Ok(())
}

/// The hour as AAC, for the others that need a long recording.
pub fn hour_of_aac(bench: &Bench, meetings: &Path) -> Result<PathBuf, Box<dyn Error>> {
    hour(bench, meetings, &FORMATS[0])
}

fn hour(bench: &Bench, meetings: &Path, format: &Format) -> Result<PathBuf, Box<dyn Error>> {
    let file = bench.cache.join(format.file);
    if file.exists() {
        return Ok(file);
    }
    eprintln!("making {}", file.display());
    let once = bench.cache.join("meetings.wav");
    if !once.exists() {
        make_once(&bench.ffmpeg, meetings, &once)?;
    }
    let mut arguments: Vec<OsString> = ["-stream_loop", "-1", "-i"].map(OsString::from).to_vec();
    arguments.push(once.into());
    arguments.extend(["-t", &HOUR.to_string()].map(OsString::from));
    arguments.extend(format.encoder.iter().map(OsString::from));
    bench.ffmpeg.make(&arguments, &file)?;
    Ok(file)
}

/// The meetings one after another at 48 kHz; the second channel comes 7 ms later and at 0.8, as at a second microphone.
fn make_once(ffmpeg: &Ffmpeg, meetings: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let meetings = recordings(meetings)?;
    if meetings.is_empty() {
        return Err("the demo recordings are not there".into());
    }
    let mut arguments: Vec<&OsStr> = Vec::new();
    for meeting in &meetings {
        arguments.extend([OsStr::new("-i"), meeting.path.as_os_str()]);
    }
    let resampled: String = (0..meetings.len())
        .map(|i| format!("[{i}:a]aresample=48000,aformat=channel_layouts=mono[m{i}];"))
        .collect();
    let joined: String = (0..meetings.len()).map(|i| format!("[m{i}]")).collect();
    let graph = format!(
        "{resampled}{joined}concat=n={}:v=0:a=1,asplit[near][copy];[copy]adelay=7,volume=0.8[far];\
         [near][far]join=inputs=2:channel_layout=stereo[out]",
        meetings.len()
    );
    arguments.extend(["-filter_complex", &graph, "-map", "[out]"].map(OsStr::new));
    arguments.extend(["-c:a", "pcm_s16le"].map(OsStr::new));
    Ok(ffmpeg.make(&arguments, out)?)
}
