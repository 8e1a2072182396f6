//! Work that takes long: a bounded queue, workers with compiled models kept warm, limits and cancellation.
//!
//! Nothing here knows HTTP. A task runs on a thread of its own kind of work, never on the thread that asks for it.

mod answers;
mod models;
mod pool;
mod ticket;
mod what_if;

pub use answers::{Answers, Key, hexadecimal, key_of};
pub use models::{Base, Models};
pub use pool::{Full, Load, Pool, PoolSize};
pub use ticket::{End, Progress, Ticket};
pub use what_if::{Answer, Asked, Outcome, amounts, solved, what_if};
