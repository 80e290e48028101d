//! The search query language: `status:'succeeded' AND metadata['order']:'8' AND amount>1000`.

use serde_json::Value;

use crate::error::{StripeError, StripeResult};
use crate::index::{IndexQuery, metadata_field};
use crate::metadata::Metadata;

/// A parsed query: clauses joined by AND or by OR.
#[derive(Debug)]
pub(super) struct Query {
    clauses: Vec<Clause>,
    /// Whether one matching clause is enough (OR).
    any_clause: bool,
}

#[derive(Debug)]
struct Clause {
    /// The path of names to the value, such as `metadata` and a key.
    field: Vec<String>,
    operator: Operator,
    value: String,
    negated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Is,
    Contains,
    More,
    Less,
    MoreOrEqual,
    LessOrEqual,
}

/// The fields that the index of every collection has, for the kinds of objects with such a field.
const INDEXED: &[&str] = &["currency", "customer", "email", "name", "payment_intent", "phone", "status"];

/// The operators, with the longer operators first.
const OPERATORS: &[(&str, Operator)] = &[
    (">=", Operator::MoreOrEqual),
    ("<=", Operator::LessOrEqual),
    (":", Operator::Is),
    ("~", Operator::Contains),
    (">", Operator::More),
    ("<", Operator::Less),
];

impl Query {
    /// Parses a query about a resource. Only the given fields and the metadata can be searched.
    pub(super) fn parse(text: &str, resource: &str, fields: &[&str]) -> StripeResult<Self> {
        let (mut rest, mut clauses, mut any_clause, mut all) = (text.trim(), vec![], false, false);
        loop {
            let (clause, after) = Clause::parse(rest).ok_or_else(parse_error)?;
            clause.check(resource, fields)?;
            clauses.push(clause);
            rest = after.trim_start();
            if rest.is_empty() {
                break;
            }
            rest = if let Some(next) = after_connective(rest, "OR") {
                any_clause = true;
                next
            } else if let Some(next) = after_connective(rest, "AND") {
                all = true;
                next
            } else {
                all = true;
                rest
            };
        }
        if any_clause && all {
            return Err(StripeError::invalid("You cannot combine AND and OR in the same search query."));
        }
        Ok(Self { clauses, any_clause })
    }

    /// The part of the query that the index answers. Every match is found, and perhaps more.
    pub(super) fn indexed(&self) -> IndexQuery {
        let pairs: Vec<(String, &str)> = self.clauses.iter().filter_map(Clause::indexed).collect();
        let pairs_of = pairs.iter().map(|(field, value)| (field.as_str(), *value));
        match self.any_clause {
            true if pairs.len() < self.clauses.len() => IndexQuery::default(),
            true => IndexQuery::any(pairs_of),
            false => IndexQuery::all(pairs_of),
        }
    }

    /// Whether an object with this metadata could match. The check is cheap and never excludes a match.
    pub(super) fn may_match(&self, metadata: Option<&Metadata>) -> bool {
        let Some(metadata) = metadata.filter(|_| !self.any_clause) else {
            return true;
        };
        let exact_metadata = |clause: &&Clause| {
            let wanted = clause.operator == Operator::Is && clause.value != "null" && !clause.negated;
            wanted && clause.field.first().is_some_and(|name| name == "metadata")
        };
        self.clauses.iter().filter(exact_metadata).all(|clause| {
            let found = clause.field.get(1).and_then(|key| metadata.get(key));
            found.is_some_and(|found| found.eq_ignore_ascii_case(&clause.value))
        })
    }

    /// Whether the JSON object matches the query.
    pub(super) fn matches(&self, object: &Value) -> bool {
        let matches = |clause: &Clause| clause.matches(object) != clause.negated;
        if self.any_clause { self.clauses.iter().any(matches) } else { self.clauses.iter().all(matches) }
    }
}

