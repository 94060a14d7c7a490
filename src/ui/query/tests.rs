//! Tests of the filter language: what holds, what is refused, and laws over any text.

use super::language::*;
use super::*;
use proptest::prelude::*;

struct Run;

impl Fields for Run {
    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "activation" => Some(Value::Text("relu".to_owned())),
            "acc" => Some(Value::Number(0.9781)),
            "lr" => Some(Value::Number(f64::from(0.1_f32))),
            "loss" => Some(Value::Number(f64::NAN)),
            "name" => Some(Value::Text("wide relu".to_owned())),
            "state" => Some(Value::Text("not learning".to_owned())),
            _ => None,
        }
    }

    fn second_value(&self, name: &str) -> Option<Value> {
        (name == "name").then(|| Value::Text("wide-relu-s1".to_owned()))
    }

    fn words(&self) -> Vec<String> {
        vec!["wide-relu-s1".to_owned(), "finished".to_owned(), "OR".to_owned()]
    }
}

fn holds(text: &str) -> bool {
    Query::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).matches(&Run)
}

#[test]
fn terms_all_hold_and_alternatives_bind_less() {
    for (text, expected) in [
        ("activation=relu acc>0.97 lr<=0.1 -diverged", true),
        ("acc>97%", true),
        ("acc > 0.97", true),
        ("acc> 98 %", false),
        ("lr=0.1", true),
        ("lr<0.1", false),
        ("ACTIVATION = ReLU S1", true),
        ("activation!=relu", false),
        ("activation ~ el", true),
        ("-finished", false),
        ("!finished", false),
        ("NOT finished", false),
        ("not diverged", true),
        ("--finished", true),
        ("unknown=3", false),
        ("unknown!=3", true),
        ("", true),
        ("  ", true),
        ("activation=tanh,relu", true),
        ("activation = tanh , sigmoid", false),
        ("activation!=tanh,relu", false),
        ("tanh,relu", true),
        ("tanh OR relu", true),
        ("tanh or sigmoid", false),
        ("tanh | relu", true),
        ("diverged finished OR relu", true),
        ("diverged (finished OR relu)", false),
        ("relu AND finished", true),
        ("-(diverged OR tanh) relu", true),
        ("name=\"wide relu\"", true),
        ("name='wide relu'", true),
        ("name=wide-relu-s1", true),
        ("name!=wide-relu-s1", false),
        ("name=wide", false),
        ("\"or\"", true),
        ("loss=nan", true),
        ("loss>0", false),
        ("state=not learning", true),
        ("state=\"not learning\" relu", true),
        ("lr > -5", true),
    ] {
        assert_eq!(holds(text), expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_understood_is_refused_with_the_place() {
    let kind = |name: &str| Run.field(name).map(|value| value.kind());
    for (text, part) in [
        ("acc>>0.9", "`>>` is not an operator"),
        ("acc=>0.9", "`=>` is not an operator"),
        ("acc>", "`acc>` needs a value"),
        ("acc > OR relu", "acc is a number and \"or\" is not"),
        (">0.9", "needs a field"),
        ("acc>abc", "acc is a number and \"abc\" is not"),
        ("acc=0.9,x", "\"x\" is not"),
        ("acc>0.9,0.8", "one value"),
        ("activation<relu", "activation is a text"),
        ("foo=bar", "no run has a field \"foo\""),
        ("-", "needs a term after"),
        ("relu OR", "`OR` needs a term after"),
        ("OR relu", "`OR` needs a term before"),
        ("a OR OR b", "`OR` needs a term before"),
        ("not", "needs a term after"),
        ("(relu", "the parenthesis ("),
        ("relu)", "the parenthesis )"),
        ("()", "nothing between"),
        ("name=\"wide", "is not closed"),
        (",a", "a comma"),
        ("a,", "`,` needs a value"),
    ] {
        let refused = Query::parse(text).and_then(|query| query.check(&kind)).unwrap_err().to_string();
        assert!(refused.contains(part), "{text:?}: {refused}");
    }
    assert_eq!(Query::parse(&"(".repeat(500)), Err(QueryError::TooDeep { most: 64 }));
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9_.-]{1,8}", "[-a-z ,()<>=!~|&']{0,8}", "or|and|not|not learning|learning|\"x\""]
}

fn expression() -> impl Strategy<Value = Expression> {
    let operators: Vec<Operator> = OPERATORS.iter().map(|(_, operator)| *operator).collect();
    let compare = (value(), prop::sample::select(operators), prop::collection::vec(value(), 1..4)).prop_map(
        |(field, operator, mut values)| {
            if operator.is_ordering() {
                values.truncate(1);
            }
            Expression::Compare(Comparison { field, operator, values })
        },
    );
    let words = prop::collection::vec(value(), 1..3).prop_map(Expression::Words);
    prop_oneof![words, compare].prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::All),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Any),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_understood_prints_as_itself(text in "[-a-z=<>!~%0-9. é\\PC\"'(),|]{0,40}|(a|-|OR| |not|\\(|\\)|,|=|>|'){0,12}") {
        if let Ok(query) = Query::parse(&text) {
            let _ = query.matches(&Run);
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
        }
    }

    #[test]
    fn every_query_prints_as_itself(expression in expression()) {
        let query = Query { expression: Some(expression) };
        prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
    }

    #[test]
    fn a_negation_is_the_opposite(text in "(a|relu|acc>0.9|-|OR| |not|\\(|\\)|activation=relu){0,12}") {
        if let (Ok(query), Ok(negated)) = (Query::parse(&text), Query::parse(&format!("-({text})"))) {
            prop_assert_ne!(query.matches(&Run), negated.matches(&Run));
        }
    }
}
