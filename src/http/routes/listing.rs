//! Lists of which some items come from the library and the others from the store.

use serde::Serialize;

use crate::http::answers::{List, Paging};
use crate::http::edge::problem::{self, Problem};
use crate::http::failures::of_store;
use crate::phrases::Phrase;
use crate::store::{Page, PageRequest, StoreError, Unfit};

/// Items of a list that is not long enough to be asked for otherwise.
const USUAL: u32 = 50;

/// A page of the store.
///
/// # Errors
/// 400 for a limit out of range.
pub fn page(paging: &Paging) -> Result<PageRequest, Problem> {
    let limit = limit(paging)?;
    Ok(PageRequest { cursor: paging.cursor.clone(), limit })
}

fn limit(paging: &Paging) -> Result<u32, Problem> {
    let limit = paging.limit.unwrap_or(USUAL);
    if (1..=crate::store::MOST_ITEMS).contains(&limit) {
        return Ok(limit);
    }
    let words = Phrase::new("service.limit").with("most", crate::store::MOST_ITEMS.to_string());
    Err(Problem::new(problem::BAD_QUERY).detail(words).parameter("limit"))
}

/// A list of the store as a document.
pub fn list<T, D: Serialize>(page: Page<T>, document: impl Fn(T) -> D) -> List<D> {
    List { items: page.items.into_iter().map(document).collect(), next: page.next }
}

/// Which part of a joined list: the library from an item on, then the store from a cursor on.
enum From {
    Library(usize),
    Store(Option<String>),
}

fn from(cursor: Option<&str>) -> Result<From, Problem> {
    let Some(cursor) = cursor else { return Ok(From::Library(0)) };
    let wrong = || of_store(StoreError::Invalid { field: "cursor", why: Unfit::Cursor });
    match cursor.split_once('.') {
        Some(("l", at)) => at.parse().map(From::Library).map_err(|_| wrong()),
        Some(("s", "")) => Ok(From::Store(None)),
        Some(("s", rest)) => Ok(From::Store(Some(rest.to_owned()))),
        _ => Err(wrong()),
    }
}

/// A page over the items of the library, then those of the store; `ask` asks the store.
///
/// # Errors
/// A cursor that is none, a limit out of range, or what the store says.
pub async fn joined<D, F>(library: Vec<D>, paging: &Paging, ask: F) -> Result<List<D>, Problem>
where
    F: AsyncFnOnce(PageRequest) -> Result<List<D>, Problem>,
{
    let limit = limit(paging)?;
    let count = library.len();
    let (mut items, cursor) = match from(paging.cursor.as_deref())? {
        From::Library(at) => {
            let items: Vec<D> = library.into_iter().skip(at).take(limit as usize).collect();
            let end = at.saturating_add(items.len());
            if end < count {
                return Ok(List { items, next: Some(format!("l.{end}")) });
            }
            (items, None)
        }
        From::Store(cursor) => (Vec::new(), cursor),
    };
    let room = limit.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
    if room == 0 {
        return Ok(List { items, next: Some("s.".to_owned()) });
    }
    let rest = ask(PageRequest { cursor, limit: room }).await?;
    items.extend(rest.items);
    Ok(List { items, next: rest.next.map(|next| format!("s.{next}")) })
}
