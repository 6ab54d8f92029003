//! `cargo quarry`: take shared code out of a Rust monolith and run it as a polyrepo of
//! independently versioned library crates on a private Cargo registry.
//!
//! The rooms, from the ground up (the allowed edges between them stand in `ARCHITECTURE.md`):
//!
//! | room | owns |
//! |---|---|
//! | [`model`] | the nouns, no I/O |
//! | [`findings`] | what stands in the way: stable codes, severity, advice |
//! | [`sys`] | the only user of files, processes, environment and clock |
//! | [`manifest`] | `Cargo.toml` and cargo configuration, edited with their formatting kept |
//! | [`syntax`] | Rust source: items, module tree, name resolution, path rewriting |
//! | [`markdown`] | Markdown of others as HTML that does no harm |
//! | [`changelog`] | what a changelog says of each version |
//! | [`git`] | repository facts, filtered history, worktrees and branches |
//! | [`cargo`] | cargo as a subprocess: metadata, check, test, package, publish |
//! | [`registry`] | the registry protocol's data: index entries, overlay registries |
//! | [`client`] | registries asked over HTTP |
//! | [`forge`] | GitHub's API: pull requests, comments |
//! | [`endpoint`] | a registry by its name, with cargo's token for it |
//! | [`cochange`] | what changes together in a history, and what it costs to part it |
//! | [`plan`] | plans, steps, their journal |
//! | [`references`] | the reference map: who uses what, as rustc resolves it |
//! | [`graph`] | communities and chains in graphs of numbers |
//! | [`trial`] | builds of both sides before and after, compared |
//! | [`surface`] | the public API at two versions: what changed, and the bump it needs |
//! | [`template`] | the files of a library repository |
//! | [`service`] | a repository that uses private crates: what it pins, copies to try things in |
//! | [`card`] | the card of an upgrade: what changed, what of it touches a service, does it build |
//! | [`report`] | cards as Markdown, as HTML, and in a commit message |
//! | [`survey`] | what is worth taking out of a monolith, and what stands in its way? |
//! | [`extract`] | take modules out of a monolith |
//! | [`copies`] | code that was copied, over several repositories |
//! | [`scaffold`] | begin a library repository, and keep it like its template |
//! | [`review`] | which upgrades are there for a service, and what would they mean? |
//! | [`upgrade`] | upgrade private crates of a service, on a branch |
//! | [`link`] | work on a library and a service side by side |
//! | [`check`] | may a library be merged, may it be released? does a service pin as it should? |
//! | [`release`] | release a library, publish its tag |
//! | [`connect`] | bring cargo and a registry together: configuration, token, what is wrong |
//! | [`migrate`] | move from one registry to another |
//! | [`serve`] | the embedded registry |
//! | [`tour`] | the sample organisation that the tour walks through |

pub mod card;
pub mod cargo;
pub mod changelog;
pub mod check;
pub mod client;
pub mod cochange;
pub mod connect;
pub mod copies;
pub mod endpoint;
pub mod extract;
pub mod findings;
pub mod forge;
pub mod git;
pub mod graph;
pub mod link;
pub mod manifest;
pub mod markdown;
pub mod migrate;
pub mod model;
pub mod plan;
pub mod references;
pub mod registry;
pub mod release;
pub mod report;
pub mod review;
pub mod scaffold;
pub mod serve;
pub mod service;
pub mod sources;
pub mod surface;
pub mod survey;
pub mod syntax;
pub mod sys;
pub mod template;
pub mod tour;
pub mod trial;
pub mod upgrade;
