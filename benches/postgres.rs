//! What the crate costs over PostgreSQL by hand, side by side on one private server. Run with
//! `cargo bench --bench postgres --features postgres,testing`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crmkit::change::{Change, ChangeSet};
use crmkit::id::{Id, IdSource, RecordId, SetId, UuidSource};
use crmkit::schema::{Entity, EntityFacts, Facts, Schema};
use crmkit::storage::{PostgresOptions, PostgresStorage, Reader, Storage};
use crmkit::testing::ThrowawayPostgres;
use crmkit::value::{Money, Timestamp};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool, Row};

crmkit::entity!(
    #[entity("bench_item", "物品", "Item")]
    #[inputs(NewItem, ItemPatch)]
    /// An ordinary record.
    pub struct Item {
        /// Its unique name.
        pub name: String,
        /// A second text.
        pub note: Option<String>,
        /// What it costs.
        pub price: Money,
        /// When it was made.
        pub made_at: Timestamp,
        /// Whether it is used.
        pub active: bool,
    }
);

impl EntityFacts for Item {
    fn facts() -> Facts {
        Facts::default().unique::<Self>(&[&Self::name])
    }
}

const ROWS: usize = 500;

struct Bench {
    storage: PostgresStorage,
    plain: PgPool,
    table: String,
    ids: UuidSource,
}

impl Bench {
    async fn new() -> Self {
        let server = ThrowawayPostgres::start().unwrap();
        let (name, schema) = (server.fresh_schema(), Schema::builder().definition(Item::definition()).build().unwrap());
        let options = PostgresOptions::default();
        let storage = PostgresStorage::connect(server.url(), &name, schema, options).await.unwrap();
        let plain = PgPoolOptions::new().test_before_acquire(false).connect(server.url()).await.unwrap();
        Self { storage, plain, table: format!("\"{name}\".bench_item"), ids: UuidSource::default() }
    }

    fn item(&self) -> Item {
        let id = self.ids.next_id(Timestamp::EPOCH);
        let new = NewItem {
            name: format!("item {id}"),
            note: Some("a note of ordinary length".into()),
            price: "12.50".parse().unwrap(),
            made_at: Timestamp::EPOCH,
            active: true,
            ..NewItem::default()
        };
        Item::draft(Id::new(id), new)
    }

    /// Stores records in one set.
    async fn batched(&self) -> Duration {
        let items: Vec<Item> = (0..ROWS).map(|_| self.item()).collect();
        let mut set = ChangeSet::new(SetId(self.ids.next_id(Timestamp::EPOCH)), Timestamp::EPOCH, "bench");
        set.changes = items.into_iter().map(|item| Change::Insert(item.into_record())).collect();
        let begun = Instant::now();
        self.storage.commit(&set).await.unwrap();
        begun.elapsed()
    }

    /// Stores records with one statement each, all in one transaction.
    async fn row_by_row(&self) -> Duration {
        let items: Vec<Item> = (0..ROWS).map(|_| self.item()).collect();
        let sql: Arc<str> = format!(
            "INSERT INTO {} (id, version, name, note, price, made_at, active) \
             VALUES ($1::text::uuid, 1, $2, $3, $4, to_timestamp($5::float8), $6)",
            self.table
        )
        .into();
        let begun = Instant::now();
        let mut transaction = self.plain.begin().await.unwrap();
        for item in items {
            let insert = sqlx::query(AssertSqlSafe(Arc::clone(&sql)))
                .bind(item.id.to_string())
                .bind(item.name)
                .bind(item.note)
                .bind(item.price.raw())
                .bind(0.0_f64)
                .bind(item.active);
            insert.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        begun.elapsed()
    }

    async fn get(&self, ids: &[RecordId]) -> Duration {
        let def = self.storage.schema().of::<Item>().unwrap().clone();
        let begun = Instant::now();
        for id in ids {
            let found = self.storage.get(&def, &[*id]).await.unwrap();
            assert_eq!(black_box(found).len(), 1);
        }
        begun.elapsed() / u32::try_from(ids.len()).unwrap()
    }

    async fn get_plainly(&self, ids: &[RecordId]) -> Duration {
        let sql: Arc<str> = format!(
            "SELECT id::text, version, name, note, price, made_at::text, active FROM {} WHERE id = $1::uuid",
            self.table
        )
        .into();
        let begun = Instant::now();
        for id in ids {
            let query = sqlx::query(AssertSqlSafe(Arc::clone(&sql))).bind(id.to_string());
            let row = query.fetch_one(&self.plain).await.unwrap();
            let texts: (String, String, Option<String>, String) = (row.get(0), row.get(2), row.get(3), row.get(5));
            let numbers: (i64, i64, bool) = (row.get(1), row.get(4), row.get(6));
            black_box((texts, numbers));
        }
        begun.elapsed() / u32::try_from(ids.len()).unwrap()
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::main]
async fn main() {
    let bench = Bench::new().await;
    let (mut batched, mut single) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        batched.push(bench.batched().await);
        single.push(bench.row_by_row().await);
    }
    let per_second = |time: Duration| ROWS as f64 / time.as_secs_f64();
    let (batched, single) = (per_second(median(batched)), per_second(median(single)));
    println!("rows/s in sets of {ROWS}: {batched:.0}; one statement a row: {single:.0}; ratio {:.1}", batched / single);

    let page = bench.storage.query(&crmkit::query::Query::of::<Item>().limit(1_000)).await.unwrap();
    let ids: Vec<RecordId> = page.records.iter().map(|record| record.id).collect();
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..11 {
        ours.push(bench.get(&ids).await);
        plain.push(bench.get_plainly(&ids).await);
    }
    let (ours, plain) = (median(ours), median(plain));
    let ratio = ours.as_secs_f64() / plain.as_secs_f64();
    println!("a single get: {ours:.1?}; plain sqlx: {plain:.1?}; ratio {ratio:.2}");
}
