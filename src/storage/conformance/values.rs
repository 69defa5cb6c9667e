//! What is stored comes back, to the last bit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::bench::{Bench, all, commit, finish, insert, update};
use super::failure::{ensure, ensure_eq};
use super::generate::{self, Shape};
use super::schema::{Mood, NewRegion, NewSample, Region, Sample, Series};
use super::sets::series;
use super::{Failure, Fixture, Outcome};
use crate::change::{Change, DEFAULT_SET_LIMIT};
use crate::id::{Id, RecordId, Version};
use crate::query::{Aggregate, Filter, Measure, Query};
use crate::schema::{CustomFields, Entity, EntityDef, Record};
use crate::value::{MAX_DATE, MAX_TEXT_BYTES, MIN_DATE, Money, Quantity, Rate, Timestamp, Value};

pub(super) async fn every_kind_comes_back(bench: &Bench) -> Outcome {
    let region = bench.store::<Region>(region("R")).await?;
    let mut sample: Sample = bench.draft(plain(&region));
    bench.commit(vec![insert(&sample)]).await?;
    comes_back(bench, &sample, 1).await?;
    for round in 0..4 {
        sample = extreme(sample, &region, round)?;
        sample.version = bench.reload(&sample).await?.version;
        let written = sample.version.next().0;
        bench.commit(vec![update(&sample)]).await?;
        comes_back(bench, &sample, written).await?;
        let new: Sample = Sample { id: Id::new(bench.raw_id()), version: Default::default(), ..sample.clone() };
        bench.commit(vec![insert(&new)]).await?;
        comes_back(bench, &new, 1).await?;
    }
    Ok(())
}

pub(super) async fn awkward_text_comes_back(bench: &Bench) -> Outcome {
    for text in AWKWARD {
        let stored: Series = bench.store(series(text)).await?;
        ensure_eq!(stored.name, *text, "a text");
        let found = bench.texts(Query::of::<Series>().filter(Series::name.eq(*text)), "name").await?;
        ensure_eq!(found, [*text], "the records whose text is {text:?}");
    }
    let every = bench.texts(Query::of::<Series>().order(Series::name.asc()).limit(7), "name").await?;
    let mut sorted: Vec<&str> = AWKWARD.to_vec();
    sorted.sort_by(|a, b| a.chars().cmp(b.chars()));
    ensure_eq!(every, sorted, "texts in the order of their code points");
    Ok(())
}

pub(super) async fn long_text_comes_back(bench: &Bench) -> Outcome {
    for text in ["x".repeat(64 << 10), "长".repeat(64 << 10), "y".repeat(MAX_TEXT_BYTES)] {
        let stored: Region = bench.store(NewRegion { name: Some(text.clone()), ..region(&text[..30]) }).await?;
        let length = stored.name.as_ref().map(String::len);
        ensure!(stored.name.as_ref() == Some(&text), "a text of {} bytes came back with {length:?}", text.len());
        let found = bench.texts(Query::of::<Region>().filter(Region::name.eq(text)), "code").await?;
        ensure_eq!(found, [stored.code], "the records with a long text");
    }
    Ok(())
}

pub(super) async fn json_comes_back(bench: &Bench) -> Outcome {
    let nested =
        (0..60).fold(json!("deep"), |inner, depth| if depth % 2 == 0 { json!([inner]) } else { json!({"k": inner}) });
    let documents = [
        json!({}),
        json!([]),
        json!(""),
        json!("text with \"quotes\", \\, / and \u{1F600}"),
        json!(true),
        json!(0),
        json!([i64::MIN, i64::MAX, u64::MAX]),
        json!([0.1, 1.5, -2.25e-7, 1.0e15, 123_456.789, 0.000_123_4, 1.0e-300]),
        json!([1.797_693_134_862_315_7e308, 2.225_073_858_507_201_4e-308, 5.431_091_526_871_52e-5]),
        // Numbers that a reader must round rightly to find again.
        json!([51.248_178_375_505_404, -93.311_370_376_880_33, 0.1 + 0.2, 1.0 / 3.0]),
        json!({"": 1, "a.b": 2, "$": 3, "quote\"": 4, "中": 5, "A": 6, "a": 7, "null": null}),
        json!({"b": 1, "a": {"z": [], "y": {}}}),
        nested,
    ];
    let region = bench.store::<Region>(region("R")).await?;
    for document in documents {
        let mut custom = CustomFields::new();
        custom.insert("a key".into(), document.clone());
        custom.insert("none".into(), serde_json::Value::Null);
        let new = NewSample { data: document.clone(), maybe_data: Some(document), custom, ..plain(&region) };
        let sample: Sample = bench.draft(new);
        bench.commit(vec![insert(&sample)]).await?;
        comes_back(bench, &sample, 1).await?;
    }
    Ok(())
}

