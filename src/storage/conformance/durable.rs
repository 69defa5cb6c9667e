//! What outlives the process, where anything does.

use super::Outcome;
use super::bench::{Bench, commit, insert};
use super::failure::{ensure, ensure_eq};
use super::schema::{Region, Series};
use super::sets::{next_number, series};
use super::values::region;
use crate::error::Refusal;

pub(super) async fn everything_survives_a_restart(bench: &mut Bench) -> Outcome {
    let stored: Series = bench.store(series("s")).await?;
    let numbered = bench.set(vec![next_number(&stored)]);
    let done = commit(&*bench.storage, &numbered).await?;
    let kept = bench.store::<Region>(region("kept")).await?;
    let before = bench.contents().await?;
    if !bench.reopen().await? {
        return Ok(());
    }
    ensure_eq!(bench.contents().await?, before, "the store after it was opened again");
    let known = bench.storage.committed(numbered.id).await?;
    ensure_eq!(known, Some(done.clone().replayed()), "what is known of a set after the store was opened again");
    ensure_eq!(commit(&*bench.storage, &numbered).await?, done.clone().replayed(), "the set committed once more");
    let taken = Refusal::Taken { fields: vec!["code".into()] };
    bench.refuse(vec![insert(&bench.draft::<Region>(region("kept")))], &[(0, taken)]).await?;
    let renamed = Region { name: Some("renamed".into()), ..kept };
    ensure_eq!(bench.change(&renamed).await?.version.0, 2, "the version after the store was opened again");
    let later = bench.commit(vec![next_number(&stored)]).await?;
    ensure_eq!(later.slots, [2], "the number handed out after the store was opened again");
    ensure!(later.position > done.position, "positions begin anew when the store is opened again");
    Ok(())
}

pub(super) async fn an_empty_store_survives_a_restart(bench: &mut Bench) -> Outcome {
    for round in 0..3 {
        if !bench.reopen().await? {
            return Ok(());
        }
        ensure_eq!(bench.contents().await?.len(), round, "the records after the store was opened again");
        bench.store::<Region>(region(&format!("{round}"))).await?;
    }
    Ok(())
}
