//! A PostgreSQL server for tests, which is gone when they are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crate::storage::{Result, StorageError, StorageErrorKind};

/// The variable with the address of a server to use instead of a private one.
const URL: &str = "CRMKIT_TEST_POSTGRES_URL";
/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A private PostgreSQL server, one for each process that asks for it.
///
/// It is made from the binaries that are installed (on the `PATH`, or where systems usually put them), listens on a
/// socket that only its user and root can open, and keeps nothing: a watcher stops it and removes its folder when the
/// process that asked for it ends, however that ends. If the process runs as root, which the server refuses, it runs as
/// the user `postgres` or else `nobody`. If `CRMKIT_TEST_POSTGRES_URL` is set, that server is used instead.
///
/// # Examples
///
/// ```no_run
/// use crmkit::storage::{PostgresOptions, PostgresStorage};
/// use crmkit::testing::ThrowawayPostgres;
///
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// let server = ThrowawayPostgres::start()?;
/// let (schema, options) = (crmkit::standard_schema()?, PostgresOptions::default());
/// let storage = PostgresStorage::connect(server.url(), &server.fresh_schema(), schema, options).await?;
/// # let _ = storage;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ThrowawayPostgres {
    url: String,
    /// Tells the names that this process hands out from those of others on the same server.
    mark: String,
    next: AtomicU64,
    private: Option<Private>,
}

/// A server that this process has started.
#[derive(Debug)]
struct Private {
    folder: PathBuf,
    /// The watcher ends the server when this closes, which the system does when the process ends.
    lifeline: Mutex<ChildStdin>,
}

impl ThrowawayPostgres {
    /// The server of this process, started when it is asked for first.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Unavailable`] with what to do if there are neither binaries nor an address, or if the server
    /// does not start.
    pub fn start() -> Result<&'static Self> {
        static SERVER: OnceLock<Result<ThrowawayPostgres, String>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Self::begin().map_err(|error| error.to_string()));
        server.as_ref().map_err(|problem| trouble(problem.clone()))
    }

    /// The address of a database on it whose user may do everything.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The name of a schema that nobody uses yet; it is not made.
    #[must_use]
    pub fn fresh_schema(&self) -> String {
        format!("test_{}_{}", self.mark, self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Ends the server at once, as a crash does, and starts it again: what was committed is there afterwards, and every
    /// connection is broken (`pg_ctl restart -m immediate`). Returns when the server answers again. For tests of what a
    /// program does then.
    ///
    /// # Errors
    ///
    /// [`StorageErrorKind::Unavailable`] if the server is not this process's own, or does not start again.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let server = crmkit::testing::ThrowawayPostgres::start()?;
    /// server.crash()?;
    /// # Ok::<(), crmkit::storage::StorageError>(())
    /// ```
    #[cfg(unix)]
    pub fn crash(&self) -> Result<()> {
        let Some(Private { folder, lifeline }) = &self.private else {
            return Err(trouble(format!("the server that {URL} names is not this process's to end")));
        };
        let mut lifeline = lifeline.lock().unwrap_or_else(PoisonError::into_inner);
        let before = process_of(folder);
        lifeline
            .write_all(b"again\n")
            .and_then(|()| lifeline.flush())
            .map_err(|error| trouble("the server's watcher is gone".to_owned()).with_source(error))?;
        wait_until_ready(folder, || process_of(folder) == before)
    }

    fn begin() -> Result<Self> {
        let mark = uuid::Uuid::now_v7().simple().to_string();
        if let Ok(url) = std::env::var(URL) {
            return Ok(Self { url, mark, next: AtomicU64::new(1), private: None });
        }
        let (url, private) = private(&mark)?;
        Ok(Self { url, mark, next: AtomicU64::new(1), private: Some(private) })
    }
}

/// Makes a cluster in a folder of its own and starts a server on it.
#[cfg(unix)]
fn private(mark: &str) -> Result<(String, Private)> {
    let Some(binaries) = binaries() else {
        return Err(trouble(format!(
            "tests on PostgreSQL need its server: install it (Debian: `apt-get install postgresql`), put `initdb` and \
             `postgres` on the PATH, or set {URL} to the address of a server whose user may create schemas"
        )));
    };
    // The path of a socket is bounded to about a hundred bytes.
    let short = mark.get(mark.len().saturating_sub(12)..).unwrap_or(mark);
    let folder = std::env::temp_dir().join(format!("crmkit-pg-{short}"));
    let user = User::of_server()?;
    make_folder(&folder, user.as_ref()).map_err(|error| {
        trouble(format!("the folder `{}` for the server can't be made", folder.display())).with_source(error)
    })?;
    let begun = initialize(&binaries, &folder, user.as_ref()).and_then(|()| watch(&binaries, &folder, user.as_ref()));
    let mut watcher = match begun {
        Ok(watcher) => watcher,
        Err(error) => {
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error);
        }
    };
    let lifeline = watcher.stdin.take().ok_or_else(|| trouble("the server's watcher has no input".to_owned()))?;
    wait_until_ready(&folder, || false)?;
    let host = folder.display().to_string().replace('/', "%2F");
    Ok((format!("postgres://crmkit@{host}/postgres"), Private { folder, lifeline: Mutex::new(lifeline) }))
}

