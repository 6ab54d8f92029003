//! One version after the other: pre-releases, and crates of one repository.

use crate::library::{LIBRARY, Library, REMOTE, has_cargo_release, write_template};
use crate::registry_server::TestRegistry;
use crate::sandbox::Sandbox;

#[test]
fn pre_releases_lead_to_their_version() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    let out = |args: &[&str], version: &str| {
        let args = [&["release", "--execute"], args].concat();
        let (_, stderr) = library.ends(&args, 0);
        assert!(
            stderr.contains(&format!("Released v{version} at ")),
            "{stderr}"
        );
        let manifest = library.read("Cargo.toml");
        assert!(
            manifest.contains(&format!("\nversion = \"{version}\"\n")),
            "{manifest}"
        );
        library.ends(&["publish", "--execute"], 0);
    };
    out(&[], "0.1.0");
    library.change("Break this");
    out(&["--level", "major", "--pre", "rc"], "0.2.0-rc.1");
    library.change("Mend that");
    out(&["--pre", "rc"], "0.2.0-rc.2");
    out(&[], "0.2.0");
    let (stdout, _) = library.ends(&["publish", "--message-format", "json"], 0);
    let document: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let notes = document["notes"].as_str().expect("text");
    assert!(
        notes.contains("Break this") && notes.contains("Mend that"),
        "{notes}"
    );
    let entries = library.registry.versions("acme-retry");
    let versions: Vec<String> = entries.iter().map(|it| it.vers.to_string()).collect();
    assert_eq!(versions, ["0.1.0", "0.2.0-rc.1", "0.2.0-rc.2", "0.2.0"]);
    let tags = sandbox.git(&["tag", "--sort=creatordate"], REMOTE);
    assert_eq!(tags.lines().count(), 4, "{tags}");
    let (_, stderr) = library.ends(&["release", "--pre", "r1"], 2);
    assert!(stderr.contains("a label is a word of letters"), "{stderr}");
}

/// The check says what the changes need; the version goes as far, or further on demand.
#[test]
fn the_version_goes_as_far_as_the_changes_need() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = Library::new(&sandbox);
    library.ends(&["release", "--execute"], 0);
    library.ends(&["publish", "--execute"], 0);
    let source = library.read("src/lib.rs");
    let other = source.replace("times() -> u32", "times() -> u64");
    assert_ne!(other, source);
    library.write("src/lib.rs", &other);
    library.change("**Breaking:** `times` gives a `u64`");
    let before = library.state();
    let (_, stderr) = library.ends(&["release", "--level", "minor", "--execute"], 1);
    assert!(stderr.contains("[level-too-low]"), "{stderr}");
    assert!(
        stderr.contains("the changes since 0.1.0 need a major release, and 0.1.1 is a minor one"),
        "{stderr}"
    );
    assert!(stderr.contains("help: release 0.2.0 or later"), "{stderr}");
    assert_eq!(library.state(), before);
    let (stdout, stderr) = library.ends(&["release", "--execute"], 0);
    assert!(
        stdout.contains("acme-retry 0.1.0 -> 0.2.0 (major)\n"),
        "{stdout}{stderr}"
    );
    assert!(stderr.contains("Released v0.2.0 at "), "{stderr}");
}

