//! A survey, from the first step to the last.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::SurveyError;
use super::candidate::Candidate;
use super::closure::Closures;
use super::facts::{Facts, users_of};
use super::graph::{Graph, ModuleId};
use super::map::Map;
use super::monolith::{LeftOut, Monolith, load};
use super::rank::rank;
use super::request::{Event, Listener, Options};
use super::sets::selections;
use super::tally::tally;
use super::uses::{RawUse, of_map};
use super::{generated, map, services, tokens};
use crate::references::{FailedFeatures, MapRequest, NamedTree, ReferenceMap, build_map};

/// A closure of more items than that is cut short.
const MOST_ALONG: usize = 400;

/// What was found out about a repository.
#[derive(Debug, Clone, Serialize)]
pub struct Survey {
    /// Its top folder.
    pub top: Utf8PathBuf,
    /// The commit that was looked at.
    pub head: String,
    /// How uses were found out.
    pub method: Method,
    /// How many packages, targets, modules and items there are, and lines of items, tests left
    /// out.
    pub counts: Counts,
    /// The candidates, the best one first.
    pub candidates: Vec<Candidate>,
    /// What was not looked at.
    pub left_out: Vec<LeftOut>,
    /// All of it, for a picture.
    pub map: Map,
}

/// How uses were found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Method {
    /// The compiler resolved them.
    Compiler {
        /// Targets that do not compile, and features with which nothing does: their uses are
        /// missing.
        missing: Vec<String>,
    },
    /// The tokens tell them, approximately.
    Tokens {
        /// Why the compiler was not asked; none if the user did not want it.
        why: Option<String>,
    },
}

/// How much there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Packages with a library or a binary.
    pub packages: usize,
    /// Libraries and binaries.
    pub targets: usize,
    /// Modules, roots and tests among them.
    pub modules: usize,
    /// Items at the top of modules.
    pub items: usize,
    /// Uses of them.
    pub uses: usize,
    /// Lines of items, tests left out.
    pub lines: usize,
}

