//! Readmes and changelogs as HTML. They are what publishers wrote, read as if by an enemy: no
//! HTML of theirs gets through, and a page loads nothing from elsewhere.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

use super::Source;

/// Longer texts are cut off there, in bytes.
const LIMIT: usize = 512 << 10;

/// How a text is shown.
#[derive(Debug, Clone, Copy)]
pub struct Showing<'s> {
    /// What is beside the text is linked to there.
    pub source: Option<&'s Source>,
    /// So many levels are its headings lowered, to be below the page's own.
    pub lowered: u8,
    /// What becomes of its HTML.
    pub tags: Tags,
}

/// What becomes of the HTML in a text. None of it has a meaning afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tags {
    /// What stands between tags is kept: for texts that are made with HTML in mind.
    Dropped,
    /// It is read as it is written: a `Vec<T>` that nobody put into backticks stays whole.
    Read,
}

/// The HTML of a Markdown text: links go to `http`, `https` and `mailto` only, and an image
/// becomes a link to it.
#[must_use]
pub fn render_markdown(text: &str, showing: Showing<'_>) -> String {
    let end = text.floor_char_boundary(LIMIT);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut filter = Filter {
        showing,
        links: Vec::new(),
        markup: Markup::Outside,
    };
    let events = Parser::new_ext(&text[..end], options).filter_map(|event| filter.pass(event));
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    without_styles(rendered)
}

/// Columns aligned by class: where a policy allows no `style` attributes, nothing is lost. No text looks
/// like one: its `>` is escaped.
fn without_styles(mut html: String) -> String {
    for side in ["left", "center", "right"] {
        let style = format!(" style=\"text-align: {side}\">");
        html = html.replace(&style, &format!(" class=\"{side}\">"));
    }
    html
}

/// The text without a title at its top: the page has its own.
#[must_use]
pub fn without_title(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.strip_prefix("# ") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    }
}

#[derive(Debug)]
struct Filter<'s> {
    showing: Showing<'s>,
    /// For each link and image that is open: was a link made of it?
    links: Vec<bool>,
    markup: Markup,
}

/// Where in the text's own HTML we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Markup {
    Outside,
    Tag,
    Comment,
}

