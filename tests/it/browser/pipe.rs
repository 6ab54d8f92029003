//! The protocol of Chrome's developer tools over a pipe: JSON, a NUL byte after each message.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// All that it is shown is ours, so that it needs no sandbox of its own, which root and containers
/// cannot have. It reaches no other machine.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.*",
];

/// For an answer or a page. A browser that hangs fails the test.
const PATIENCE: Duration = Duration::from_mins(1);

/// A browser's process with one page, until it is dropped.
pub struct Pipe {
    /// What happened, oldest first.
    pub events: Vec<Value>,
    /// What is said to the first who asks for a user and a password; the next one gets nothing,
    /// unless the browser itself knows it by then.
    pub credentials: Option<(String, String)>,
    process: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: Option<Value>,
    last_id: u64,
    profile: tempfile::TempDir,
}

impl Pipe {
    /// Starts a browser with a profile of its own.
    pub fn open(program: &OsStr) -> Result<Self, String> {
        let profile = tempfile::Builder::new()
            .prefix("quarry-chromium-")
            .tempdir()
            .expect("a folder");
        let log = std::fs::File::create(profile.path().join("stderr")).expect("a file");
        let mut process = Command::new("sh")
            // It reads file descriptor 3 and writes to 4, which a shell can open and we cannot.
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null"#, "sh"])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|e| format!("sh: {e}"))?;
        let input = process.stdin.take().expect("it is piped");
        let output = BufReader::new(process.stdout.take().expect("it is piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in output.split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).expect("JSON");
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut pipe = Self {
            events: Vec::new(),
            credentials: None,
            process,
            input,
            messages,
            session: None,
            last_id: 0,
            profile,
        };
        pipe.attach()?;
        Ok(pipe)
    }

    /// All that is asked from then on is asked of a page.
    fn attach(&mut self) -> Result<(), String> {
        let page = self.ask("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let mut attached = self.ask("Target.attachToTarget", attach)?;
        self.session = Some(attached["sessionId"].take());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.ask(&format!("{domain}.enable"), json!({}))?;
        }
        self.ask("Fetch.enable", json!({ "handleAuthRequests": true }))?;
        Ok(())
    }

    /// What a method answers.
    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.send(method, params);
        let answer = self.wait(|message| message["id"] == id);
        let mut answer = answer.map_err(|e| format!("{method}: {e}"))?;
        match answer.get("error") {
            Some(error) => Err(format!("{method}: {error}")),
            None => Ok(answer["result"].take()),
        }
    }

    fn send(&mut self, method: &str, params: Value) -> u64 {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method });
        message["params"] = params;
        if let Some(session) = &self.session {
            message["sessionId"] = session.clone();
        }
        // If it has gone, no answer comes.
        let _ = self.input.write_all(format!("{message}\0").as_bytes());
        self.last_id
    }

    /// The first message that is one; what comes before it happened.
    pub fn wait(&mut self, is_one: impl Fn(&Value) -> bool) -> Result<Value, String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left) {
                Ok(message) if is_one(&message) => return Ok(message),
                Ok(message) => {
                    self.let_on(&message);
                    self.events.push(message);
                }
                Err(reason) => {
                    let log = std::fs::read(self.profile.path().join("stderr"));
                    let log = String::from_utf8_lossy(&log.unwrap_or_default()).into_owned();
                    return Err(format!("{reason}\n{log}"));
                }
            }
        }
    }

    /// A request waits for leave, and for credentials where the server asks for them.
    fn let_on(&mut self, event: &Value) {
        let id = &event["params"]["requestId"];
        if event["method"] == "Fetch.requestPaused" {
            self.send("Fetch.continueRequest", json!({ "requestId": id }));
        } else if event["method"] == "Fetch.authRequired" {
            let answer = match self.credentials.take() {
                Some((user, password)) => json!({
                    "response": "ProvideCredentials", "username": user, "password": password,
                }),
                None => json!({ "response": "CancelAuth" }),
            };
            let params = json!({ "requestId": id, "authChallengeResponse": answer });
            self.send("Fetch.continueWithAuth", params);
        }
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // It ends its own processes, if it still can.
        self.session = None;
        self.send("Browser.close", json!({}));
        while self.messages.recv_timeout(Duration::from_secs(5)).is_ok() {}
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
