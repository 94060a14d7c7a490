//! The misclassified digits of a cell, as many as fit.

use super::view::boxed;
use crate::fmt::width;
use crate::ui::layout::Layout;
use crate::ui::model::{Digit, Digits, Model};
use crate::ui::widgets::{TextArea, digit};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The images in a grid, each with its place in the test set.
pub(crate) fn digits(model: &Model, shown: &Digits, area: Rect, buffer: &mut Buffer, layout: &mut Layout) {
    let theme = model.settings.theme;
    let title = format!("{} taken for {}", shown.label, shown.predicted);
    let inside = boxed(model, &title, (area.width.saturating_sub(4), area.height), area, buffer);
    let Some(images) = &shown.images else {
        let words = shown.missing.as_deref().map_or("loading".to_owned(), width::clean);
        let mut pen = TextArea::new(buffer, inside, theme);
        for (y, line) in width::wrap(&words, usize::from(inside.width)).iter().enumerate() {
            pen.put(0, y as u16, inside.width, line, theme.muted());
        }
        return;
    };
    let own: Vec<&Digit> =
        images.iter().filter(|image| image.label.is_none_or(|label| usize::from(label) == shown.label)).collect();
    let (width, height) = own.first().map_or((28, 14), |image| size(image, inside));
    let (across, down) = ((inside.width + 2) / (width + 2), (inside.height + 1) / (height + 2));
    let page = usize::from(across.max(1)) * usize::from(down.max(1));
    layout.page = page;
    let from = shown.offset.min(own.len().saturating_sub(1)) / page * page;
    for (i, image) in own.iter().skip(from).take(page).enumerate() {
        let (column, row) = (i as u16 % across.max(1), i as u16 / across.max(1));
        let place = Rect::new(inside.x + column * (width + 2), inside.y + row * (height + 2), width, height);
        digit(buffer, place.intersection(inside), theme, &image.pixels, image.width);
        let caption = Rect::new(place.x, place.y + height, width, 1);
        TextArea::new(buffer, caption.intersection(inside), theme).put(
            0,
            0,
            width,
            &image.index.to_string(),
            theme.muted(),
        );
    }
    let last = (from + page).min(own.len());
    let count = if own.is_empty() { "none".to_owned() } else { format!("{} to {last} of {}", from + 1, own.len()) };
    let foot = Rect::new(inside.x, inside.bottom(), inside.width, 1);
    TextArea::new(buffer, foot, theme).put_right(0, 0, inside.width, &format!(" {count} "), theme.muted());
}

/// Cells of an image: whole where at least one fits, else halved.
fn size(image: &Digit, inside: Rect) -> (u16, u16) {
    let width = image.width.max(1);
    let height = (image.pixels.len() / width).max(1);
    let mut scale = 1;
    while width.div_ceil(scale) > usize::from(inside.width)
        || height.div_ceil(2 * scale) + 1 > usize::from(inside.height)
    {
        scale *= 2;
        if scale > 64 {
            break;
        }
    }
    (width.div_ceil(scale) as u16, height.div_ceil(2 * scale) as u16)
}
