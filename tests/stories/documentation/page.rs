//! A page of the documentation, taken apart: fenced blocks, headings and links.

use std::{collections::BTreeSet, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A Markdown file of the repository.
pub(super) struct Page {
    /// Path below the repository's root.
    pub(super) name: String,
    pub(super) text: String,
}

/// A fenced block of a page.
pub(super) struct Block {
    /// The word behind the opening fence, as in `sh`.
    pub(super) language: String,
    pub(super) text: String,
    /// The reason why no test runs the block, from the comment above the fence.
    pub(super) not_run: Option<String>,
}

impl Page {
    pub(super) fn read(name: &str) -> Page {
        let text = std::fs::read_to_string(Path::new(ROOT).join(name));
        Page { name: name.to_owned(), text: text.unwrap_or_else(|error| panic!("{name}: {error}")) }
    }

    /// The fenced blocks, in the order of the page.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut open): (Vec<Block>, bool) = (vec![], false);
        let mut above = "";
        for line in self.text.lines() {
            match line.strip_prefix("```") {
                Some(_) if open => open = false,
                Some(language) => {
                    open = true;
                    let reason =
                        above.strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
                    let not_run = reason.map(str::to_owned);
                    blocks.push(Block { language: language.to_owned(), text: String::new(), not_run });
                }
                None if open => {
                    let block = blocks.last_mut().expect("a fence is open");
                    block.text.push_str(line);
                    block.text.push('\n');
                }
                None => {}
            }
            above = line;
        }
        assert!(!open, "{}: a fence is not closed", self.name);
        blocks
    }

    /// The blocks of shell commands.
    pub(super) fn commands(&self) -> impl Iterator<Item = Block> {
        self.blocks().into_iter().filter(|block| block.language == "sh")
    }

    /// The lines outside fenced blocks, without code spans.
    fn prose(&self) -> Vec<String> {
        let mut open = false;
        let mut lines = vec![];
        for line in self.text.lines() {
            if line.starts_with("```") {
                open = !open;
            } else if !open {
                lines.push(line.split('`').step_by(2).collect::<Vec<_>>().join("_"));
            }
        }
        lines
    }

    /// The anchors of the headings, as the repository's host and mdBook make them.
    pub(super) fn anchors(&self) -> BTreeSet<String> {
        let mut anchors = BTreeSet::new();
        let mut fenced = false;
        for line in self.text.lines() {
            fenced ^= line.starts_with("```");
            let heading = line.trim_start_matches('#');
            if fenced || heading == line || !heading.starts_with(' ') {
                continue;
            }
            let anchor = anchor(heading.trim());
            let repeated = (1..).map(|number| format!("{anchor}-{number}"));
            let mut names = std::iter::once(anchor.clone()).chain(repeated);
            let free = names.find(|name| !anchors.contains(name)).expect("there are more numbers");
            anchors.insert(free);
        }
        anchors
    }

    /// The targets of the links, in the order of the page. A link may be broken over two lines.
    pub(super) fn links(&self) -> Vec<String> {
        let prose = self.prose().join("\n");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        targets.map(|(target, _)| target.to_owned()).collect()
    }
}

fn anchor(heading: &str) -> String {
    let slug = heading.to_lowercase().replace(' ', "-");
    slug.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
}

#[test]
fn a_page_is_parsed_into_blocks_headings_and_links() {
    let text = "# One `two`: three\n\n[a](b.md#c)\n\n<!-- not run: takes long -->\n```sh\nrun # [x](y)\n```\n\
                ## Same\n## Same\n```toml\n# No heading\n```\n";
    let page = Page { name: "page".to_owned(), text: text.to_owned() };
    assert_eq!(page.links(), ["b.md#c"]);
    let anchors: Vec<_> = page.anchors().into_iter().collect();
    assert_eq!(anchors, ["one-two-three", "same", "same-1"]);
    let blocks = page.blocks();
    let [first, second] = blocks.as_slice() else { panic!("two blocks") };
    assert_eq!((first.text.as_str(), first.not_run.as_deref()), ("run # [x](y)\n", Some("takes long")));
    assert_eq!((second.language.as_str(), &second.not_run), ("toml", &None));
}
