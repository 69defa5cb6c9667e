//! The service as its users meet it: over a socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::thread::JoinHandle;

use axum_host::{Settings, app};
use crmkit::id::UuidSource;
use crmkit::prelude::*;
use crmkit::storage::{SqliteOptions, SqliteStorage};
use crmkit::testing;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const PASSWORD: &str = "seven grey herons";

/// A running service with one user of each role, `li` and `wang` being account managers.
struct Service {
    address: SocketAddr,
    crm: Crm,
    file: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// What was answered.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    body: Json,
}

/// Who asks: his cookie, and what else his requests say.
#[derive(Clone, Default)]
struct Client {
    headers: Vec<(&'static str, String)>,
}

impl Service {
    fn start(settings: Settings) -> Self {
        let (file, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let crm = runtime.block_on(async {
            let crm = testing::builder(open(&file)).ids(UuidSource::default()).open().await.unwrap();
            for (login, role) in [
                ("li", "account_manager"),
                ("wang", "account_manager"),
                ("zhao", "supervisor"),
                ("chen", "executive"),
                ("root", "administrator"),
            ] {
                let role = crm.system().roles().named(role).await.unwrap();
                let user = crm.system().users().create(NewUser::new(login, role.id)).await.unwrap();
                crm.system().users().set_password(user.id, PASSWORD).await.unwrap();
            }
            crm
        });
        Self::serve(file, runtime, crm, &settings)
    }

    /// With the demo company of the crate's test kit, which has the same users.
    fn with_demo() -> Self {
        let (file, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let crm = runtime.block_on(async {
            let crm = testing::builder(open(&file)).open().await.unwrap();
            let demo = testing::demo(&crm).await.unwrap();
            for session in [&demo.li, &demo.wang, &demo.supervisor, &demo.executive] {
                let id = session.actor().id().unwrap();
                crm.system().users().set_password(id, PASSWORD).await.unwrap();
            }
            crm
        });
        Self::serve(file, runtime, crm, &Settings::default())
    }

    fn serve(file: tempfile::TempDir, runtime: Runtime, crm: Crm, settings: &Settings) -> Self {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let (address, (stop, stopped)) = (listener.local_addr().unwrap(), oneshot::channel());
        let service = app(crm.clone(), settings).into_make_service_with_connect_info::<SocketAddr>();
        let closing = crm.clone();
        let serving = std::thread::spawn(move || {
            runtime.block_on(async {
                let asked = async { drop(stopped.await) };
                axum::serve(listener, service).with_graceful_shutdown(asked).await.unwrap();
                closing.close().await.unwrap();
            });
        });
        Self { address, crm, file, stop: Some(stop), serving: Some(serving) }
    }

    fn ask(&self, client: &Client, method: &str, path: &str, body: Option<&Json>) -> Answer {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let address = format!("http://{}/api{path}", self.address);
        let mut request = ureq::http::Request::builder().method(method).uri(address);
        for (name, value) in &client.headers {
            request = request.header(*name, value);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut answer = agent.run(request.body(body).unwrap()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let body = if text.is_empty() { Json::Null } else { serde_json::from_str(&text).expect(&text) };
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    fn post(&self, client: &Client, path: &str, body: Json) -> Answer {
        self.ask(client, "POST", path, Some(&body))
    }

    fn get(&self, client: &Client, path: &str) -> Answer {
        self.ask(client, "GET", path, None)
    }

    fn sign_in(&self, name: &str) -> Client {
        let answer = self.post(&Client::default(), "/session", json!({"name": name, "password": PASSWORD}));
        assert_eq!(answer.status, 201, "{}", answer.body);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        for fact in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/api"] {
            assert!(cookie.contains(fact), "{cookie}");
        }
        Client::default().with("cookie", cookie.split(';').next().unwrap())
    }

    fn id(&self, client: &Client) -> String {
        self.get(client, "/session").body["user"].as_str().unwrap().to_owned()
    }

    fn crm_user(&self, login: &str) -> String {
        let system = self.crm.system();
        Runtime::new().unwrap().block_on(system.users().named(login)).unwrap().id.to_string()
    }

    fn stop(mut self) -> tempfile::TempDir {
        self.stop.take().unwrap().send(()).unwrap();
        self.serving.take().unwrap().join().unwrap();
        self.file
    }
}

fn open(file: &tempfile::TempDir) -> SqliteStorage {
    let schema = crmkit::standard_schema().unwrap();
    SqliteStorage::open(file.path().join("crm.db"), schema, SqliteOptions::default()).unwrap()
}

impl Client {
    fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.into()));
        client
    }
}

fn text(json: &Json) -> String {
    json.as_str().unwrap_or_else(|| panic!("no text: {json}")).to_owned()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)), "{}", answer.body);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
}

