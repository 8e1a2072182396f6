//! Answers kept by what was asked: the same question is not solved twice while it is remembered.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::dataset::hex;
use crate::document::ENGINE;

/// What was asked, as a hash.
pub type Key = [u8; 32];

/// The key of a question: engine and parts, each with its length, so that no two lists of parts look the same.
pub fn key_of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Key {
    let mut hash = Sha256::new();
    for part in std::iter::once(ENGINE.as_bytes()).chain(parts) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Bytes as lower-case hexadecimal text.
pub fn hexadecimal(bytes: &[u8]) -> String {
    hex(bytes)
}

/// Values by key, the least recently used dropped beyond a number and a weight in bytes.
#[derive(Debug)]
pub struct Answers<T> {
    kept: Mutex<Kept<T>>,
    most: u64,
}

#[derive(Debug)]
struct Kept<T> {
    values: LruCache<Key, (Arc<T>, u64)>,
    weight: u64,
    hits: u64,
    misses: u64,
}

impl<T> Answers<T> {
    /// Keeps so many values of so many bytes together.
    pub fn new(count: usize, bytes: u64) -> Self {
        let values = LruCache::new(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN));
        Self { kept: Mutex::new(Kept { values, weight: 0, hits: 0, misses: 0 }), most: bytes }
    }

    /// The value of a key.
    pub fn get(&self, key: &Key) -> Option<Arc<T>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.values.get(key).map(|(value, _)| Arc::clone(value));
        if found.is_some() {
            kept.hits += 1
        } else {
            kept.misses += 1
        }
        found
    }

    /// Keeps a value of so many bytes.
    pub fn put(&self, key: Key, value: Arc<T>, bytes: u64) {
        if bytes > self.most {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, (_, weight))) = kept.values.push(key, (value, bytes)) {
            kept.weight = kept.weight.saturating_sub(weight);
        }
        kept.weight += bytes;
        while kept.weight > self.most
            && let Some((_, (_, weight))) = kept.values.pop_lru()
        {
            kept.weight = kept.weight.saturating_sub(weight);
        }
    }

    /// Times a key was found, and times it was not.
    pub fn hits(&self) -> (u64, u64) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.hits, kept.misses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let answers: Answers<u8> = Answers::new(10, 100);
        let key = |n: u8| key_of([[n].as_slice()]);
        for n in 0..3 {
            answers.put(key(n), Arc::new(n), 40);
            assert!(answers.get(&key(0)).is_some());
        }
        assert!(answers.get(&key(1)).is_none() && answers.get(&key(2)).is_some());
        answers.put(key(9), Arc::new(9), 101);
        assert!(answers.get(&key(9)).is_none());
        // A value put again counts once.
        for _ in 0..5 {
            answers.put(key(0), Arc::new(0), 40);
        }
        assert!(answers.get(&key(2)).is_some());
    }

    #[test]
    fn keys_tell_parts_apart() {
        assert_ne!(key_of([b"ab".as_slice(), b"c"]), key_of([b"a".as_slice(), b"bc"]));
    }
}
