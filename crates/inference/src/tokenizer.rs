//! The byte-level BPE tokenizer that a GGUF carries in its metadata, and the chat format.
//!
//! Special tokens (types 3 and 4 of `tokenizer.ggml.token_type`) are cut out of a text first; what
//! is between them is split into single digits and words and merged by rank. Because the special
//! tokens are handled here and not inside the merger, a text can also be encoded with none of them
//! recognised: that is how the content of a chat message is, so that nobody can end his message and
//! speak as somebody else.

use crate::{commitment::update_with_length, gguf::Gguf, Result};
use sha2::{Digest, Sha256};
use tokenizers::{
    models::bpe::{Vocab, BPE},
    pre_tokenizers::{byte_level::ByteLevel, digits::Digits, sequence::Sequence},
    PreTokenizerWrapper, Tokenizer,
};

const DOMAIN: &[u8] = b"alun/gguf-tokenizer/1";
const MODEL: &str = "tokenizer.ggml.model";
const SPLIT: &str = "tokenizer.ggml.pre";
const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const MERGES: &str = "tokenizer.ggml.merges";
const END: &str = "tokenizer.ggml.eos_token_id";
const CHAT_TEMPLATE: &str = "tokenizer.chat_template";

const MESSAGE_START: &str = "<|im_start|>";
const MESSAGE_END: &str = "<|im_end|>";
const TEXT_END: &str = "<|endoftext|>";

/// What SmolLM2's own chat template puts first when a chat has no system message.
const DEFAULT_SYSTEM: &str = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";

/// A tokenizer built from a GGUF's metadata.
pub(crate) struct GgufTokenizer {
    merger: Tokenizer,
    /// The bytes of each token by id; none for special tokens, which are not part of a text.
    pieces: Vec<Box<[u8]>>,
    special: Vec<(String, u32)>,
    stop: Vec<u32>,
    sha256: [u8; 32],
}

impl GgufTokenizer {
    pub fn build(gguf: &Gguf) -> Result<Self> {
        let model = gguf.text(MODEL)?;
        if model != "gpt2" {
            return Err(gguf.malformed(format!("tokenizer {model:?} is not supported, only gpt2")));
        }
        let tokens = gguf.texts(TOKENS)?;
        let types = gguf.integers(TYPES)?;
        if types.len() != tokens.len() {
            return Err(gguf.malformed(format!("{TYPES} and {TOKENS} differ in length")));
        }
        let mut special = Vec::new();
        let mut pieces = Vec::with_capacity(tokens.len());
        for (id, (token, kind)) in (0u32..).zip(tokens.iter().zip(types)) {
            let is_special = matches!(kind, 3 | 4) && !token.is_empty();
            pieces.push(if is_special { Box::default() } else { piece(token) });
            if is_special {
                special.push(((*token).to_owned(), id));
            }
        }
        // Longest first, so that a token that begins another one does not win over it.
        special.sort_by_key(|(token, _)| std::cmp::Reverse(token.len()));
        let end = gguf.optional_u32(END)?;
        let named = special.iter().filter(|(token, _)| token == MESSAGE_END || token == TEXT_END);
        let mut stop: Vec<u32> = named.map(|(_, id)| *id).chain(end).collect();
        stop.sort_unstable();
        stop.dedup();
        Ok(Self { merger: merger(gguf, &tokens)?, pieces, special, stop, sha256: hash(gguf)? })
    }

    /// Hash of the metadata that makes up the tokenizer: sha256 of the ASCII text
    /// `alun/gguf-tokenizer/1`, then `tokenizer.ggml.model` and `.pre`; the number of tokens, and
    /// per token its text and its type; the number of merges, and each merge; the id of the end
    /// token (`ffffffff` for none) and the chat template (empty for none). Texts are preceded by
    /// their length in bytes; lengths, numbers, types and ids are little-endian u32.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// How many tokens there are.
    pub fn vocabulary(&self) -> usize {
        self.pieces.len()
    }

    /// True for the tokens that end an answer.
    pub fn is_stop(&self, token: u32) -> bool {
        self.stop.contains(&token)
    }

