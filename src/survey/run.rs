//! A survey, from the first step to the last.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::SurveyError;
use super::candidate::Candidate;
use super::closure::{Closures, Selection};
use super::facts::{Facts, users_of};
use super::graph::{Graph, ModuleId};
use super::layouts::Layouts;
use super::map::Map;
use super::monolith::{LeftOut, Monolith, load};
use super::past::Past;
use super::rank::rank;
use super::request::{Event, Listener, Options};
use super::sets::selections;
use super::tally::tally;
use super::uses::{RawUse, of_map};
use super::{generated, layouts, map, past, services, tokens};
use crate::cochange::History;
use crate::model::package_of_id;
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
    /// What was read of the history; none where it was left out.
    pub history: Option<Past>,
    /// How the libraries could be grouped into repositories; none without history or libraries.
    pub layouts: Option<Layouts>,
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

/// All that is known of a repository before candidates are weighed.
struct Known<'a> {
    facts: Facts<'a>,
    options: &'a Options,
    /// Generated and vendored files.
    left_out: BTreeSet<&'a Utf8Path>,
}

fn survey_one(
    monolith: &Monolith,
    others: &[&Monolith],
    options: &Options,
    listener: &mut Listener<'_>,
) -> Result<Survey, SurveyError> {
    let (uses, method) = find_uses(monolith, options, listener);
    let changes = match &options.history {
        Some(options) => past::load(monolith, options, listener)?,
        None => None,
    };
    listener(Event::Stage("Weighing", monolith.top.to_string()));
    let graph = Graph::new(&monolith.trees, &monolith.targets, &uses);
    let tallies = tally(&graph, &monolith.trees, &monolith.targets);
    let generated = generated::files(monolith)?;
    let known = Known {
        facts: Facts {
            graph: &graph,
            trees: &monolith.trees,
            targets: &monolith.targets,
            tallies: &tallies,
            users: users_of(&graph),
            services: services::uses_by_others(&graph, monolith, others),
        },
        options,
        left_out: generated.iter().map(|it| it.path.as_path()).collect(),
    };
    let counts = known.counts(uses.len());
    let mut candidates = known.candidates(listener);
    rank(&mut candidates, counts.lines);
    let history = changes
        .as_ref()
        .map(|(changes, repository)| (History::new(changes), repository));
    let mut together = Vec::new();
    let mut layouts = None;
    if let (Some((history, repository)), Some(options)) = (&history, &options.history) {
        let kept = monolith.copy.target_dir().join("quarry-faces.json");
        past::judge(
            &mut candidates,
            history,
            repository,
            options,
            &kept,
            listener,
        )?;
        rank(&mut candidates, counts.lines);
        together = past::pairs(history);
        layouts = layouts::layouts(&known.facts, &candidates, history, &together);
    }
    let map = map::map(&known.facts, &candidates, &together);
    let left_out = monolith.left_out.iter().chain(&generated);
    Ok(Survey {
        top: monolith.top.clone(),
        head: monolith.head.clone(),
        method,
        history: changes.as_ref().map(|(changes, _)| past::past(changes)),
        counts,
        candidates,
        layouts,
        left_out: left_out.cloned().collect(),
        map,
    })
}

impl Known<'_> {
    fn counts(&self, uses: usize) -> Counts {
        let Facts {
            graph,
            targets,
            tallies,
            ..
        } = &self.facts;
        let packages: BTreeSet<&str> = targets.iter().map(|it| it.package.as_str()).collect();
        Counts {
            packages: packages.len(),
            targets: targets.len(),
            modules: graph.modules.len(),
            items: graph.nodes.len(),
            uses,
            lines: tallies.iter().map(|tally| tally.lines).sum(),
        }
    }

    /// Could a module be a library?
    fn is_worth_a_look(&self, id: ModuleId) -> bool {
        let Facts {
            graph,
            targets,
            tallies,
            ..
        } = &self.facts;
        let module = &graph.modules[id];
        let target = &targets[module.tree];
        let packages = &self.options.packages;
        let wanted = packages.is_empty() || packages.contains(&target.package);
        let mut below = id..module.end;
        let has_items = below.any(|id| tallies[id].items > 0);
        let is_test = self.facts.is_of_tests(id);
        let left_out = self.left_out.contains(module.file.as_path());
        wanted && has_items && !is_test && !target.proc_macro && !left_out
    }

    fn candidates(&self, listener: &mut Listener<'_>) -> Vec<Candidate> {
        let mut closures = Closures::new(self.facts.graph, MOST_ALONG);
        let worth = |id: ModuleId| self.is_worth_a_look(id);
        let used_within = |part: &Selection, of: &Selection| self.facts.is_used_within(part, of);
        let selections = selections(self.facts.graph, &mut closures, &worth, &used_within);
        let mut candidates = Vec::new();
        for (nth, selection) in selections.iter().enumerate() {
            if nth % 50 == 0 {
                listener(Event::Progress(format!("{nth} of {}", selections.len())));
            }
            candidates.push(self.facts.candidate(&mut closures, selection));
        }
        candidates
    }
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
                let first = crate::model::with_sources(&error);
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
        let package = package_of_id(&failed.package).0;
        format!("{} {} of {package}", failed.kind, failed.target)
    });
    let features = map.failed_features.iter();
    let features = features.map(|FailedFeatures { features, .. }| features.to_string());
    let all: BTreeSet<String> = targets.chain(features).collect();
    all.into_iter().collect()
}
