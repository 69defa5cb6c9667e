//! Records as resources, told in OpenAPI: for web services that put them under addresses.

use serde_json::{Map, Value as Json, json};

use super::{Session, Untyped};
use crate::access::{Actor, Scope};
use crate::error::Result;
use crate::schema::EntityDef;

impl Session {
    /// What the actor may do to records by now, as an OpenAPI 3.1 document: the paths below `base`, and the schemas of
    /// what is sent and answered. A service adds what it has beside (`info`, how one signs in) and keeps to this:
    ///
    /// | | | by |
    /// |---|---|---|
    /// | `GET` `base/{entity}` | a page: `items`, and `next` if there is more; `q` in the query looks for words, `limit` and `after` turn the pages | [`list`](Untyped::list) |
    /// | `POST` `base/{entity}` | makes one | [`create_json`](Untyped::create_json) |
    /// | `GET` `base/{entity}/{id}` | looks at one | [`get`](Untyped::get) |
    /// | `PATCH` `base/{entity}/{id}` | changes it; with `if-match`, only the version that was seen | [`edit_json`](Untyped::edit_json) |
    /// | `DELETE` `base/{entity}/{id}` | deletes it | [`delete`](Untyped::delete) |
    /// | `POST` `base/{entity}/{id}/{action}` | runs a command; `if-match` as above | [`run`](Untyped::run) |
    ///
    /// A host's own entities and commands are in it, hidden fields are not, nor what the actor has no right to at all.
    ///
    /// # Errors
    ///
    /// [`Error::SessionEnded`](crate::Error::SessionEnded) if the actor can't act any more;
    /// [`Error::Storage`](crate::Error::Storage) if the store can't say what he may do.
    ///
    /// # Examples
    ///
    /// ```
    /// use crmkit::prelude::*;
    ///
    /// # pollster::block_on(async {
    /// let crm = Crm::builder(MemoryStorage::new(crmkit::standard_schema()?)).open().await?;
    /// let role = crm.system().roles().named("supervisor").await?;
    /// let zhao = crm.system().users().create(NewUser::new("zhao", role.id)).await?;
    ///
    /// let mut document = crm.session(zhao.id).await?.openapi("/api/records").await?;
    /// let customers = &document["paths"]["/api/records/customer"];
    /// assert!(customers.get("get").is_some() && customers.get("post").is_none(), "he looks, and enters none");
    /// document["info"] = serde_json::json!({"title": "CRM", "version": "1"});
    /// # Ok::<(), Error>(())
    /// # })?;
    /// # Ok::<(), Error>(())
    /// ```
    pub async fn openapi(&self, base: &str) -> Result<Json> {
        let actor = self.fresh().await?;
        let (mut paths, mut schemas) = (Map::new(), Map::new());
        for def in self.crm.schema().entities() {
            let Ok(records) = self.untyped(&def.code) else { continue };
            if self.may(&actor, def, "read") {
                paths.extend(self.paths(&actor, &records, base));
                schemas.insert(input(def), records.input_schema());
                schemas.insert(def.code.to_string(), records.json_schema());
            }
        }
        Ok(json!({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}}))
    }

    fn may(&self, actor: &Actor, def: &EntityDef, action: &str) -> bool {
        self.crm.rights().on(def, action).is_some_and(|right| actor.scope(right) != Scope::None)
    }

    fn paths(&self, actor: &Actor, records: &Untyped, base: &str) -> Map<String, Json> {
        let def = records.definition();
        let (taken, given) = (Some(shape(&input(def))), Some(shape(&def.code)));
        let may = |action: &str| self.may(actor, def, action);
        let seen = || vec![parameter("if-match", "header", "string", false)];
        let mut list = operation("list", None, Some(page(&def.code)));
        let asked = [("q", "string"), ("limit", "integer"), ("after", "string")];
        list["parameters"] = asked.iter().map(|(name, kind)| parameter(name, "query", kind, false)).collect();
        let mut edit = operation("change", taken.clone(), given.clone());
        edit["parameters"] = seen().into();

        let mut all = json!({"get": list});
        if may("create") {
            all["post"] = operation("make", taken, given.clone());
        }
        let id = json!([parameter("id", "path", "string", true)]);
        let mut one = json!({"get": operation("look at", None, given.clone()), "parameters": id});
        if may("edit") {
            one["patch"] = edit;
        }
        if may("delete") {
            one["delete"] = operation("delete", None, None);
        }
        let at = format!("{base}/{}", def.code);
        let mut paths = Map::from_iter([(at.clone(), all), (format!("{at}/{{id}}"), one)]);
        for form in records.commands().iter().filter(|form| may(form.action)) {
            let mut run = operation(form.action, Some(form.json_schema()), given.clone());
            run["parameters"] = seen().into();
            paths.insert(format!("{at}/{{id}}/{}", form.action), json!({"post": run, "parameters": id}));
        }
        paths
    }
}

/// What is said of one operation, with the schemas of what it takes and gives.
fn operation(summary: &str, takes: Option<Json>, gives: Option<Json>) -> Json {
    let content = |schema: Json| json!({"application/json": {"schema": schema}});
    let refused = json!({"description": "refused, with a code", "content": {"application/problem+json": {}}});
    let mut operation = json!({"summary": summary, "responses": {"2XX": {"description": "done"}, "default": refused}});
    if let Some(gives) = gives {
        operation["responses"]["2XX"]["content"] = content(gives);
    }
    if let Some(takes) = takes {
        operation["requestBody"] = json!({"content": content(takes)});
    }
    operation
}

fn parameter(name: &str, place: &str, kind: &str, required: bool) -> Json {
    json!({"name": name, "in": place, "required": required, "schema": {"type": kind}})
}

fn page(code: &str) -> Json {
    let items = json!({"type": "array", "items": shape(code)});
    json!({"type": "object", "properties": {"items": items, "next": {"type": ["string", "null"]}}})
}

fn input(def: &EntityDef) -> String {
    format!("{}_input", def.code)
}

fn shape(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
