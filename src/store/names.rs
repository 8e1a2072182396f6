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

/// Refuses what is not 64 hexadecimal digits in lower case.
pub(super) fn fit_hash(field: &'static str, hash: &str) -> Result<()> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if hash.len() == 64 && hash.bytes().all(is_digit) {
        Ok(())
    } else {
        Err(StoreError::Invalid { field, why: Unfit::Hash })
    }
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
