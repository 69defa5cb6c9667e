//! Loads under way: one for each missing key however many ask, and none that outlives an invalidation.
//!
//! Nothing here waits or reads a store, so a schedule explorer can try every order of events; see
//! `tests/dictionary_race.rs`, which compiles this file with another lock.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::PoisonError;

use futures_channel::oneshot::{Receiver, Sender, channel};

use super::sync::Mutex;

/// The loads under way.
#[derive(Debug)]
pub(crate) struct Flights<K, V> {
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    /// Tells a load from every other, also from a later one of the same key.
    generation: u64,
    loads: HashMap<K, Load<V>>,
}

#[derive(Debug)]
struct Load<V> {
    generation: u64,
    waiting: Vec<Sender<V>>,
}

/// What somebody who asks for a key has to do.
#[derive(Debug)]
pub(crate) enum Turn<'a, K: Eq + Hash, V> {
    /// Nothing: the value has just come in.
    Known(V),
    /// Wait for the one who loads; if that comes to nothing, ask again.
    Wait(Receiver<V>),
    /// Load it.
    Load(Boarding<'a, K, V>),
}

/// The right and duty to load a key. Dropped without landing, those who wait ask again.
#[derive(Debug)]
pub(crate) struct Boarding<'a, K: Eq + Hash, V> {
    flights: &'a Flights<K, V>,
    key: Option<K>,
    generation: u64,
}

impl<K: Eq + Hash, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { state: Mutex::new(State { generation: 0, loads: HashMap::new() }) }
    }
}

impl<K: Eq + Hash + Clone, V: Clone> Flights<K, V> {
    /// Joins the load of a key, or begins it. `cached` looks once more: what was missing may have come in meanwhile.
    pub(crate) fn join(&self, key: K, cached: impl FnOnce() -> Option<V>) -> Turn<'_, K, V> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(load) = state.loads.get_mut(&key) {
            let (sender, receiver) = channel();
            load.waiting.push(sender);
            return Turn::Wait(receiver);
        }
        if let Some(value) = cached() {
            return Turn::Known(value);
        }
        state.generation += 1;
        let generation = state.generation;
        state.loads.insert(key.clone(), Load { generation, waiting: Vec::new() });
        Turn::Load(Boarding { flights: self, key: Some(key), generation })
    }

    /// Drops what is cached, and every load under way that `concerns`: what it brings is no longer put into the cache.
    pub(crate) fn invalidate(&self, concerns: impl Fn(&K) -> bool, drop_cached: impl FnOnce()) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.loads.retain(|key, _| !concerns(key));
        drop_cached();
    }
}

impl<K: Eq + Hash, V: Clone> Boarding<'_, K, V> {
    /// Hands the value to those who wait and, unless the key was invalidated meanwhile, to the cache.
    pub(crate) fn land(mut self, value: &V, put: impl FnOnce()) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.flights.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.loads.get(&key).is_none_or(|load| load.generation != self.generation) {
            return;
        }
        put();
        let waiting = state.loads.remove(&key).map(|load| load.waiting).unwrap_or_default();
        drop(state);
        for sender in waiting {
            // Who no longer waits does not need it.
            let _ = sender.send(value.clone());
        }
    }
}

impl<K: Eq + Hash, V> Drop for Boarding<'_, K, V> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.flights.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.loads.get(&key).is_some_and(|load| load.generation == self.generation) {
            state.loads.remove(&key);
        }
    }
}
