//! The sample organisation on disk.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::TourError;
use super::history::{BRANCH, History};
use super::sample::{BILLING, SHIPPING, SHOP, Sample};
use crate::sys::{Program, fs};

/// The services, by name.
pub const SERVICES: &[&str] = &["billing", "shipping"];

/// A sample organisation in a folder.
#[derive(Debug, Clone)]
pub struct Organisation {
    root: Utf8PathBuf,
}

/// Makes the sample organisation in `root`, which must be empty or not there: `monolith/` and
/// `services/*/`, each a git repository on `main`.
pub fn create(root: &Utf8Path) -> Result<Organisation, TourError> {
    match fs::list(root) {
        Ok(entries) if !entries.is_empty() => {
            return Err(TourError::NotEmpty { path: root.into() });
        }
        Err(error) if !error.is_not_found() => return Err(error.into()),
        Ok(_) | Err(_) => fs::create_dir_all(root)?,
    }
    let root = fs::canonical(root)?;
    let organisation = Organisation { root };
    import(&SHOP, &organisation.monolith())?;
    for name in SERVICES {
        import(sample_of(name)?, &organisation.service(name))?;
    }
    Ok(organisation)
}

impl Organisation {
    /// The folder that holds all of it.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The monolith's repository.
    pub fn monolith(&self) -> Utf8PathBuf {
        self.root.join("monolith")
    }

    /// A service's repository.
    pub fn service(&self, name: &str) -> Utf8PathBuf {
        self.root.join("services").join(name)
    }

    /// Where the embedded registry keeps its data.
    pub fn registry_data(&self) -> Utf8PathBuf {
        self.root.join("registry")
    }

    /// Tells cargo, for all repositories here, where the registry `name` is, and to build what
    /// they share but once. The token isn't written: cargo finds it in
    /// `CARGO_REGISTRIES_<NAME>_TOKEN`.
    pub fn configure_cargo(&self, name: &str, index: &str) -> Result<(), TourError> {
        let text = format!(
            "# The tour's own registry: `cargo quarry registry serve --data registry` serves it.\n\
             [registries.{name}]\n\
             index = \"{index}\"\n\
             credential-provider = \"cargo:token\"\n\
             \n\
             # One folder for all repositories of the tour: their dependencies are built once.\n\
             [build]\n\
             target-dir = \"target\"\n"
        );
        let path = self.root.join(".cargo/config.toml");
        Ok(fs::write(&path, text)?)
    }

    /// Makes a service use the libraries: its copies go, and its code names what the libraries
    /// call things. Their dependencies are `cargo add`'s to write. Gives the files that went and
    /// those that changed, relative to the repository, sorted.
    pub fn adopt_libraries(&self, service: &str) -> Result<Adoption, TourError> {
        let sample = sample_of(service)?;
        let history = sample.history()?;
        let (before, after) = (history.commits(), with_later(&history));
        let folder = self.service(service);
        let mut adoption = Adoption::default();
        for later in &history.later {
            adoption.message.clone_from(&later.message);
            adoption.unneeded.extend(later.unneeded.iter().cloned());
        }
        for file in sample.files()? {
            match (file.at(&before), file.at(&after)) {
                (Some((path, old)), Some((_, new))) if old != new => {
                    fs::write(&folder.join(path), new)?;
                    adoption.changed.push(path.into());
                }
                (Some((path, _)), None) => {
                    fs::remove_file(&folder.join(path))?;
                    adoption.removed.push(path.into());
                }
                _ => {}
            }
        }
        adoption.removed.sort();
        adoption.changed.sort();
        Ok(adoption)
    }

    /// Commits all changes in one of the repositories, as the sample's author would.
    pub fn commit(&self, repository: &Utf8Path, message: &str) -> Result<(), TourError> {
        git(repository).args(["add", "--all"]).stdout()?;
        git(repository)
            .args(["commit", "--quiet", "--message", message])
            .stdout()?;
        Ok(())
    }
}

/// What [`Organisation::adopt_libraries`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The message for its commit.
    pub message: String,
    /// Dependencies that only the copies used; still in the manifest.
    pub unneeded: Vec<String>,
    /// The copies that went.
    pub removed: Vec<Utf8PathBuf>,
    /// The files that changed.
    pub changed: Vec<Utf8PathBuf>,
}

fn sample_of(service: &str) -> Result<&'static Sample, TourError> {
    match service {
        "billing" => Ok(&BILLING),
        "shipping" => Ok(&SHIPPING),
        name => Err(TourError::NoSuchService { name: name.into() }),
    }
}

fn with_later(history: &History) -> BTreeSet<&str> {
    let mut commits = history.commits();
    commits.extend(history.later.iter().map(|later| later.id.as_str()));
    commits
}

fn import(sample: &Sample, folder: &Utf8Path) -> Result<(), TourError> {
    let stream = sample.history()?.stream(&sample.files()?)?;
    fs::create_dir_all(folder)?;
    let branch = format!("--initial-branch={BRANCH}");
    git(folder).args(["init", "--quiet", &branch]).stdout()?;
    git(folder)
        .args(["fast-import", "--quiet"])
        .input(stream)
        .stdout()?;
    git(folder).args(["reset", "--quiet", "--hard"]).stdout()?;
    // For commits that the user adds while exploring, where git knows no name.
    for (key, value) in [("user.name", AUTHOR.0), ("user.email", AUTHOR.1)] {
        git(folder).args(["config", key, value]).stdout()?;
    }
    Ok(())
}

/// Who commits during the tour.
const AUTHOR: (&str, &str) = ("Tour Guide", "tour@acme.example");

/// git as if nobody had configured it: a hook, a signing key or another line ending of the user's
/// would change the commits.
fn git(folder: &Utf8Path) -> Program {
    let (name, email) = AUTHOR;
    Program::new("git")
        .dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", email)
        .env("GIT_COMMITTER_NAME", name)
        .env("GIT_COMMITTER_EMAIL", email)
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_TEMPLATE_DIR")
}
