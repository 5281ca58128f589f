//! The tokens of a model and the text they stand for.

use std::collections::HashMap;

/// More tokens than any recogniser has.
const MOST: usize = 1 << 18;
/// How a vocabulary calls the token that stands for none.
const BLANK: &str = "<blk>";
/// SentencePiece's mark for a space.
const SPACE: char = '\u{2581}';

/// What a token adds to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// UTF-8, of which one token may hold a part of a character; a leading space begins a word.
    Bytes(Vec<u8>),
    /// Nothing: the blank, what the model did not know, marks of its own such as `<|en|>`.
    Silent,
}

/// The pieces by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vocabulary {
    pieces: Vec<Piece>,
    blank: usize,
}

impl Vocabulary {
    /// From `token index` by line, in any order; `▁` is a space, `<0x41>` a byte.
    ///
    /// # Errors
    /// In words: a line that can't be read, an index that is given twice or left out, no blank.
    pub(super) fn parse(text: &[u8], blank: Option<usize>) -> Result<Self, String> {
        let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut listed: HashMap<usize, &str> = HashMap::new();
        for (at, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let told = |what: &str| format!("line {}: {what}", at + 1);
            // From the right: the token itself may be a space.
            let (token, index) = line
                .trim_end()
                .rsplit_once([' ', '\t'])
                .ok_or_else(|| told("there is no index"))?;
            let index: usize = index.parse().map_err(|_| told("the index is no number"))?;
            if index >= MOST {
                return Err(told("the index is too large"));
            }
            if listed.insert(index, token).is_some() {
                return Err(told("the index is given twice"));
            }
        }
        if listed.is_empty() {
            return Err("it has no tokens".into());
        }
        let tokens: Option<Vec<&str>> =
            (0..listed.len()).map(|i| listed.get(&i).copied()).collect();
        let tokens = tokens.ok_or("an index is left out")?;
        let blank = match blank {
            Some(given) if given < tokens.len() => given,
            Some(given) => return Err(format!("there is no token {given} to be the blank")),
            None => tokens
                .iter()
                .position(|token| *token == BLANK)
                .ok_or(format!("it has no `{BLANK}`"))?,
        };
        let mut pieces: Vec<Piece> = tokens.into_iter().map(piece).collect();
        if let Some(piece) = pieces.get_mut(blank) {
            *piece = Piece::Silent;
        }
        Ok(Self { pieces, blank })
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The token that stands for none.
    pub(super) fn blank(&self) -> usize {
        self.blank
    }

    /// What a token adds to the text.
    pub(super) fn piece(&self, token: usize) -> &Piece {
        self.pieces.get(token).unwrap_or(&Piece::Silent)
    }
}

fn piece(token: &str) -> Piece {
    if let Some(byte) = token
        .strip_prefix("<0x")
        .and_then(|rest| rest.strip_suffix('>'))
        .filter(|digits| digits.len() == 2)
        .and_then(|digits| u8::from_str_radix(digits, 16).ok())
    {
        return Piece::Bytes(vec![byte]);
    }
    let own = ["<unk>", "<s>", "</s>", "<pad>", "<sos/eos>", BLANK].contains(&token)
        || (token.starts_with("<|") && token.ends_with("|>"));
    if own {
        return Piece::Silent;
    }
    // Where an empty token is listed, the space before its index was the token.
    match token {
        "" => Piece::Bytes(vec![b' ']),
        token => Piece::Bytes(token.replace(SPACE, " ").into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn bytes(text: &str) -> Piece {
        Piece::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn pieces_are_spaces_bytes_text_and_nothing() {
        let text = "▁да 2\n<unk> 0\n. 1\n<0xD1> 3\n<|ru|> 4\n▁ 5\n<blk> 6\n";
        let vocabulary = Vocabulary::parse(text.as_bytes(), None).unwrap();
        assert_eq!((vocabulary.len(), vocabulary.blank()), (7, 6));
        let pieces: Vec<&Piece> = (0..8).map(|i| vocabulary.piece(i)).collect();
        let wanted = [
            Piece::Silent,
            bytes("."),
            bytes(" да"),
            Piece::Bytes(vec![0xD1]),
            Piece::Silent,
            bytes(" "),
            Piece::Silent,
            Piece::Silent,
        ];
        assert_eq!(pieces, wanted.iter().collect::<Vec<_>>());
    }

    #[test]
    fn lines_end_as_they_may_and_the_blank_may_be_given() {
        let vocabulary = Vocabulary::parse("a\t0\r\n  1\r\n\r\n".as_bytes(), Some(0)).unwrap();
        assert_eq!(vocabulary.piece(0), &Piece::Silent);
        assert_eq!(vocabulary.piece(1), &bytes(" "));
    }

    #[test]
    fn damage_is_told_in_words() {
        for (text, told) in [
            (&b""[..], "no tokens"),
            (b"\xff\xfe 0", "UTF-8"),
            (b"a 0\nb\n<blk> 1", "line 2"),
            (b"a 0\nb x\n", "line 2: the index is no number"),
            (b"a 0\nb -1\n", "line 2"),
            (b"a 0\nb 0\n<blk> 1", "given twice"),
            (b"a 0\n<blk> 2", "left out"),
            (b"a 0\nb 99999999999\n", "too large"),
            (b"a 0\nb 1\n", "<blk>"),
        ] {
            let error = Vocabulary::parse(text, None).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        assert!(Vocabulary::parse(b"a 0", Some(1)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200), blank in proptest::option::of(0_usize..9)) {
            if let Ok(vocabulary) = Vocabulary::parse(&text, blank) {
                prop_assert!(vocabulary.blank() < vocabulary.len());
            }
        }
    }
}
