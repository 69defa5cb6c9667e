//! A report shows no more than the actor may see.

use chrono_tz::Tz;
use crmkit::customers::{Activity, LossStatus, NewActivity};
use crmkit::marketing::{NewPlanItem, OpportunityStatus, PlanItem};
use crmkit::prelude::*;
use crmkit::query::Measure;
use crmkit::report::{Catalogue, Definition, FieldColumn, KeyColumn, MeasureColumn, Report, View};
use crmkit::schema::EntityDef;
use crmkit::service::ServiceStatus;
use pollster::block_on;

use crate::world::{World, rows};

struct Two {
    world: World,
    own: Id<User>,
}

/// Two managers with a customer each; a product that only one of them sold.
fn two() -> Two {
    let mut world = World::new(Tz::UTC);
    let (own, other) = (world.user("own", Some("Own")), world.user("other", Some("Other")));
    let mine = world.customer_with("C1", "Mine", |customer| {
        (customer.manager, customer.region) = (Some(own), Some("East".into()));
    });
    let theirs = world.customer_with("C2", "Theirs", |customer| {
        (customer.manager, customer.region) = (Some(other), Some("West".into()));
    });
    let (bolt, gold) = (world.product("P1", "Bolt"), world.product("P2", "Gold"));
    world.order(mine, "2020-01-01", &[(bolt, "1", "10", "0")]);
    world.order(theirs, "2020-02-01", &[(bolt, "1", "100", "0"), (gold, "1", "1000", "0")]);
    let new =
        NewStockItem { product: bolt, warehouse: "Here".into(), count: "3".parse().unwrap(), ..Default::default() };
    let item = StockItem::draft(world.id(), new);
    world.insert(item);
    let (pipeline, stages) = world.pipeline("P", &[("Offer", 1)]);
    for (customer, user, closed) in [(mine, own, "2020-03-01"), (theirs, other, "2020-04-01")] {
        let at = world.at(closed);
        for status in [OpportunityStatus::Won, OpportunityStatus::Assigned] {
            let opportunity = world.opportunity(|opportunity| {
                (opportunity.customer, opportunity.assigned_to, opportunity.status) =
                    (Some(customer), Some(user), status);
                opportunity.closed_at = (status == OpportunityStatus::Won).then_some(at);
                opportunity.amount = Some("5".parse().unwrap());
                if status == OpportunityStatus::Assigned {
                    (opportunity.pipeline, opportunity.stage) = (Some(pipeline), Some(stages[0]));
                }
            });
            let (date, todo) = ("2020-03-03".parse().unwrap(), "Visit".into());
            let item = PlanItem::draft(world.id(), NewPlanItem { opportunity, date, todo, ..Default::default() });
            world.insert(item);
        }
        let handled = world.at("2020-03-01");
        world.service(customer, "inquiry", |request| {
            (request.assigned_to, request.handled_by, request.rounds) = (Some(user), Some(user), 1);
            (request.handled_at, request.satisfaction) = (Some(handled), Some(Rating::Four));
        });
        let (date, title) = ("2020-03-02".parse().unwrap(), "Call".into());
        let activity = Activity::draft(world.id(), NewActivity { customer, date, title, ..Default::default() });
        world.insert(activity);
        world.loss(customer, |lost| (lost.confirmed_at, lost.reason) = (Some(at), Some(closed.into())));
    }
    world.settle();
    Two { world, own }
}

/// Two managers with a customer each, about whom something waits.
fn waiting() -> Two {
    let mut world = World::new(Tz::UTC);
    let (own, other) = (world.user("own", Some("Own")), world.user("other", Some("Other")));
    let at = world.at("2020-12-01");
    for (user, number, name) in [(own, "C1", "Mine"), (other, "C2", "Theirs")] {
        let customer = world.customer_with(number, name, |customer| customer.manager = Some(user));
        world.loss(customer, |lost| (lost.status, lost.warned_at) = (LossStatus::Warning, at));
        world.service(customer, "inquiry", |request| {
            (request.number, request.status) = (format!("S-{number}"), ServiceStatus::Assigned);
            (request.created_at, request.assigned_to) = (at, Some(user));
        });
    }
    world.settle();
    Two { world, own }
}

