//! Programs: run, with errors that name the command.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::SysError;

/// What cargo and rustup set for a cargo subcommand and its children: in a repository with
/// another toolchain file they would override it.
const INHERITED: &[&str] = &["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC_WORKSPACE_WRAPPER"];

/// A program to run. Secrets are given by [`Program::secret_env`], never as an argument.
#[derive(Debug, Clone)]
pub struct Program {
    name: String,
    args: Vec<String>,
    dir: Option<Utf8PathBuf>,
    env: Vec<(String, Option<Value>)>,
    input: Option<Vec<u8>>,
}

#[derive(Clone)]
enum Value {
    Plain(String),
    Secret(String),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(text) => write!(f, "{text:?}"),
            Self::Secret(_) => f.write_str("(secret)"),
        }
    }
}

/// What a program left behind.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Did it exit with 0?
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Standard output as text.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

impl Program {
    /// The program `name`, found on PATH, with the environment that this process has but for
    /// what cargo sets for its subcommands.
    pub fn new(name: impl Into<String>) -> Self {
        let mut env: Vec<(String, Option<Value>)> = INHERITED
            .iter()
            .map(|name| ((*name).to_owned(), None))
            .collect();
        // For a repository whose toolchain file names one that cannot be had.
        if let Some(toolchain) = super::env::var("CARGO_QUARRY_TOOLCHAIN") {
            let name = "RUSTUP_TOOLCHAIN".to_owned();
            env.push((name, Some(Value::Plain(toolchain))));
        }
        Self {
            name: name.into(),
            args: Vec::new(),
            dir: None,
            env,
            input: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Where it runs.
    #[must_use]
    pub fn dir(mut self, dir: &Utf8Path) -> Self {
        self.dir = Some(dir.to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env
            .push((name.into(), Some(Value::Plain(value.into()))));
        self
    }

    /// Sets an environment variable whose value is never shown.
    #[must_use]
    pub fn secret_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env
            .push((name.into(), Some(Value::Secret(value.into()))));
        self
    }

    /// Removes an environment variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<String>) -> Self {
        self.env.push((name.into(), None));
        self
    }

    /// What it reads from standard input; without it, nothing.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    /// The command line as a person would type it.
    pub fn line(&self) -> String {
        let mut line = self.name.clone();
        for arg in &self.args {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%^{}~".contains(c);
            if !arg.is_empty() && arg.chars().all(plain) {
                let _ = write!(line, " {arg}");
            } else {
                let _ = write!(line, " '{}'", arg.replace('\'', r"'\''"));
            }
        }
        line
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.args);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        for (name, value) in &self.env {
            match value {
                Some(Value::Plain(value) | Value::Secret(value)) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs it to its end, whatever it says.
    pub fn run(&self) -> Result<Output, SysError> {
        self.run_lines(&mut |_| {})
    }

    /// Runs it to its end and hands on each line that it writes to standard error as it comes:
    /// for progress.
    pub fn run_lines(&self, on_line: &mut dyn FnMut(&str)) -> Result<Output, SysError> {
        tracing::debug!(command = %self.line(), dir = ?self.dir, "run");
        let start = |source| SysError::Start {
            command: self.line(),
            source,
        };
        let stdin = if self.input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        };
        let mut child = self
            .command()
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        let mut out = child.stdout.take().expect("it is piped");
        let err = child.stderr.take().expect("it is piped");
        let mut stderr = Vec::new();
        let stdout = std::thread::scope(|scope| {
            if let Some(input) = &self.input {
                let mut stdin = child.stdin.take().expect("it is piped");
                // A program that stops reading has said what it wants by its exit code.
                scope.spawn(move || stdin.write_all(input).ok());
            }
            let reader = scope.spawn(move || {
                let mut bytes = Vec::new();
                out.read_to_end(&mut bytes).map(|_| bytes)
            });
            let mut lines = BufReader::new(err);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).map_err(start)? > 0 {
                on_line(String::from_utf8_lossy(&line).trim_end());
                stderr.append(&mut line);
            }
            reader
                .join()
                .expect("reading does not panic")
                .map_err(start)
        })?;
        let status = child.wait().map_err(start)?;
        Ok(Output {
            code: status.code(),
            stdout,
            stderr,
        })
    }

    /// Runs it and gives what it wrote to standard output; an exit code other than 0 is an
    /// error that carries what it wrote to standard error.
    pub fn stdout(&self) -> Result<String, SysError> {
        let output = self.run()?;
        self.expect_success(&output)?;
        Ok(output.stdout_text())
    }

    /// The error for an exit code other than 0.
    pub fn expect_success(&self, output: &Output) -> Result<(), SysError> {
        if output.success() {
            return Ok(());
        }
        let status = match output.code {
            Some(code) => format!("exit code {code}"),
            None => "ended by a signal".to_owned(),
        };
        Err(SysError::Failed {
            command: self.line(),
            status,
            stderr: output.stderr_text(),
        })
    }

    /// Runs it with both streams in one pipe, so that their lines come in the order in which they
    /// were written; the output's `stdout` has them all. Each is handed on as it comes. Ends
    /// with the program, even if something that it left running still holds the pipe.
    pub fn run_merged(&self, on_line: &mut dyn FnMut(&str)) -> Result<Output, SysError> {
        tracing::debug!(command = %self.line(), dir = ?self.dir, "run");
        let start = |source| SysError::Start {
            command: self.line(),
            source,
        };
        let (reader, writer) = std::io::pipe().map_err(start)?;
        let mut child = self
            .command()
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(start)?)
            .stderr(writer)
            .spawn()
            .map_err(start)?;
        let lines = lines_of(reader);
        let mut stdout = Vec::new();
        let mut status = None;
        loop {
            match lines.recv_timeout(GRACE) {
                Ok(line) => {
                    on_line(String::from_utf8_lossy(&line).trim_end());
                    stdout.extend(line);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) if status.is_some() => break,
                Err(RecvTimeoutError::Timeout) => status = child.try_wait().map_err(start)?,
            }
        }
        let status = child.wait().map_err(start)?;
        Ok(Output {
            code: status.code(),
            stdout,
            stderr: Vec::new(),
        })
    }

