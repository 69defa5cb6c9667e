//! `crm explain`: may he, and which rule says so?

use pollster::block_on;

use crate::call::{Call, sign_in};
use crate::failure::{Failure, Outcome};
use crate::kind::Kind;

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Who, by login
    login: String,
    /// What he wants to do, such as edit
    action: String,
    /// With which kind of record, such as customer; or data or report
    kind: String,
    /// With which record, by number, code, login or id
    record: Option<String>,
}

/// Prints the answer and the rule.
pub(crate) fn run(args: &ExplainArgs, call: &mut Call<'_>) -> Result<Outcome, Failure> {
    let session = call.session()?;
    block_on(session.require("grant.read"))?;
    let code = right_subject(session.crm().schema(), &args.kind);
    let right = format!("{code}.{}", args.action);
    if session.crm().rights().id(&right).is_none() {
        let known: Vec<&str> = session.crm().rights().codes().collect();
        return Err(Failure::unknown("right", &right, known));
    }
    let decision = block_on(async {
        let other = sign_in(session.crm(), &args.login).await?;
        other.explain(&right, args.record.as_deref()).await
    })?;
    let answer = if decision.allowed { "yes" } else { "no" };
    call.say(&format!("{answer}: {}", decision.rule))?;
    Ok(Outcome::Done)
}

/// What stands before the dot of a right: the code of the entity of a kind, else what was said.
fn right_subject(schema: &crmkit::schema::Schema, kind: &str) -> String {
    Kind::named(schema, kind).map_or_else(|_| kind.to_owned(), |kind| kind.def.code.to_string())
}