impl Two {
    fn ask<T>(&self, visible: impl Fn(&EntityDef) -> Filter + Send + Sync, ask: impl FnOnce(&View<'_>) -> T) -> T {
        ask(&View::new(&*self.world.storage, &visible, "2020-12-31T00:00:00Z".parse().unwrap()))
    }

    /// What the owner's path leads to: the rule a session makes of the scope "own".
    fn owned(&self) -> impl Fn(&EntityDef) -> Filter + Send + Sync + use<> {
        let own = self.own;
        move |def| match def.facts.owners.first() {
            Some(_) => {
                let owned = |path: &Path| Filter::In { path: path.clone(), values: vec![own.raw().into()] };
                def.facts.owners.iter().map(owned).reduce(Filter::or).unwrap_or_default()
            }
            None => Filter::All,
        }
    }

    fn standard(&self, name: &str, options: &[(&str, &str)]) -> Report {
        let run = |view: &View<'_>| block_on(Catalogue::standard().run(name, view, options.iter().copied())).unwrap();
        self.ask(self.owned(), run)
    }
}

#[test]
fn every_standard_report_keeps_to_the_scope() {
    let two = two();
    assert_eq!(rows(&two.standard("contribution", &[])), ["C1,Mine,10.00,1,1.000000"]);
    assert_eq!(rows(&two.standard("composition", &[("by", "region")])), ["East,East,1,1.000000"]);
    assert_eq!(rows(&two.standard("composition", &[("by", "manager")])), ["Own,Own,1,1.000000"]);
    assert_eq!(rows(&two.standard("lapsed", &[])), ["C1,Mine,2020-01-01,365"]);
    assert_eq!(rows(&two.standard("rfm", &[])), ["C1,2020-01-01,365,1,10.00,1,1,1,dormant"]);
    assert_eq!(rows(&two.standard("sales-trend", &[])), ["2020-01,1,10.00"]);
    assert_eq!(rows(&two.standard("top-products", &[])), ["P1,Bolt,1,10.00"]);
    assert_eq!(rows(&two.standard("win-rate", &[])), ["Own,1,0,1.000000,5.00"]);
    assert_eq!(rows(&two.standard("win-rate", &[("by", "customer")])), ["Mine,1,0,1.000000,5.00"]);
    assert_eq!(rows(&two.standard("win-rate", &[("by", "region")])), ["East,1,0,1.000000,5.00"]);
    assert_eq!(rows(&two.standard("funnel", &[])), ["Offer,1,0.500000,1,", ",1,0.500000,,"]);
    assert_eq!(rows(&two.standard("funnel", &[("owner", "other")])), ["Offer,0,,0,"]);
    assert_eq!(rows(&two.standard("forecast", &[("by", "owner")])), ["Own,1,5.00,0.00"]);
    assert_eq!(rows(&two.standard("service", &[("by", "assignee")])), ["Own,Own,1,1.000000"]);
    assert_eq!(rows(&two.standard("loss", &[])), ["2020-03-01,C1,Mine,,2020-03-01"]);
    assert_eq!(rows(&two.standard("loss-reasons", &[])), ["2020-03-01,1,1.000000"]);
    assert_eq!(rows(&two.standard("abc-customers", &[])), ["C1,Mine,10.00,1.000000,1.000000,A"]);
    assert_eq!(rows(&two.standard("abc-products", &[])), ["P1,Bolt,10.00,1.000000,1.000000,A"]);
    assert_eq!(rows(&two.standard("churn", &[])), Vec::<String>::new());
    assert_eq!(rows(&two.standard("retention", &[])), ["2020-01,1,0,1,1.000000"]);
    assert_eq!(rows(&two.standard("new-customers", &[])), ["2020-01,1,1,0"]);
    assert_eq!(rows(&two.standard("customer-value", &[])), ["C1,Mine,1,10.00,10.00,2020-01-01,2020-01-01,"]);
    assert_eq!(rows(&two.standard("repeat-rate", &[])), ["1,1,1.000000"]);
    assert_eq!(rows(&two.standard("order-status", &[])), ["shipped,paid,1,10.00,1.000000"]);
    assert_eq!(rows(&two.standard("sales-by", &[])), ["Bolt,1,10.00,1.000000"]);
    assert_eq!(rows(&two.standard("sales-by", &[("by", "region")])), ["East,1,10.00,1.000000"]);
    assert_eq!(rows(&two.standard("stock-position", &[])), ["P1,Bolt,,Here,3,"]);
    assert_eq!(rows(&two.standard("sales-cycle", &[])), ["Own,1,18322,18322,18322,18322,18322"]);
    assert_eq!(rows(&two.standard("opportunity-time", &[])).last().map(String::as_str), Some("181,,2,1,0,1,1.000000"));
    let minutes = ["26383680"; 6].join(",");
    assert_eq!(rows(&two.standard("handling-time", &[])), [format!("Own,1,{minutes}")]);
    assert_eq!(rows(&two.standard("rework-rate", &[])), ["Own,1,0,0.000000,4"]);
    assert_eq!(rows(&two.standard("work-review", &[])), ["Own,2020-W09,0,0,0,1", "Own,2020-W10,1,0,0,0"]);
    let overdue = rows(&two.standard("overdue-plans", &[]));
    assert!(matches!(overdue.as_slice(), [row] if row.ends_with(",Visit,Own,303")), "{overdue:?}");
    assert_eq!(rows(&two.standard("source-effectiveness", &[])), [",2,1,0,1.000000,5.00"]);
    assert_eq!(rows(&two.standard("customers-to-contact", &[])), ["C1,Mine,Own,"]);
    let seen = [("as-of", "2020-03-31"), ("days", "30")];
    assert_eq!(rows(&two.standard("customers-to-contact", &seen)), Vec::<String>::new());
    // What the other sold together, or of what lies in stock, is not told.
    assert_eq!(rows(&two.standard("bought-together", &[("at-least", "1")])), Vec::<String>::new());
    assert_eq!(rows(&two.standard("stock-without-movement", &[])), ["P1,Bolt,3,,2020-01-01,365"]);
    let here = [("as-of", "2020-12-31")];
    assert_eq!(rows(&two.standard("stage-ageing", &here)), ["P,1,Offer,1,18627,18627,18627,18627,18627,18627"]);
    assert_eq!(rows(&two.standard("service-load", &[("year", "1970")])), ["Own,0,0,0,0,1"]);
    assert_eq!(rows(&two.standard("satisfaction", &[])), ["Own,1,4,0,0,0,1,0,1.000000"]);
    let waiting = waiting();
    assert_eq!(rows(&waiting.standard("loss-warnings", &[])), ["2020-12-01,30,C1,Mine,,,warning"]);
    assert_eq!(rows(&waiting.standard("open-services", &[])), ["2020-12-01,30,S-C1,Help,Mine,Own,assigned"]);
    // Whoever adds a report says above what of it is one's own.
    assert_eq!(crmkit::report::standard().len(), 37);
}

#[test]
fn names_of_what_may_not_be_seen_are_masked() {
    let two = two();
    // All orders, but only the own customers.
    let orders_only = |def: &EntityDef| match &*def.code {
        "customer" => Customer::manager.eq(two.own),
        _ => Filter::All,
    };
    let report = two.ask(orders_only, |view| {
        let none: [(&str, &str); 0] = [];
        block_on(Catalogue::standard().run("contribution", view, none)).unwrap()
    });
    assert_eq!(rows(&report), [",,1100.00,1,0.990991", "C1,Mine,10.00,1,0.009009"]);
}

#[test]
fn a_path_goes_through_no_record_that_may_not_be_seen() {
    let two = two();
    let customers_hidden = |def: &EntityDef| match &*def.code {
        "customer" => Customer::manager.eq(two.own),
        _ => Filter::All,
    };
    let amount = || vec![MeasureColumn::new("amount", Measure::Sum(OrderLine::amount.path()))];
    let region = KeyColumn::new(OrderLine::order.to(Order::customer).to(Customer::region));
    let by_region = Definition::groups::<OrderLine>("by region", vec![region], amount()).total("amount");
    let report = two.ask(customers_hidden, |view| block_on(by_region.run(view)).unwrap());
    assert_eq!(rows(&report), ["East,10.00"]);
    assert_eq!(report.table.total("amount").unwrap().to_string(), "10.00");
    // Asking by a filter, or by a list, is no way round.
    let west = OrderLine::order.to(Order::customer).to(Customer::region).eq("West");
    let filtered = Definition::groups::<OrderLine>("west", Vec::new(), amount()).filter(west);
    assert_eq!(rows(&two.ask(customers_hidden, |view| block_on(filtered.run(view)).unwrap())), ["0.00"]);
    let name = FieldColumn::new(Order::customer.to(Customer::name));
    let list = Definition::list::<Order>("names", vec![name]);
    assert_eq!(rows(&two.ask(customers_hidden, |view| block_on(list.run(view)).unwrap())), ["Mine"]);
    // Nor is asking whether there is such a record.
    let expensive = Filter::exists(OrderLine::order, OrderLine::amount.ge("1000".parse::<Money>().unwrap()));
    let exists = Definition::list::<Order>("dear", vec![FieldColumn::new(Order::number)]).filter(expensive);
    let no_lines = |def: &EntityDef| if &*def.code == "order_line" { Filter::none() } else { Filter::All };
    assert_eq!(rows(&two.ask(no_lines, |view| block_on(exists.run(view)).unwrap())), Vec::<String>::new());
}

#[test]
fn a_reference_that_may_be_missing_keeps_its_records() {
    let two = two();
    let team = KeyColumn::new(Order::manager.to(User::name));
    let count = || vec![MeasureColumn::new("orders", Measure::Count)];
    let definition = Definition::groups::<Order>("by seller", vec![team], count());
    let no_users = |def: &EntityDef| if &*def.code == "user" { Filter::none() } else { Filter::All };
    assert_eq!(rows(&two.ask(no_users, |view| block_on(definition.run(view)).unwrap())), [",2"]);
    // What can't be told from the order is refused, not guessed.
    let by_orders = |def: &EntityDef| match &*def.code {
        "customer" => Filter::exists(Order::customer, Filter::All),
        _ => Filter::All,
    };
    let region = KeyColumn::new(Order::customer.to(Customer::region));
    let definition = Definition::groups::<Order>("by region", vec![region], count());
    let error = two.ask(by_orders, |view| block_on(definition.run(view)).unwrap_err());
    let sentence = "`customer`: what may be seen behind this reference can't be told from here; leave the path out";
    assert_eq!((error.to_string().as_str(), error.code()), (sentence, "report.hidden"));
}
