//! Commit objects as bytes: the links that a walk follows, and the same commit with another tree
//! and other parents. All else is kept byte for byte: a commit's encoding is its own affair.

use gix::ObjectId;
use gix::bstr::ByteSlice as _;

/// The trailer that names the commit that a filtered commit was made from.
pub const TRAILER: &str = "Original-commit";

/// Reads where a commit leads: its tree and its committer's time (in seconds since 1970; 0 where
/// it cannot be read), and its parents into `parents`. None if it is malformed, or cut off before
/// the end of the committer's line; what follows that line does not matter.
pub(super) fn links(commit: &[u8], parents: &mut Vec<ObjectId>) -> Option<(ObjectId, i64)> {
    parents.clear();
    // A line that was cut off has no end.
    let lines = commit.lines_with_terminator();
    let mut lines = lines.map_while(|line| line.strip_suffix(b"\n"));
    let tree = ObjectId::from_hex(lines.next()?.strip_prefix(b"tree ")?).ok()?;
    for line in lines {
        if let Some(hex) = line.strip_prefix(b"parent ") {
            parents.push(ObjectId::from_hex(hex).ok()?);
        } else if let Some(person) = line.strip_prefix(b"committer ") {
            return Some((tree, seconds(person).unwrap_or(0)));
        } else if line.is_empty() {
            break;
        }
    }
    None
}

/// `Name <address> SECONDS +ZONE`
fn seconds(person: &[u8]) -> Option<i64> {
    let after = &person[person.rfind_byte(b'>')? + 1..];
    after
        .to_str()
        .ok()?
        .split_ascii_whitespace()
        .next()?
        .parse()
        .ok()
}

/// What a commit says before its message, but for what its signers and converters added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header<'c> {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) author: Person<'c>,
    pub(super) committer: Person<'c>,
}

/// `Name <address> SECONDS +ZONE`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person<'c> {
    pub(super) name: &'c [u8],
    pub(super) address: &'c [u8],
    /// In seconds since 1970; 0 where it cannot be read.
    pub(super) time: i64,
}

/// Reads a commit's header; `commit` may end after the committer's line, as for [`links`].
pub(super) fn header(commit: &[u8]) -> Option<Header<'_>> {
    let mut parents = Vec::new();
    let (tree, _) = links(commit, &mut parents)?;
    let line = |name: &[u8]| commit.lines().find_map(|line| line.strip_prefix(name));
    Some(Header {
        tree,
        parents,
        author: person(line(b"author ").unwrap_or_default()),
        committer: person(line(b"committer ")?),
    })
}

fn person(line: &[u8]) -> Person<'_> {
    let open = line.find_byte(b'<').unwrap_or(line.len());
    let close = line.rfind_byte(b'>').unwrap_or(line.len());
    Person {
        name: line[..open].trim(),
        address: line.get(open + 1..close).unwrap_or_default().trim(),
        time: seconds(line).unwrap_or(0),
    }
}

/// The message of a commit object.
pub(super) fn message(commit: &[u8]) -> &[u8] {
    commit.find(b"\n\n").map_or(&[], |at| &commit[at + 2..])
}

/// The commit object with another tree, other parents, and `original` named in a trailer.
/// Signatures go, for they sign what is no longer there; so do copies of signed tags.
pub(super) fn rewrite(
    commit: &[u8],
    tree: &ObjectId,
    parents: &[ObjectId],
    original: &ObjectId,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(commit.len() + 80);
    out.extend_from_slice(format!("tree {tree}\n").as_bytes());
    for parent in parents {
        out.extend_from_slice(format!("parent {parent}\n").as_bytes());
    }
    let headers = commit.find(b"\n\n").map_or(commit, |at| &commit[..=at]);
    let mut dropping = false;
    for line in headers.lines_with_terminator() {
        // A line that begins with a space continues the header before it.
        if !line.starts_with(b" ") {
            let name = line.split_str(" ").next().unwrap_or_default();
            dropping = matches!(name, b"tree" | b"parent" | b"mergetag" | b"gpgsig")
                || name.starts_with(b"gpgsig-");
        }
        if !dropping {
            out.extend_from_slice(line);
        }
    }
    out.push(b'\n');
    let trailer = format!("{TRAILER}: {original}");
    out.extend_from_slice(&with_trailer(message(commit), trailer.as_bytes()));
    out
}

/// The message with one more trailer: at the end of its trailers, or in a paragraph of its own
/// after a message that has none. Without that line the message is as it was, but for a line
/// end where it had none.
pub(super) fn with_trailer(message: &[u8], trailer: &[u8]) -> Vec<u8> {
    let end = content_end(message);
    let (content, blank) = message.split_at(end);
    let mut out = Vec::with_capacity(message.len() + trailer.len() + 3);
    out.extend_from_slice(content);
    if !content.is_empty() && !content.ends_with(b"\n") {
        out.push(b'\n');
    }
    if ends_in_trailers(content) {
        out.extend_from_slice(trailer);
        out.push(b'\n');
        out.extend_from_slice(blank);
    } else {
        out.extend_from_slice(blank);
        out.push(b'\n');
        out.extend_from_slice(trailer);
        out.push(b'\n');
    }
    out
}

/// Where the blank lines at the end of a message begin.
fn content_end(message: &[u8]) -> usize {
    let mut end = 0;
    let mut at = 0;
    for line in message.lines_with_terminator() {
        at += line.len();
        if !line.trim().is_empty() {
            end = at;
        }
    }
    end
}

