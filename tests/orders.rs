//! Orders: their steps, their lines, and what is kept true with them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cast;

use cast::{Cast, all, casts};
use crmkit::prelude::*;
use crmkit::sales::OrderLinePatch;
use pollster::block_on;

async fn tea(cast: &Cast) -> Product {
    match cast.system.products().named("T").await {
        Ok(tea) => tea,
        Err(_) => {
            let new = NewProduct { code: "T".into(), name: "Tea".into(), ..Default::default() };
            cast.system.products().create(new).await.unwrap()
        }
    }
}

async fn line(cast: &Cast, number: i64, quantity: &str) -> NewOrderLine {
    let (quantity, unit_price) = (quantity.parse().unwrap(), "2.55".parse().unwrap());
    NewOrderLine { line: number, product: tea(cast).await.id, quantity, unit_price, ..Default::default() }
}

async fn placed(cast: &Cast) -> Order {
    let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
    let lines = vec![line(cast, 0, "10").await, line(cast, 7, "1").await, line(cast, 0, "-2").await];
    let new = NewOrder { customer: acme.id, ..Default::default() };
    cast.li.orders().place(new, lines).await.unwrap()
}

async fn last_order_on(cast: &Cast, order: &Order) -> Option<String> {
    cast.system.customers().get(order.customer).await.unwrap().last_order_on.map(|day| day.to_string())
}

