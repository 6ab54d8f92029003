//! The same with Kellnr, where a team goes that outgrows the embedded registry.

use crate::extract::becomes_a_published_library;
use crate::registry::goes_through_every_command;
use crate::registry_move::{Team, follows_to_the_new_registry};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

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