#[test]
fn nobody_is_let_in_without_having_signed_in() {
    let service = Service::start(Settings::default());
    let nobody = Client::default();
    for path in ["/session", "/records/customer", "/records/customer/KH1", "/reports", "/reports/rfm", "/openapi.json"]
    {
        refused(&service.get(&nobody, path), 401, "not_signed_in");
    }
    refused(&service.post(&nobody, "/records/customer", json!({"name": "Acme"})), 401, "not_signed_in");
    refused(&service.get(&nobody.with("cookie", "crm_session=guessed"), "/records/customer"), 401, "not_signed_in");

    let wrong = service.post(&nobody, "/session", json!({"name": "li", "password": "guessed"}));
    let absent = service.post(&nobody, "/session", json!({"name": "nobody", "password": "guessed"}));
    refused(&wrong, 401, "sign_in");
    assert_eq!(wrong.body, absent.body);

    let li = service.sign_in("li");
    assert_eq!(service.get(&li, "/session").body["role"], "account_manager");
    assert_eq!(service.ask(&li, "DELETE", "/session", None).status, 204);
    refused(&service.get(&li, "/session"), 401, "not_signed_in");
}

#[test]
fn another_site_can_not_use_the_cookie_of_a_user() {
    let service = Service::start(Settings::default());
    let li = service.sign_in("li");
    let acme = json!({"name": "Acme"});
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        refused(&service.post(&li.with(name, value), "/records/customer", acme.clone()), 403, "cross_site");
        let credentials = json!({"name": "li", "password": PASSWORD});
        refused(&service.post(&Client::default().with(name, value), "/session", credentials), 403, "cross_site");
    }
    assert_eq!(service.get(&li, "/records/customer").body["items"], json!([]), "nothing was made");
    // A form of another site can send texts, but no JSON.
    let form = li.with("content-type", "text/plain");
    let address = service.ask(&form, "POST", "/records/customer", None);
    refused(&address, 415, "bad_request");

    let own = format!("http://{}", service.address);
    assert_eq!(service.post(&li.with("origin", own), "/records/customer", acme.clone()).status, 201);
    let own = li.with("sec-fetch-site", "same-origin");
    assert_eq!(service.post(&own, "/records/customer", json!({"name": "Bravo"})).status, 201);
}

#[test]
fn what_one_may_not_see_is_as_what_is_not_there() {
    let service = Service::start(Settings::default());
    let (li, wang) = (service.sign_in("li"), service.sign_in("wang"));
    let acme = service.post(&li, "/records/customer", json!({"name": "Acme"}));
    assert_eq!(acme.status, 201, "{}", acme.body);
    let id = text(&acme.body["id"]);
    let guessed = "0190163d-8694-739b-aea5-966c26f8ad91";

    let (theirs, missing) = (format!("/records/customer/{id}"), format!("/records/customer/{guessed}"));
    for method in ["GET", "PATCH", "DELETE"] {
        let body = (method == "PATCH").then(|| json!({"name": "Mine"}));
        let seen = service.ask(&wang, method, &theirs, body.as_ref());
        let absent = service.ask(&wang, method, &missing, body.as_ref());
        refused(&seen, 404, "not_found");
        refused(&absent, 404, "not_found");
        assert_eq!(seen.body.to_string().replace(&id, guessed), absent.body.to_string());
    }
    refused(&service.get(&wang, "/records/customer/1"), 404, "not_found");
    refused(&service.get(&wang, "/no-such-page"), 404, "no_such_page");
    refused(&service.get(&wang, "/records/no_such_kind"), 404, "query.no_entity");
    // What nobody may see is no kind of record either.
    refused(&service.get(&wang, "/records/credential"), 404, "query.no_entity");
    assert_eq!(service.get(&wang, "/records/customer?q=acme").body["items"], json!([]));
    assert_eq!(service.get(&li, "/records/customer?q=acme").body["items"][0]["id"], id.as_str());
}

#[test]
fn nobody_does_more_than_his_role_may() {
    let service = Service::start(Settings::default());
    let (li, chen) = (service.sign_in("li"), service.sign_in("chen"));
    refused(&service.post(&chen, "/records/customer", json!({"name": "Acme"})), 403, "denied");
    refused(
        &service.post(&li, "/records/user", json!({"name": "mole", "role": "0190163d-8694-739b-aea5-966c26f8ad91"})),
        403,
        "denied",
    );
    refused(&service.get(&service.sign_in("root"), "/reports/rfm"), 403, "denied");

    // What is taken away from a user is gone from the session he has.
    let untick = async {
        let roles = service.crm.system().roles();
        roles.untick(roles.named("account_manager").await?.id, "customer.read").await
    };
    Runtime::new().unwrap().block_on(untick).unwrap();
    refused(&service.get(&li, "/records/customer"), 403, "denied");
    assert_eq!(service.get(&li, "/records/activity").status, 200);
}

