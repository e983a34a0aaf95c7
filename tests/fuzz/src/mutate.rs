//! Mutation by chance, always the same for the same seed.

/// Texts that parsers tend to trip over.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"-1",
    b"0",
    b"1e3",
    b"9223372036854775808",
    b"\\u0000",
    b"\\ud800",
    b"\xc3\x28",
    b"\xef\xbb\xbf",
    b"\n\n",
    b"\r\n",
    "\u{2014} ".as_bytes(),
    b"=",
    b"==",
    b"-----BEGIN ",
    b"\x30\x80",
    b"\x30\x84\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
];

/// A small generator (xorshift64*), good enough to pick places.
pub struct Chance(u64);

impl Chance {
    /// The generator that starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).unwrap() % limit
    }

    /// `input` after one to four changes; `other` lends bytes.
    pub fn mutate(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, other);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let place = self.below(bytes.len() + 1);
        let end = place + self.below((bytes.len() - place).min(64) + 1);
        match self.below(7) {
            0 if place < bytes.len() => bytes[place] ^= 1 << self.below(8),
            1 if place < bytes.len() => bytes[place] = u8::try_from(self.below(256)).unwrap(),
            2 => drop(bytes.drain(place..end)),
            3 => {
                let again = bytes[place..end].to_vec();
                bytes.splice(place..place, again);
            }
            4 => {
                let token = TOKENS[self.below(TOKENS.len())];
                bytes.splice(place..end, token.iter().copied());
            }
            5 if !other.is_empty() => {
                let from = self.below(other.len());
                let until = from + self.below((other.len() - from).min(64) + 1);
                bytes.splice(place..end, other[from..until].iter().copied());
            }
            _ => bytes.truncate(place),
        }
    }
}
