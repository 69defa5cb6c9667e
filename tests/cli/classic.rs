//! The rules of the classic CRM, each tried from the command line: what is allowed, and what is refused.

use crate::host::{Folder, column, data};

/// A supervisor, two account managers, one who left, an executive and a customer of li's.
fn office() -> Folder {
    let folder = Folder::new();
    folder.write(
        "office.crm",
        "init --time-zone Asia/Shanghai\n\
         user create sv --role supervisor\n\
         user create li --role account_manager\n\
         user create wang --role account_manager\n\
         user create gone --role account_manager\n\
         user deactivate gone\n\
         user create boss --role executive\n\
         import customers c.csv\n\
         import products p.csv\n",
    );
    folder.write("c.csv", "number,name,manager,created_on\nK1,Acme,li,2020-01-01\nK2,Globex,wang,2026-02-01\n");
    folder.write("p.csv", "code,name,price,unit\nT1,Tea,38.50,kg\n");
    folder.ok("--now 2026-03-01 script office.crm");
    folder
}

/// Commands that are refused, each with a part of the sentence that says why.
fn refused(folder: &Folder, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        let sentence = folder.refused(1, line);
        assert!(sentence.contains(expected), "{line}: {sentence}");
    }
}

const NEW: &str = "opportunity create --customer-name 'New Ltd' --title Tea --success-rate 60 --description much";

fn status(folder: &Folder, kind: &str, number: &str) -> String {
    column(&folder.json(&format!("list {kind} --where number={number}")), "status").concat()
}

#[test]
fn an_opportunity_is_entered_changed_and_deleted_until_it_is_assigned() {
    let folder = office();
    assert_eq!(folder.ok(&format!("--now 2026-03-02 --as li {NEW}")), "made the opportunity `XS260302001`\n");
    folder.ok(&format!("--as sv {NEW} --number X1"));
    folder.ok(&format!("--as wang {NEW} --number X2"));
    refused(
        &folder,
        &[
            (&format!("--as boss {NEW}"), "does not have the right `opportunity.create`"),
            (&format!("--as admin {NEW}"), "does not have the right `opportunity.create`"),
            (&format!("--as li {NEW} --number X1"), "another opportunity with the same `number`"),
            ("--as li opportunity create --customer-name A --title T", "`success_rate` is required; `description` is"),
            (&format!("--as li {}", NEW.replace("60", "101")), "101 is no percentage from 0 to 100"),
            ("--as li opportunity edit X2 --title Coffee", "there is no opportunity `X2`"),
            ("--as li opportunity delete X1", "there is no opportunity `X1`"),
            ("--as li opportunity assign XS260302001 li", "does not have the right `opportunity.assign`"),
        ],
    );
    let created = folder.json("list opportunities --where number=XS260302001");
    assert_eq!(
        (column(&created, "created_by"), column(&created, "created_at")),
        (vec!["li".to_owned()], vec!["2026-03-01T16:00:00Z".to_owned()])
    );
    folder.ok("--as wang opportunity edit X2 --title Coffee");
    folder.ok("--as sv opportunity edit X2 --success-rate 70");
    folder.ok("--as wang opportunity delete X2");
    assert_eq!(column(&folder.json("--as li list opportunities"), "number"), ["XS260302001"]);
    assert_eq!(column(&folder.json("--as sv list opportunities"), "number"), ["XS260302001", "X1"]);
    assert_eq!(column(&folder.json("--as wang list opportunities"), "number"), Vec::<String>::new());

    refused(
        &folder,
        &[
            ("--as sv opportunity assign X1 gone", "is inactive"),
            ("--as sv opportunity assign X1 boss", "has the role `executive`"),
            ("--as sv opportunity assign X1 nobody", "there is no user `nobody`"),
        ],
    );
    assert_eq!(folder.ok("--as sv opportunity assign X1 li"), "the opportunity `X1` is assigned to `li`\n");
    refused(
        &folder,
        &[
            ("--as sv opportunity assign X1 wang", "is `assigned`; `assign` needs `unassigned`"),
            ("--as sv opportunity edit X1 --title Coffee", "is `assigned`; `edit` needs `unassigned`"),
            ("--as sv opportunity delete X1", "is `assigned`; `delete` needs `unassigned`"),
            ("--as wang opportunity show X1", "there is no opportunity `X1`"),
        ],
    );
    assert!(folder.ok("--as li opportunity show X1").contains("Assigned to      li"));
}

