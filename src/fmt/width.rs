//! Texts made fit for cells: cleaned of what a terminal would obey, measured, and cut with a mark.
//!
//! Names, notes and messages come from files of anyone. Does not depend on where a text stands on the screen.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text without what could move the cursor, change colours or reorder its neighbours: control characters and
/// line breaks become spaces, format characters (zero width, bidirectional overrides, tags, variation selectors) are
/// left out, and at most two combining marks stay on a letter.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len().min(4096));
    let mut marks = 0;
    for letter in text.chars() {
        if letter.is_control() {
            cleaned.push(' ');
        } else if is_format(letter) {
        } else if letter.width() == Some(0) {
            marks += 1;
            if marks <= 2 && !cleaned.is_empty() {
                cleaned.push(letter);
            }
            continue;
        } else {
            cleaned.push(letter);
        }
        marks = 0;
    }
    cleaned
}

fn is_format(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Cells that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in at most `cells` cells; what does not fit is replaced by `ellipsis`, which is one cell wide.
#[must_use]
pub fn fit(text: &str, cells: usize, ellipsis: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > cells - 1 {
            break;
        }
        used += wide;
        kept.push(letter);
    }
    kept.push_str(ellipsis);
    kept
}

/// The end of a text in at most `cells` cells, for paths and for the input line.
#[must_use]
pub fn fit_end(text: &str, cells: usize, ellipsis: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let mut used = 0;
    let mut from = text.len();
    for (at, letter) in text.char_indices().rev() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > cells - 1 {
            break;
        }
        used += wide;
        from = at;
    }
    format!("{ellipsis}{}", &text[from..])
}

/// The beginning and the end of a text in at most `cells` cells, the end the longer.
#[must_use]
pub fn fit_middle(text: &str, cells: usize, ellipsis: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    // With nothing before it, the ellipsis is the first part's own.
    let first = fit(text, cells.div_ceil(2).saturating_sub(usize::from(cells > 2)), ellipsis);
    let used = first.width().saturating_sub(1);
    let kept = first.strip_suffix(ellipsis).unwrap_or(&first);
    format!("{kept}{}", fit_end(text, cells.saturating_sub(used), ellipsis))
}

/// The first `head` cells of a text, a mark, and its end, in at most `cells` cells altogether.
#[must_use]
pub fn fit_around(text: &str, head: usize, cells: usize, ellipsis: &str) -> String {
    if text.width() <= cells {
        return text.to_owned();
    }
    let first = fit(text, head.min(cells.saturating_sub(1)) + 1, ellipsis);
    let kept = first.strip_suffix(ellipsis).unwrap_or(&first);
    format!("{kept}{}", fit_end(text, cells.saturating_sub(kept.width()), ellipsis))
}

/// How many cells of the beginnings of `names` to keep, for [`fit_around`], so that as many as can be stay distinct: the
/// nearest to half of `cells`.
#[must_use]
pub fn distinct_head(names: &[&str], cells: usize) -> usize {
    let usual = (cells / 2).saturating_sub(1);
    let wanted = names.iter().collect::<std::collections::HashSet<_>>().len();
    let mut heads: Vec<usize> = (0..cells).collect();
    heads.sort_by_key(|head| head.abs_diff(usual));
    let mut best = (0, usual);
    for head in heads {
        let cut: std::collections::HashSet<String> =
            names.iter().map(|name| fit_around(name, head, cells, "\u{2026}")).collect();
        if cut.len() > best.0 {
            best = (cut.len(), head);
        }
        if cut.len() == wanted {
            break;
        }
    }
    best.1
}

/// The text broken at spaces into lines of at most `cells` cells; a longer word is broken where it must.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    if cells == 0 {
        return lines;
    }
    for word in text.split_whitespace() {
        let mut word = word;
        loop {
            let line = lines.last_mut().map_or(0, |line| line.width());
            let gap = usize::from(line > 0);
            if line + gap + word.width() <= cells {
                if let Some(last) = lines.last_mut() {
                    last.push_str(&" ".repeat(gap));
                    last.push_str(word);
                }
                break;
            }
            if line > 0 {
                lines.push(String::new());
                continue;
            }
            let cut = break_at(word, cells);
            if let Some(last) = lines.last_mut() {
                last.push_str(&word[..cut]);
            }
            word = &word[cut..];
            lines.push(String::new());
        }
    }
    lines
}

