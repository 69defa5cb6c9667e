//! Does with the crate what the model has judged, and compares.

use crmkit::customers::{
    Activity, ActivityPatch, Contact, ContactPatch, LossMeasure, LostCustomer, LostScanOptions, NewActivity,
};
use crmkit::dictionary::{DictionaryEntry, DictionaryEntryPatch, NewDictionaryEntry};
use crmkit::id::RecordId;
use crmkit::marketing::{NewOpportunity, NewPlanItem, Opportunity, OpportunityPatch, PlanItem, PlanItemPatch};
use crmkit::prelude::*;
use crmkit::sales::OrderLinePatch;
use crmkit::service::{NewServiceRequest, ServiceRequest, ServiceRound};

use crate::customers::CustomerChange;
use crate::deeds::Deed;
use crate::mirror::{Mirrored, Places, score};
use crate::orders::{Correction, OrderStep, Terms};
use crate::state::{Key, Kind, Measure, Model, Refusal, Round, USERS, Who};
use crate::world::{World, listed, named};

/// What the crate answered, to be held against the model.
type Check = Box<dyn Fn(&mut Model, &mut Places) -> Result<(), String>>;

/// A difference between the crate and the model, in a sentence.
pub(crate) type Compared = Result<(), String>;

const RATINGS: [Rating; 5] = [Rating::One, Rating::Two, Rating::Three, Rating::Four, Rating::Five];

/// The id of what stands at a place.
fn id<E: Mirrored>(model: &Model, key: Key) -> Id<E> {
    E::table(model).0.get(key).and_then(|row| row.id).map_or(Id::new(RecordId::NIL), Id::new)
}

/// The record that came back is the model's, which learns its id if it is new.
fn same<E: Mirrored>(record: E) -> Check {
    Box::new(move |model, places| {
        learn::<E>(model, places, record.id().raw());
        let Some(&key) = places.get(&record.id().raw()) else { return Err(format!("a {:?} too many", E::KIND)) };
        equal(model, places, &record, key)
    })
}

fn nothing() -> Check {
    Box::new(|_, _| Ok(()))
}

/// Gives the id to the model's oldest record of the kind that has none.
fn learn<E: Mirrored>(model: &mut Model, places: &mut Places, id: RecordId) {
    if places.contains_key(&id) {
        return;
    }
    if let Some(key) = E::table(model).0.iter().position(|row| row.id.is_none() && row.now.is_some()) {
        E::table_mut(model).0[key].id = Some(id);
        places.insert(id, key);
    }
}

fn equal<E: Mirrored>(model: &Model, places: &Places, record: &E, key: Key) -> Compared {
    let (is, said) = (record.twin(places), E::table(model).get(key));
    if said == Some(&is) {
        return Ok(());
    }
    Err(format!("{} differs\n  crate: {is:?}\n  model: {said:?}", named(E::KIND, key)))
}

/// Does a deed with the crate.
async fn perform(world: &mut World, who: Who, deed: &Deed, model: &Model) -> Result<Check> {
    let session = world.session(who).await?;
    match deed {
        Deed::CreateOpportunity(_)
        | Deed::EditOpportunity(..)
        | Deed::DeleteOpportunity(_)
        | Deed::AssignOpportunity(..)
        | Deed::Win(_)
        | Deed::Terminate(..) => opportunity(world, &session, deed, model).await,
        Deed::AddPlan(..) | Deed::ChangePlan(..) | Deed::DeletePlan(_) | Deed::Execute(..) => {
            plan(&session, deed, model).await
        }
        Deed::CreateCustomer { .. }
        | Deed::EditCustomer(..)
        | Deed::DeleteCustomer(_)
        | Deed::CreateContact { .. }
        | Deed::EditContact(..)
        | Deed::DeleteContact(_) => customer(world, &session, deed, model).await,
        Deed::CreateActivity { .. } | Deed::EditActivity(..) | Deed::DeleteActivity(_) => {
            activity(&session, deed, model).await
        }
        Deed::Scan | Deed::Defer(..) | Deed::ConfirmLoss(..) => loss(world, &session, deed, model).await,
        Deed::CreateService(_)
        | Deed::AssignService(..)
        | Deed::Handle(..)
        | Deed::Feedback(..)
        | Deed::DeleteService(_) => service(world, &session, deed, model).await,
        Deed::CreateOrder { .. } | Deed::StepOrder(..) | Deed::CorrectOrder(..) | Deed::DeleteOrder(_) => {
            order(&session, deed, model).await
        }
        Deed::AddLine(..) | Deed::ChangeLine(..) | Deed::DeleteLine(_) => line(world, &session, deed, model).await,
        Deed::CreateEntry(_) | Deed::EditEntry(..) | Deed::DeleteEntry(_) | Deed::SetActive(..) => {
            base(world, &session, deed, model).await
        }
        Deed::Look(kind, at) => look(&session, *kind, *at, model).await,
    }
}

