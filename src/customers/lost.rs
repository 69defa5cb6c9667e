//! Lost customers: those who have not ordered for long, and what is done about it.

use super::{Customer, CustomerStatus, LossMeasure, NewLossMeasure};
use crate::access::User;
use crate::change::Change;
use crate::command::{Command, Commands, Loaded, Need, Outcome};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::machine::{Machine, Step, permitted, step};
use crate::problem::{FieldProblem, Problem};
use crate::query::{Filter, Period};
use crate::rollup::Rollup;
use crate::rules::{Context, Rules};
use crate::schema::{Entity, EntityFacts, Facts};
use crate::value::{Date, Timestamp};

crate::choice!(
    /// What is known of a customer who may be lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::customers::LossStatus;
    /// use crmkit::prelude::*;
    /// use crmkit::schema::Lang;
    ///
    /// assert_eq!(LossStatus::Resolved.code(), "resolved");
    /// assert_eq!(LossStatus::from_code("resolved"), Ok(LossStatus::Resolved));
    /// assert_eq!(LossStatus::definition().label("resolved", Lang::Zh), "已挽回");
    /// ```
    pub enum LossStatus {
        /// The customer has not ordered for long.
        #[code("warning", "预警", "Warning")]
        #[legacy(1)]
        Warning,
        /// Something is done to win the customer back.
        #[code("deferred", "暂缓流失", "Deferred")]
        #[legacy(2)]
        Deferred,
        /// The customer is lost.
        #[code("confirmed", "确认流失", "Confirmed")]
        #[legacy(3)]
        Confirmed,
        /// The customer has ordered again.
        #[code("resolved", "已挽回", "Resolved")]
        #[legacy(4)]
        Resolved,
    }
);

crate::entity!(
    #[entity("cst_lost", "客户流失", "Lost customer")]
    #[inputs(NewLostCustomer, LostCustomerPatch)]
    /// One silence of a customer: the scan finds it, an account manager defers or confirms it, an order ends it.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// let customer = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
    /// let warning = LostCustomer::warning(Id::NIL, &customer, "2026-03-31T09:00:00Z".parse()?);
    /// assert!(warning.is_open());
    /// // An order of a later day ends it.
    /// assert!(warning.is_ended_by("2026-04-01".parse()?));
    /// let resolved = warning.resolved("2026-04-01T09:00:00Z".parse()?);
    /// assert!(!resolved.is_open());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct LostCustomer {
        #[system]
        /// Who has not ordered.
        #[label("客户", "Customer")]
        pub customer: Id<Customer>,
        #[system]
        /// The account manager who was responsible when it was noticed.
        #[label("客户经理", "Account manager")]
        pub manager: Option<Id<User>>,
        #[system]
        /// The day of the last order before the silence; none if there never was one.
        #[label("上次下单日期", "Last order date")]
        pub last_order_date: Option<Date>,
        #[system]
        /// When it was noticed.
        #[label("预警时间", "Warned at")]
        pub warned_at: Timestamp,
        #[system]
        /// What is known of it.
        #[label("状态", "Status")]
        pub status: LossStatus,
        #[system]
        /// Why the customer is lost.
        #[label("流失原因", "Reason")]
        pub reason: Option<String>,
        #[system]
        /// When the loss was confirmed.
        #[label("确认流失时间", "Confirmed at")]
        pub confirmed_at: Option<Timestamp>,
        #[system]
        /// Who confirmed it.
        #[label("确认人", "Confirmed by")]
        pub confirmed_by: Option<Id<User>>,
        #[system]
        /// When it was noticed that the customer has ordered again.
        #[label("挽回时间", "Resolved at")]
        pub resolved_at: Option<Timestamp>,
    }
);

impl EntityFacts for LostCustomer {
    fn facts() -> Facts {
        Facts::default()
            .unique_when::<Self>(&[&LostCustomer::customer], LostCustomer::open())
            .index::<Self>(&[&LostCustomer::status, &LostCustomer::warned_at])
            .index::<Self>(&[&LostCustomer::status, &LostCustomer::confirmed_at])
            .owner(LostCustomer::customer.to(Customer::manager))
            .rollup(
                Rollup::new("losses_by_month")
                    .filter(LostCustomer::status.eq(LossStatus::Confirmed))
                    .period::<Self>(&LostCustomer::confirmed_at, Period::Month)
                    .key::<Self>(&LostCustomer::reason),
            )
            .actions(&["defer", "confirm", "scan"])
    }
}