    /// Tokens of a text in which special tokens are recognised.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some((before, id, after)) = self.cut(rest) {
            self.encode_plain(before, &mut tokens)?;
            tokens.push(id);
            rest = after;
        }
        self.encode_plain(rest, &mut tokens)?;
        Ok(tokens)
    }

    /// The first special token in a text: what is before it, its id, what is after it.
    fn cut<'a>(&self, text: &'a str) -> Option<(&'a str, u32, &'a str)> {
        let found = self.special.iter().filter_map(|(token, id)| {
            let (before, after) = text.split_once(token.as_str())?;
            Some((before, *id, after))
        });
        // `min_by_key` keeps the first of equals, which is the longest token.
        found.min_by_key(|(before, _, _)| before.len())
    }

    /// Appends the tokens of a text in which nothing is special.
    fn encode_plain(&self, text: &str, tokens: &mut Vec<u32>) -> Result<()> {
        if !text.is_empty() {
            tokens.extend_from_slice(self.merger.encode_fast(text, false)?.get_ids());
        }
        Ok(())
    }

    /// The prompt of a chat as text, ready for the assistant's turn.
    pub fn chat_prompt<R: AsRef<str>, C: AsRef<str>>(&self, messages: &[(R, C)]) -> String {
        let mut prompt = String::new();
        for (role, content) in turns(messages) {
            for part in [MESSAGE_START, role, "\n", content, MESSAGE_END, "\n"] {
                prompt.push_str(part);
            }
        }
        prompt + MESSAGE_START + "assistant\n"
    }

    /// The tokens of [`GgufTokenizer::chat_prompt`], with special tokens inside roles and contents
    /// read as ordinary text.
    pub fn encode_chat<R: AsRef<str>, C: AsRef<str>>(
        &self,
        messages: &[(R, C)],
    ) -> Result<Vec<u32>> {
        let start = self.encode(MESSAGE_START)?;
        let end = self.encode(MESSAGE_END)?;
        let mut tokens = Vec::new();
        for (role, content) in turns(messages) {
            tokens.extend_from_slice(&start);
            self.encode_plain(&format!("{role}\n{content}"), &mut tokens)?;
            tokens.extend_from_slice(&end);
            self.encode_plain("\n", &mut tokens)?;
        }
        tokens.extend_from_slice(&start);
        self.encode_plain("assistant\n", &mut tokens)?;
        Ok(tokens)
    }

    /// The text of some tokens. Special tokens and ids outside the vocabulary add nothing; bytes
    /// that are no UTF-8 become U+FFFD.
    pub fn decode(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|token| self.piece(*token)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The bytes of a token.
    pub fn piece(&self, token: u32) -> &[u8] {
        self.pieces.get(token as usize).map_or(&[], |piece| piece)
    }
}

/// A chat's messages, with the default system message first if there is none.
fn turns<R: AsRef<str>, C: AsRef<str>>(messages: &[(R, C)]) -> impl Iterator<Item = (&str, &str)> {
    let has_system = messages.first().is_some_and(|(role, _)| role.as_ref() == "system");
    let default = (!has_system).then_some(("system", DEFAULT_SYSTEM));
    default
        .into_iter()
        .chain(messages.iter().map(|(role, content)| (role.as_ref(), content.as_ref())))
}

fn merger(gguf: &Gguf, tokens: &[&str]) -> Result<Tokenizer> {
    let vocabulary: Vocab = tokens.iter().map(|token| (*token).to_owned()).zip(0u32..).collect();
    let mut merges = Vec::new();
    for merge in gguf.texts(MERGES)? {
        let (left, right) = merge
            .split_once(' ')
            .ok_or_else(|| gguf.malformed(format!("{MERGES} holds {merge:?}, which is no pair")))?;
        merges.push((left.to_owned(), right.to_owned()));
    }
    let bpe = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .build()
        .map_err(|error| gguf.malformed(error))?;
    let words = ByteLevel::new(false, true, true);
    let split = match gguf.text(SPLIT)? {
        "smollm" => vec![Digits::new(true).into(), words.into()],
        "gpt-2" => vec![words.into()],
        other => {
            return Err(gguf
                .malformed(format!("{SPLIT} {other:?} is not supported, only smollm and gpt-2")));
        }
    };
    let mut tokenizer = Tokenizer::new(bpe);
    tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::Sequence(Sequence::new(split))));
    Ok(tokenizer)
}