async fn opportunity(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.opportunities();
    let at = |key: &Key| id::<Opportunity>(model, *key);
    match deed {
        Deed::CreateOpportunity(new) => {
            let new = NewOpportunity {
                customer_name: new.customer_name.clone(),
                title: "tea".into(),
                success_rate: new.success_rate,
                description: new.description.clone(),
                contact_name: new.contact_name.clone(),
                contact_phone: new.contact_phone.clone(),
                customer: new.customer.map(|key| id(model, key)),
                ..Default::default()
            };
            records.create(new).await.map(same)
        }
        Deed::EditOpportunity(key, title, rate) => {
            let (title, success_rate) = ((*title).to_owned().into(), Some(*rate).into());
            records.edit(at(key), OpportunityPatch { title, success_rate, ..Default::default() }).await.map(same)
        }
        Deed::DeleteOpportunity(key) => records.delete(at(key)).await.map(|()| nothing()),
        Deed::AssignOpportunity(key, to) => records.assign(at(key), world.user(*to)).await.map(same),
        Deed::Terminate(key, reason) => records.terminate(at(key), *reason).await.map(same),
        Deed::Win(key) => {
            let won = records.win(at(key)).await?;
            let customer = won.customer.map_or(RecordId::NIL, Id::raw);
            let contacts = Query::of::<Contact>().filter(Contact::customer.eq(Id::new(customer)));
            let contacts = world.crm.system().contacts().list(contacts).await?.items;
            Ok(Box::new(move |model, places| {
                learn::<Customer>(model, places, customer);
                contacts.iter().for_each(|contact| learn::<Contact>(model, places, contact.id.raw()));
                same(won.clone())(model, places)
            }))
        }
        _ => unreachable!("another module's"),
    }
}

async fn plan(session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.plan_items();
    let at = |key: &Key| id::<PlanItem>(model, *key);
    match deed {
        Deed::AddPlan(key, date, todo) => {
            let (opportunity, todo) = (id(model, *key), (*todo).to_owned());
            records.create(NewPlanItem { opportunity, date: *date, todo, ..Default::default() }).await.map(same)
        }
        Deed::ChangePlan(key, date, todo) => {
            let mut patch = PlanItemPatch { todo: (*todo).to_owned().into(), ..Default::default() };
            if let Some(date) = date {
                patch.date = (*date).into();
            }
            records.edit(at(key), patch).await.map(same)
        }
        Deed::DeletePlan(key) => records.delete(at(key)).await.map(|()| nothing()),
        Deed::Execute(key, result) => records.execute(at(key), *result).await.map(same),
        _ => unreachable!("another module's"),
    }
}

