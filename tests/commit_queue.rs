//! Every order in which sets can come to the writer of SQLite, be taken together, fail, be given up and be closed out:
//! what is acknowledged is in, everybody is answered, and nobody waits for ever. The file under test is compiled here with
//! the explorer's locks; the explorer itself finds who waits for what never comes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

/// The explorer's locks in place of the machine's.
mod sync {
    pub(super) use shuttle::sync::{Condvar, Mutex, MutexGuard};
}

#[path = "../src/storage/sqlite/queue.rs"]
mod queue;

use std::task::{Context, Waker};

use futures_channel::oneshot;
use queue::{Committer, Job, Lost, Queue};
use shuttle::future::block_on;
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

const SCHEDULES: usize = 4_000;

/// What becomes of a set when it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Good,
    /// It is refused, and those with it go on.
    Refused,
    /// It takes the transaction with it, whoever else is in.
    Breaks,
}

type Set = (u32, Fate);
type Answer = Result<u32, &'static str>;

/// A store that keeps a list of what was committed.
#[derive(Default)]
struct Store {
    kept: Mutex<Vec<u32>>,
    /// How many transactions can't begin.
    locked: Mutex<u32>,
    /// A transaction that is lost leaves behind what was in it before: a fault, to see that it would be found.
    keeps_what_is_lost: bool,
}

impl Committer for Store {
    type Set = Set;
    type Answer = Answer;
    type Fault = &'static str;

    fn weight(_: &Set) -> usize {
        // Two at most go together.
        5_000
    }

    fn together(&self, jobs: &[Job<Set, Answer>]) -> Result<Vec<Answer>, Lost<&'static str>> {
        {
            let mut locked = self.locked.lock().unwrap();
            if *locked > 0 {
                *locked -= 1;
                return Err(Lost::Begin("locked"));
            }
        }
        let (mut begun, mut answers) = (Vec::new(), Vec::new());
        for job in jobs {
            thread::yield_now();
            match job.set.1 {
                Fate::Good => {
                    begun.push(job.set.0);
                    answers.push(Ok(job.set.0));
                }
                Fate::Refused => answers.push(Err("refused")),
                Fate::Breaks => {
                    if self.keeps_what_is_lost {
                        self.kept.lock().unwrap().extend(begun);
                    }
                    return Err(Lost::Later("broken"));
                }
            }
        }
        self.kept.lock().unwrap().extend(begun);
        Ok(answers)
    }

    fn refusals(&self, fault: &'static str, count: usize) -> Vec<Answer> {
        vec![Err(fault); count]
    }
}

/// The queue and its store, with a writer that runs.
struct World {
    queue: Arc<Queue<Set, Answer>>,
    store: Arc<Store>,
    writer: Option<thread::JoinHandle<()>>,
}

impl World {
    fn new(capacity: usize, store: Store) -> Self {
        let (queue, store) = (Arc::new(Queue::new(capacity)), Arc::new(store));
        let (waiting, kept) = (Arc::clone(&queue), Arc::clone(&store));
        let writer = Some(thread::spawn(move || queue::serve(&waiting, &*kept)));
        Self { queue, store, writer }
    }

    /// As the store commits a set: none if the queue was closed or the writer ended before it answered.
    fn producer(&self, sets: Vec<Set>) -> thread::JoinHandle<Vec<Option<Answer>>> {
        let queue = Arc::clone(&self.queue);
        thread::spawn(move || sets.into_iter().map(|set| block_on(commit(&queue, set))).collect())
    }

    /// Somebody who gives up after some looks at what he waits for.
    fn quitter(&self, set: Set, looks: usize) -> thread::JoinHandle<()> {
        let queue = Arc::clone(&self.queue);
        thread::spawn(move || {
            let mut commit = Box::pin(commit(&queue, set));
            let mut context = Context::from_waker(Waker::noop());
            for _ in 0..looks {
                if commit.as_mut().poll(&mut context).is_ready() {
                    return;
                }
                thread::yield_now();
            }
        })
    }

    /// What was kept in the end.
    fn end(mut self) -> Vec<u32> {
        self.queue.close();
        self.writer.take().unwrap().join().unwrap();
        let mut kept = std::mem::take(&mut *self.store.kept.lock().unwrap());
        kept.sort_unstable();
        kept
    }
}

async fn commit(queue: &Queue<Set, Answer>, set: Set) -> Option<Answer> {
    let (answer, answered) = oneshot::channel();
    queue.push(Job { set, answer }).await.ok()?;
    answered.await.ok()
}

fn good(number: u32) -> Set {
    (number, Fate::Good)
}

#[test]
fn whatever_fails_beside_it_each_set_is_answered_for_itself_and_what_is_acknowledged_is_in_once() {
    shuttle::check_random(
        || {
            let world = World::new(2, Store::default());
            let producers = [
                world.producer(vec![good(1), (2, Fate::Breaks)]),
                world.producer(vec![(3, Fate::Refused), good(4)]),
                world.producer(vec![good(5), good(6)]),
            ];
            let answers: Vec<_> =
                producers.into_iter().flat_map(|one| one.join().unwrap()).map(Option::unwrap).collect();
            assert_eq!(answers, [Ok(1), Err("broken"), Err("refused"), Ok(4), Ok(5), Ok(6)]);
            assert_eq!(world.end(), [1, 4, 5, 6]);
        },
        SCHEDULES,
    );
}

