//! Work on numbered tasks by several threads, taken up and handed over in the order of their numbers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};

/// How far the fastest thread may be ahead of what has been handed over, for each thread.
const AHEAD: u64 = 64;

/// Which task is next, and how many have been handed over.
struct Gate<'a> {
    state: Mutex<State>,
    moved: Condvar,
    stop: &'a AtomicBool,
    ahead: u64,
}

struct State {
    next: u64,
    handed: u64,
    end: u64,
    closed: bool,
}

impl Gate<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; waits while it would be too far ahead.
    fn take(&self) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if state.closed || state.next >= state.end || self.stop.load(Ordering::Relaxed) {
                return None;
            }
            if state.next < state.handed + self.ahead {
                state.next += 1;
                return Some(state.next - 1);
            }
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn handed(&self, number: u64) {
        self.lock().handed = number + 1;
        self.moved.notify_all();
    }

    fn close(&self) {
        self.lock().closed = true;
        self.moved.notify_all();
    }
}

/// Closes the gate where its thread ends badly, so that nobody waits for it.
struct Guard<'g, 'a>(&'g Gate<'a>);

impl Drop for Guard<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

/// Does the tasks of a range by `threads` threads, each with a worker of its own, and hands every result to `sink` in order.
///
/// Ends early where `stop` becomes true or `sink` returns false; what was handed over is then still without gaps. Memory
/// holds a bounded number of results. Returns the number of the first task that was not handed over.
pub fn in_order<W, R: Send>(
    range: Range<u64>,
    threads: usize,
    stop: &AtomicBool,
    worker: &(dyn Fn() -> W + Sync),
    task: &(dyn Fn(&mut W, u64) -> R + Sync),
    sink: &mut dyn FnMut(u64, R) -> bool,
) -> u64 {
    let threads = threads.max(1);
    let state = State { next: range.start, handed: range.start, end: range.end, closed: false };
    let ahead = AHEAD * threads as u64;
    let gate = Gate { state: Mutex::new(state), moved: Condvar::new(), stop, ahead };
    let mut expected = range.start;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for _ in 0..threads {
            let (sender, gate) = (sender.clone(), &gate);
            scope.spawn(move || {
                let _guard = Guard(gate);
                let mut worker = worker();
                while let Some(number) = gate.take() {
                    let result = task(&mut worker, number);
                    if sender.send((number, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        for (number, result) in receiver {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&expected) {
                if !sink(expected, result) {
                    gate.close();
                    return;
                }
                gate.handed(expected);
                expected += 1;
            }
        }
    });
    expected
}

/// A flag that nobody raises.
pub fn stopped() -> AtomicBool {
    AtomicBool::new(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let end = in_order(5..2005, threads, &stopped(), &|| (), &|(), k| k * k, &mut |k, square| {
                seen.push((k, square));
                true
            });
            assert_eq!(end, 2005);
            assert_eq!(seen, (5..2005).map(|k| (k, k * k)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_sink_or_a_flag_ends_it_without_gaps() {
        let mut seen = Vec::new();
        let end = in_order(0..100_000, 3, &stopped(), &|| (), &|(), k| k, &mut |k, _| {
            seen.push(k);
            k < 10
        });
        assert_eq!((end, seen), (10, (0..=10).collect::<Vec<_>>()));
        let stop = stopped();
        let mut count = 0;
        let end = in_order(0..1_000_000, 2, &stop, &|| (), &|(), k| k, &mut |_, _| {
            count += 1;
            stop.fetch_or(count == 100, Ordering::Relaxed);
            true
        });
        assert_eq!(end, count);
        assert!(end < 1_000_000);
    }
}
