//! The routes: the sparse index and the web API, as cargo wants them.
//!
//! Source: the cargo book, "Registry Web API" and "Index Format".

use std::num::NonZeroUsize;
use std::sync::Arc;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use camino::Utf8PathBuf;
use serde::Deserialize;
use serde_json::{Value, json};

use super::about::{about_crate, about_version, about_versions};
use super::access::{Reader, Writer};
use super::catalogue::Catalogue;
use super::pages;
use super::refusal::Refusal;
use super::token::load_tokens;
use crate::model::{Digest, RegistryName};
use crate::registry::{Config, decode_publish};

/// What all handlers share.
pub(super) struct Site {
    pub(super) catalogue: Catalogue,
    pub(super) data: Utf8PathBuf,
    /// Without a slash at its end.
    pub(super) base_url: String,
    /// What people call it in cargo's configuration.
    pub(super) name: RegistryName,
    pub(super) open_reads: bool,
    /// In bytes.
    pub(super) max_crate: usize,
}

pub(super) type Shared = Arc<Site>;

/// A publish request's metadata, its readme included, may have this many bytes.
const MAX_METADATA: usize = 2 << 20;

/// The service of a site.
pub(super) fn router(site: Shared) -> Router {
    let body_limit = DefaultBodyLimit::max(site.max_crate + MAX_METADATA);
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/me", get(me))
        .route("/index/config.json", get(config))
        .route("/index/{*path}", get(index))
        .route("/", get(pages::list))
        .route("/crates/{name}", get(pages::krate))
        .route("/crates/{name}/{version}", get(pages::version))
        .route("/style.css", get(pages::style))
        .route("/api/v1/crates", get(search))
        .route("/api/v1/crates/{name}", get(about_crate))
        .route("/api/v1/crates/{name}/versions", get(about_versions))
        .route("/api/v1/crates/{name}/{version}", get(about_version))
        .route("/api/v1/crates/new", put(publish).layer(body_limit))
        .route("/api/v1/crates/{name}/{version}/download", get(download))
        .route("/api/v1/crates/{name}/{version}/yank", delete(yank))
        .route("/api/v1/crates/{name}/{version}/unyank", put(unyank))
        .route(
            "/api/v1/crates/{name}/owners",
            get(owners).put(add_owners).delete(remove_owners),
        )
        .fallback(async || Refusal::Missing("there is nothing here".to_owned()))
        .method_not_allowed_fallback(async || {
            let detail = "there is nothing here for that method".to_owned();
            (StatusCode::METHOD_NOT_ALLOWED, Refusal::Missing(detail))
        })
        .layer(middleware::from_fn(log_request))
        .with_state(site)
}

/// A line a request. Who asked is in no header that may be logged; who changed something is
/// logged where it happens.
async fn log_request(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = tokio::time::Instant::now();
    let response = next.run(request).await;
    let (status, ms) = (response.status().as_u16(), start.elapsed().as_millis());
    if status < 500 {
        tracing::info!(%method, path, status, ms, "request");
    } else {
        tracing::error!(%method, path, status, ms, "request");
    }
    response
}

/// Runs what waits for the disk where it holds up nobody.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "request panicked");
            Err(Refusal::Failed)
        }
    }
}

/// Where `cargo login` sends a person.
async fn me() -> &'static str {
    "Whoever runs this registry makes a token for you:\n\n    \
     cargo quarry registry token add --data DIR --name YOU --scope publish\n\n\
     Then `cargo login --registry NAME` asks for it.\n"
}

async fn config(_: Reader, State(site): State<Shared>, headers: HeaderMap) -> Response {
    let config = Config::at(&site.base_url, !site.open_reads);
    let json = serde_json::to_vec(&config).expect("strings serialise");
    tagged(json, "application/json", &headers)
}

async fn index(
    _: Reader,
    State(site): State<Shared>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let bytes = blocking(move || site.catalogue.index_file(&path)).await?;
    Ok(tagged(bytes, "text/plain; charset=utf-8", &headers))
}

/// The bytes with a strong tag, or only the news that the client has them.
fn tagged(bytes: Vec<u8>, content_type: &'static str, request: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", &Digest::of(&bytes).as_str()[..32]);
    let known = request.get_all(header::IF_NONE_MATCH).iter();
    let has = known.filter_map(|value| value.to_str().ok()).any(|value| {
        let mut tags = value.split(',').map(str::trim);
        tags.any(|known| known == "*" || known.trim_start_matches("W/") == tag)
    });
    let headers = [
        (header::ETAG, tag.as_str()),
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    if has {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, bytes).into_response()
    }
}

