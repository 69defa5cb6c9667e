//! State machines as tables: which event leads from which state to which.
//!
//! One table is all there is to a machine. The check before a command, the actions a host offers for a record, the
//! diagram in the documentation and the exhaustive test all read it.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::rules::{Context, Rules};
use crate::schema::Choice;

/// One row of a state table.
///
/// # Examples
///
/// ```
/// use crmkit::machine::Machine;
/// use crmkit::prelude::*;
///
/// let mut steps = <Order as Machine<OrderStatus>>::STEPS.iter();
/// let ship = steps.find(|step| step.event == "ship").ok_or("orders are shipped")?;
/// assert_eq!((ship.from, ship.to), (&[OrderStatus::Packed][..], &[OrderStatus::Shipped][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Step<S: 'static> {
    /// The states it begins in.
    pub from: &'static [S],
    /// The event: the action of the right it needs.
    pub event: &'static str,
    /// The states it may lead to; where there are several, the rule says when, and where there is none, the record is
    /// no longer there.
    pub to: &'static [S],
}

/// What an event asks for beside the state, of the record itself and of who acts.
///
/// # Examples
///
/// ```
/// use crmkit::machine::Machine;
/// use crmkit::service::ServiceRequest;
///
/// let rules: Vec<&str> = ServiceRequest::CONDITIONS.iter().map(|condition| condition.rule).collect();
/// assert!(rules.contains(&"only whom a service request is assigned to can handle it"));
/// ```
#[derive(Debug)]
pub struct Condition<M: 'static> {
    /// The events that ask for it.
    pub events: &'static [&'static str],
    /// Whether it is met.
    pub met: fn(&M, &Context) -> bool,
    /// What it is about.
    pub about: About,
    /// What one is told who does not meet it.
    pub rule: &'static str,
}

/// What a [`Condition`] is about.
///
/// # Examples
///
/// ```
/// use crmkit::machine::{About, Machine};
/// use crmkit::prelude::*;
///
/// let rule = "only whom a service request is assigned to can handle it";
/// let mut conditions = ServiceRequest::CONDITIONS.iter();
/// let assigned = conditions.find(|condition| condition.rule == rule).ok_or("no such condition")?;
/// assert_eq!(assigned.about, About::Actor, "the system may handle it, too");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Who acts; the system is always allowed.
    Actor,
    /// The record; it stands against the system too.
    Record,
}

/// An entity whose records go through states of the kind `S`. One entity may go through several kinds, as an order
/// does through fulfilment and payment.
///
/// # Examples
///
/// ```
/// use crmkit::machine::{Machine, Step, events, step};
/// use crmkit::prelude::*;
///
/// crmkit::choice!(
///     /// Whether a door is open.
///     pub enum DoorState {
///         /// Nobody gets through.
///         #[code("closed", "关", "Closed")]
///         Closed,
///         /// Everybody gets through.
///         #[code("open", "开", "Open")]
///         Open,
///     }
/// );
///
/// crmkit::entity!(
///     #[entity("site_door", "门", "Door")]
///     #[inputs(NewDoor, DoorPatch)]
///     /// A door.
///     pub struct Door {
///         /// Whether it is open.
///         pub state: DoorState,
///     }
/// );
///
/// impl EntityFacts for Door {
///     fn facts() -> Facts {
///         Facts::default().actions(&["unlock"])
///     }
/// }
///
/// impl Rules for Door {}
///
/// impl Machine<DoorState> for Door {
///     const STEPS: &'static [Step<DoorState>] =
///         &[Step { from: &[DoorState::Closed], event: "unlock", to: &[DoorState::Open] }];
///
///     fn state(&self) -> DoorState {
///         self.state
///     }
/// }
///
/// let closed = Door::draft(Id::NIL, NewDoor::default());
/// assert_eq!(step(&closed, "unlock")?.to, [DoorState::Open]);
/// let open = Door { state: DoorState::Open, ..closed };
/// assert!(step(&open, "unlock").is_err() && events(&open).next().is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Machine<S: Choice>: Rules {
    /// The table.
    const STEPS: &'static [Step<S>];

    /// What events ask for beside the state; nothing, unless it is said here.
    const CONDITIONS: &'static [Condition<Self>] = &[];

    /// The state a record is in.
    fn state(&self) -> S;
}

/// The row for an event in the state a record is in.
///
/// # Errors
///
/// [`Error::State`] saying which state the record is in and which it would have to be in.
///
/// # Examples
///
/// ```
/// use crmkit::machine::step;
/// use crmkit::prelude::*;
///
/// let order = Order::draft(Id::NIL, NewOrder::default());
/// assert_eq!(step::<OrderStatus, _>(&order, "confirm")?.to, [OrderStatus::Confirmed]);
/// let refused = step::<OrderStatus, _>(&order, "ship").map_err(|error| error.to_string());
/// assert!(refused.is_err_and(|text| text.ends_with("is `created`; `ship` needs `packed`")));
/// # Ok::<(), Error>(())
/// ```
pub fn step<S: Choice, M: Machine<S>>(record: &M, event: &str) -> Result<&'static Step<S>> {
    let state = record.state();
    let rows = || M::STEPS.iter().filter(|step| step.event == event);
    rows().find(|step| step.from.contains(&state)).ok_or_else(|| {
        let from: Vec<String> = rows().flat_map(|step| step.from).map(|from| format!("`{}`", from.code())).collect();
        let needs = if from.is_empty() { "no state at all".to_owned() } else { from.join(" or ") };
        Error::State {
            entity: M::definition().code,
            id: record.id().raw(),
            problem: format!("is `{}`; `{event}` needs {needs}", state.code()),
        }
    })
}

