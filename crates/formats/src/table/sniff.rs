//! What a table's first lines say of its cells and names.

use super::layout::{Delimiter, Layout};
use crate::cell::{self, Cell};
use crate::columns::is_step_name;
use std::path::Path;

/// Names of the columns of `results.txt` of YOLO 5 and 7, as their later `results.csv` has them.
const YOLO: [&str; 15] = [
    "epoch",
    "gpu_mem",
    "train/box_loss",
    "train/obj_loss",
    "train/cls_loss",
    "train/total_loss",
    "labels",
    "img_size",
    "metrics/precision",
    "metrics/recall",
    "metrics/mAP_0.5",
    "metrics/mAP_0.5:0.95",
    "val/box_loss",
    "val/obj_loss",
    "val/cls_loss",
];

/// Lines by which a table is recognised.
const SAMPLE: usize = 24;

/// What the first lines say.
#[derive(Debug)]
pub(super) struct Sniffed {
    pub(super) layout: Layout,
    /// Whether the first line that is no comment is the header.
    pub(super) has_header: bool,
}

/// Reads comments, then the first two other lines; nothing where there are not yet two.
pub(super) fn sniff(lines: &[String], split: Option<&str>) -> Option<Sniffed> {
    let is_comment = |line: &&String| line.starts_with('#');
    let mut content = lines.iter().filter(|line| !is_comment(line));
    let (first, second) = (content.next()?, content.next()?);
    let delimiter = delimiter(first, second);
    let cells = delimiter.cells(first);
    if is_header(&cells) {
        return Some(Sniffed { layout: Layout::new(delimiter, &cells, split), has_header: true });
    }
    // The last comment may be the header.
    let comment = lines.iter().take_while(is_comment).last().map(|line| line.trim_start_matches(['#', ' ', '\t']));
    let named = comment.map(|line| delimiter.cells(line)).filter(|named| named.len() == cells.len());
    let names = match named {
        Some(named) if is_header(&named) && !named[0].starts_with('{') => named,
        _ if is_yolo(&cells) => YOLO.map(str::to_owned).to_vec(),
        _ => return Some(Sniffed { layout: Layout::by_place(delimiter, cells.len(), split), has_header: false }),
    };
    Some(Sniffed { layout: Layout::new(delimiter, &names, split), has_header: false })
}

fn delimiter(first: &str, second: &str) -> Delimiter {
    let all = [Delimiter::Byte(b'\t'), Delimiter::Byte(b','), Delimiter::Byte(b';'), Delimiter::Blanks];
    let counts = all.map(|delimiter| (delimiter.cells(first).len(), delimiter.cells(second).len()));
    // Blanks stand in names and behind commas: they count where nothing else does.
    for these in [&[0, 1, 2][..], &[3]] {
        let same = these.iter().copied().filter(|at| counts[*at].0 > 1 && counts[*at].0 == counts[*at].1);
        if let Some(best) = same.min_by_key(|at| usize::MAX - counts[*at].0) {
            return all[best];
        }
    }
    let both = (0..3).filter(|at| counts[*at].0 > 1 && counts[*at].1 > 1);
    both.min_by_key(|at| usize::MAX - counts[*at].0.min(counts[*at].1)).map_or(Delimiter::Byte(b','), |at| all[at])
}

/// Whether cells are names: fewer numbers than other words, or a name of steps at the beginning.
pub(super) fn is_header(cells: &[String]) -> bool {
    let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
    let numbers = cells.iter().filter(|cell| is_value(cell)).count();
    filled > 0 && (numbers * 2 < filled || is_step_name(&cells[0]))
}

fn is_value(cell: &str) -> bool {
    matches!(cell::read(cell), Cell::Number(_) | Cell::Date(_)) || super::layout::part_of(cell).is_some()
}

fn is_yolo(cells: &[String]) -> bool {
    cells.len() == YOLO.len()
        && super::layout::part_of(&cells[0]).is_some()
        && cells[1].strip_suffix('G').is_some_and(|size| cell::number(size.as_bytes()).is_some())
}

