//! Trading companies: their files, how these are imported, and what is asked about them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};

use crate::host::{Folder, column};

/// What is asked about the company; the order is that of the figures known from elsewhere.
pub(crate) const REPORTS: [&str; 9] = [
    "report contribution",
    "report contribution --year 1996",
    "report contribution --year 1997",
    "report contribution --from 1998-01-01 --to 1998-12-31",
    "report composition --by region",
    "report lapsed --as-of 1998-05-06 --months 6",
    "report top-products --limit 10",
    "report sales-trend --period month",
    "report rfm --as-of 1998-05-06",
];

/// The lines that import the files of a folder.
pub(crate) fn imports(data: &Path) -> Vec<String> {
    let imports = [
        "users employees --map name=employee_id --map display_name=last_name --set role=account_manager",
        "customers customers --map number=customer_id --map name=company_name --map region=country --map zip=postal_code",
        "contacts customers --map customer=customer_id --map name=contact_name --map position=contact_title",
        "products products --map code=product_id --map name=product_name --map unit=quantity_per_unit --map price=unit_price",
        "stock products --map product=product_id --map count=units_in_stock --set warehouse=main",
        "orders orders --map number=order_id --map customer=customer_id --map date=order_date --map manager=employee_id \
         --map address=ship_address --set status=paid",
        "order_lines order_details --map order=order_id --map product=product_id",
    ];
    let line = |text: &str| {
        let mut words = text.splitn(3, ' ');
        let (kind, file, options) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let file = data.join(format!("{file}.csv"));
        format!("import {kind} '{}' {options}", file.display())
    };
    imports.iter().map(|text| line(text)).collect()
}

/// The moment all of it happens at.
const NOW: &str = "--now 1998-05-06T12:00:00Z";

/// Every report there is, those whose figures are known, and lists, a line each.
fn questions(folder: &Folder) -> String {
    let named = column(&folder.json("--db memory: report list"), "report");
    assert!(named.len() >= 6, "{named:?}");
    let lists = [
        "list customers --columns number,name,region,level,manager,status,zip",
        "list orders --columns number,customer,date,manager,amount,status,payment",
        "list order_lines --columns order,line,product,quantity,unit_price,discount,amount",
        "list contacts --columns customer,name,position",
    ];
    let named = named.iter().map(|name| format!("report {name}"));
    let asked = named.chain(REPORTS.iter().chain(&lists).map(|line| (*line).to_owned()));
    let more = [
        "brief --period 1997",
        "brief --from 1998-01-05 --to 1998-02-03",
        "report contribution --status all",
        "report rfm --bins 3",
        "report sales-trend --period week",
    ];
    let asked = asked.chain(more.iter().map(|line| (*line).to_owned()));
    asked.map(|line| format!("--format json {line}\n")).collect()
}

/// Imports the files into stores, command by command, and into memory, by a script; asks everything of each; and finds
/// the same bytes everywhere.
pub(crate) fn the_same_on(stores: &[String], folder: &Folder, files: &Path) {
    let lines = imports(files);
    folder.write("questions.crm", questions(folder));
    folder.write("all.crm", format!("{}\n{}", lines.join("\n"), folder.read("questions.crm")));
    let memory = folder.ok(&format!("{NOW} --db memory: script all.crm"));
    for store in stores.iter().map(|store| format!("{NOW} {store}")) {
        let mut said: String = lines.iter().map(|line| folder.ok(&format!("{store} {line}"))).collect();
        assert_eq!(said.lines().filter(|line| line.contains(" imported of ")).count(), lines.len(), "{said}");
        said.push_str(&folder.ok(&format!("{store} script questions.crm")));
        assert!(said == memory, "{store} differs: {}", difference(&memory, &said));
        assert!(folder.ok(&format!("{store} verify")).starts_with("no faults"));
    }
}

fn difference(left: &str, right: &str) -> String {
    let mut lines = left.lines().zip(right.lines()).filter(|(left, right)| left != right);
    lines.next().map_or_else(|| "in length".to_owned(), |(left, right)| format!("\n{left}\n{right}"))
}

/// The files of a small company of the same shape: with returns, discounts, gaps, two customers of one name, and
/// orders on the edges of days, months and years.
pub(crate) fn invented(folder: &Folder) -> PathBuf {
    folder.write("employees.csv", "employee_id,last_name\nli,李娜\nmüller,Müller\nsmith,\n");
    let mut customers = String::from("customer_id,company_name,country,postal_code,contact_name,contact_title\n");
    for n in 0..40 {
        let (name, country) = (pick(&NAMES, n), pick(&["Deutschland", "中国", "", "österreich", "USA"], n * 7));
        // The contact's name says whose it is, since a file has one of each.
        writeln!(customers, "C{n:02},{name} {},{country},{},Contact {n},{}", n / 2, 1000 + n, pick(&["Owner", ""], n))
            .unwrap();
    }
    folder.write("customers.csv", customers);
    let mut products = String::from("product_id,product_name,quantity_per_unit,unit_price,units_in_stock\n");
    for n in 0..15 {
        writeln!(products, "P{n},{} {n},{} pieces,{}.{:04},{}", pick(&NAMES, n * 3), n + 1, n * 11, n * 617, n * n)
            .unwrap();
    }
    folder.write("products.csv", products);
    let mut orders = String::from("order_id,customer_id,order_date,employee_id,ship_address\n");
    let mut lines = String::from("order_id,product_id,unit_price,quantity,discount\n");
    for n in 0..400 {
        let day = NaiveDate::from_ymd_opt(1996, 7, 1).unwrap() + Days::new(n * n % 672);
        let moment = pick(&["", "T00:00:00Z", "T23:59:59.999999Z", "T12:00:00+08:00"], n);
        writeln!(
            orders,
            "O{n},C{:02},{day}{moment},{},Street {n}",
            n * n % 37,
            pick(&["li", "MÜLLER", "smith", ""], n)
        )
        .unwrap();
        for line in 0..n % 4 {
            let quantity = if (n + line) % 29 == 0 { "-2" } else { pick(&["1", "2.5", "0.0001", "12"], n + line) };
            let (cents, discount) = (n * 131 % 10_000, pick(&["0", "0.05", "", "0.333333"], n / 3));
            writeln!(lines, "O{n},P{},{line}.{cents:04},{quantity},{discount}", (n + line * 4) % 15).unwrap();
        }
    }
    folder.write("orders.csv", orders);
    folder.write("order_details.csv", lines);
    folder.path("")
}

const NAMES: [&str; 8] = ["Acme", "Ümlaut", "北京", "o'Neil", "acme", "Zürich", "a b", "Ñandú"];

fn pick<'a, const N: usize>(of: &[&'a str; N], n: u64) -> &'a str {
    of[usize::try_from(n).unwrap() % N]
}

#[test]
fn an_invented_company_is_the_same_in_memory_and_in_a_file() {
    let folder = Folder::new();
    let files = invented(&folder);
    the_same_on(&["--db sqlite:one.db".to_owned()], &folder, &files);
}
