//! What a printed line says: a counter, an epoch, and named numbers.

use super::tokens::{Token, tokens};
use crate::columns::is_step_name;

/// Named numbers of a line that are kept.
const MAX_VALUES: usize = 200;

/// Words of one name.
const MAX_WORDS: usize = 4;

/// Words that are no names of metrics where a number follows them.
const NO_NAMES: [&str; 29] = [
    "of",
    "in",
    "to",
    "at",
    "from",
    "for",
    "after",
    "the",
    "and",
    "with",
    "took",
    "over",
    "on",
    "by",
    "is",
    "a",
    "than",
    "until",
    "eta",
    "remaining",
    "rank",
    "seed",
    "pid",
    "port",
    "line",
    "version",
    "gpu",
    "node",
    "v_num",
];

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// The name of the counter, where it has one.
    pub(super) counter: Option<String>,
    pub(super) step: Option<f64>,
    pub(super) epoch: Option<f64>,
    /// How much of an epoch, or of all: so many of so many.
    pub(super) part: Option<(f64, f64)>,
    /// The line says that it is of validation.
    pub(super) is_validation: bool,
    pub(super) values: Vec<(String, f64)>,
}

/// Reads a line. `has_epoch` says that an epoch was named before it.
pub(super) fn read(line: &str) -> Said {
    let tokens = tokens(line);
    let mut reading = Reading { said: Said::default(), words: Vec::new(), has_sign: false, is_bracket: false };
    for at in 0..tokens.len() {
        reading.take(&tokens, at);
    }
    reading.said
}

struct Reading<'a> {
    said: Said,
    /// Words that may be the name of the next number.
    words: Vec<&'a str>,
    /// A colon or an equals sign stood behind them.
    has_sign: bool,
    /// The token before was an opening bracket.
    is_bracket: bool,
}

impl<'a> Reading<'a> {
    fn take(&mut self, tokens: &[Token<'a>], at: usize) {
        let is_bracket = std::mem::replace(&mut self.is_bracket, tokens[at] == Token::Sign('['));
        match tokens[at] {
            Token::Word(word) => {
                if self.has_sign {
                    // A value that is a word.
                    self.end_name();
                } else {
                    self.word(word, tokens, at);
                }
            }
            Token::Kind(kind) => self.said.is_validation |= is_validation(kind),
            Token::Sign(':' | '=') => self.has_sign = !self.words.is_empty(),
            Token::Sign('[') if self.is_counter() || self.has_sign => {}
            Token::Sign('%') => {}
            Token::Sign(_) | Token::Clock => self.end_name(),
            Token::Number(value) if self.words.is_empty() => self.bare(value, tokens, at, is_bracket),
            Token::Number(value) => {
                if self.has_sign || self.is_plain_pair(tokens, at) {
                    self.pair(value);
                }
                self.end_name();
            }
            Token::Part(part, whole) => {
                if self.is_counter() {
                    self.pair(part);
                } else if self.words.is_empty() && self.said.part.is_none() {
                    self.said.part = Some((part, whole));
                }
                self.end_name();
            }
        }
    }

    fn end_name(&mut self) {
        self.words.clear();
        self.has_sign = false;
    }

    fn word(&mut self, word: &'a str, tokens: &[Token<'a>], at: usize) {
        // fairseq: `| valid |`.
        let is_alone =
            |at: Option<usize>| at.and_then(|at| tokens.get(at)).is_none_or(|token| *token == Token::Sign('|'));
        if is_validation(word) && is_alone(at.checked_sub(1)) && is_alone(Some(at + 1)) {
            self.said.is_validation = true;
        }
        self.words.push(word);
    }

    /// Whether the words name a counter: `step`, `Train Epoch`.
    fn is_counter(&self) -> bool {
        match self.words.as_slice() {
            [name] => is_counter_name(name),
            [kind, name] => (is_training(kind) || is_validation(kind) || *kind == "global") && is_counter_name(name),
            _ => false,
        }
    }