/// The row for an event in the state a record is in, if everything the event asks for is there.
///
/// # Errors
///
/// As [`step`]; [`Error::Denied`] saying who may, [`Error::State`] saying what stands against it in the record.
///
/// # Examples
///
/// ```
/// use crmkit::machine::permit;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: Some(Id::new(RecordId::from_bytes([7; 16]))), now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let request = ServiceRequest::draft(Id::NIL, NewServiceRequest::new("inquiry", "Prices", Id::NIL, "Which ones?"));
/// let request = ServiceRequest { status: ServiceStatus::Assigned, ..request };
/// // The state is right, but it is given to somebody else.
/// let refused = permit::<ServiceStatus, _>(&request, "handle", &context);
/// assert!(matches!(refused, Err(Error::Denied { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn permit<S: Choice, M: Machine<S>>(record: &M, event: &str, context: &Context) -> Result<&'static Step<S>> {
    let found = step(record, event)?;
    let unmet = M::CONDITIONS.iter().find(|condition| condition.is_unmet(record, event, context));
    let Some(unmet) = unmet else { return Ok(found) };
    let entity = M::definition().code;
    Err(match unmet.about {
        About::Actor => context.denied(&format!("{entity}.{event}"), unmet.rule),
        About::Record => Error::State { entity, id: record.id().raw(), problem: unmet.rule.to_owned() },
    })
}

/// The events that are possible in the state a record is in and for which everything else they ask for is there.
///
/// # Examples
///
/// ```
/// use crmkit::machine::permitted;
/// use crmkit::prelude::*;
///
/// let context = Context { actor: None, now: Timestamp::EPOCH, zone: chrono_tz::UTC };
/// let chance = Opportunity::draft(Id::NIL, NewOpportunity::new("Acme", "Tea", "A pound a week", 40));
/// let events: Vec<&str> = permitted::<OpportunityStatus, _>(&chance, &context).collect();
/// assert_eq!(events, ["edit", "delete", "assign"]);
/// ```
pub fn permitted<'a, S: Choice, M: Machine<S>>(
    record: &'a M,
    context: &'a Context,
) -> impl Iterator<Item = &'static str> + 'a {
    let unmet = |event: &str| M::CONDITIONS.iter().any(|condition| condition.is_unmet(record, event, context));
    events::<S, M>(record).filter(move |event| !unmet(event))
}

impl<M> Condition<M> {
    fn is_unmet(&self, record: &M, event: &str, context: &Context) -> bool {
        let asked = self.about == About::Record || context.actor.is_some();
        asked && self.events.contains(&event) && !(self.met)(record, context)
    }
}

/// The events that are possible in the state a record is in, whoever asks.
///
/// # Examples
///
/// ```
/// use crmkit::machine::events;
/// use crmkit::prelude::*;
///
/// let order = Order::draft(Id::NIL, NewOrder::default());
/// assert_eq!(events::<OrderStatus, _>(&order).collect::<Vec<_>>(), ["confirm", "cancel"]);
/// let shipped = Order { status: OrderStatus::Shipped, ..order };
/// assert_eq!(events::<OrderStatus, _>(&shipped).count(), 0);
/// ```
pub fn events<S: Choice, M: Machine<S>>(record: &M) -> impl Iterator<Item = &'static str> {
    let state = record.state();
    M::STEPS.iter().filter(move |step| step.from.contains(&state)).map(|step| step.event)
}

/// The table as a Mermaid state diagram.
///
/// # Examples
///
/// ```
/// use crmkit::machine::diagram;
/// use crmkit::sales::{Order, OrderStatus};
///
/// assert!(diagram::<OrderStatus, Order>().contains("packed --> shipped: ship"));
/// ```
#[must_use]
pub fn diagram<S: Choice, M: Machine<S>>() -> String {
    let mut text = String::from("stateDiagram-v2\n");
    if let Some(first) = S::ALL.first() {
        let _ = writeln!(text, "    [*] --> {}", first.code());
    }
    for step in M::STEPS {
        for from in step.from.iter().filter(|_| step.to.is_empty()) {
            let _ = writeln!(text, "    {} --> [*]: {}", from.code(), step.event);
        }
        for (from, to) in step.from.iter().flat_map(|from| step.to.iter().map(move |to| (from, to))) {
            let _ = writeln!(text, "    {} --> {}: {}", from.code(), to.code(), step.event);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::{NewOrder, Order, OrderStatus, Payment};
    use crate::schema::Entity;

    fn order(status: OrderStatus, payment: Payment) -> Order {
        Order::draft(crate::id::Id::NIL, NewOrder { status, payment, ..Default::default() })
    }

    #[test]
    fn an_order_goes_its_way_and_no_other() {
        use OrderStatus::{Cancelled, Confirmed, Created, Packed, Picking, Shipped};
        let expected = [
            (Created, vec!["confirm", "cancel"]),
            (Confirmed, vec!["pick", "cancel"]),
            (Picking, vec!["pack", "cancel"]),
            (Packed, vec!["ship", "cancel"]),
            (Shipped, vec![]),
            (Cancelled, vec![]),
        ];
        for (state, events_there) in expected {
            let order = order(state, Payment::Unpaid);
            assert_eq!(events::<OrderStatus, _>(&order).collect::<Vec<_>>(), events_there, "{state:?}");
            for event in ["confirm", "pick", "pack", "ship", "cancel", "nonsense"] {
                assert_eq!(
                    step::<OrderStatus, _>(&order, event).is_ok(),
                    events_there.contains(&event),
                    "{state:?} {event}"
                );
            }
        }
    }

    #[test]
    fn a_refusal_names_the_state_it_needs() {
        let error = step::<OrderStatus, _>(&order(OrderStatus::Shipped, Payment::Paid), "ship").err();
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(text.ends_with("is `shipped`; `ship` needs `packed`"), "{text}");
    }
}
