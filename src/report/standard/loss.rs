//! Loss 流失: which customers were lost.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::days::Days;
use super::super::definition::{Definition, FieldColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::lookup::named;
use super::super::options::{OptionDef, Options};
use super::super::table::{Column, Table};
use super::super::view::View;
use super::contribution::CUSTOMER;
use super::sales::{FROM, TO};
use crate::access::User;
use crate::customers::{Customer, LossStatus, LostCustomer};
use crate::query::Filter;
use crate::schema::{ColumnType, Label, Name};
use crate::value::Value;

/// Which customers were lost.
///
/// A row for every confirmed loss: the day it was confirmed in the organisation's zone, the customer, the account manager
/// who was responsible when the silence was noticed, and why. Oldest first, then by customer number; those of which the
/// day is not known last. Where an end of the days is given, they are left out. (Defections; Reichheld, "The Loyalty
/// Effect".)
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::Loss;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&Loss { customer: Some("acme".into()), ..Default::default() }).await?;
/// assert_eq!(report.name, "loss");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loss {
    /// The days in which the losses were confirmed.
    pub days: Days,
    /// Words that the customer's name contains.
    pub customer: Option<String>,
    /// The account manager's login, or his name if only one has it.
    pub manager: Option<String>,
}

pub(super) const fn person(name: &'static str, zh: &'static str, en: &'static str) -> OptionDef {
    OptionDef::new(name, "LOGIN", zh, en)
}

/// The losses confirmed in these days.
pub(super) fn confirmed(days: &Days, view: &View<'_>) -> Filter {
    let days = days.moments(&LostCustomer::confirmed_at.path(), view.time_zone());
    LostCustomer::status.eq(LossStatus::Confirmed).and(days)
}

#[async_trait]
impl StandardReport for Loss {
    const NAME: &'static str = "loss";
    const ABOUT: Label = Label::new(
        "客户流失：确认流失的客户及原因",
        "which customers were lost, when, and why (Reichheld, The Loyalty Effect)",
    );
    const OPTIONS: &'static [OptionDef] =
        &[FROM, TO, CUSTOMER, person("manager", "客户经理的用户名或姓名", "the account manager's login or name")];
    const CHART: Option<ChartHint> = Some(ChartHint::counted(ChartKind::Bars, &["manager"]));

    fn parse(options: &Options) -> Result<Self> {
        let text = |name| options.text(name).map(ToOwned::to_owned);
        Ok(Self { days: options.days()?, customer: text("customer"), manager: text("manager") })
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        vec![
            ("from".into(), self.days.from.into()),
            ("to".into(), self.days.to.into()),
            ("customer".into(), self.customer.clone().into()),
            ("manager".into(), self.manager.clone().into()),
        ]
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let number = LostCustomer::customer.to(Customer::number);
        let name = LostCustomer::customer.to(Customer::name);
        let columns = vec![
            FieldColumn::new(LostCustomer::confirmed_at),
            FieldColumn::new(number).labelled("客户编号", "Customer no."),
            FieldColumn::new(name.clone()).labelled("客户名称", "Customer"),
            FieldColumn::new(LostCustomer::manager),
            FieldColumn::new(LostCustomer::reason),
        ];
        let mut losses = Definition::list::<LostCustomer>(Self::NAME, columns).filter(confirmed(&self.days, view));
        if let Some(words) = &self.customer {
            losses = losses.filter(name.contains(words));
        }
        if let Some(manager) = &self.manager {
            let manager: User = named(view, "manager", manager).await?;
            losses = losses.filter(LostCustomer::manager.eq(manager.id));
        }
        let losses = losses.table(view).await?;
        let day = Column::new("confirmed_on", ColumnType::Date, Label::new("确认流失日期", "Confirmed on"));
        let others = losses.columns().iter().skip(1).cloned();
        let mut table = Table::new(std::iter::once(day).chain(others).collect());
        for row in losses.rows() {
            let Some((at, others)) = row.split_first() else { continue };
            let day = match at {
                Value::Timestamp(at) => at.local_date(view.time_zone()).into(),
                _ => Value::Null,
            };
            table.push(std::iter::once(day).chain(others.iter().cloned()).collect());
        }
        table.sorted(&[])
    }
}
