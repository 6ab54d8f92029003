//! What holds for every filtered history, on random ones.

use std::collections::BTreeMap;

use cargo_quarry::git::Written;
use cargo_quarry::model::CommitId;

use super::{Mono, text};

/// What one commit of a random history does, as bytes that decide.
type Op = (u8, u8, u8, u8);

/// One commit of the model: parents by index, files by path.
struct Model {
    parents: Vec<usize>,
    files: BTreeMap<String, String>,
}

fn model(script: &[Op]) -> Vec<Model> {
    let name =
        |byte: u8| ["a.rs", "b.rs", "d/a.rs", "d/c.rs", "e/f/g.rs"][byte as usize % 5].to_owned();
    let root = BTreeMap::from([(name(0), text("a", 0)), (name(2), text("c", 0))]);
    let mut commits = vec![Model {
        parents: Vec::new(),
        files: root,
    }];
    for (step, (kind, a, b, c)) in script.iter().enumerate() {
        let parent = commits.len() - 1 - (*c as usize % 3).min(commits.len() - 1);
        let mut parents = vec![parent];
        let mut files = commits[parent].files.clone();
        let version = u32::try_from(step).unwrap() + 1;
        let (from, to) = (name(*a), name(*b));
        match kind % 6 {
            0 | 1 => {
                let old = files.remove(&from).unwrap_or_else(|| text(&from, version));
                files.insert(from, format!("{old}{version}\n"));
            }
            2 => {
                if let Some(old) = files.remove(&from) {
                    files.insert(to, old);
                }
            }
            3 => {
                files.remove(&from);
            }
            4 => {
                if let Some(old) = files.get(&from).cloned() {
                    files.insert(to, format!("{old}split {version}\n"));
                    files.insert(from, format!("{old}rest {version}\n"));
                }
            }
            _ => {
                let other = *b as usize % commits.len();
                if other != parent {
                    parents.push(other);
                    let theirs = commits[other].files.clone();
                    let ours = |path: &String| path.len() % 2 == *a as usize % 2;
                    files.retain(|path, _| ours(path) || theirs.contains_key(path));
                    for (path, content) in theirs {
                        if !ours(&path) || !files.contains_key(&path) {
                            files.insert(path, content);
                        }
                    }
                }
            }
        }
        commits.push(Model { parents, files });
    }
    commits
}

/// The model as a stream for `git fast-import`.
fn stream(commits: &[Model]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for (at, commit) in commits.iter().enumerate() {
        let time = 1_700_000_000 + at * 60;
        let who = format!("Ann <ann@example.com> {time} +0000");
        let message = format!("commit {at}");
        // Fresh branches each, so that nothing is taken from where the last one was.
        writeln!(out, "commit refs/heads/b{at}\nmark :{}", at + 1).unwrap();
        writeln!(
            out,
            "author {who}\ncommitter {who}\ndata {}\n{message}",
            message.len()
        )
        .unwrap();
        for (n, parent) in commit.parents.iter().enumerate() {
            writeln!(out, "{} :{}", ["from", "merge"][n], parent + 1).unwrap();
        }
        out.push_str("deleteall\n");
        for (path, content) in &commit.files {
            writeln!(
                out,
                "M 100644 inline {path}\ndata {}\n{content}",
                content.len()
            )
            .unwrap();
        }
        out.push('\n');
    }
    out
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_blob_of_a_random_history_is_the_originals(script in proptest::collection::vec(proptest::arbitrary::any::<Op>(), 1..24), count in 1..4_usize) {
        let commits = model(&script);
        let mono = Mono::new();
        mono.0.write("stream", &stream(&commits));
        let input = std::fs::File::open(mono.0.path("stream")).unwrap();
        let mut import = mono.0.command("git", "mono");
        let status = import.args(["fast-import", "--quiet"]).stdin(input).status().unwrap();
        assert!(status.success());
        mono.git(&["reset", "-q", "--hard", &format!("b{}", commits.len() - 1)]);
        let head = &commits.last().unwrap().files;
        let targets: Vec<(String, String)> =
            head.keys().take(count).map(|path| (path.clone(), format!("src/{path}"))).collect();
        let files: Vec<(&str, &str)> =
            targets.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        if !files.is_empty() {
            let written = mono.filter(&files);
            check_shape(&mono, &written);
        }
    }
}

/// Each filtered commit comes from what its original came from, and changes something.
fn check_shape(mono: &Mono, written: &Written) {
    let back: BTreeMap<&CommitId, &CommitId> = written
        .map
        .iter()
        .map(|(original, new)| (new, original))
        .collect();
    let log = mono.lib(&["log", "--format=%H %T %P"]);
    let trees: BTreeMap<&str, &str> = log.lines().map(|l| (&l[..40], &l[41..81])).collect();
    for line in log.lines() {
        let (id, tree) = (&line[..40], &line[41..81]);
        let parents: Vec<&str> = line[81..].split_whitespace().collect();
        for parent in &parents {
            let (original, before) = (CommitId::new(id).unwrap(), CommitId::new(parent).unwrap());
            let args = [
                "merge-base",
                "--is-ancestor",
                back[&before].as_str(),
                back[&original].as_str(),
            ];
            mono.git(&args);
        }
        if let [parent] = parents[..] {
            assert_ne!(tree, trees[parent], "{id} changes nothing");
        }
    }
}