/// Surveys the repositories that `dirs` are in. What they use of each other, as crates, counts as
/// use by a service. Nothing of the user's is touched.
pub fn survey(
    dirs: &[Utf8PathBuf],
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<Vec<Survey>, SurveyError> {
    let mut monoliths = Vec::new();
    for dir in dirs {
        monoliths.push(load(dir, options, listener)?);
    }
    check_packages(&monoliths, options)?;
    let mut surveys = Vec::new();
    for (at, monolith) in monoliths.iter().enumerate() {
        let others = monoliths.iter().enumerate();
        let others: Vec<&Monolith> = others.filter(|(n, _)| *n != at).map(|(_, it)| it).collect();
        surveys.push(survey_one(monolith, &others, options, listener)?);
    }
    Ok(surveys)
}

fn survey_one(
    monolith: &Monolith,
    others: &[&Monolith],
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<Survey, SurveyError> {
    let (uses, method) = find_uses(monolith, options, listener);
    listener(Event::Stage("Weighing", monolith.top.to_string()));
    let graph = Graph::new(&monolith.trees, &monolith.targets, &uses);
    let tallies = tally(&graph, &monolith.trees, &monolith.targets);
    let generated = generated::files(monolith);
    let left_out: BTreeSet<&Utf8Path> = generated.iter().map(|it| it.path.as_path()).collect();
    let facts = Facts {
        graph: &graph,
        trees: &monolith.trees,
        targets: &monolith.targets,
        tallies: &tallies,
        users: users_of(&graph),
        services: services::uses_by_others(&graph, monolith, others),
    };
    let mut closures = Closures::new(&graph, MOST_ALONG);
    let worth = |id: ModuleId| {
        let module = &graph.modules[id];
        let target = &monolith.targets[module.tree];
        let wanted = options.packages.is_empty() || options.packages.contains(&target.package);
        let below = || id..module.end;
        let has_items = below().any(|id| tallies[id].items > 0 || module.test);
        let is_test = module.test && below().any(|id| tallies[id].tests > 0);
        wanted
            && has_items
            && !is_test
            && !target.proc_macro
            && !left_out.contains(module.file.as_path())
    };
    let selections = selections(&graph, &mut closures, &worth);
    let mut candidates: Vec<Candidate> = Vec::new();
    for (nth, selection) in selections.iter().enumerate() {
        if nth % 50 == 0 {
            listener(Event::Progress(format!("{nth} of {}", selections.len())));
        }
        candidates.push(facts.candidate(&mut closures, selection));
    }
    let lines = tallies.iter().map(|tally| tally.lines).sum();
    rank(&mut candidates, lines);
    let packages: BTreeSet<&str> = monolith
        .targets
        .iter()
        .map(|t| t.package.as_str())
        .collect();
    let counts = Counts {
        packages: packages.len(),
        targets: monolith.targets.len(),
        modules: graph.modules.len(),
        items: graph.nodes.len(),
        uses: uses.len(),
        lines,
    };
    let map = map::map(&facts, &candidates);
    Ok(Survey {
        map,
        top: monolith.top.clone(),
        head: monolith.head.clone(),
        method,
        counts,
        candidates,
        left_out: monolith
            .left_out
            .iter()
            .cloned()
            .chain(generated.clone())
            .collect(),
    })
}

fn check_packages(monoliths: &[Monolith], options: &Options) -> Result<(), SurveyError> {
    let targets = monoliths.iter().flat_map(|monolith| &monolith.targets);
    let known: BTreeSet<&str> = targets.map(|target| target.package.as_str()).collect();
    match options
        .packages
        .iter()
        .find(|name| !known.contains(name.as_str()))
    {
        Some(name) => Err(SurveyError::NoPackage {
            name: name.clone(),
            members: known.into_iter().map(ToOwned::to_owned).collect(),
        }),
        None => Ok(()),
    }
}

/// Asks the compiler; where it has no answer, the tokens.
fn find_uses(
    monolith: &Monolith,
    options: &Options,
    listener: &mut Listener<'_>,
) -> (Vec<RawUse>, Method) {
    let why = if options.build {
        let packages: BTreeSet<&str> = monolith
            .targets
            .iter()
            .map(|t| t.package.as_str())
            .collect();
        listener(Event::Stage(
            "Mapping",
            format!("who uses what in {} packages", packages.len()),
        ));
        match ask_compiler(monolith, options, listener) {
            Ok(map) => {
                let missing = missing(&map);
                return (of_map(&map), Method::Compiler { missing });
            }
            Err(error) => {
                let first = super::error::chain(&error);
                listener(Event::Note(format!(
                    "the compiler cannot tell who uses what, so the tokens have to, approximately: {first}"
                )));
                Some(first)
            }
        }
    } else {
        None
    };
    listener(Event::Stage(
        "Reading",
        "who uses what, by the tokens".to_owned(),
    ));
    let trees: Vec<&NamedTree> = monolith.trees.iter().collect();
    let uses = tokens::of_tokens(&trees, &monolith.targets, 0..trees.len());
    (uses, Method::Tokens { why })
}

fn ask_compiler(
    monolith: &Monolith,
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<ReferenceMap, crate::references::ReferenceError> {
    let manifest = monolith.copy.root().join("Cargo.toml");
    let request = MapRequest {
        root: monolith.copy.top().to_owned(),
        manifest: monolith.copy.relative(&manifest).to_owned(),
        selection: vec!["--workspace".to_owned()],
        targets: vec!["--all-targets".to_owned()],
        trees: &monolith.trees,
        feature_sets: options.feature_sets.clone(),
        target_dir: monolith.copy.target_dir().to_owned(),
        wrapper: Some(options.wrapper.clone()),
        packages: Vec::new(),
        keep_record: true,
        cargo_args: if options.offline {
            vec!["--offline".to_owned()]
        } else {
            Vec::new()
        },
    };
    build_map(&request, &mut |line| {
        listener(Event::Progress(line.to_owned()));
    })
}

fn missing(map: &ReferenceMap) -> Vec<String> {
    let targets = map.failed_targets.iter().map(|failed| {
        let package = failed.package.rsplit(['/', '#']).next().unwrap_or_default();
        format!("{} {} of {package}", failed.kind, failed.target)
    });
    let features = map.failed_features.iter();
    let features = features.map(|FailedFeatures { features, .. }| features.to_string());
    let all: BTreeSet<String> = targets.chain(features).collect();
    all.into_iter().collect()
}
