//! Looking over a whole store: the store itself, every record, and every value that is kept besides.

use std::collections::{HashMap, HashSet};

use super::Crm;
use crate::access::{Role, SignInState, User};
use crate::error::Result;
use crate::problem::sentence;
use crate::query::{Aggregate, Measure, Query};
use crate::sales::{Order, OrderLine};
use crate::schema::{ColumnType, EntityDef, Record};
use crate::storage::{Reader, ReaderExt};
use crate::value::{Money, Value};

/// How many faults are listed; a store with more is not looked at further.
const MAX_FAULTS: usize = 1_000;

impl Crm {
    /// Looks over the whole store on one snapshot: the store's own form, every record against the schema, every
    /// reference, the values that follow from others (the amounts of orders, the customers' last order dates, every
    /// [rollup](crate::rollup) that is in use), and that no event is missing.
    /// Gives a sentence for each fault, at most 1,000; none means that all is well.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`](crate::Error::Storage) if the store can't be read.
    pub(crate) async fn verify(&self) -> Result<Vec<String>> {
        let mut faults = self.storage().verify().await?;
        let snapshot = self.storage().snapshot().await?;
        let schema = snapshot.schema();
        for def in schema.entities() {
            records(&*snapshot, def, &mut faults).await?;
        }
        if schema.of::<SignInState>().is_some() {
            sign_in(&*snapshot, &mut faults).await?;
        }
        super::events::verify(&*snapshot, &mut faults).await?;
        if schema.of::<OrderLine>().is_some() && schema.of::<Order>().is_some() {
            order_amounts(&*snapshot, &mut faults).await?;
            last_orders(&*snapshot, self.organisation().zone(), &mut faults).await?;
        }
        super::rollups::verify(&*snapshot, &mut faults).await?;
        faults.truncate(MAX_FAULTS);
        Ok(faults)
    }
}

/// As many active administrators are counted as there are.
async fn sign_in(reader: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let state = reader.first::<SignInState>(SignInState::code.eq(SignInState::MAIN)).await?;
    let (kept, found) = (state.map(|state| state.administrators), administrators(reader).await?);
    if let Some(kept) = kept.filter(|kept| *kept != found) {
        faults.push(format!("sign-in: {kept} active administrators are counted, there are {found}"));
    }
    Ok(())
}

/// How many active administrators there are.
pub(super) async fn administrators<R: Reader + ?Sized>(reader: &R) -> Result<i64> {
    let are = User::active.eq(true).and(User::role.eq(Role::ADMINISTRATOR));
    let rows = reader.aggregate(&Aggregate::of::<User>().filter(are).measure(Measure::Count)).await?;
    let count = rows.first().and_then(|row| row.measures.first()).and_then(Value::as_integer);
    Ok(count.unwrap_or_default())
}

/// Every record fits its definition and refers to what exists.
async fn records(reader: &dyn Reader, def: &EntityDef, faults: &mut Vec<String>) -> Result<()> {
    let mut query = Query::new(def.name.clone()).limit(1_000);
    loop {
        let page = reader.query(&query).await?;
        for record in &page.records {
            let problems = def.problems(record);
            if !problems.is_empty() {
                faults.push(format!("{} {}: {}", def.code, record.id, sentence(&problems)));
            }
        }
        references(reader, def, &page.records, faults).await?;
        match page.next {
            Some(next) if faults.len() < MAX_FAULTS => query.after = Some(next),
            _ => return Ok(()),
        }
    }
}

async fn references(reader: &dyn Reader, def: &EntityDef, page: &[Record], faults: &mut Vec<String>) -> Result<()> {
    for (place, column) in def.columns.iter().enumerate() {
        let ColumnType::Reference(target) = &column.column_type else { continue };
        let Some(target) = reader.schema().entity(target) else { continue };
        let named: HashSet<_> = page.iter().filter_map(|record| record.value(place).as_id()).collect();
        let ids: Vec<_> = named.into_iter().collect();
        let found: HashSet<_> = reader.get(target, &ids).await?.iter().map(|record| record.id).collect();
        for record in page {
            if let Some(id) = record.value(place).as_id()
                && !found.contains(&id)
            {
                let (code, field) = (&def.code, &column.name);
                faults.push(format!("{code} {}: `{field}` refers to {id}, which does not exist", record.id));
            }
        }
    }
    Ok(())
}

/// Every order's amount is the sum of its lines.
async fn order_amounts(reader: &dyn Reader, faults: &mut Vec<String>) -> Result<()> {
    let sums = Aggregate::of::<OrderLine>().group(OrderLine::order).measure(Measure::Sum(OrderLine::amount.path()));
    let rows = reader.aggregate(&Aggregate { max_groups: usize::MAX, ..sums }).await?;
    let sums: HashMap<Value, Value> =
        rows.into_iter().filter_map(|mut row| Some((row.keys.pop()?, row.measures.pop()?))).collect();
    let columns = [Order::number.path(), Order::amount.path()];
    let mut query = Query::of::<Order>().columns(columns).limit(1_000);
    loop {
        let page = reader.query(&query).await?;
        for record in &page.records {
            let zero = Value::Money(Money::ZERO);
            let sum = sums.get(&Value::Id(record.id)).unwrap_or(&zero);
            if record.value(1) != sum {
                let (number, kept) = (record.value(0), record.value(1));
                faults.push(format!("order `{number}`: its amount is {kept}, the sum of its lines {sum}"));
            }
        }
        match page.next {
            Some(next) if faults.len() < MAX_FAULTS => query.after = Some(next),
            _ => return Ok(()),
        }
    }
}

/// Every customer's last order date is the day of his latest order that counts.
async fn last_orders(reader: &dyn Reader, zone: chrono_tz::Tz, faults: &mut Vec<String>) -> Result<()> {
    use crate::customers::Customer;
    let latest = Aggregate::of::<Order>().filter(Order::counts()).group(Order::customer);
    let latest = latest.measure(Measure::Maximum(Order::ordered_at.path()));
    let rows = reader.aggregate(&Aggregate { max_groups: usize::MAX, ..latest }).await?;
    let latest: HashMap<Value, Value> =
        rows.into_iter().filter_map(|mut row| Some((row.keys.pop()?, row.measures.pop()?))).collect();
    let columns = [Customer::number.path(), Customer::last_order_on.path()];
    let mut query = Query::of::<Customer>().columns(columns).limit(1_000);
    loop {
        let page = reader.query(&query).await?;
        for record in &page.records {
            let day = match latest.get(&Value::Id(record.id)) {
                Some(Value::Timestamp(at)) => Value::Date(at.local_date(zone)),
                _ => Value::Null,
            };
            if *record.value(1) != day {
                let (number, kept) = (record.value(0), record.value(1));
                faults.push(format!("customer `{number}`: its last order date is `{kept}`, by the orders `{day}`"));
            }
        }
        match page.next {
            Some(next) if faults.len() < MAX_FAULTS => query.after = Some(next),
            _ => return Ok(()),
        }
    }
}