#[test]
fn a_store_that_is_locked_refuses_those_that_wait_and_goes_on_with_the_next() {
    shuttle::check_random(
        || {
            let world = World::new(4, Store { locked: Mutex::new(1), ..Default::default() });
            let producers = [world.producer(vec![good(1), good(2)]), world.producer(vec![good(3), good(4)])];
            let answers: Vec<_> =
                producers.into_iter().flat_map(|one| one.join().unwrap()).map(Option::unwrap).collect();
            let acknowledged: Vec<u32> = answers.iter().filter_map(|answer| answer.ok()).collect();
            assert!((2..=3).contains(&acknowledged.len()), "{answers:?}");
            assert_eq!(world.end(), acknowledged);
        },
        SCHEDULES,
    );
}

/// Whether he waits for room or for his answer: the others are not held up, and his own set is in once or not at all.
#[test]
fn who_gives_up_waiting_holds_up_nobody() {
    shuttle::check_random(
        || {
            let world = World::new(1, Store::default());
            let quitters = [world.quitter(good(10), 1), world.quitter(good(11), 2)];
            let producers = [world.producer(vec![good(1)]), world.producer(vec![good(2)])];
            quitters.into_iter().for_each(|one| one.join().unwrap());
            let answers: Vec<_> = producers.into_iter().flat_map(|one| one.join().unwrap()).collect();
            assert_eq!(answers, [Some(Ok(1)), Some(Ok(2))]);
            let mut kept = world.end();
            kept.retain(|number| *number < 10);
            assert_eq!(kept, [1, 2]);
        },
        SCHEDULES,
    );
}

#[test]
fn what_was_taken_in_before_the_end_is_done_and_the_rest_is_told() {
    shuttle::check_random(
        || {
            let world = World::new(1, Store::default());
            let producers = [world.producer(vec![good(1), good(2)]), world.producer(vec![good(3)])];
            let queue = Arc::clone(&world.queue);
            let closing = thread::spawn(move || queue.close());
            let answers: Vec<_> = producers.into_iter().flat_map(|one| one.join().unwrap()).collect();
            closing.join().unwrap();
            // A writer that was not killed answers whatever it took in.
            let mut acknowledged: Vec<u32> = answers.into_iter().flatten().map(Result::unwrap).collect();
            acknowledged.sort_unstable();
            assert_eq!(world.end(), acknowledged);
        },
        SCHEDULES,
    );
}

#[test]
fn a_writer_that_is_gone_leaves_nobody_waiting() {
    shuttle::check_random(
        || {
            let world = World::new(1, Store::default());
            let producers = [world.producer(vec![good(1), good(2)]), world.producer(vec![good(3)])];
            let queue = Arc::clone(&world.queue);
            let gone = thread::spawn(move || queue.abandon());
            let answers: Vec<_> = producers.into_iter().flat_map(|one| one.join().unwrap()).flatten().collect();
            gone.join().unwrap();
            let acknowledged: Vec<u32> = answers.into_iter().map(Result::unwrap).collect();
            let kept = world.end();
            assert!(acknowledged.iter().all(|number| kept.contains(number)), "{acknowledged:?} {kept:?}");
        },
        SCHEDULES,
    );
}

/// The checks above find a store that does not take back what is lost: a set is in twice.
#[test]
#[should_panic(expected = "in twice")]
fn a_transaction_that_is_not_taken_back_is_found() {
    shuttle::check_random(
        || {
            let world = World::new(2, Store { keeps_what_is_lost: true, ..Default::default() });
            let producers = [world.producer(vec![good(1)]), world.producer(vec![(2, Fate::Breaks)])];
            producers.into_iter().for_each(|one| drop(one.join().unwrap()));
            let mut kept = world.end();
            let many = kept.len();
            kept.dedup();
            assert_eq!(kept.len(), many, "in twice");
        },
        SCHEDULES,
    );
}

/// A queue that tells one of those who wait for room, instead of all.
struct Naive {
    state: Mutex<(Vec<u32>, std::collections::VecDeque<oneshot::Sender<()>>)>,
}

impl Naive {
    async fn push(&self, number: u32) {
        loop {
            let room = {
                let mut state = self.state.lock().unwrap();
                if state.0.is_empty() {
                    state.0.push(number);
                    return;
                }
                let (sender, room) = oneshot::channel();
                state.1.push_back(sender);
                room
            };
            let _ = room.await;
        }
    }

    fn take(&self) -> Option<u32> {
        let mut state = self.state.lock().unwrap();
        let taken = state.0.pop();
        if taken.is_some()
            && let Some(waiting) = state.1.pop_front()
        {
            let _ = waiting.send(());
        }
        taken
    }
}

/// The explorer is able to find the fault: the one who is told has gone away, and the one behind him waits for ever.
#[test]
#[should_panic(expected = "deadlock")]
fn telling_only_one_of_those_who_wait_for_room_is_found() {
    shuttle::check_random(
        || {
            let queue = Arc::new(Naive { state: Mutex::new((vec![0], Default::default())) });
            let quitter = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let mut push = Box::pin(queue.push(1));
                    let _ = push.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                    thread::yield_now();
                })
            };
            let patient = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || block_on(queue.push(2)))
            };
            while queue.take().is_none() {
                thread::yield_now();
            }
            quitter.join().unwrap();
            patient.join().unwrap();
        },
        SCHEDULES,
    );
}
