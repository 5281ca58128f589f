//! Moonshine's vocabulary: tokens to the bytes of a text.

use serde_json::Value;

/// A space within a token, as SentencePiece writes it: "▁".
const SPACE: &str = "\u{2581}";
/// More tokens than any vocabulary of such a model has.
const MOST: usize = 1 << 20;

/// What each token says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tokenizer {
    /// UTF-8, of which a token may hold a part of a character; empty for one that says nothing.
    tokens: Vec<Vec<u8>>,
}

impl Tokenizer {
    /// Reads a `tokenizer.bin` of Moonshine's own package, or a `tokenizer.json` of Hugging Face's.
    ///
    /// # Errors
    /// What is wrong with the file, in words.
    pub(super) fn read(file: &[u8]) -> Result<Self, String> {
        let tokens = match file.first() {
            Some(b'{') => of_json(file)?,
            _ => of_bin(file)?,
        };
        if tokens.is_empty() {
            return Err("it has no tokens".into());
        }
        Ok(Self { tokens })
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// What a token says: a leading space begins a word; nothing for one beyond the vocabulary.
    pub(super) fn bytes(&self, token: usize) -> &[u8] {
        self.tokens.get(token).map_or(&[], Vec::as_slice)
    }
}

/// Each token as its length and its bytes; the length takes two bytes where it is 128 or more, the low seven bits first.
fn of_bin(mut rest: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let cut = || "it is cut short, or no vocabulary".to_owned();
    let mut tokens = Vec::new();
    while let Some((&low, left)) = rest.split_first() {
        let (mut length, mut left) = (usize::from(low), left);
        if low >= 128 {
            let (&high, after) = left.split_first().ok_or_else(cut)?;
            length = usize::from(low & 127) + usize::from(high) * 128;
            left = after;
        }
        let (token, after) = left.split_at_checked(length).ok_or_else(cut)?;
        tokens.push(match std::str::from_utf8(token) {
            Ok(text) => said(text),
            Err(_) => token.to_vec(), // a byte of a character that has no token of its own
        });
        if tokens.len() > MOST {
            return Err(format!("it has more than {MOST} tokens"));
        }
        rest = after;
    }
    Ok(tokens)
}

/// `model.vocab`, and the `added_tokens` beyond it.
fn of_json(file: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let json: Value = serde_json::from_slice(file).map_err(|e| e.to_string())?;
    let vocabulary = json["model"]["vocab"].as_object();
    let vocabulary = vocabulary.ok_or("it has no `model.vocab`")?;
    let added = json["added_tokens"].as_array().into_iter().flatten();
    let added = added.filter_map(|token| Some((token["content"].as_str()?, &token["id"])));
    let plain = vocabulary.iter().map(|(text, id)| (text.as_str(), id));
    let mut tokens: Vec<Vec<u8>> = Vec::new();
    for (text, id) in plain.chain(added) {
        let id = id.as_u64().and_then(|id| usize::try_from(id).ok());
        let id = id
            .filter(|id| *id < MOST)
            .ok_or_else(|| format!("`{text}` has no number below {MOST}"))?;
        if tokens.len() <= id {
            tokens.resize(id + 1, Vec::new());
        }
        tokens[id] = said(text);
    }
    Ok(tokens)
}

/// What a token of the vocabulary says.
fn said(text: &str) -> Vec<u8> {
    let special = text.len() > 2
        && text.starts_with('<')
        && text.ends_with('>')
        && !text.contains(char::is_whitespace);
    if let Some(byte) = text.strip_prefix("<0x").and_then(|t| t.strip_suffix('>')) {
        return u8::from_str_radix(byte, 16).map_or(Vec::new(), |byte| printable(vec![byte]));
    }
    if special {
        return Vec::new(); // `<s>`, `</s>`, `<unk>`, `<<ST_17>>`
    }
    printable(text.replace(SPACE, " ").into_bytes())
}

/// Nothing in place of control characters: no speech has them.
fn printable(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.iter().any(u8::is_ascii_control) {
        Vec::new()
    } else {
        bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// A vocabulary as Moonshine's package has it.
    fn bin(tokens: &[Vec<u8>]) -> Vec<u8> {
        let mut file = Vec::new();
        for token in tokens {
            if token.len() < 128 {
                file.push(u8::try_from(token.len()).unwrap());
            } else {
                file.push(u8::try_from(token.len() % 128).unwrap() | 128);
                file.push(u8::try_from(token.len() / 128).unwrap());
            }
            file.extend(token);
        }
        file
    }

    #[test]
    fn tokens_say_their_text_and_special_ones_nothing() {
        let long = "a".repeat(300);
        let texts = [
            "<unk>",
            "</s>",
            "\u{2581}yes",
            "ter",
            "<<ST_7>>",
            &long,
            "<",
        ];
        let file = bin(&texts.map(|t| t.as_bytes().to_vec()));
        let read = Tokenizer::read(&file).unwrap();
        assert_eq!(read.len(), 7);
        let said: Vec<&[u8]> = (0..8).map(|i| read.bytes(i)).collect();
        let expected: [&[u8]; 8] = [b"", b"", b" yes", b"ter", b"", long.as_bytes(), b"<", b""];
        assert_eq!(said, expected);
    }

    #[test]
    fn bytes_of_a_letter_stay_and_control_characters_go() {
        let read = Tokenizer::read(&bin(&[vec![0xd0], vec![0xb6], vec![0], vec![b'\n']])).unwrap();
        assert_eq!([read.bytes(0), read.bytes(1)].concat(), "ж".as_bytes());
        assert!(read.bytes(2).is_empty() && read.bytes(3).is_empty());
    }

    #[test]
    fn the_other_form_of_the_vocabulary_says_the_same() {
        let file = json!({
            "model": { "vocab": { "<unk>": 0, "\u{2581}yes": 1, "<0xD0>": 2, "<0x00>": 3 } },
            "added_tokens": [{ "id": 5, "content": "<<ST_0>>" }]
        });
        let read = Tokenizer::read(file.to_string().as_bytes()).unwrap();
        assert_eq!(read.len(), 6);
        assert_eq!(read.bytes(1), b" yes");
        assert_eq!(read.bytes(2), [0xd0]);
        assert!([0, 3, 4, 5].iter().all(|i| read.bytes(*i).is_empty()));
    }

    #[test]
    fn what_is_no_vocabulary_is_refused() {
        assert!(Tokenizer::read(b"").is_err());
        assert!(Tokenizer::read(&[5, b'a']).is_err());
        assert!(Tokenizer::read(&[200]).is_err());
        assert!(Tokenizer::read(b"{}").is_err());
        let far = json!({ "model": { "vocab": { "a": 1_u64 << 40 } } });
        assert!(Tokenizer::read(far.to_string().as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(texts in proptest::collection::vec("[a-zа-я ]{1,200}", 1..40)) {
            let tokens: Vec<Vec<u8>> = texts.iter().map(|t| t.as_bytes().to_vec()).collect();
            let file = bin(&tokens);
            let read = Tokenizer::read(&file).unwrap();
            prop_assert_eq!(&read.tokens, &tokens);
            // One byte less cuts the last token.
            prop_assert!(Tokenizer::read(&file[..file.len() - 1]).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(file in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Tokenizer::read(&file);
        }
    }
}