pub(super) async fn nothing_is_not_emptiness(bench: &Bench) -> Outcome {
    let region = bench.store::<Region>(region("R")).await?;
    let empty: Sample =
        bench.draft(NewSample { maybe_title: Some(String::new()), maybe_data: Some(json!(null)), ..plain(&region) });
    let nothing: Sample = bench.draft(NewSample { maybe_title: None, maybe_data: None, ..plain(&region) });
    bench.commit(vec![insert(&empty), insert(&nothing)]).await?;
    comes_back(bench, &empty, 1).await?;
    comes_back(bench, &nothing, 1).await?;
    for (filter, which) in [
        (Sample::maybe_title.is_null(), &nothing),
        (Sample::maybe_data.is_null(), &nothing),
        (Sample::maybe_title.eq(""), &empty),
        (Sample::maybe_title.is_null().not(), &empty),
        (Sample::maybe_data.is_null().not(), &empty),
    ] {
        let found = bench.all(Query::of::<Sample>().filter(filter.clone())).await?;
        let found: Vec<RecordId> = found.iter().map(|record| record.id).collect();
        ensure_eq!(found, [which.id.raw()], "the records for which {filter:?}");
    }
    Ok(())
}

pub(super) async fn records_are_got_by_id(bench: &Bench) -> Outcome {
    let mut known = Vec::new();
    for code in ["a", "b", "c"] {
        known.push(bench.store::<Region>(region(code)).await?.id.raw());
    }
    let def = bench.def::<Region>()?;
    let got = |ids: Vec<RecordId>| {
        let def = def.clone();
        async move {
            let mut found: Vec<RecordId> =
                bench.storage.get(&def, &ids).await?.iter().map(|record| record.id).collect();
            found.sort_unstable();
            Ok::<_, Failure>(found)
        }
    };
    ensure_eq!(got(Vec::new()).await?, [], "the records of no id");
    ensure_eq!(got(vec![RecordId::NIL, bench.raw_id()]).await?, [], "the records of unknown ids");
    let repeated = [known.clone(), vec![bench.raw_id()], known.clone()].concat();
    ensure_eq!(got(repeated).await?, known, "each record once, however often it is asked for");
    let mut many: Vec<RecordId> = (0..70_000).map(|_| bench.raw_id()).collect();
    many.extend(&known);
    ensure_eq!(got(many).await?, known, "the known among 70,000 ids");
    let other = bench.storage.get(&*bench.def::<Series>()?, &known).await?;
    ensure_eq!(other, [], "records of another entity with these ids");
    Ok(())
}

pub(super) fn schemas_of_the_host_come_back(fixture: &dyn Fixture) -> Outcome {
    let mut schemas = fixture.schemas();
    schemas.push(super::schema::schema()?);
    for schema in schemas {
        finish(fixture, async {
            let bench = Bench::open(fixture, schema).await?;
            every_entity_comes_back(&bench).await
        })?;
    }
    Ok(())
}

/// Stores generated records of every entity, replaces their values and takes them out again.
async fn every_entity_comes_back(bench: &Bench) -> Outcome {
    let schema = bench.storage.schema().clone();
    let shape = Shape::new(&schema);
    let first = generate::records(&schema, &shape, 0);
    for chunk in generate::sets(&first) {
        let inserts = chunk.iter().cloned().map(Change::Insert).collect();
        commit(&*bench.storage, &bench.set(inserts)).await?;
    }
    all_come_back(bench, &first, 1).await?;
    let second = generate::records(&schema, &shape, 1);
    let changeable = |record: &Record| schema.entity(&record.entity).is_some_and(|def| !def.facts.append_only);
    for record in second.iter().filter(|record| changeable(record)) {
        let change = Change::Update { record: record.clone(), expected: Version(1) };
        let result = commit(&*bench.storage, &bench.set(vec![change])).await;
        result.map_err(|error| Failure::from(error).during(&format!("an update to {record:?}")))?;
    }
    let changed: Vec<Record> = second.into_iter().filter(changeable).collect();
    all_come_back(bench, &changed, 2).await?;
    // Whatever refers to whatever, all of it may go in one set.
    let purge = |def: &&Arc<EntityDef>| Change::Purge { entity: def.name.clone(), filter: Filter::All, limit: 1_000 };
    let mut last: Vec<Change> = schema.entities().filter(|def| def.facts.append_only).map(|def| purge(&def)).collect();
    last.extend(changed.into_iter().map(|record| Change::Delete {
        entity: record.entity,
        id: record.id,
        expected: Version(2),
    }));
    if last.len() <= DEFAULT_SET_LIMIT {
        commit(&*bench.storage, &bench.set(last)).await?;
        ensure!(bench.contents().await?.is_empty(), "records are left after all were deleted");
    }
    Ok(())
}

async fn all_come_back(bench: &Bench, records: &[Record], version: i64) -> Outcome {
    let mut by_entity: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in records {
        by_entity.entry(&*record.entity).or_default().push(record);
    }
    for (entity, wanted) in by_entity {
        let def = bench.storage.schema().entity(entity).cloned();
        let def = def.ok_or_else(|| Failure::new(format!("the schema has no `{entity}`")))?;
        for record in &wanted {
            record_comes_back(bench, &def, record, version).await?;
        }
        let count = Aggregate::new(entity.to_owned()).measure(Measure::Count);
        let counted = bench.storage.aggregate(&count).await?;
        let counted: Vec<Value> = counted.into_iter().flat_map(|row| row.measures).collect();
        ensure_eq!(counted, [Value::Int(wanted.len().try_into()?)], "how many records `{entity}` has");
    }
    Ok(())
}