fn break_at(word: &str, cells: usize) -> usize {
    let mut used = 0;
    for (at, letter) in word.char_indices() {
        used += letter.width().unwrap_or(0);
        if used > cells && at > 0 {
            return at;
        }
    }
    word.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_a_terminal_obeys_remains() {
        assert_eq!(clean("\u{1b}[31mred\u{7}\r\n"), " [31mred   ");
        assert_eq!(clean("a\u{202e}b\u{200b}c\u{feff}\u{e0041}"), "abc");
        assert_eq!(clean("e\u{301}\u{301}\u{301}\u{301}"), "e\u{301}\u{301}");
        assert_eq!(clean("\u{9b}31m"), " 31m", "the one-character CSI too");
    }

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(fit("activations", 6, "…"), "activ…");
        assert_eq!(fit("abc", 3, "…"), "abc");
        assert_eq!(fit("数字数字", 4, "…"), "数…", "no half of a wide letter");
        assert_eq!(fit_end("/a/long/path", 6, "…"), "…/path");
        assert_eq!(fit("abc", 0, "…"), "");
        assert_eq!(fit_middle("learning-rate-lr0.1-s0", 14, "…"), "learn…lr0.1-s0");
        assert_eq!(fit_middle("relu-s0", 7, "…"), "relu-s0");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("the loss is NaN", 8), ["the loss", "is NaN"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
    }

    #[test]
    fn names_stay_distinct_where_they_differ() {
        let cut = |names: &[&str], cells| -> Vec<String> {
            let head = distinct_head(names, cells);
            names.iter().map(|name| fit_around(name, head, cells, "…")).collect()
        };
        let names = ["knn-neighbours-k1", "knn-neighbours-k5", "knn"];
        assert_eq!(cut(&names, 12), ["knn-n…urs-k1", "knn-n…urs-k5", "knn"]);
        assert_eq!(cut(&["tanh-fwd-s0-long-end", "relu-fwd-s0-long-end"], 6), ["ta…end", "re…end"]);
        let in_the_middle = ["learning-rate-lr0.1-of-the-study-s0", "learning-rate-lr0.2-of-the-study-s0"];
        let cut = cut(&in_the_middle, 22);
        assert!(cut[0] != cut[1], "{cut:?}");
    }

    proptest! {
        #[test]
        fn distinct_names_stay_distinct_where_a_beginning_and_an_end_tell_them_apart(
            names in prop::collection::hash_set("(a|b|-|long|数){1,9}", 1..6), cells in 1_usize..12,
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let count = |head: usize| {
                let cut: std::collections::HashSet<_> =
                    names.iter().map(|name| fit_around(name, head, cells, "…")).collect();
                prop_assert!(cut.iter().all(|name| name.width() <= cells));
                Ok(cut.len())
            };
            let chosen = count(distinct_head(&names, cells))?;
            for head in 0..cells {
                prop_assert!(count(head)? <= chosen);
            }
        }

        #[test]
        fn any_text_fits(text in "\\PC{0,40}|[\\x00-\\x1f\\u{200b}-\\u{206f}a-z数]{0,40}", cells in 0_usize..20) {
            let cleaned = clean(&text);
            prop_assert!(!cleaned.chars().any(|c| c.is_control() || is_format(c)));
            prop_assert!(fit(&cleaned, cells, "…").width() <= cells);
            prop_assert!(fit_end(&cleaned, cells, "…").width() <= cells);
            prop_assert!(fit_middle(&cleaned, cells, "…").width() <= cells);
            prop_assert!(wrap(&cleaned, cells.max(2)).iter().all(|line| line.width() <= cells.max(2)));
        }
    }
}
