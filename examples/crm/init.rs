//! `crm init`: the store and the organisation.

use crmkit::organisation::{Language as Spoken, OrganisationPatch};
use crmkit::prelude::*;
use crmkit::report::{Column, Report, Table};
use crmkit::schema::{ColumnType, Label, Lang};
use pollster::block_on;

use crate::call::Call;
use crate::cli::Language;
use crate::failure::{Failure, Outcome};
use crate::shell::Opening;

#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// The time zone in which days begin, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// The currency all amounts are in, such as EUR
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// What the organisation is called
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Brings the store up to date, changes what the options name, and prints what there is.
pub(crate) fn run(args: &InitArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session_on(Opening::Migrating)?;
    let language = call.globals.lang.map(|language| match language {
        Language::En => Spoken::En,
        Language::Zh => Spoken::Zh,
    });
    let report = block_on(set_up(&session, args, language))?;
    call.print(&report)?;
    Ok(Outcome::Done)
}

async fn set_up(session: &Session, args: &InitArgs, language: Option<Spoken>) -> Result<Report> {
    let before = session.crm().organisation();
    let patch = OrganisationPatch {
        time_zone: changed(&before.time_zone, args.time_zone.clone()),
        currency: changed(&before.currency, args.currency.clone()),
        language: changed(&before.language, language),
        name: changed(&before.name, args.name.clone().map(Some)),
        ..Default::default()
    };
    let organisation = if patch == OrganisationPatch::default() {
        (*before).clone()
    } else {
        session.organisation().edit(before.id, patch).await?
    };
    let text = |name, zh, en| Column::new(name, ColumnType::Text, Label::new(zh, en));
    let mut table = Table::new(vec![text("item", "项目", "Item"), text("value", "值", "Value")]);
    let lang = session.lang();
    let mut push = |zh: &str, en: &str, value: String| {
        let item = if lang == Lang::Zh { zh } else { en };
        table.push(vec![item.into(), value.into()]);
    };
    push("组织", "organisation", organisation.name.clone().unwrap_or_else(|| "-".to_owned()));
    push("时区", "time zone", organisation.time_zone.clone());
    push("语言", "language", organisation.language.code().to_owned());
    push("币种", "currency", organisation.currency.clone());
    let system = session.crm().system();
    let roles = system.roles().list(Query::of::<Role>().order(Role::name.asc())).await?.items;
    for role in &roles {
        let grants = system.grants().count(Grant::role.eq(role.id)).await?;
        let users = system.users().count(User::role.eq(role.id)).await?;
        let value = match lang {
            Lang::Zh => format!("{grants} 项权限，{users} 个用户"),
            Lang::En if users == 1 => format!("{grants} rights, 1 user"),
            Lang::En => format!("{grants} rights, {users} users"),
        };
        push(&format!("角色 {}", role.name), &format!("role {}", role.name), value);
    }
    Ok(Report::new("init", Vec::new(), table, lang))
}

fn changed<T: PartialEq>(current: &T, given: Option<T>) -> Edit<T> {
    given.filter(|given| given != current).map_or(Edit::Keep, Edit::Set)
}
