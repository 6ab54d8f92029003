//! What `.gitattributes` says of files that nobody of the repository wrote.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::GitError;
use super::program::git;

/// Who wrote a file, if nobody of the repository did: linguist's attributes, which forges go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generated {
    /// `linguist-generated`: a program.
    Generated,
    /// `linguist-vendored`: others.
    Vendored,
}

/// Those of the files (relative to `dir`) that `.gitattributes` calls generated or vendored, as
/// git reads it.
pub fn generated_files(
    dir: &Utf8Path,
    files: &[Utf8PathBuf],
) -> Result<BTreeMap<Utf8PathBuf, Generated>, GitError> {
    let names = ["linguist-generated", "linguist-vendored"];
    let input = files
        .iter()
        .fold(String::new(), |input, file| input + file.as_str() + "\0");
    let program = git(dir, ["check-attr", "-z", "--stdin"])
        .args(names)
        .input(input);
    let output = program.run()?;
    program.expect_success(&output)?;
    // PATH NUL ATTRIBUTE NUL VALUE NUL
    let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    let mut found = BTreeMap::new();
    for said in fields.chunks_exact(3) {
        let generated = match said[1] {
            b"linguist-generated" => Generated::Generated,
            _ => Generated::Vendored,
        };
        if let (b"set" | b"true", Ok(path)) = (said[2], str::from_utf8(said[0])) {
            found.entry(path.into()).or_insert(generated);
        }
    }
    Ok(found)
}