#[test]
fn an_assigned_opportunity_is_planned_for_executed_and_won_or_given_up() {
    let folder = office();
    for number in ["X1", "X2", "X3"] {
        folder.ok(&format!("--as sv {NEW} --number {number} --contact-name Ann --contact-phone 123"));
    }
    refused(
        &folder,
        &[
            ("--as sv opportunity plan X1 2026-03-05 Call", "only an `assigned` opportunity is planned for"),
            ("opportunity win X1", "is `unassigned`; `win` needs `assigned`"),
            ("opportunity terminate X1 'too dear'", "is `unassigned`; `terminate` needs `assigned`"),
            ("--as sv opportunity win X1", "does not have the right `opportunity.win`"),
        ],
    );
    folder.ok("--as sv opportunity assign X1 li");
    folder.ok("--as sv opportunity assign X2 li");
    assert_eq!(folder.ok("--as li opportunity plan X1 2026-03-05 Call"), "planned as item 1 of the opportunity `X1`\n");
    folder.ok("--as sv opportunity plan X1 2026-03-04 Write");
    folder.ok("--as li opportunity execute X1 2 'They answered'");
    refused(
        &folder,
        &[
            ("--as wang opportunity plan X1 2026-03-05 Call", "there is no opportunity `X1`"),
            ("--as li opportunity execute X1 2 Again", "executed on"),
            ("--as li opportunity execute X1 1 ' '", "`result` is required"),
            ("--as li opportunity execute X1 3 Done", "there is no plan item `3 of X1`"),
            ("--as li opportunity execute X1 0 Done", "there is no plan item `0 of X1`"),
            ("--as li opportunity terminate X1 ' '", "`close_reason` is required"),
            ("--as wang opportunity win X1", "there is no opportunity `X1`"),
        ],
    );
    let plan = folder.json("--as li list plans --where opportunity=X1");
    assert_eq!(
        (column(&plan, "todo"), column(&plan, "result")),
        (vec!["Call".to_owned(), "Write".to_owned()], vec!["null".to_owned(), "They answered".to_owned()])
    );

    let won = folder.ok("--now 2026-03-06 --as li opportunity win X1");
    assert_eq!(won, "the opportunity `X1` is won; its customer is `KH260306001` (New Ltd)\n");
    let customer = folder.json("--as li list customers --where number=KH260306001");
    assert_eq!(
        (column(&customer, "name"), column(&customer, "manager")),
        (vec!["New Ltd".to_owned()], vec!["li".to_owned()])
    );
    let contact = folder.json("--as li list contacts --where customer=KH260306001");
    assert_eq!((column(&contact, "name"), column(&contact, "phone")), (vec!["Ann".to_owned()], vec!["123".to_owned()]));
    folder.ok("--as li opportunity terminate X2 'too dear'");
    for number in ["X1", "X2"] {
        let state = status(&folder, "opportunities", number);
        for command in ["win", "terminate", "plan", "execute", "assign", "edit", "delete"] {
            let rest = match command {
                "terminate" => "reason",
                "plan" => "2026-03-07 Call",
                "execute" => "1 Done",
                "assign" => "wang",
                "edit" => "--title Coffee",
                _ => "",
            };
            // Winning, giving up and executing are the assignee's.
            let who = if matches!(command, "win" | "terminate" | "execute") { "li" } else { "sv" };
            let line = format!("--as {who} opportunity {command} {number} {rest}");
            let missing = command == "execute" && number == "X2";
            let expected = if missing { "there is no plan item".to_owned() } else { format!("is `{state}`") };
            refused(&folder, &[(&line, &expected)]);
        }
    }
    assert_eq!(folder.count("customers"), 3);
    // One that names a customer makes none.
    folder.ok(&format!("--as sv {NEW} --number X4 --customer Globex"));
    folder.ok("--as sv opportunity assign X4 wang");
    assert!(folder.ok("--as wang opportunity win X4").contains("its customer is `K2` (Globex)"));
    assert_eq!(folder.count("customers"), 3);
}

