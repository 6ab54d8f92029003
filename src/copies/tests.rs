//! What is found in small sources made by hand.

use camino::Utf8PathBuf;

use super::home::{Home, Target};
use super::*;
use crate::model::ModulePath;
use crate::sources::Reason;

/// A corpus of files `repository/path`, each of a package with the repository's name.
fn corpus(files: &[(&str, &str)]) -> Corpus {
    let mut corpus = Corpus::default();
    for (file, text) in files {
        let (repository, path) = file.split_once('/').expect("a repository and a path");
        let known = corpus.roots.iter().position(|root| root.name == repository);
        let repository = known.unwrap_or_else(|| {
            corpus.roots.push(Root {
                name: repository.to_owned(),
                dir: Utf8PathBuf::from("/org").join(repository),
            });
            corpus.roots.len() - 1
        });
        let module = path.trim_start_matches("src/").trim_end_matches(".rs");
        corpus.sources.push(Source {
            repository,
            path: path.into(),
            text: (*text).to_owned(),
            home: Home {
                package: Some(corpus.roots[repository].name.clone()),
                manifest: Some("Cargo.toml".into()),
                target: Target::Library,
                module: ModulePath::parse(&module.replace('/', "::").replace("lib", "")),
            },
            is_test: path.starts_with("tests/"),
        });
    }
    corpus
}

fn find(files: &[(&str, &str)]) -> Vec<Finding> {
    find_copies(&corpus(files), &Options::default()).findings
}

/// The titles of what is found, each with its instances' files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let corpus = corpus(files);
    let findings = find_copies(&corpus, &Options::default()).findings;
    let mut shown = Vec::new();
    for finding in &findings {
        for group in &finding.groups {
            let places = group.instances.iter().map(|instance| {
                let place = &finding.places[instance.place];
                format!("{}/{}", corpus.roots[place.repository].name, place.path)
            });
            let places: Vec<String> = places.collect();
            shown.push(format!("{}: {}", group.title, places.join(" ")));
        }
    }
    shown
}

