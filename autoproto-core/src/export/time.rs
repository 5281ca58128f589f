//! Times as people read them.

use crate::types::TimeSpan;

/// Milliseconds; what is not a time is 0, and nothing lies beyond some thirty years.
pub(super) fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0).round().clamp(0.0, 1e12) as u64
}

/// `04:12`, from an hour on `1:04:12`; the second that has begun.
pub(super) fn clock(seconds: f64) -> String {
    clock_of(millis(seconds) / 1000)
}

/// `04:12–04:20`, the last second in full.
pub(super) fn range(span: TimeSpan) -> String {
    format!(
        "{}–{}",
        clock(span.start),
        clock_of(millis(span.end.max(span.start)).div_ceil(1000))
    )
}

fn clock_of(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// `1 h 5 min`, below a minute `38 s`, with the names of hours, minutes and seconds.
pub(super) fn duration(seconds: f64, units: [&str; 3]) -> String {
    let [h, min, s] = units;
    let whole = millis(seconds).div_ceil(1000);
    if whole < 60 {
        return format!("{whole} {s}");
    }
    let minutes = (whole + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} {min}"),
        (hours, 0) => format!("{hours} {h}"),
        (hours, minutes) => format!("{hours} {h} {minutes} {min}"),
    }
}

/// `HH:MM:SS`, the separator and milliseconds, as in subtitles.
pub(super) fn stamp(millis: u64, separator: char) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!(
        "{hours:02}:{minutes:02}:{seconds:02}{separator}{:03}",
        millis % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print() {
        assert_eq!(
            [0.0, 59.99, 252.3, 3852.0].map(clock),
            ["00:00", "00:59", "04:12", "1:04:12"]
        );
        assert_eq!([f64::NAN, -1.0].map(clock), ["00:00", "00:00"]);
        assert_eq!(range(TimeSpan::new(9.6, 10.2)), "00:09–00:11");
        assert_eq!(stamp(3_661_002, ','), "01:01:01,002");
    }

    #[test]
    fn durations_round_to_minutes() {
        let print = |s| duration(s, ["h", "min", "s"]);
        assert_eq!(
            [0.2, 59.0, 59.5, 100.0, 3599.0, 3900.0].map(print),
            ["1 s", "59 s", "1 min", "2 min", "1 h", "1 h 5 min"]
        );
    }
}
