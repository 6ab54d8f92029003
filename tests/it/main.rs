//! End-to-end tests: real cargo, real git, a real registry. One binary, a module an area.
#![allow(unreachable_pub, reason = "a test binary has no outside")]
#![allow(
    clippy::disallowed_methods,
    reason = "tests set up what the program then finds"
)]

mod browser;
mod card_trial;
mod cargo;
mod check;
mod check_deny;
mod check_output;
mod check_service;
mod check_versions;
mod cochange;
mod copies;
mod deprecate;
mod extract;
mod extract_again;
mod extract_needed;
mod extract_package;
mod extract_refusals;
mod extract_sample;
mod extract_shapes;
mod extract_siblings;
mod forge;
mod git;
mod invocation;
mod kellnr;
mod layout;
mod library;
mod link;
mod manifest;
mod new;
mod outdated;
mod real_history;
mod references;
mod references_again;
mod registry;
mod registry_add;
mod registry_browser;
mod registry_cut_off;
mod registry_doctor;
mod registry_faults;
mod registry_fuzz;
mod registry_keeping;
mod registry_kellnr;
mod registry_move;
mod registry_overlay;
mod registry_pages;
mod registry_protocol;
mod registry_server;
mod registry_services;
mod release;
mod release_killed;
mod release_publish;
mod release_refusals;
mod release_undone;
mod release_versions;
mod renovate;
mod report;
mod report_browser;
mod report_workflow;
mod review;
mod sandbox;
mod service_copy;
mod stub;
mod surface;
mod surface_verdict;
mod survey;
mod sync;
mod template;
mod tour;
mod trial;
mod upgrade;
mod upgrade_killed;
mod workflow;
