//! The command line of `sigbox`: arguments only.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sigbox_log_tools::cli::{BackupArgs, FsckArgs, RestoreArgs};
use url::Url;

/// A private Sigstore in one command.
#[derive(Debug, Parser)]
#[command(name = "sigbox", version, about, max_term_width = 110)]
#[command(after_help = "Examples:
  sigbox demo README.md --once              sign and verify a file against a throw-away stack
  sigbox up --dev                           serve, with the built-in OpenID provider
  eval \"$(sigbox env)\"                      point cosign at this instance
  sigbox token --email you@example.com      an identity token of the built-in provider")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a fresh stack, sign a file, verify it offline, and show what is refused
    Demo(Demo),
    /// Serve; the first start initialises an absent or empty data directory
    Up(Up),
    /// Make a data directory: keys, certificates, logs and trust material; overwrites nothing
    Init(Init),
    /// Print the variables that point cosign at this instance
    Env(Env),
    /// Print an identity token of the built-in OpenID provider
    Token(Token),
    /// Ask the running server how it is
    Status(Status),
    /// Derive every log anew and compare it with all that was signed; beside a running server, too
    #[command(after_help = sigbox_log_tools::fsck_examples!("sigbox"))]
    Fsck(FsckArgs),
    /// Copy the logs, verified; beside a running server, too
    #[command(after_help = sigbox_log_tools::backup_examples!("sigbox"))]
    Backup(BackupArgs),
    /// Put a backup's logs where there are none, never behind what was signed
    #[command(after_help = sigbox_log_tools::restore_examples!("sigbox"))]
    Restore(RestoreArgs),
    /// List the shards of the signature logs, add one, or freeze one
    #[command(subcommand)]
    Shard(Shard),
    /// The cosign client
    #[command(disable_help_flag = true)]
    Cosign {
        /// Everything after `cosign`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<std::ffi::OsString>,
    },
    /// Print a shell completion script
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Which data directory.
#[derive(Clone, Debug, Args)]
pub(crate) struct Data {
    /// Data directory [default: $XDG_DATA_HOME/sigbox, else ~/.local/share/sigbox]
    #[arg(long, env = "SIGBOX_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// `sigbox demo`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigbox demo                     sign a sample, then keep serving
  sigbox demo release.tar --once  sign and verify release.tar, then stop")]
pub(crate) struct Demo {
    /// The file to sign [default: a sample]
    pub(crate) file: Option<PathBuf>,
    /// Stop when the demonstration is over
    #[arg(long)]
    pub(crate) once: bool,
}

/// `sigbox up`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigbox up --dev
  sigbox up --dev --database postgres://sigbox@localhost/sigbox
  sigbox up --data /srv/sigbox --listen 0.0.0.0:443 --base-url https://sigstore.example --tls-cert c.pem --tls-key k.pem")]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Address to listen on [default: what sigbox.toml says, at first 127.0.0.1:8080]
    #[arg(long, env = "SIGBOX_LISTEN", value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where clients reach this instance; fixed at the first start [default: http://localhost:PORT]
    #[arg(long, env = "SIGBOX_BASE_URL", value_name = "URL")]
    pub(crate) base_url: Option<Url>,
    /// Organisation in the certificates; fixed at the first start
    #[arg(long, default_value = "sigbox", value_name = "NAME")]
    pub(crate) org: String,
    /// Read this configuration instead of DIR/sigbox.toml
    #[arg(long, env = "SIGBOX_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keep the logs in this Postgres database, which several instances may share; fixed at the first start
    #[arg(
        long,
        env = "SIGBOX_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database: Option<String>,
    /// Certificate chain for HTTPS (PEM)
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Private key for HTTPS (PEM, PKCS#8)
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Serve plain HTTP on an address that is not loopback
    #[arg(long)]
    pub(crate) insecure_http: bool,
    /// Add the built-in OpenID provider: it signs in anybody; loopback only
    #[arg(long)]
    pub(crate) dev: bool,
    /// Accept a missing guard file, naming each log's state: LOG:SIZE:ROOT (hex)
    #[arg(long, value_name = "LOG:SIZE:ROOT")]
    pub(crate) accept_new_guard: Vec<String>,
    /// Form of the log lines on stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// Form of the log lines.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogFormat {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// `sigbox init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigbox init --data /srv/sigbox --base-url https://sigstore.example
  sigbox init --data /srv/sigbox --base-url https://sigstore.example --database postgres://sigbox@a.example,b.example/sigbox")]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Where clients reach this instance: scheme, host and port
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Url,
    /// Organisation in the certificates
    #[arg(long, default_value = "sigbox", value_name = "NAME")]
    pub(crate) org: String,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Keep the logs in this Postgres database, which several instances may share
    #[arg(
        long,
        env = "SIGBOX_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub(crate) database: Option<String>,
}

/// `sigbox env`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  eval \"$(sigbox env)\"")]
pub(crate) struct Env {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub(crate) shell: Shell,
}

/// Form of `sigbox env`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    /// Any POSIX shell.
    Sh,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
    /// A JSON object.
    Json,
}

