//! Real Postgres servers, each in a directory of its own, reached by a socket in it; nothing of the system is used but the
//! programs. A watcher stops the server and removes the directory when the test process ends, however it ends.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What every server is started with; the rest is the default, `fsync` included.
const SETTINGS: &str =
    "listen_addresses = ''\nmax_connections = 200\nwal_keep_size = 256\nlog_min_messages = fatal\n";

/// Waits for the end of its input, which is the end of the test process.
const WATCHER: &str = "cat >/dev/null; \"$1\"/pg_ctl -D \"$2\"/data -m immediate -w stop >/dev/null 2>&1; rm -rf \"$2\"";

/// A server; gone when dropped.
pub struct Postgres {
    programs: &'static Programs,
    directory: PathBuf,
    watcher: Child,
    databases: AtomicU64,
}

/// Where the programs are, and how they are run: a server refuses to run as root.
struct Programs {
    directory: PathBuf,
    as_other: bool,
}

impl Programs {
    fn find() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Programs>> = OnceLock::new();
        let find = || {
            let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
            let mut directories: Vec<PathBuf> = versions
                .filter_map(|version| Some(version.ok()?.path().join("bin")))
                .filter(|bin| bin.join("initdb").is_file())
                .collect();
            directories.sort();
            let user = Command::new("id").arg("-u").output().ok()?;
            Some(Programs {
                directory: directories.pop()?,
                as_other: user.stdout.trim_ascii() == b"0",
            })
        };
        FOUND.get_or_init(find).as_ref()
    }

    fn command(&self, program: &str) -> Command {
        let program = if program.starts_with('/') {
            PathBuf::from(program)
        } else {
            self.directory.join(program)
        };
        let mut command = if self.as_other {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

fn run(mut command: Command) -> String {
    let output = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

impl Postgres {
    /// A fresh server; `None`, loudly, where Postgres is not installed.
    ///
    /// # Panics
    /// If it is missing and `CI` is `true`, or if a program of it fails.
    pub fn start() -> Option<Self> {
        let server = Self::prepare()?;
        let mut initdb = server.programs.command("initdb");
        initdb.arg("-D").arg(server.data()).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        run(initdb);
        server.configure(SETTINGS);
        server.start_again();
        Some(server)
    }

    /// The server of this test process, started by the first who asks.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A directory with a watcher.
    fn prepare() -> Option<Self> {
        let Some(programs) = Programs::find() else {
            missing();
            return None;
        };
        let mut mktemp = programs.command("/usr/bin/mktemp");
        mktemp.args(["-d", "-t", "sigbox-postgres-XXXXXX"]);
        let directory = PathBuf::from(run(mktemp));
        let mut watcher = programs.command("/bin/sh");
        watcher
            .args(["-c", WATCHER, "sh"])
            .args([&programs.directory, &directory])
            .stdin(Stdio::piped());
        // An interrupt of the terminal is for the tests, not for who cleans up after them.
        std::os::unix::process::CommandExt::process_group(&mut watcher, 0);
        Some(Self {
            programs,
            watcher: watcher.spawn().unwrap(),
            directory,
            databases: AtomicU64::new(0),
        })
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The directory of its socket.
    pub fn socket(&self) -> &Path {
        &self.directory
    }

    fn configure(&self, settings: &str) {
        let path = self.data().join("postgresql.conf");
        let mut text = std::fs::read_to_string(&path).unwrap();
        let socket = self.directory.display();
        text.push_str(settings);
        writeln!(text, "unix_socket_directories = '{socket}'").unwrap();
        // The owner stays who initdb made it.
        std::fs::write(&path, text).unwrap();
    }

    fn control(&self, arguments: &[&str]) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.args(arguments).arg("-w").arg("-D").arg(self.data());
        command
    }

    /// Starts it after a stop, and waits until it takes connections.
    pub fn start_again(&self) {
        let mut start = self.control(&["start", "-t", "120"]);
        // The server must not inherit a pipe that somebody reads to its end.
        start.arg("-l").arg(self.directory.join("log"));
        let status = start.status().unwrap();
        let log = std::fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        assert!(status.success(), "postgres does not start: {log}");
    }

    /// Stops it as a crash does: every process at once, no checkpoint; the next start recovers.
    pub fn crash(&self) {
        let _ = self.control(&["stop", "-m", "immediate"]).status();
    }

    /// `kill -9` of the first process; the others find out and end.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap().to_owned();
        let _ = Command::new("kill").args(["-9", &pid]).status();
        // Its socket and shared memory are free when the last of them has gone.
        while self.control(&["status"]).status().unwrap().success() {
            std::thread::yield_now();
        }
    }

    /// A fresh database, as a URL.
    pub fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::SeqCst);
        let name = format!("test_{number}");
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        self.url(&name)
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        let socket = self.directory.display();
        format!("postgres://postgres@localhost/{database}?host={socket}")
    }

    /// The name of the database that a URL of [`Postgres::database`] names.
    pub fn name(url: &str) -> &str {
        let (_, rest) = url.rsplit_once("localhost/").unwrap();
        rest.split_once('?').unwrap().0
    }

    /// Runs a statement as the superuser: the rows, without alignment.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let mut psql = self.programs.command("psql");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
        ])
        .arg("-h")
        .arg(&self.directory)
        .args(["-d", database, "-c", statement]);
        run(psql)
    }

    /// Sets a parameter of the whole server, without a restart.
    pub fn set(&self, parameter: &str, value: &str) {
        self.sql(
            "postgres",
            &format!("ALTER SYSTEM SET {parameter} = '{value}'"),
        );
        self.sql("postgres", "SELECT pg_reload_conf()");
    }

    /// A standby of this server that every commit waits for from now on.
    pub fn standby(&self) -> Self {
        let standby = Self::prepare().unwrap();
        self.follow_with(&standby);
        standby
    }

    /// Makes `other`, whose data are lost, the synchronous standby of this server.
    pub fn follow_with(&self, other: &Self) {
        let _ = std::fs::remove_dir_all(other.data());
        let mut copy = self.programs.command("pg_basebackup");
        copy.arg("-h")
            .arg(&self.directory)
            .args([
                "-U",
                "postgres",
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
            ])
            .arg("-D")
            .arg(other.data());
        run(copy);
        other.configure("");
        other.start_again();
        while self.sql(
            "postgres",
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'",
        ) != "1"
        {
            std::thread::yield_now();
        }
        self.set("synchronous_standby_names", "*");
        while self.sql(
            "postgres",
            "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
        ) != "1"
        {
            std::thread::yield_now();
        }
    }

    /// Makes this standby the primary; commits no longer wait for anyone.
    pub fn promote(&self) {
        run(self.control(&["promote"]));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The watcher sees the end of its input.
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// A missing peer is loud, and a failure in continuous integration.
#[expect(
    clippy::disallowed_methods,
    reason = "where the test command says that everything must be there"
)]
fn missing() {
    let message = "SKIPPED: Postgres is missing; `bash tests/run` installs it";
    let strict = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(!strict, "{message}");
    // Past the test runner, which keeps what a passing test prints.
    let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{message}\n"));
}
