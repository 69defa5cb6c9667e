//! Setting up an empty store, and telling it of rights it does not know yet.

use std::collections::HashSet;

use super::hashing;
use crate::access::{ADMINISTRATOR, FOLDERS, FURTHER, Folder, ROLES};
use crate::access::{Grant, NewGrant, NewRight, NewRole, NewUser, Right, RightKind};
use crate::access::{NewSignInState, RightTable, Role, Scope, SignInState, User};
use crate::change::{Change, ChangeSet};
use crate::dictionary::DictionaryEntry;
use crate::error::{Error, Result};
use crate::id::{Id, IdSource, RecordId, SetId};
use crate::organisation::{NewNumberSeries, NewOrganisation, NumberSeries, Organisation};
use crate::query::Query;
use crate::rules::{Context, Rules};
use crate::schema::Entity;
use crate::storage::{ReaderExt, Storage};
use crate::value::Timestamp;

/// The set that sets up a store has one identity, so that of many programs that open it at once one does it.
const SETUP: SetId = SetId(RecordId::from_bytes(*b"crmkit-set-up-01"));

/// The series the crate numbers its records from, and their prefixes.
const SERIES: [(&str, &str); 4] = [("customer", "KH"), ("order", "DD"), ("opportunity", "XS"), ("service", "FW")];

/// Sets up an empty store and gives the organisation it then has.
pub(super) async fn set_up(
    storage: &dyn Storage,
    rights: &RightTable,
    folders: &[Folder],
    organisation: NewOrganisation,
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<Organisation> {
    let context = Context { actor: None, now, zone: chrono_tz::UTC };
    let mut set = ChangeSet::new(SETUP, now, "setup");
    let organisation = Organisation::created(Organisation::draft(Id::new(ids.next_id(now)), organisation), &context)?;
    let organisation_zone = organisation.zone();
    set.changes.push(Change::Insert(organisation.into_record()));
    for (code, prefix) in SERIES {
        set.changes.push(Change::Insert(series_of(code, prefix, now, ids)?.into_record()));
    }
    for entry in crate::dictionary::seed() {
        let entry = DictionaryEntry::draft(Id::new(ids.next_id(now)), entry);
        set.changes.push(Change::Insert(DictionaryEntry::created(entry, &context)?.into_record()));
    }
    let all: Vec<Right> = tree(rights, folders, now, ids);
    let roles: Vec<Role> = ROLES.iter().map(|role| role_of(role.code, role.description, now, ids)).collect();
    for (role, default) in roles.iter().zip(ROLES) {
        for right in all.iter().filter(|right| right.kind == RightKind::Operation) {
            let scope = default.scope(&right.code);
            if scope != Scope::None {
                let new = NewGrant { role: role.id, right: right.id, scope, ..Default::default() };
                set.changes.push(Change::Insert(Grant::draft(Id::new(ids.next_id(now)), new).into_record()));
            }
        }
    }
    let user = User::draft(Id::new(ids.next_id(now)), NewUser::new("admin", Role::ADMINISTRATOR));
    set.changes.push(Change::Insert(User::created(user, &context)?.into_record()));
    if storage.schema().of::<SignInState>().is_some() {
        set.changes.push(Change::Insert(sign_in_state(1, now, ids)?.into_record()));
    }
    set.changes.extend(roles.into_iter().map(|role| Change::Insert(role.into_record())));
    set.changes.extend(all.into_iter().map(|right| Change::Insert(right.into_record())));
    // References are looked at at the end of a set, but parents first spares a store from looking twice.
    set.changes.reverse();
    // What the set-up itself writes is counted nowhere, so that nothing is missing in an empty store.
    set.changes.extend(super::rollups::first_states(storage, organisation_zone, &set).await?);
    storage.commit(&set).await?;
    let found = storage.first::<Organisation>(Organisation::code.eq(crate::organisation::MAIN)).await?;
    found.ok_or_else(|| Error::NotFound { entity: "organisation".into(), key: crate::organisation::MAIN.into() })
}

fn role_of(code: &str, description: &str, now: Timestamp, ids: &dyn IdSource) -> Role {
    let new = NewRole { description: Some(description.into()), ..NewRole::new(code) };
    let id = if code == ADMINISTRATOR { Role::ADMINISTRATOR } else { Id::new(ids.next_id(now)) };
    Role::draft(id, new)
}

/// What sign-in keeps of all users together, for a number of active administrators.
fn sign_in_state(administrators: i64, now: Timestamp, ids: &dyn IdSource) -> Result<SignInState> {
    let pepper = hashing::random()?.iter().map(|byte| format!("{byte:02x}")).collect();
    let new = NewSignInState { code: SignInState::MAIN.into(), administrators, pepper, ..Default::default() };
    Ok(SignInState::draft(Id::new(ids.next_id(now)), new))
}

/// Stores what sign-in keeps of all users together where it is not stored yet: the store may be older than that.
pub(super) async fn add_sign_in_state(storage: &dyn Storage, now: Timestamp, ids: &dyn IdSource) -> Result<()> {
    if storage.schema().of::<SignInState>().is_none()
        || storage.first::<SignInState>(SignInState::code.eq(SignInState::MAIN)).await?.is_some()
    {
        return Ok(());
    }
    let administrators = super::verify::administrators(storage).await?;
    let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "setup.sign_in");
    set.changes.push(Change::Insert(sign_in_state(administrators, now, ids)?.into_record()));
    commit_additions(storage, &set).await
}