async fn customer(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let (customers, contacts) = (session.customers(), session.contacts());
    match deed {
        Deed::CreateCustomer { name, manager, level } => {
            let manager = manager.map(|who| world.user(who));
            let level = level.map(|level| RATINGS[usize::from(level) - 1]);
            customers.create(NewCustomer { manager, level, ..NewCustomer::new(*name) }).await.map(same)
        }
        Deed::EditCustomer(key, change) => {
            let mut patch = CustomerPatch::default();
            match change {
                CustomerChange::Name(name) => patch.name = name.clone().into(),
                CustomerChange::Level(level) => patch.level = Some(RATINGS[usize::from(*level) - 1]).into(),
                CustomerChange::Number(number) => patch.number = number.clone().into(),
                CustomerChange::Manager(manager) => patch.manager = Some(world.user(*manager)).into(),
            }
            customers.edit(id(model, *key), patch).await.map(same)
        }
        Deed::DeleteCustomer(key) => customers.delete(id(model, *key)).await.map(|()| nothing()),
        Deed::CreateContact { customer, name, phone } => {
            let (customer, name, phone) = (id(model, *customer), (*name).to_owned(), phone.map(str::to_owned));
            contacts.create(NewContact { customer, name, phone, ..Default::default() }).await.map(same)
        }
        Deed::EditContact(key, name) => {
            let patch = ContactPatch { name: (*name).to_owned().into(), ..Default::default() };
            contacts.edit(id(model, *key), patch).await.map(same)
        }
        Deed::DeleteContact(key) => contacts.delete(id(model, *key)).await.map(|()| nothing()),
        _ => unreachable!("another module's"),
    }
}

async fn activity(session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.activities();
    match deed {
        Deed::CreateActivity { customer, contact, place, title } => {
            let new = NewActivity {
                customer: id(model, *customer),
                contact: contact.map(|key| id(model, key)),
                date: model.today(),
                place: place.map(str::to_owned),
                title: (*title).to_owned(),
                ..Default::default()
            };
            records.create(new).await.map(same)
        }
        Deed::EditActivity(key, title) => {
            let patch = ActivityPatch { title: (*title).to_owned().into(), ..Default::default() };
            records.edit(id(model, *key), patch).await.map(same)
        }
        Deed::DeleteActivity(key) => records.delete(id(model, *key)).await.map(|()| nothing()),
        _ => unreachable!("another module's"),
    }
}

async fn loss(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.lost_customers();
    match deed {
        Deed::Scan => {
            let warned = session.lost_scan(&LostScanOptions::default()).await?.warned;
            let rows = world.all::<LostCustomer>(&world.crm.system()).await;
            Ok(Box::new(move |model, places| {
                let mut new = 0;
                for row in rows.iter().filter(|row| row.warned_at == model.now) {
                    let customer = places.get(&row.customer.raw()).copied();
                    let about = |known: Option<&crate::state::Lost>| known.map(|known| known.customer) == customer;
                    let place = model.losses.0.iter().position(|it| it.id.is_none() && about(it.now.as_ref()));
                    if let (Some(key), false) = (place, places.contains_key(&row.id.raw())) {
                        model.losses.0[key].id = Some(row.id.raw());
                        places.insert(row.id.raw(), key);
                        new += 1;
                    }
                }
                if (new, model.losses.0.iter().all(|row| row.id.is_some())) == (warned, true) {
                    return Ok(());
                }
                Err(format!("{warned} warnings, of which the model knows {new}: {rows:?}\n  model: {:?}", model.losses))
            }))
        }
        Deed::Defer(key, measure) => records.defer(id(model, *key), *measure).await.map(same),
        Deed::ConfirmLoss(key, reason) => records.confirm(id(model, *key), *reason).await.map(same),
        _ => unreachable!("another module's"),
    }
}

async fn service(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.services();
    let at = |key: &Key| id::<ServiceRequest>(model, *key);
    match deed {
        Deed::CreateService(new) => {
            let new = NewServiceRequest {
                customer: id(model, new.customer),
                r#type: new.kind.clone(),
                title: new.title.clone(),
                request: new.request.clone(),
                ..Default::default()
            };
            records.create(new).await.map(same)
        }
        Deed::AssignService(key, to) => records.assign(at(key), world.user(*to)).await.map(same),
        Deed::Handle(key, text) => records.handle(at(key), *text).await.map(same),
        Deed::Feedback(key, result, score) => {
            records.feedback(at(key), *result, RATINGS[usize::from(*score) - 1]).await.map(same)
        }
        Deed::DeleteService(key) => records.delete(at(key)).await.map(|()| nothing()),
        _ => unreachable!("another module's"),
    }
}

