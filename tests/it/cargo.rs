//! What the library asks of real cargo.

use cargo_quarry::cargo::{
    Dirty, Existence, Invocation, TargetName, check, crate_exists, load_metadata_no_deps, package,
    publish, registry_settings, test_executables,
};
use cargo_quarry::model::{CrateName, RegistryName};

use super::invocation::{cargo, utf8};
use super::registry_server::TestRegistry;
use super::sandbox::Sandbox;

fn write_package(sandbox: &Sandbox, dir: &str, name: &str, source: &str) {
    sandbox.write(
        &format!("{dir}/Cargo.toml"),
        &format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
             description = \"x\"\nlicense = \"MIT\"\n"
        ),
    );
    sandbox.write(&format!("{dir}/src/lib.rs"), source);
}

#[test]
fn compiler_messages_come_with_their_target_and_place() {
    let sandbox = Sandbox::new();
    write_package(&sandbox, "app", "acme-app", "pub fn ok() {}\n");
    sandbox.write("app/tests/bad.rs", "fn main() { acme_app::gone(); }\n");
    sandbox.write("app/tests/good.rs", "#[test]\nfn passes() {}\n");
    let mut lines = Vec::new();
    let cargo = cargo(&sandbox, "app");
    let built = check(&cargo, &["--all-targets"], &mut |l| {
        lines.push(l.to_owned());
    })
    .unwrap();
    assert!(!built.success);
    assert!(lines.iter().any(|line| line.contains("Checking acme-app")));
    let errors: Vec<_> = built.errors().collect();
    let [(target, error)] = errors.as_slice() else {
        panic!("one error: {errors:?}");
    };
    assert_eq!(target.to_string(), "acme-app (test \"bad\")");
    assert_eq!(error.code.as_ref().unwrap().code, "E0425");
    let span = &error.spans[0];
    assert_eq!(
        (span.file_name.as_str(), span.byte_start),
        ("tests/bad.rs", 22)
    );
    let library = &built.targets[&TargetName::library("acme-app")];
    assert!(library.compiled && library.compiled_with_tests && !library.failed);
    assert!(built.targets[target].failed);

    let built = test_executables(&cargo, &[], &mut |_| {}).unwrap();
    let good = built.targets.iter().find(|(name, _)| name.name == "good");
    assert!(good.unwrap().1.executable.as_ref().unwrap().exists());
}

#[test]
fn an_error_of_cargos_carries_its_words() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "bad/Cargo.toml",
        "[package]\nname = \"bad\"\n[dependencies]\nx = 1\n",
    );
    let error = load_metadata_no_deps(&cargo(&sandbox, "bad"), None).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("`cargo metadata "), "{text}");
    assert!(text.contains("invalid type: integer"), "{text}");
}

#[test]
fn a_package_is_the_one_crate_that_this_run_made() {
    let sandbox = Sandbox::new();
    write_package(&sandbox, "lib", "acme-lib", "");
    let target = utf8(&sandbox, "target");
    sandbox.write("target/package/acme-old-0.1.0.crate", "old");
    let path = package(&cargo(&sandbox, "lib"), &target, Dirty::Allow, &[]).unwrap();
    assert_eq!(path, target.join("package/acme-lib-0.1.0.crate"));
    assert!(path.exists());

    sandbox.git(&["init", "-q"], "lib");
    let refused = package(&cargo(&sandbox, "lib"), &target, Dirty::Refuse, &[]);
    assert!(refused.unwrap_err().to_string().contains("--allow-dirty"));
}

#[test]
fn a_registry_is_found_as_cargo_finds_it() {
    let sandbox = Sandbox::new();
    let home = utf8(&sandbox, "home/.cargo");
    sandbox.write(
        "home/.cargo/config.toml",
        "[registries.internal]\nindex = \"sparse+http://home/\"\n\
         [registries]\nother.index = \"https://other\"\n\
         [registry]\nglobal-credential-providers = [\"cargo:token\", \"cargo:libsecret\"]\n",
    );
    sandbox.write(
        "work/.cargo/config.toml",
        "[registries.internal]\nindex = \"sparse+http://toml/\"\n",
    );
    sandbox.write(
        "work/.cargo/config",
        "[registries.internal]\nindex = \"sparse+http://work/\"\n\
         credential-provider = [\"cargo:token\"]\n",
    );
    sandbox.write("work/deep/down/x", "");
    let mut cargo = cargo(&sandbox, "work/deep/down");
    cargo.env.push(("CARGO_HOME".to_owned(), home.to_string()));
    let name = |name| RegistryName::new(name).unwrap();

    let other = registry_settings(&cargo, &name("other")).unwrap();
    assert_eq!(other.index.as_deref(), Some("https://other"));
    assert!(other.has_credentials(), "libsecret may have one");

    let internal = registry_settings(&cargo, &name("internal")).unwrap();
    assert_eq!(internal.index.as_deref(), Some("sparse+http://work/"));
    let from = internal.index_from.as_ref().unwrap();
    assert_eq!(*from, utf8(&sandbox, "work/.cargo/config"));
    assert!(!internal.has_credentials());

    sandbox.write(
        "home/.cargo/credentials.toml",
        "[registries.internal]\ntoken = \"secret-words\"\n",
    );
    let internal = registry_settings(&cargo, &name("internal")).unwrap();
    assert!(internal.has_credentials());
    assert!(!format!("{internal:?}").contains("secret-words"));

    let variable = ("CARGO_REGISTRIES_INTERNAL_INDEX", "sparse+http://variable/");
    cargo
        .env
        .push((variable.0.to_owned(), variable.1.to_owned()));
    let internal = registry_settings(&cargo, &name("internal")).unwrap();
    assert_eq!(internal.index.as_deref(), Some(variable.1));
    assert_eq!(internal.index_from, None);

    sandbox.write("home/.cargo/credentials.toml", "token = secret-words");
    let error = registry_settings(&cargo, &name("internal")).unwrap_err();
    assert!(
        !format!("{error:?} {error}").contains("secret-words"),
        "{error}"
    );
}

