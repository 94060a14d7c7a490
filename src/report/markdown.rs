//! A Markdown page under construction: paragraphs, tables and pictures.
//!
//! Cells and words that come from logs are escaped by the caller (`text::markdown`). Does not depend on what the page says.

use std::fmt::Write;

/// Text that grows.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

/// A table: the first row is its head, the first column its names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with this head.
    pub(crate) fn new<S: Into<String>>(head: impl IntoIterator<Item = S>) -> Self {
        Self { rows: vec![head.into_iter().map(Into::into).collect()] }
    }

    /// Adds a row.
    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl Page {
    /// A heading of the given depth, 1 for the page's own.
    pub(crate) fn heading(&mut self, depth: usize, words: &str) {
        self.paragraph(&format!("{} {words}", "#".repeat(depth)));
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, words: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(words.trim_end());
        self.text.push('\n');
    }

    /// A list of points.
    pub(crate) fn points<S: AsRef<str>>(&mut self, points: impl IntoIterator<Item = S>) {
        let list: Vec<String> = points.into_iter().map(|point| format!("- {}", point.as_ref())).collect();
        if !list.is_empty() {
            self.paragraph(&list.join("\n"));
        }
    }

    /// A table, its columns padded so that it reads in an editor too; names to the left, numbers to the right.
    pub(crate) fn table(&mut self, table: &Table) {
        let columns = table.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = table.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(3)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for (index, row) in table.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let pad = " ".repeat(width - cell.chars().count());
                let (left, right) = if column == 0 { ("", pad.as_str()) } else { (pad.as_str(), "") };
                // Writing to a string cannot fail.
                let _ = write!(text, "| {left}{cell}{right} ");
            }
            text.push_str("|\n");
            if index == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let (rule, end) = ("-".repeat(width + 1), if column == 0 { '-' } else { ':' });
                    let _ = write!(text, "|{rule}{end}");
                }
                text.push_str("|\n");
            }
        }
        self.paragraph(&text);
    }

    /// A picture in a file beside the page.
    pub(crate) fn picture(&mut self, caption: &str, file: &str) {
        self.paragraph(&format!("![{caption}]({file})"));
    }

    /// The page.
    pub(crate) fn finish(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_padded_and_aligned() {
        let mut table = Table::new(["Model", "Loss"]);
        table.row(["tanh", "0.0316 ± 0.0004"]);
        let mut page = Page::default();
        page.heading(2, "Results");
        page.table(&table);
        let expected = "## Results\n\n| Model |            Loss |\n|-------|----------------:|\n\
                        | tanh  | 0.0316 ± 0.0004 |\n";
        assert_eq!(page.finish(), expected);
    }
}