    /// Starts it and leaves it running, its streams those of this process but for standard
    /// input.
    pub fn spawn(&self) -> Result<std::process::Child, SysError> {
        let start = |source| SysError::Start {
            command: self.line(),
            source,
        };
        self.command().stdin(Stdio::null()).spawn().map_err(start)
    }

    /// Runs it with the streams of this process: what it says, it says to the user.
    pub fn run_inherited(&self) -> Result<Option<i32>, SysError> {
        let start = |source| SysError::Start {
            command: self.line(),
            source,
        };
        Ok(self.command().status().map_err(start)?.code())
    }
}

/// Runs a program in the place of this one: the same streams, environment and exit code. Comes
/// back only if it has to wait for it, or cannot start it.
pub fn run_in_place(
    program: &std::ffi::OsStr,
    args: impl IntoIterator<Item = std::ffi::OsString>,
) -> std::process::ExitCode {
    run_in_place_with(program, args, &[])
}

/// The same with environment variables set.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn run_in_place_with(
    program: &std::ffi::OsStr,
    args: impl IntoIterator<Item = std::ffi::OsString>,
    env: &[(&str, &str)],
) -> std::process::ExitCode {
    let mut command = Command::new(program);
    command.args(args).envs(env.iter().copied());
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return code.map_or(std::process::ExitCode::FAILURE, Into::into);
        }
        Err(error) => error,
    };
    tracing::error!(?program, %error, "cannot start");
    std::process::ExitCode::FAILURE
}

/// Runs a program with the same streams and environment, but for what it writes to standard error:
/// `pass` gets that line by line, each with its end, and nothing at its end, and gives what is
/// written in its place. Gives the exit code.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn run_filtered(
    program: &std::ffi::OsStr,
    args: impl IntoIterator<Item = std::ffi::OsString>,
    pass: &mut dyn FnMut(Option<Vec<u8>>) -> Vec<u8>,
) -> std::process::ExitCode {
    let mut command = Command::new(program);
    let run = || {
        let mut child = command.args(args).stderr(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut line = Vec::new();
        let mut out = std::io::stderr();
        while lines.read_until(b'\n', &mut line)? > 0 {
            out.write_all(&pass(Some(std::mem::take(&mut line))))?;
        }
        out.write_all(&pass(None))?;
        child.wait()
    };
    match run() {
        Ok(status) => {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            code.map_or(std::process::ExitCode::FAILURE, Into::into)
        }
        Err(error) => {
            tracing::error!(?program, %error, "cannot run");
            std::process::ExitCode::FAILURE
        }
    }
}

/// How long a pipe may stay silent after its program has ended, before it is left alone.
const GRACE: Duration = Duration::from_millis(200);

/// The lines of a pipe, as they come, each with its end.
fn lines_of(reader: std::io::PipeReader) -> Receiver<Vec<u8>> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader
            .read_until(b'\n', &mut line)
            .is_ok_and(|read| read > 0)
        {
            if sender.send(std::mem::take(&mut line)).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Ends this process at once, whatever it is at.
pub fn exit(code: u8) -> ! {
    std::process::exit(code.into())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn merged_streams_keep_their_order_and_end_with_the_program() {
        let script = "echo one; echo two >&2; sleep 20 & printf three";
        let start = std::time::Instant::now();
        let mut lines = Vec::new();
        let output = Program::new("sh")
            .args(["-c", script])
            .run_merged(&mut |line| lines.push(line.to_owned()))
            .expect("a shell");
        // What still sleeps holds the pipe: the unfinished line may never come, the rest has.
        assert_eq!(lines[..2], ["one", "two"]);
        assert!(output.success());
        assert!(start.elapsed() < Duration::from_secs(15));
    }
}