impl LostCustomer {
    /// Those about which nothing is decided yet: warned of or deferred.
    #[must_use]
    pub fn open() -> Filter {
        Self::status.is_in([LossStatus::Warning, LossStatus::Deferred])
    }

    /// Whether nothing is decided about it yet; see [`LostCustomer::open`].
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.status, LossStatus::Warning | LossStatus::Deferred)
    }

    /// A warning about a customer, as he is now.
    #[must_use]
    pub fn warning(id: Id<Self>, customer: &Customer, now: Timestamp) -> Self {
        Self {
            customer: customer.id,
            manager: customer.manager,
            last_order_date: customer.last_order_on,
            warned_at: now,
            ..Self::draft(id, NewLostCustomer::default())
        }
    }

    /// Whether an order of a day ends this silence: it is about one, and the order came after it began.
    #[must_use]
    pub fn is_ended_by(&self, ordered_on: Date) -> bool {
        self.is_open() && self.last_order_date.is_none_or(|last| ordered_on > last)
    }

    /// Whether a silence that began on this day is another than this one: the customer ordered in between, and this
    /// one is over. The silence of a customer who never ordered is always the same.
    #[must_use]
    pub fn is_over_before(&self, last_order_on: Option<Date>) -> bool {
        !self.is_open() && last_order_on.is_some_and(|last| self.last_order_date.is_none_or(|before| before < last))
    }

    /// The same row, now that the customer has ordered again.
    #[must_use]
    pub fn resolved(&self, now: Timestamp) -> Self {
        Self { status: LossStatus::Resolved, resolved_at: Some(now), ..self.clone() }
    }

    /// The change that ends what is open, if an order of a day ends it.
    #[must_use]
    pub fn resolution(&self, ordered_on: Date, now: Timestamp) -> Option<Change> {
        let (record, expected) = (self.resolved(now).into_record(), self.version);
        self.is_ended_by(ordered_on).then_some(Change::Update { record, expected })
    }
}

impl Machine<LossStatus> for LostCustomer {
    const STEPS: &'static [Step<LossStatus>] = {
        use LossStatus::{Confirmed, Deferred, Resolved, Warning};
        &[
            Step { from: &[Warning, Deferred], event: "defer", to: &[Deferred] },
            Step { from: &[Deferred], event: "confirm", to: &[Confirmed] },
            // Nobody does this: an order of the customer does.
            Step { from: &[Warning, Deferred], event: "resolve", to: &[Resolved] },
        ]
    };

    fn state(&self) -> LossStatus {
        self.status
    }
}

impl Rules for LostCustomer {
    fn commands() -> Commands<Self> {
        Commands::default().with::<DeferLoss>().with::<ConfirmLoss>()
    }

    fn events(&self, context: &Context) -> Vec<&'static str> {
        permitted(self, context).collect()
    }
}

/// Puts off the decision and records what is done to win the customer back; again and again, and all of it is kept.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::customers::{DeferLoss, LossStatus};
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: "2026-03-31T09:00:00Z".parse()?, zone: chrono_tz::UTC };
///
/// let customer = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let warning = LostCustomer::warning(Id::NIL, &customer, context.now);
/// let fresh = Loaded::new(vec![RecordId::from_bytes([7; 16])]);
/// let deferred = DeferLoss { measure: "Called them".into() }.decide(warning, &fresh, &context)?;
/// assert_eq!(deferred.subject().status, LossStatus::Deferred);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeferLoss {
    /// What is done.
    pub measure: String,
}

/// Gives the customer up, after a deferral.
///
/// # Examples
///
/// ```
/// use crmkit::command::{Command, Loaded};
/// use crmkit::customers::ConfirmLoss;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let customer = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
/// let warning = LostCustomer::warning(Id::NIL, &customer, Timestamp::EPOCH);
/// let mut loaded = Loaded::default();
/// loaded.add(customer.into_record());
/// let refused = ConfirmLoss { reason: "no answer".into() }.decide(warning, &loaded, &context);
/// assert!(matches!(refused, Err(Error::State { .. })), "it was never deferred");
/// ```
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmLoss {
    /// Why the customer is lost.
    pub reason: String,
}

