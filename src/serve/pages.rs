//! Pages for people: what there is, and all about one crate. Plain HTML, no scripts; all that a
//! page loads is its style sheet.

use std::sync::LazyLock;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};
use serde::{Deserialize, Serialize};

use super::access::Visitor;
use super::catalogue::{CrateView, Dependent, day};
use super::refusal::Refusal;
use super::routes::{Shared, Site, blocking};
use crate::manifest::{Deprecated, Deprecation};
use crate::markdown::{Showing, Source, Tags, render_markdown, without_title};
use crate::registry::{CRATES_IO_INDEX, DependencyKind, IndexDependency, IndexEntry};

/// So many crates are listed at once.
const LISTED: usize = 500;

const TEMPLATES: [(&str, &str); 4] = [
    ("base.html", include_str!("pages/base.html")),
    ("list.html", include_str!("pages/list.html")),
    ("crate.html", include_str!("pages/crate.html")),
    ("refusal.html", include_str!("pages/refusal.html")),
];

/// A page loads the style sheet and nothing else, sends forms to this registry only, and is
/// shown in no frame; a link out of it does not say where it was.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "private, no-cache"),
];

#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    q: String,
}

/// All crates, or those that a search finds.
pub(super) async fn list(
    _: Visitor,
    State(site): State<Shared>,
    Query(ListQuery { q }): Query<ListQuery>,
) -> Response {
    let shared = site.clone();
    let page = blocking(move || {
        let (crates, total) = site.catalogue.search(q.trim(), 0, LISTED);
        let crates = Value::from(Serde(&crates));
        let page = context! { crates, total, query => q.trim() };
        render(&site, "list.html", page)
    });
    answer(&shared, page.await)
}

/// A crate by its latest version.
pub(super) async fn krate(
    visitor: Visitor,
    State(site): State<Shared>,
    Path(name): Path<String>,
) -> Response {
    show(visitor, site, name, None).await
}

/// A crate by one of its versions.
pub(super) async fn version(
    visitor: Visitor,
    State(site): State<Shared>,
    Path((name, version)): Path<(String, String)>,
) -> Response {
    show(visitor, site, name, Some(version)).await
}

async fn show(_: Visitor, site: Shared, name: String, version: Option<String>) -> Response {
    let shared = site.clone();
    let page = blocking(move || {
        let view = site.catalogue.view(&name, version.as_deref())?;
        let dependents = site.catalogue.dependents(&view.name);
        let changelog = site.catalogue.changelog(&view.name, &view.latest.vers)?;
        // The latest version knows most.
        let ledger = site.catalogue.deprecations(&view.name, &view.latest.vers)?;
        let folder = site.catalogue.folder(&view.name, &view.chosen.vers)?;
        let said = view.metadata.as_ref();
        let source = said.and_then(|m| Source::new(m.repository.as_deref()?, &folder));
        let page = CratePage::new(
            &site.base_url,
            view,
            dependents,
            changelog.as_deref(),
            source.as_ref(),
            &ledger,
        );
        render(&site, "crate.html", Value::from(Serde(&page)))
    });
    answer(&shared, page.await)
}

/// The style sheet. It holds no secret, and a page that asks for a token wants it, too.
pub(super) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("pages/style.css")).into_response()
}

/// What a browser shows of a refusal.
pub(super) fn refuse(site: &Site, refusal: &Refusal) -> Response {
    let (title, unauthorised) = match refusal {
        Refusal::Unauthorised { .. } => ("A token, please", true),
        Refusal::Missing(_) => ("Not here", false),
        Refusal::Forbidden(_)
        | Refusal::Conflict(_)
        | Refusal::Invalid(_)
        | Refusal::TooLarge(_)
        | Refusal::Failed => ("That went wrong", false),
    };
    let page = context! { title, unauthorised, detail => refusal.to_string() };
    let text = render(site, "refusal.html", page).unwrap_or_default();
    let mut response = (refusal.status(), HEADERS, text).into_response();
    if unauthorised {
        let challenge =
            header::HeaderValue::from_static("Basic realm=\"cargo\", charset=\"UTF-8\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn answer(site: &Site, page: Result<String, Refusal>) -> Response {
    match page {
        Ok(text) => (StatusCode::OK, HEADERS, text).into_response(),
        Err(refusal) => refuse(site, &refusal),
    }
}

fn render(site: &Site, template: &str, page: Value) -> Result<String, Refusal> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
        let mut environment = Environment::new();
        for (name, source) in TEMPLATES {
            let added = environment.add_template(name, source);
            added.expect("the templates are tested");
        }
        environment
    });
    // Checked where it entered: no character in it means anything to HTML.
    let base = Value::from_safe_string(site.base_url.clone());
    let page = context! { base, registry => site.name.as_str(), ..page };
    let template = ENVIRONMENT.get_template(template);
    template.and_then(|t| t.render(page)).map_err(|error| {
        tracing::error!(%error, "cannot render a page");
        Refusal::Failed
    })
}

/// What the page of a crate shows.
#[derive(Debug, Serialize)]
struct CratePage {
    name: String,
    version: String,
    latest: String,
    is_latest: bool,
    yanked: bool,
    /// Is the version that is shown deprecated?
    deprecated: Option<DeprecationRow>,
    /// All that is deprecated.
    deprecations: Vec<DeprecationRow>,
    description: Option<String>,
    license: Option<String>,
    rust_version: Option<String>,
    published: Option<String>,
    owners: Vec<String>,
    links: Vec<Link>,
    versions: Vec<VersionRow>,
    dependencies: Vec<DependencyGroup>,
    dependents: Vec<Dependent>,
    /// HTML.
    readme: Option<String>,
    /// HTML.
    changelog: Option<String>,
}

