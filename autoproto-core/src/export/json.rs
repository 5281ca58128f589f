//! Everything that is known, for programs.

use serde::Serialize;

use super::View;
use crate::error::{Error, Result};
use crate::types::{MeetingTranscript, Minutes};

/// [`MeetingReport`](crate::MeetingReport) in borrowed parts.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    transcript: &'a MeetingTranscript,
    minutes: &'a Minutes,
}

pub(super) fn render(view: View<'_>) -> Result<String> {
    let View {
        transcript,
        minutes,
        ..
    } = view;
    let json = match minutes {
        Some(minutes) => serde_json::to_string_pretty(&Report {
            transcript,
            minutes,
        }),
        None => serde_json::to_string_pretty(transcript),
    };
    let mut json = json.map_err(|e| Error::Internal {
        reason: format!("cannot write the result as JSON: {e}"),
    })?;
    json.push('\n');
    Ok(json)
}

/// The JSON schema (draft 2020-12) of what [`render`](super::render) writes as [`Format::Json`](super::Format::Json).
///
/// It describes both results: `minutes` is there when they were asked for. The field `schema` says the version, and results
/// of the earlier ones of the same major number are valid, too: no field is required that was added since.
///
/// ```
/// let schema = autoproto_core::export::result_schema();
/// assert!(schema["properties"]["utterances"]["description"].is_string());
/// ```
#[cfg(feature = "schema")]
pub fn result_schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = settings
        .into_generator()
        .into_root_schema_for::<crate::types::MeetingReport>();
    let mut schema = schema.to_value();
    if let Some(required) = schema
        .get_mut("required")
        .and_then(serde_json::Value::as_array_mut)
    {
        required.retain(|field| field != "minutes");
    }
    in_terms_of_json(&mut schema);
    allow_earlier_versions(&mut schema);
    schema
}

/// A field that was added to a result has a default, for those that lack it.
#[cfg(feature = "schema")]
fn allow_earlier_versions(schema: &mut serde_json::Value) {
    use serde_json::Value;
    match schema {
        Value::Object(fields) => {
            let new: Vec<String> = match fields.get("properties").and_then(Value::as_object) {
                Some(all) => all
                    .iter()
                    .filter(|(_, field)| field.get("default").is_some())
                    .map(|(name, _)| name.clone())
                    .collect(),
                None => Vec::new(),
            };
            if let Some(Value::Array(required)) = fields.get_mut("required") {
                required.retain(|field| !new.iter().any(|name| field == name));
            }
            fields.values_mut().for_each(allow_earlier_versions);
        }
        Value::Array(items) => items.iter_mut().for_each(allow_earlier_versions),
        _ => {}
    }
}

/// The descriptions come from the documentation of the types, where what is absent is called `None`.
#[cfg(feature = "schema")]
fn in_terms_of_json(schema: &mut serde_json::Value) {
    use serde_json::Value;
    match schema {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "description" => {
                        *text = text.replace("`None`", "null");
                    }
                    other => in_terms_of_json(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(in_terms_of_json),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::types::MeetingReport;

    #[cfg(feature = "schema")]
    #[test]
    fn fields_that_were_added_since_the_first_version_are_not_required() {
        let schema = result_schema();
        let required = |place: &str| {
            let list = schema.pointer(place).and_then(|r| r["required"].as_array());
            list.unwrap_or_else(|| panic!("{place}")).clone()
        };
        let result = required("");
        assert!(result.contains(&"utterances".into()) && result.contains(&"coverage".into()));
        assert!(!result.contains(&"engines".into()), "{result:?}");
        let coverage = required("/$defs/Coverage");
        assert!(coverage.contains(&"decoded".into()));
        for new in ["lost", "lost_spans", "warnings"] {
            assert!(!coverage.contains(&new.into()), "{new} in {coverage:?}");
        }
    }

    #[test]
    fn with_minutes_it_is_the_report_and_without_them_the_transcript() {
        let report = MeetingReport::new(MeetingTranscript::silent(2.0), Minutes::default());
        let json = render(View::from(&report)).unwrap();
        assert_eq!(json, serde_json::to_string_pretty(&report).unwrap() + "\n");
        assert_eq!(
            serde_json::from_str::<MeetingReport>(&json).unwrap(),
            report
        );
        let json = render(View::from(&report.transcript)).unwrap();
        assert!(!json.contains("minutes"), "{json}");
        assert_eq!(
            serde_json::from_str::<MeetingTranscript>(&json).unwrap(),
            report.transcript
        );
    }
}
