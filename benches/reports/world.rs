//! A company's sales, the same for the same size every time: customers, their orders of five years, three lines each.

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub customers: u64,
    pub orders: u64,
}

pub const PRODUCTS: u64 = 500;
pub const LINES: u64 = 3;
/// The years whose orders there are, and the one the reports are about.
const YEARS: std::ops::RangeInclusive<i32> = 2019..=2023;
pub const YEAR: i32 = 2022;

pub struct CustomerRow {
    pub id: [u8; 16],
    pub number: String,
    pub name: String,
    pub region: &'static str,
    pub created_at: i64,
}

pub struct OrderRow {
    pub id: [u8; 16],
    pub number: String,
    pub customer: [u8; 16],
    pub ordered_at: i64,
    pub status: &'static str,
    pub payment: &'static str,
    pub amount: i64,
    pub lines: Vec<LineRow>,
}

pub struct LineRow {
    pub id: [u8; 16],
    pub line: i64,
    pub product: [u8; 16],
    pub quantity: i64,
    pub unit_price: i64,
    pub amount: i64,
}

/// What a kind of record is numbered by, so that no two have the same id.
#[derive(Clone, Copy)]
enum Kind {
    Customer = 1,
    Product = 2,
    Order = 3,
    Line = 4,
}

/// SplitMix64 (Steele, Lea and Flood): the same numbers for the same seed on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A UUID of version 7 that was made `number` milliseconds after the first of its kind.
fn id(kind: Kind, number: u64) -> [u8; 16] {
    let mut numbers = Numbers((kind as u64) << 48 | number);
    let moment = 1_546_300_800_000 + ((kind as u64) << 32) + number;
    let high = moment << 16 | 0x7000 | numbers.below(1 << 12);
    let low = numbers.next() >> 2 | 1 << 63;
    (u128::from(high) << 64 | u128::from(low)).to_be_bytes()
}

pub fn customers(size: Size) -> impl Iterator<Item = CustomerRow> {
    const REGIONS: [&str; 6] = ["华东", "华南", "华北", "西南", "西北", "东北"];
    (0..size.customers).map(|number| CustomerRow {
        id: id(Kind::Customer, number),
        number: format!("KH{number:08}"),
        name: format!("Customer {number}"),
        region: REGIONS[usize::try_from(number % 6).unwrap()],
        created_at: moment(*YEARS.start(), 0),
    })
}

/// The ids and codes of all products.
pub fn products() -> impl Iterator<Item = ([u8; 16], String)> {
    (0..PRODUCTS).map(|number| (id(Kind::Product, number), format!("P{number:05}")))
}

/// All orders, the oldest first, with their lines.
pub fn orders(size: Size) -> impl Iterator<Item = OrderRow> {
    let first = moment(*YEARS.start(), 0);
    let step = (moment(YEARS.end() + 1, 0) - first) / i64::try_from(size.orders).unwrap();
    (0..size.orders).map(move |number| {
        let mut numbers = Numbers(7 << 56 | number);
        // Some customers order more often than others.
        let customer = numbers.below(size.customers).max(numbers.below(size.customers));
        let (status, payment) = match numbers.below(100) {
            0..4 => ("cancelled", "unpaid"),
            4..12 => ("created", "unpaid"),
            12..20 => ("shipped", "partly_paid"),
            _ => ("shipped", "paid"),
        };
        let lines: Vec<LineRow> = (0..LINES).map(|line| line_row(number, line, &mut numbers)).collect();
        OrderRow {
            id: id(Kind::Order, number),
            number: format!("DD{number:09}"),
            customer: id(Kind::Customer, customer),
            ordered_at: first + step * i64::try_from(number).unwrap(),
            status,
            payment,
            amount: lines.iter().map(|line| line.amount).sum(),
            lines,
        }
    })
}

fn line_row(order: u64, line: u64, numbers: &mut Numbers) -> LineRow {
    let pieces = i64::try_from(1 + numbers.below(20)).unwrap();
    let unit_price = i64::try_from(1 + numbers.below(5_000_000)).unwrap();
    LineRow {
        id: id(Kind::Line, order * LINES + line),
        line: i64::try_from(line).unwrap() + 1,
        product: id(Kind::Product, numbers.below(PRODUCTS)),
        quantity: pieces * 10_000,
        unit_price,
        amount: unit_price * pieces,
    }
}

/// The microseconds at which a day of a year begins in UTC.
pub fn moment(year: i32, day: i64) -> i64 {
    let first = chrono::NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_time(chrono::NaiveTime::MIN);
    first.and_utc().timestamp_micros() + day * 86_400_000_000
}