/// Whether a text is a table of numbers, by its first lines; `is_whole` says that nothing follows the text.
pub(crate) fn is_table(path: &Path, text: &str, is_whole: bool) -> bool {
    let end = if is_whole { text.len() } else { text.rfind('\n').map_or(text.len(), |end| end + 1) };
    let lines = text[..end].lines().map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty());
    let sample: Vec<String> = lines.take(SAMPLE).map(str::to_owned).collect();
    let content = || sample.iter().filter(|line| !line.starts_with('#'));
    if content().any(|line| line.trim_start().starts_with(['{', '['])) {
        return false;
    }
    let Some(sniffed) = sniff(&sample, None) else {
        // A header alone may be that of a run that begins.
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let header = content().next().map(|line| line.split([',', '\t', ';']).map(str::to_owned).collect::<Vec<_>>());
        return (ending == "csv" || ending == "tsv")
            && header.is_some_and(|cells| cells.len() > 1 && is_header(&cells));
    };
    let layout = &sniffed.layout;
    let width = layout.names().len();
    let mut rows =
        content().skip(usize::from(sniffed.has_header)).map(|line| layout.delimiter().cells(line)).peekable();
    if width == 1 {
        // A list of numbers, below a name or not.
        let is_name = |line: &String| line.split_whitespace().count() == 1;
        let has_name = !sniffed.has_header || content().next().is_some_and(is_name);
        return has_name && content().count() > 1 && rows.all(|cells| cells.len() == 1 && is_value(&cells[0]));
    }
    let (mut good, mut all, mut more) = (0, 0, 0);
    let is_strict = layout.delimiter() == Delimiter::Blanks || !sniffed.has_header;
    for cells in rows {
        let values = cells.iter().filter(|cell| is_value(cell)).count();
        let is_empty = |cell: &String| matches!(cell::read(cell), Cell::Missing);
        let empty = cells.iter().filter(|cell| is_empty(cell)).count();
        let is_good = if is_strict {
            cells.len() == width && values > 0 && values + empty + usize::from(!layout.is_by_place()) >= width
        } else {
            values > 0 && cells.len() <= width
        };
        good += usize::from(is_good);
        more += usize::from(!is_strict && values > 0 && cells.len() > width);
        all += 1;
    }
    good > 0 && (good + more) * 5 >= all * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        sniff(&lines, None).unwrap().layout.names().to_vec()
    }

    #[test]
    fn names_are_found() {
        for (text, wanted) in [
            ("epoch,loss\n0,1\n", vec!["epoch", "loss"]),
            ("epoch;loss\n0;1,5\n", vec!["epoch", "loss"]),
            ("\u{feff}epoch\tTrain Loss\n0\t1\n", vec!["epoch", "Train Loss"]),
            ("step   loss    lr\n10     2.5     0.1\n", vec!["step", "loss", "lr"]),
            (",loss,loss\n0,1,2\n", vec!["index", "loss", "loss.1"]),
            ("# made by x\n# a, b\n1, 2\n3, 4\n", vec!["a", "b"]),
            ("#{\"t_start\": 1.5, \"env_id\": \"E\"}\nr,l\n1,2\n", vec!["r", "l"]),
            ("#{\"t_start\": 1.5, \"env_id\": \"E\"}\n1,2\n1,2\n", vec!["col1", "col2"]),
            ("0.5\n0.25\n", vec!["col1"]),
            ("epoch,0,1,2\n0,1,2,3\n", vec!["epoch", "0", "1", "2"]),
            ("\"a, b\",c\n1,2\n", vec!["a, b", "c"]),
        ] {
            assert_eq!(names(text), wanted, "{text:?}");
        }
        assert!(sniff(&["epoch,loss".to_owned()], None).is_none());
    }

    #[test]
    fn tables_are_told_from_texts() {
        let is = |name: &str, text: &str| is_table(Path::new(name), text, true);
        for text in [
            "epoch,loss\n0,1.0\n",
            "a\tb\n1\t2\n",
            "step loss\n1 0.5\n2 0.25\n",
            "1 2\n3 4\n",
            "0.5\n0.25\n",
            "epoch,loss,set\n0,,train\n0,1,val\n",
            "#{\"a\": 1}\nr,l,t\n1,2,3\n",
            "a,b\n1,2,3\n1,2\n3,4\n",
        ] {
            assert!(is("x.txt", text), "{text:?}");
        }
        for text in [
            "hello\nthis is no training log\n",
            "Dear all, hello\nwe met 3 times, twice here\n",
            "0 val 10.9000\n0 hella 0.2500\n",
            "[0]\ttrain:3.0\tvalid:3.5\n[1]\ttrain:2.0\tvalid:2.5\n",
            "{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": 2}\n",
            "names,words\na,b\nc,d\n",
            "epoch,loss\n",
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n",
        ] {
            assert!(!is("x.txt", text), "{text:?}");
        }
        assert!(is("x.csv", "epoch,loss\n"));
    }
}
