//! Whether the time a try at signing in takes tells which names exist.

use std::time::{Duration, Instant};

use crmkit::access::{HashParameters, Lockout, SignInOptions};
use crmkit::prelude::*;

use crate::Outcome;
use crate::ground::{Ground, Kind};

/// Tries wrong passwords for names that exist and names that do not, in turn, and compares how long they take: the chance
/// that one of the first sort takes longer than one of the second, which is 0.5 where they can't be told apart. Beside it
/// the same for two halves of the second sort, which shows how far from 0.5 chance alone leads.
///
/// # Errors
///
/// If the store can't be used, or a try is answered otherwise than with a wrong name or password.
pub async fn sign_in(kind: Kind, tries: usize, hash: HashParameters) -> Outcome {
    let ground = Ground::new(kind).await?;
    let lockout = Lockout { free: u32::MAX, ..Default::default() };
    let options = SignInOptions { hash, lockout, ..Default::default() };
    let crm = Crm::builder(ground.storage.clone()).sign_in(options).open().await?;
    let system = crm.system();
    let role = system.roles().named("account_manager").await?.id;
    for number in 0..8 {
        let user = system.users().create(NewUser::new(format!("known{number}"), role)).await?;
        system.users().set_password(user.id, "a long and good one").await?;
    }
    let (mut known, mut unknown, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..tries {
        for (sort, name) in [(&mut known, "known"), (&mut unknown, "other"), (&mut again, "third")] {
            let name = format!("{name}{}", turn % 8);
            let begun = Instant::now();
            let answer = crm.sign_in(&name, "another long one").await;
            sort.push(begun.elapsed());
            match answer {
                Err(Error::SignIn) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => return Err("a wrong password is taken".into()),
            }
        }
    }
    crm.close().await?;
    Ok(format!(
        "{kind:?}: {tries} tries of each sort; a name that exists takes longer than one that does not with the chance \
         {:.3}; of two sorts that do not exist {:.3}",
        longer(&known, &unknown),
        longer(&again, &unknown)
    ))
}

/// The chance that one of the first is longer than one of the second.
fn longer(first: &[Duration], second: &[Duration]) -> f64 {
    let mut sorted = second.to_vec();
    sorted.sort_unstable();
    let below: usize = first.iter().map(|one| sorted.partition_point(|other| other < one)).sum();
    below as f64 / (first.len() * second.len()).max(1) as f64
}