fn series_of(code: &str, prefix: &str, now: Timestamp, ids: &dyn IdSource) -> Result<NumberSeries> {
    let context = Context { actor: None, now, zone: chrono_tz::UTC };
    NumberSeries::created(
        NumberSeries::draft(Id::new(ids.next_id(now)), NewNumberSeries::daily(code, prefix)),
        &context,
    )
}

/// Stores the number series that are not stored yet: the store may be older than they are.
pub(super) async fn add_series(storage: &dyn Storage, now: Timestamp, ids: &dyn IdSource) -> Result<()> {
    let stored = storage.collect(Query::of::<NumberSeries>().columns([NumberSeries::code.path()])).await?;
    let stored: HashSet<&str> = stored.iter().filter_map(|record| record.value(0).as_text()).collect();
    let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "setup.series");
    for (code, prefix) in SERIES.into_iter().filter(|(code, _)| !stored.contains(code)) {
        set.changes.push(Change::Insert(series_of(code, prefix, now, ids)?.into_record()));
    }
    commit_additions(storage, &set).await
}

/// Stores the rights that are not stored yet.
pub(super) async fn add_rights(
    storage: &dyn Storage,
    rights: &RightTable,
    folders: &[Folder],
    now: Timestamp,
    ids: &dyn IdSource,
) -> Result<()> {
    let query = Query::of::<Right>().columns([Right::code.path()]).limit(1_000);
    let stored = storage.collect(query).await?;
    let stored: HashSet<&str> = stored.iter().filter_map(|record| record.value(0).as_text()).collect();
    let mut set = ChangeSet::new(SetId(ids.next_id(now)), now, "setup.rights");
    let missing = tree(rights, folders, now, ids).into_iter().filter(|right| !stored.contains(right.code.as_str()));
    set.changes.extend(missing.map(|right| Change::Insert(right.into_record())));
    commit_additions(storage, &set).await
}

async fn commit_additions(storage: &dyn Storage, set: &ChangeSet) -> Result<()> {
    if set.changes.is_empty() {
        return Ok(());
    }
    match storage.commit(set).await {
        // Another program that opened the store at the same moment has stored them.
        Err(error) if !error.refusals().is_empty() => Ok(()),
        other => Ok(other.map(drop)?),
    }
}

/// The folders and operations as records; of two folders that hold something, the host's.
fn tree(rights: &RightTable, folders: &[Folder], now: Timestamp, ids: &dyn IdSource) -> Vec<Right> {
    let mut tree: Vec<Right> = Vec::new();
    let mut add = |new: NewRight| tree.push(Right::draft(Id::new(ids.next_id(now)), new));
    for folder in FOLDERS.iter().chain(folders) {
        let (code, text) = (folder.code.into(), folder.label.en.to_string());
        let tip = Some(folder.label.zh.to_string());
        let parent = folder.parent.map(ToOwned::to_owned);
        add(NewRight { code, parent, kind: RightKind::Folder, text, tip, ..Default::default() });
    }
    for code in rights.codes() {
        let subject = code.split('.').next().unwrap_or(code);
        let folder = folders.iter().chain(FOLDERS).find(|folder| folder.holds.contains(&subject));
        let further = FURTHER.iter().find(|(further, _)| *further == code).map(|(_, label)| label);
        let parent = folder.map(|folder| folder.code.to_owned());
        let text = further.map_or_else(|| code.replace(['.', '_'], " "), |label| label.en.to_string());
        let tip = further.map(|label| label.zh.to_string());
        add(NewRight { code: code.into(), parent, kind: RightKind::Operation, text, tip, ..Default::default() });
    }
    tree
}