/// The paragraph that ends the message, unless it is also the first: that is the title.
fn last_paragraph(content: &[u8]) -> Option<&[u8]> {
    let mut start = None;
    let mut at = 0;
    for line in content.lines_with_terminator() {
        at += line.len();
        if line.trim().is_empty() {
            start = Some(at);
        }
    }
    Some(&content[start?..])
}

/// git's rule (git-interpret-trailers(1)): the last paragraph is trailers if all its lines are,
/// or if a quarter are and one of them is of git's own making.
fn ends_in_trailers(content: &[u8]) -> bool {
    let Some(paragraph) = last_paragraph(content) else {
        return false;
    };
    let (mut trailers, mut others, mut from_git) = (0, 0, false);
    let mut in_trailer = false;
    for line in paragraph.lines() {
        let own = line.starts_with(b"Signed-off-by: ")
            || line.starts_with(b"(cherry picked from commit ");
        from_git |= own;
        if own || is_trailer(line) {
            trailers += 1;
            in_trailer = true;
        } else if !(in_trailer && line.starts_with(b" ")) {
            others += 1;
            in_trailer = false;
        }
    }
    trailers > 0 && (others == 0 || (from_git && trailers * 3 >= others))
}

/// `Token: value`, the token of letters, digits and `-`.
fn is_trailer(line: &[u8]) -> bool {
    let Some(colon) = line.find_byte(b':') else {
        return false;
    };
    let token = line[..colon].trim_end();
    !token.is_empty()
        && token
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expect: &str) {
        let out = with_trailer(message.as_bytes(), b"Original-commit: 1");
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }

    #[test]
    fn a_message_without_trailers_gets_a_paragraph() {
        check("fix\n", "fix\n\nOriginal-commit: 1\n");
        check("fix", "fix\n\nOriginal-commit: 1\n");
        check("fix: it\n", "fix: it\n\nOriginal-commit: 1\n");
        check("", "\nOriginal-commit: 1\n");
        check("a\n\nb: c\nd\n", "a\n\nb: c\nd\n\nOriginal-commit: 1\n");
        check("a\n\nb\n\n\n", "a\n\nb\n\n\n\nOriginal-commit: 1\n");
    }

    #[test]
    fn trailers_stay_together() {
        check(
            "a\n\nSigned-off-by: B <b@c>\n",
            "a\n\nSigned-off-by: B <b@c>\nOriginal-commit: 1\n",
        );
        check(
            "a\n\nCo-authored-by: B\n  and more\n\n",
            "a\n\nCo-authored-by: B\n  and more\nOriginal-commit: 1\n\n",
        );
        check(
            "a\n\nplain\nSigned-off-by: B",
            "a\n\nplain\nSigned-off-by: B\nOriginal-commit: 1\n",
        );
        check(
            "a\r\n\r\nFixes: 3\r\n",
            "a\r\n\r\nFixes: 3\r\nOriginal-commit: 1\n",
        );
    }

    #[test]
    fn links_need_the_whole_line_of_the_committer() {
        let id = |digit: &str| ObjectId::from_hex(digit.repeat(40).as_bytes()).unwrap();
        let commit = format!(
            "tree {}\nparent {}\nparent {}\nauthor A <a> 1 +0000\ncommitter C <c> 23 +0100\n",
            id("1"),
            id("2"),
            id("3")
        );
        let mut parents = Vec::new();
        for end in 0..commit.len() {
            assert_eq!(links(&commit.as_bytes()[..end], &mut parents), None);
        }
        assert_eq!(links(commit.as_bytes(), &mut parents), Some((id("1"), 23)));
        assert_eq!(parents, [id("2"), id("3")]);
    }

    #[test]
    fn a_header_names_its_people() {
        let id = |digit: &str| ObjectId::from_hex(digit.repeat(40).as_bytes()).unwrap();
        let read = |author: &str| {
            let commit = format!("tree {}\n{author}committer C <c> 23 +0100\n", id("1"));
            let header = header(commit.as_bytes()).unwrap();
            assert_eq!(header.committer.time, 23);
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let Person {
                name,
                address,
                time,
            } = header.author;
            (text(name), text(address), time)
        };
        let check = |line: &str, (name, address, time): (&str, &str, i64)| {
            assert_eq!(read(line), (name.to_owned(), address.to_owned(), time));
        };
        check("author A B <a@b> 12 +0000\n", ("A B", "a@b", 12));
        check("author <a@b> -5 +0000\n", ("", "a@b", -5));
        check("author A <a> b> x\n", ("A", "a> b", 0));
        check("author A\n", ("A", "", 0));
        check("", ("", "", 0));
    }

    #[test]
    fn signatures_go_and_the_encoding_stays() {
        let id = |digit: &str| ObjectId::from_hex(digit.repeat(40).as_bytes()).unwrap();
        let commit = format!(
            "tree {}\nparent {}\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0100\n\
             mergetag object 1\n type commit\n \n more\nencoding ISO-8859-1\ngpgsig -----\n \
             \n abc\nextra 1\n\ntitle\n",
            id("1"),
            id("2")
        );
        let mut parents = Vec::new();
        assert_eq!(links(commit.as_bytes(), &mut parents), Some((id("1"), 2)));
        assert_eq!(parents, [id("2")]);
        let out = rewrite(commit.as_bytes(), &id("3"), &[id("4")], &id("5"));
        let expect = format!(
            "tree {}\nparent {}\nauthor A <a> 1 +0000\ncommitter C <c> 2 +0100\n\
             encoding ISO-8859-1\nextra 1\n\ntitle\n\nOriginal-commit: {}\n",
            id("3"),
            id("4"),
            id("5")
        );
        assert_eq!(String::from_utf8(out.clone()).unwrap(), expect);
    }
}