#[test]
fn a_session_that_has_ended_asks_for_signing_in_again() {
    let service = Service::start(Settings::default());
    let (li, wang) = (service.sign_in("li"), service.sign_in("wang"));
    let (users, runtime) = (service.crm.system().users(), Runtime::new().unwrap());
    let [deactivated, renewed] = [&li, &wang].map(|client| service.id(client).parse::<Id<User>>().unwrap());
    let active = |active: bool| UserPatch { active: active.into(), ..Default::default() };
    runtime.block_on(users.edit(deactivated, active(false))).unwrap();
    runtime.block_on(users.set_password(renewed, "eight white herons")).unwrap();
    for client in [&li, &wang] {
        for path in ["/session", "/records/customer", "/reports/rfm", "/openapi.json"] {
            refused(&service.get(client, path), 401, "session_ended");
        }
        refused(&service.post(client, "/records/customer", json!({"name": "Acme"})), 401, "session_ended");
    }
    let again = json!({"name": "wang", "password": "eight white herons"});
    assert_eq!(service.post(&Client::default(), "/session", again).status, 201);
    runtime.block_on(users.edit(deactivated, active(true))).unwrap();
    assert_eq!(service.get(&li, "/session").status, 200);
}

#[test]
fn passwords_are_changed_by_oneself_or_set_by_an_administrator() {
    let service = Service::start(Settings::default());
    let (li, root) = (service.sign_in("li"), service.sign_in("root"));
    let put = |client: &Client, body: Json| service.ask(client, "PUT", "/session/password", Some(&body));
    let signs_in = |password: &str| {
        service.post(&Client::default(), "/session", json!({"name": "li", "password": password})).status == 201
    };
    refused(&put(&li, json!({"old": "wrong", "new": "eight white herons"})), 401, "sign_in");
    refused(&put(&li, json!({"old": PASSWORD, "new": "short"})), 422, "invalid");
    refused(&put(&li, json!({"new": "eight white herons"})), 422, "invalid");
    let of_root = json!({"user": service.id(&root), "new": "eight white herons"});
    assert_eq!(put(&li, of_root).status, 403);
    assert_eq!(put(&li, json!({"old": PASSWORD, "new": "eight white herons"})).status, 204);
    assert!(signs_in("eight white herons") && !signs_in(PASSWORD));
    let set = json!({"user": service.crm_user("li"), "new": "nine black herons"});
    assert_eq!(put(&root, set).status, 204);
    assert!(signs_in("nine black herons") && !signs_in("eight white herons"));
}

