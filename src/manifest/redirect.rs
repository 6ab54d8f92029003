//! A package leaves its workspace: those that depended on its folder take it from elsewhere, and
//! the workspace no longer lists it.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use toml_edit::{Item, TableLike};

use super::dependency::tables;
use super::document::quoted;
use super::edit::{Edits, line_start, newline};
use super::feature_text::edit_list;
use super::{DependencySource, Manifest};

/// Where a package that was a folder is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The folder, as paths joined to those of the manifests name it.
    pub folder: Utf8PathBuf,
    /// The name that it has from now on.
    pub package: String,
    /// The requirement that asks for it; none for a folder.
    pub requirement: Option<String>,
    /// Where it is.
    pub source: DependencySource,
}

/// The manifest with all its dependencies on the folder redirected, those of
/// `[workspace.dependencies]` too. What else an entry says stays.
pub fn redirect_dependency(manifest: &Manifest, redirect: &Redirect) -> String {
    let mut edits = Edits::default();
    let own = tables(manifest).into_iter().map(|(_, _, table)| table);
    let workspace = manifest.table(&["workspace", "dependencies"]);
    for table in own.chain(workspace) {
        for (key, item) in table.iter() {
            let Some(entry) = item.as_table_like() else {
                continue;
            };
            let path = entry.get("path").and_then(Item::as_str);
            let named = path.map(|path| plain(&manifest.folder().join(path)));
            if named.as_ref() == Some(&plain(&redirect.folder)) {
                redirect_entry(manifest.text(), key, entry, redirect, &mut edits);
            }
        }
    }
    edits.apply(manifest.text())
}

/// Puts what says where the package is in the place of `path`.
fn redirect_entry(
    text: &str,
    name: &str,
    entry: &dyn TableLike,
    redirect: &Redirect,
    edits: &mut Edits,
) {
    let Some((key, Item::Value(value))) = entry.get_key_value("path") else {
        return;
    };
    let (Some(key), Some(value)) = (key.span(), value.span()) else {
        return;
    };
    let mut fields = Vec::new();
    let mut put = |field: &str, new: Option<String>| match (entry.get(field), new) {
        (Some(Item::Value(old)), Some(new)) => {
            if let Some(span) = old.span() {
                edits.replace(span, new);
            }
        }
        (_, Some(new)) => fields.push(format!("{field} = {new}")),
        (_, None) => {}
    };
    put("version", redirect.requirement.as_deref().map(quoted));
    match &redirect.source {
        DependencySource::CratesIo => {}
        DependencySource::Registry(name) => put("registry", Some(quoted(name))),
        DependencySource::RegistryIndex(url) => put("registry-index", Some(quoted(url))),
        DependencySource::Path(path) => put("path", Some(quoted(path.as_str()))),
        DependencySource::Git(url) => put("git", Some(quoted(url))),
    }
    let named = entry.get("package").and_then(Item::as_str).unwrap_or(name);
    if named != redirect.package {
        put("package", Some(quoted(&redirect.package)));
    }
    let before = &text[line_start(text, key.start)..key.start];
    let separator = if before.contains(['{', ',']) {
        ", ".to_owned()
    } else {
        format!("{}{before}", newline(text))
    };
    if !matches!(redirect.source, DependencySource::Path(_)) {
        edits.replace(key.start..value.end, fields.join(&separator));
    } else if !fields.is_empty() {
        edits.insert(value.end, format!("{separator}{}", fields.join(&separator)));
    }
}

/// The workspace's root manifest without the member at `folder`; `left` are those that stay, both
/// relative to the root. A pattern goes if it matches none of them.
pub fn remove_member(root: &Manifest, folder: &Utf8Path, left: &[Utf8PathBuf]) -> String {
    let mut edits = Edits::default();
    for list in ["members", "default-members"] {
        let entries = root.get(&["workspace", list]).and_then(Item::as_array);
        let gone = |entry: &str| {
            let entry = plain(Utf8Path::new(entry));
            matches(&entry, folder) && !left.iter().any(|other| matches(&entry, other))
        };
        if let Some(entries) = entries {
            edit_list(&mut edits, root.text(), entries, &gone, &[]);
        }
    }
    edits.apply(root.text())
}

/// Does a pattern of a members list match the folder? (`*` and `?` within a name, `**` for any
/// folders; the crate `glob`, which cargo uses, has sets too.)
fn matches(pattern: &Utf8Path, folder: &Utf8Path) -> bool {
    let pattern: Vec<&str> = pattern.components().map(|part| part.as_str()).collect();
    let folder: Vec<&str> = folder.components().map(|part| part.as_str()).collect();
    parts_match(&pattern, &folder)
}