#[test]
fn a_line_that_is_added_without_a_number_gets_the_next_one() {
    block_on(async {
        for cast in casts().await {
            let order = placed(&cast).await;
            let added = async |number: i64| {
                let new = NewOrderLine { order: order.id, ..line(&cast, number, "1").await };
                cast.li.order_lines().create(new).await
            };
            assert_eq!(added(0).await.unwrap().line, 10);
            assert_eq!(added(1).await.unwrap().line, 1);
            assert_eq!(added(0).await.unwrap().line, 11);
            assert!(matches!(added(11).await, Err(Error::Taken { .. })));
            // Behind the largest number there is none.
            assert_eq!(added(i64::MAX).await.unwrap().line, i64::MAX);
            assert_eq!(added(0).await.unwrap().line, 0);
            assert!(matches!(added(0).await, Err(Error::Taken { .. })));
            // Within a unit of work the staged ones count.
            let other = placed(&cast).await;
            let unit = cast.li.unit_of_work();
            let new = async || NewOrderLine { order: other.id, ..line(&cast, 0, "1").await };
            let first = unit.order_lines().create(new().await).await.unwrap();
            let second = unit.order_lines().create(new().await).await.unwrap();
            assert_eq!((first.line, second.line), (10, 11));
            unit.commit().await.unwrap();
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn an_order_comes_with_its_lines_and_their_sum() {
    block_on(async {
        for cast in casts().await {
            let order = placed(&cast).await;
            assert_eq!((order.amount.to_string(), order.number.as_str()), ("22.95".into(), "DD260302001"));
            assert_eq!(cast.system.orders().get(order.id).await.unwrap(), order);
            let mut lines = all::<OrderLine>(&cast.li).await;
            lines.sort_by_key(|line| line.line);
            assert_eq!(lines.iter().map(|line| line.line).collect::<Vec<_>>(), [7, 8, 9]);
            assert!(lines.iter().all(|line| line.order == order.id));
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
            // A line that does not fit leaves nothing behind, not even a number.
            let new = || NewOrder { customer: order.customer, ..Default::default() };
            let same = vec![line(&cast, 1, "1").await, line(&cast, 1, "1").await];
            assert!(matches!(cast.li.orders().place(new(), same).await, Err(Error::Taken { .. })));
            let bare = vec![NewOrderLine::default()];
            assert!(matches!(cast.li.orders().place(new(), bare).await, Err(Error::Invalid { .. })));
            assert!(matches!(cast.wang.orders().place(new(), vec![]).await, Err(Error::NotFound { .. })));
            assert!(matches!(cast.executive.orders().place(new(), vec![]).await, Err(Error::Denied { .. })));
            assert_eq!(all::<Order>(&cast.system).await.len(), 1);
            assert_eq!(all::<OrderLine>(&cast.system).await.len(), 3);
            assert_eq!(cast.li.orders().place(new(), vec![]).await.unwrap().number, "DD260302002");
        }
    });
}

#[test]
fn an_order_goes_its_way_and_the_customers_last_order_follows() {
    block_on(async {
        for cast in casts().await {
            let order = placed(&cast).await;
            let orders = cast.supervisor.orders();
            let error = orders.ship(order.id).await.unwrap_err().to_string();
            assert!(error.ends_with("is `created`; `ship` needs `packed`"), "{error}");
            assert_eq!(cast.system.orders().get(order.id).await.unwrap(), order);
            // An account manager records and queries, no more.
            assert!(matches!(cast.li.orders().confirm(order.id).await, Err(Error::Denied { .. })));
            for status in [OrderStatus::Confirmed, OrderStatus::Picking, OrderStatus::Packed] {
                let after = match status {
                    OrderStatus::Confirmed => orders.confirm(order.id).await,
                    OrderStatus::Picking => orders.pick(order.id).await,
                    _ => orders.pack(order.id).await,
                };
                assert_eq!(after.unwrap().status, status);
            }
            assert_eq!(orders.pay_part(order.id).await.unwrap().payment, Payment::PartlyPaid);
            assert_eq!(last_order_on(&cast, &order).await, None);
            let paid = orders.pay(order.id, None).await.unwrap();
            assert_eq!((paid.payment, paid.paid_on.unwrap().to_string()), (Payment::Paid, "2026-03-02".into()));
            assert_eq!(last_order_on(&cast, &order).await.as_deref(), Some("2026-03-02"));
            // Called off after it was paid, it no longer counts; and then it is at its end.
            assert_eq!(orders.cancel(order.id).await.unwrap().status, OrderStatus::Cancelled);
            assert_eq!(last_order_on(&cast, &order).await, None);
            for refused in
                [orders.cancel(order.id).await, orders.confirm(order.id).await, orders.pay(order.id, None).await]
            {
                assert!(matches!(refused, Err(Error::State { .. })), "{refused:?}");
            }
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn a_correction_keeps_the_last_order_date_true() {
    block_on(async {
        for cast in casts().await {
            let order = placed(&cast).await;
            cast.supervisor.orders().pay(order.id, None).await.unwrap();
            let patch = OrderPatch {
                ordered_at: "2026-01-31T12:00:00Z".parse::<Timestamp>().unwrap().into(),
                ..Default::default()
            };
            cast.supervisor.orders().edit(order.id, patch).await.unwrap();
            assert_eq!(last_order_on(&cast, &order).await.as_deref(), Some("2026-01-31"));
        }
    });
}

#[test]
fn a_person_edits_the_states_by_steps_only_and_leaves_finished_orders_alone() {
    block_on(async {
        for cast in casts().await {
            let order = placed(&cast).await;
            let edit = |patch: OrderPatch| async { cast.supervisor.orders().edit(order.id, patch).await };
            let to = |status: OrderStatus| OrderPatch { status: status.into(), ..Default::default() };
            let error = edit(to(OrderStatus::Shipped)).await.unwrap_err().to_string();
            let sentence = "is `created` and can't become `shipped`; from there `confirm` or `cancel` is possible";
            assert!(error.ends_with(sentence), "{error}");
            assert_eq!(cast.system.orders().get(order.id).await.unwrap(), order);
            assert_eq!(edit(to(OrderStatus::Confirmed)).await.unwrap().status, OrderStatus::Confirmed);
            let unpaid = OrderPatch { payment: Payment::Unpaid.into(), ..Default::default() };
            let paid = OrderPatch { payment: Payment::Paid.into(), ..Default::default() };
            assert!(edit(paid).await.unwrap().paid_on.is_some());
            assert!(matches!(edit(unpaid).await, Err(Error::State { .. })));
            let lines = all::<OrderLine>(&cast.system).await;
            let more = NewOrderLine { order: order.id, ..line(&cast, 20, "1").await };
            let patch = OrderLinePatch { quantity: "5".parse::<Quantity>().unwrap().into(), ..Default::default() };
            let error = cast.supervisor.order_lines().create(more.clone()).await.unwrap_err().to_string();
            assert!(error.ends_with("is `paid`; its lines can be changed only before it is paid"), "{error}");
            assert!(cast.supervisor.order_lines().edit(lines[0].id, patch).await.is_err());
            assert!(cast.supervisor.order_lines().delete(lines[0].id).await.is_err());
            assert_eq!(all::<OrderLine>(&cast.system).await, lines);
            // What another sales system says is recorded by the system.
            cast.system.orders().edit(order.id, to(OrderStatus::Shipped)).await.unwrap();
            cast.system.order_lines().create(more).await.unwrap();
            assert_eq!(cast.system.verify().await.unwrap(), Vec::<String>::new());
        }
    });
}

#[test]
fn the_day_an_order_was_paid_is_noted_when_it_is_paid_and_not_later() {
    block_on(async {
        for cast in casts().await {
            let acme = cast.li.customers().create(NewCustomer::new("Acme")).await.unwrap();
            let orders = cast.system.orders();
            let paid = async |count: u64| assert_eq!(orders.count(Order::paid()).await.unwrap(), count);
            // Another system says that it was paid, and not when.
            let new = NewOrder { customer: acme.id, payment: Payment::Paid, ..Default::default() };
            let told = orders.create(new.clone()).await.unwrap();
            let unpaid = orders.create(NewOrder { payment: Payment::Unpaid, ..new }).await.unwrap();
            paid(1).await;
            let moved = || OrderPatch { address: Some("Road 1".to_owned()).into(), ..Default::default() };
            let paid_on = |order: Order| order.paid_on.map(|day| day.to_string());
            assert_eq!(paid_on(orders.edit(told.id, moved()).await.unwrap()), paid_on(told.clone()));
            assert_eq!(paid_on(orders.edit(unpaid.id, moved()).await.unwrap()), None);
            let now = OrderPatch { payment: Payment::Paid.into(), ..Default::default() };
            assert_eq!(paid_on(orders.edit(unpaid.id, now).await.unwrap()).as_deref(), Some("2026-03-02"));
            paid(2).await;
            let off = OrderPatch { status: OrderStatus::Cancelled.into(), ..Default::default() };
            orders.edit(told.id, off).await.unwrap();
            paid(1).await;
        }
    });
}
