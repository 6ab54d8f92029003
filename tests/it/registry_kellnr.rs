//! The same with Kellnr, where a team goes that outgrows the embedded registry.

use crate::extract::becomes_a_published_library;
use crate::registry::goes_through_every_command;
use crate::registry_move::{Team, follows_to_the_new_registry};
use crate::registry_protocol::{publish_body, put};
use crate::registry_server::{TestRegistry, texts};
use crate::sandbox::{QUARRY, Sandbox};

#[test]
fn cargo_goes_through_every_command_with_kellnr() {
    let sandbox = Sandbox::new();
    if let Some(registry) = TestRegistry::start_kellnr(&sandbox) {
        goes_through_every_command(&registry);
    }
}

#[test]
fn a_module_becomes_a_library_on_kellnr() {
    let sandbox = Sandbox::new();
    if let Some(registry) = TestRegistry::start_kellnr(&sandbox) {
        becomes_a_published_library(&registry);
    }
}

#[test]
fn a_team_moves_to_kellnr() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    if let Some(kellnr) = TestRegistry::start_kellnr(&other) {
        let embedded = TestRegistry::start(&sandbox);
        follows_to_the_new_registry(Team::between(embedded, kellnr));
    }
}

/// Kellnr can't yank it: the rest is copied, and it is said.
#[test]
fn a_yank_that_kellnr_refuses_keeps_nothing_back() {
    let (sandbox, other) = (Sandbox::new(), Sandbox::new());
    let Some(kellnr) = TestRegistry::start_kellnr(&other) else {
        return;
    };
    let team = Team::between(TestRegistry::start(&sandbox), kellnr);
    for name in ["Acme_Old", "acme-new"] {
        let body = publish_body(name, "0.1.0", "");
        assert_eq!(put(&team.old, &team.old.token, &body).0, 200);
        let yank = ["yank", "--registry", "internal"];
        team.old
            .cargo(&[&yank[..], &[&format!("{name}@0.1.0")]].concat(), "");
    }
    let (_, stderr) = team.copy(&["--execute"], 101);
    assert!(
        stderr.contains("error: all is copied but for the yank of `Acme_Old 0.1.0`")
            && stderr.contains("answers 500"),
        "{stderr}"
    );
    assert!(!team.new.versions("Acme_Old")[0].yanked);
    assert!(team.new.versions("acme-new")[0].yanked);
}

#[test]
fn kellnr_has_its_place_in_the_configuration() {
    let sandbox = Sandbox::new();
    let Some(registry) = TestRegistry::start_kellnr(&sandbox) else {
        return;
    };
    let url = registry.base_url();
    sandbox.write("service/.keep", "");
    let run = |args: &[&str], token: Option<&str>| {
        let mut command = sandbox.command(QUARRY, "service");
        command.env("CARGO_HOME", sandbox.path("service/home"));
        // Kellnr has the machine's clock, and so must have who compares the two.
        command.env_remove("CARGO_QUARRY_NOW");
        if let Some(token) = token {
            command.env("CARGO_REGISTRIES_KELLNR_TOKEN", token);
        }
        let output = command.args(args).output().expect("it starts");
        let (stdout, stderr) = texts(&output);
        (output.status.code(), stdout + &stderr)
    };
    // Cargo refuses two names for one index.
    std::fs::remove_file(sandbox.path(".cargo/config.toml")).expect("it is there");
    let add = ["registry", "add", "kellnr", "--kind", "kellnr", &url];
    let (code, said) = run(&add, None);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&registry.index_url), "{said}");
    let doctor = ["registry", "doctor", "kellnr"];
    assert_eq!(run(&doctor, Some(&registry.token)).0, Some(0));
    for (token, found) in [(None, "token-missing"), (Some("wrong"), "token-refused")] {
        let (code, said) = run(&doctor, token);
        assert_eq!(code, Some(1));
        assert!(said.contains(&format!("error[{found}]")), "{said}");
    }
}
