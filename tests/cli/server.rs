//! The host on a PostgreSQL server: the same commands, the same bytes.

use std::time::{Duration, Instant};

use crmkit::testing::ThrowawayPostgres;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::host::{Folder, data, finish};
use crate::trade::{invented, the_same_on};

fn server() -> &'static ThrowawayPostgres {
    ThrowawayPostgres::start().unwrap()
}

/// Options that put a command on a schema of the server.
fn on(schema: &str) -> String {
    let between = if server().url().contains('?') { '&' } else { '?' };
    format!("--db '{}{between}schema={schema}'", server().url())
}

/// What is done behind the host's back.
fn sql(text: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server().url()).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn an_invented_company_is_the_same_on_every_store() {
    let folder = Folder::new();
    let files = invented(&folder);
    the_same_on(&[on(&server().fresh_schema())], &folder, &files);
}

#[test]
fn two_processes_do_each_slot_of_a_job_once() {
    crate::jobs::two_processes_do_each_slot_once(&Folder::new(), &on(&server().fresh_schema()));
}

#[test]
fn northwind_is_the_same_on_every_store() {
    let Some(files) = data("northwind") else { return };
    the_same_on(&["--db sqlite:one.db".to_owned(), on(&server().fresh_schema())], &Folder::new(), &files);
}

#[test]
fn whatever_comes_first_sets_an_empty_schema_up() {
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme\n");
    let (one, other) = (on(&server().fresh_schema()), on(&format!("{}%20%C3%9C%22%27", server().fresh_schema())));
    folder.ok(&format!("{one} import customers c.csv"));
    folder.ok(&format!("{other} init --time-zone Asia/Shanghai --name Other"));
    let list = "--format csv list customers --columns number";
    assert_eq!(folder.ok(&format!("{one} {list}")), "number\nK1\n");
    assert_eq!(folder.ok(&format!("{other} {list}")), "number\n");
    assert!(folder.ok(&format!("{other} init")).contains("Asia/Shanghai"));
    folder.ok(&format!("{one} user create li --role account_manager"));
    assert_eq!(folder.ok(&format!("{one} --as li {list}")), "number\n");
}

#[test]
fn the_schema_is_called_crm_where_the_address_names_none() {
    if std::env::var_os("CRMKIT_TEST_POSTGRES_URL").is_some() {
        // What is called so on somebody's server is his.
        return;
    }
    let folder = Folder::new();
    folder.write("c.csv", "number,name\nK1,Acme\n");
    folder.ok(&format!("--db {} import customers c.csv", server().url()));
    let mut from_environment = folder.command("--format csv list customers --columns number");
    let run = finish(from_environment.env("CRM_DB", format!("{}?schema=crm", server().url())));
    assert_eq!((run.code, run.out.as_str()), (0, "number\nK1\n"), "{}", run.err);
}

#[test]
fn schemas_that_do_not_fit_are_left_alone() {
    let folder = Folder::new();
    let [foreign, newer, older] = [(); 3].map(|()| server().fresh_schema());
    sql(&format!("CREATE SCHEMA {foreign}; CREATE TABLE {foreign}.theirs (x int)"));
    for command in ["init", "list customers"] {
        let sentence = folder.refused(1, &format!("{} {command}", on(&foreign)));
        assert!(sentence.contains("another program"), "{sentence}");
    }
    for schema in [&newer, &older] {
        folder.ok(&format!("{} init", on(schema)));
    }
    sql(&format!("UPDATE {newer}.crm_meta SET value = '99' WHERE name = 'format'; DROP TABLE {older}.storage"));
    for command in ["init", "list customers"] {
        let sentence = folder.refused(1, &format!("{} {command}", on(&newer)));
        assert!(sentence.contains("newer program"), "{sentence}");
    }
    let sentence = folder.refused(1, &format!("{} list customers", on(&older)));
    assert!(sentence.contains("`crm init` brings it up to date"), "{sentence}");
    folder.ok(&format!("{} init", on(&older)));
    assert_eq!(folder.ok(&format!("{} --format csv list stock --columns count", on(&older))), "count\n");
}

#[test]
fn a_server_that_can_not_be_used_is_one_line_without_the_password() {
    let folder = Folder::new();
    let (_, host) = server().url().split_once('@').unwrap();
    let schema = server().fresh_schema();
    sql(&format!("CREATE ROLE {schema} LOGIN PASSWORD 'right'"));
    for (address, expected) in [
        (format!("postgres://{schema}:s3cret@{host}"), "check name and password"),
        ("postgres://u:s3cret@127.0.0.1:1/crm".to_owned(), "the server does not answer"),
        ("postgres://u:s3cret@host:none/crm".to_owned(), "the address is not one of a database"),
        ("postgres://u:s3cret@127.0.0.1:1/crm?sslmode=never".to_owned(), "the address is not one of a database"),
        ("postgres://u@127.0.0.1:1/crm?password=s3cret&schema=x".to_owned(), "the server does not answer"),
    ] {
        let begun = Instant::now();
        let sentence = folder.refused(1, &format!("--db '{address}' list customers"));
        assert!(sentence.contains(expected), "{address}: {sentence}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{address}: {:?}", begun.elapsed());
        assert!(!sentence.contains("s3cret"), "{sentence}");
    }
    let mut help = folder.command("--help");
    let help = finish(help.env("CRM_DB", "postgres://u:s3cret@host/crm"));
    assert!(help.out.contains("postgres://") && !help.out.contains("s3cret"), "{}", help.out);
    let mut wrong = folder.command("list customers");
    let wrong = finish(wrong.env("CRM_DB", "postgress://u:s3cret@host/crm"));
    assert!(wrong.code == 2 && !wrong.err.contains("s3cret"), "{}", wrong.err);
}
