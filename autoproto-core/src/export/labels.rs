//! The words around the result, in the language of the meeting.

use crate::types::Language;

/// What headings and placeholders say.
pub(super) struct Labels {
    pub(super) minutes: &'static str,
    pub(super) transcript: &'static str,
    pub(super) duration: &'static str,
    pub(super) language: &'static str,
    /// The name of the language itself; `None`: its code.
    pub(super) language_name: Option<&'static str>,
    pub(super) speakers: &'static str,
    pub(super) agenda: &'static str,
    pub(super) decisions: &'static str,
    pub(super) actions: &'static str,
    pub(super) questions: &'static str,
    pub(super) task: &'static str,
    pub(super) owner: &'static str,
    pub(super) due: &'static str,
    pub(super) when: &'static str,
    pub(super) speaker: &'static str,
    pub(super) unknown_speaker: &'static str,
    pub(super) unassigned: &'static str,
    /// In place of the sections of the minutes where all are empty.
    pub(super) nothing_found: &'static str,
    pub(super) no_speech: &'static str,
    pub(super) no_words: &'static str,
    /// Before the list of stretches.
    pub(super) uncovered: &'static str,
    pub(super) more: &'static str,
    /// Before and between the seconds decoded and promised.
    pub(super) cut: [&'static str; 2],
    /// Before, between and after the utterances read and spoken.
    pub(super) read: [&'static str; 3],
    pub(super) quotes: [char; 2],
    /// Hours, minutes, seconds.
    pub(super) units: [&'static str; 3],
}

/// Russian for Russian, English for all other languages.
pub(super) fn labels(language: Option<Language>) -> &'static Labels {
    match language {
        Some(Language::RUSSIAN) => &RUSSIAN,
        Some(Language::ENGLISH) => &ENGLISH,
        _ => &OTHER,
    }
}

const ENGLISH: Labels = Labels {
    minutes: "Minutes",
    transcript: "Transcript",
    duration: "Duration",
    language: "Language",
    language_name: Some("English"),
    speakers: "Speakers",
    agenda: "Agenda",
    decisions: "Decisions",
    actions: "Action items",
    questions: "Open questions",
    task: "Task",
    owner: "Owner",
    due: "Due",
    when: "When",
    speaker: "Speaker",
    unknown_speaker: "Unknown speaker",
    unassigned: "not assigned",
    nothing_found: "No decisions, action items or open questions were found.",
    no_speech: "No speech was found.",
    no_words: "No words were found.",
    uncovered: "Speech without recognised words",
    more: "and more",
    cut: ["The recording is incomplete: decoded", "of"],
    read: ["The minutes were drawn from", "of", "utterances"],
    quotes: ['“', '”'],
    units: ["h", "min", "s"],
};

const OTHER: Labels = Labels {
    language_name: None,
    ..ENGLISH
};

const RUSSIAN: Labels = Labels {
    minutes: "Протокол",
    transcript: "Стенограмма",
    duration: "Длительность",
    language: "Язык",
    language_name: Some("русский"),
    speakers: "Участники",
    agenda: "Повестка",
    decisions: "Решения",
    actions: "Задачи",
    questions: "Открытые вопросы",
    task: "Задача",
    owner: "Ответственный",
    due: "Срок",
    when: "Когда",
    speaker: "Участник",
    unknown_speaker: "Неизвестный",
    unassigned: "не назначен",
    nothing_found: "Решений, задач и открытых вопросов не найдено.",
    no_speech: "Речь не найдена.",
    no_words: "Слова не распознаны.",
    uncovered: "Речь без распознанных слов",
    more: "и другие",
    cut: ["Запись неполная: прочитано", "из"],
    read: ["Протокол составлен по репликам:", "из", ""],
    quotes: ['«', '»'],
    units: ["ч", "мин", "с"],
};