async fn order(session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.orders();
    let at = |key: &Key| id::<Order>(model, *key);
    match deed {
        Deed::CreateOrder { customer, ordered_at, state: (status, payment) } => {
            let (customer, status, payment) = (id(model, *customer), *status, *payment);
            let mut new = NewOrder { customer, status, payment, ..Default::default() };
            new.ordered_at = ordered_at.unwrap_or(new.ordered_at);
            records.create(new).await.map(same)
        }
        Deed::StepOrder(key, step) => {
            let after = match step {
                OrderStep::Confirm => records.confirm(at(key)).await,
                OrderStep::Pick => records.pick(at(key)).await,
                OrderStep::Pack => records.pack(at(key)).await,
                OrderStep::Ship => records.ship(at(key)).await,
                OrderStep::Cancel => records.cancel(at(key)).await,
                OrderStep::PayPart => records.pay_part(at(key)).await,
                OrderStep::Pay => records.pay(at(key), None).await,
            };
            after.map(same)
        }
        Deed::CorrectOrder(key, correction) => {
            let mut patch = OrderPatch::default();
            match correction {
                Correction::OrderedAt(moment) => patch.ordered_at = (*moment).into(),
                Correction::Customer(key) => patch.customer = id::<Customer>(model, *key).into(),
            }
            records.edit(at(key), patch).await.map(same)
        }
        Deed::DeleteOrder(key) => records.delete(at(key)).await.map(|()| nothing()),
        _ => unreachable!("another module's"),
    }
}

async fn line(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let records = session.order_lines();
    let of = |terms: &Terms| {
        let (quantity, price) = (Quantity::from_raw(terms.quantity).unwrap(), Money::from_raw(terms.price).unwrap());
        (quantity, price, terms.discount.map(|raw| Rate::from_raw(raw).unwrap()))
    };
    match deed {
        Deed::AddLine(key, line, terms) => {
            let (quantity, unit_price, discount) = of(terms);
            let (order, product) = (id(model, *key), world.product);
            let new =
                NewOrderLine { order, line: *line, product, quantity, unit_price, discount, ..Default::default() };
            records.create(new).await.map(same)
        }
        Deed::ChangeLine(key, terms) => {
            let (quantity, unit_price, discount) = of(terms);
            let patch = OrderLinePatch {
                quantity: quantity.into(),
                unit_price: unit_price.into(),
                discount: discount.into(),
                ..Default::default()
            };
            records.edit(id(model, *key), patch).await.map(same)
        }
        Deed::DeleteLine(key) => records.delete(id::<OrderLine>(model, *key)).await.map(|()| nothing()),
        _ => unreachable!("another module's"),
    }
}

async fn base(world: &World, session: &Session, deed: &Deed, model: &Model) -> Result<Check> {
    let entries = session.dictionary_entries();
    match deed {
        Deed::CreateEntry(new) => {
            let entry = NewDictionaryEntry::new(new.kind.clone(), new.item.clone(), new.value.clone());
            entries.create(NewDictionaryEntry { editable: new.editable, ..entry }).await.map(same)
        }
        Deed::EditEntry(key, item, value) => {
            let (item, value) = ((*item).to_owned().into(), (*value).to_owned().into());
            entries.edit(id(model, *key), DictionaryEntryPatch { item, value, ..Default::default() }).await.map(same)
        }
        Deed::DeleteEntry(key) => entries.delete(id::<DictionaryEntry>(model, *key)).await.map(|()| nothing()),
        Deed::SetActive(user, active) => {
            let patch = UserPatch { active: (*active).into(), ..Default::default() };
            session.users().edit(world.user(*user), patch).await.map(same)
        }
        _ => unreachable!("another module's"),
    }
}

