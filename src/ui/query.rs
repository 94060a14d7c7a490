//! The small query language of filters: `activation=relu acc>0.97 lr<=0.1 -diverged`, and plain words.
//!
//! Terms stand side by side and all must hold; `-` or `!` before a term turns it around. A term is a word that must
//! occur in the names, or a field, an operator (`=`, `!=`, `<`, `<=`, `>`, `>=`, `~` for "contains") and a value.
//! Nothing typed is an error: what cannot be read as a comparison is a word. Must not know what is filtered.

/// Something that can be asked for its fields.
pub trait Fields {
    /// The value of a field by its full name.
    fn field(&self, name: &str) -> Option<Value>;
    /// The texts that plain words are looked for in.
    fn words(&self) -> Vec<String>;
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A name.
    Text(String),
    /// A figure.
    Number(f64),
}

/// A filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Word(String),
    Compare { field: String, operator: Operator, value: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
}

/// Longer operators before their beginnings.
const OPERATORS: [(&str, Operator); 8] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("!=", Operator::NotEqual),
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("~", Operator::Contains),
];

/// Short names of fields and their full ones.
const SHORT: [(&str, &str); 13] = [
    ("smoothed", "smoothed_train_loss"),
    ("acc", "test_accuracy"),
    ("accuracy", "test_accuracy"),
    ("best", "best_test_accuracy"),
    ("loss", "train_loss"),
    ("lr", "learning_rate"),
    ("batch", "batch_size"),
    ("act", "activation"),
    ("status", "state"),
    ("data", "dataset"),
    ("reg", "regulariser"),
    ("time", "seconds"),
    ("init", "initialisation"),
];

impl Query {
    /// Reads a filter; any text is one.
    #[must_use]
    pub fn read(text: &str) -> Self {
        Self { terms: text.split_whitespace().filter_map(Term::read).collect() }
    }

    /// Whether everything passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The fields that are asked for, by their full names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.test {
            Test::Compare { field, .. } => Some(field.as_str()),
            Test::Word(_) => None,
        })
    }

    /// Whether something passes.
    #[must_use]
    pub fn matches(&self, subject: &impl Fields) -> bool {
        self.terms.iter().all(|term| term.test.holds(subject) != term.negated)
    }
}

impl Term {
    fn read(word: &str) -> Option<Self> {
        let (negated, rest) = match word.strip_prefix('-').or_else(|| word.strip_prefix('!')) {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        if rest.is_empty() {
            return None;
        }
        Some(Self { negated, test: Test::read(rest) })
    }
}

impl Test {
    fn read(word: &str) -> Self {
        let first = OPERATORS
            .iter()
            .filter_map(|(sign, operator)| {
                word.find(sign).map(|at| (at, std::cmp::Reverse(sign.len()), *sign, *operator))
            })
            .min_by_key(|&(at, length, _, _)| (at, length));
        match first {
            Some((at, _, sign, operator)) if at > 0 && at + sign.len() < word.len() => {
                let field = word[..at].to_lowercase();
                let field =
                    SHORT.iter().find(|(short, _)| *short == field).map_or(field, |(_, full)| (*full).to_owned());
                Self::Compare { field, operator, value: word[at + sign.len()..].to_lowercase() }
            }
            _ => Self::Word(word.to_lowercase()),
        }
    }

    fn holds(&self, subject: &impl Fields) -> bool {
        match self {
            Self::Word(word) => subject.words().iter().any(|text| text.to_lowercase().contains(word)),
            Self::Compare { field, operator, value } => match subject.field(field) {
                None => *operator == Operator::NotEqual,
                Some(found) => holds(&found, *operator, value),
            },
        }
    }
}

fn holds(found: &Value, operator: Operator, wanted: &str) -> bool {
    let order = match (found, wanted.trim_end_matches('%').parse::<f64>()) {
        (Value::Number(found), Ok(number)) => {
            let wanted = if wanted.ends_with('%') { number / 100.0 } else { number };
            // Figures are logged in single precision; 0.1 asks for the number that prints as 0.1.
            if (found - wanted).abs() <= 1e-6 * wanted.abs() {
                Some(std::cmp::Ordering::Equal)
            } else {
                found.partial_cmp(&wanted)
            }
        }
        (Value::Number(_), Err(_)) => None,
        (Value::Text(found), _) => Some(found.to_lowercase().as_str().cmp(wanted)),
    };
    let contains = || match found {
        Value::Text(text) => text.to_lowercase().contains(wanted),
        Value::Number(number) => number.to_string().contains(wanted),
    };
    match operator {
        Operator::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
        Operator::NotEqual => !order.is_some_and(std::cmp::Ordering::is_eq),
        Operator::Less => order.is_some_and(std::cmp::Ordering::is_lt),
        Operator::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
        Operator::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
        Operator::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        Operator::Contains => contains(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Run;

    impl Fields for Run {
        fn field(&self, name: &str) -> Option<Value> {
            match name {
                "activation" => Some(Value::Text("relu".to_owned())),
                "test_accuracy" => Some(Value::Number(0.9781)),
                "learning_rate" => Some(Value::Number(f64::from(0.1_f32))),
                _ => None,
            }
        }

        fn words(&self) -> Vec<String> {
            vec!["relu-s1".to_owned(), "finished".to_owned()]
        }
    }

    #[test]
    fn terms_all_hold() {
        for (query, expected) in [
            ("activation=relu test_accuracy>0.97 lr<=0.1 -diverged", true),
            ("acc>97%", true),
            ("lr=0.1", true),
            ("lr<0.1", false),
            ("ACT=ReLU S1", true),
            ("act!=relu", false),
            ("act~el", true),
            ("-finished", false),
            ("unknown=3", false),
            ("unknown!=3", true),
            ("", true),
            ("- ! = < a=", false),
        ] {
            assert_eq!(Query::read(query).matches(&Run), expected, "{query:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_query(text in "[-a-z=<>!~%0-9. é\\PC]{0,40}") {
            let _ = Query::read(&text).matches(&Run);
        }
    }
}
