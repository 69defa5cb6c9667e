//! Words people look for.

use crmkit::prelude::*;
use crmkit::query::{fold_text, search_words};
use pollster::block_on;

use super::world::WORLD;

/// The most words a search has.
const MOST_WORDS: usize = 32;

/// Folds a text, and looks for it in the names of customers: what is found is what contains every word.
pub fn search_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let folded = fold_text(&text);
    assert_eq!(fold_text(&folded), folded, "folding twice is folding once");
    let words = search_words(&text);
    assert_eq!(search_words(&words.join(" ")), words, "words of words are the same");

    let holds = |words: &[String], text: &str| words.iter().all(|word| fold_text(text).contains(word));
    assert!(holds(&words, &text), "a text contains its own words");
    let world = &*WORLD;
    block_on(async {
        let everybody = world.crm.system().customers().list(Query::of::<Customer>()).await.unwrap().items;
        let expected: Vec<_> = everybody.iter().filter(|it| holds(&words, &it.name)).map(|it| it.id).collect();
        let query = Query::of::<Customer>().filter(Customer::name.contains(&text));
        let found = world.crm.system().customers().list(query).await;
        assert_eq!(found.is_ok(), words.len() <= MOST_WORDS, "{found:?}");
        if let Ok(found) = found {
            assert_eq!(found.items.iter().map(|it| it.id).collect::<Vec<_>>(), expected);
        }
        let seen = world.demo.li.customers().search(&text, Query::of::<Customer>()).await;
        let mine = |it: &Customer| it.manager == world.demo.li.actor().id();
        assert!(seen.is_err() || seen.is_ok_and(|seen| seen.items.iter().all(mine)), "only his own");
        // A name that people call a record by may be anything.
        let _ = world.demo.li.customers().named(&text).await;
        let _ = world.demo.executive.untyped("order").unwrap().searched(&text).await;
    });
}
