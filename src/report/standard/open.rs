//! What waits to be seen to now: warnings of losses, and service requests.

use async_trait::async_trait;

use super::super::catalogue::StandardReport;
use super::super::definition::{Definition, FieldColumn};
use super::super::error::Result;
use super::super::hint::{ChartHint, ChartKind};
use super::super::options::{OptionDef, Options};
use super::super::table::{Column, Table};
use super::super::view::View;
use super::common::whole_numbers;
use crate::customers::{Customer, LostCustomer};
use crate::schema::{ColumnType, Label, Name};
use crate::service::{ServiceRequest, ServiceStatus};
use crate::value::Value;

/// Which warnings of losses nothing is decided about.
///
/// Every warned or deferred loss: the day it was noticed in the organisation's zone, the days since, the customer, the
/// manager who was responsible then, the day of the last order and how far it has come (defection to be prevented;
/// Reichheld, "The Loyalty Effect"). Oldest first, then by customer number.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::LossWarnings;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&LossWarnings::default()).await?;
/// assert_eq!(report.name, "loss-warnings");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LossWarnings;

#[async_trait]
impl StandardReport for LossWarnings {
    const NAME: &'static str = "loss-warnings";
    const ABOUT: Label = Label::new(
        "流失预警：未处理完的预警",
        "warnings of losses that nothing is decided about, oldest first (Reichheld)",
    );
    const OPTIONS: &'static [OptionDef] = &[];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["customer_name"], &["days"]));

    fn parse(_: &Options) -> Result<Self> {
        Ok(Self)
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        Vec::new()
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let number = LostCustomer::customer.to(Customer::number);
        let name = LostCustomer::customer.to(Customer::name);
        let fields = vec![
            FieldColumn::new(LostCustomer::warned_at),
            FieldColumn::new(number).named("customer_number").labelled("客户编号", "Customer no."),
            FieldColumn::new(name).named("customer_name").labelled("客户名称", "Customer"),
            FieldColumn::new(LostCustomer::manager),
            FieldColumn::new(LostCustomer::last_order_date),
            FieldColumn::new(LostCustomer::status),
        ];
        let found = Definition::list::<LostCustomer>(Self::NAME, fields).filter(LostCustomer::open());
        since(
            &found.table(view).await?,
            Column::new("warned_on", ColumnType::Date, Label::new("预警日期", "Warned on")),
            view,
        )
    }
}

/// Which service requests are not over.
///
/// Every request that is not archived: the day it was entered in the organisation's zone, the days since, its number and
/// title, the customer, who sees to it and how far it has come (the backlog; Cannon, "ITIL Service Operation"). Oldest
/// first, then by number.
///
/// # Examples
///
/// ```
/// use crmkit::prelude::*;
/// use crmkit::report::OpenServices;
///
/// # pollster::block_on(async {
/// # let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
/// let report = crm.system().report_typed(&OpenServices::default()).await?;
/// assert_eq!(report.name, "open-services");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OpenServices;

#[async_trait]
impl StandardReport for OpenServices {
    const NAME: &'static str = "open-services";
    const ABOUT: Label =
        Label::new("未完成服务：尚未归档的服务", "service requests that are not archived, oldest first (ITIL)");
    const OPTIONS: &'static [OptionDef] = &[];
    const CHART: Option<ChartHint> = Some(ChartHint::new(ChartKind::Bars, &["number"], &["days"]));

    fn parse(_: &Options) -> Result<Self> {
        Ok(Self)
    }

    fn parameters(&self, _: &View<'_>) -> Vec<(Name, Value)> {
        Vec::new()
    }

    async fn table(&self, view: &View<'_>) -> Result<Table> {
        let fields = vec![
            FieldColumn::new(ServiceRequest::created_at),
            FieldColumn::new(ServiceRequest::number),
            FieldColumn::new(ServiceRequest::title),
            FieldColumn::new(ServiceRequest::customer.to(Customer::name))
                .named("customer_name")
                .labelled("客户名称", "Customer"),
            FieldColumn::new(ServiceRequest::assigned_to).named("assignee"),
            FieldColumn::new(ServiceRequest::status),
        ];
        let open = ServiceRequest::status.eq(ServiceStatus::Archived).not();
        let found = Definition::list::<ServiceRequest>(Self::NAME, fields).filter(open);
        since(
            &found.table(view).await?,
            Column::new("created_on", ColumnType::Date, Label::new("创建日期", "Entered on")),
            view,
        )
    }
}

/// The rows with the day of the moment in the first column, and the days from it to today, in place of the moment.
fn since(found: &Table, day: Column, view: &View<'_>) -> Result<Table> {
    let others = found.columns().iter().skip(1).cloned();
    let mut table = Table::new([day, whole_numbers("days", "天数", "Days")].into_iter().chain(others).collect());
    for row in found.rows() {
        let Some((Value::Timestamp(at), others)) = row.split_first() else { continue };
        let on = at.local_date(view.time_zone());
        let days = view.today().signed_duration_since(on).num_days();
        table.push([on.into(), days.into()].into_iter().chain(others.iter().cloned()).collect());
    }
    table.sorted(&[])
}
