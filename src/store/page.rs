//! Lists in pages: a cursor says where the next page begins.

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
