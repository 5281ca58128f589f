//! The protocol as a document that one sends to those who were there.

use super::View;
use super::labels::{Labels, labels};
use super::names::Names;
use super::one_line;
use super::time::{clock, duration, range};
use crate::types::{
    ActionItem, AgendaItem, Decision, Evidence, MeetingTranscript, Minutes, Question,
};

/// Characters of a quote.
const QUOTE: usize = 160;
/// Uncovered stretches that are listed one by one.
const LISTED: usize = 20;

pub(super) fn render(view: View<'_>) -> String {
    let transcript = view.transcript;
    let labels = labels(transcript.language);
    let document = Document {
        transcript,
        labels,
        names: Names::new(transcript),
    };
    let title = if view.minutes.is_some() {
        labels.minutes
    } else {
        labels.transcript
    };
    let mut blocks = vec![format!("# {title}")];
    if transcript.is_silent() {
        let found_speech = !transcript.coverage.uncovered.is_empty();
        blocks.push(
            if found_speech {
                labels.no_words
            } else {
                labels.no_speech
            }
            .into(),
        );
    } else {
        blocks.push(document.summary());
        let agenda = view.minutes.map_or(&[][..], |minutes| &minutes.agenda);
        if let Some(minutes) = view.minutes {
            blocks.extend(document.minutes(minutes));
            blocks.push(format!("## {}", labels.transcript));
        }
        blocks.extend(document.utterances(agenda));
    }
    if let Some(gaps) = document.gaps(view.minutes) {
        blocks.extend(["---".into(), gaps]);
    }
    blocks.join("\n\n") + "\n"
}

struct Document<'a> {
    transcript: &'a MeetingTranscript,
    labels: &'static Labels,
    names: Names<'a>,
}