impl Filter<'_> {
    fn pass<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        let read = self.showing.tags == Tags::Read;
        match event {
            Event::Html(text) | Event::InlineHtml(text) if read => Some(Event::Text(text)),
            Event::Start(Tag::HtmlBlock) if read => Some(Event::Start(Tag::Paragraph)),
            Event::End(TagEnd::HtmlBlock) if read => Some(Event::End(TagEnd::Paragraph)),
            Event::Html(text) | Event::InlineHtml(text) => {
                let text = self.without_tags(&text);
                (!text.is_empty()).then(|| Event::Text(text.into()))
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => self.open(link_type, dest_url),
            Event::Start(Tag::Image { dest_url, .. }) => self.open(LinkType::Inline, dest_url),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let made = self.links.pop().unwrap_or_default();
                made.then_some(Event::End(TagEnd::Link))
            }
            Event::Start(Tag::Heading { level, .. }) => Some(Event::Start(Tag::Heading {
                level: self.lower(level),
                id: None,
                classes: Vec::new(),
                attrs: Vec::new(),
            })),
            Event::End(TagEnd::Heading(level)) => {
                Some(Event::End(TagEnd::Heading(self.lower(level))))
            }
            Event::End(TagEnd::HtmlBlock) => {
                self.markup = Markup::Outside;
                Some(event)
            }
            other => Some(other),
        }
    }

    fn open<'a>(&mut self, link_type: LinkType, dest_url: CowStr<'a>) -> Option<Event<'a>> {
        let scheme = dest_url.to_ascii_lowercase();
        let outside = ["https://", "http://", "mailto:"]
            .iter()
            .any(|allowed| scheme.starts_with(allowed));
        let within = self.links.contains(&true);
        let outside = outside || link_type == LinkType::Email;
        let source = self.showing.source.filter(|_| !outside);
        let beside = source.and_then(|source| source.link(&dest_url));
        let made = !within && (outside || beside.is_some());
        let dest_url = beside.map_or(dest_url, CowStr::from);
        self.links.push(made);
        made.then(|| {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title: "".into(),
                id: "".into(),
            })
        })
    }

    fn lower(&self, level: HeadingLevel) -> HeadingLevel {
        let lowered = level as usize + usize::from(self.showing.lowered);
        HeadingLevel::try_from(lowered).unwrap_or(HeadingLevel::H6)
    }

    /// What stands between tags and comments. It is escaped afterwards, whatever it is.
    fn without_tags(&mut self, html: &str) -> String {
        let mut text = String::new();
        let mut rest = html;
        while !rest.is_empty() {
            let (end, next) = match self.markup {
                Markup::Comment => ("-->", Markup::Outside),
                Markup::Tag => (">", Markup::Outside),
                Markup::Outside => ("<", Markup::Tag),
            };
            let Some((before, after)) = rest.split_once(end) else {
                if self.markup == Markup::Outside {
                    text.push_str(rest);
                }
                break;
            };
            if self.markup == Markup::Outside {
                text.push_str(before);
            }
            self.markup = next;
            rest = after;
            if next == Markup::Tag && rest.starts_with("!--") {
                self.markup = Markup::Comment;
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: Showing<'_> = Showing {
        source: None,
        lowered: 1,
        tags: Tags::Dropped,
    };

    fn render_markdown(text: &str) -> String {
        super::render_markdown(text, PAGE)
    }

    #[test]
    fn what_is_beside_the_text_is_linked_to_in_its_source() {
        let source = Source::new("https://github.com/acme/one", "").unwrap();
        let showing = Showing {
            source: Some(&source),
            ..PAGE
        };
        let html = |text: &str| super::render_markdown(text, showing).trim().to_owned();
        let there = "https://github.com/acme/one/blob/HEAD";
        assert_eq!(
            html("[a](docs/a.md) ![b](b.png) [c](https://c.dev) <ann@example.com>"),
            format!(
                "<p><a href=\"{there}/docs/a.md\">a</a> <a href=\"{there}/b.png\">b</a> \
                 <a href=\"https://c.dev\">c</a> \
                 <a href=\"mailto:ann@example.com\">ann@example.com</a></p>"
            )
        );
        assert_eq!(html("[a](#a) [b](javascript:b)"), "<p>a b</p>");
        let quoted = html("[a](<x\" onclick=\"y>)");
        assert!(!quoted.contains("\" onclick"), "{quoted}");
    }

    #[test]
    fn markdown_becomes_html_below_the_pages_headings() {
        let html = render_markdown(
            "# Title\n\n`code` and [a link](https://example.com).\n\n\
             ```rust\nlet a = b < c;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        );
        assert!(
            html.starts_with("<h2>Title</h2>\n<p><code>code</code>"),
            "{html}"
        );
        assert!(html.contains("<a href=\"https://example.com\">a link</a>"));
        assert!(html.contains("let a = b &lt; c;"));
        assert!(html.contains("<td>1</td>"));
    }

    #[test]
    fn columns_are_aligned_by_class() {
        let text = "| a | b | c | d |\n|---|:--|:-:|--:|\n| style=\"text-align: left\"> |\n";
        let html = render_markdown(text);
        assert!(
            html.contains(
                "<th>a</th><th class=\"left\">b</th><th class=\"center\">c</th>\
                 <th class=\"right\">d</th>"
            ),
            "{html}"
        );
        assert!(
            html.contains("<td>style=\"text-align: left\"&gt;</td><td class=\"left\">"),
            "{html}"
        );
    }

    #[test]
    fn tags_go_and_their_text_stays() {
        let html = |text: &str| render_markdown(text).trim().to_owned();
        assert_eq!(
            html("a <b onclick=\"x()\">bold</b> word"),
            "<p>a bold word</p>"
        );
        let script = "<script>\nalert(1)\n</script>\n\nafter";
        assert_eq!(html(script), "alert(1)\n\n<p>after</p>");
        assert_eq!(html("<!-- a\n<b> -->\n\nafter"), "<p>after</p>");
        assert_eq!(html("<details\n\nafter"), "<p>after</p>");
        assert_eq!(html("<div>1 < 2</div>"), "1");
    }

    #[test]
    fn tags_are_read_where_they_are_to_be() {
        let showing = Showing {
            lowered: 4,
            tags: Tags::Read,
            ..PAGE
        };
        let html = |text: &str| super::render_markdown(text, showing).trim().to_owned();
        assert_eq!(html("a Vec<T> *b*"), "<p>a Vec&lt;T&gt; <em>b</em></p>");
        assert_eq!(
            html("<script>\nx()\n</script>\n\nafter"),
            "<p>&lt;script&gt;\nx()\n&lt;/script&gt;\n</p>\n<p>after</p>"
        );
        assert_eq!(html("<!-- a -->"), "<p>&lt;!-- a --&gt;</p>");
        assert_eq!(html("# a\n### b"), "<h5>a</h5>\n<h6>b</h6>");
    }

    #[test]
    fn links_go_to_the_web_only_and_images_become_links() {
        let html = |text: &str| render_markdown(text).trim().to_owned();
        for bad in [
            "javascript:alert(1)",
            "JavaScript:x",
            "data:text/html,x",
            "../me",
            "#x",
        ] {
            assert_eq!(html(&format!("[text]({bad})")), "<p>text</p>");
            assert_eq!(html(&format!("![text]({bad})")), "<p>text</p>");
        }
        assert_eq!(
            html("![CI](https://x/y.svg)"),
            "<p><a href=\"https://x/y.svg\">CI</a></p>"
        );
        assert_eq!(
            html("[![CI](https://x/y.svg)](https://x \"t\")"),
            "<p><a href=\"https://x\">CI</a></p>"
        );
        assert_eq!(
            html("<ann@example.com>"),
            "<p><a href=\"mailto:ann@example.com\">ann@example.com</a></p>"
        );
    }

    #[test]
    fn a_title_goes_and_what_is_long_ends() {
        assert_eq!(without_title("\u{feff}\n# acme\n\ntext"), "\ntext");
        assert_eq!(without_title("# acme"), "");
        assert_eq!(without_title("## acme"), "## acme");
        assert!(render_markdown(&"é".repeat(LIMIT)).len() < LIMIT + 20);
    }

    proptest! {
        /// Whatever is written, no other tags come out than Markdown's own, and no attribute of
        /// an enemy's making.
        #[test]
        fn nothing_but_markdown_comes_out(
            text in r#"([<>!"'=`#*\[\]()\n /&;:-]|script|img|src|onload|a|https://x|javascript:){0,60}"#
        ) {
            let read = Showing { tags: Tags::Read, ..PAGE };
            let html = render_markdown(&text) + &super::render_markdown(&text, read);
            for (at, _) in html.match_indices('<') {
                let tag = html[at + 1..].trim_start_matches('/');
                let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
                let known = [
                    "p", "a", "ul", "ol", "li", "em", "strong", "del", "code", "pre", "hr", "br",
                    "blockquote", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr",
                    "th", "td", "input",
                ];
                prop_assert!(known.contains(&name.as_str()), "{name:?} in {html:?}");
                let end = tag.find('>').expect("a tag ends");
                let attributes = &tag[name.len()..end];
                let plain = attributes.is_empty()
                    || attributes == " /"
                    || attributes.starts_with(" href=\"http")
                    || attributes.starts_with(" href=\"mailto:")
                    || attributes.starts_with(" class=\"language-")
                    || attributes.starts_with(" start=\"")
                    || [" class=\"left\"", " class=\"center\"", " class=\"right\""].contains(&attributes)
                    || attributes.starts_with(" disabled=\"\" type=\"checkbox\"");
                prop_assert!(plain, "{attributes:?} in {html:?}");
            }
        }
    }
}
