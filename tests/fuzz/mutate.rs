//! Mutants of a corpus: bytes flipped, put in, taken out, repeated, files crossed, numbers and words of ill repute.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;

/// Texts that readers stumble over.
const WORDS: [&str; 24] = [
    "NaN",
    "Infinity",
    "-inf",
    "1e999",
    "-1",
    "0",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "4294967296",
    "0.1e-400",
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "../../../../etc/passwd",
    "\u{1b}[2J\u{1b}]0;x\u{7}",
    "\\u0000\\u001b\\ud800",
    "\u{202e}\u{200b}e\u{301}数",
    "\n",
    "\r\n\u{0}",
];

/// Numbers that headers lie with.
const NUMBERS: [u32; 12] = [0, 1, 2, 3, 5, 28, 255, 4096, 4097, 1 << 30, i32::MAX as u32, u32::MAX];

/// One mutant of at most some kilobytes.
pub(crate) fn mutant(corpus: &[Vec<u8>], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = corpus[random.random_range(0..corpus.len())].clone();
    for _ in 0..=random.random_range(0..4) {
        alter(&mut bytes, corpus, random);
    }
    bytes.truncate(16 << 10);
    bytes
}

fn alter(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut ChaCha8Rng) {
    let at = random.random_range(0..=bytes.len());
    match random.random_range(0..11) {
        0 => bytes.truncate(at),
        1 => bytes.extend(std::iter::repeat_n(random.random::<u8>(), random.random_range(1..64))),
        2 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
        3 if at < bytes.len() => bytes[at] = random.random(),
        4 if at + 4 <= bytes.len() => {
            let number = NUMBERS[random.random_range(0..NUMBERS.len())];
            bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
        }
        5 => {
            let other = &corpus[random.random_range(0..corpus.len())];
            bytes.truncate(at);
            bytes.extend_from_slice(&other[random.random_range(0..=other.len())..]);
        }
        6 if at < bytes.len() => drop(bytes.drain(at..(at + random.random_range(1..16)).min(bytes.len()))),
        7 => bytes.insert(at, random.random()),
        8 | 9 => {
            let word = WORDS[random.random_range(0..WORDS.len())];
            replace_token(bytes, at, word, random.random());
        }
        10 if at < bytes.len() => {
            let end = (at + random.random_range(1..64)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let place = random.random_range(0..=bytes.len());
            bytes.splice(place..place, piece);
        }
        _ => {}
    }
}

/// Puts a word in, or in the place of the number or word that stands there.
fn replace_token(bytes: &mut Vec<u8>, at: usize, word: &str, whole: bool) {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-+".contains(byte);
    let (from, to) = if whole {
        let from = bytes[..at].iter().rposition(|byte| !is_part(byte)).map_or(0, |place| place + 1);
        (from, bytes[at..].iter().position(|byte| !is_part(byte)).map_or(bytes.len(), |place| at + place))
    } else {
        (at, at)
    };
    bytes.splice(from..to, word.bytes());
}