impl Document<'_> {
    /// One line: how long, which language, who.
    fn summary(&self) -> String {
        let labels = self.labels;
        let mut parts = vec![(
            labels.duration,
            duration(self.transcript.duration, labels.units),
        )];
        if let Some(language) = self.transcript.language {
            parts.push((
                labels.language,
                labels.language_name.unwrap_or(language.code()).into(),
            ));
        }
        let speakers: Vec<String> = self
            .transcript
            .speakers
            .iter()
            .map(|s| escape(&self.names.of(Some(s.id))))
            .collect();
        if !speakers.is_empty() {
            parts.push((labels.speakers, speakers.join(", ")));
        }
        parts
            .iter()
            .map(|(what, value)| format!("**{what}:** {value}"))
            .collect::<Vec<_>>()
            .join(" · ")
    }

    /// The sections that have something in them.
    fn minutes(&self, minutes: &Minutes) -> Vec<String> {
        let labels = self.labels;
        let mut blocks = Vec::new();
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                blocks.extend([format!("## {title}"), lines.join("\n")]);
            }
        };
        section(
            labels.agenda,
            (1..)
                .zip(&minutes.agenda)
                .map(|(n, item)| agenda_item(n, item))
                .collect(),
        );
        section(
            labels.decisions,
            (1..)
                .zip(&minutes.decisions)
                .map(|(n, item)| self.decision(n, item))
                .collect(),
        );
        section(labels.actions, self.actions(&minutes.actions));
        section(
            labels.questions,
            minutes
                .questions
                .iter()
                .map(|item| self.question(item))
                .collect(),
        );
        if minutes.decisions.is_empty()
            && minutes.actions.is_empty()
            && minutes.questions.is_empty()
        {
            blocks.push(labels.nothing_found.into());
        }
        blocks
    }

    fn decision(&self, number: usize, decision: &Decision) -> String {
        let marker = format!("{number}. ");
        let item = format!(
            "{marker}{}{}",
            opening(&decision.text),
            times(&decision.evidence)
        );
        let Some(evidence) = decision
            .evidence
            .iter()
            .find(|e| !e.quote.trim().is_empty())
        else {
            return item;
        };
        let [open, close] = self.labels.quotes;
        let quote = escape(&shortened(&one_line(&evidence.quote)));
        format!(
            "{item}\n{}> {open}{quote}{close}{}",
            " ".repeat(marker.len()),
            self.voice(evidence)
        )
    }

    fn question(&self, question: &Question) -> String {
        let voice = question
            .evidence
            .first()
            .map(|e| self.voice(e))
            .unwrap_or_default();
        format!(
            "- {}{voice}{}",
            opening(&question.text),
            times(&question.evidence)
        )
    }

    /// A table; no lines where there is nothing to do.
    fn actions(&self, actions: &[ActionItem]) -> Vec<String> {
        if actions.is_empty() {
            return Vec::new();
        }
        let Labels {
            task,
            owner,
            due,
            when,
            ..
        } = self.labels;
        let mut lines = vec![
            format!("| {task} | {owner} | {due} | {when} |"),
            "| --- | --- | --- | --- |".into(),
        ];
        lines.extend(actions.iter().map(|action| {
            let due = action
                .due
                .as_deref()
                .map(one_line)
                .filter(|d| !d.is_empty());
            format!(
                "| {} | {} | {} |{} |",
                opening(&action.task),
                escape(&self.names.of_owner(&action.owner)),
                due.map_or("–".into(), |d| escape(&d)),
                times(&action.evidence),
            )
        }));
        lines
    }

    /// Who said the first words of a proof: ` – Speaker 1`.
    fn voice(&self, evidence: &Evidence) -> String {
        let said = evidence
            .utterances
            .first()
            .and_then(|id| self.transcript.utterances.iter().find(|u| u.id == *id));
        said.map(|u| format!(" – {}", escape(&self.names.of(u.speaker))))
            .unwrap_or_default()
    }

    /// What was said, under the subject that was on last.
    fn utterances(&self, agenda: &[AgendaItem]) -> Vec<String> {
        let mut blocks = Vec::new();
        let mut coming = agenda.iter().peekable();
        for utterance in &self.transcript.utterances {
            let text = one_line(&utterance.text);
            if text.is_empty() {
                continue;
            }
            while let Some(item) = coming.next_if(|item| item.span.start <= utterance.span.start) {
                blocks.push(format!(
                    "### {} [{}]",
                    opening(&item.title),
                    clock(item.span.start)
                ));
            }
            let (name, time) = (
                escape(&self.names.of(utterance.speaker)),
                clock(utterance.span.start),
            );
            blocks.push(format!("**{name}** [{time}] {}", escape(&text)));
        }
        blocks
    }

    /// What the result lacks; `None` where it lacks nothing.
    fn gaps(&self, minutes: Option<&Minutes>) -> Option<String> {
        let (labels, coverage) = (self.labels, &self.transcript.coverage);
        let mut sentences = Vec::new();
        if let Some(promised) = coverage
            .promised
            .filter(|promised| promised - coverage.decoded > 1.0)
        {
            let [decoded, of] = labels.cut;
            sentences.push(format!(
                "{decoded} {} {of} {}.",
                clock(coverage.decoded),
                clock(promised)
            ));
        }
        if !coverage.uncovered.is_empty() {
            let mut listed: Vec<String> = coverage
                .uncovered
                .iter()
                .take(LISTED)
                .map(|span| range(*span))
                .collect();
            if coverage.uncovered.len() > LISTED {
                listed.push(labels.more.into());
            }
            sentences.push(format!("{}: {}.", labels.uncovered, listed.join(", ")));
        }
        let spoken = self.transcript.utterances.len();
        if let Some(minutes) = minutes.filter(|minutes| minutes.utterances_read < spoken) {
            let [before, of, after] = labels.read;
            sentences.push(format!(
                "{}.",
                format!("{before} {} {of} {spoken} {after}", minutes.utterances_read).trim_end()
            ));
        }
        (!sentences.is_empty()).then(|| format!("*{}*", sentences.join(" ")))
    }
}

fn agenda_item(number: usize, item: &AgendaItem) -> String {
    format!("{number}. {} [{}]", opening(&item.title), range(item.span))
}

/// ` [04:12] [05:30]`: when each proof begins.
fn times(evidence: &[Evidence]) -> String {
    let mut times: Vec<String> = evidence
        .iter()
        .map(|e| format!(" [{}]", clock(e.span.start)))
        .collect();
    times.dedup();
    times.concat()
}

