//! Names, ids and hashes that both databases can keep.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{MOST_NAME_BYTES, Result, StoreError, Unfit};

/// Refuses a name that is empty, longer than [`MOST_NAME_BYTES`] or holds U+0000.
pub(super) fn fit(field: &'static str, name: &str) -> Result<()> {
    let why = if name.is_empty() {
        Unfit::Empty
    } else if name.len() > MOST_NAME_BYTES {
        Unfit::TooLong
    } else if name.contains('\0') {
        Unfit::NullCharacter
    } else {
        return Ok(());
    };
    Err(StoreError::Invalid { field, why })
}

/// Refuses a text that is blank or holds U+0000.
pub(super) fn fit_text(field: &'static str, text: &str) -> Result<()> {
    let why = if text.trim().is_empty() {
        Unfit::Empty
    } else if text.contains('\0') {
        Unfit::NullCharacter
    } else {
        return Ok(());
    };
    Err(StoreError::Invalid { field, why })
}

/// Refuses what is not 64 hexadecimal digits in lower case.
pub(super) fn fit_hash(field: &'static str, hash: &str) -> Result<()> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if hash.len() == 64 && hash.bytes().all(is_digit) {
        Ok(())
    } else {
        Err(StoreError::Invalid { field, why: Unfit::Hash })
    }
}

/// The pattern of texts that contain a text, whatever the case of its letters, for `LIKE … ESCAPE '\'`.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// Lower-case hexadecimal digits of bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// SHA-256 of bytes, hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of parts, each preceded by its length, so that no two lists of parts are one text; hexadecimal.
pub(super) fn sha256_of_parts(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize())
}

/// Number of bytes as the databases keep it.
pub(super) fn size(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

/// Bytes as digits and letters without those that look alike (Crockford), five bits each.
pub(super) fn letters(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0_u32);
    let letter = |five: u32| ALPHABET.get((five & 31) as usize).map_or('0', |byte| char::from(*byte));
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(held >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(held << (5 - bits)));
    }
    text
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(bytes)
}

/// Whether two hashes are the same, found out without an early end.
pub(super) fn is_equal(one: &str, other: &str) -> bool {
    let difference = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_keep_every_bit() {
        assert_eq!(letters(&[0xff; 5]), "zzzzzzzz");
        assert_eq!(letters(&[0, 0, 0, 0, 1]), "00000001");
        assert_eq!(letters(&[0; 32]).len(), 52);
        assert_eq!(letters(&[0x80]), "g0");
        let mut seen = std::collections::BTreeSet::new();
        assert!((0..=u16::MAX).all(|number| seen.insert(letters(&number.to_be_bytes()))));
    }
}