async fn download(
    _: Reader,
    State(site): State<Shared>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let bytes = blocking(move || site.catalogue.download(&name, &version)).await?;
    Ok(([(header::CONTENT_TYPE, "application/gzip")], bytes).into_response())
}

#[derive(Deserialize)]
struct SearchQuery {
    #[serde(default)]
    q: String,
    per_page: Option<usize>,
    /// Counted from 1.
    page: Option<NonZeroUsize>,
}

async fn search(
    _: Reader,
    State(site): State<Shared>,
    Query(query): Query<SearchQuery>,
) -> Result<Json<Value>, Refusal> {
    let limit = query.per_page.unwrap_or(10).min(100);
    let skip = query
        .page
        .map_or(0, |page| (page.get() - 1).saturating_mul(limit));
    let work = move || Ok(site.catalogue.search(&query.q, skip, limit));
    let (crates, total) = blocking(work).await?;
    Ok(Json(json!({"crates": crates, "meta": {"total": total}})))
}

async fn publish(
    Writer(token): Writer,
    State(site): State<Shared>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let limit = site.max_crate;
    let too_large =
        move || Refusal::TooLarge(format!("a package may have {limit} bytes, this has more"));
    // Refused before it is read: cargo waits for a word before it sends much.
    if request.body().size_hint().lower() > (limit + MAX_METADATA) as u64 {
        return Err(too_large());
    }
    let body = Bytes::from_request(request, &site).await;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Refusal::Invalid(rejection.body_text()),
    })?;
    let other = blocking(move || {
        let request = decode_publish(&body).map_err(|error| Refusal::invalid(&error))?;
        if request.package.len() > limit {
            return Err(too_large());
        }
        site.catalogue.publish(&token, &request)
    })
    .await?;
    let warnings = json!({"invalid_categories": [], "invalid_badges": [], "other": other});
    Ok(Json(json!({"warnings": warnings})))
}

async fn yank(
    writer: Writer,
    State(site): State<Shared>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    set_yanked(writer, site, name, version, true).await
}

async fn unyank(
    writer: Writer,
    State(site): State<Shared>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    set_yanked(writer, site, name, version, false).await
}

async fn set_yanked(
    Writer(token): Writer,
    site: Shared,
    name: String,
    version: String,
    yanked: bool,
) -> Result<Json<Value>, Refusal> {
    let work = move || site.catalogue.set_yanked(&token, &name, &version, yanked);
    blocking(work).await?;
    Ok(Json(json!({"ok": true})))
}

async fn owners(
    _: Reader,
    State(site): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let owners = blocking(move || site.catalogue.owners(&name)).await?;
    let user = |(id, login): (usize, &String)| json!({"id": id, "login": login, "name": null});
    let users: Vec<Value> = owners.iter().enumerate().map(user).collect();
    Ok(Json(json!({"users": users})))
}

#[derive(Deserialize)]
struct OwnersBody {
    users: Vec<String>,
}

async fn add_owners(
    Writer(token): Writer,
    State(site): State<Shared>,
    Path(name): Path<String>,
    Json(OwnersBody { users }): Json<OwnersBody>,
) -> Result<Json<Value>, Refusal> {
    let owners = blocking(move || {
        let tokens = load_tokens(&site.data)?;
        if let Some(user) = users
            .iter()
            .find(|user| tokens.iter().all(|t| t.name != **user))
        {
            let detail = format!("no token is called `{user}`: an owner is who holds a token");
            return Err(Refusal::Missing(detail));
        }
        site.catalogue.change_owners(&token, &name, &users, &[])
    })
    .await?;
    Ok(owners_changed(&owners))
}

async fn remove_owners(
    Writer(token): Writer,
    State(site): State<Shared>,
    Path(name): Path<String>,
    Json(OwnersBody { users }): Json<OwnersBody>,
) -> Result<Json<Value>, Refusal> {
    let work = move || site.catalogue.change_owners(&token, &name, &[], &users);
    Ok(owners_changed(&blocking(work).await?))
}

/// Cargo wants both fields, and shows the second.
fn owners_changed(owners: &[String]) -> Json<Value> {
    let message = format!("its owners are now {}", owners.join(", "));
    Json(json!({"ok": true, "msg": message}))
}
