//! `crm role tick …`, `crm role field …`: the tree of rights of a role, and the fields that are kept from it.

use clap::Subcommand;
use crmkit::access::{FieldAccess, FieldRule, FieldRulePatch, NewFieldRule, RightTree, Tick, Ticks};
use crmkit::prelude::*;

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Kept {
    /// Not seen at all
    Hidden,
    /// Seen, but not set
    Frozen,
    /// As the rights say
    Open,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FieldCommand {
    /// List the fields that are kept from a role
    List {
        /// The role
        role: String,
    },
    /// Hide a field from a role, freeze it, or open it again
    Set {
        /// The role
        role: String,
        /// The entity and the field, such as customer.bank_account
        field: String,
        /// How it is kept
        #[arg(value_enum)]
        access: Kept,
    },
}

/// Ticks or unticks a right, or a whole folder of rights, and says what became of the role.
pub(crate) async fn tick(session: &Session, role: &str, right: &str, scope: Option<Scope>) -> Result<String> {
    let found = session.roles().named(role).await?.id;
    match scope {
        Some(scope) => {
            session.roles().tick(found, right, scope).await?;
            Ok(format!("the role `{role}` has `{right}` and all below it with the scope `{}`", scope.code()))
        }
        None => {
            session.roles().untick(found, right).await?;
            Ok(format!("the role `{role}` has nothing of `{right}`"))
        }
    }
}

/// The tree of rights with what a role has of it.
pub(crate) async fn tree(session: &Session, role: &str) -> Result<String> {
    let role = session.roles().named(role).await?.id;
    let (tree, ticks) = (session.roles().right_tree().await?, session.roles().ticks(role).await?);
    let mut lines = Vec::new();
    branch(&tree, &ticks, RightTree::ROOT, 0, &mut lines);
    Ok(lines.join("\n"))
}

fn branch(tree: &RightTree, ticks: &Ticks, code: &str, depth: usize, lines: &mut Vec<String>) {
    let mark = match tree.state(ticks, code) {
        Tick::Off => "[ ]",
        Tick::Partly => "[-]",
        Tick::On => "[x]",
    };
    lines.push(format!("{}{mark} {code}", "  ".repeat(depth)));
    tree.children(code).for_each(|child| branch(tree, ticks, child, depth + 1, lines));
}

/// Lists or sets how fields are kept from a role.
pub(crate) async fn field(session: &Session, command: &FieldCommand) -> Result<String> {
    match command {
        FieldCommand::List { role } => {
            let found = session.roles().named(role).await?.id;
            let query = Query::of::<FieldRule>().filter(FieldRule::role.eq(found)).limit(1_000);
            let rules = session.field_rules().list(query).await?.items;
            let line = |rule: &FieldRule| format!("{}.{} {}", rule.entity, rule.field, rule.access.code());
            match rules.is_empty() {
                true => Ok(format!("no field is kept from the role `{role}`")),
                false => Ok(rules.iter().map(line).collect::<Vec<_>>().join("\n")),
            }
        }
        FieldCommand::Set { role, field, access } => set(session, role, field, *access).await,
    }
}

async fn set(session: &Session, role: &str, field: &str, access: Kept) -> Result<String> {
    let (entity, name) = field.split_once('.').unwrap_or((field, ""));
    let found = session.roles().named(role).await?.id;
    let same = FieldRule::role.eq(found).and(FieldRule::entity.eq(entity)).and(FieldRule::field.eq(name));
    let rule = session.field_rules().list(Query::of::<FieldRule>().filter(same).limit(1)).await?.items.pop();
    let wanted = match access {
        Kept::Hidden => Some(FieldAccess::Hidden),
        Kept::Frozen => Some(FieldAccess::Frozen),
        Kept::Open => None,
    };
    match (rule, wanted) {
        (Some(rule), Some(access)) => {
            let patch = FieldRulePatch { access: access.into(), ..Default::default() };
            session.field_rules().edit(rule.id, patch).await?;
        }
        (Some(rule), None) => session.field_rules().delete(rule.id).await?,
        (None, Some(access)) => {
            let (entity, field) = (entity.to_owned(), name.to_owned());
            let new = NewFieldRule { role: found, entity, field, access, ..Default::default() };
            session.field_rules().create(new).await?;
        }
        (None, None) => {}
    }
    let said = wanted.map_or("open", |access| access.code());
    Ok(format!("the field `{field}` is {said} for the role `{role}`"))
}