async fn look(session: &Session, kind: Kind, at: Key, model: &Model) -> Result<Check> {
    async fn get<E: Mirrored>(session: &Session, at: Key, model: &Model) -> Result<Check> {
        session.of::<E>().get(id(model, at)).await.map(same)
    }
    match kind {
        Kind::User => get::<User>(session, at, model).await,
        Kind::Opportunity => get::<Opportunity>(session, at, model).await,
        Kind::PlanItem => get::<PlanItem>(session, at, model).await,
        Kind::Customer => get::<Customer>(session, at, model).await,
        Kind::Contact => get::<Contact>(session, at, model).await,
        Kind::Activity => get::<Activity>(session, at, model).await,
        Kind::Lost => get::<LostCustomer>(session, at, model).await,
        Kind::Service => get::<ServiceRequest>(session, at, model).await,
        Kind::Order => get::<Order>(session, at, model).await,
        Kind::Line => get::<OrderLine>(session, at, model).await,
        Kind::Entry => get::<DictionaryEntry>(session, at, model).await,
    }
}

/// Which kind of refusal an error is; none for what is no refusal at all.
fn refusal(error: &Error) -> Option<Refusal> {
    match error {
        Error::NotFound { .. } => Some(Refusal::NotFound),
        Error::Denied { .. } | Error::SessionEnded { .. } => Some(Refusal::Denied),
        Error::Invalid { .. } => Some(Refusal::Invalid),
        Error::State { .. } => Some(Refusal::State),
        Error::Taken { .. } => Some(Refusal::Taken),
        Error::Referenced { .. } => Some(Refusal::Referenced),
        _ => None,
    }
}

/// Does a deed with the crate and with the model, and compares. Says what came of it.
pub(crate) async fn step(
    world: &mut World,
    model: &mut Model,
    places: &mut Places,
    who: Who,
    deed: &Deed,
) -> Result<String, String> {
    let Some(said) = deed.judged(who, model) else { return Ok("left open by the text".into()) };
    let done = perform(world, who, deed, model).await;
    match (said, done) {
        (Ok(()), Ok(check)) => check(model, places).map(|()| "done".into()),
        (Err(why), Err(error)) => match refusal(&error) {
            Some(refusal) if why.0.contains(&refusal) => Ok(format!("refused: {error}")),
            _ => Err(format!("the crate refuses with `{error}` (`{}`), the model with {:?}", error.code(), why.0)),
        },
        (Ok(()), Err(error)) => Err(format!("the crate refuses with `{error}`, the model allows it")),
        (Err(why), Ok(_)) => Err(format!("the crate does it, the model refuses with {:?}", why.0)),
    }
}

/// Compares everything that is stored, what each actor sees of it, and what the crate says of its own soundness.
pub(crate) async fn whole(world: &mut World, model: &Model, places: &Places) -> Compared {
    let system = world.crm.system();
    table::<User>(world, model, places).await?;
    table::<Opportunity>(world, model, places).await?;
    table::<PlanItem>(world, model, places).await?;
    table::<Customer>(world, model, places).await?;
    table::<Contact>(world, model, places).await?;
    table::<Activity>(world, model, places).await?;
    table::<LostCustomer>(world, model, places).await?;
    table::<ServiceRequest>(world, model, places).await?;
    table::<Order>(world, model, places).await?;
    table::<OrderLine>(world, model, places).await?;
    table::<DictionaryEntry>(world, model, places).await?;
    appended(&system, model, places).await?;
    let faults = system.verify().await.map_err(|error| error.to_string())?;
    if faults.is_empty() { Ok(()) } else { Err(format!("the crate finds faults in itself: {faults:?}")) }
}