#[cfg(not(unix))]
fn private(_: &str) -> Result<(String, Private)> {
    Err(trouble(format!("tests on PostgreSQL need a server: set {URL} to the address of one")))
}

/// The folder with `initdb` and `postgres`.
#[cfg(unix)]
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for base in ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt", "/usr/pgsql"] {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
        // The newest is the last by name.
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/bin"].map(PathBuf::from));
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// The user that the server runs as, where it can't be the one who asks.
#[cfg(unix)]
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

#[cfg(unix)]
impl User {
    fn of_server() -> Result<Option<Self>> {
        use std::os::unix::fs::MetadataExt;
        // The owner of what a process makes is its effective user.
        let probe = std::env::temp_dir().join(format!("crmkit-probe-{}", uuid::Uuid::now_v7().simple()));
        let owner = std::fs::File::create_new(&probe).and_then(|file| file.metadata()).map(|found| found.uid());
        let _ = std::fs::remove_file(&probe);
        let owner = owner.map_err(|error| {
            trouble("the folder for temporary files can't be written".to_owned()).with_source(error)
        })?;
        if owner != 0 {
            return Ok(None);
        }
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let of = |name: &str| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(Self { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
        };
        let found = of("postgres").or_else(|| of("nobody"));
        let missing =
            || trouble("the server refuses to run as root, and there is no user `postgres` or `nobody`".into());
        found.map(Some).ok_or_else(missing)
    }

    fn run(user: Option<&Self>, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid);
        }
        // What stops the tests from the keyboard must not stop the watcher before it has cleaned up.
        command.process_group(0);
    }
}

#[cfg(unix)]
fn make_folder(folder: &Path, user: Option<&User>) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(folder)?;
    if let Some(user) = user {
        std::os::unix::fs::chown(folder, Some(user.uid), Some(user.gid))?;
    }
    Ok(())
}

#[cfg(unix)]
fn initialize(binaries: &Path, folder: &Path, user: Option<&User>) -> Result<()> {
    let mut command = Command::new(binaries.join("initdb"));
    command.arg("--pgdata").arg(folder.join("data")).current_dir(folder);
    command.args(["--username=crmkit", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
    User::run(user, &mut command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| trouble("`initdb` can't be started".to_owned()).with_source(error))?;
    if !output.status.success() {
        return Err(trouble(format!("`initdb` failed: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    // The user of the tests needs no password, and others do, so that a wrong one can be tried.
    let rules = "local all crmkit trust\nlocal all all scram-sha-256\n";
    std::fs::write(folder.join("data/pg_hba.conf"), rules)
        .map_err(|error| trouble("the server's rules of access can't be written".to_owned()).with_source(error))
}

/// Starts the server and what ends it: a shell that waits until the process that asked closes its input. For each line
/// of that input it ends the server as a crash does, and starts it again.
#[cfg(unix)]
fn watch(binaries: &Path, folder: &Path, user: Option<&User>) -> Result<Child> {
    const SCRIPT: &str = "start() { \"$1\" -D \"$2/data\" -k \"$2\" -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c max_connections=200 -c max_wal_size=256MB -c log_min_messages=warning \
        >>\"$2/log\" 2>&1 </dev/null & server=$!; }; trap '' INT TERM HUP; start \"$@\"; \
        while read -r _; do kill -QUIT $server 2>/dev/null; wait $server; start \"$@\"; done; \
        kill -QUIT $server 2>/dev/null; wait $server; rm -rf \"$2\"";
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(SCRIPT).arg("crmkit-watch").arg(binaries.join("postgres")).arg(folder).current_dir("/");
    User::run(user, &mut command);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().map_err(|error| trouble("the server's watcher can't be started".to_owned()).with_source(error))
}

/// Waits until the server that is to come answers; until then there may still be the one before.
#[cfg(unix)]
fn wait_until_ready(folder: &Path, before: impl Fn() -> bool) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        // The server writes its state into the eighth line.
        let state = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") && !before() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(trouble(format!("the server did not start: {}", log.trim())))
}

/// The number of the server's process, which it writes into the first line of a file.
#[cfg(unix)]
fn process_of(folder: &Path) -> Option<String> {
    let state = std::fs::read_to_string(folder.join("data/postmaster.pid")).ok()?;
    state.lines().next().map(str::to_owned)
}

fn trouble(message: String) -> StorageError {
    StorageError::new(StorageErrorKind::Unavailable, message)
}
