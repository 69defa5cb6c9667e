//! Whether a store holds what was acknowledged, and nothing by halves.

use std::collections::BTreeMap;

use crmkit::customers::Activity;
use crmkit::id::RecordId;
use crmkit::marketing::{Opportunity, OpportunityStatus};
use crmkit::prelude::*;
use crmkit::sales::StockItem;
use crmkit::service::{ServiceRequest, ServiceRound, ServiceStatus};
use crmkit::storage::Storage;

use crate::Outcome;
use crate::ledger::Line;
use crate::worker::{FILLED, MOVED};

/// What a ledger adds up to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Counts {
    /// Commands that were acknowledged.
    pub done: u64,
    /// Commands that were refused since somebody else was first.
    pub refused: u64,
    /// Commands of which nobody was told what came of them.
    pub unknown: u64,
}

impl Counts {
    /// Those of some lines.
    #[must_use]
    pub fn of(lines: &[Line]) -> Self {
        let mut counts = Self::default();
        let mut open = false;
        for line in lines {
            match line {
                Line::Try(_) => {
                    counts.unknown += u64::from(open);
                    open = true;
                }
                Line::Done(..) => (counts.done, open) = (counts.done + 1, false),
                Line::Refused(_) => (counts.refused, open) = (counts.refused + 1, false),
                Line::Unknown(..) => (counts.unknown, open) = (counts.unknown + 1, false),
                Line::Ready | Line::Fault(..) | Line::Finished | Line::Converged(_) => {}
            }
        }
        counts.unknown += u64::from(open);
        counts
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            done: self.done + other.done,
            refused: self.refused + other.refused,
            unknown: self.unknown + other.unknown,
        }
    }
}

/// What was acknowledged and is not in the store, a sentence each.
///
/// # Errors
///
/// If the store can't be read.
pub async fn missing(storage: &dyn Storage, lines: &[Line]) -> Outcome<Vec<String>> {
    let mut newest: BTreeMap<(String, String), i64> = BTreeMap::new();
    for line in lines {
        let Line::Done(_, left) = line else { continue };
        for left in left {
            let known = newest.entry((left.entity.clone(), left.id.clone())).or_default();
            *known = left.version.max(*known);
        }
    }
    let mut problems = Vec::new();
    let mut by_entity: BTreeMap<&str, Vec<(RecordId, i64)>> = BTreeMap::new();
    for ((entity, id), version) in &newest {
        by_entity.entry(entity).or_default().push((id.parse()?, *version));
    }
    for (entity, wanted) in by_entity {
        let def = storage.schema().by_code(entity).cloned().ok_or_else(|| format!("there is no entity `{entity}`"))?;
        for wanted in wanted.chunks(500) {
            let ids: Vec<RecordId> = wanted.iter().map(|(id, _)| *id).collect();
            let found = storage.get(&def, &ids).await?;
            for (id, version) in wanted {
                match found.iter().find(|record| record.id == *id) {
                    Some(record) if record.version.0 >= *version => {}
                    Some(record) => problems.push(format!(
                        "{entity} {id} was acknowledged in version {version} and is in version {}",
                        record.version.0
                    )),
                    None => problems.push(format!("{entity} {id} was acknowledged and is not there")),
                }
            }
        }
    }
    Ok(problems)
}

/// What in the store contradicts itself, a sentence each: a command that was done in part, an addition that was lost, a
/// number twice.
///
/// # Errors
///
/// If the store can't be read.
pub async fn contradictions(crm: &Crm) -> Outcome<Vec<String>> {
    let system = crm.system();
    let mut problems = system.verify().await?;
    let lines = all::<OrderLine>(&system).await?;
    let orders = all::<Order>(&system).await?;
    let mut sums: BTreeMap<Id<Order>, (usize, i64)> = BTreeMap::new();
    for line in &lines {
        let (count, sum) = sums.entry(line.order).or_default();
        (*count, *sum) = (*count + 1, *sum + line.amount.raw());
    }
    for order in &orders {
        let (count, sum) = sums.get(&order.id).copied().unwrap_or_default();
        if count < 2 || sum != order.amount.raw() {
            problems.push(format!("order {} of {} has {count} lines that add up to {sum}", order.id, order.amount));
        }
    }
    let won = all::<Opportunity>(&system).await?;
    for chance in won.iter().filter(|chance| chance.status == OpportunityStatus::Won) {
        let contacts = match chance.customer {
            Some(customer) => system.contacts().count(Contact::customer.eq(customer)).await?,
            None => 0,
        };
        if contacts != 1 {
            problems.push(format!("opportunity {} is won and has made {contacts} contacts", chance.number));
        }
    }
    let requests = all::<ServiceRequest>(&system).await?;
    let rounds = all::<ServiceRound>(&system).await?;
    for request in requests.iter().filter(|request| request.status == ServiceStatus::Archived) {
        if rounds.iter().filter(|round| round.request == request.id).count() != 1 {
            problems.push(format!("service request {} is archived without its round", request.number));
        }
    }
    let mut numbers: Vec<String> =
        all::<Customer>(&system).await?.into_iter().map(|customer| customer.number).collect();
    let many = numbers.len();
    numbers.sort();
    numbers.dedup();
    if numbers.len() != many {
        problems.push(format!("{many} customers have {} numbers", numbers.len()));
    }
    problems.extend(moved(&system).await?);
    Ok(problems)
}

/// What lies on each shelf is what was there and what the notes say was moved.
async fn moved(system: &Session) -> Outcome<Vec<String>> {
    let mut shelves = all::<StockItem>(system).await?;
    shelves.sort_by_key(|item| item.id);
    let mut expected = vec![FILLED; shelves.len()];
    for note in all::<Activity>(system).await?.into_iter().filter(|note| note.title == MOVED) {
        let said = note.description.unwrap_or_default();
        let numbers: Vec<i64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [from, to, amount] = numbers.as_slice() else { return Err(format!("`{said}` is no note").into()) };
        for (shelf, amount) in [(from, -amount), (to, *amount)] {
            if let Some(count) = expected.get_mut(usize::try_from(*shelf)?) {
                *count += amount;
            }
        }
    }
    let wrong = shelves.iter().zip(&expected).filter(|(item, count)| item.count.raw() != **count * Quantity::SCALE);
    Ok(wrong.map(|(item, count)| format!("shelf {} holds {} and should hold {count}", item.id, item.count)).collect())
}

async fn all<E: crmkit::rules::Rules>(session: &Session) -> Outcome<Vec<E>> {
    let mut found = Vec::new();
    let mut query = Query::of::<E>().limit(1_000);
    loop {
        let page = session.of::<E>().list(query.clone()).await?;
        found.extend(page.items);
        if page.next.is_none() {
            return Ok(found);
        }
        query = query.after(page.next);
    }
}
