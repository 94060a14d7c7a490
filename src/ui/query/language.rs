//! What a filter is, what it holds of, and how it is printed.
//!
//! Does not depend on how a filter is typed, or on what is filtered.

use super::error::QueryError;
use super::parse;
use std::cmp::Ordering;
use std::fmt;

/// Something that can be asked for its fields.
pub trait Fields {
    /// The value of a field by one of its names.
    fn field(&self, name: &str) -> Option<Value>;
    /// A second value that a field answers to, where it has one: a run's id beside its experiment's name.
    fn second_value(&self, _name: &str) -> Option<Value> {
        None
    }
    /// The texts that plain words are looked for in.
    fn words(&self) -> Vec<String>;
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
}

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Texts: only `=`, `!=` and `~` apply.
    Text,
    /// Numbers.
    Number,
}

impl Value {
    /// Its type.
    #[must_use]
    pub fn kind(&self) -> ValueKind {
        match self {
            Self::Text(_) => ValueKind::Text,
            Self::Number(_) => ValueKind::Number,
        }
    }
}

/// A filter; the default one lets everything pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub(super) expression: Option<Expression>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// All of two or more.
    All(Vec<Self>),
    /// Any of two or more.
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Any of these words, lower case.
    Words(Vec<String>),
    Compare(Comparison),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// As typed, in lower case.
    pub(super) field: String,
    pub(super) operator: Operator,
    /// One or, with `=`, `!=` and `~`, more; lower case.
    pub(super) values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// What every operator is written as.
pub(super) const OPERATORS: [(&str, Operator); 8] = [
    ("=", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
    ("~", Operator::Contains),
    ("==", Operator::Equal),
];

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        OPERATORS.iter().find(|(_, operator)| *operator == self).map_or("", |(sign, _)| sign)
    }

    /// Whether it asks which of two values is larger.
    pub(super) fn is_ordering(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual)
    }
}

impl Query {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// What cannot be understood, and what is allowed there.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { expression: parse::expression(text)? })
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expression.is_none()
    }

    /// Whether something passes.
    #[must_use]
    pub fn matches(&self, subject: &impl Fields) -> bool {
        self.expression.as_ref().is_none_or(|expression| expression.holds(subject))
    }

    /// Checks that every field exists and is compared with what it can be compared with; `kind` knows the fields.
    ///
    /// # Errors
    ///
    /// The first comparison that makes no sense.
    pub fn check(&self, kind: &dyn Fn(&str) -> Option<ValueKind>) -> Result<(), QueryError> {
        self.expression.as_ref().map_or(Ok(()), |expression| expression.check(kind))
    }
}

impl Expression {
    fn holds(&self, subject: &impl Fields) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(subject)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(subject)),
            Self::Not(part) => !part.holds(subject),
            Self::Words(words) => {
                let texts: Vec<String> = subject.words().iter().map(|text| text.to_lowercase()).collect();
                words.iter().any(|word| texts.iter().any(|text| text.contains(word)))
            }
            Self::Compare(comparison) => comparison.holds(subject),
        }
    }

    fn check(&self, kind: &dyn Fn(&str) -> Option<ValueKind>) -> Result<(), QueryError> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().try_for_each(|part| part.check(kind)),
            Self::Not(part) => part.check(kind),
            Self::Words(_) => Ok(()),
            Self::Compare(comparison) => comparison.check(kind),
        }
    }
}

