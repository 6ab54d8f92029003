//! A workflow of a pushed commit, run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use saphyr::{LoadableYamlNode as _, Yaml};

use super::expression::{Names, fill, holds};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::QUARRY;

/// Commands that are replaced, by how they begin: what would take long, or the network. Programs
/// that are not there at all have stand-ins on PATH.
const REPLACED: &[(&str, &str)] = &[
    // The program under test is on PATH.
    ("cargo install cargo-quarry --version =", "true "),
    // The toolchain that is there; `new` wrote down its version.
    (
        "cargo +1.",
        "without_toolchain() { shift; cargo \"$@\"; }; without_toolchain +1.",
    ),
];

/// What was pushed.
pub enum Push<'a> {
    Branch(&'a str),
    Tag(&'a str),
}

impl Push<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Branch(name) | Self::Tag(name) => name,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Branch(_) => "branch",
            Self::Tag(_) => "tag",
        }
    }

    fn reference(&self) -> String {
        match self {
            Self::Branch(name) => format!("refs/heads/{name}"),
            Self::Tag(name) => format!("refs/tags/{name}"),
        }
    }
}

/// A machine that runs workflows of a remote.
pub struct Runner<'a> {
    registry: &'a TestRegistry<'a>,
    remote: &'a str,
}

/// What a step leaves for the next ones.
struct State {
    names: Names,
    /// Of the workflow, the job, and the `GITHUB_ENV` of steps before.
    env: BTreeMap<String, String>,
    /// The folder that is checked out.
    folder: String,
}

impl<'a> Runner<'a> {
    pub fn new(registry: &'a TestRegistry<'a>, remote: &'a str) -> Self {
        Self { registry, remote }
    }

    /// Runs a workflow; all its steps must succeed. Gives the commands that were run.
    pub fn run(&self, workflow: &str, push: &Push<'_>) -> Vec<String> {
        self.try_run(workflow, push)
            .unwrap_or_else(|error| panic!("{workflow}: {error}"))
    }

    /// Runs a workflow; gives the commands that were run, or how one failed.
    pub fn try_run(&self, workflow: &str, push: &Push<'_>) -> Result<Vec<String>, String> {
        let sandbox = self.registry.sandbox;
        let object = format!("{}:.github/workflows/{workflow}", push.name());
        let text = sandbox.git(&["show", &object], self.remote);
        let documents = Yaml::load_from_str(&text).map_err(|error| error.to_string())?;
        let workflow = documents.first().ok_or("it is empty")?;
        is_for(get(workflow, "on")?, push)?;
        let jobs = get(workflow, "jobs")?.as_mapping().ok_or("no jobs")?;
        let mut commands = Vec::new();
        for (name, job) in jobs {
            let name = name.as_str().ok_or("a job without a name")?;
            let mut state = State {
                names: self.names(push),
                env: BTreeMap::new(),
                folder: format!(
                    "runs/{}-{name}",
                    sandbox.path("runs").read_dir().map_or(0, Iterator::count)
                ),
            };
            state.take_env(workflow)?;
            state.take_env(job)?;
            for step in get(job, "steps")?.as_vec().ok_or("no steps")? {
                commands.extend(self.step(step, push, &mut state)?);
            }
        }
        Ok(commands)
    }