/// `sigbox token`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("who").required(true).args(["email", "subject"])))]
#[command(after_help = "Examples:
  sigbox token --email you@example.com
  cosign sign-blob --identity-token \"$(sigbox token --email you@example.com)\" --bundle f.sigstore.json f")]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) data: Data,
    /// E-mail address to sign in as
    #[arg(long)]
    pub(crate) email: Option<String>,
    /// Workload to sign in as: a URI on this instance's host
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// Audience of the token
    #[arg(long, default_value = "sigstore")]
    pub(crate) audience: String,
}

/// `sigbox status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `sigbox shard`.
#[derive(Debug, Subcommand)]
pub(crate) enum Shard {
    /// List the shards, oldest first
    List(ShardList),
    /// Freeze the newest shard of a log and begin another one, with a key of its own
    New(ShardNew),
    /// Freeze the newest shard of a log for ever: it takes no entries any more
    Freeze(ShardFreeze),
}

/// A signature log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum SignatureLog {
    /// Rekor v1: all shards are at one address, and their entries are numbered through.
    RekorV1,
    /// Rekor v2: each shard is at a host of its own.
    RekorV2,
}

/// `sigbox shard list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigbox shard list --data /srv/sigbox --output json

A database in the data directory is read while no server has it open.")]
pub(crate) struct ShardList {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Form of the output
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// `sigbox shard new`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sigbox shard new rekor-v1 --data /srv/sigbox
  sigbox shard new rekor-v2 --data /srv/sigbox --host log2027.sigstore.example

Stop the server first. The whole log is checked, then frozen and continued in one transaction. Its key
goes into the trust files: hand them to your verifiers before you sign.

After a backup was restored that lacks the newest entries, the log refuses to write; a new shard is the way out when no
newer copy is left. Say with --accept-rollback-from which size was signed last; what is lost stays verifiable offline.")]
pub(crate) struct ShardNew {
    /// Which log
    #[arg(value_enum)]
    pub(crate) log: SignatureLog,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Host of the new shard, at the instance's scheme and port; for rekor-v2
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// The size that was signed last, if the database is known to have lost the entries after its own
    #[arg(long, value_name = "SIZE")]
    pub(crate) accept_rollback_from: Option<u64>,
}

/// `sigbox shard freeze`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  sigbox shard freeze rekor-v2 --data /srv/sigbox

Stop the server first. Reads go on; a frozen log is never opened again, `sigbox shard new` begins another.")]
pub(crate) struct ShardFreeze {
    /// Which log
    #[arg(value_enum)]
    pub(crate) log: SignatureLog,
    #[command(flatten)]
    pub(crate) data: Data,
    /// The size that was signed last, if the database is known to have lost the entries after its own
    #[arg(long, value_name = "SIZE")]
    pub(crate) accept_rollback_from: Option<u64>,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Output {
    /// For a person.
    Text,
    /// JSON.
    Json,
}