impl Clause {
    /// Parses one clause, and returns the rest of the text.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (negated, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let end = text.find([':', '~', '<', '>'])?;
        let (field, rest) = text.split_at_checked(end)?;
        let (symbol, operator) = OPERATORS.iter().find(|(symbol, _)| rest.starts_with(symbol))?;
        let (value, after) = value(rest.strip_prefix(symbol)?.trim_start())?;
        let field = field_of(field.trim())?;
        Some((Self { field, operator: *operator, value, negated }, after))
    }

    fn check(&self, resource: &str, fields: &[&str]) -> StripeResult<()> {
        let name = self.field.first().map_or("", String::as_str);
        let metadata = name == "metadata" && self.field.len() == 2;
        if metadata || (fields.contains(&name) && self.field.len() == 1) {
            return Ok(());
        }
        Err(StripeError::invalid(format!(
            "Field `{name}` is an unsupported search field for resource `{resource}`. See \
             http://stripe.com/docs/search#query-fields-for-{} for a list of supported fields.",
            resource.replace('_', "-")
        )))
    }

    /// The indexed field with the value, for a clause that wants one value of such a field.
    fn indexed(&self) -> Option<(String, &str)> {
        if self.operator != Operator::Is || self.value == "null" || self.negated {
            return None;
        }
        let field = match self.field.as_slice() {
            [name] if INDEXED.contains(&name.as_str()) => name.clone(),
            [_, key] => metadata_field(key),
            _ => return None,
        };
        Some((field, &self.value))
    }

    fn matches(&self, object: &Value) -> bool {
        let found = self.field.iter().try_fold(object, |at, name| at.get(name));
        let found = match found {
            None | Some(Value::Null) => return self.value == "null" && self.operator == Operator::Is,
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let numbers = (found.parse::<i128>().ok(), self.value.parse::<i128>().ok());
        let compare = |wanted: fn(&i128, &i128) -> bool| match numbers {
            (Some(found), Some(value)) => wanted(&found, &value),
            (_, _) => false,
        };
        match self.operator {
            Operator::Is => found.eq_ignore_ascii_case(&self.value),
            Operator::Contains => found.to_lowercase().contains(&self.value.to_lowercase()),
            Operator::More => compare(|found, value| found > value),
            Operator::Less => compare(|found, value| found < value),
            Operator::MoreOrEqual => compare(|found, value| found >= value),
            Operator::LessOrEqual => compare(|found, value| found <= value),
        }
    }
}

/// The names in a field such as `status` or `metadata["order"]`.
fn field_of(text: &str) -> Option<Vec<String>> {
    let Some((name, rest)) = text.split_once('[') else {
        return (!text.is_empty()).then(|| vec![text.to_owned()]);
    };
    let key = rest.strip_suffix(']')?.trim_matches(['"', '\'']);
    Some(vec![name.to_owned(), key.to_owned()])
}

/// A value with or without quotes, and the rest of the text.
fn value(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|letter| ['"', '\''].contains(letter));
    let Some(quote) = quote else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (value, after) = text.split_at_checked(end)?;
        return (!value.is_empty()).then(|| (value.to_owned(), after));
    };
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ if letter == quote => return Some((value, text.get(at.checked_add(1)?..)?)),
            _ => value.push(letter),
        }
    }
    None
}

/// The rest of the text after a word that joins two clauses.
fn after_connective<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.get(..word.len())?;
    let rest = text.get(word.len()..)?;
    (start.eq_ignore_ascii_case(word) && rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

fn parse_error() -> StripeError {
    StripeError::invalid(
        "We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query \
         for metadata or key:\"value\" to query for other fields.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_matches_objects_or_is_refused() {
        let object = json!({ "status": "succeeded", "amount": 2000, "metadata": { "order": "a b" } });
        for (query, matches) in [
            ("status:'succeeded'", Some(true)),
            ("status:\"canceled\"", Some(false)),
            ("-status:\"canceled\"", Some(true)),
            ("status:'succeeded' AND amount>1999", Some(true)),
            ("status:'succeeded' AND amount>2000", Some(false)),
            ("status:'canceled' OR amount<=2000", Some(true)),
            ("metadata['order']:'a b'", Some(true)),
            ("metadata[\"order\"]~\"a\" status:'succeeded'", Some(true)),
            ("metadata['other']:null", Some(true)),
            ("metadata['order']:'c'", Some(false)),
            ("color:'red'", None),
            ("status", None),
            ("status:'open", None),
            ("status:'a' AND amount>1 OR amount<1", None),
        ] {
            let read = Query::parse(query, "payment_intents", &["status", "amount"]).ok();
            assert_eq!(read.as_ref().map(|query| query.matches(&object)), matches, "{query}");
            // `may_match` is true for every object that matches the query.
            let metadata = Metadata::new([("order".to_owned(), "a b".to_owned())].into());
            assert!(
                read.is_none_or(|query| query.may_match(Some(&metadata)) || !query.matches(&object)),
                "{query}"
            );
        }
    }
}
