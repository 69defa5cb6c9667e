//! The reports on a private PostgreSQL server, beside the statements somebody would write by hand.

use std::time::{Duration, Instant};

use crmkit::prelude::*;
use crmkit::storage::{PostgresOptions, PostgresStorage};
use crmkit::testing::ThrowawayPostgres;
use sqlx::postgres::{PgConnection, PgPoolCopyExt, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool, Row as _};

use crate::world::{self, Size, YEAR, moment};
use crate::{Asked, Found, Row, Took, adding_up};

/// How many rows go to the server at once.
const BATCH: usize = 10_000;

/// A company on the server: the crate, and a pool for what is done by hand.
pub struct Company {
    crm: Crm,
    hand: PgPool,
    namespace: String,
}

impl Company {
    pub async fn new(size: Size) -> Self {
        let begun = Instant::now();
        let server = ThrowawayPostgres::start().unwrap();
        let namespace = server.fresh_schema();
        let schema = adding_up();
        let options = PostgresOptions { migrate: true, ..PostgresOptions::default() };
        let storage = PostgresStorage::connect(server.url(), &namespace, schema, options).await.unwrap();
        let crm = Crm::builder(storage).open().await.unwrap();
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let hand = pool.connect(server.url()).await.unwrap();
        // As much memory as the store takes: with what the server is set to, the statements are slower.
        sqlx::raw_sql("SET work_mem = '32MB'").execute(&hand).await.unwrap();
        let company = Self { crm, hand, namespace };
        company.fill(size).await;
        println!("filled the server in {:.0?}", begun.elapsed());
        company
    }

    async fn run_sql(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.hand).await.unwrap();
    }

    /// Copies the rows past the store: what it costs to commit them is not the question here.
    async fn fill(&self, size: Size) {
        let uuid = |id: [u8; 16]| uuid::Uuid::from_bytes(id).to_string();
        let time = |micros: i64| chrono::DateTime::from_timestamp_micros(micros).unwrap().to_rfc3339();
        self.run_sql(format!("SET search_path = \"{}\"; SET session_replication_role = replica", self.namespace)).await;
        let customers = world::customers(size).map(|row| {
            let created = time(row.created_at);
            format!("{}\t1\t{}\t{}\t{}\tnormal\t{created}\n", uuid(row.id), row.number, row.name, row.region)
        });
        self.copy("cst_customer (id, version, number, name, region, status, created_at)", customers).await;
        let products = world::products().map(|(id, code)| format!("{}\t1\t{code}\tProduct {code}\n", uuid(id)));
        self.copy("product (id, version, code, name)", products).await;
        let orders = world::orders(size).map(|row| {
            let (id, customer, at) = (uuid(row.id), uuid(row.customer), time(row.ordered_at));
            let (status, payment) = (row.status, row.payment);
            format!("{id}\t1\t{}\t{customer}\t{at}\t{status}\t{payment}\t{}\n", row.number, row.amount)
        });
        self.copy("orders (id, version, number, customer, ordered_at, status, payment, amount)", orders).await;
        let lines = world::orders(size).flat_map(|row| {
            let order = uuid(row.id);
            row.lines.into_iter().map(move |line| {
                let (id, product, place) = (uuid(line.id), uuid(line.product), line.line);
                let (quantity, price, amount) = (line.quantity, line.unit_price, line.amount);
                format!("{id}\t1\t{order}\t{place}\t{product}\t{quantity}\t{price}\t{amount}\n")
            })
        });
        self.copy("orders_line (id, version, \"order\", line, product, quantity, unit_price, amount)", lines).await;
        self.run_sql(HAND_INDEXES.to_owned()).await;
        self.run_sql("VACUUM ANALYZE".to_owned()).await;
        // What the last filling left is written now, not while something is measured.
        self.run_sql("CHECKPOINT".to_owned()).await;
    }

    async fn copy(&self, target: &str, rows: impl Iterator<Item = String>) {
        let mut copy = self.hand.copy_in_raw(&format!("COPY {target} FROM STDIN")).await.unwrap();
        let mut batch = String::new();
        for (number, row) in rows.enumerate() {
            batch.push_str(&row);
            if number % BATCH == BATCH - 1 {
                copy.send(std::mem::take(&mut batch).into_bytes()).await.unwrap();
            }
        }
        copy.send(batch.into_bytes()).await.unwrap();
        copy.finish().await.unwrap();
    }

    async fn ours(&self, asked: Asked) -> Found {
        Found::of(&self.crm.system().report_custom(&asked.definition()).await.unwrap())
    }

    async fn by_hand(&self, connection: &mut PgConnection, sql: &'static str) -> Found {
        let bounds = [moment(YEAR, 0), moment(YEAR + 1, 0)];
        let mut query = sqlx::query(sql);
        for bound in bounds {
            query = query.bind(bound / 1_000_000);
        }
        let rows = query.fetch_all(connection).await.unwrap();
        Found::new(rows.iter().map(|row| (row.get(0), row.get(1))))
    }

    pub async fn run(&self, rounds: usize, asked: Asked) {
        let mut connection = self.hand.acquire().await.unwrap();
        let statements = statements(asked);
        let (mut mine, mut theirs) = (Vec::new(), vec![Vec::new(); statements.len()]);
        for round in 0..=rounds {
            let begun = Instant::now();
            let found = self.ours(asked).await;
            let took = wall(begun);
            let mut others = Vec::new();
            for sql in statements {
                let begun = Instant::now();
                let same = self.by_hand(&mut connection, sql).await;
                others.push(wall(begun));
                assert_eq!(found, same, "both sides find the same");
            }
            // The first round fills the caches.
            if round > 0 {
                mine.push(took);
                theirs.iter_mut().zip(others).for_each(|(all, took)| all.push(took));
            }
        }
        let row = Row { what: format!("PostgreSQL, {}", asked.name()), ours: mine, others: theirs };
        row.print("wall", |took| took.wall);
    }
}

/// The server's processor time is not ours to see.
fn wall(begun: Instant) -> Took {
    Took { wall: begun.elapsed(), cpu: Duration::ZERO }
}

const HAND_INDEXES: &str = r#"
CREATE INDEX hand_of_date ON orders (ordered_at) INCLUDE (payment, status, customer, amount);
CREATE INDEX hand_of_line ON orders_line ("order") INCLUDE (amount);
"#;

/// The same question as statements.
fn statements(asked: Asked) -> &'static [&'static str] {
    match asked {
        Asked::Orders => &["SELECT c.name, r.amount FROM ( \
                SELECT customer, SUM(amount)::bigint AS amount FROM orders \
                WHERE ordered_at >= to_timestamp($1) AND ordered_at < to_timestamp($2) \
                  AND payment = 'paid' AND status <> 'cancelled' \
                GROUP BY customer ORDER BY 2 DESC LIMIT 100) r JOIN cst_customer c ON c.id = r.customer"],
        Asked::Lines => &["SELECT c.name, r.amount FROM ( \
                SELECT o.customer, SUM(l.amount)::bigint AS amount \
                FROM orders o JOIN orders_line l ON l.\"order\" = o.id \
                WHERE o.ordered_at >= to_timestamp($1) AND o.ordered_at < to_timestamp($2) \
                  AND o.payment = 'paid' AND o.status <> 'cancelled' \
                GROUP BY o.customer ORDER BY 2 DESC LIMIT 100) r JOIN cst_customer c ON c.id = r.customer"],
    }
}