impl Comparison {
    fn holds(&self, subject: &impl Fields) -> bool {
        let found: Vec<Value> =
            [subject.field(&self.field), subject.second_value(&self.field)].into_iter().flatten().collect();
        let any = |holds: &dyn Fn(&Value, &str) -> bool| {
            found.iter().any(|found| self.values.iter().any(|wanted| holds(found, wanted)))
        };
        let order =
            |allowed: &dyn Fn(Ordering) -> bool| any(&|found, wanted| order(found, wanted).is_some_and(allowed));
        match self.operator {
            Operator::Equal => order(&Ordering::is_eq),
            Operator::NotEqual => !order(&Ordering::is_eq),
            Operator::Less => order(&Ordering::is_lt),
            Operator::LessOrEqual => order(&Ordering::is_le),
            Operator::Greater => order(&Ordering::is_gt),
            Operator::GreaterOrEqual => order(&Ordering::is_ge),
            Operator::Contains => any(&|found, wanted| match found {
                Value::Text(text) => text.to_lowercase().contains(wanted),
                Value::Number(number) => number.to_string().contains(wanted),
            }),
        }
    }

    fn check(&self, kind: &dyn Fn(&str) -> Option<ValueKind>) -> Result<(), QueryError> {
        let field = || self.field.clone();
        match kind(&self.field) {
            None => Err(QueryError::UnknownField { field: field() }),
            Some(ValueKind::Text) if self.operator.is_ordering() => {
                Err(QueryError::OrderOfText { field: field(), operator: self.operator.sign() })
            }
            Some(ValueKind::Number) if self.operator != Operator::Contains => {
                match self.values.iter().find(|value| number(value).is_none()) {
                    Some(value) => Err(QueryError::NotANumber { field: field(), value: value.clone() }),
                    None => Ok(()),
                }
            }
            Some(_) => Ok(()),
        }
    }
}

/// A number as it is typed: `0.97`, `97%`, `1e-3`.
fn number(text: &str) -> Option<f64> {
    match text.strip_suffix('%') {
        Some(percent) => percent.trim_end().parse::<f64>().ok().map(|number| number / 100.0),
        None => text.parse().ok(),
    }
}

/// How a value stands to what is asked for; `None` where they cannot be compared.
fn order(found: &Value, wanted: &str) -> Option<Ordering> {
    match found {
        Value::Number(found) => {
            let wanted = number(wanted)?;
            // Logs hold single precision; 0.1 asks for the number that prints as 0.1. NaN is equal to itself here.
            let is_equal = (found - wanted).abs() <= 1e-6 * wanted.abs() || (found.is_nan() && wanted.is_nan());
            if is_equal { Some(Ordering::Equal) } else { found.partial_cmp(&wanted) }
        }
        Value::Text(found) => Some(found.to_lowercase().as_str().cmp(wanted)),
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.as_ref().map_or(Ok(()), |expression| expression.print(f, false))
    }
}

impl Expression {
    /// Prints it; `inside` another one, lists of terms need parentheses.
    fn print(&self, f: &mut fmt::Formatter<'_>, inside: bool) -> fmt::Result {
        let list = |parts: &[Self], between: &str, f: &mut fmt::Formatter<'_>| {
            f.write_str(if inside { "(" } else { "" })?;
            for (i, part) in parts.iter().enumerate() {
                f.write_str(if i > 0 { between } else { "" })?;
                part.print(f, true)?;
            }
            f.write_str(if inside { ")" } else { "" })
        };
        match self {
            Self::All(parts) => list(parts, " ", f),
            Self::Any(parts) => list(parts, " OR ", f),
            Self::Not(part) => {
                f.write_str("-")?;
                part.print(f, true)
            }
            Self::Words(words) => print_values(words, f),
            Self::Compare(Comparison { field, operator, values }) => {
                print_values(std::slice::from_ref(field), f)?;
                f.write_str(operator.sign())?;
                print_values(values, f)
            }
        }
    }
}

fn print_values(values: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (i, value) in values.iter().enumerate() {
        let comma = if i > 0 { "," } else { "" };
        // A double quote inside is quoted by single ones and the other way round; both cannot be typed in one value.
        let quote = if value.contains('"') { '\'' } else { '"' };
        if parse::needs_quotes(value) {
            write!(f, "{comma}{quote}{value}{quote}")
        } else {
            write!(f, "{comma}{value}")
        }?;
    }
    Ok(())
}
