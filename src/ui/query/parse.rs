//! From the text of a filter to its expression.
//!
//! ```text
//! any   := all (OR all)*                    OR, or, |, ||
//! all   := term (AND? term)*                AND, and, &, &&, or a blank
//! term  := (- | ! | NOT)* ( "(" any ")" | value ("," value)* | value operator value ("," value)* )
//! value := quoted text | letters other than blanks, quotes, parentheses, commas, | & and operators
//! ```
//!
//! Blanks around operators and commas count for nothing. `not learning` is the name of a state and not a negation.

use super::QueryError;
use super::language::{Comparison, Expression, OPERATORS, Operator};

/// Parentheses and negations inside each other, at most.
const DEEPEST: usize = 64;

/// The expression of a filter; `None` for a blank one.
pub(super) fn expression(text: &str) -> Result<Option<Expression>, QueryError> {
    let mut parser = Parser { rest: text, depth: 0 };
    parser.skip_blanks();
    if parser.rest.is_empty() {
        return Ok(None);
    }
    let whole = parser.any()?;
    match parser.rest.chars().next() {
        None => Ok(Some(whole)),
        Some(',') => Err(QueryError::Comma),
        Some(found) => Err(QueryError::Parenthesis { found }),
    }
}

/// Whether a text has to be quoted to be read as one value.
pub(super) fn needs_quotes(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(['-', '!'])
        || text.ends_with('!')
        || text.contains(ends_value)
        || text.contains("!=")
        || keyword(text).is_some()
}

/// A letter at which an unquoted value ends.
fn ends_value(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '"' | '\'' | '(' | ')' | ',' | '|' | '&') || is_operator(letter)
}

fn is_operator(letter: char) -> bool {
    matches!(letter, '<' | '>' | '=' | '~')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Or,
    And,
    Not,
}

