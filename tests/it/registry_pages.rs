//! The pages of the embedded registry, and what bots ask it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::registry::{library, publish};
use crate::registry_protocol::{get, publish_body, put, request};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

const README: &str = "\
# acme-retry

Retries with <b onclick=\"x()\">backoff</b>. <script>alert(1)</script>

[bad](javascript:alert(1)) ![badge](https://example.com/badge.svg)
";

/// Two versions of a library, one of them yanked, and one that depends on it.
pub fn organisation(sandbox: &Sandbox) -> TestRegistry<'_> {
    let registry = TestRegistry::start(sandbox);
    let repository = "repository = \"https://git.example.com/acme-retry\"";
    sandbox.write("acme-retry/README.md", README);
    sandbox.write(
        "acme-retry/CHANGELOG.md",
        "# Changelog\n\n## [0.1.1]\n\n- Waits *longer*.\n",
    );
    for version in ["0.1.0", "0.1.1"] {
        library(sandbox, "acme-retry", version, repository, "");
        publish(&registry, "acme-retry");
    }
    registry.cargo(
        &["yank", "--registry", "internal", "acme-retry@0.1.0"],
        "acme-retry",
    );
    let dependency = "[dependencies]\n\
         again = { package = \"acme-retry\", version = \"0.1.1\", registry = \"internal\" }";
    library(sandbox, "acme-http", "2.0.0", dependency, "");
    publish(&registry, "acme-http");
    registry
}

/// A page as a browser gets it, whose user gave the token as password.
pub fn page(registry: &TestRegistry<'_>, path: &str) -> (u16, String) {
    let credentials = STANDARD.encode(format!("me:{}", registry.token));
    let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Basic {credentials}");
    let (status, html) = request(registry, &head, b"");
    (status, html.replace("&#x2f;", "/"))
}

#[test]
fn a_crate_has_a_page_with_all_that_belongs_to_it() {
    let sandbox = Sandbox::new();
    let registry = organisation(&sandbox);
    let base = registry.base_url();
    let (status, html) = page(&registry, "/crates/acme-retry");
    assert_eq!(status, 200, "{html}");
    for part in [
        "<h1>acme-retry <small>0.1.1</small></h1>",
        "cargo add --registry internal acme-retry",
        "<p>Retries with backoff. alert(1)</p>",
        "<p>bad <a href=\"https://example.com/badge.svg\">badge</a></p>",
        "<h3>[0.1.1]</h3>",
        "<li>Waits <em>longer</em>.</li>",
        "<a href=\"https://git.example.com/acme-retry\">Repository</a>",
        "<s>0.1.0</s></a> <span class=\"yanked\">yanked</span></span><span>2026-01-01</span>",
        &format!("<a href=\"{base}/crates/acme-http\">acme-http</a>"),
        "<span>^0.1.1</span>",
        "content-security-policy: default-src 'none'; style-src 'self'",
    ] {
        assert!(html.contains(part), "{part}\n{html}");
    }
    assert!(!html.contains("<script") && !html.contains("onclick"));
    let (_, html) = page(&registry, "/crates/acme-retry/0.1.0");
    assert!(html.contains("Yanked</span>: only lock files"), "{html}");
    assert!(html.contains("cargo add --registry internal acme-retry@0.1.0"));
    let (_, html) = page(&registry, "/crates/acme-http");
    let dependency = format!("<a href=\"{base}/crates/acme-retry\">acme-retry</a>");
    assert!(
        html.contains(&dependency) && html.contains("as again"),
        "{html}"
    );
    assert!(html.contains("No crate in this registry"));

    let (_, html) = page(&registry, "/");
    assert!(html.contains("<h1>2 crates</h1>"), "{html}");
    let (_, html) = page(&registry, "/?q=HTTP");
    assert!(html.contains("1 crate with “HTTP”"), "{html}");
    assert!(html.contains("acme-http</a>") && !html.contains("acme-retry</a>"));
    let (_, html) = page(&registry, "/?q=%3Cscript%3E%22");
    assert!(html.contains("with “&lt;script&gt;&quot;”"), "{html}");
    for missing in ["/crates/acme-none", "/crates/acme-retry/9.0.0"] {
        let (status, html) = page(&registry, missing);
        assert_eq!(status, 404);
        assert!(html.contains("<h1>Not here</h1>"), "{html}");
    }
}

