//! Why a filter is refused.

use thiserror::Error;

/// What cannot be understood of a filter, with what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum QueryError {
    /// A run of operator letters that is not an operator.
    #[error("`{found}` is not an operator; operators are = != < <= > >= and ~ (contains)")]
    UnknownOperator {
        /// The letters.
        found: String,
    },
    /// An operator without a field before it.
    #[error("`{operator}` needs a field before it, such as acc{operator}0.97")]
    NoField {
        /// The operator.
        operator: &'static str,
    },
    /// An operator or comma without a value after it.
    #[error("`{after}` needs a value after it")]
    NoValue {
        /// What was typed before the missing value.
        after: String,
    },
    /// `-`, `NOT`, `OR` or `AND` without a term beside it.
    #[error("`{word}` needs a term {side} it")]
    NoTerm {
        /// The word.
        word: String,
        /// `before` or `after`.
        side: &'static str,
    },
    /// A quote that is not closed.
    #[error("the quote {quote} is not closed")]
    OpenQuote {
        /// `"` or `'`.
        quote: char,
    },
    /// A parenthesis without its other one.
    #[error("the parenthesis {found} has no counterpart")]
    Parenthesis {
        /// `(` or `)`.
        found: char,
    },
    /// Parentheses with nothing in them.
    #[error("there is nothing between the parentheses")]
    EmptyParentheses,
    /// A comma that separates nothing.
    #[error("a comma needs a value on either side; quote a value that holds a comma")]
    Comma,
    /// Parentheses or negations inside each other too often.
    #[error("parentheses and negations nest {most} deep at most")]
    TooDeep {
        /// The most that is allowed.
        most: usize,
    },
    /// A list where one value is meant.
    #[error("{field}{operator} takes one value; lists go with =, != and ~")]
    OrderOfList {
        /// The field.
        field: String,
        /// The operator.
        operator: &'static str,
    },
    /// An order of texts.
    #[error("{field} is a text, which {operator} cannot order; = != and ~ (contains) apply")]
    OrderOfText {
        /// The field.
        field: String,
        /// The operator.
        operator: &'static str,
    },
    /// A number compared with something else.
    #[error("{field} is a number and \"{value}\" is not; allowed are 0.97, 97% or 1e-3")]
    NotANumber {
        /// The field.
        field: String,
        /// What it was compared with.
        value: String,
    },
    /// A field that nothing has.
    #[error("no run has a field \"{field}\"")]
    UnknownField {
        /// Its name.
        field: String,
    },
}