#[derive(Debug, Serialize)]
struct Link {
    label: &'static str,
    url: String,
}

#[derive(Debug, Serialize)]
struct VersionRow {
    version: String,
    published: Option<String>,
    yanked: bool,
    deprecated: bool,
}

/// A version or an item that should be used no longer.
#[derive(Debug, Serialize)]
struct DeprecationRow {
    what: String,
    is_item: bool,
    reason: String,
    advice: String,
}

impl DeprecationRow {
    fn new(entry: &Deprecation) -> Self {
        let (what, is_item) = match &entry.what {
            Deprecated::Version(version) => (version.to_string(), false),
            Deprecated::Item(path) => (path.clone(), true),
        };
        Self {
            what,
            is_item,
            reason: entry.reason.clone(),
            advice: entry.advice(),
        }
    }
}

#[derive(Debug, Serialize)]
struct DependencyGroup {
    title: &'static str,
    dependencies: Vec<DependencyRow>,
}

#[derive(Debug, Serialize)]
struct DependencyRow {
    name: String,
    url: Option<String>,
    req: String,
    note: String,
}

impl CratePage {
    fn new(
        base_url: &str,
        view: CrateView,
        dependents: Vec<Dependent>,
        changelog: Option<&str>,
        source: Option<&Source>,
        ledger: &[Deprecation],
    ) -> Self {
        let CrateView {
            name,
            versions,
            latest,
            chosen,
            metadata,
            owners,
        } = view;
        let said = metadata.as_ref();
        let links = [
            ("Repository", said.and_then(|m| m.repository.clone())),
            ("Documentation", said.and_then(|m| m.documentation.clone())),
            ("Home page", said.and_then(|m| m.homepage.clone())),
        ];
        let links = links.into_iter().filter_map(|(label, url)| {
            let url = url.filter(|url| is_web(url))?;
            Some(Link { label, url })
        });
        let versions = versions.iter().map(|entry| VersionRow {
            version: entry.vers.to_string(),
            published: day(entry),
            yanked: entry.yanked,
            deprecated: of_version(ledger, entry).is_some(),
        });
        let groups = [
            ("Dependencies", DependencyKind::Normal),
            ("Build dependencies", DependencyKind::Build),
            ("Development dependencies", DependencyKind::Dev),
        ];
        let groups = groups.into_iter().map(|(title, kind)| {
            let of_kind = chosen.deps.iter().filter(|d| d.kind == kind);
            let mut dependencies: Vec<_> = of_kind.map(|d| row(base_url, d)).collect();
            dependencies.sort_by(|a, b| a.name.cmp(&b.name));
            DependencyGroup {
                title,
                dependencies,
            }
        });
        let showing = Showing {
            source,
            lowered: 1,
            tags: Tags::Dropped,
        };
        let html = |text: &str| render_markdown(without_title(text), showing);
        Self {
            links: links.collect(),
            versions: versions.collect(),
            dependencies: groups.filter(|g| !g.dependencies.is_empty()).collect(),
            dependents,
            readme: said.and_then(|m| m.readme.as_deref()).map(html),
            changelog: changelog.map(html),
            description: said.and_then(|m| m.description.clone()),
            license: said.and_then(|m| m.license.clone()),
            rust_version: chosen.rust_version.clone(),
            published: day(&chosen),
            is_latest: chosen.vers == latest.vers,
            yanked: chosen.yanked,
            deprecated: of_version(ledger, &chosen).map(DeprecationRow::new),
            deprecations: ledger.iter().map(DeprecationRow::new).collect(),
            name: name.to_string(),
            version: chosen.vers.to_string(),
            latest: latest.vers.to_string(),
            owners,
        }
    }
}

/// The entry on a version.
fn of_version<'a>(ledger: &'a [Deprecation], entry: &IndexEntry) -> Option<&'a Deprecation> {
    ledger.iter().find(|deprecation| match &deprecation.what {
        Deprecated::Version(version) => entry.is_version(version),
        Deprecated::Item(_) => false,
    })
}

fn row(base_url: &str, dependency: &IndexDependency) -> DependencyRow {
    let real = dependency.package.as_ref().unwrap_or(&dependency.name);
    let url = match dependency.registry.as_deref() {
        None => Some(format!("{base_url}/crates/{real}")),
        Some(CRATES_IO_INDEX) => Some(format!("https://crates.io/crates/{real}")),
        Some(_) => None,
    };
    let optional = dependency.optional.then_some("optional");
    let renamed = (*real != dependency.name).then(|| format!("as {}", dependency.name));
    let foreign = match dependency.registry.as_deref() {
        Some(index) if index != CRATES_IO_INDEX => Some(format!("from {index}")),
        _ => None,
    };
    let notes = [
        renamed.as_deref(),
        optional,
        dependency.target.as_deref(),
        foreign.as_deref(),
    ];
    DependencyRow {
        name: real.clone(),
        url: url.filter(|_| is_plain(real)),
        req: dependency.req.clone(),
        note: notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

/// Publishers write these links: nothing but the web.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
