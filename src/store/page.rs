//! Lists in pages: a cursor says where the next page begins.

use super::names::hex;
use super::{Result, StoreError, Unfit};

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// `next` of the page before; `None` for the first page.
    pub cursor: Option<String>,
    /// Most items, 1 to [`MOST_ITEMS`]; 0 means the default of 50.
    pub limit: u32,
}

/// Most items of a page.
pub const MOST_ITEMS: u32 = 500;

/// One page of a list. What is put in while somebody pages neither shifts the later pages nor is given twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Cursor of the next page; `None` on the last.
    pub next: Option<String>,
}

/// Items of a page where the caller leaves it open.
const USUAL_ITEMS: u32 = 50;

impl PageRequest {
    /// Number of items asked for.
    fn items(&self) -> usize {
        let items = if self.limit == 0 { USUAL_ITEMS } else { self.limit.min(MOST_ITEMS) };
        items as usize
    }

    /// One row more than the page has, to know whether another page follows.
    pub(super) fn rows(&self) -> i64 {
        i64::try_from(self.items()).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// Everything below this number belongs to the page, of a list by descending numbers.
    pub(super) fn below(&self, list: &'static str) -> Result<i64> {
        let Some(rest) = self.rest(list)? else { return Ok(i64::MAX) };
        i64::from_str_radix(rest, 16).map_err(|_| NOT_A_CURSOR)
    }

    /// Everything after this name belongs to the page, of a list by ascending names.
    pub(super) fn after(&self, list: &'static str) -> Result<String> {
        let Some(rest) = self.rest(list)? else { return Ok(String::new()) };
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = rest.as_bytes().chunks(2).map(byte).collect();
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(NOT_A_CURSOR)
    }

    fn rest(&self, list: &'static str) -> Result<Option<&str>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let rest = cursor.strip_prefix(list).and_then(|rest| rest.strip_prefix('-'));
        match rest {
            Some(rest) if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Some(rest)),
            _ => Err(NOT_A_CURSOR),
        }
    }

    /// The page of at most one row too many, each with its number.
    pub(super) fn by_number<T>(&self, list: &'static str, rows: Vec<(i64, T)>) -> Page<T> {
        self.cut(rows, |number| format!("{list}-{number:x}"))
    }

    /// The page of at most one row too many, each with its name.
    pub(super) fn by_name<T>(&self, list: &'static str, rows: Vec<(String, T)>) -> Page<T> {
        self.cut(rows, |name| format!("{list}-{}", hex(name.as_bytes())))
    }

    fn cut<K, T>(&self, mut rows: Vec<(K, T)>, cursor: impl Fn(&K) -> String) -> Page<T> {
        let has_more = rows.len() > self.items();
        rows.truncate(self.items());
        let next = rows.last().filter(|_| has_more).map(|(key, _)| cursor(key));
        Page { items: rows.into_iter().map(|(_, item)| item).collect(), next }
    }
}

const NOT_A_CURSOR: StoreError = StoreError::Invalid { field: "cursor", why: Unfit::Cursor };