fn hash(gguf: &Gguf) -> Result<[u8; 32]> {
    let number = |hash: &mut Sha256, value: u32| hash.update(value.to_le_bytes());
    let tokens = gguf.texts(TOKENS)?;
    let merges = gguf.texts(MERGES)?;
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    update_with_length(&mut hash, gguf.text(MODEL)?.as_bytes());
    update_with_length(&mut hash, gguf.text(SPLIT)?.as_bytes());
    number(&mut hash, tokens.len() as u32);
    for (token, kind) in tokens.iter().zip(gguf.integers(TYPES)?) {
        update_with_length(&mut hash, token.as_bytes());
        number(&mut hash, kind as u32);
    }
    number(&mut hash, merges.len() as u32);
    for merge in merges {
        update_with_length(&mut hash, merge.as_bytes());
    }
    number(&mut hash, gguf.optional_u32(END)?.unwrap_or(u32::MAX));
    update_with_length(&mut hash, gguf.optional_text(CHAT_TEMPLATE)?.unwrap_or("").as_bytes());
    Ok(hash.finalize().into())
}

/// The bytes a token's text stands for. Byte-level BPE writes printable bytes as themselves (as
/// Latin-1 characters) and the others as the characters from U+0100 on, in order.
fn piece(token: &str) -> Box<[u8]> {
    let mut bytes = Vec::with_capacity(token.len());
    for character in token.chars() {
        match byte_of(character) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes.into_boxed_slice()
}

fn byte_of(character: char) -> Option<u8> {
    let is_printable = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    match u32::from(character).checked_sub(0x100) {
        None => u8::try_from(u32::from(character)).ok().filter(is_printable),
        Some(rank) => (0..=255u8).filter(|byte| !is_printable(byte)).nth(rank as usize),
    }
}

/// Turns tokens that arrive one by one into text that grows by whole characters.
#[derive(Debug, Default)]
pub(crate) struct TextStream {
    pending: Vec<u8>,
}

impl TextStream {
    /// The characters that `piece` completes.
    pub fn push(&mut self, piece: &[u8]) -> String {
        self.pending.extend_from_slice(piece);
        let mut text = String::new();
        loop {
            let (valid, broken) = match std::str::from_utf8(&self.pending) {
                Ok(all) => {
                    text.push_str(all);
                    self.pending.clear();
                    return text;
                }
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            let rest = self.pending.split_off(valid);
            text.push_str(&String::from_utf8_lossy(&self.pending));
            self.pending = rest;
            // Without a length the bytes are the beginning of a character: wait for the others.
            let Some(length) = broken else { return text };
            text.push(char::REPLACEMENT_CHARACTER);
            self.pending.drain(..length);
        }
    }

    /// What is left at the end: a character that was never completed.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_should_be_read_back_when_not_printable() {
        assert_eq!(*piece("Ġthe"), *b" the");
        assert_eq!(*piece("Ċ"), *b"\n");
        assert_eq!(*piece("Ã©"), *"é".as_bytes());
        let all: Vec<u8> = (0..=255).collect();
        let mut found: Vec<u8> = ('\u{0}'..'\u{200}').filter_map(byte_of).collect();
        found.sort_unstable();
        assert_eq!(found, all);
    }

    #[test]
    fn stream_should_hold_back_a_character_when_it_is_incomplete() {
        let mut stream = TextStream::default();
        let euro = "€".as_bytes();
        assert_eq!(stream.push(&[b'a', euro[0]]), "a");
        assert_eq!(stream.push(&[euro[1]]), "");
        assert_eq!(stream.push(&[euro[2], b'b']), "€b");
        assert_eq!(stream.finish(), "");
    }

    #[test]
    fn stream_should_equal_the_whole_when_bytes_are_broken() {
        let bytes = b"a\xff\xe2\x82b\xf0\x9f\x98\x80\xe2\x82";
        let mut stream = TextStream::default();
        let mut text: String = bytes.iter().map(|byte| stream.push(&[*byte])).collect();
        text.push_str(&stream.finish());
        assert_eq!(text, String::from_utf8_lossy(bytes));
    }
}
