//! The list of allowed edges: a block of `ARCHITECTURE.md` fenced as `edges`, a room a line.

/// Each room in the list's order, and the rooms that it may use.
#[derive(Debug)]
pub struct Allowed(Vec<(String, Vec<String>)>);

impl Allowed {
    /// Reads the list out of a Markdown text.
    pub fn parse(markdown: &str) -> Result<Self, String> {
        let (_, rest) = markdown
            .split_once("\n```edges\n")
            .ok_or("no block fenced as `edges`")?;
        let (block, _) = rest.split_once("\n```").ok_or("the block has no end")?;
        let mut rooms: Vec<(String, Vec<String>)> = Vec::new();
        for line in block.lines() {
            let (room, uses) = line
                .split_once("->")
                .ok_or_else(|| format!("no `->` in `{line}`"))?;
            let room = room.trim().to_owned();
            if rooms.iter().any(|(known, _)| *known == room) {
                return Err(format!("`{room}` is there twice"));
            }
            rooms.push((room, uses.split_whitespace().map(str::to_owned).collect()));
        }
        Ok(Self(rooms))
    }

    /// The rooms, from the top.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(room, _)| room.as_str())
    }

    /// May `from` name `to`?
    pub fn allows(&self, from: &str, to: &str) -> bool {
        let uses =
            |(room, uses): &(String, Vec<String>)| room == from && uses.iter().any(|u| u == to);
        from == to || self.0.iter().any(uses)
    }

    /// Edges to a room that doesn't stand below: without them there is no cycle.
    pub fn edges_that_go_up(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (at, (room, uses)) in self.0.iter().enumerate() {
            let below = &self.0[at + 1..];
            for other in uses {
                if !below.iter().any(|(name, _)| name == other) {
                    problems.push(format!("`{room}` uses `{other}`, which is not below it"));
                }
            }
        }
        problems
    }
}

#[test]
fn reads_the_list() {
    let list = Allowed::parse("text\n```edges\na   -> b c\nb -> c\nc ->\n```\nmore").unwrap();
    assert_eq!(list.rooms().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(list.allows("a", "c") && list.allows("b", "b"));
    assert!(!list.allows("c", "a") && !list.allows("b", "a") && !list.allows("x", "a"));
    assert!(list.edges_that_go_up().is_empty());
}

#[test]
fn refuses_cycles_unknown_rooms_and_what_is_no_list() {
    let up = |block: &str| {
        let list = Allowed::parse(&format!("\n```edges\n{block}\n```\n")).unwrap();
        list.edges_that_go_up().len()
    };
    assert_eq!(up("a -> b\nb -> a"), 1);
    assert_eq!(up("a -> b\nb -> c\nc -> a b"), 2);
    assert_eq!(up("a -> a"), 1);
    assert_eq!(up("a -> gone"), 1);
    for bad in [
        "",
        "\n```edges\na b\n```",
        "\n```edges\na ->\na ->\n```",
        "\n```edges\na ->",
    ] {
        assert!(Allowed::parse(bad).is_err(), "{bad}");
    }
}
