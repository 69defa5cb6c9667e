//! Waking whoever waits for something once it has taken too long, on any runtime and on none.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// One thread that wakes tasks at moments they have named. It runs only while somebody waits.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    state: Mutex<State>,
    changed: Condvar,
}

/// When it rings, and which of those that ring then it is.
type Key = (Instant, u64);

#[derive(Debug, Default)]
struct State {
    due: BTreeMap<Key, Waker>,
    rung: u64,
    running: bool,
}

/// One who waits; nobody is woken once it is dropped.
#[derive(Debug)]
pub(super) struct Alarm<'a> {
    alarms: &'a Arc<Alarms>,
    key: Option<Key>,
}

impl Alarms {
    /// An alarm that is not set yet.
    pub(super) const fn alarm<'a>(self: &'a Arc<Self>) -> Alarm<'a> {
        Alarm { alarms: self, key: None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self) {
        let mut state = self.state();
        loop {
            let now = Instant::now();
            let later = state.due.split_off(&(now, u64::MAX));
            for (_, waker) in std::mem::replace(&mut state.due, later) {
                waker.wake();
            }
            let Some(((next, _), _)) = state.due.first_key_value() else {
                state.running = false;
                return;
            };
            let left = next.saturating_duration_since(now);
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Alarm<'_> {
    /// Has the task woken after so long, unless it is dropped or set anew before. A system without a thread to spare
    /// does not wake it: the task then goes on when what it waits for is there.
    pub(super) fn set(&mut self, after: Duration, waker: &Waker) {
        // A moment too far away to be named needs no alarm.
        let Some(at) = Instant::now().checked_add(after) else { return };
        let mut state = self.alarms.state();
        self.key.take().map(|key| state.due.remove(&key));
        state.rung = state.rung.wrapping_add(1);
        let key = (at, state.rung);
        state.due.insert(key, waker.clone());
        self.key = Some(key);
        if state.running {
            self.alarms.changed.notify_one();
            return;
        }
        let alarms = Arc::clone(self.alarms);
        let thread = std::thread::Builder::new().name("crmkit-alarm".into()).spawn(move || alarms.ring());
        state.running = thread.is_ok();
    }
}

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.alarms.state().due.remove(&key);
            self.alarms.changed.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_wakes_in_turn_and_ends_when_nobody_waits() {
        let alarms = Arc::new(Alarms::default());
        let (far, near) = (Duration::from_secs(3_600), Duration::from_millis(1));
        let mut forgotten = alarms.alarm();
        forgotten.set(far, Waker::noop());
        pollster::block_on(async {
            let mut alarm = alarms.alarm();
            let begun = Instant::now();
            std::future::poll_fn(|context| {
                if begun.elapsed() >= near {
                    return std::task::Poll::Ready(());
                }
                alarm.set(near, context.waker());
                std::task::Poll::Pending
            })
            .await;
        });
        assert_eq!(alarms.state().due.len(), 1);
        drop(forgotten);
        while alarms.state().running {
            std::thread::yield_now();
        }
    }
}