fn parts_match(pattern: &[&str], folder: &[&str]) -> bool {
    match (pattern.split_first(), folder.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=folder.len()).any(|at| parts_match(rest, &folder[at..])),
        (Some((first, pattern)), Some((name, folder))) => {
            name_matches(first.as_bytes(), name.as_bytes()) && parts_match(pattern, folder)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|at| name_matches(rest, &name[at..])),
        (Some((b'?', pattern)), Some((_, name))) => name_matches(pattern, name),
        (Some((a, pattern)), Some((b, name))) => a == b && name_matches(pattern, name),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// The path without `.` and `..`, as far as its own text tells.
pub(super) fn plain(path: &Utf8Path) -> Utf8PathBuf {
    let mut plain = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if plain.file_name().is_some_and(|name| name != "..") => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirected(text: &str) -> String {
        let manifest = Manifest::parse("/m/app/Cargo.toml".into(), text).unwrap();
        let redirect = Redirect {
            folder: "/m/libs/retry".into(),
            package: "acme-retry".to_owned(),
            requirement: Some("0.1.0".to_owned()),
            source: DependencySource::Registry("internal".to_owned()),
        };
        redirect_dependency(&manifest, &redirect)
    }

    #[test]
    fn what_an_entry_says_else_stays() {
        let cases = [
            (
                "retry = { path = \"../libs/retry\", features = [\"x\"] } # why\n",
                "retry = { version = \"0.1.0\", registry = \"internal\", package = \"acme-retry\", features = [\"x\"] } # why\n",
            ),
            (
                "retry = { version = \"0.3\", path = \"../libs/./retry/\", optional = true }\n",
                "retry = { version = \"0.1.0\", registry = \"internal\", package = \"acme-retry\", optional = true }\n",
            ),
            (
                "r = { package = \"retry\", path = \"../libs/retry\" }\n",
                "r = { package = \"acme-retry\", version = \"0.1.0\", registry = \"internal\" }\n",
            ),
            (
                "acme-retry.path = \"../libs/retry\"\n",
                "acme-retry.version = \"0.1.0\"\nacme-retry.registry = \"internal\"\n",
            ),
            (
                "other = { path = \"../libs/other\" }\n",
                "other = { path = \"../libs/other\" }\n",
            ),
        ];
        for (before, after) in cases {
            let table = |entry: &str| format!("[dev-dependencies]\nz = \"1\"\n{entry}");
            assert_eq!(redirected(&table(before)), table(after));
        }
    }

    #[test]
    fn a_table_and_crlf() {
        let before = "[dependencies.retry]\r\npath = \"../libs/retry\"\r\noptional = true\r\n";
        let after = "[dependencies.retry]\r\nversion = \"0.1.0\"\r\nregistry = \"internal\"\r\n\
                     package = \"acme-retry\"\r\noptional = true\r\n";
        assert_eq!(redirected(before), after);
    }

    #[test]
    fn the_workspaces_own_dependencies() {
        let manifest = Manifest::parse(
            "/m/Cargo.toml".into(),
            "[workspace.dependencies]\nretry = { path = \"libs/retry\" }\n",
        );
        let redirect = Redirect {
            folder: "/m/libs/retry".into(),
            package: "retry".to_owned(),
            requirement: None,
            source: DependencySource::Path("../retry".into()),
        };
        assert_eq!(
            redirect_dependency(&manifest.unwrap(), &redirect),
            "[workspace.dependencies]\nretry = { path = \"../retry\" }\n"
        );
    }

    #[test]
    fn members() {
        let cases = [
            ("\"app\", \"libs/retry\"", "\"app\""),
            ("\"app\", \"./libs/retry/\"", "\"app\""),
            ("\"app\", \"libs/*\"", "\"app\", \"libs/*\""),
            ("\"app\", \"libs/re*\"", "\"app\""),
            ("\"**\"", "\"**\""),
        ];
        for (before, after) in cases {
            let text = |list: &str| format!("[workspace]\nmembers = [{list}]\n");
            let root = Manifest::parse("Cargo.toml".into(), text(before)).unwrap();
            let left = ["app".into(), "libs/other".into()];
            let edited = remove_member(&root, "libs/retry".into(), &left);
            assert_eq!(edited, text(after));
        }
    }
}
