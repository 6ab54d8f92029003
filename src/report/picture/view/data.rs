//! What the script knows: the map, and the candidates in full, without what would make the page
//! heavy.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map as Object, Value};

use super::super::document::{Candidate, Map, Needs, Obstacle, Place, Size};
use super::super::words;

/// So many obstacles of a candidate are on the page, those that bring most.
const MOST_OBSTACLES: usize = 20;

#[derive(Debug, Serialize)]
pub(super) struct Data<'a> {
    name: &'a str,
    candidates: Vec<InFull>,
    map: &'a Map,
}

#[derive(Debug, Serialize)]
struct InFull {
    rank: usize,
    name: String,
    package: String,
    /// Its modules, as indexes of the map's areas.
    areas: Vec<usize>,
    score: f64,
    parts: BTreeMap<String, f64>,
    advice: String,
    character: String,
    size: Size,
    face: Value,
    needs: Needs,
    users: Users,
    obstacles: Vec<InTheWay>,
    obstacles_in_all: usize,
    files: Vec<String>,
    cost: Option<Value>,
    command: String,
}

#[derive(Debug, Serialize)]
struct Users {
    modules: Vec<User>,
    #[serde(flatten)]
    rest: Object<String, Value>,
}

/// A module that uses a candidate.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum User {
    /// An area of the map.
    Area(usize),
    /// It is not on the map.
    Name(String),
}

#[derive(Debug, Serialize)]
struct InTheWay {
    item: String,
    kind: String,
    place: String,
    used_at: Vec<String>,
    uses: usize,
    items: usize,
    lines: usize,
    more: bool,
    way_out: String,
}

impl<'a> Data<'a> {
    pub(super) fn new(name: &'a str, candidates: Vec<Candidate>, map: &'a Map) -> Self {
        let areas = map.areas.iter().enumerate();
        let areas: BTreeMap<&str, usize> = areas.map(|(at, it)| (it.name.as_str(), at)).collect();
        let candidates = candidates.into_iter().map(|it| InFull::new(it, &areas));
        Self {
            name,
            candidates: candidates.collect(),
            map,
        }
    }
}

impl InFull {
    fn new(it: Candidate, areas: &BTreeMap<&str, usize>) -> Self {
        let modules = it.modules.iter().map(|module| words::area(&it, module));
        let found = modules.filter_map(|name| areas.get(name.as_str()).copied());
        let user = |name: String| match areas.get(name.as_str()) {
            Some(at) => User::Area(*at),
            None => User::Name(name),
        };
        Self {
            areas: found.collect(),
            name: words::name(&it),
            rank: it.rank,
            package: it.package,
            score: it.score,
            parts: it.parts,
            advice: it.advice,
            character: it.character,
            size: it.size,
            face: it.face,
            needs: it.needs,
            users: Users {
                modules: it.users.modules.into_iter().map(user).collect(),
                rest: it.users.rest,
            },
            obstacles_in_all: it.obstacles.len(),
            obstacles: it
                .obstacles
                .into_iter()
                .take(MOST_OBSTACLES)
                .map(InTheWay::new)
                .collect(),
            files: it.files,
            cost: it.cost,
            command: it.command,
        }
    }
}

impl InTheWay {
    fn new(it: Obstacle) -> Self {
        let place = |place: &Place| format!("{}:{}", place.file, place.line);
        Self {
            place: place(&it.place),
            used_at: it.used_at.iter().map(place).collect(),
            item: it.item,
            kind: it.kind,
            uses: it.uses,
            items: it.items,
            lines: it.lines,
            more: it.more,
            way_out: it.way_out,
        }
    }
}