const RETRY: &str = "
/// Tries again.
pub fn retry_with_backoff(policy: &Policy, operation: impl Fn() -> Outcome) -> Outcome {
    let mut attempt = 0;
    loop {
        match operation() {
            Outcome::Transient(error) if attempt < policy.attempts => {
                let pause = policy.delay_after(attempt);
                tracing::warn!(\"attempt {attempt} failed: {error}\");
                std::thread::sleep(pause);
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}
";

/// Something else of the same size.
const PARSE: &str = "
fn parse_header(line: &str) -> Result<Header, HeaderError> {
    let (name, value) = line.split_once(':').ok_or(HeaderError::NoColon)?;
    if name.chars().any(char::is_whitespace) {
        return Err(HeaderError::Space(name.to_owned()));
    }
    let value = value.trim_matches(|c| c == ' ' || c == '\\t');
    Ok(Header { name: name.to_ascii_lowercase(), value: value.to_owned() })
}
";

/// A text with some words replaced.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_copy_is_found_in_another_repository() {
    let other = format!("{PARSE}\n{RETRY}");
    let files = [("a/src/retry.rs", RETRY), ("b/src/lib.rs", other.as_str())];
    assert_eq!(
        found(&files),
        ["retry_with_backoff: a/src/retry.rs b/src/lib.rs"]
    );
    let findings = find(&files);
    assert_eq!(findings[0].repositories, 2);
    assert_eq!(findings[0].lines_gone, 14);
    let likeness: Vec<Likeness> = findings[0].groups[0]
        .instances
        .iter()
        .map(|instance| instance.likeness)
        .collect();
    assert_eq!(likeness, [Likeness::Identical; 2]);
    assert_eq!(findings[0].groups[0].instances[1].at, 13..=26);
}

#[test]
fn what_differs_is_no_copy() {
    assert_eq!(
        found(&[("a/src/retry.rs", RETRY), ("b/src/http.rs", PARSE)]),
        [""; 0]
    );
}

#[test]
fn locals_lifetimes_literals_and_comments_do_not_matter() {
    let renamed = with(
        RETRY,
        &[
            ("attempt", "n"),
            ("pause", "delay"),
            ("outcome =>", "done =>"),
            ("return outcome", "return done"),
            ("operation", "call"),
            ("policy: &Policy", "settings: &'a Policy"),
            ("policy.", "settings."),
            ("/// Tries again.", "#[inline]"),
            ("    loop", "    // Until it works.\n    loop"),
        ],
    );
    // A field of the same name as a local stays as it is.
    let renamed = with(&renamed, &[("settings.ns", "settings.attempts")]);
    let findings = find(&[("a/src/a.rs", RETRY), ("b/src/b.rs", &renamed)]);
    assert_eq!(findings.len(), 1);
    let copy = &findings[0].groups[0].instances[1];
    assert_eq!((copy.likeness, copy.similarity), (Likeness::Renamed, 1000));
}

#[test]
fn a_changed_call_is_drift_that_is_counted() {
    let changed = with(
        RETRY,
        &[(
            "std::thread::sleep(pause)",
            "clock.sleep_for(pause, attempt)",
        )],
    );
    let findings = find(&[("a/src/a.rs", RETRY), ("b/src/b.rs", &changed)]);
    assert_eq!(findings.len(), 1);
    let copy = &findings[0].groups[0].instances[1];
    assert_eq!(copy.likeness, Likeness::Drifted);
    assert!(
        (900..1000).contains(&copy.similarity),
        "{}",
        copy.similarity
    );
    let drift = copy.drift.as_ref().unwrap();
    assert_eq!((drift.lines_here, drift.lines_at_start), (1, 1));
    assert_eq!(drift.words_here, ["attempt", "clock", "sleep_for"]);
    assert_eq!(drift.words_at_start, ["sleep", "std", "thread"]);
}

#[test]
fn the_same_steps_with_other_calls_are_no_copy() {
    let other = with(
        RETRY,
        &[
            ("Policy", "Layout"),
            ("Outcome", "Frame"),
            ("Transient", "Partial"),
            ("delay_after", "column_at"),
            ("attempts", "columns"),
            ("tracing::warn", "self::draw"),
            ("std::thread::sleep", "canvas::render"),
            ("retry_with_backoff", "paint"),
        ],
    );
    assert_eq!(
        found(&[("a/src/a.rs", RETRY), ("b/src/b.rs", &other)]),
        [""; 0]
    );
}

#[test]
fn tests_are_left_out() {
    let inline = format!("#[cfg(test)]\nmod tests {{\n{RETRY}\n}}");
    let one = format!("#[cfg(all(test, unix))]\n{RETRY}");
    for (path, text) in [
        ("b/src/b.rs", inline.as_str()),
        ("b/src/b.rs", one.as_str()),
        ("b/tests/b.rs", RETRY),
    ] {
        assert_eq!(
            found(&[("a/src/a.rs", RETRY), (path, text)]),
            [""; 0],
            "{text}"
        );
    }
    let declared = "#[cfg(test)]\nmod helpers;\n#[cfg(not(test))]\nmod others;";
    let files = [
        ("a/src/a.rs", RETRY),
        ("b/src/lib.rs", declared),
        ("b/src/helpers.rs", RETRY),
        ("b/src/helpers/deep.rs", RETRY),
        ("b/src/others.rs", RETRY),
    ];
    assert_eq!(
        found(&files),
        ["retry_with_backoff: a/src/a.rs b/src/others.rs"]
    );
}

#[test]
fn tables_are_left_out() {
    let words: Vec<String> = (0..40).map(|n| format!("        \"word{n}\",\n")).collect();
    let list = format!(
        "pub fn words() -> &'static [&'static str] {{\n    &[\n{}    ]\n}}",
        words.concat()
    );
    let arms: Vec<String> = (0..40)
        .map(|n| format!("        {n} => \"word{n}\",\n"))
        .collect();
    let lookup = format!(
        "pub fn word(n: u8) -> &'static str {{\n    match n {{\n{}    }}\n}}",
        arms.concat()
    );
    for table in [list, lookup] {
        assert_eq!(
            found(&[("a/src/a.rs", &table), ("b/src/b.rs", &table)]),
            [""; 0],
            "{table}"
        );
    }
}

#[test]
fn small_items_are_left_out() {
    let small = "impl Default for Retry {\n    fn default() -> Self {\n        Self::new(3, Duration::from_millis(10))\n    }\n}";
    assert_eq!(
        found(&[("a/src/a.rs", small), ("b/src/b.rs", small)]),
        [""; 0]
    );
}

#[test]
fn copies_in_three_repositories_are_one_group() {
    let drifted = with(
        RETRY,
        &[("attempt += 1", "attempt = attempt.saturating_add(1)")],
    );
    let files = [
        ("a/src/a.rs", RETRY),
        ("b/src/b.rs", drifted.as_str()),
        ("c/src/c.rs", RETRY),
    ];
    assert_eq!(
        found(&files),
        ["retry_with_backoff: a/src/a.rs b/src/b.rs c/src/c.rs"]
    );
    let findings = find(&files);
    assert_eq!((findings[0].repositories, findings[0].lines_gone), (3, 28));
}

#[test]
fn items_of_the_same_files_are_one_finding() {
    let both = format!("{RETRY}{PARSE}");
    let findings = find(&[("a/src/a.rs", &both), ("b/src/b.rs", &both)]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].groups.len(), 2);
    assert_eq!(findings[0].places[1].lines, findings[0].places[1].of_lines);
    let apart = find(&[
        ("a/src/a.rs", &both),
        ("b/src/b.rs", RETRY),
        ("b/src/c.rs", PARSE),
    ]);
    assert_eq!(apart.len(), 2);
}

#[test]
fn an_impl_stands_for_its_methods() {
    let methods = format!("impl Client {{\n{RETRY}\n{PARSE}\n}}");
    let files = [
        ("a/src/a.rs", methods.as_str()),
        ("b/src/b.rs", methods.as_str()),
    ];
    assert_eq!(found(&files), ["impl Client: a/src/a.rs b/src/b.rs"]);
    let one = format!("impl Server {{\n{RETRY}\n}}");
    let files = [
        ("a/src/a.rs", methods.as_str()),
        ("b/src/b.rs", one.as_str()),
    ];
    assert_eq!(
        found(&files),
        ["Client::retry_with_backoff: a/src/a.rs b/src/b.rs"]
    );
}

#[test]
fn what_is_between_repositories_comes_before_what_is_in_one() {
    let large = PARSE.to_owned() + &with(PARSE, &[("parse_header", "parse_trailer")]);
    let files = [
        ("a/src/a.rs", large.as_str()),
        ("a/src/b.rs", large.as_str()),
        ("a/src/c.rs", RETRY),
        ("b/src/d.rs", RETRY),
    ];
    let repositories: Vec<usize> = find(&files).iter().map(|f| f.repositories).collect();
    assert_eq!(repositories, [2, 1]);
}

#[test]
fn the_start_is_the_most_tested_then_the_least_entangled() {
    let entangled = format!("use crate::policy::Policy;\n{RETRY}");
    let files = [("a/src/a.rs", entangled.as_str()), ("b/src/b.rs", RETRY)];
    let findings = find(&files);
    assert_eq!(findings[0].start.place, 1);
    assert_eq!(
        findings[0].start.candidates[0].needs,
        ["crate::policy::Policy"]
    );
    let tests = "#[test]\nfn tries() { retry_with_backoff(&p, f); }\n#[test]\nfn other() { x(); }";
    let files = [files[0], files[1], ("a/tests/it.rs", tests)];
    let tested = find(&files);
    assert_eq!(tested[0].start.candidates[0].tests, 1);
    assert_eq!(tested[0].start.place, 0);
    let expected = "extract crate::a --manifest-path /org/a/Cargo.toml --package a \
                    --name a-a --into /org/a-a";
    let arguments = extract_arguments(&corpus(&files), &tested[0]).unwrap();
    assert_eq!(arguments.join(" "), expected);
}

#[test]
fn a_crate_root_is_no_start() {
    let files = [("a/src/lib.rs", RETRY), ("b/src/b.rs", RETRY)];
    assert_eq!(find(&files)[0].start.place, 1);
    let files = [("a/src/lib.rs", RETRY), ("b/src/lib.rs", RETRY)];
    let findings = find(&files);
    assert_eq!(extract_arguments(&corpus(&files), &findings[0]), None);
}

#[test]
fn what_is_not_rust_is_named() {
    let broken = "fn f( {";
    let found = find_copies(
        &corpus(&[("a/src/a.rs", broken), ("b/src/b.rs", RETRY)]),
        &Options::default(),
    );
    let named: Vec<(&str, Reason)> = found
        .left_out
        .iter()
        .map(|left| (left.path.as_str(), left.reason))
        .collect();
    assert_eq!(named, [("src/a.rs", Reason::NotRust)]);
}

#[test]
fn a_line_counts_once_though_an_impl_and_its_method_are_both_copies() {
    let own = "    fn only_here(&self) {\n        self.one();\n    }\n";
    let holder = format!("impl Client {{\n{RETRY}\n{PARSE}\n}}");
    let with_more = format!("impl Client {{\n{RETRY}\n{PARSE}\n{own}}}");
    let files = [
        ("a/src/a.rs", holder.as_str()),
        ("b/src/b.rs", with_more.as_str()),
        ("c/src/c.rs", RETRY),
    ];
    let findings = find(&files);
    // The impl is in two files, its method in three: more than half of them in both.
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(finding.groups.len(), 2);
    for place in &finding.places {
        assert!(place.lines <= place.of_lines, "{place:?}");
    }
    let lines: Vec<usize> = finding.places.iter().map(|place| place.lines).collect();
    assert_eq!(lines, [24, 27, 14]);
    assert_eq!(
        finding.lines_gone,
        lines.iter().sum::<usize>() - lines[finding.start.place]
    );
}

#[test]
fn unrelated_files_are_not_tied_together_by_what_both_share_with_a_third() {
    let both = format!("{RETRY}{PARSE}");
    let files = [
        ("a/src/a.rs", RETRY),
        ("b/src/b.rs", both.as_str()),
        ("c/src/c.rs", PARSE),
    ];
    let places: Vec<usize> = find(&files)
        .iter()
        .map(|found| found.places.len())
        .collect();
    assert_eq!(places, [2, 2]);
}

#[test]
fn a_setter_is_no_copy() {
    let setter = |field: &str| {
        format!(
            "impl Builder {{\npub fn timer<M>(&mut self, timer: M) -> &mut Self\nwhere\n    \
             M: Timer + Send + Sync + 'static,\n{{\n    \
             self.{field}.timer = Time::Timer(Arc::new(timer));\n    self\n}}\n}}"
        )
    };
    let (a, b) = (setter("inner"), setter("http"));
    assert_eq!(
        found(&[("a/src/a.rs", a.as_str()), ("b/src/b.rs", b.as_str())]),
        [""; 0]
    );
}

/// A type of small functions, as it stands in its own file.
const ERROR: &str = "
impl CliError {
    pub fn new(error: anyhow::Error, code: i32) -> CliError {
        CliError {
            error: Some(error),
            exit_code: code,
        }
    }

    pub fn code(code: i32) -> CliError {
        CliError {
            error: None,
            exit_code: code,
        }
    }
}
";

#[test]
fn small_functions_are_copies_if_a_type_has_all_of_them_word_by_word() {
    let seen = with(
        ERROR,
        &[("pub fn new", "/// Makes one.\n    pub(crate) fn new")],
    );
    let files = [("a/src/a.rs", ERROR), ("b/src/b.rs", seen.as_str())];
    assert_eq!(found(&files), ["impl CliError: a/src/a.rs b/src/b.rs"]);
    let other = with(ERROR, &[("CliError", "RunError")]);
    assert_eq!(
        found(&[("a/src/a.rs", ERROR), ("b/src/b.rs", &other)]),
        [""; 0]
    );
}

#[test]
fn what_only_hands_its_calls_on_is_a_copy_under_its_own_name_only() {
    let write = |name: &str, field: &str| {
        format!(
            "impl Write for {name} {{\n    fn poll_write(mut self: Pin<&mut Self>, cx: &mut \
             Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {{\n        Pin::new(&mut \
             self.{field}).poll_write(cx, buf)\n    }}\n\n    fn poll_flush(mut self: Pin<&mut \
             Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {{\n        Pin::new(&mut \
             self.{field}).poll_flush(cx)\n    }}\n\n    fn poll_shutdown(mut self: Pin<&mut \
             Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {{\n        Pin::new(&mut \
             self.{field}).poll_shutdown(cx)\n    }}\n}}\n"
        )
    };
    let (a, b) = (write("Rewind", "inner"), write("Upgraded", "inner"));
    assert_eq!(found(&[("a/src/a.rs", &a), ("b/src/b.rs", &b)]), [""; 0]);
    assert_eq!(
        found(&[("a/src/a.rs", &a), ("b/src/b.rs", &a)]),
        ["impl Write for Rewind: a/src/a.rs b/src/b.rs"]
    );
    // One that does more than that is one under any name.
    let more = |text: &str| {
        with(
            text,
            &[(").poll_flush(cx)", ").poll_flush(cx).map_err(log_error)")],
        )
    };
    assert_eq!(
        found(&[("a/src/a.rs", &more(&a)), ("b/src/b.rs", &more(&b))]).len(),
        1
    );
}

#[test]
fn what_declares_a_command_is_a_copy_if_it_declares_the_same() {
    let command = "
pub fn cli() -> Command {
    subcommand(\"init\")
        .about(\"Create a new package in an existing directory\")
        .arg(Arg::new(\"path\").value_name(\"PATH\").action(ArgAction::Set))
        .arg_new_options()
        .arg_registry(\"Registry to use\")
        .arg_silent_suggestion()
        .after_help(\"Run `help init` for more\")
}
";
    let other = with(
        command,
        &[
            ("\"init\"", "\"new\""),
            ("in an existing directory", "at a path"),
            ("help init", "help new"),
        ],
    );
    assert_eq!(
        found(&[("a/src/a.rs", command), ("b/src/b.rs", &other)]),
        [""; 0]
    );
    assert_eq!(
        found(&[("a/src/a.rs", command), ("b/src/b.rs", command)]).len(),
        1
    );
}

#[test]
fn what_is_short_is_no_copy_of_what_stands_in_the_same_file() {
    let short = "
fn is_relevant(dependency: &dyn TableLike, root: &Path) -> bool {
    match dependency.get(\"path\").and_then(Item::as_str) {
        Some(relative) => canonical(root.join(relative)) == Some(root.to_owned()),
        None => dependency.contains_key(\"workspace\"),
    }
}
";
    let again = with(short, &[("is_relevant", "is_of_interest")]);
    let both = format!("{short}{again}");
    assert_eq!(found(&[("a/src/a.rs", &both)]), [""; 0]);
    assert_eq!(
        found(&[("a/src/a.rs", short), ("a/src/b.rs", &again)]).len(),
        1
    );
    let long = format!(
        "{RETRY}{}",
        with(RETRY, &[("retry_with_backoff", "try_again")])
    );
    assert_eq!(found(&[("a/src/a.rs", &long)]).len(), 1);
}

#[test]
fn a_program_is_no_copy_for_beginning_as_another_does() {
    let main = "
fn main() {
    let arguments = cli::Command::parse_from(std::env::args_os());
    if let Err(error) = arguments.execute(&mut std::io::stdout()) {
        eprintln!(\"Error: {error:?}\");
        std::process::exit(1);
    }
}
";
    let run = with(main, &[("fn main", "fn run")]);
    assert_eq!(
        found(&[("a/src/a.rs", main), ("b/src/b.rs", main)]),
        [""; 0]
    );
    assert_eq!(
        found(&[("a/src/a.rs", &run), ("b/src/b.rs", &run)]).len(),
        1
    );
}

#[test]
fn setters_of_two_types_are_no_copies() {
    let setters = |own: &str| {
        let one = |name: &str, of: &str| {
            format!(
                "    pub fn {name}(&mut self, value: {of}) -> &mut Self {{\n        \
                 self.h2_builder.{name} = value;\n        self\n    }}\n"
            )
        };
        format!(
            "impl Builder {{\n    {own}\n{}{}{}{}{}}}\n",
            one("max_frame_size", "u32"),
            one("keep_alive_interval", "Duration"),
            one("max_send_buf_size", "usize"),
            one("adaptive_window", "bool"),
            one("max_header_list_size", "u32"),
        )
    };
    let client = "pub fn timer<M>(&mut self, timer: M) -> &mut Self where M: Timer + Send + Sync \
                  + 'static { self.timer = Time::Timer(Arc::new(timer)); self }";
    let server = "pub fn auto_date_header(&mut self, enabled: impl Into<Option<bool>>) -> &mut \
                  Self { self.config.date_header = enabled.into().unwrap_or(true); self }";
    let (a, b) = (setters(client), setters(server));
    assert_eq!(found(&[("a/src/a.rs", &a), ("b/src/b.rs", &b)]), [""; 0]);
    assert_eq!(found(&[("a/src/a.rs", &a), ("b/src/b.rs", &a)]).len(), 1);
}