fn keyword(word: &str) -> Option<Keyword> {
    match word.to_ascii_lowercase().as_str() {
        "or" => Some(Keyword::Or),
        "and" => Some(Keyword::And),
        "not" => Some(Keyword::Not),
        _ => None,
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn any(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.all()?];
        while let Some(word) = self.take_connective(Keyword::Or) {
            if self.is_at_end() {
                return Err(QueryError::NoTerm { word, side: "after" });
            }
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, QueryError> {
        let mut parts = vec![self.term()?];
        loop {
            if let Some(word) = self.take_connective(Keyword::And) {
                if self.is_at_end() {
                    return Err(QueryError::NoTerm { word, side: "after" });
                }
            } else if self.is_at_end() || self.connective().is_some() || self.rest.starts_with(',') {
                break;
            }
            parts.push(self.term()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    /// Whether nothing more belongs to this list of terms.
    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty() || self.rest.starts_with(')')
    }

    /// `OR`, `AND` or their signs, where they come next.
    fn connective(&mut self) -> Option<(Keyword, &'a str)> {
        self.skip_blanks();
        for (signs, keyword) in [(["||", "|"], Keyword::Or), (["&&", "&"], Keyword::And)] {
            if let Some(sign) = signs.into_iter().find(|sign| self.rest.starts_with(sign)) {
                return Some((keyword, &self.rest[..sign.len()]));
            }
        }
        let word = self.word();
        keyword(word).filter(|keyword| *keyword != Keyword::Not).map(|keyword| (keyword, word))
    }

    fn take_connective(&mut self, wanted: Keyword) -> Option<String> {
        let (_, word) = self.connective().filter(|(found, _)| *found == wanted)?;
        self.rest = &self.rest[word.len()..];
        Some(word.to_owned())
    }

    /// The unquoted value that comes next, empty where there is none.
    fn word(&self) -> &'a str {
        let end = self
            .rest
            .char_indices()
            .find(|&(at, letter)| ends_value(letter) || (letter == '!' && self.rest[at + 1..].starts_with('=')));
        &self.rest[..end.map_or(self.rest.len(), |(at, _)| at)]
    }

    fn term(&mut self) -> Result<Expression, QueryError> {
        self.skip_blanks();
        if let Some((_, word)) = self.connective() {
            return Err(QueryError::NoTerm { word: word.to_owned(), side: "before" });
        }
        if let Some(word) = self.negation() {
            let term = self.deeper(|parser| {
                if parser.is_at_end() {
                    return Err(QueryError::NoTerm { word, side: "after" });
                }
                parser.term()
            })?;
            return Ok(Expression::Not(Box::new(term)));
        }
        if self.rest.starts_with('(') {
            return self.parenthesised();
        }
        if let Some(operator) = self.operator()? {
            return Err(QueryError::NoField { operator: operator.sign() });
        }
        if self.rest.starts_with(',') {
            return Err(QueryError::Comma);
        }
        self.words_or_comparison()
    }

    /// Takes `-`, `!` or `NOT` before a term.
    fn negation(&mut self) -> Option<String> {
        if (self.rest.starts_with('-') || self.rest.starts_with('!')) && !self.rest.starts_with("!=") {
            let sign = self.rest[..1].to_owned();
            self.rest = &self.rest[1..];
            return Some(sign);
        }
        let word = self.word();
        if keyword(word) != Some(Keyword::Not) {
            return None;
        }
        if self.state_of_two_words().is_some() {
            return None;
        }
        self.rest = &self.rest[word.len()..];
        Some(word.to_owned())
    }

    /// The text after `not learning`, where that comes next: the one state whose name is two words.
    fn state_of_two_words(&self) -> Option<&'a str> {
        let after = self.rest.strip_prefix("not")?;
        let rest = after.trim_start().strip_prefix("learning")?;
        (rest.len() + "learning".len() < after.len() && rest.chars().next().is_none_or(ends_value)).then_some(rest)
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<T, QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(QueryError::TooDeep { most: DEEPEST });
        }
        let found = read(self);
        self.depth -= 1;
        found
    }

    fn parenthesised(&mut self) -> Result<Expression, QueryError> {
        self.rest = &self.rest[1..];
        self.deeper(|parser| {
            if parser.is_at_end() {
                return Err(if parser.rest.is_empty() {
                    QueryError::Parenthesis { found: '(' }
                } else {
                    QueryError::EmptyParentheses
                });
            }
            let inner = parser.any()?;
            parser.rest = match parser.rest.chars().next() {
                Some(')') => &parser.rest[1..],
                Some(',') => return Err(QueryError::Comma),
                _ => return Err(QueryError::Parenthesis { found: '(' }),
            };
            Ok(inner)
        })
    }

    fn words_or_comparison(&mut self) -> Result<Expression, QueryError> {
        let first = self.value()?;
        self.skip_blanks();
        match self.operator()? {
            None => Ok(Expression::Words(self.values(first)?)),
            Some(operator) => {
                let typed = || format!("{first}{}", operator.sign());
                let value = self.value_after(&typed())?;
                let values = self.values(value)?;
                if values.len() > 1 && operator.is_ordering() {
                    return Err(QueryError::OrderOfList { field: first, operator: operator.sign() });
                }
                Ok(Expression::Compare(Comparison { field: first, operator, values }))
            }
        }
    }

    /// The rest of a list that begins with `first`.
    fn values(&mut self, first: String) -> Result<Vec<String>, QueryError> {
        let mut values = vec![first];
        loop {
            self.skip_blanks();
            let Some(rest) = self.rest.strip_prefix(',') else { return Ok(values) };
            self.rest = rest;
            values.push(self.value_after(",")?);
        }
    }

    /// A value that must be there.
    fn value_after(&mut self, typed: &str) -> Result<String, QueryError> {
        self.skip_blanks();
        let is_there = !self.word().is_empty() || self.rest.starts_with(['"', '\'']);
        if is_there { self.value() } else { Err(QueryError::NoValue { after: typed.to_owned() }) }
    }

    /// Takes an operator, where one comes next.
    fn operator(&mut self) -> Result<Option<Operator>, QueryError> {
        let is_first = |letter| is_operator(letter) || (letter == '!' && self.rest.starts_with("!="));
        if !self.rest.starts_with(is_first) {
            return Ok(None);
        }
        let is_part = |letter| is_operator(letter) || letter == '!';
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (found, rest) = self.rest.split_at(end);
        match OPERATORS.iter().find(|(sign, _)| *sign == found) {
            Some((_, operator)) => {
                self.rest = rest;
                Ok(Some(*operator))
            }
            None => Err(QueryError::UnknownOperator { found: found.to_owned() }),
        }
    }

    /// Takes a quoted or unquoted value, in lower case.
    fn value(&mut self) -> Result<String, QueryError> {
        if let Some(quote) = self.rest.chars().next().filter(|letter| matches!(letter, '"' | '\'')) {
            let inner = &self.rest[1..];
            let end = inner.find(quote).ok_or(QueryError::OpenQuote { quote })?;
            self.rest = &inner[end + 1..];
            return Ok(inner[..end].to_lowercase());
        }
        if let Some(rest) = self.state_of_two_words() {
            self.rest = rest;
            return Ok("not learning".to_owned());
        }
        let word = self.word();
        self.rest = &self.rest[word.len()..];
        Ok(word.to_lowercase())
    }
}

fn one_or(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}
