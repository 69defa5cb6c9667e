//! Files that can't be read are refused whole; odd ones that can be read are.

use crmkit::prelude::*;
use crmkit::transfer::{ImportError, ImportRun};
use proptest::prelude::*;

use crate::bench::{Bench, options};

fn line(error: &ImportError) -> Option<u64> {
    match error {
        ImportError::NotUtf8 { line }
        | ImportError::Truncated { line }
        | ImportError::CellTooLong { line, .. }
        | ImportError::RowTooLong { line, .. } => Some(*line),
        _ => None,
    }
}

#[test]
fn a_file_that_is_none_is_refused_before_anything_is_written() {
    let good = "code,name,memo\nP1,Anvil,heavy\n";
    let many: String = (0..2_000).map(|n| format!("Q{n},Anvil {n},\n")).collect();
    let huge = format!("{good}P2,{},x\n", "x".repeat(10 << 20));
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: Vec<(&str, Vec<u8>, &str, Option<u64>)> = vec![
        ("nothing", Vec::new(), "import.empty", None),
        ("empty lines", b"\n\r\n\n".to_vec(), "import.empty", None),
        ("a mark and nothing", b"\xef\xbb\xbf".to_vec(), "import.empty", None),
        ("latin 1", [good.as_bytes(), b"P2,Gro\xdfe,x\n"].concat(), "import.not_utf8", Some(3)),
        ("latin 1 late", [b"code,name\n", many.as_bytes(), b"P2,Gro\xdfe\n"].concat(), "import.not_utf8", Some(2_002)),
        ("gbk header", b"\xb1\xe0\xba\xc5,name\n".to_vec(), "import.not_utf8", Some(1)),
        ("utf-16", utf16, "import.not_utf8", Some(1)),
        ("an open quote", [good.as_bytes(), b"P2,\"Anvil\nP3,x,y\n"].concat(), "import.truncated", Some(3)),
        ("half a row", [good.as_bytes(), b"P2,Anv"].concat(), "import.truncated", Some(3)),
        ("half a letter", [good.as_bytes(), b"P2,x,Gro\xc3"].concat(), "import.not_utf8", Some(3)),
        ("a huge cell", huge.into_bytes(), "import.cell_too_long", Some(3)),
        ("no such column", b"Code,name\nP1,x\n".to_vec(), "import.no_source", None),
    ];
    for (name, file, code, at) in files {
        let bench = Bench::new();
        let outcome = bench.import(&options("products"), &file);
        let error = outcome.result.unwrap_err();
        assert_eq!((error.code(), line(&error)), (code, at), "{name}: {error}");
        assert!(!error.is_usage(), "{name}");
        assert_eq!((bench.count::<Product>(), bench.count::<ImportRun>()), (0, 0), "{name}");
    }
}

#[test]
fn odd_files_are_read_as_an_editor_shows_them() {
    for file in [
        "code,name,memo\nP1,Anvil,heavy\nP2,\"Rock,\"\"et\"\"\n2\",\n",
        "\u{feff}code,name,memo\nP1,Anvil,heavy\nP2,\"Rock,\"\"et\"\"\n2\",",
        "code,name,memo\r\nP1,Anvil,heavy\r\n\r\nP2,\"Rock,\"\"et\"\"\n2\",\r\n\r\n",
        "\ncode,name,memo\rP1,Anvil,heavy\rP2,\"Rock,\"\"et\"\"\n2\",\r",
        "x,memo,name,code\n,heavy,Anvil,P1\n1,,\"Rock,\"\"et\"\"\n2\",P2\n",
    ] {
        let bench = Bench::new();
        assert_eq!(bench.import(&options("products"), file).counts(), (2, 0, 0, 0), "{file:?}");
        assert_eq!(
            bench.lines::<Product>(&["code", "name", "memo"]),
            ["P1|Anvil|heavy", "P2|Rock,\"et\"\n2|"],
            "{file:?}"
        );
    }
}

#[test]
fn a_header_alone_is_an_import_of_nothing() {
    let bench = Bench::new();
    let outcome = bench.import(&options("products"), "code,name\n");
    assert_eq!(outcome.counts(), (0, 0, 0, 0));
    assert!(!outcome.result.unwrap().was_done());
    assert_eq!(outcome.rejects, "code,name,error\n");
    assert_eq!(bench.count::<ImportRun>(), 0);
}

#[test]
fn the_future_moves_between_threads() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let bench = Bench::new();
    let file = std::io::Cursor::new("code,name\nP1,Anvil\n");
    let (session, options) = (bench.crm.system(), options("products"));
    let report = assert_send(session.import(&options, file, crmkit::transfer::ImportOutput::default()));
    assert_eq!(pollster::block_on(report).unwrap().progress.imported, 1);
}

#[test]
fn importing_needs_the_right() {
    let bench = Bench::new();
    bench.fill("users", "name\nli\n");
    let li = pollster::block_on(bench.crm.system().users().named("li")).unwrap();
    let session = pollster::block_on(bench.crm.session(li.id)).unwrap();
    let file = std::io::Cursor::new("code,name\nP1,Anvil\n");
    let result = pollster::block_on(session.import(&options("products"), file, Default::default()));
    assert!(matches!(result, Err(ImportError::Refused(Error::Denied { .. }))));
    assert_eq!(bench.count::<Product>(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the bytes: no panic, and either nothing is written or every row is accounted for.
    #[test]
    fn any_bytes_are_refused_or_accounted_for(
        body in proptest::collection::vec(proptest::sample::select(&b"order,product,quantity,unit_price,line\
            \n\n\n,,,,\"\"A1P1A2-.019\r\xff\xc3\xa4"[..]), 0..120)
    ) {
        let bench = Bench::filled();
        let (before, runs) = (bench.count::<OrderLine>(), bench.count::<ImportRun>());
        let file = [b"order,product,quantity,unit_price,line\n", &body[..]].concat();
        let outcome = bench.import(&options("order_lines"), &file);
        match outcome.result {
            Ok(report) => {
                let p = report.progress;
                prop_assert_eq!(p.imported + p.updated + p.skipped + p.rejected, p.rows);
                prop_assert_eq!(bench.count::<OrderLine>() - before, p.imported as usize);
                prop_assert_eq!(outcome.told.len(), p.rejected as usize);
            }
            Err(error) => {
                prop_assert!(line(&error).is_some(), "{}", error);
                prop_assert_eq!((bench.count::<OrderLine>(), bench.count::<ImportRun>()), (before, runs));
            }
        }
    }
}
