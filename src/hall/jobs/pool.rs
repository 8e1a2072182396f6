//! Threads that do one kind of work from a bounded queue, and a watchdog that ends what takes too long.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use crate::jobs::ticket::{End, Ticket};

/// How often the watchdog looks.
const LOOK: Duration = Duration::from_millis(20);
/// Stack of a worker: models nest, HiGHS recurses.
const STACK: usize = 16 << 20;

/// Size of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSize {
    /// Threads, at least one.
    pub workers: usize,
    /// Most tasks that wait.
    pub queue: usize,
}

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Tasks that wait.
    pub waiting: usize,
    /// Tasks at work.
    pub running: usize,
    /// Threads.
    pub workers: usize,
    /// Most tasks that wait.
    pub queue: usize,
}

/// The queue is full, or the pool is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue is full")]
pub struct Full {
    /// Seconds after which asking again makes sense.
    pub retry_after: u64,
}

type Work = Box<dyn FnOnce(&Arc<Ticket>) + Send>;

struct Task {
    ticket: Arc<Ticket>,
    work: Work,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Task>,
    running: Vec<Option<Arc<Ticket>>>,
    /// Mean length of recent work in seconds.
    pace: f64,
    /// Seconds of all work so far, and how much of it has ended.
    seconds: f64,
    finished: u64,
    closed: bool,
}

struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Worker threads and their queue. Dropping it ends all work.
pub struct Pool {
    shared: Arc<Shared>,
    size: PoolSize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("load", &self.load()).finish()
    }
}

impl Pool {
    /// Starts the threads; `name` is theirs.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(name: &str, size: PoolSize) -> std::io::Result<Self> {
        let size = PoolSize { workers: size.workers.max(1), queue: size.queue };
        let state = State { running: vec![None; size.workers], ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), arrived: Condvar::new() });
        let mut threads = Vec::new();
        for number in 0..size.workers {
            let shared = Arc::clone(&shared);
            let thread = Builder::new().name(format!("{name}-{number}")).stack_size(STACK);
            threads.push(thread.spawn(move || work(&shared, number))?);
        }
        let watched = Arc::clone(&shared);
        threads.push(Builder::new().name(format!("{name}-watch")).spawn(move || watch(&watched))?);
        Ok(Self { shared, size, threads: Mutex::new(threads) })
    }

    /// Puts work in the queue. Work that was ended while it waited is handed its ticket all the same, and must look at it.
    ///
    /// # Errors
    /// The queue is full.
    pub fn submit(&self, ticket: Arc<Ticket>, work: impl FnOnce(&Arc<Ticket>) + Send + 'static) -> Result<(), Full> {
        let mut state = self.shared.lock();
        let idle = state.running.iter().filter(|slot| slot.is_none()).count();
        if state.closed || state.waiting.len() >= self.size.queue.saturating_add(idle) {
            let rounds = state.waiting.len().div_ceil(self.size.workers);
            let seconds = (state.pace * rounds as f64).ceil().clamp(1.0, 60.0);
            return Err(Full { retry_after: seconds as u64 });
        }
        state.waiting.push_back(Task { ticket, work: Box::new(work) });
        drop(state);
        self.shared.arrived.notify_one();
        Ok(())
    }

    /// How busy the pool is.
    pub fn load(&self) -> Load {
        let state = self.shared.lock();
        Load {
            waiting: state.waiting.len(),
            running: state.running.iter().flatten().count(),
            workers: self.size.workers,
            queue: self.size.queue,
        }
    }

    /// Seconds that the threads have worked so far.
    pub fn seconds(&self) -> f64 {
        self.shared.lock().seconds
    }

    /// Tasks ended so far.
    pub fn finished(&self) -> u64 {
        self.shared.lock().finished
    }

    /// Ends all work and waits for the threads.
    pub fn close(&self) {
        let dropped = {
            let mut state = self.shared.lock();
            state.closed = true;
            state.running.iter().flatten().for_each(|ticket| ticket.end(End::Shutdown));
            std::mem::take(&mut state.waiting)
        };
        self.shared.arrived.notify_all();
        for task in dropped {
            // Who waits for it is told.
            task.ticket.end(End::Shutdown);
            (task.work)(&task.ticket);
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

fn work(shared: &Shared, number: usize) {
    while let Some(task) = next(shared, number) {
        let begin = Instant::now();
        let Task { ticket, work } = task;
        ticket.start();
        // A defect in one task must not take the worker with it; who asked sees the sender dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| work(&ticket)));
        let mut state = shared.lock();
        if let Some(slot) = state.running.get_mut(number) {
            *slot = None;
        }
        let seconds = begin.elapsed().as_secs_f64();
        state.pace = 0.8 * state.pace + 0.2 * seconds;
        state.seconds += seconds;
        state.finished += 1;
    }
}

fn next(shared: &Shared, number: usize) -> Option<Task> {
    let mut state = shared.lock();
    loop {
        if state.closed {
            return None;
        }
        if let Some(task) = state.waiting.pop_front() {
            if let Some(slot) = state.running.get_mut(number) {
                *slot = Some(Arc::clone(&task.ticket));
            }
            return Some(task);
        }
        state = shared.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
}

fn watch(shared: &Shared) {
    loop {
        {
            let state = shared.lock();
            if state.closed {
                return;
            }
            let now = Instant::now();
            state.running.iter().flatten().for_each(|ticket| ticket.check(now));
        }
        std::thread::sleep(LOOK);
    }
}
