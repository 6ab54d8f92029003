//! Shows a command as it runs, in the words that a person would type, with what matters of what
//! it says.

use std::time::Instant;

use anstyle::{AnsiColor, Style};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_quarry::serve::Secret;
use cargo_quarry::sys::{Program, env};
use cargo_quarry::tour::Organisation;

use super::super::{CliError, Shell};

const TITLE: Style = AnsiColor::Cyan.on_default().bold();
const COMMAND: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Runs commands in the sample organisation, with its token, and shows them.
#[derive(Debug)]
pub(super) struct Guide<'a> {
    shell: &'a Shell,
    root: Utf8PathBuf,
    program: Utf8PathBuf,
    variable: String,
    token: Secret,
}

impl<'a> Guide<'a> {
    pub(super) fn new(
        shell: &'a Shell,
        organisation: &Organisation,
        registry: &str,
        token: Secret,
    ) -> Result<Self, CliError> {
        Ok(Self {
            shell,
            root: organisation.root().to_owned(),
            program: env::current_exe()?,
            variable: format!("CARGO_REGISTRIES_{}_TOKEN", registry.to_uppercase()),
            token,
        })
    }

    /// The variable that cargo reads the token from.
    pub(super) fn token_variable(&self) -> &str {
        &self.variable
    }

    /// Begins a part of the tour.
    pub(super) fn chapter(&self, text: &str) {
        let lines = text.lines().map(|line| format!("{TITLE}{line}{TITLE:#}"));
        self.tell(&format!("\n{}", lines.collect::<Vec<_>>().join("\n")));
    }

    /// Says what was done without a command.
    pub(super) fn note(&self, text: &str) {
        self.tell(&format!("{DIM}# {text}{DIM:#}"));
    }

    /// Says something to people.
    pub(super) fn tell(&self, text: &str) {
        if !self.shell.json() {
            self.shell.out(text);
        }
    }

    /// Runs a command, which must succeed.
    pub(super) fn run<S: Into<String>>(
        &self,
        dir: &Utf8Path,
        program: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<(), CliError> {
        self.run_to(0, dir, program, args)
    }

    /// Runs a command, which must end with this exit code. The program `cargo quarry` is this one.
    pub(super) fn run_to<S: Into<String>>(
        &self,
        code: u8,
        dir: &Utf8Path,
        program: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Result<(), CliError> {
        let args: Vec<String> = args.into_iter().map(Into::into).collect();
        let place = dir.strip_prefix(&self.root).unwrap_or(dir);
        let line = Program::new(program).args(args.clone()).line();
        self.tell(&format!(
            "\n{DIM}{place}{DIM:#} {COMMAND}$ {line}{COMMAND:#}"
        ));
        let path = match program {
            "cargo quarry" => self.program.as_str(),
            other => other,
        };
        let real = Program::new(path)
            .args(args)
            .dir(dir)
            .secret_env(&self.variable, self.token.expose());
        let start = Instant::now();
        let show = |line: &str| {
            if program != "cargo" || matters(line) {
                self.tell(line);
            }
        };
        let output = real.run_lines(&mut |line| show(line))?;
        let text = output.stdout_text();
        for line in shortened(&text.lines().collect::<Vec<_>>()) {
            show(&line);
        }
        let seconds = start.elapsed().as_secs_f32();
        if seconds >= 1.0 {
            self.tell(&format!("{DIM}({seconds:.0} s){DIM:#}"));
        }
        match output.code {
            Some(ended) if ended == i32::from(code) => Ok(()),
            ended => Err(CliError::failed(
                match ended {
                    Some(ended) => format!("`{line}` ended with exit code {ended}"),
                    None => format!("`{line}` was ended by a signal"),
                },
                Some(format!("what it said is above; its folder is {dir}")),
            )),
        }
    }

    /// The folder of this program, where PATH doesn't have it.
    pub(super) fn not_on_path(&self) -> Option<&Utf8Path> {
        let folder = self.program.parent()?;
        let path = env::var("PATH").unwrap_or_default();
        let found = path.split(':').any(|entry| {
            let program = Utf8Path::new(entry).join("cargo-quarry");
            cargo_quarry::sys::fs::canonical(&program).is_ok()
        });
        (!found).then_some(folder)
    }
}

/// What cargo says at each step of a build, and the test harness of each test: true, and much.
const NOISE: &[&str] = &[
    "Adding",
    "Blocking",
    "Checking",
    "Compiling",
    "Credential",
    "Doc-tests",
    "Downloaded",
    "Downloading",
    "Finished",
    "Locking",
    "Running",
    "Updating",
    "running",
    "test",
];

/// Is a line of cargo's output worth its place?
fn matters(line: &str) -> bool {
    if let Some(result) = line.strip_prefix("test result: ") {
        return !result.starts_with("ok. 0 passed");
    }
    let first = line.split_whitespace().next().unwrap_or_default();
    let added = first == "Adding" && line.ends_with("to dependencies");
    !first.is_empty() && (added || !NOISE.contains(&first))
}

/// The begin and the end of what would fill the screen; the places below each item, which are
/// most of a long report, go first.
fn shortened(lines: &[&str]) -> Vec<String> {
    const HEAD: usize = 22;
    const TAIL: usize = 6;
    const PLACE: &str = "          ";
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    if lines.len() <= HEAD + TAIL + 1 {
        return owned(lines);
    }
    let (places, items): (Vec<&str>, Vec<&str>) =
        lines.iter().partition(|line| line.starts_with(PLACE));
    if !places.is_empty() {
        let mut short = shortened(&items);
        let left_out = places.len();
        short.push(format!(
            "{DIM}… and {left_out} lines below these: where each is used …{DIM:#}"
        ));
        return short;
    }
    let left_out = lines.len() - HEAD - TAIL;
    let mut short: Vec<String> = owned(&lines[..HEAD]);
    short.push(format!("{DIM}… {left_out} lines more …{DIM:#}"));
    short.extend(owned(&lines[lines.len() - TAIL..]));
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expect: bool) {
        assert_eq!(matters(line), expect, "{line}");
    }

    #[test]
    fn what_a_build_says_at_each_step_is_left_out() {
        check("   Compiling serde v1.0.228", false);
        check("      Adding acme-retry v0.1.0 to dependencies", true);
        check("      Adding itoa v1.0.15", false);
        check("", false);
        check("warning: unused variable", true);
        check("error[E0433]: cannot find", true);
    }

    #[test]
    fn of_tests_the_results_matter() {
        check("running 3 tests", false);
        check("test delivery::tests::attempts_can_be_set ... ok", false);
        check("test result: ok. 0 passed; 0 failed; 0 ignored", false);
        check("test result: ok. 3 passed; 0 failed; 0 ignored", true);
        check("test result: FAILED. 0 passed; 3 failed", true);
    }
    #[test]
    fn long_output_loses_its_middle() {
        let lines: Vec<String> = (0..100).map(|n| n.to_string()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(shortened(&lines[..29]).len(), 29);
        let short = shortened(&lines);
        assert_eq!(short.len(), 29);
        assert_eq!((short[21].as_str(), short[23].as_str()), ("21", "94"));
        assert!(short[22].contains("72 lines more"));

        let report = [vec!["  needs a"], vec!["          at b"; 40]].concat();
        let short = shortened(&report);
        assert_eq!((short.len(), short[0].as_str()), (2, "  needs a"));
        assert!(short[1].contains("40 lines"), "{}", short[1]);
    }
}
