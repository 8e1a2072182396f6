//! What the edge asks the engine behind it.

use async_trait::async_trait;

/// Figures of the engine as they are now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// Jobs that wait.
    pub queued: usize,
    /// Jobs that a worker is at.
    pub running: usize,
    /// Seconds that workers spent on jobs so far.
    pub solver_seconds: f64,
    /// Questions that the store failed to answer so far.
    pub store_errors: u64,
    /// Jobs ended so far, by outcome: a fixed set of words.
    pub outcomes: Vec<(&'static str, u64)>,
}

/// The engine as the edge sees it.
#[async_trait]
pub trait Vitals: Send + Sync {
    /// Its figures; must not wait for anything.
    fn figures(&self) -> Figures;

    /// Parts that must work for the service to be of use, such as `("store", true)`.
    async fn parts(&self) -> Vec<(&'static str, bool)>;

    /// Takes no new work, lets short work finish and marks long work as interrupted; called once, at the beginning of the end.
    async fn retire(&self);
}