    fn names(&self, push: &Push<'_>) -> Names {
        let known = [
            ("github.ref", push.reference()),
            ("github.ref_name", push.name().to_owned()),
            ("github.token", "a-token-of-github".to_owned()),
            ("github.workflow", "workflow".to_owned()),
            ("runner.os", "Linux".to_owned()),
            ("runner.arch", "X64".to_owned()),
            (
                "secrets.CARGO_REGISTRIES_INTERNAL_TOKEN",
                self.registry.token.clone(),
            ),
            (
                "vars.CARGO_REGISTRIES_INTERNAL_INDEX",
                self.registry.index_url.clone(),
            ),
        ];
        known.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn step(
        &self,
        step: &Yaml<'_>,
        push: &Push<'_>,
        state: &mut State,
    ) -> Result<Option<String>, String> {
        if let Ok(condition) = get(step, "if")
            && !holds(condition.as_str().ok_or("no condition")?, &state.names)?
        {
            return Ok(None);
        }
        if let Ok(action) = get(step, "uses") {
            self.action(action.as_str().ok_or("no action")?, step, push, state)?;
            return Ok(None);
        }
        let run = get(step, "run")?.as_str().ok_or("no command")?;
        let script = fill(run, &state.names)?;
        let mut env = state.env.clone();
        take(step, &state.names, &mut env)?;
        self.shell(&script, &env, push, state)?;
        Ok(Some(script))
    }

    /// What the actions do that are used; each is pinned by its commit.
    fn action(
        &self,
        action: &str,
        step: &Yaml<'_>,
        push: &Push<'_>,
        state: &mut State,
    ) -> Result<(), String> {
        let sandbox = self.registry.sandbox;
        let (name, commit) = action.split_once('@').ok_or("no version")?;
        if commit.len() != 40 || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("{action} is not pinned by its commit"));
        }
        match name {
            "actions/checkout" => {
                let clone = [
                    "clone",
                    "-q",
                    "--branch",
                    push.name(),
                    self.remote,
                    &state.folder,
                ];
                sandbox.git(&clone, "");
            }
            // An empty cache.
            "actions/cache" | "actions/cache/restore" => {
                let id = get(step, "id")?.as_str().ok_or("no id")?;
                let output = format!("steps.{id}.outputs.cache-hit");
                state.names.insert(output, String::new());
                let key = get(get(step, "with")?, "key")?.as_str().ok_or("no key")?;
                fill(key, &state.names)?;
            }
            other => return Err(format!("an action that is not known: {other}")),
        }
        Ok(())
    }

    /// A script, as GitHub's default shell runs it.
    fn shell(
        &self,
        script: &str,
        env: &BTreeMap<String, String>,
        push: &Push<'_>,
        state: &mut State,
    ) -> Result<(), String> {
        let sandbox = self.registry.sandbox;
        let mut replaced = script.to_owned();
        for (begins, with) in REPLACED {
            if let Some(rest) = script.strip_prefix(begins) {
                replaced = format!("{with}{rest}");
            }
        }
        let file = sandbox.write("step.sh", &replaced);
        let github_env = sandbox.write("github-env", "");
        let programs = PathBuf::from(QUARRY).parent().expect("a folder").to_owned();
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let folders = [sandbox.path("bin"), programs];
        let path = folders.into_iter().chain(std::env::split_paths(&inherited));
        let output = sandbox
            .command("bash", &state.folder)
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(file)
            .env("PATH", std::env::join_paths(path).expect("paths"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REF", push.reference())
            .env("GITHUB_REF_NAME", push.name())
            .env("GITHUB_REF_TYPE", push.kind())
            .env("GITHUB_ENV", github_env)
            .envs(env)
            .output();
        let output = output.expect("bash starts");
        let (stdout, stderr) = texts(&output);
        if !output.status.success() {
            return Err(format!("{script}\n{stdout}{stderr}"));
        }
        for line in sandbox.read("github-env").lines() {
            let (name, value) = line.split_once('=').ok_or("a line of GITHUB_ENV")?;
            state.env.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }
}

impl State {
    fn take_env(&mut self, of: &Yaml<'_>) -> Result<(), String> {
        take(of, &self.names, &mut self.env)
    }
}

/// Adds the `env` of a workflow, a job or a step.
fn take(of: &Yaml<'_>, names: &Names, env: &mut BTreeMap<String, String>) -> Result<(), String> {
    let Ok(block) = get(of, "env") else {
        return Ok(());
    };
    for (name, value) in block.as_mapping().ok_or("no names")? {
        let name = name.as_str().ok_or("no name")?;
        let value = value.as_str().ok_or_else(|| format!("{name} is no text"))?;
        env.insert(name.to_owned(), fill(value, names)?);
    }
    Ok(())
}

fn get<'a, 'y>(of: &'a Yaml<'y>, key: &str) -> Result<&'a Yaml<'y>, String> {
    of.as_mapping_get(key).ok_or_else(|| format!("no `{key}`"))
}

/// Is the workflow started by this push? Patterns have `*` only.
fn is_for(on: &Yaml<'_>, push: &Push<'_>) -> Result<(), String> {
    let of = match push {
        Push::Branch(_) => "branches",
        Push::Tag(_) => "tags",
    };
    let patterns = get(on, "push").and_then(|on| get(on, of));
    let patterns = patterns.ok().and_then(Yaml::as_vec).into_iter().flatten();
    let mut patterns = patterns.filter_map(Yaml::as_str);
    if patterns.any(|pattern| matches(pattern, push.name())) {
        return Ok(());
    }
    Err(format!("it is not for {}", push.reference()))
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.into_iter().any(|at| matches(after, &rest[at..]))
        }),
    }
}
