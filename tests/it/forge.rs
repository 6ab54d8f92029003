//! Pull requests and comments, on a stub that answers as GitHub's documentation says.

use std::sync::Mutex;

use cargo_quarry::forge::{Access, ForgeError, GitHub, PullRequest};
use cargo_quarry::model::Secret;
use serde_json::{Value, json as value};

use crate::stub::{Request, Response, Stub, json};

const REMOTE: &str = "git@github.com:acme/api.git";
const TOKEN: &str = "ghp_secret";

/// What GitHub holds.
#[derive(Default)]
struct Held {
    pulls: Vec<Value>,
    comments: Vec<Value>,
}

/// GitHub, as far as one repository, `acme/api`, goes.
pub fn github() -> Stub {
    let held = Mutex::new(Held::default());
    Stub::start(move |base, request| {
        if request.authorization() != format!("Bearer {TOKEN}") {
            return json(401, r#"{"message":"Bad credentials","status":"401"}"#);
        }
        let body = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut held = held.lock().expect("no panic");
        answer(base, request, &body, &mut held)
    })
}

fn answer(base: &str, request: &Request, body: &Value, held: &mut Held) -> Response {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let Some(path) = path.strip_prefix("/repos/acme/api") else {
        return json(404, r#"{"message":"Not Found","status":"404"}"#);
    };
    let number = |from: &str| path.strip_prefix(from)?.parse::<usize>().ok();
    match (request.method.as_str(), path) {
        ("GET", "") => json(200, r#"{"default_branch":"main"}"#),
        ("GET", "/pulls") => {
            let is_asked = |pull: &&Value| {
                let head = format!("acme:{}", pull["head"]["ref"].as_str().expect("a branch"));
                query.replace("%2F", "/").replace("%3A", ":") == format!("state=open&head={head}")
            };
            let listed: Vec<&Value> = held.pulls.iter().filter(is_asked).collect();
            json(200, &value!(listed).to_string())
        }
        ("POST", "/pulls") if body["base"] == "main" => {
            let number = held.pulls.len() + 1;
            let pull = value!({
                "number": number,
                "html_url": format!("{base}/acme/api/pull/{number}"),
                "head": { "ref": body["head"] },
                "title": body["title"],
                "body": body["body"],
            });
            held.pulls.push(pull.clone());
            json(201, &pull.to_string())
        }
        ("POST", "/pulls") => json(
            422,
            r#"{"message":"Validation Failed","errors":[{"resource":"PullRequest","field":"base","code":"invalid"}]}"#,
        ),
        ("PATCH", _) if number("/pulls/").is_some() => {
            let pull = &mut held.pulls[number("/pulls/").expect("a number") - 1];
            pull["title"] = body["title"].clone();
            pull["body"] = body["body"].clone();
            json(200, &pull.to_string())
        }
        ("GET", "/issues/1/comments") => {
            let page = query.strip_prefix("per_page=100&page=").expect("a page");
            let start = (page.parse::<usize>().expect("a number") - 1) * 100;
            let listed: Vec<&Value> = held.comments.iter().skip(start).take(100).collect();
            json(200, &value!(listed).to_string())
        }
        ("POST", "/issues/1/comments") => {
            let id = held.comments.len() + 1;
            let url = format!("{base}/acme/api/pull/1#issuecomment-{id}");
            let comment = value!({ "id": id, "html_url": url, "body": body["body"] });
            held.comments.push(comment.clone());
            json(201, &comment.to_string())
        }
        ("PATCH", _) if number("/issues/comments/").is_some() => {
            let comment = &mut held.comments[number("/issues/comments/").expect("a number") - 1];
            comment["body"] = body["body"].clone();
            json(200, &comment.to_string())
        }
        _ => json(404, r#"{"message":"Not Found","status":"404"}"#),
    }
}

fn access(url: &str, token: &str) -> Access {
    Access {
        api_url: Some(url.to_owned()),
        hosts: Vec::new(),
        token: Some(Secret::new(token)),
    }
}

fn wanted(body: &str) -> PullRequest<'_> {
    PullRequest {
        head: "quarry/upgrade-acme-retry-2.0.0",
        base: None,
        title: "Upgrade acme-retry to 2.0.0",
        body,
    }
}

/// The requests that changed something: method, path, body.
fn changes(stub: &Stub) -> Vec<String> {
    let seen = stub.seen.lock().expect("no panic");
    let changes = seen.iter().filter(|request| request.method != "GET");
    let line = |it: &Request| {
        let body = String::from_utf8_lossy(&it.body).into_owned();
        format!("{} {} {body}", it.method, it.path)
    };
    changes.map(line).collect()
}

#[test]
fn a_branch_has_one_pull_request() {
    let stub = github();
    let github = GitHub::open(REMOTE, &access(&stub.base_url, TOKEN)).expect("a repository");
    let opened = github.open_pull_request(&wanted("one")).expect("it opens");
    assert_eq!((opened.number, opened.was_open), (1, false));
    assert_eq!(opened.url, format!("{}/acme/api/pull/1", stub.base_url));
    let again = github
        .open_pull_request(&wanted("two"))
        .expect("it is open");
    assert_eq!((again.number, again.was_open), (1, true));
    assert_eq!(
        changes(&stub),
        [
            "POST /repos/acme/api/pulls {\"base\":\"main\",\"body\":\"one\",\"head\":\"quarry/upgrade-acme-retry-2.0.0\",\"title\":\"Upgrade acme-retry to 2.0.0\"}",
            "PATCH /repos/acme/api/pulls/1 {\"body\":\"two\",\"title\":\"Upgrade acme-retry to 2.0.0\"}",
        ]
    );
    let seen = stub.seen.lock().expect("no panic");
    for request in &*seen {
        assert_eq!(request.headers["accept"], "application/vnd.github+json");
        assert_eq!(request.headers["x-github-api-version"], "2022-11-28");
        assert!(request.headers["user-agent"].starts_with("cargo-quarry/"));
    }
}

#[test]
fn a_pull_request_has_one_comment_of_ours() {
    let stub = github();
    let github = GitHub::open(REMOTE, &access(&stub.base_url, TOKEN)).expect("a repository");
    // Those of others, more than a page; one of them quotes ours.
    for number in 0..101 {
        let other = format!("of another, {number}\n<!-- cargo-quarry: card -->");
        github
            .comment(1, &format!("other-{number}"), &other)
            .expect("it comments");
    }
    let made = github.comment(1, "card", "one").expect("it comments");
    assert!(!made.was_there);
    let again = github.comment(1, "card", "two").expect("it comments");
    assert!(again.was_there);
    assert_eq!(again.url, made.url);
    let changes = changes(&stub);
    assert_eq!(changes.len(), 103);
    assert_eq!(
        changes[102],
        "PATCH /repos/acme/api/issues/comments/102 {\"body\":\"<!-- cargo-quarry: card -->\\ntwo\"}"
    );
}

#[test]
fn refusals_name_the_repository_and_the_way_out_and_no_token() {
    let stub = github();
    let open = |remote: &str, token: &str| GitHub::open(remote, &access(&stub.base_url, token));
    let refused = |remote: &str, token: &str| {
        let github = open(remote, token).expect("a repository");
        github
            .open_pull_request(&wanted(""))
            .expect_err("it refuses")
    };
    let bad = refused(REMOTE, "ghp_another");
    assert_eq!(
        bad.to_string(),
        "cannot list the pull requests of acme/api: GitHub answers 401: Bad credentials"
    );
    assert!(bad.help().is_some_and(|help| help.contains("not valid")));
    assert!(!format!("{bad:?}{:?}", open(REMOTE, "ghp_another")).contains("ghp_"));
    let hidden = refused("https://github.com/acme/other", TOKEN);
    assert!(
        hidden.to_string().ends_with("answers 404: Not Found"),
        "{hidden}"
    );
    assert!(hidden.help().is_some_and(|help| help.contains("access")));
    let github = open(REMOTE, TOKEN).expect("a repository");
    let elsewhere = PullRequest {
        base: Some("gone"),
        ..wanted("")
    };
    let invalid = github
        .open_pull_request(&elsewhere)
        .expect_err("it refuses");
    assert_eq!(
        invalid.to_string(),
        "cannot open a pull request of acme/api: GitHub answers 422: Validation Failed: base is invalid"
    );
    let none = Access {
        token: None,
        ..access(&stub.base_url, "")
    };
    let none = GitHub::open(REMOTE, &none).expect_err("there is no token");
    assert!(
        none.help()
            .is_some_and(|help| help.contains("GITHUB_TOKEN")),
        "{none}"
    );
    let remote = "https://ann:hunter2@git.acme.example/acme/api.git";
    let error = open(remote, TOKEN).expect_err("nobody says that it is GitHub's");
    assert_eq!(
        error.to_string(),
        "https://git.acme.example/acme/api.git is not a repository on GitHub"
    );
    assert!(
        error
            .help()
            .is_some_and(|help| help.contains("GH_HOST=git.acme.example"))
    );
}

#[test]
fn a_token_follows_no_redirect() {
    let other = Stub::start(|_, _| json(200, "[]"));
    let to = other.base_url.clone();
    let moved = Stub::start(move |_, _| (301, format!("Location: {to}/x\r\n"), Vec::new()));
    let github = GitHub::open(REMOTE, &access(&moved.base_url, TOKEN)).expect("a repository");
    let error = github
        .open_pull_request(&wanted(""))
        .expect_err("it has moved");
    assert!(matches!(error, ForgeError::Moved { .. }), "{error}");
    assert!(other.seen.lock().expect("no panic").is_empty());
}
