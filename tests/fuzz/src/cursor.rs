//! Cursors that somebody has kept, or made up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crmkit::events::EventCursor;
use crmkit::prelude::*;
use crmkit::query::Cursor;
use pollster::block_on;

use super::world::WORLD;

/// The first byte says which list is gone on with, and how far the cursor is made for it. The rest is the cursor: as it
/// is, or what it holds.
pub fn cursor(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let world = &*WORLD;
    block_on(async {
        if let Ok(after) = text.parse::<EventCursor>() {
            assert_eq!(after.to_string(), text);
            let _ = world.demo.li.events(&after, 10).await;
        }
        let orders = [
            vec![],
            vec![Customer::name.asc()],
            vec![Customer::level.desc(), Customer::created_at.asc()],
            vec![Customer::manager.asc(), Customer::number.desc()],
        ];
        let order = orders.get(usize::from(first % 4)).cloned().unwrap_or_default();
        let query = order.into_iter().fold(Query::of::<Customer>().limit(2), Query::order);
        let made = match first / 4 % 3 {
            0 => text.clone().into_owned(),
            1 => URL_SAFE_NO_PAD.encode(rest),
            _ => {
                let Ok(values) = serde_json::from_slice::<serde_json::Value>(rest) else { return };
                let signature = query.prepare(world.crm.schema()).unwrap().signature();
                let id = RecordId::from_bytes([*first; 16]);
                let content = serde_json::json!({ "o": signature, "v": values, "i": id });
                URL_SAFE_NO_PAD.encode(content.to_string())
            }
        };
        let made: Cursor = serde_json::from_value(made.into()).unwrap();
        walk(query, made).await;
    });
}

/// Whatever a cursor says, a list has an end, and nothing twice.
async fn walk(query: Query, from: Cursor) {
    let customers = WORLD.crm.system().customers();
    assert_eq!(customers.list(query.clone()).await.unwrap().items.len(), 2, "there is more than a page");
    let (mut next, mut seen) = (Some(from), Vec::new());
    while next.is_some() {
        let Ok(page) = customers.list(query.clone().after(next)).await else { return };
        for customer in page.items {
            assert!(!seen.contains(&customer.id), "{} twice", customer.name);
            seen.push(customer.id);
        }
        next = page.next;
    }
    assert!(seen.len() <= WORLD.demo.customers.len());
}