/// Two crates of which one needs the other.
fn workspace(sandbox: &Sandbox) -> Library<'_> {
    let registry = TestRegistry::start(sandbox);
    write_template(sandbox, LIBRARY, &registry.index_url);
    let library = Library { sandbox, registry };
    library.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"base\", \"above\"]\nresolver = \"2\"\n",
    );
    let settings = library.read("release.toml");
    let named = settings.replace("\"v{{version}}\"", "\"{{crate_name}}-v{{version}}\"");
    assert_ne!(named, settings);
    library.write("release.toml", &named);
    let changelog = library.read("CHANGELOG.md");
    for (folder, dependency) in [
        ("base", ""),
        (
            "above",
            "\n[dependencies]\nacme-base = { version = \"0.1.0\", path = \"../base\", registry = \"internal\" }\n",
        ),
    ] {
        library.write(
            &format!("{folder}/Cargo.toml"),
            &format!(
                "[package]\nname = \"acme-{folder}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                 license = \"MIT\"\ndescription = \"One\"\n\
                 repository = \"https://git.example/acme\"\npublish = [\"internal\"]\n{dependency}"
            ),
        );
        library.write(&format!("{folder}/CHANGELOG.md"), &changelog);
        library.write(&format!("{folder}/src/lib.rs"), "//! One.\n");
    }
    std::fs::remove_file(sandbox.path(LIBRARY).join("CHANGELOG.md")).expect("it was made");
    library.registry.cargo(&["generate-lockfile"], LIBRARY);
    library.begin();
    library
}

#[test]
fn crates_of_one_repository_are_released_in_their_order() {
    if !has_cargo_release() {
        return;
    }
    let sandbox = Sandbox::new();
    let library = workspace(&sandbox);
    let (_, stderr) = library.ends(&["release"], 101);
    assert!(
        stderr.contains("help: name one or more with `-p`: acme-above, acme-base"),
        "{stderr}"
    );
    let (_, stderr) = library.ends(&["release", "-p", "acme-other"], 101);
    assert!(stderr.contains("`acme-other` is no package"), "{stderr}");
    let both = ["release", "-p", "acme-above", "-p", "acme-base"];
    let (stdout, _) = library.ends(&both, 0);
    let at = |text: &str| {
        stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {stdout}"))
    };
    assert!(at("acme-base 0.1.0 (first") < at("acme-above 0.1.0 (first"));
    library.ends(&[&both[..], &["--execute"]].concat(), 0);
    let tags = sandbox.git(&["tag"], REMOTE);
    assert_eq!(tags, "acme-above-v0.1.0\nacme-base-v0.1.0\n");

    // Each tag is published by a run of its own; what one needs must be there.
    let publish = |tag: &str, args: &[&str], code: i32| {
        sandbox.git(&["checkout", "-q", tag], LIBRARY);
        let all = [&["publish", "--execute"], args].concat();
        let said = library.ends(&all, code);
        sandbox.git(&["checkout", "-q", "main"], LIBRARY);
        said
    };
    let (_, stderr) = publish("acme-above-v0.1.0", &["--wait", "0"], 1);
    assert!(
        stderr.contains("acme-above: `internal` has no acme-base that is ^0.1.0"),
        "{stderr}"
    );
    publish("acme-base-v0.1.0", &[], 0);
    publish("acme-above-v0.1.0", &[], 0);

    // One moves on alone; who needs it follows in its manifest, as cargo-release has it.
    library.change_in("base/", "Break this");
    let args = [
        "release",
        "-p",
        "acme-base",
        "--level",
        "major",
        "--execute",
    ];
    library.ends(&args, 0);
    let above = library.read("above/Cargo.toml");
    assert!(above.contains("version = \"0.2.0\", path"), "{above}");
    assert!(above.contains("\nversion = \"0.1.0\"\n"), "{above}");
    publish("acme-base-v0.2.0", &[], 0);
    library.change_in("above/", "Follow");
    // From its own folder, without a name.
    let mut command = library.registry.command(crate::sandbox::QUARRY, LIBRARY);
    command.current_dir(sandbox.path(LIBRARY).join("above"));
    let output = command
        .args(["release", "--level", "major", "--execute"])
        .output()
        .expect("it starts");
    let (stdout, stderr) = crate::registry_server::texts(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stderr.contains("Released acme-above-v0.2.0"), "{stderr}");
    publish("acme-above-v0.2.0", &[], 0);
    assert_eq!(library.registry.versions("acme-above").len(), 2);
    library.assert_no_scratch();
}
