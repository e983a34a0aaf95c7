//! A real browser, told what to do by the WebDriver protocol.
//!
//! Source: W3C WebDriver 2. Nothing here waits for a time: each search for an element waits until it is there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Client;
use crate::peers::Chromedriver;

/// How long an element is waited for, and a page.
const PATIENCE_MS: u64 = 30_000;
/// The member that holds an element's id. Source: W3C WebDriver 2, §12.1.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // The browser's own errands must not leave the machine either.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

/// A running browser with one empty tab and a profile of its own; ended when dropped.
pub struct Browser {
    driver: Driver,
    http: Client,
    session: String,
}

impl Browser {
    /// Starts one.
    pub async fn start(peer: &Chromedriver) -> Result<Self> {
        let driver = Driver::start(peer)?;
        let http = Client::new(&format!("http://{}:{}", Ipv4Addr::LOCALHOST, driver.port))?;
        let mut browser = Self {
            driver,
            http,
            session: String::new(),
        };
        let mut flags: Vec<_> = FLAGS.map(str::to_owned).to_vec();
        let profile = browser.driver.home.path().join("profile");
        flags.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "timeouts": {"implicit": PATIENCE_MS, "pageLoad": PATIENCE_MS},
            "goog:chromeOptions": {"binary": &peer.browser, "args": flags},
        }}});
        let session = browser.send("POST", "/session", &wanted).await?;
        let id = text(session.get("sessionId"))?;
        browser.session = format!("/session/{id}");
        Ok(browser)
    }

    /// Goes to an address and waits until the page is there.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.post("/url", &json!({"url": url})).await.map(drop)
    }

    /// Types into the element that a CSS selector names.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find("css selector", selector).await?;
        self.post(&format!("{element}/value"), &json!({"text": text}))
            .await
            .map(drop)
    }

    /// Clicks on the element that a CSS selector names.
    pub async fn press(&self, selector: &str) -> Result<()> {
        let element = self.find("css selector", selector).await?;
        self.post(&format!("{element}/click"), &json!({}))
            .await
            .map(drop)
    }

    /// What is to be read in the element that a CSS selector names.
    pub async fn read(&self, selector: &str) -> Result<String> {
        let element = self.find("css selector", selector).await?;
        let read = self.get(&format!("{element}/text")).await?;
        Ok(text(Some(&read))?.to_owned())
    }

    /// Waits until a text, without quotation marks, stands on the page.
    pub async fn sees(&self, text: &str) -> Result<()> {
        let path = format!("//*[text()[contains(., '{text}')]]");
        let Err(error) = self.find("xpath", &path).await else {
            return Ok(());
        };
        let (url, page) = (self.get("/url").await?, self.get("/source").await?);
        Err(error.context(format!("expected `{text}` at {url}, found:\n{page}")))
    }

    /// The path of the first element found.
    async fn find(&self, by: &str, value: &str) -> Result<String> {
        let found = self
            .post("/element", &json!({"using": by, "value": value}))
            .await?;
        let id = text(found.get(ELEMENT))?;
        Ok(format!("/element/{id}"))
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let path = format!("{}{path}", self.session);
        self.send("POST", &path, body).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        let path = format!("{}{path}", self.session);
        self.send("GET", &path, &Value::Null).await
    }

    async fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body)?
        };
        let (status, _, answer) = self
            .http
            .send(method, path, Some("application/json"), body)
            .await?;
        let mut answer: Value = serde_json::from_slice(&answer)?;
        let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
        // Beside the message there is only the driver's own stack trace.
        let message = value.get("message").unwrap_or_default();
        ensure!(status == 200, "{method} {path}: {status} {message}");
        Ok(value)
    }
}

fn text(value: Option<&Value>) -> Result<&str> {
    value.and_then(Value::as_str).context("expected a text")
}

/// The driver's process, and the directory that it and its browsers take for home.
struct Driver {
    child: Child,
    port: u16,
    /// Held open: the driver goes on to write.
    _stdout: BufReader<ChildStdout>,
    home: TempDir,
}

impl Driver {
    fn start(peer: &Chromedriver) -> Result<Self> {
        let home = tempfile::tempdir()?;
        let mut child = Command::new(&peer.driver)
            .arg("--port=0")
            .env("HOME", home.path())
            .env("TMPDIR", home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting chromedriver")?;
        let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        let port = port(&mut stdout);
        if port.is_err() {
            child.kill()?;
            child.wait()?;
        }
        Ok(Self {
            child,
            port: port?,
            _stdout: stdout,
            home,
        })
    }

    /// Asks it to end its browsers and itself; killed, it would leave them behind.
    fn shut_down(&self) -> Result<()> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let _ = stream.read(&mut [0; 1])?;
        Ok(())
    }
}

/// Reads up to "ChromeDriver was started successfully on port PORT.".
fn port(stdout: &mut impl BufRead) -> Result<u16> {
    for line in stdout.lines() {
        let line = line?;
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    bail!("chromedriver ended before it served")
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.shut_down().is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
