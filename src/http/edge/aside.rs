//! Work of more than some milliseconds, done beside the threads that read and answer requests.

use actix_web::web;
use tokio::sync::Semaphore;

use crate::http::edge::problem::{self, Problem};

/// Bytes of text that are read in about a millisecond, where they stand.
pub(super) const AT_ONCE: usize = 32 << 10;
/// How much of it is done at the same time: what a text becomes takes many times its room.
static READERS: Semaphore = Semaphore::const_new(2);

/// Does work on a text of so many bytes: at once where it is short, else on another thread.
///
/// # Errors
/// What the work says.
pub async fn aside<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if bytes <= AT_ONCE {
        return work();
    }
    let internal = || Problem::new(problem::INTERNAL);
    let _turn = READERS.acquire().await.map_err(|_| internal())?;
    // A panic of the work, whose words have gone to standard error.
    web::block(work).await.map_err(|_| internal())?
}
