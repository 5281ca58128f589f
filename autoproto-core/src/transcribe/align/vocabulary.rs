//! Words as a CTC model's letters.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};

/// The most classes that are believed; MMS has some 30, GigaAM 34.
const CLASSES: usize = 4096;

/// What must be heard next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// A class of the model, other than the blank.
    Class(usize),
    /// Something of at least a frame, whatever it is: a word that the model has no letters for.
    Anything,
}

/// The letters of a model, and how words are spelt with them.
///
/// ```
/// use autoproto_core::transcribe::align::{Token, Vocabulary};
///
/// let vocabulary = Vocabulary::parse("<blk> 0\nд 1\nа 2\nе 3\n", "<blk>", None)?;
/// let (d, a, e) = (Token::Class(1), Token::Class(2), Token::Class(3));
/// assert_eq!(vocabulary.spell("Да,"), [d, a]);
/// assert_eq!(vocabulary.spell("дё"), [d, e]);
/// // It has no Latin letters and no digits.
/// assert_eq!(vocabulary.spell("GPU-да"), [Token::Anything, d, a]);
/// assert_eq!(vocabulary.spell("2024"), [Token::Anything]);
/// # Ok::<(), autoproto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    letters: HashMap<char, usize>,
    classes: usize,
    blank: usize,
    separator: Option<usize>,
    romanised: bool,
}

impl Vocabulary {
    /// From `vocab.json` (an object of numbers, or a list), from lines of a token and its number, or from lines of tokens.
    ///
    /// `blank` and `separator` are as [`CtcSignature`](super::CtcSignature) has them. Tokens of several letters are
    /// passed over, for names in brackets are such.
    ///
    /// # Errors
    /// [`Error::Parse`] where it can't be read, lacks the blank or the separator, has a number twice, or where most tokens
    /// are pieces of words and not letters.
    pub fn parse(text: &str, blank: &str, separator: Option<&str>) -> Result<Self> {
        let fault = |line, reason: String| Error::Parse {
            what: "vocabulary".into(),
            line,
            reason,
        };
        let tokens = read(text).map_err(|(line, reason)| fault(line, reason))?;
        let mut names: HashMap<&str, usize> = HashMap::new();
        let (mut taken, mut classes) = (vec![false; CLASSES], 0);
        for (line, name, id) in &tokens {
            match taken.get_mut(*id) {
                Some(taken) if !*taken => *taken = true,
                Some(_) => return Err(fault(*line, format!("the number {id} is there twice"))),
                None => return Err(fault(*line, format!("{id} is beyond {CLASSES} tokens"))),
            }
            classes = classes.max(id + 1);
            names.insert(name, *id);
        }
        let find = |name: &str| names.get(name).or_else(|| names.get(spaced(name))).copied();
        let lacks = |what: &str, name: &str| fault(1, format!("there is no {what} `{name}`"));
        let blank_id = find(blank).ok_or_else(|| lacks("blank", blank))?;
        let separator_id = match separator {
            Some(name) => Some(find(name).ok_or_else(|| lacks("separator", name))?),
            None => None,
        };
        let special = [Some(blank_id), separator_id];
        let (mut letters, mut pieces) = (HashMap::new(), 0);
        for (name, id) in names {
            let mut chars = name.chars().filter(|c| *c != '▁');
            match (chars.next(), chars.next()) {
                (Some(letter), None)
                    if (letter.is_alphanumeric() || letter == '\'')
                        && !special.contains(&Some(id)) =>
                {
                    letters.insert(letter, id);
                }
                (Some(first), Some(_)) if first.is_alphanumeric() => pieces += 1,
                _ => {}
            }
        }
        if letters.is_empty() || pieces > letters.len() {
            let reason = format!("{} letters and {pieces} pieces of words", letters.len());
            return Err(fault(1, reason));
        }
        Ok(Self {
            letters,
            classes,
            blank: blank_id,
            separator: separator_id,
            romanised: false,
        })
    }

    /// Whether Cyrillic is spelt in Latin letters: see [`CtcSignature::romanised`](super::CtcSignature::romanised).
    pub fn with_romanised(mut self, romanised: bool) -> Self {
        self.romanised = romanised;
        self
    }

    /// How many classes it speaks of.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The class of the blank.
    pub fn blank(&self) -> usize {
        self.blank
    }

    /// The class of what stands between words.
    pub fn separator(&self) -> Option<usize> {
        self.separator
    }

    /// The tokens of a word, at least one: its letters in the case that the model has; accents go where it has none, and
    /// a run of letters and digits that it lacks is [`Token::Anything`]. Other signs are not heard.
    pub fn spell(&self, word: &str) -> Vec<Token> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut add = |token: Token| {
            if token != Token::Anything || tokens.last() != Some(&Token::Anything) {
                tokens.push(token);
            }
        };
        for letter in word.chars().flat_map(char::to_lowercase) {
            let heard = letter.is_alphanumeric() || "%$€₽№&+@".contains(letter);
            match self.class(letter) {
                Some(class) => add(Token::Class(class)),
                None if self.romanised && romanised(letter).is_some() => {
                    let spelt = romanised(letter).unwrap_or_default();
                    for class in spelt.chars().filter_map(|c| self.class(c)) {
                        add(Token::Class(class));
                    }
                }
                None if !heard => {}
                None => add(Token::Anything),
            }
        }
        if tokens.is_empty() {
            tokens.push(Token::Anything);
        }
        tokens
    }

    fn class(&self, letter: char) -> Option<usize> {
        let letter = if letter == '’' { '\'' } else { letter };
        let upper = letter.to_uppercase().next().unwrap_or(letter);
        let known = |c: char| self.letters.get(&c).copied();
        let bare = || without_accent(letter).and_then(|bare| self.class(bare));
        known(letter).or_else(|| known(upper)).or_else(bare)
    }
}

