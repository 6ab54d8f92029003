//! The workflow that `docs/upgrades.md` has for services: what may do what, and its scripts, run.

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cargo_quarry::report::{MARKER, markdown};
use saphyr::{LoadableYamlNode as _, Yaml};

use crate::registry_server::texts;
use crate::report::sample::sample;
use crate::sandbox::{QUARRY, Sandbox};

fn workflow() -> String {
    let page = include_str!("../../docs/upgrades.md");
    let (_, rest) = page.split_once("```yaml\n").expect("a workflow");
    let (workflow, _) = rest.split_once("\n```\n").expect("its end");
    workflow.to_owned()
}

fn get<'a, 'y>(of: &'a Yaml<'y>, path: &[&str]) -> &'a Yaml<'y> {
    path.iter().fold(of, |of, key| {
        let found = of.as_mapping_get(key);
        found.unwrap_or_else(|| panic!("no `{key}` of {path:?}"))
    })
}

fn steps<'a, 'y>(workflow: &'a Yaml<'y>, job: &str) -> &'a Vec<Yaml<'y>> {
    get(workflow, &["jobs", job, "steps"])
        .as_vec()
        .expect("steps")
}

/// The command of a job's last step.
fn script(job: &str) -> String {
    let text = workflow();
    let documents = Yaml::load_from_str(&text).expect("YAML");
    let step = steps(&documents[0], job).last().expect("a step");
    get(step, &["run"]).as_str().expect("a command").to_owned()
}

#[test]
fn what_a_pull_request_builds_may_write_nothing() {
    let text = workflow();
    let documents = Yaml::load_from_str(&text).expect("YAML");
    let workflow = &documents[0];
    let none = get(workflow, &["permissions"]).as_mapping();
    assert_eq!(none.expect("a mapping").len(), 0);
    for (job, permission, level) in [
        ("review", "contents", "read"),
        ("comment", "pull-requests", "write"),
    ] {
        let of_job = get(workflow, &["jobs", job, "permissions"]);
        assert_eq!(of_job.as_mapping().expect("a mapping").len(), 1, "{job}");
        assert_eq!(get(of_job, &[permission]).as_str(), Some(level));
    }
    let forks = get(workflow, &["jobs", "review", "if"]).as_str();
    let own = "github.event.pull_request.head.repo.full_name == github.repository";
    assert_eq!(forks, Some(own));
    // The job that may write checks nothing out, and runs nothing of the repository.
    let comment = steps(workflow, "comment");
    assert!(
        comment
            .iter()
            .all(|step| step.as_mapping_get("uses").is_none())
    );
}

#[test]
fn its_actions_are_those_of_the_template() {
    let template = include_str!("../../src/template/files/repository/ci.yml");
    let text = workflow();
    let actions = text.lines().filter_map(|line| line.split_once("uses: "));
    let actions: Vec<&str> = actions.map(|(_, action)| action).collect();
    assert_eq!(actions.len(), 2);
    for action in actions {
        assert!(template.contains(action), "{action}");
    }
    // No text of a pull request becomes a part of a script.
    let documents = Yaml::load_from_str(&text).expect("YAML");
    for job in ["review", "comment"] {
        for step in steps(&documents[0], job) {
            let run = step.as_mapping_get("run").and_then(Yaml::as_str);
            assert!(!run.unwrap_or_default().contains("${{"), "{run:?}");
        }
    }
    let version = format!("--version ={} ", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&version), "{version}");
}

#[test]
fn its_review_is_a_command_line_of_this_program() {
    let script = script("review");
    let line = script.lines().find(|line| line.starts_with("cargo quarry"));
    let (command, _) = line.expect("a command").split_once(" || ").expect("or");
    let args = command.replace("\"origin/$BASE\"", "origin/main");
    let sandbox = Sandbox::new();
    sandbox.write("empty/note", "");
    let args = args.split_whitespace().skip(2);
    let output = sandbox.command(QUARRY, "empty").args(args).output();
    let output = output.expect("it starts");
    // It makes sense, and there is no service here.
    assert_eq!(output.status.code(), Some(101), "{}", texts(&output).1);
}

/// Runs the script that comments, where GitHub knows this comment of ours; gives its calls.
fn comment(card: &str, known: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let log = sandbox.path("calls");
    let gh = format!(
        "#!/bin/sh\ncase \"$*\" in\n*--jq*) printf '{known}' ;;\n*) echo \"$*\" >>'{}' ;;\nesac\n",
        log.display()
    );
    let gh = sandbox.write("bin/gh", &gh);
    std::fs::set_permissions(&gh, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let file = sandbox.write("run/step.sh", &script("comment"));
    let inherited = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(sandbox.path("bin")).chain(std::env::split_paths(&inherited));
    let output = sandbox
        .command("bash", "run")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
        .arg(file)
        .env("PATH", std::env::join_paths(folders).expect("paths"))
        .env("CARD", STANDARD.encode(card))
        .env("COMMENTS", "repos/acme/shop/issues")
        .env("NUMBER", "7")
        .output()
        .expect("bash starts");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(sandbox.read("run/card.md"), card);
    let calls = std::fs::read_to_string(log).unwrap_or_default();
    calls.lines().map(str::to_owned).collect()
}

#[test]
fn a_pull_request_has_one_comment() {
    let card = markdown(&[sample()]);
    let nothing = markdown(&[]);
    let create =
        "api --silent --method POST repos/acme/shop/issues/7/comments --field body=@card.md";
    let change =
        "api --silent --method PATCH repos/acme/shop/issues/comments/41 --field body=@card.md";
    assert_eq!(comment(&card, ""), [create]);
    assert_eq!(comment(&card, "41\\n42\\n"), [change]);
    // The pins are as they were again.
    assert_eq!(comment(&nothing, "41\\n"), [change]);
    assert_eq!(comment(&nothing, ""), [""; 0]);
    assert!(script("comment").contains(&format!("startswith(\"{MARKER}\")")));
}