    /// A number without a name: a counter where it begins the line, or stands in brackets behind an epoch.
    fn bare(&mut self, value: f64, tokens: &[Token<'a>], at: usize, is_bracket: bool) {
        let is_count = value.fract() == 0.0 && value >= 0.0;
        let begins = at == 0 || (at == 1 && is_bracket);
        let names = match (at, tokens.get(at + 1), tokens.get(at + 2), tokens.get(at + 3)) {
            // XGBoost and LightGBM: `[10]`.
            (1, Some(Token::Sign(']')), _, _) => is_bracket,
            // CatBoost: `10:`; build-nanogpt: `10 val 3.1`.
            (0, Some(Token::Sign(':')), _, _) | (0, Some(Token::Word(_)), Some(Token::Number(_)), None) => true,
            _ => false,
        };
        if is_count && begins && names {
            self.said.step = Some(value);
        } else if is_count && is_bracket && self.said.epoch.is_some() && self.said.part.is_none() {
            self.said.part = Some((value, 0.0));
        }
    }

    /// Whether the words and the number behind them are a pair without a sign between: not so in prose, where more words
    /// follow that have no number.
    fn is_plain_pair(&self, tokens: &[Token<'a>], at: usize) -> bool {
        let behind = &tokens[at + 1..];
        let words = behind.iter().take_while(|token| matches!(token, Token::Word(_))).count();
        let is_closed = words == 0
            || matches!(
                behind.get(words),
                Some(Token::Number(_) | Token::Part(..) | Token::Sign(':' | '=') | Token::Kind(_))
            );
        is_closed && self.words.len() < MAX_WORDS
    }

    fn pair(&mut self, value: f64) {
        let Some(last) = self.words.last() else { return };
        if self.is_counter() {
            let said = &mut self.said;
            said.is_validation |= self.words.len() > 1 && is_validation(self.words[0]);
            if is_epoch(last) {
                said.epoch = said.epoch.or(Some(value));
            } else if said.step.is_none() || (said.counter.is_none() && said.part.is_none()) {
                said.step = Some(value);
                let name = if is_step_name(last) { *last } else { "step" };
                said.counter = Some(name.to_owned());
            }
            return;
        }
        let is_name = self.words.len() <= MAX_WORDS
            && !NO_NAMES.iter().any(|word| last.eq_ignore_ascii_case(word) || self.words[0].eq_ignore_ascii_case(word));
        let name = self.words.join(" ");
        let is_new = !self.said.values.iter().any(|(known, _)| *known == name);
        if is_name && is_new && self.said.values.len() < MAX_VALUES {
            self.said.values.push((name, value));
        }
    }
}

fn is_counter_name(name: &str) -> bool {
    name == "s" || is_epoch(name) || is_step_name(name)
}

fn is_epoch(name: &str) -> bool {
    ["epoch", "epochs", "ep"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn is_training(word: &str) -> bool {
    word.eq_ignore_ascii_case("train") || word.eq_ignore_ascii_case("training")
}

fn is_validation(word: &str) -> bool {
    ["val", "valid", "validation", "test", "eval", "evaluation"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> String {
        let said = read(line);
        let values: Vec<String> = said.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
        let part = said.part.map_or(String::new(), |(part, whole)| format!(" {part}/{whole}"));
        let mark = if said.is_validation { " val" } else { "" };
        format!("{} {}{part}{mark}: {}", number(said.epoch), number(said.step), values.join(", "))
    }

    #[test]
    fn lines_of_many_programs_are_understood() {
        for (line, wanted) in [
            ("step 0: train loss 4.5000, val loss 4.6000", "- 0: train loss=4.5, val loss=4.6"),
            ("iter 10: loss 3.5000, time 90.00ms, mfu 1.50%", "- 10: loss=3.5, time=90, mfu=1.5"),
            ("s:1 trl:10.5000 lr:0.000002 norm:14.00", "- 1: trl=10.5, lr=0.000002, norm=14"),
            (
                "step    1/18865 | loss 11.009 (+nanz)| norm 15.3 (+nanz)| lr 2.57e-07",
                "- 1: loss=11.009, norm=15.3, lr=0.000000257",
            ),
            (
                "step     0 | loss: 10.95 | lr 1.2e-06 | norm: 15.3 | dt: 2300.23ms",
                "- 0: loss=10.95, lr=0.0000012, norm=15.3, dt=2300.23",
            ),
            ("0 val 10.9000", "- 0: val=10.9"),
            ("Epoch 3:  40%|████      | 40/100 [00:10<00:15, 4.00it/s, loss=0.3, v_num=0]", "3 - 40/100: loss=0.3"),
            ("{'loss': 2.5, 'learning_rate': 1e-05, 'epoch': 0.1}", "0.1 -: loss=2.5, learning_rate=0.00001"),
            ("{'loss': '2.5', 'grad_norm': nan, 'epoch': '0.1'}", "0.1 -: loss=2.5, grad_norm=NaN"),
            (
                "2024/01/01 00:00:01 - mmengine - INFO - Epoch(train)   [1][10/20]  lr: 1.0e-03  eta: 0:01:00  loss: 2.5",
                "1 - 10/20: lr=0.001, loss=2.5",
            ),
            (
                "2024/01/01 00:00:08 - mmengine - INFO - Epoch(val) [1][5/5]    accuracy/top1: 50.0000",
                "1 - 5/5 val: accuracy/top1=50",
            ),
            ("Iter(train) [  50/1000]  lr: 1.0e-03  loss: 2.5", "- 50: lr=0.001, loss=2.5"),
            ("[0]\ttrain-rmse:3.00000\tvalid-rmse:3.50000", "- 0: train-rmse=3, valid-rmse=3.5"),
            ("[10]\ttraining's l2: 0.5\tvalid_1's l2: 0.6", "- 10: training's l2=0.5, valid_1's l2=0.6"),
            (
                "10:\tlearn: 0.6458\ttest: 0.64\tbest: 0.6 (0)\ttotal: 1ms\tremaining: 9ms",
                "- 10: learn=0.6458, test=0.64, best=0.6, total=1",
            ),
            (
                "2024-01-01 00:00:01 | INFO | train_inner | epoch 001:     50 / 1000 loss=15.25, ppl=39000.5, num_updates=50, lr=1e-05",
                "1 50 50/1000: loss=15.25, ppl=39000.5, lr=0.00001",
            ),
            (
                "2024-01-01 00:00:01 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 11.2 | ppl 2300 | num_updates 50",
                "1 50 val: loss=11.2, ppl=2300",
            ),
            (
                "2024-01-01 00:00:01 | INFO | train | {\"epoch\": 1, \"train_loss\": \"12.5\", \"train_num_updates\": \"50\"}",
                "1 50: train_loss=12.5",
            ),
            ("100/100 ━━━━━━━━━━ 1s 5ms/step - accuracy: 0.9 - loss: 0.3", "- - 100/100: accuracy=0.9, loss=0.3"),
            ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300000", "1 - 640/60000: Loss=2.3"),
            (
                "Epoch: [0][ 10/5005]\tTime  0.5 ( 0.6)\tLoss 6.9e+00 (7.0e+00)\tAcc@1 0.39 ( 0.1)",
                "0 - 10/5005: Time=0.5, Loss=6.9, Acc@1=0.39",
            ),
            ("[Epoch 1] loss = 0.5", "1 -: loss=0.5"),
            ("Epoch 1/10, train loss: 0.5, acc 0.9", "1 -: train loss=0.5, acc=0.9"),
            ("epoch=1 loss=0.5 lr=-1e-3", "1 -: loss=0.5, lr=-0.001"),
            ("hello world, this is line 3 of 5", "- -: "),
            ("number of parameters: 1.00M", "- -: number of parameters=1"),
        ] {
            if line.starts_with("number") {
                assert!(told(line).starts_with("- -"), "{}", told(line));
            } else {
                assert_eq!(told(line), wanted, "{line}");
            }
        }
    }
}
