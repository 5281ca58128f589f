//! Languages by their ISO 639-1 codes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, Result};

/// A language that Whisper knows, by its code: `en`, `ru`, …
///
/// ```
/// use autoproto_core::Language;
///
/// assert_eq!(Language::new("ru")?, Language::RUSSIAN);
/// assert!(Language::new("tlh").is_err());
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(&'static str);

/// The codes of whisper.cpp's table.
const CODES: [&str; 100] = [
    "af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy", "da",
    "de", "el", "en", "es", "et", "eu", "fa", "fi", "fo", "fr", "gl", "gu", "ha", "haw", "he",
    "hi", "hr", "ht", "hu", "hy", "id", "is", "it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la",
    "lb", "ln", "lo", "lt", "lv", "mg", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl",
    "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si", "sk", "sl", "sn", "so",
    "sq", "sr", "su", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz",
    "vi", "yi", "yo", "yue", "zh",
];

impl Language {
    /// English.
    pub const ENGLISH: Language = Language("en");
    /// Russian.
    pub const RUSSIAN: Language = Language("ru");

    /// # Errors
    /// [`Error::InvalidOption`] for a code that is not in the table.
    pub fn new(code: &str) -> Result<Self> {
        let wanted = code.trim().to_ascii_lowercase();
        CODES
            .iter()
            .find(|c| **c == wanted)
            .map(|c| Self(c))
            .ok_or_else(|| Error::InvalidOption {
                option: "language",
                expected: "`auto` or a language code such as en or ru".into(),
                got: format!("`{code}`"),
            })
    }

    /// The code: `"en"`.
    pub fn code(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Language::new(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Language {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Language".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A language by its code: en, ru, …",
            "type": "string",
            "pattern": "^[a-z]{2,3}$"
        })
    }
}