#[test]
fn a_service_request_goes_round_until_the_customer_is_content() {
    let folder = office();
    let new = "service create --customer K1 --type complaint --title Late --request 'Where is it?'";
    assert_eq!(folder.ok(&format!("--now 2026-03-02 --as li {new}")), "made the service request `FW260302001`\n");
    folder.ok(&format!("--now 2026-03-02 --as li {new}"));
    let (one, two) = ("FW260302001", "FW260302002");
    refused(
        &folder,
        &[
            (&format!("--as wang {new}"), "there is no customer `K1`"),
            (&format!("--as sv {new}"), "does not have the right `service_request.create`"),
            (&format!("--as li {}", new.replace("complaint", "praise")), "the dictionary has no service type `praise`"),
            (&format!("--as li {}", new.replace("'Where is it?'", "' '")), "`request` is required"),
            (&format!("--as li service assign {one} li"), "does not have the right `service_request.assign`"),
            (&format!("--as sv service assign {one} gone"), "is inactive"),
            (&format!("--as sv service assign {one} boss"), "has the role `executive`"),
            (&format!("--as li service handle {one} Sent"), "is `created`; `handle` needs `assigned`"),
            (&format!("--as wang service delete {two}"), "there is no service request"),
        ],
    );
    folder.ok(&format!("--as li service delete {two}"));
    assert_eq!(
        folder.ok(&format!("--as sv service assign {one} wang")),
        format!("the service request `{one}` is assigned to `wang`\n")
    );
    refused(
        &folder,
        &[
            (&format!("--as sv service assign {one} li"), "is `assigned`; `assign` needs `created`"),
            (&format!("--as li service delete {one}"), "is `assigned`; `delete` needs `created`"),
            (&format!("--as li service handle {one} Sent"), "only whom a service request is assigned to can handle it"),
            (&format!("--as wang service handle {one} ' '"), "`handling` is required"),
            (&format!("--as wang service feedback {one} Fine 5"), "is `assigned`; `feedback` needs `handled`"),
        ],
    );
    folder.ok(&format!("--as wang service handle {one} 'Asked the carrier'"));
    assert!(folder.refused(2, &format!("--as wang service feedback {one} Fine 6")).contains("1, 2, 3, 4, 5"));
    refused(
        &folder,
        &[
            (&format!("--as li service feedback {one} Fine 5"), "only who handled a service request"),
            (&format!("--as wang service feedback {one} ' ' 5"), "`result` is required"),
        ],
    );
    let back = folder.ok(&format!("--as wang service feedback {one} 'Still not there' 2"));
    assert_eq!(back, format!("the service request `{one}` is back for another round\n"));
    folder.ok(&format!("--as wang service handle {one} 'Sent another'"));
    let done = folder.ok(&format!("--as wang service feedback {one} 'It came' 3"));
    assert_eq!(done, format!("the service request `{one}` is archived\n"));
    refused(&folder, &[(&format!("--as wang service handle {one} More"), "is `archived`; `handle` needs `assigned`")]);
    let rounds = folder.json(&format!("list service_rounds --where request={one}"));
    assert_eq!(column(&rounds, "handling"), ["Asked the carrier", "Sent another"]);
    assert_eq!(column(&rounds, "satisfaction"), ["2", "3"]);
    let shown = folder.ok(&format!("--as li service show {one}"));
    assert!(shown.contains("Asked the carrier") && shown.contains("Archived"), "{shown}");
}

#[test]
fn a_silent_customer_is_warned_of_deferred_and_lost_or_comes_back() {
    let folder = office();
    folder.ok("--as sv order place K1 --date 2025-08-31 --line 'T1 10'");
    for step in ["confirm", "pick", "pack", "ship"] {
        let number = column(&folder.json("list orders"), "number").concat();
        folder.ok(&format!("--as sv order {step} {number}"));
    }
    let scan = "--now 2026-03-02 --as sv --format json lost scan";
    let counts = |line: &str| {
        let json: serde_json::Value = serde_json::from_str(&folder.ok(line)).unwrap();
        ["cutoff", "silent", "warned", "resolved"].map(|name| column(&json, name).concat())
    };
    refused(&folder, &[("--as li lost scan", "does not have the right `lost_customer.scan`")]);
    assert_eq!(counts(scan), ["2025-09-02", "1", "1", "0"]);
    assert_eq!(counts(scan), ["2025-09-02", "1", "0", "0"]);
    assert_eq!(counts("--as sv --format json lost scan --as-of 2026-02-28"), ["2025-08-28", "0", "0", "0"]);
    refused(
        &folder,
        &[
            ("--as li lost confirm K1 moved", "is `warning`; `confirm` needs `deferred`"),
            ("--as wang lost defer K1 rang", "there is no customer `K1`"),
            ("--as wang lost defer K2 rang", "there is no lost customer `K2`"),
            ("--as sv lost defer K1 rang", "does not have the right `lost_customer.defer`"),
            ("--as li lost defer K1 ' '", "`measure` is required"),
        ],
    );
    folder.ok("--as li lost defer K1 'rang them'");
    folder.ok("--as li lost defer K1 'went there'");
    assert_eq!(column(&folder.json("list loss_measures"), "measure"), ["rang them", "went there"]);
    refused(&folder, &[("--as li lost confirm K1 ' '", "`reason` is required")]);
    assert_eq!(folder.ok("--as li lost confirm K1 'moved away'"), "the customer `K1` is lost\n");
    assert_eq!(status(&folder, "customers", "K1"), "lost");
    refused(&folder, &[("--as li lost defer K1 again", "is `confirmed`; `defer` needs `warning` or `deferred`")]);
    let lost = folder.json("--as li lost list --status confirmed");
    assert_eq!(
        ["customer", "manager", "last_order_date", "reason"].map(|name| column(&lost, name).concat()),
        ["K1", "li", "2025-08-31", "moved away"]
    );
    assert!(folder.refused(2, "lost list --status gone").contains("is none of warning"));

    // K2 never ordered, and counts from the day he was entered; his order ends the warning.
    assert_eq!(counts("--now 2026-09-01 --as sv --format json lost scan --months 6 --only-ordered")[2], "0");
    assert_eq!(counts("--now 2026-09-01 --as sv --format json lost scan --months 6")[2], "1");
    folder.ok("--now 2026-09-02 --as wang order place K2 --line 'T1 2 30 0.1'");
    let number = column(&folder.json("list orders --where customer=K2"), "number").concat();
    for (step, said) in [("confirm", "confirmed"), ("pick", "picking"), ("pack", "packed"), ("ship", "shipped")] {
        refused(&folder, &[(&format!("--as wang order {step} {number}"), "does not have the right")]);
        let told = folder.ok(&format!("--now 2026-09-02 --as sv order {step} {number}"));
        assert_eq!(told, format!("the order `{number}` is {said} and unpaid: 54.00\n"));
    }
    refused(&folder, &[(&format!("--as sv order cancel {number}"), "is `shipped`; `cancel` needs")]);
    assert!(folder.ok(&format!("--as sv order pay {number}")).contains("is shipped and paid"));
    assert_eq!(column(&folder.json("lost list --status resolved"), "customer"), ["K2"]);
    assert!(folder.ok("verify").starts_with("no faults"));
}

