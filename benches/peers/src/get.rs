//! The other side of `cargo bench --bench get`: customers by id with sqlx, one round for each line that comes in.

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::str::FromStr;
use std::time::Instant;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{ConnectOptions, Row};

/// A customer as somebody would read one by hand.
#[expect(dead_code, reason = "only read to be compared with the crate's struct")]
struct ByHand {
    id: [u8; 16],
    version: i64,
    texts: Vec<Option<String>>,
    numbers: [Option<i64>; 3],
    status: String,
    manager: Option<Vec<u8>>,
    last_order_on: Option<String>,
    custom: Option<String>,
}

const TEXTS: [&str; 18] = [
    "number",
    "name",
    "region",
    "level",
    "satisfaction",
    "credit",
    "address",
    "zip",
    "phone",
    "fax",
    "website",
    "licence_no",
    "legal_representative",
    "bank",
    "bank_account",
    "local_tax_no",
    "national_tax_no",
    "memo",
];

fn read(row: &SqliteRow) -> ByHand {
    let id: &[u8] = row.get(0);
    ByHand {
        id: id.try_into().unwrap(),
        version: row.get(1),
        texts: (0..TEXTS.len()).map(|place| row.get(place + 2)).collect(),
        numbers: [row.get(20), row.get(21), row.get(22)],
        status: row.get(23),
        manager: row.get(24),
        last_order_on: row.get(25),
        custom: row.get(26),
    }
}

/// Each line that comes in is a number of reads; what goes out is how many nanoseconds they took.
pub fn run(path: &str) {
    // One connection and a runtime of one thread: the least that sqlx needs.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = SqliteConnectOptions::from_str(path).unwrap().read_only(true).pragma("cache_size", "-16384");
    let mut connection: SqliteConnection = runtime.block_on(options.connect()).unwrap();
    let ids = runtime.block_on(sqlx::query("SELECT id FROM cst_customer ORDER BY id").fetch_all(&mut connection));
    let ids: Vec<Vec<u8>> = ids.unwrap().iter().map(|row| row.get(0)).collect();
    let numbers = "registered_capital, annual_turnover, created_at";
    let rest = "status, manager, last_order_on, custom";
    let columns = format!("id, version, {}, {numbers}, {rest}", TEXTS.join(", "));
    let sql = format!("SELECT {columns} FROM cst_customer WHERE id = ?1");
    let mut place = 0;
    for line in std::io::stdin().lock().lines() {
        let count: u32 = line.unwrap().trim().parse().unwrap();
        let took = runtime.block_on(async {
            let start = Instant::now();
            for _ in 0..count {
                place = (place + 7_919) % ids.len();
                let query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(&ids[place]);
                let row = query.fetch_one(&mut connection).await.unwrap();
                let customer = black_box(read(&row));
                assert_eq!(customer.id, *ids[place]);
            }
            start.elapsed()
        });
        println!("{}", took.as_nanos());
        std::io::stdout().flush().unwrap();
    }
}
