//! The built-in template, rendered.

use semver::Version;

use super::*;
use crate::model::{CrateName, RegistryName};
use crate::template::{Base, Origin, Record, Source, load};

fn krate(name: &str, origin: bool) -> CrateInputs {
    CrateInputs {
        name: CrateName::new(name).unwrap(),
        version: Version::new(0, 1, 0),
        description: "Retries with \"backoff\"".to_owned(),
        date: "2026-01-01".to_owned(),
        released: origin,
        origin: origin.then(|| Origin {
            repository: "https://git.example/shop".to_owned(),
            modules: vec!["crate::util::retry".to_owned(), "crate::jitter".to_owned()],
            package: "shop".to_owned(),
            commit: "0123456789".to_owned(),
        }),
    }
}

fn inputs(context: bool, full: bool) -> Inputs {
    let context = context.then(|| CrateName::new("payments").unwrap());
    let mut crates = vec![krate("acme-retry", full)];
    crates.extend(context.is_some().then(|| krate("acme-money", full)));
    Inputs {
        context,
        registry: RegistryName::new("internal").unwrap(),
        index: full.then(|| "sparse+https://crates.example/index/".to_owned()),
        branch: "main".to_owned(),
        license: full.then(|| "MIT OR Apache-2.0".to_owned()),
        repository: full.then(|| "https://git.example/retry".to_owned()),
        rust_version: full.then(|| "1.85".to_owned()),
        all_features: full,
        crates,
    }
}

fn cases() -> impl Iterator<Item = Inputs> {
    [(false, false), (false, true), (true, false), (true, true)]
        .into_iter()
        .map(|(context, full)| inputs(context, full))
}

#[test]
fn files_are_whole_and_nothing_of_the_template_is_left() {
    let template = load(&Source::BuiltIn, "".into()).unwrap();
    for inputs in cases() {
        let files = render(&template, &inputs).unwrap();
        for (path, file) in &files {
            let text = &file.text;
            assert!(!file.executable, "{path}");
            assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
            assert!(!text.contains("<<") && !text.contains("<%"), "{path}");
            assert!(
                !text.contains("\n\n\n") && !text.starts_with('\n'),
                "{path}"
            );
            if path.extension() == Some("toml") {
                text.parse::<toml_edit::DocumentMut>().unwrap();
            }
        }
        let toml = files[camino::Utf8Path::new("Cargo.toml")]
            .text
            .parse::<toml_edit::DocumentMut>()
            .unwrap();
        assert_eq!(toml.contains_key("workspace"), inputs.context.is_some());
    }
}

#[test]
fn records_without_modes_are_read() {
    let plain = Base::parse("[files]\nrun = \"a\"\n").unwrap();
    let file = |base: &Base| base.files[camino::Utf8Path::new("run")].clone();
    assert_eq!(file(&plain), FileText::from("a".to_owned()));
    assert!(!plain.render().contains("executable"));
    let run = Base::parse("executable = [\"run\"]\n[files]\nrun = \"a\"\n").unwrap();
    assert!(file(&run).executable);
    assert_eq!(Base::parse(&run.render()).unwrap(), run);
}

#[test]
fn a_licence_has_its_text() {
    let template = load(&Source::BuiltIn, "".into()).unwrap();
    let texts = |license: Option<&str>| {
        let license = license.map(str::to_owned);
        let inputs = Inputs {
            license,
            ..inputs(false, false)
        };
        let files = render(&template, &inputs).unwrap();
        let names = files.into_keys().map(String::from);
        names
            .filter(|name| name.starts_with("LICENSE"))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(None), ["LICENSE"]);
    assert_eq!(texts(Some("MIT")), ["LICENSE-MIT"]);
    assert_eq!(
        texts(Some("(MIT OR Apache-2.0) AND ISC")),
        ["LICENSE-APACHE", "LICENSE-MIT"]
    );
}

#[test]
fn what_is_written_down_is_read_again() {
    let template = load(&Source::BuiltIn, "".into()).unwrap();
    for inputs in cases() {
        let rendered = render(&template, &inputs).unwrap();
        let base = Base::new(&rendered, &inputs);
        assert_eq!(Base::parse(&base.render()).unwrap(), base);
        assert!(base.files.keys().all(|path| path.extension() != Some("rs")));
        let mut record = Record::new(&template, inputs);
        assert_eq!(Record::parse(&record.render()).unwrap(), record);
        record.without.insert("deny.toml".into());
        record.source = Source::Git {
            url: "https://git.example/t".to_owned(),
            reference: None,
        };
        assert_eq!(Record::parse(&record.render()).unwrap(), record);
    }
}