async fn comes_back<E: Entity>(bench: &Bench, entity: &E, version: i64) -> Outcome {
    let def = bench.def::<E>()?;
    record_comes_back(bench, &def, &entity.clone().into_record(), version).await
}

/// The record is got by id and found by a list as it was stored.
async fn record_comes_back(bench: &Bench, def: &EntityDef, record: &Record, version: i64) -> Outcome {
    let wanted = Record { version: Version(version), ..record.clone() };
    let got = bench.storage.get(def, &[wanted.id]).await?;
    same_record(def, &got, &wanted, "got by id")?;
    let filter = Filter::In { path: crate::schema::Path::field("id"), values: vec![Value::Id(wanted.id)] };
    let listed = all(&*bench.storage, Query::new(def.name.clone()).filter(filter)).await?;
    same_record(def, &listed, &wanted, "in a list")
}

fn same_record(def: &EntityDef, found: &[Record], wanted: &Record, how: &str) -> Outcome {
    let [found] = found else {
        return Err(Failure::new(format!("{} records {how} with the id {}", found.len(), wanted.id)));
    };
    for (column, (found, wanted)) in def.columns.iter().zip(found.values.iter().zip(&wanted.values)) {
        ensure_eq!(found, wanted, "`{}.{}` {how}", def.name, column.name);
    }
    ensure_eq!(found, wanted, "the whole record of `{}` {how}", def.name);
    Ok(())
}

/// Texts that stores have been known to change.
const AWKWARD: &[&str] = &[
    " ",
    "  both ends  ",
    "tab\tline\nreturn\r\nend",
    "'; DROP TABLE ct_series; --",
    "\"double\" 'single' `back` \\backslash\\",
    "/* no comment */ -- neither",
    "$1 ?1 ?2 :name @name {0} %s",
    "100% _ * ? [a-z]",
    "NULL",
    "null",
    "true",
    "007",
    "7",
    "1.0",
    "1e3",
    "0x1F",
    "+5",
    "2024-02-29",
    "A",
    "a",
    "a ",
    "é",
    "e\u{301}",
    "ß",
    "SS",
    "İstanbul",
    "客户关系管理",
    "客戶",
    "ｆｕｌｌ ｗｉｄｔｈ",
    "👩‍👩‍👧‍👦 family",
    "🇨🇳",
    "עברית and العربية",
    "\u{202E}turned\u{202C}",
    "\u{FEFF}mark",
    "\u{FFFD}",
    "\u{FFFF}",
    "\u{10FFFF}",
    "\u{1}\u{7F}\u{80}",
    "z\u{300}\u{301}\u{302}\u{303}\u{304}",
];

pub(super) fn region(code: &str) -> NewRegion {
    NewRegion { code: code.into(), active: true, ..NewRegion::default() }
}

pub(super) fn plain(region: &Region) -> NewSample {
    NewSample {
        price: Money::ZERO,
        quantity: Quantity::ZERO,
        rate: Rate::ZERO,
        title: "plain".into(),
        day: MIN_DATE,
        at: Timestamp::EPOCH,
        region: region.id,
        ..NewSample::default()
    }
}

/// The record with the largest or the smallest values, with those just below zero, or with the first that a float of
/// 64 bits does not hold.
fn extreme(sample: Sample, region: &Region, round: usize) -> Result<Sample, Failure> {
    const FLOAT: i64 = (1 << 53) + 1;
    let (int, raw) = [(i64::MAX, i64::MAX), (i64::MIN, -i64::MAX), (-1, -1), (FLOAT, FLOAT)][round % 4];
    let (price, quantity, rate) = (Money::from_raw(raw)?, Quantity::from_raw(raw)?, Rate::from_raw(raw)?);
    let day = [MAX_DATE, MIN_DATE, "1969-12-31".parse()?][round % 3];
    let micro = Timestamp::from_micros(-1)?;
    let at = [Timestamp::MAX, Timestamp::MIN, micro][round % 3];
    let mood = [Mood::Stern, Mood::Calm, Mood::Merry][round % 3];
    let title = ["\u{10FFFF}", " ", "e\u{301}"][round % 3];
    let mut custom = CustomFields::new();
    custom.insert("round".into(), json!(round));
    Ok(Sample {
        flag: round == 0,
        count: int,
        price,
        quantity,
        rate,
        title: title.into(),
        day,
        at,
        mood,
        data: json!({"round": round}),
        maybe_flag: Some(round != 0),
        maybe_count: Some(int),
        maybe_price: Some(price),
        maybe_quantity: Some(quantity),
        maybe_rate: Some(rate),
        maybe_title: Some(title.into()),
        maybe_day: Some(day),
        maybe_at: Some(at),
        maybe_mood: Some(mood),
        maybe_data: Some(json!([round])),
        maybe_region: Some(region.id),
        maybe_sample: Some(sample.id),
        custom,
        ..sample
    })
}
