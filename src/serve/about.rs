//! What bots ask of a crate, in the shape of crates.io's answers: Renovate finds the repository,
//! and with it the changelog, in `crate.repository`.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::access::Reader;
use super::catalogue::CrateView;
use super::refusal::Refusal;
use super::routes::{Shared, blocking};
use crate::registry::IndexEntry;

/// A crate and its versions.
pub(super) async fn about_crate(
    _: Reader,
    State(site): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let view = blocking(move || site.catalogue.view(&name, None)).await?;
    Ok(Json(
        json!({"crate": crate_json(&view), "versions": versions_json(&view)}),
    ))
}

/// The versions of a crate, the highest first.
pub(super) async fn about_versions(
    _: Reader,
    State(site): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let view = blocking(move || site.catalogue.view(&name, None)).await?;
    let versions = versions_json(&view);
    let meta = json!({"total": versions.len()});
    Ok(Json(json!({"versions": versions, "meta": meta})))
}

/// One version.
pub(super) async fn about_version(
    _: Reader,
    State(site): State<Shared>,
    Path((name, version)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let view = blocking(move || site.catalogue.view(&name, Some(&version))).await?;
    Ok(Json(json!({"version": version_json(&view.chosen)})))
}

fn crate_json(view: &CrateView) -> Value {
    let said = view.metadata.as_ref();
    let highest = view.versions.first().map(|entry| entry.vers.to_string());
    let times = || view.versions.iter().filter_map(|e| e.pubtime.as_deref());
    json!({
        "id": view.name,
        "name": view.name,
        "description": said.and_then(|m| m.description.as_deref()),
        "documentation": said.and_then(|m| m.documentation.as_deref()),
        "homepage": said.and_then(|m| m.homepage.as_deref()),
        "repository": said.and_then(|m| m.repository.as_deref()),
        "keywords": said.map(|m| m.keywords.as_slice()),
        "max_version": highest,
        "max_stable_version": view.latest.vers.pre.is_empty().then_some(&view.latest.vers),
        "created_at": times().min(),
        "updated_at": times().max(),
    })
}

fn versions_json(view: &CrateView) -> Vec<Value> {
    view.versions.iter().map(version_json).collect()
}

fn version_json(entry: &IndexEntry) -> Value {
    json!({
        "crate": entry.name,
        "num": entry.vers,
        "created_at": entry.pubtime,
        "yanked": entry.yanked,
        "rust_version": entry.rust_version,
        "checksum": entry.cksum,
        "dl_path": format!("/api/v1/crates/{}/{}/download", entry.name, entry.vers),
    })
}
