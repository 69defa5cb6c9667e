//! Runs the host program in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::SystemTime;
use std::{env, fs};

use serde_json::Value;
use tempfile::TempDir;

/// A folder to run the host in, with nothing in it at first.
pub(crate) struct Folder(TempDir);

/// How a run ended and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The host with a command line, written as in a shell; the store is `crm.db` unless the line names another.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&*HOST);
        command.current_dir(self.0.path()).args(shlex::split(line).expect("quotes are closed"));
        command.env_remove("CRM_DB").env_remove("CRM_USER").stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Run {
        finish(&mut self.command(line))
    }

    /// A run that must succeed: what it printed.
    pub(crate) fn ok(&self, line: &str) -> String {
        let run = self.run(line);
        assert_eq!((run.code, run.err.as_str()), (0, ""), "{line}: {}", run.out);
        run.out
    }

    /// A run that must succeed and print one JSON object.
    pub(crate) fn json(&self, line: &str) -> Value {
        let out = self.ok(&format!("--format json {line}"));
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
    }

    /// A run that must be refused: one line that says why, and nothing printed.
    pub(crate) fn refused(&self, code: i32, line: &str) -> String {
        let run = self.run(line);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{line}: {}", run.err);
        let sentence = run.err.strip_prefix("error: ").unwrap_or_else(|| panic!("{line}: {}", run.err));
        if code == 1 {
            assert_eq!(sentence.trim_end().lines().count(), 1, "{line}: {sentence}");
        }
        sentence.trim_end().to_owned()
    }

    /// How many records of a kind there are.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.json(&format!("list {kind}"))["rows"].as_array().unwrap().len()
    }
}

pub(crate) fn finish(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().expect("no signal"), out: text(output.stdout), err: text(output.stderr) }
}

/// The texts of one column of a report, from top to bottom.
pub(crate) fn column(report: &Value, name: &str) -> Vec<String> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| plain(&row[name])).collect()
}

pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// The folder of a real data set, where it exists.
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    folder.is_dir().then_some(folder)
}

/// The built host. `cargo test` builds the examples along with the tests; a run of this test alone may not, so a host
/// older than the sources, or with other features, is built here.
static HOST: LazyLock<PathBuf> = LazyLock::new(|| {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let host = profile.join("examples").join(format!("crm{}", env::consts::EXE_SUFFIX));
    let built = fs::metadata(&host).and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let newest = ["src", "examples/crm"].map(|folder| newest(&root.join(folder))).into_iter().max();
    if newest.is_some_and(|newest| newest > built) || !is_ours(&host) {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(root).args(["build", "--quiet", "--example", "crm", "--target-dir"]);
        cargo.arg(profile.parent().unwrap());
        if cfg!(feature = "postgres") {
            cargo.arg("--all-features");
        }
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the host can't be built");
    }
    host
});

/// Whether a host was built with the features of these tests, no fewer and no more.
fn is_ours(host: &Path) -> bool {
    let said = Command::new(host).args(["--db", "postgres://host:none", "list", "customers"]).output().unwrap().stderr;
    String::from_utf8_lossy(&said).contains("built without PostgreSQL") != cfg!(feature = "postgres")
}

fn newest(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let age = |path: PathBuf| {
        if path.is_dir() { newest(&path) } else { fs::metadata(path).unwrap().modified().unwrap() }
    };
    entries.map(age).max().unwrap_or(SystemTime::UNIX_EPOCH)
}