/// The name of the space, which some write as a bar under the line.
fn spaced(name: &str) -> &str {
    match name {
        " " => "▁",
        "▁" => " ",
        name => name,
    }
}

type Row = (usize, String, usize);

fn read(text: &str) -> Result<Vec<Row>, (usize, String)> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '[']) {
        let unread = |e: serde_json::Error| (e.line(), e.to_string());
        if text.trim_start().starts_with('[') {
            let list: Vec<String> = serde_json::from_str(text).map_err(unread)?;
            return Ok((0..).zip(list).map(|(id, name)| (1, name, id)).collect());
        }
        let map: BTreeMap<String, usize> = serde_json::from_str(text).map_err(unread)?;
        return Ok(map.into_iter().map(|(name, id)| (1, name, id)).collect());
    }
    let lines: Vec<&str> = text.lines().map(|l| l.trim_end_matches('\r')).collect();
    let numbered = |line: &&str| {
        line.rsplit_once([' ', '\t'])
            .is_some_and(|(_, id)| id.parse::<usize>().is_ok())
    };
    let all = lines.iter().filter(|l| !l.is_empty()).all(numbered);
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, l)| !l.is_empty()) {
        let row = match line.rsplit_once([' ', '\t']) {
            Some((name, id)) if all => {
                let id = id.parse().map_err(|_| (at + 1, "no number".to_owned()))?;
                // A space as a token leaves nothing before its own space.
                let name = if name.is_empty() { " " } else { name };
                (at + 1, name.to_owned(), id)
            }
            _ => (at + 1, (*line).to_owned(), at),
        };
        rows.push(row);
    }
    Ok(rows)
}

fn without_accent(letter: char) -> Option<char> {
    Some(match letter {
        'ё' => 'е',
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ţ' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        _ => return None,
    })
}

/// Cyrillic in Latin letters, as near to what MMS was trained on as its letters need to be found.
fn romanised(letter: char) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'э' | 'є' => "e",
        'ё' => "yo",
        'ж' => "zh",
        'з' => "z",
        'и' | 'й' | 'і' => "i",
        'ї' => "yi",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ы' => "y",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_way_of_writing_it_down_is_read() {
        let letters = [("<pad>", 0), ("|", 1), ("A", 2), ("'", 3)];
        let lines: Vec<String> = letters.iter().map(|(n, i)| format!("{n} {i}")).collect();
        let names: Vec<&str> = letters.iter().map(|l| l.0).collect();
        let map: BTreeMap<&str, usize> = letters.into_iter().collect();
        let read = |text: &str| Vocabulary::parse(text, "<pad>", Some("|")).unwrap();
        let wanted = read(&serde_json::to_string(&map).unwrap());
        assert_eq!((wanted.blank(), wanted.separator()), (0, Some(1)));
        assert_eq!(wanted.classes(), 4);
        assert_eq!(read(&serde_json::to_string(&names).unwrap()), wanted);
        assert_eq!(read(&lines.join("\n")), wanted);
        assert_eq!(read(&names.join("\r\n")), wanted);
        assert_eq!(wanted.spell("a’á"), [2, 3, 2].map(Token::Class));
    }

    #[test]
    fn a_space_may_be_written_as_one_or_as_a_bar() {
        for text in ["  0\nа 1\n<blk> 2\n", "▁ 0\nа 1\n<blk> 2\n"] {
            for name in [" ", "▁"] {
                let vocabulary = Vocabulary::parse(text, "<blk>", Some(name)).unwrap();
                assert_eq!(vocabulary.separator(), Some(0), "{text:?} {name:?}");
            }
        }
    }

    #[test]
    fn what_is_no_vocabulary_of_letters_is_refused() {
        for (text, reason) in [
            ("", "no blank"),
            ("a 0\nb 1", "no blank `<pad>`"),
            ("<pad> 0\na 1", "no separator `|`"),
            ("<pad> 0\n| 0\na 1", "twice"),
            ("<pad> 0\n| 1\na 99999999", "beyond"),
            ("{\"<pad>\": -1}", "invalid value"),
            ("<pad> 0\n| 1", "0 letters"),
            ("<pad> 0\n| 1\n▁при 2\nвет 3\nа 4", "2 pieces"),
        ] {
            let error = Vocabulary::parse(text, "<pad>", Some("|")).unwrap_err();
            assert!(error.to_string().contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn cyrillic_is_spelt_in_latin_letters_only_where_the_model_wants_it() {
        let vocabulary = Vocabulary::parse("- 0\ns 1\nh 2\nc 3\na 4", "-", None).unwrap();
        assert_eq!(vocabulary.spell("ща"), [Token::Anything]);
        let vocabulary = vocabulary.with_romanised(true);
        let classes = [1, 2, 3, 2, 4].map(Token::Class);
        assert_eq!(vocabulary.spell("Ща!"), classes);
        assert_eq!(vocabulary.spell("ъ"), [Token::Anything]);
    }
}