/// Cargo says in the package which folder of the repository it is.
#[test]
fn a_readme_is_linked_to_what_is_beside_it() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    let repository = "repository = \"https://github.com/acme/mono\"";
    library(&sandbox, "mono/acme-sub", "0.1.0", repository, "");
    let manifest = sandbox.read("mono/acme-sub/Cargo.toml");
    sandbox.write(
        "mono/acme-sub/Cargo.toml",
        &manifest.replace("mono/acme-sub\"", "acme-sub\""),
    );
    sandbox.write("mono/acme-sub/README.md", "[guide](docs/guide.md)\n");
    sandbox.write("mono/.gitignore", "target\nCargo.lock\n");
    sandbox.git(&["init", "--quiet"], "mono");
    sandbox.git(&["add", "."], "mono");
    sandbox.git(&["commit", "--quiet", "-m", "All"], "mono");
    publish(&registry, "mono/acme-sub");
    let (_, html) = page(&registry, "/crates/acme-sub");
    let link =
        "<a href=\"https://github.com/acme/mono/blob/HEAD/acme-sub/docs/guide.md\">guide</a>";
    assert!(html.contains(link), "{html}");
}

#[test]
fn pages_ask_a_browser_for_a_token_and_change_nothing() {
    let sandbox = Sandbox::new();
    let registry = organisation(&sandbox);
    for path in ["/", "/crates/acme-retry", "/crates/acme-retry/0.1.0"] {
        let wrong = STANDARD.encode("me:quarry_wrong");
        for header in ["", &format!("\r\nAuthorization: Basic {wrong}")] {
            let (status, answer) = request(&registry, &format!("GET {path} HTTP/1.1{header}"), b"");
            assert_eq!(status, 401, "{path}");
            assert!(
                answer.contains("www-authenticate: Basic realm=\"cargo\""),
                "{answer}"
            );
            assert!(!answer.contains("acme-retry"), "{answer}");
        }
    }
    assert_eq!(request(&registry, "GET /style.css HTTP/1.1", b"").0, 200);
    // A browser sends what it knows with every request, whoever makes it do so.
    let credentials = STANDARD.encode(format!("me:{}", registry.token));
    let yank = format!(
        "DELETE /api/v1/crates/acme-retry/0.1.1/yank HTTP/1.1\r\nAuthorization: Basic {credentials}"
    );
    assert_eq!(request(&registry, &yank, b"").0, 401);
}

#[test]
fn bots_find_the_repository_and_the_versions() {
    let sandbox = Sandbox::new();
    let registry = organisation(&sandbox);
    let json = |path: &str| -> serde_json::Value {
        let (status, answer) = get(&registry, path, "");
        assert_eq!(status, 200, "{answer}");
        let body = answer.split_once("\r\n\r\n").expect("a body").1;
        serde_json::from_str(body).expect("JSON")
    };
    // As Renovate asks.
    let answer = json("/api/v1/crates/acme-retry?include=");
    let krate = &answer["crate"];
    assert_eq!(krate["repository"], "https://git.example.com/acme-retry");
    assert_eq!(krate["description"], "The library acme-retry");
    assert_eq!(krate["max_version"], "0.1.1");
    let versions = json("/api/v1/crates/acme-retry/versions");
    assert_eq!(versions["versions"], answer["versions"]);
    let rows: Vec<_> = answer["versions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|v| format!("{} {} {}", v["num"], v["yanked"], v["created_at"]))
        .collect();
    assert_eq!(
        rows,
        [
            r#""0.1.1" false "2026-01-01T00:00:00Z""#,
            r#""0.1.0" true "2026-01-01T00:00:00Z""#
        ]
    );
    let version = json("/api/v1/crates/acme-retry/0.1.0");
    assert_eq!(version["version"]["num"], "0.1.0");
    for missing in ["acme-none", "acme-none/versions", "acme-retry/9.0.0"] {
        let (status, answer) = get(&registry, &format!("/api/v1/crates/{missing}"), "");
        assert_eq!(status, 404);
        assert!(answer.contains(r#"{"errors":[{"detail":""#), "{answer}");
    }
}

#[test]
fn behind_a_proxy_all_links_are_those_that_people_reach() {
    let sandbox = Sandbox::new();
    let mut registry = TestRegistry::start(&sandbox);
    registry.kill();
    registry.restart_behind("https://git.example.com/crates/");
    let body = publish_body("acme-one", "1.0.0", "");
    assert_eq!(put(&registry, &registry.token, &body).0, 200);
    for path in ["/", "/crates/acme-one", "/none"] {
        let (_, html) = page(&registry, path);
        let base = "https://git.example.com/crates/";
        for attribute in ["href=\"", "action=\""] {
            for (at, _) in html.match_indices(attribute) {
                let link = &html[at + attribute.len()..];
                assert!(link.starts_with(base), "{link}");
            }
        }
        assert!(path == "/none" || html.contains(base), "{html}");
    }
}
