//! A small company whose figures one can add up by hand.

use std::io::Cursor;

use crmkit::access::{FieldAccess, NewFieldRule, Scope};
use crmkit::brief::{Brief, BriefOptions};
use crmkit::organisation::OrganisationPatch;
use crmkit::prelude::*;
use crmkit::report::ReportError;
use crmkit::transfer::{ImportKind, ImportOptions, ImportOutput};
use pollster::block_on;

use crate::cast::{Cast, casts};

const FILES: [(&str, &str); 10] = [
    (
        "customers",
        "number,name,region,level,manager\nC1,Acme & Söhne,East,5,li\nC2,环球贸易,West,3,wang\nC3,Silent Ltd,East,,li\n",
    ),
    ("products", "code,name,price\nP1,Tea,10\nP2,Pot,25\n"),
    (
        "orders",
        "number,customer,date,status,manager\nO1,C3,2025-02-10,paid,li\nO2,C1,2026-01-15,paid,li\n\
         O3,C1,2026-02-05,paid,li\nO4,C2,2026-02-20,paid,wang\nO5,C2,2026-02-21,created,wang\n",
    ),
    (
        "order_lines",
        "order,product,quantity,unit_price\nO1,P1,30,10\nO2,P1,10,10\nO3,P1,6,10\nO3,P2,1,25\nO4,P2,1,15.5\nO5,P1,100,10\n",
    ),
    ("stages", "pipeline,name,position,probability\nMain,Offer,1,0.5\n"),
    (
        "opportunities",
        "number,customer_name,title,status,pipeline,stage,amount,owner,created_on,closed_on\n\
         X0,Zeroth,Deal,terminated,Main,Offer,10,li,2026-01-02,2026-01-20\n\
         X1,First,Deal,won,Main,Offer,1000,li,2026-02-01,2026-02-10\n\
         X2,Second,Deal,terminated,Main,Offer,500,wang,2026-01-05,2026-02-11\n\
         X3,Third,Deal,assigned,Main,Offer,400,li,2026-02-12,\n",
    ),
    ("plans", "opportunity,date,todo\nX3,2026-02-20,Call\n"),
    (
        "services",
        "number,customer,type,title,status,created_on,handled_on,satisfaction,assignee\n\
         S1,C1,complaint,Cold tea,archived,2026-02-03,2026-02-04,3,li\n\
         S2,C2,inquiry,When,assigned,2026-02-05,,,wang\n\
         S3,C1,inquiry,Old,archived,2026-01-10,2026-01-11,5,li\n",
    ),
    (
        "lost",
        "customer,status,manager,last_order_date,warned_on,reason,confirmed_on\n\
         C3,warning,li,2025-02-10,2026-01-05,,\nC2,confirmed,wang,2025-01-01,2026-02-01,Moved away,2026-02-15\n",
    ),
    ("activities", "customer,date,title\nC1,2026-02-27,Visit\n"),
];

/// The company on each store, at 09:00 on 2 March 2026.
pub(crate) fn companies() -> Vec<Cast> {
    let companies = block_on(casts());
    for company in &companies {
        let organisation = company.crm.organisation();
        let patch = OrganisationPatch { name: Some("Tea & Co <Ltd>".to_owned()).into(), ..Default::default() };
        block_on(company.system.organisation().edit(organisation.id, patch)).unwrap();
        for (kind, text) in FILES {
            import(company, kind, text);
        }
    }
    companies
}

pub(crate) fn import(company: &Cast, kind: &str, text: &str) {
    let options = ImportOptions::new(ImportKind::named(kind).unwrap());
    let mut rejects = Vec::new();
    let output = ImportOutput { rejects: Some(&mut rejects), ..Default::default() };
    let report = block_on(company.system.import(&options, Cursor::new(text.to_owned()), output)).unwrap();
    let rows = text.lines().count() as u64 - 1;
    assert_eq!(report.progress.imported, rows, "{kind}: {}", String::from_utf8(rejects).unwrap());
}

pub(crate) fn about(session: &Session, period: &str) -> Result<Brief, ReportError> {
    block_on(session.brief(&BriefOptions::about(period.parse().unwrap())))
}

/// Gives a role the right to every report, with a scope.
pub(crate) fn grant(company: &Cast, role: &str, scope: Scope) {
    let role = block_on(company.system.roles().named(role)).unwrap().id;
    block_on(company.system.roles().tick(role, "reports", scope)).unwrap();
}

pub(crate) fn hide(company: &Cast, role: &str, entity: &str, field: &str) {
    let role = block_on(company.system.roles().named(role)).unwrap().id;
    let (entity, field) = (entity.to_owned(), field.to_owned());
    let rule = NewFieldRule { role, entity, field, access: FieldAccess::Hidden, ..Default::default() };
    block_on(company.system.field_rules().create(rule)).unwrap();
}
