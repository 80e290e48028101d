//! Reads `a[b][c]=1&d[]=2` into the tree it means, and says what cannot be read.

use super::schema::Problem;

/// What one name of a form carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// One value.
    One(String),
    /// What stood in brackets behind the name, in order; an item of a list without indexes is named "".
    Many(Vec<(String, Node)>),
}

/// The names of a form with what they carry.
pub(super) type Tree = Vec<(String, Node)>;

/// The tree of a form or a query, and what is wrong with its spelling.
pub(super) fn read(raw: &[u8]) -> (Tree, Vec<Problem>) {
    let mut tree = Tree::new();
    let mut problems = encoding_problems(raw);
    for (name, value) in form_urlencoded::parse(raw) {
        let outcome = match keys(&name) {
            Some(keys) => insert(&mut tree, &keys, &value),
            None => Err("is not a well-formed name"),
        };
        if let Err(text) = outcome {
            problems.push(Problem::new(&name, text));
        }
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            problems.push(Problem::new(&name, "is not UTF-8 behind its percent signs"));
        }
    }
    (tree, problems)
}

/// What no form may contain: bytes that have to be escaped, and percent signs that escape nothing.
fn encoding_problems(raw: &[u8]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(byte) = raw.iter().find(|byte| !byte.is_ascii_graphic()) {
        problems.push(Problem::new("form", format!("holds the byte {byte:#04x}, which has to be escaped")));
    }
    let escapes = raw.split(|byte| *byte == b'%').skip(1);
    let broken = |rest: &&[u8]| !rest.get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    if escapes.filter(broken).count() > 0 {
        problems.push(Problem::new("form", "holds a percent sign without two hexadecimal digits behind it"));
    }
    problems
}

/// The keys of a name: `a[b][]` has `a`, `b` and "".
fn keys(name: &str) -> Option<Vec<String>> {
    let (head, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut keys = vec![head.to_owned()];
    if !rest.is_empty() {
        let inner = rest.strip_prefix('[')?.strip_suffix(']')?;
        keys.extend(inner.split("][").map(str::to_owned));
    }
    let clean = keys.iter().all(|key| !key.contains(['[', ']'])) && !head.is_empty();
    clean.then_some(keys)
}

/// Puts one value where its keys lead.
fn insert(tree: &mut Tree, keys: &[String], value: &str) -> Result<(), &'static str> {
    let Some((key, rest)) = keys.split_first() else {
        return Ok(());
    };
    if key.is_empty() {
        return append(tree, rest, value);
    }
    match tree.iter_mut().find(|(known, _)| known == key) {
        None => tree.push((key.clone(), new_node(rest, value)?)),
        Some((_, Node::Many(inner))) if !rest.is_empty() => insert(inner, rest, value)?,
        Some((_, Node::One(_))) if rest.is_empty() => return Err("is given more than once"),
        Some(_) => return Err("is given both as one value and with brackets"),
    }
    Ok(())
}

/// Puts one value into a list without indexes: into its last item while there is room, else into a new one.
fn append(tree: &mut Tree, rest: &[String], value: &str) -> Result<(), &'static str> {
    if let Some((last, Node::Many(inner))) = tree.last_mut()
        && last.is_empty()
        && !rest.is_empty()
        && insert(inner, rest, value).is_ok()
    {
        return Ok(());
    }
    tree.push((String::new(), new_node(rest, value)?));
    Ok(())
}

/// A new node that carries one value under the keys that are left.
fn new_node(rest: &[String], value: &str) -> Result<Node, &'static str> {
    if rest.is_empty() {
        return Ok(Node::One(value.to_owned()));
    }
    let mut inner = Tree::new();
    insert(&mut inner, rest, value)?;
    Ok(Node::Many(inner))
}