#[test]
fn the_dictionary_is_changed_by_who_may_and_where_it_may_be() {
    let folder = office();
    let regions = || column(&folder.json("dict list region"), "value");
    assert_eq!(regions(), ["北京", "华北", "中南", "东北", "西部", "华东", "华南"]);
    folder.ok("--as admin dict add region 海外 海外 --item-en Overseas");
    folder.ok("--as admin dict edit region 海外 --item 国外 --position 9");
    refused(
        &folder,
        &[
            ("--as li dict add region Mars Mars", "does not have the right `dictionary_entry.create`"),
            ("--as admin dict add region 海外 again", "another dictionary entry with the same `type` and `value`"),
            ("--as admin dict add customer_level 6 Six", "are not editable; nothing can be added"),
            ("--as admin dict edit credit 1 --item One", "is not editable"),
            ("--as admin dict delete credit 1", "is not editable"),
            ("--as admin dict delete region Mars", "there is no dictionary entry `Mars of region`"),
        ],
    );
    assert_eq!(column(&folder.json("--as li dict list region"), "item").last().unwrap(), "国外");
    folder.ok("--as admin dict delete region 海外");
    assert_eq!(regions().len(), 7);
}

#[test]
fn the_figures_of_a_sales_pipeline_come_out() {
    let Some(data) = data("maven_crm") else { return };
    let folder = Folder::new();
    let import = |kind: &str, file: &str, options: &str| {
        folder.ok(&format!("import {kind} '{}' {options}", data.join(file).display()))
    };
    import("products", "products.csv", "--map code=product --map name=product --map price=sales_price");
    import("customers", "accounts.csv", "--map number=account --map name=account --map region=office_location");
    import("users", "sales_teams.csv", "--map name=sales_agent --set role=account_manager");
    folder.write("stages.csv", "name,position,probability\nProspecting,1,0.1\nEngaging,2,0.5\nWon,3,1\nLost,4,0\n");
    folder.ok("import stages stages.csv --set pipeline=Hardware");
    let said = import(
        "opportunities",
        "sales_pipeline.csv",
        "--map number=opportunity_id --map customer=account --map customer_name=account --set customer_name=unknown \
         --map title=product --map-value 'product:GTXPro=GTX Pro' --map status=deal_stage --map-value status:Won=won \
         --map-value status:Lost=terminated --map-value status:Prospecting=assigned \
         --map-value status:Engaging=assigned --set pipeline=Hardware --map stage=deal_stage --map owner=sales_agent \
         --map amount=close_value --map created_on=engage_date --map closed_on=close_date",
    );
    assert_eq!(said, "opportunities: 8800 imported of 8800 rows\n");
    let funnel = folder.json("report funnel --pipeline Hardware");
    let rows: Vec<(String, String)> =
        column(&funnel, "stage").into_iter().zip(column(&funnel, "opportunities")).collect();
    let expected = [("Prospecting", "500"), ("Engaging", "1589"), ("Won", "4238"), ("Lost", "2473")];
    assert_eq!(rows, expected.map(|(stage, count)| (stage.to_owned(), count.to_owned())));
    assert_eq!(folder.count("stages"), 4);
    assert!(folder.ok("verify").starts_with("no faults"));
}