#[test]
fn a_crate_is_there_or_not_or_nobody_knows() {
    let sandbox = Sandbox::new();
    write_package(&sandbox, "lib", "acme-lib", "");
    let made = package(
        &cargo(&sandbox, "lib"),
        &utf8(&sandbox, "target"),
        Dirty::Allow,
        &[],
    );
    let bytes = std::fs::read(made.unwrap()).unwrap();
    let checksum = cargo_quarry::model::Digest::of(&bytes);
    // A registry that is a git repository, with its packages in a folder.
    let crates = sandbox.path("crates");
    std::fs::create_dir(&crates).unwrap();
    std::fs::write(crates.join("acme-lib-0.1.0.crate"), bytes).unwrap();
    let url = format!("file://{}", crates.display());
    sandbox.write(
        "index/config.json",
        &format!("{{\"dl\":\"{url}/{{crate}}-{{version}}.crate\"}}"),
    );
    sandbox.write(
        "index/ac/me/acme-lib",
        &format!(
            "{{\"name\":\"acme-lib\",\"vers\":\"0.1.0\",\"deps\":[],\"cksum\":\"{checksum}\",\
             \"features\":{{}},\"yanked\":false}}\n"
        ),
    );
    sandbox.git(&["init", "-q"], "index");
    sandbox.git(&["add", "-A"], "index");
    sandbox.git(&["commit", "-qm", "Add acme-lib"], "index");
    let index = sandbox.path("index");
    sandbox.write(
        "work/.cargo/config.toml",
        &format!(
            "[registries]\ninternal.index = \"file://{}\"\n\
             dead.index = \"sparse+http://127.0.0.1:9/index/\"\n",
            index.display()
        ),
    );
    let cargo = cargo(&sandbox, "work");
    let ask = |registry, name, version: Option<&str>| {
        let version = version.map(|v| v.parse().unwrap());
        crate_exists(
            &cargo,
            &RegistryName::new(registry).unwrap(),
            &CrateName::new(name).unwrap(),
            version.as_ref(),
        )
        .unwrap()
    };
    assert_eq!(ask("internal", "acme-lib", None), Existence::Found);
    assert_eq!(ask("internal", "acme-lib", Some("0.1.0")), Existence::Found);
    assert_eq!(
        ask("internal", "acme-lib", Some("0.2.0")),
        Existence::NotFound
    );
    assert_eq!(ask("internal", "acme-other", None), Existence::NotFound);
    assert_eq!(ask("nosuch", "acme-lib", None), Existence::NotConfigured);
    let dead = ask("dead", "acme-lib", None);
    assert!(
        matches!(&dead, Existence::Unreachable(m) if m.contains("127.0.0.1:9")),
        "{dead:?}"
    );
}

#[test]
fn what_was_published_is_found_with_a_token_only() {
    let sandbox = Sandbox::new();
    let registry = TestRegistry::start(&sandbox);
    write_package(&sandbox, "lib", "acme-lib", "");
    let internal = RegistryName::new("internal").unwrap();
    let name = CrateName::new("acme-lib").unwrap();
    let mut cargo = cargo(&sandbox, "lib");
    let ask = |cargo: &Invocation| crate_exists(cargo, &internal, &name, None).unwrap();

    let asked = ask(&cargo);
    assert!(matches!(asked, Existence::Unauthorized(_)), "{asked:?}");
    let provider = "CARGO_REGISTRIES_INTERNAL_CREDENTIAL_PROVIDER";
    let token = "CARGO_REGISTRIES_INTERNAL_TOKEN";
    let set = |cargo: &mut Invocation, name: &str, value: &str| {
        cargo.env.push((name.to_owned(), value.to_owned()));
    };
    set(&mut cargo, provider, "cargo:token");
    let asked = ask(&cargo);
    assert!(matches!(asked, Existence::Unauthorized(_)), "{asked:?}");
    set(&mut cargo, token, "not-the-token");
    let asked = ask(&cargo);
    assert!(matches!(asked, Existence::Unauthorized(_)), "{asked:?}");
    set(&mut cargo, token, &registry.token);
    assert_eq!(ask(&cargo), Existence::NotFound);

    let mut lines = Vec::new();
    publish(&cargo, &internal, &["--allow-dirty"], &mut |line| {
        lines.push(line.to_owned());
    })
    .unwrap();
    assert!(
        lines
            .iter()
            .any(|l| l.contains("Published acme-lib v0.1.0")),
        "{lines:?}"
    );
    assert_eq!(ask(&cargo), Existence::Found);
    let again = publish(&cargo, &internal, &["--allow-dirty"], &mut |_| {});
    let said = again.unwrap_err().to_string();
    assert!(said.contains("already exists"), "{said}");
    assert!(!said.contains(&registry.token));
}