/// The first words of a quote that is too long.
fn shortened(quote: &str) -> String {
    match quote.char_indices().nth(QUOTE) {
        None => quote.into(),
        Some((limit, _)) => {
            let kept = quote.get(..limit).unwrap_or(quote);
            let kept = kept.rsplit_once(' ').map_or(kept, |(words, _)| words);
            format!("{}…", kept.trim_end_matches([',', ';', ':', ' ', '–', '—']))
        }
    }
}

/// Text at the beginning of a line or cell: with a capital, unless the first word is written in a way of its own, and
/// without the signs that would make it a list, a heading or a quote.
fn opening(text: &str) -> String {
    let text = one_line(text);
    let first = text.split(' ').next().unwrap_or_default();
    let mut chars = text.chars();
    let text = match chars.next() {
        Some(c) if first.chars().all(|c| !c.is_uppercase()) => {
            c.to_uppercase().chain(chars).collect()
        }
        _ => text,
    };
    let escaped = escape(&text);
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    match escaped.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => {
            format!("{}\\{}", &escaped[..digits], &escaped[digits..])
        }
        Some(b'#' | b'-' | b'+' | b'=') if digits == 0 => format!("\\{escaped}"),
        _ => escaped,
    }
}

/// Text that means nothing to Markdown.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Language, MeetingReport, TimeSpan, Utterance, UtteranceId, Word};

    #[test]
    fn text_is_only_text() {
        assert_eq!(
            escape("a|b *c* [d](e) <f> &amp; \\"),
            "a\\|b \\*c\\* \\[d\\](e) \\<f\\> \\&amp; \\\\"
        );
        assert_eq!(opening("2024. a year"), "2024\\. a year");
        assert_eq!(opening("- fix\n# it"), "\\- fix # it");
    }

    #[test]
    fn an_opening_has_a_capital_unless_written_its_own_way() {
        assert_eq!(opening("move the release"), "Move the release");
        assert_eq!(opening("элегантно"), "Элегантно");
        assert_eq!(opening("iOS first"), "iOS first");
    }

    #[test]
    fn a_long_quote_ends_after_a_word() {
        let quote = shortened(&"word, ".repeat(40));
        assert!(
            quote.ends_with("word…") && quote.chars().count() <= QUOTE + 1,
            "{quote}"
        );
        assert_eq!(shortened("short"), "short");
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut transcript = MeetingTranscript::silent(60.0);
        let missing = |t: &MeetingTranscript| {
            render(View::from(t))
                .lines()
                .last()
                .unwrap_or_default()
                .to_owned()
        };
        transcript.coverage.promised = Some(90.0);
        assert_eq!(
            missing(&transcript),
            "*The recording is incomplete: decoded 01:00 of 01:30.*"
        );
        transcript.coverage.promised = None;
        transcript.coverage.uncovered = vec![TimeSpan::new(1.0, 2.0); LISTED + 1];
        let markdown = render(View::from(&transcript));
        assert!(
            markdown.starts_with("# Transcript\n\nNo words were found.\n\n---\n"),
            "{markdown}"
        );
        assert!(
            missing(&transcript).ends_with("00:01–00:02, and more.*"),
            "{markdown}"
        );
    }

    #[test]
    fn minutes_of_a_part_say_so() {
        let word = Word {
            span: TimeSpan::new(0.0, 1.0),
            text: "Да.".into(),
            confidence: 1.0,
        };
        let mut transcript = MeetingTranscript::silent(60.0);
        transcript.language = Some(Language::RUSSIAN);
        transcript
            .utterances
            .extend(Utterance::from_words(UtteranceId(1), None, vec![word]));
        let report = MeetingReport::new(transcript, Minutes::default());
        let markdown = render(View::from(&report));
        assert!(
            markdown.contains("Решений, задач и открытых вопросов не найдено."),
            "{markdown}"
        );
        assert!(
            markdown.ends_with("*Протокол составлен по репликам: 0 из 1.*\n"),
            "{markdown}"
        );
    }
}
