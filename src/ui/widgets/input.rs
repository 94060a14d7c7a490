//! One line of typed text with its cursor.
//!
//! Pasted text is cleaned like any other text of others. Does not depend on what is asked for.

use super::TextArea;
use crate::fmt::width;
use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// The most characters that an input takes.
const MOST: usize = 1000;

/// A line that is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    letters: Vec<char>,
    cursor: usize,
}

impl Input {
    /// A line that begins with `text`, the cursor at its end.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut input = Self::default();
        input.insert(text);
        input
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// Whether nothing was typed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Puts text at the cursor; line breaks become spaces.
    pub fn insert(&mut self, words: &str) {
        for letter in width::clean(words).chars() {
            if self.letters.len() == MOST {
                return;
            }
            self.letters.insert(self.cursor, letter);
            self.cursor += 1;
        }
    }

    /// Takes away the letter before the cursor.
    pub fn backspace(&mut self) {
        if self.cursor > 0 {
            self.cursor -= 1;
            self.letters.remove(self.cursor);
        }
    }

    /// Takes away everything before the cursor.
    pub fn clear(&mut self) {
        self.letters.drain(..self.cursor);
        self.cursor = 0;
    }

    /// Moves the cursor by `letters`, to the ends at most.
    pub fn go(&mut self, letters: isize) {
        self.cursor = self.cursor.saturating_add_signed(letters).min(self.letters.len());
    }

    /// Draws the line; a longer text shows the part before the cursor.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let mut pen = TextArea::new(buffer, area, theme);
        let room = usize::from(pen.area().width);
        if room == 0 {
            return;
        }
        let before: String = self.letters[..self.cursor].iter().collect();
        let shown = width::fit_end(&before, room - 1, theme.glyphs().ellipsis);
        let at = pen.put(0, 0, room as u16, &shown, theme.strong());
        let under: String = self.letters.get(self.cursor).map_or(" ".to_owned(), ToString::to_string);
        let wide = pen.put(at, 0, room as u16 - at, &under, theme.strong().add_modifier(Modifier::REVERSED));
        let after: String = self.letters.iter().skip(self.cursor + 1).collect();
        pen.put(at + wide, 0, (room as u16).saturating_sub(at + wide), &after, theme.strong());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typed_and_taken_back() {
        let mut input = Input::new("relu");
        input.go(-2);
        input.backspace();
        input.insert("\u{1b}[2J\nx");
        assert_eq!(input.text(), "r [2J xlu");
        input.clear();
        assert_eq!(input.text(), "lu");
    }

    proptest! {
        #[test]
        fn any_editing_is_taken(steps in prop::collection::vec((0_u8..5, "\\PC{0,3}"), 0..60), width in 0_u16..12) {
            let mut input = Input::default();
            for (step, words) in steps {
                match step {
                    0 => input.insert(&words),
                    1 => input.backspace(),
                    2 => input.clear(),
                    3 => input.go(-1),
                    _ => input.go(isize::MAX),
                }
                let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
                let area = buffer.area;
                input.render(&mut buffer, area, Theme::default());
            }
        }
    }
}
