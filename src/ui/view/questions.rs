//! The question before leaving, and the choice of data at the start.

use super::overlay::boxed;
use crate::protocol::Status;
use crate::ui::figures;
use crate::ui::keymap::{self, Context};
use crate::ui::model::{Model, Welcome};
use crate::ui::text;
use crate::ui::widgets::{Pen, bar};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Stop, leave running, or stay.
pub(super) fn question(model: &Model, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "leave?", (58, 9), area, buffer);
    let queued = model.session.count(Status::Queued);
    let live = model.live_runs() - queued;
    let mut pen = Pen::new(buffer, inside, theme);
    let runs = if live == 1 { "1 run is live".to_owned() } else { format!("{live} runs are live") };
    pen.put(0, 0, inside.width, &format!("{runs}, {queued} in the queue."), theme.text());
    choices(&mut pen, model, Context::Question, 2);
}

fn choices(pen: &mut Pen<'_>, model: &Model, context: Context, from: u16) {
    let theme = model.settings.theme;
    for (y, binding) in keymap::of(context).enumerate() {
        let y = from + y as u16;
        pen.put(1, y, 8, &binding.keys[0].to_string(), theme.accent());
        pen.put(8, y, pen.area().width, binding.help, theme.text());
    }
}

/// MNIST is missing: download it, or start on the built-in digits.
pub(super) fn welcome(model: &Model, welcome: &Welcome, area: Rect, buffer: &mut Buffer) {
    let theme = model.settings.theme;
    let inside = boxed(model, "data", (64, 13), area, buffer);
    let mut pen = Pen::new(buffer, inside, theme);
    let words = "MNIST is not here. Download it once (11 MB, checked by SHA-256), or start on the built-in digits, \
                 drawn by this program: good to look around, not for figures to compare with MNIST's.";
    let lines = text::wrap(words, usize::from(inside.width));
    for (y, line) in lines.iter().enumerate() {
        pen.put(0, y as u16, inside.width, line, theme.text());
    }
    let y = lines.len() as u16 + 1;
    choices(&mut pen, model, Context::Welcome, y);
    let y = y + keymap::of(Context::Welcome).count() as u16 + 1;
    match welcome.download {
        None => {
            let words = format!("The built-in digits start by themselves in {} s.", welcome.left.as_secs_f32().ceil());
            pen.put(0, y, inside.width, &words, theme.muted());
        }
        Some((got, total)) => {
            let size = figures::bytes(got);
            let used = pen.put(0, y, inside.width, &format!("downloading {size:>8} "), theme.text());
            if let Some(total) = total.filter(|total| *total > 0) {
                let line = Rect::new(inside.x + used, inside.y + y, inside.width.saturating_sub(used), 1);
                bar(buffer, line.intersection(inside), theme, got as f64 / total as f64, theme.bar());
            }
        }
    }
}