/// Compares a table, and what each actor sees of it.
async fn table<E: Mirrored>(world: &mut World, model: &Model, places: &Places) -> Compared {
    let stored = world.all::<E>(&world.crm.system()).await;
    for record in &stored {
        let key = places.get(&record.id().raw()).copied();
        let key = key.ok_or_else(|| format!("a {:?} that the model does not have: {record:?}", E::KIND))?;
        equal(model, places, record, key)?;
    }
    let (is, said) = (stored.len(), E::table(model).live().count());
    if is != said {
        return Err(format!("{is} of {:?}, the model has {said}", E::KIND));
    }
    for who in USERS {
        let session = match world.session(who).await {
            Ok(session) => session,
            Err(Error::SessionEnded { .. }) if !model.is_active(who) => continue,
            Err(error) => return Err(format!("{who:?} can't begin a session: {error}")),
        };
        let reads = model.is_active(who) && model.reads(who, E::KIND);
        if matches!(E::KIND, Kind::User | Kind::Entry) {
            // All of them or none: counting is enough.
            match session.of::<E>().count(Filter::All).await {
                Ok(count) if reads && count == said as u64 => continue,
                Err(Error::Denied { .. } | Error::SessionEnded { .. }) if !reads => continue,
                other => {
                    return Err(format!("{who:?} counts {other:?} of {:?}, the model says {said}, {reads}", E::KIND));
                }
            }
        }
        let said: Vec<RecordId> = {
            let seen = E::table(model).live().filter(|(key, _)| reads && model.sees(who, E::KIND, *key));
            seen.filter_map(|(key, _)| E::table(model).0[key].id).collect()
        };
        match listed::<E>(&session).await {
            Ok(list) => {
                let mut is: Vec<RecordId> = list.iter().map(|record| record.id().raw()).collect();
                let mut said = said;
                is.sort_unstable();
                said.sort_unstable();
                if is != said || !reads {
                    let (is, said): (Vec<_>, Vec<_>) = (keys(&is, places), keys(&said, places));
                    return Err(format!("{who:?} sees {:?} {is:?}, the model says {said:?}, {reads}", E::KIND));
                }
            }
            Err(Error::Denied { .. } | Error::SessionEnded { .. }) if !reads => {}
            Err(error) => return Err(format!("{who:?} can't list {:?}: {error}", E::KIND)),
        }
    }
    Ok(())
}

fn keys(ids: &[RecordId], places: &Places) -> Vec<Key> {
    ids.iter().map(|id| places.get(id).copied().unwrap_or(Key::MAX)).collect()
}

/// Compares what is only ever added: measures against losses, and rounds of services.
async fn appended(system: &Session, model: &Model, places: &Places) -> Compared {
    let key = |id: RecordId| places.get(&id).copied().unwrap_or(Key::MAX);
    let who = |id: Option<Id<User>>| id.map(|id| USERS.get(key(id.raw())).copied().unwrap_or(Who::System));
    let measures = listed::<LossMeasure>(system).await.map_err(|error| error.to_string())?;
    let measures = measures.into_iter().map(|it| {
        let (lost, by) = (key(it.lost.raw()), who(it.taken_by));
        Measure { lost, by, at: it.taken_at, text: it.measure }
    });
    let mut measures: Vec<Measure> = measures.collect();
    let mut said = model.measures.clone();
    measures.sort_by_key(|it| (it.at, it.lost));
    said.sort_by_key(|it| (it.at, it.lost));
    if measures != said {
        return Err(format!("the measures differ\n  crate: {measures:?}\n  model: {said:?}"));
    }
    let rounds = listed::<ServiceRound>(system).await.map_err(|error| error.to_string())?;
    let rounds = rounds.into_iter().map(|it| Round {
        request: key(it.request.raw()),
        round: it.round,
        handling: (it.handling, who(it.handled_by), it.handled_at.unwrap_or(Timestamp::EPOCH)),
        outcome: (it.result, score(it.satisfaction)),
        at: it.feedback_at,
    });
    let mut rounds: Vec<Round> = rounds.collect();
    let mut said = model.rounds.clone();
    rounds.sort_by_key(|it| (it.request, it.round));
    said.sort_by_key(|it| (it.request, it.round));
    if rounds == said { Ok(()) } else { Err(format!("the rounds differ\n  crate: {rounds:?}\n  model: {said:?}")) }
}