#[test]
fn an_opportunity_becomes_a_customer_and_a_service_request_comes_back() {
    let service = Service::start(Settings::default());
    let (li, zhao, chen) = (service.sign_in("li"), service.sign_in("zhao"), service.sign_in("chen"));
    let chance = json!({
        "customer_name": "Hotel Lotus", "title": "Tea for 200 rooms", "success_rate": 60, "amount": "12000",
        "description": "They open in May", "contact_name": "Mei Tanaka", "contact_phone": "021 5550 0199",
    });
    let chance = service.post(&zhao, "/records/opportunity", chance);
    assert_eq!(chance.status, 201, "{}", chance.body);
    let at = format!("/records/opportunity/{}", text(&chance.body["id"]));
    refused(&service.ask(&li, "POST", &format!("{at}/win"), None), 404, "not_found");
    let given = service.post(&zhao, &format!("{at}/assign"), json!({"to": service.id(&li)}));
    assert_eq!((given.status, &given.body["status"]), (200, &json!("assigned")), "{}", given.body);
    refused(&service.post(&zhao, &format!("{at}/assign"), json!({"to": service.id(&li)})), 409, "state");
    let nobody = service.post(&zhao, &format!("{at}/assign"), json!({"to": "li"}));
    refused(&nobody, 422, "invalid");
    assert_eq!(nobody.body["fields"][0]["field"], "to");
    refused(&service.ask(&li, "POST", &format!("{at}/wni"), None), 404, "no_command");
    let won = service.ask(&li, "POST", &format!("{at}/win"), None);
    assert_eq!((won.status, &won.body["status"]), (200, &json!("won")), "{}", won.body);

    let at = format!("/records/customer/{}", text(&won.body["customer"]));
    let customer = service.get(&li, &at);
    assert_eq!(customer.body["name"], "Hotel Lotus");
    let seen = li.with("if-match", customer.headers["etag"].to_str().unwrap());
    assert_eq!(service.ask(&seen, "PATCH", &at, Some(&json!({"region": "华东"}))).status, 200);
    refused(&service.ask(&seen, "PATCH", &at, Some(&json!({"region": "华北"}))), 412, "conflict");
    let ill = service.ask(&li, "PATCH", &at, Some(&json!({"name": ""})));
    refused(&ill, 422, "invalid");
    assert_eq!(ill.body["fields"][0]["field"], "name");
    refused(&service.ask(&li, "PATCH", &at, Some(&json!({"status": "lost"}))), 422, "invalid");
    refused(&service.ask(&li, "PATCH", &at, Some(&json!({"regoin": "x"}))), 400, "query");

    let request = json!({"type": "complaint", "title": "Broken pots", "customer": won.body["customer"],
        "request": "Two came broken"});
    let request = service.post(&li, "/records/service_request", request);
    assert_eq!(request.status, 201, "{}", request.body);
    let at = format!("/records/service_request/{}", text(&request.body["id"]));
    service.post(&zhao, &format!("{at}/assign"), json!({"to": service.id(&li)}));
    service.post(&li, &format!("{at}/handle"), json!({"handling": "Sent two new ones"}));
    let done = service.post(&li, &format!("{at}/feedback"), json!({"result": "Both whole", "satisfaction": "5"}));
    assert_eq!((done.status, &done.body["status"]), (200, &json!("archived")), "{}", done.body);

    let report = service.get(&chen, "/reports/composition?by=region");
    assert_eq!((report.status, &report.body["rows"][0]["key"]), (200, &json!("华东")), "{}", report.body);
    refused(&service.get(&chen, "/reports/composition?by=size"), 400, "report.bad_option");
    refused(&service.get(&chen, "/reports/compositoin"), 404, "report.unknown");
    let names = service.get(&chen, "/reports").body;
    assert!(names.as_array().unwrap().iter().any(|report| report["name"] == "rfm"));
}

#[test]
fn each_sees_of_a_company_what_is_his() {
    let service = Service::with_demo();
    let names = |client: &Client, path: &str, field: &str| {
        let page = service.get(client, path).body;
        let mut names: Vec<String> = page["items"].as_array().unwrap().iter().map(|item| text(&item[field])).collect();
        names.sort();
        names.join(", ")
    };
    let (li, wang, zhao) = (service.sign_in("li"), service.sign_in("wang"), service.sign_in("zhao"));
    assert_eq!(names(&li, "/records/customer", "name"), "City Museum Shop, Harbour Teahouse");
    assert_eq!(names(&wang, "/records/customer", "name"), "Hotel Lotus");
    assert_eq!(names(&zhao, "/records/opportunity", "status"), "assigned, unassigned, won");
    assert_eq!(names(&li, "/records/opportunity", "customer_name"), "Garden Café");
    let report = service.get(&service.sign_in("chen"), "/reports/contribution?year=2026").body;
    assert_eq!(report["totals"]["amount"], "3696.00", "{report}");
}

#[test]
fn pages_follow_one_another() {
    let service = Service::start(Settings::default());
    let li = service.sign_in("li");
    for name in ["Acme", "Bravo", "Chai"] {
        assert_eq!(service.post(&li, "/records/customer", json!({"name": name})).status, 201);
    }
    let first = service.get(&li, "/records/customer?limit=2").body;
    let second = service.get(&li, &format!("/records/customer?limit=2&after={}", text(&first["next"]))).body;
    let names = [&first["items"][0], &first["items"][1], &second["items"][0]].map(|item| text(&item["name"]));
    assert_eq!((names.join(" "), &second["next"]), ("Acme Bravo Chai".into(), &Json::Null));
    refused(&service.get(&li, "/records/customer?after=nonsense"), 400, "query.cursor");
    refused(&service.get(&li, "/records/customer?colour=red"), 400, "bad_request");
}

#[test]
fn who_asks_too_often_has_to_wait() {
    let service = Service::start(Settings { sign_ins_per_minute: 3, ..Default::default() });
    let nobody = Client::default();
    let mut answers = Vec::new();
    for count in 0..5 {
        let guess = json!({"name": format!("guessed {count}"), "password": "guessed"});
        answers.push(service.post(&nobody, "/session", guess));
    }
    answers[..3].iter().for_each(|answer| refused(answer, 401, "sign_in"));
    for answer in &answers[3..] {
        refused(answer, 429, "too_many_requests");
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    }

    let service = Service::start(Settings { requests_per_second: 1, ..Default::default() });
    let answers: Vec<u16> = (0..5).map(|_| service.get(&nobody, "/session").status).collect();
    assert!(answers.contains(&401) && answers.contains(&429), "{answers:?}");
}