impl Command for DeferLoss {
    type Subject = LostCustomer;
    const ACTION: &'static str = "defer";

    fn decide(&self, mut lost: LostCustomer, loaded: &Loaded, context: &Context) -> Result<Outcome<LostCustomer>> {
        step::<LossStatus, _>(&lost, Self::ACTION)?;
        let measure = LossMeasure {
            lost: lost.id,
            taken_by: context.actor,
            taken_at: context.now,
            measure: required("measure", &self.measure)?,
            ..LossMeasure::draft(loaded.fresh(0), NewLossMeasure::default())
        };
        lost.status = LossStatus::Deferred;
        Outcome::of(lost).insert(measure, context)
    }
}

impl Command for ConfirmLoss {
    type Subject = LostCustomer;
    const ACTION: &'static str = "confirm";

    fn needs(&self, lost: &LostCustomer) -> Vec<Need> {
        vec![Need::record(lost.customer)]
    }

    fn decide(&self, mut lost: LostCustomer, loaded: &Loaded, context: &Context) -> Result<Outcome<LostCustomer>> {
        step::<LossStatus, _>(&lost, Self::ACTION)?;
        let customer: Customer = loaded.get(lost.customer)?;
        step::<CustomerStatus, _>(&customer, "lose")?;
        lost.reason = Some(required("reason", &self.reason)?);
        lost.status = LossStatus::Confirmed;
        lost.confirmed_at = Some(context.now);
        lost.confirmed_by = context.actor;
        let gone = Customer { status: CustomerStatus::Lost, ..customer.clone() };
        Ok(Outcome::of(lost).update(&customer, gone))
    }
}

fn required(field: &'static str, text: &str) -> Result<String> {
    if text.trim().is_empty() {
        let problems = vec![FieldProblem { field: field.into(), problem: Problem::Required }];
        return Err(Error::Invalid { entity: "lost_customer".into(), problems });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::NewCustomer;
    use crate::schema::Choice as _;

    fn day(text: &str) -> Option<Date> {
        Some(text.parse().unwrap())
    }

    fn row(status: LossStatus, last_order_date: Option<Date>) -> LostCustomer {
        let customer = Customer::draft(Id::NIL, NewCustomer::new("Acme"));
        LostCustomer { status, last_order_date, ..LostCustomer::warning(Id::NIL, &customer, Timestamp::EPOCH) }
    }

    #[test]
    fn only_a_later_order_ends_an_open_silence() {
        let later = day("2026-01-02").unwrap();
        for status in LossStatus::ALL {
            let open = matches!(status, LossStatus::Warning | LossStatus::Deferred);
            assert_eq!(row(*status, day("2026-01-01")).is_ended_by(later), open, "{status:?}");
            assert_eq!(row(*status, None).is_ended_by(later), open, "{status:?}");
            assert!(!row(*status, day("2026-01-02")).is_ended_by(later), "{status:?}");
        }
    }

    #[test]
    fn a_second_silence_needs_an_order_after_the_first() {
        let (first, second) = (day("2025-01-01"), day("2025-02-01"));
        let done = |last| row(LossStatus::Resolved, last);
        assert!(done(first).is_over_before(second) && done(None).is_over_before(first));
        assert!(!done(first).is_over_before(first) && !done(second).is_over_before(first));
        assert!(!done(None).is_over_before(None) && !done(first).is_over_before(None));
        assert!(!row(LossStatus::Deferred, first).is_over_before(second));
    }

    #[test]
    fn a_loss_is_confirmed_only_after_a_deferral_and_with_a_reason() {
        let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
        let mut loaded = Loaded::default();
        loaded.add(Customer::draft(Id::NIL, NewCustomer::new("Acme")).into_record());
        let confirm = |reason: &str, status| {
            let command = ConfirmLoss { reason: reason.into() };
            command.decide(row(status, None), &loaded, &context).map(|outcome| outcome.subject().status)
        };
        assert!(matches!(confirm("moved", LossStatus::Deferred), Ok(LossStatus::Confirmed)));
        assert!(matches!(confirm(" ", LossStatus::Deferred), Err(Error::Invalid { .. })));
        for status in [LossStatus::Warning, LossStatus::Confirmed, LossStatus::Resolved] {
            assert!(matches!(confirm("moved", status), Err(Error::State { .. })), "{status:?}");
        }
    }
}
