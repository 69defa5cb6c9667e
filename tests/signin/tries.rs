//! Wrong passwords are counted, one after another and all at once.

use chrono::TimeDelta;
use crmkit::prelude::*;
use pollster::block_on;

use crate::stores::{GOOD, WRONG, World, at_once, everywhere};

/// How many tries were looked at, and until when one has to wait.
fn told(answers: &[Result<Session>]) -> (usize, Vec<Timestamp>) {
    let looked_at = answers.iter().filter(|answer| matches!(answer, Err(Error::SignIn))).count();
    let mut until: Vec<Timestamp> = answers
        .iter()
        .filter_map(|answer| match answer {
            Err(Error::Locked { until }) => Some(*until),
            Err(Error::SignIn) => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(looked_at + until.len(), answers.len());
    until.dedup();
    (looked_at, until)
}

fn in_minutes(world: &World, minutes: i64) -> Timestamp {
    use crmkit::clock::Clock;
    world.clock.now().checked_add(TimeDelta::minutes(minutes)).unwrap()
}

#[test]
fn fifty_at_once_lock_the_account_as_fifty_in_a_row_do() {
    everywhere(|world| {
        world.known("row", "account_manager");
        world.known("once", "account_manager");
        let minute = in_minutes(&world, 1);
        for (row, once) in [("row", "once"), ("nobody in a row", "nobody at once")] {
            let before = world.crm.hashes_made();
            let in_a_row: Vec<_> = (0..50).map(|_| world.sign_in(row, WRONG)).collect();
            assert_eq!(world.crm.hashes_made() - before, 5);
            let parallel = at_once(50, |_| world.sign_in(once, WRONG));
            assert_eq!(world.crm.hashes_made() - before, 10);
            assert_eq!(told(&in_a_row), (5, vec![minute]));
            assert_eq!(told(&parallel), (5, vec![minute]), "{once}");
        }
        // The right password is not looked at either.
        assert!(matches!(world.sign_in("once", GOOD), Err(Error::Locked { .. })));
        world.advance(1);
        assert!(world.sign_in("once", GOOD).is_ok());

        let again = at_once(50, |_| world.sign_in("row", WRONG));
        assert_eq!(told(&again), (1, vec![in_minutes(&world, 2)]));
    });
}

#[test]
fn one_waits_longer_each_time_and_a_right_password_makes_good() {
    everywhere(|world| {
        world.known("li", "account_manager");
        for name in ["li", "nobody"] {
            (0..4).for_each(|_| assert!(matches!(world.sign_in(name, WRONG), Err(Error::SignIn))));
            for minutes in [1, 2, 4] {
                assert!(matches!(world.sign_in(name, WRONG), Err(Error::SignIn)));
                let until = in_minutes(&world, minutes);
                assert!(matches!(world.sign_in(name, GOOD), Err(Error::Locked { until: found }) if found == until));
                world.advance(minutes);
            }
        }
        assert!(world.sign_in("li", GOOD).is_ok());
        (0..5).for_each(|_| assert!(matches!(world.sign_in("li", WRONG), Err(Error::SignIn))));
        assert!(matches!(world.sign_in("li", WRONG), Err(Error::Locked { .. })));
        // A day later everything is forgotten.
        world.advance(24 * 60);
        (0..5).for_each(|_| assert!(matches!(world.sign_in("li", WRONG), Err(Error::SignIn))));
        assert!(matches!(world.sign_in("li", WRONG), Err(Error::Locked { .. })));
    });
}

#[test]
fn a_right_password_among_parallel_ones_leaves_no_count_behind() {
    everywhere(|world| {
        world.known("li", "account_manager");
        for _ in 0..4 {
            let answers = at_once(4, |_| world.sign_in("li", GOOD));
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        }
        (0..5).for_each(|_| assert!(matches!(world.sign_in("li", WRONG), Err(Error::SignIn))));
        assert!(matches!(world.sign_in("li", WRONG), Err(Error::Locked { .. })));
    });
}

#[test]
fn who_asks_for_the_old_password_counts_and_who_may_unlock_opens() {
    everywhere(|world| {
        let li = world.known("li", "account_manager");
        let session = world.sign_in("li", GOOD).unwrap();
        let answers = at_once(20, |_| block_on(session.change_password(WRONG, "a third long one")));
        let wrong = answers.iter().filter(|answer| matches!(answer, Err(Error::SignIn))).count();
        let locked = answers.iter().filter(|answer| matches!(answer, Err(Error::Locked { .. }))).count();
        assert_eq!((wrong, locked), (5, 15));
        assert!(matches!(world.sign_in("li", GOOD), Err(Error::Locked { .. })));
        block_on(world.crm.system().users().unlock(li.id)).unwrap();
        assert!(world.sign_in("li", GOOD).is_ok());
        // Twice is as good as once.
        block_on(world.crm.system().users().unlock(li.id)).unwrap();
    });
}

#[test]
fn a_password_changed_while_another_is_compared_lets_nobody_in_with_the_old_one() {
    everywhere(|world| {
        let li = world.known("li", "account_manager");
        for round in 0..8 {
            let (old, new) = (format!("{GOOD} {round}"), format!("{GOOD} {}", round + 1));
            block_on(world.crm.system().users().set_password(li.id, &old)).unwrap();
            at_once(3, |number| match number {
                0 => block_on(world.crm.system().users().set_password(li.id, &new)).unwrap(),
                _ => match world.sign_in("li", &old) {
                    Ok(_) | Err(Error::SignIn) => {}
                    Err(other) => panic!("{other}"),
                },
            });
            assert!(matches!(world.sign_in("li", &old), Err(Error::SignIn)));
            assert!(world.sign_in("li", &new).is_ok());
        }
    });
}