#[test]
fn the_crm_itself_locks_a_name() {
    let service = Service::start(Settings { sign_ins_per_minute: 100, ..Default::default() });
    let guess = || service.post(&Client::default(), "/session", json!({"name": "li", "password": "guessed"}));
    let locked = (0..10).map(|_| guess()).find(|answer| answer.status == 429).unwrap();
    refused(&locked, 429, "locked");
}

#[test]
fn the_document_says_what_there_is_and_no_more_than_one_may_see() {
    let service = Service::start(Settings { requests_per_second: 1_000, ..Default::default() });
    let (li, zhao, nobody) = (service.sign_in("li"), service.sign_in("zhao"), Client::default());
    let document = service.get(&li, "/openapi.json").body;
    let read = oas3::from_json(document.to_string()).unwrap();
    assert_eq!(read.security.len(), 1);
    let described = read.components.unwrap().schemas;
    let record = json!({"$ref": "#/components/schemas/customer"});
    let gives = &document["paths"]["/api/records/customer/{id}"]["get"]["responses"]["2XX"]["content"];
    assert_eq!(gives["application/json"]["schema"], record);
    assert!(described.contains_key("customer") && described.contains_key("customer_input"));
    let mut operations = 0;
    for (path, item) in read.paths.unwrap() {
        let at = path.strip_prefix("/api").unwrap().replace("{id}", "1").replace("{name}", "none");
        for (method, _) in item.methods() {
            let answer = service.ask(&li, method.as_str(), &at, None);
            operations += 1;
            let open = document["paths"][&path][method.as_str().to_lowercase()]["security"] == json!([]);
            assert_eq!(open, service.ask(&nobody, method.as_str(), &at, None).status != 401, "{method} {path}");
            assert_ne!(answer.status, 405, "{method} {path}");
            assert_ne!(answer.body["code"], "no_such_page", "{method} {path}");
            if at == "/session" {
                service.sign_in("li");
            }
        }
    }
    assert!(operations > 40, "{operations}");
    let path = |document: &Json, path: &str| document["paths"].get(format!("/api/records/{path}")).is_some();
    for (mine, of_zhao, at) in [
        (true, true, "customer/{id}"),
        (true, false, "service_request/{id}/handle"),
        (false, true, "service_request/{id}/assign"),
        (false, true, "user"),
        (false, false, "role"),
    ] {
        assert_eq!((path(&document, at), path(&service.get(&zhao, "/openapi.json").body, at)), (mine, of_zhao), "{at}");
    }
    let phone = |document: &Json| document["components"]["schemas"]["contact"]["properties"].get("phone").is_some();
    assert!(phone(&document));
    let hide = async {
        let role = service.crm.system().roles().named("supervisor").await?;
        let rule = crmkit::access::NewFieldRule {
            role: role.id,
            entity: "contact".into(),
            field: "phone".into(),
            ..Default::default()
        };
        service.crm.system().field_rules().create(rule).await
    };
    Runtime::new().unwrap().block_on(hide).unwrap();
    let li = service.sign_in("li");
    assert!(phone(&service.get(&li, "/openapi.json").body));
    assert!(!phone(&service.get(&zhao, "/openapi.json").body));

    let customer = text(&service.post(&li, "/records/customer", json!({"name": "Acme"})).body["id"]);
    let contact = json!({"customer": customer, "name": "Mei", "phone": "021 5550 0199"});
    let at = format!("/records/contact/{}", text(&service.post(&li, "/records/contact", contact).body["id"]));
    assert_eq!(service.get(&li, &at).body["phone"], "021 5550 0199");
    assert_eq!(service.get(&zhao, &at).body.get("phone"), None);
}

#[test]
fn a_service_that_is_stopped_has_written_everything() {
    let service = Service::start(Settings::default());
    let li = service.sign_in("li");
    let acme = service.post(&li, "/records/customer", json!({"name": "Acme"}));
    let id: Id<Customer> = text(&acme.body["id"]).parse().unwrap();
    let file = service.stop();
    let name = Runtime::new().unwrap().block_on(async {
        let crm = Crm::builder(open(&file)).open().await.unwrap();
        crm.system().customers().get(id).await.unwrap().name
    });
    assert_eq!(name, "Acme");
}
